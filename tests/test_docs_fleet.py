"""The pages' commands around a fleet run as they are shown, one after another; and a book is made with it between."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from flows.cli.fleet import PORT
from tests.pages import commands, make_desk, typed

FLEET = [command for _, command in commands() if command.startswith("duoyin fleet ")]


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="pip install 'duoyin[cluster]'")
def test_a_fleet_goes_up_makes_the_book_of_one_machine_and_comes_down(
    tmp_path: Path,
) -> None:
    from tts_core.cluster.fleet import own_address

    make_desk(tmp_path)
    fleet = {"RAY_AUTH_TOKEN": "a token of this test", "RAY_ADDRESS": f"{own_address()}:{PORT}"}
    up, status, *rest = FLEET
    assert up.startswith("duoyin fleet up") and status == "duoyin fleet status"
    takes = []
    try:
        for project, line in (("alone", ""), ("together", "cluster: auto\n")):
            made = typed(f"duoyin script book.epub --project {project}", tmp_path)
            assert made.returncode == 0, made.stderr
            settings = tmp_path / project / "project.yaml"
            settings.write_text(settings.read_text(encoding="utf-8") + line, encoding="utf-8")
            if line:
                assert typed(up, tmp_path, **fleet).returncode == 0
            run = typed(f"duoyin audiobook {project} --chapters 1", tmp_path, **fleet)
            assert run.returncode in (0, 1), run.stderr
            takes.append({file.name: file.read_bytes() for file in (tmp_path / project).glob("takes/??/*")})
        told = json.loads(typed(f"{status} --json", tmp_path, **fleet).stdout)
        assert sum(speaker["takes"] for speaker in told["speakers"].values()) == len(takes[1])
        for command in (status, *rest):
            done = typed(command, tmp_path, **fleet)
            assert done.returncode == 0, f"{command}\n{done.stderr}"
    finally:
        typed("duoyin fleet down", tmp_path, **fleet)
    assert takes[0] and takes[0] == takes[1]
    assert typed("duoyin fleet status", tmp_path, **fleet).returncode == 2

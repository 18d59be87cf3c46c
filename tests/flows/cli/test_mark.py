"""`duoyin check --mark`: the mark of a book's takes is found in the delivered file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from flows.cli.check import check
from normalizers import DuoyinError
from tests.flows.making.test_delivery import make, project_of
from tts_core.mark import Marker

STORY = (
    "# The Lamp\n\n## One\n\nThe keeper climbed the stairs with a lamp in his hand, and counted them as he had done for"
    " forty years. Nobody had ever asked him why.\n"
)


@pytest.fixture
def marked(tmp_path: Path, perth: Marker) -> Path:
    return project_of(tmp_path, STORY, "lamp")


def test_the_mark_is_found_after_mastering_and_encoding(
    marked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in ("m4b", "opus"):
        made = make(marked, engine="kokoro", engine_options={"mark": True}, format=kind).path
        file = made if made.is_file() else next(made.rglob(f"*.{kind}"))
        check(file, mark=True)
        told = capsys.readouterr().out
        assert "The mark is there" in told and "does not say by whom" in " ".join(told.split()), kind


def test_a_file_without_a_mark_leaves_with_1_and_says_what_that_means(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], marked: Path
) -> None:
    file = make(marked).path
    with pytest.raises(typer.Exit) as left:
        check(file, mark=True, as_json=True)
    assert left.value.exit_code == 1 and json.loads(capsys.readouterr().out)["marked"] is False
    with pytest.raises(typer.Exit):
        check(file, mark=True)
    assert "does not mean that a person spoke" in " ".join(capsys.readouterr().out.split())


def test_what_is_no_sound_is_told(tmp_path: Path, marked: Path) -> None:
    (tmp_path / "notes.txt").write_text("no sound")
    with pytest.raises(DuoyinError):
        check(tmp_path / "notes.txt", mark=True)

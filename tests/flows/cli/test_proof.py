"""`duoyin proof`: what it says of a project whose takes are not there, or are no speech."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.cli.proof import proof
from flows.making.engines import Engines
from flows.making.retake import scripted
from flows.workspace.project import open_project
from tests.flows.conftest import tone_project


def test_a_project_without_takes_has_nothing_to_listen_to(
    tmp_path: Path, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof(tone_project(tmp_path / "made", book), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["lines"] == told["heard"] == 0 and told["not_spoken"] > 5 and told["verdicts"] == []


def test_takes_that_are_no_speech_are_counted_and_not_judged(
    tmp_path: Path, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = open_project(tone_project(tmp_path / "made", book))
    engines = Engines(project)
    production = scripted(project, engines)
    line = next(line for line in production.plan(production.lines) if line.prepared is not None)
    assert line.prepared is not None
    project.takes.write(line.key, next(iter(engines.main.speak([line.prepared]))))
    proof(project.folder)
    said = capsys.readouterr().out
    assert "there is no speech to listen to" in said and "are not spoken yet" in said

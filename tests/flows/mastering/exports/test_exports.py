"""Every row of the table is an exporter that keeps the seam's promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.mastering.exports.base import Exporter, Master, MasterChapter, TimedLine
from flows.mastering.profiles import AUDIOBOOK
from flows.mastering.tags import BookMetadata
from flows.workspace.exports import EXPORTS, Export
from flows.workspace.settings import Settings
from tests.flows.mastering.sounds import babble, chapter


def a_master(folder: Path) -> Master:
    sounds = [chapter(folder, f"Chapter {n}", [babble(3.0)]) for n in (1, 2)]
    lines = [TimedLine(f"l{n}", "Text.", "Emma", 0.5, 3.5) for n in (1, 2)]
    chapters = tuple(MasterChapter(sound, (line,)) for sound, line in zip(sounds, lines, strict=True))
    return Master(chapters, BookMetadata("A Book", language="en"), missing_takes=0)


@pytest.mark.parametrize("kind", EXPORTS.values(), ids=lambda kind: kind.name)
def test_an_exporter_delivers_what_its_row_says_and_judges_it(tmp_path: Path, kind: Export) -> None:
    export: Exporter = kind.load()
    out = tmp_path / ("book" if kind.is_folder else f"book{kind.suffixes[0]}")
    made = export(kind.name, a_master(tmp_path / "ch"), AUDIOBOOK, out, work=tmp_path / "work")
    assert made.path == out
    assert out.is_dir() if kind.is_folder else out.is_file()
    assert len(made.checks) == (2 if kind.is_folder else 1)
    for report in made.checks:
        assert Path(report.path).is_file()
        assert report.passed, report.table()


def test_the_first_row_is_what_settings_default_to() -> None:
    assert Settings().format == next(iter(EXPORTS)) == "m4b"

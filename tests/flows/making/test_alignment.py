"""What is printed, said and heard is kept for each finished book, and captions are made of the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import soundfile

from flows.making.alignment import runs
from flows.making.delivery import Delivery
from flows.workspace.alignment import AlignedLine, read_alignment
from flows.workspace.project import Project, open_project
from normalizers import DuoyinError
from tests.engines import SECONDS_PER_CHARACTER
from tests.flows.conftest import tone_project
from tests.flows.making.test_coverage import edit, planned
from tests.flows.making.test_delivery import make

BOOK = """\
# The Ferry

## Out

It left in 1945, and Mr. Gray stood on the shore until nothing was seen of it.

A second line of the same chapter, so that there is something to be changed.

## Home

It came back empty but for the dog, which was asleep under the last bench.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ferry.md").write_text(BOOK, encoding="utf-8")
    return tone_project(tmp_path / "project", tmp_path / "ferry.md")


def opened(folder: Path, **options: object) -> Project:
    return open_project(folder, {"workers": 1, "single_voice": True, **options})


def kept(folder: Path, made: Delivery) -> dict[str, AlignedLine]:
    """The lines of the record of a finished book by their first word."""
    return {line.text.split()[0]: line for _, _, line in read_alignment(opened(folder), made.path).lines()}


def test_a_printed_number_its_words_and_their_sound_are_one_run(folder: Path) -> None:
    made = make(folder)
    lines = [line for _, _, line in read_alignment(opened(folder), made.path).lines() if "1945" in line.text]
    (line,) = lines
    by_text = {line.text[slice(*run.printed)]: run for run in line.runs if run.printed}
    year = by_text["1945"]
    assert line.spoken[slice(*year.spoken)] == "nineteen forty five"
    assert year.units == year.spoken  # the tone engine has a unit a character
    assert year.start == pytest.approx(year.units[0] * SECONDS_PER_CHARACTER, abs=1e-3)
    assert year.end == pytest.approx(year.units[1] * SECONDS_PER_CHARACTER, abs=1e-3)
    assert line.spoken[slice(*by_text["Mr."].spoken)] == "Mister"
    assert line.wording == "as-printed" and line.source == (0, len(line.text))


def test_the_runs_are_where_the_words_are_heard_in_the_file(folder: Path) -> None:
    made = make(folder, format="flac")
    record = read_alignment(opened(folder), made.path)
    for placed, start, line in record.lines():
        name, digest = record.files[placed.file]
        samples, rate = soundfile.read(made.path / name)
        assert digest == json.loads(made.report_file.read_text())["coverage"]["found"]["files"][name]
        blank = line.spoken.find(" ")
        for at, loud in ((0, True), (blank, False)):
            middle = start + (at + 0.5) * SECONDS_PER_CHARACTER
            heard = abs(samples[round((middle - 0.01) * rate) : round((middle + 0.01) * rate)]).max()
            assert at < 0 or bool(heard > 0.01) is loud, (line.text, at)


def test_where_other_words_are_said_only_those_are_known(folder: Path) -> None:
    project = opened(folder)
    make(folder)
    edit(project, "A second line", say="Something else is said.")
    line = kept(folder, make(folder))["A"]
    assert line.wording == "said-otherwise" and line.spoken == "Something else is said."
    assert line.runs and all(run.printed is None for run in line.runs)


def test_captions_have_the_times_of_the_record(folder: Path) -> None:
    made = make(folder, captions=["json"])
    words = [
        word
        for chapter in json.loads(made.captions[0].read_text("utf-8"))["chapters"]
        for caption in chapter["captions"]
        for word in caption["words"]
    ]
    record = [
        (round(start + run.start, 3), line.text[slice(*run.printed)])
        for _, start, line in read_alignment(opened(folder), made.path).lines()
        for run in line.runs
        if run.printed
    ]
    spelled = {start: text for text, start, _ in words}
    hits = [text in spelled.get(start, "") for start, text in record]
    assert sum(hits) > 0.95 * len(hits) > 10


def test_a_chapter_that_did_not_change_is_not_written_again(folder: Path) -> None:
    made, project = make(folder), opened(folder)
    records = project.alignment_folder / "chapters"
    before = {path.name: path.stat().st_mtime_ns for path in records.iterdir()}
    assert len(before) == 2
    edit(project, "A second line", text="A second line that was changed.")
    make(folder)
    after = {path.name: path.stat().st_mtime_ns for path in records.iterdir()}
    assert len(after) == 2 and len(before.items() & after.items()) == 1
    assert kept(folder, made)["A"].text == "A second line that was changed."


def test_every_finished_book_of_a_project_has_its_record(folder: Path) -> None:
    whole, part = make(folder), make(folder, chapters="2")
    assert len(list(read_alignment(opened(folder), whole.path).chapters)) == 2
    (chapter,) = read_alignment(opened(folder), part.path).chapters
    assert chapter.read().number == 1 and chapter.start == 0.0


def test_a_record_that_is_gone_or_damaged_is_told(folder: Path) -> None:
    made, project = make(folder), opened(folder)
    record = read_alignment(project, made.path)
    path = record.chapters[0].record
    path.write_bytes(path.read_bytes().replace(b"1945", b"1946"))
    with pytest.raises(DuoyinError, match="record of this finished book"):
        record.chapters[0].read()
    with pytest.raises(DuoyinError, match="record of this finished book"):
        read_alignment(project, made.path.with_name("Another.m4b"))


def test_times_of_other_units_tell_nothing(folder: Path) -> None:
    _, lines = planned(opened(folder))
    item = next(item for item in lines if item.key)
    assert item.prepared is not None
    many = [0.1 * n for n in range(len(item.prepared.text) + 1)]
    assert runs(item, many) and not runs(item, many[:-2]) and not runs(item, ())

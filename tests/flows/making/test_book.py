"""A book read, cast, voiced and scripted: what people decided is read once and kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flows.casting import castfile
from flows.making.book import parse_chapters, read_book, warnings
from flows.making.decisions import read_decisions
from flows.making.engines import Engines
from flows.workspace.project import Project, open_project
from normalizers import DuoyinError
from tests.flows.conftest import tone_project


@pytest.fixture
def project(tmp_path: Path, book: Path) -> Project:
    return open_project(tone_project(tmp_path / "project", book))


def give_to(project: Project, words: str, speaker: str) -> None:
    """Change who speaks a line in script.jsonl."""
    records = [json.loads(line) for line in project.script_file.read_text("utf-8").splitlines()]
    for record in records:
        if words in record.get("text", ""):
            record["speaker"] = speaker
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    project.script_file.write_text(text, "utf-8")


def test_a_script_needs_no_voices_and_begins_no_cast_file(project: Project) -> None:
    read = read_book(project)
    assert project.script_file.is_file() and not project.cast_file.exists()
    assert {line.speaker for line in read.script.lines} >= {"narrator", "Ann"}
    assert not read.voices.by_speaker


def test_a_cast_with_voices_is_written_with_the_script(project: Project) -> None:
    read = read_book(project, Engines(project))
    assert read.voices.by_speaker["narrator"] and read.voices.by_speaker["Ann"]
    entry = next(entry for entry in castfile.load(project.cast_file).entries if entry.name == "Ann")
    assert entry.voice == read.voices.by_speaker["Ann"]


def test_a_speaker_changed_in_the_script_is_a_decision_that_lasts(project: Project) -> None:
    read_book(project)
    give_to(project, "It is ten", "Ann")
    assert [edit.speaker for edit in read_decisions(project).edits] == ["Ann"]
    for engines in (None, Engines(project), None):  # whoever reads it next
        read = read_book(project, engines)
        line = next(line for line in read.script.lines if "It is ten" in line.text)
        assert line.speaker == "Ann"
    kept = castfile.load(project.cast_file)
    assert [(line.text, line.speaker) for line in kept.lines].count((kept.lines[0].text, "Ann")) == 1


def test_the_cast_file_is_read_once_and_written_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_book(project, Engines(project))
    give_to(project, "It is ten", "Ann")
    done: list[str] = []

    def noted(name: str) -> None:
        real = getattr(castfile, name)

        def work(*given: Any, **options: Any) -> Any:
            done.append(name)
            return real(*given, **options)

        monkeypatch.setattr(castfile, name, work)

    for name in ("load", "save", "correct_line"):
        noted(name)
    read_book(project, Engines(project))
    assert done == ["load", "save"]


def test_a_voice_that_is_not_there_is_refused_before_anything_is_written(project: Project) -> None:
    read_book(project, Engines(project))
    castfile.revoice_character(project.cast_file, "Ann", "nobody")
    give_to(project, "It is ten", "Ann")
    before = project.cast_file.read_text("utf-8"), project.script_file.read_text("utf-8")
    with pytest.raises(DuoyinError, match="nobody") as caught:
        read_book(project, Engines(project))
    assert "cast.yaml, line" in (caught.value.where or "")
    assert (project.cast_file.read_text("utf-8"), project.script_file.read_text("utf-8")) == before
    assert len(read_decisions(project).edits) == 1, "the edit is not forgotten"


def test_a_voice_of_one_line_that_is_not_there_is_named_by_its_line(project: Project) -> None:
    read_book(project)
    script = project.script_file
    script.write_text(
        script.read_text("utf-8").replace('"text": "Nobody asked', '"voice": "none", "text": "Nobody asked'),
        "utf-8",
    )
    with pytest.raises(DuoyinError, match="none") as caught:
        read_book(project, Engines(project))
    assert "script.jsonl, line" in (caught.value.where or "")


def test_a_name_that_is_nearly_anothers_is_told(project: Project) -> None:
    read_book(project)
    give_to(project, "It is nine", "Anne")
    assert any("Anne" in text and "mend the name" in text for text in warnings(read_book(project)))


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [(None, (0, 1, 2, 3, 4)), ("2", (1,)), ("1-3,5", (0, 1, 2, 4)), ("3,1", (0, 2)), ("1-2,2-3", (0, 1, 2))],
)
def test_chapter_selections(selection: str | None, chosen: tuple[int, ...]) -> None:
    assert parse_chapters(selection, 5) == chosen


@pytest.mark.parametrize("selection", ["0", "6", "3-2", "4-9", "a", "1,", ""])
def test_chapters_that_are_not_there(selection: str) -> None:
    with pytest.raises(DuoyinError):
        parse_chapters(selection, 5)


def test_one_selector_may_stand_without_its_list(tmp_path: Path) -> None:
    (tmp_path / "project.yaml").write_text("reading: {skip: .jiazhu}\n", encoding="utf-8")
    assert open_project(tmp_path).settings.reading.skip == (".jiazhu",)


def test_a_source_that_moved_away_is_looked_for_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "project.yaml").write_text("source: ../gone.epub\n", encoding="utf-8")
    with pytest.raises(DuoyinError, match="source of this project is not there") as caught:
        _ = open_project(tmp_path).existing_source
    assert "project.yaml" in (caught.value.where or "")

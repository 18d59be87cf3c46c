"""What else changes with a speaker that a person names is known before the next run, and is what that run does."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.making.book import read_book, read_manuscript
from flows.making.engines import Engines
from flows.making.foresight import Touched, touched_lines
from flows.script.edit import Change, change_script
from flows.workspace.project import Project, open_project
from normalizers import DuoyinError
from tests.flows.conftest import tone_project

TALK = """\
# Talk

“Good morning,” said Ann.

“Good morning,” said Tom.

“Did you sleep well?”

“I did not.”

“Why not?”

“The clock struck all night.”

“Then stop it,” said Ann.
"""


@pytest.fixture
def talk(tmp_path: Path) -> Project:
    (tmp_path / "talk.md").write_text(TALK, encoding="utf-8")
    project = open_project(tone_project(tmp_path / "talk", tmp_path / "talk.md"))
    speakers(project)
    return project


def speakers(project: Project) -> dict[str, str]:
    """Who speaks each line by its id, as a run reads the project."""
    return {line.id: line.speaker for line in read_book(project, Engines(project)).script.lines}


def say(project: Project, text: str, before: str, after: str) -> None:
    (line,) = [line.id for line in read_book(project).script.lines if line.text == text]
    change_script(project.script_file, project.script_base_file, [Change(line, "speaker", before, after)])


def touched(project: Project) -> list[Touched]:
    return touched_lines(project, read_manuscript(project), Engines(project))


def test_a_speaker_that_is_named_changes_who_answers(talk: Project) -> None:
    assert touched(talk) == []
    before = speakers(talk)
    say(talk, "“Did you sleep well?”", "Ann", "Tom")
    written = talk.script_file.read_bytes()
    found = {row.line: row for row in touched(talk)}
    assert talk.script_file.read_bytes() == written, "it is only looked at"
    assert found and all(row.next_voice and row.voice != row.next_voice for row in found.values())
    book = read_book(talk, Engines(talk))
    changed = {line.id for line in book.script.lines if line.speaker != before[line.id]}
    assert changed - found.keys() == {line.id for line in book.script.lines if "sleep well" in line.text}
    assert {line.id: line.speaker for line in book.script.lines if line.id in found} == {
        row.line: row.next_speaker for row in found.values()
    }
    assert touched(talk) == []


def test_a_line_that_a_person_decided_is_not_touched(talk: Project) -> None:
    say(talk, "“I did not.”", "Tom", "Bob")
    say(talk, "said Tom.", "narrator", "Bob")
    say(talk, "“Did you sleep well?”", "Ann", "Tom")
    lines = {line.id: line.text for line in read_book(open_project(talk.folder)).script.lines}
    assert not {"“I did not.”", "said Tom."} & {lines[row.line] for row in touched(talk)}


def test_a_voice_that_changes_is_told_and_the_narrator_keeps_theirs(talk: Project) -> None:
    cast = talk.cast_file.read_text("utf-8")
    talk.cast_file.write_text(cast.replace("voice: high", "voice:"), encoding="utf-8")
    assert all("narrator" not in (row.speaker, row.next_speaker) for row in touched(talk))


def test_where_a_language_model_decides_nobody_asks_it(talk: Project) -> None:
    settings = talk.settings_file.read_text("utf-8")
    talk.settings_file.write_text(
        f"{settings}\nlanguage_model: {{url: http://127.0.0.1:9/v1, model: none}}\n", encoding="utf-8"
    )
    with pytest.raises(DuoyinError, match="after the next run"):
        touched(open_project(talk.folder))

"""Every character is read or left out with a reason; what is lost is named, with what mends it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flows.making.book import Book, read_book
from flows.making.coverage import Coverage, Gap, GapKind, cover_book, line_gaps, told
from flows.making.engines import Engines
from flows.making.plan import PlannedLine, plan_lines
from flows.workspace.project import Project, open_project
from tests.flows.conftest import tone_project
from tests.flows.making.test_delivery import make
from tts_core.files import file_digest

FERRY = "The ferry left the harbour at nine in the morning of that day."
WAVED = "Nobody waved at it from the long and wet shore there."

BOOK = """\
# The Ferry

by Nobody Known

## Out

The ferry left the harbour at nine in the morning of that day. Nobody waved at it from the long and wet shore there.

“Wait,” said Ann.

…

It had gone, 12 people on it.

* * *

| name | age |
|---|---|
| Ann | 9 |

## Home

It came back empty.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ferry.md").write_text(BOOK, encoding="utf-8")
    return tone_project(tmp_path / "project", tmp_path / "ferry.md")


def opened(folder: Path, **options: object) -> Project:
    return open_project(folder, {"workers": 1, "single_voice": True, **options})


def planned(project: Project) -> tuple[Book, list[PlannedLine]]:
    engines = Engines(project)
    book = read_book(project, engines)
    lines = plan_lines(book.lines, book.voices.by_speaker, book.lexicon, engines.of_voice)
    return book, lines


def side_by_side(lines: Sequence[PlannedLine]) -> dict[str, tuple[int, int]]:
    """Places of lines that follow each other in their chapters."""
    return {item.line.id: (100 * n, 100 * n + 90) for n, item in enumerate(lines) if item.key}


def covered(project: Project) -> Coverage:
    book, lines = planned(project)
    return cover_book(project, book, lines, side_by_side(lines))


def edit(project: Project, words: str, **changes: Any) -> None:
    """Change fields of the line that begins with these words; `id=None` takes its record out."""
    records = [json.loads(row) for row in project.script_file.read_text("utf-8").splitlines()]
    kept = []
    for record in records:
        if record.get("text", "").startswith(words):
            if changes.get("id", "") is None:
                continue
            record |= changes
        kept.append(json.dumps(record, ensure_ascii=False))
    project.script_file.write_text("\n".join(kept) + "\n", "utf-8")


def kinds(coverage: Coverage) -> list[GapKind]:
    return [gap.kind for gap in coverage.gaps]


def test_every_character_of_a_book_is_read_or_left_out(folder: Path) -> None:
    project = opened(folder)
    found = covered(project)
    book, lines = planned(project)
    assert found.passed and not found.gaps
    assert sum(found.characters.values()) == found.source == book.manuscript.source_characters
    assert found.characters["left-out"] == sum(found.left_out.values()) > 0
    assert found.takes == found.placed == sum(bool(item.key) for item in lines)
    assert found.to_text() == "every character is read, or left out with a reason"


def test_what_people_changed_is_counted_by_what_is_said(folder: Path) -> None:
    project = opened(folder)
    read_book(project)
    edit(project, "Nobody waved", text="No one waved at all.")
    edit(project, "It had gone", say="It was away.")
    edit(project, "It came back", id=None)
    found = covered(project)
    assert found.passed
    assert found.characters["edited"] == len(WAVED.replace(" ", ""))
    assert found.characters["said-otherwise"] == len("Ithadgone,12peopleonit.")
    assert found.characters["deleted-in-script"] == len("Itcamebackempty.")
    assert found.lines["edited"] == found.lines["said-otherwise"] == 1
    assert sum(found.characters.values()) == found.source


def test_marks_without_a_word_are_a_pause(folder: Path) -> None:
    found = covered(opened(folder))
    assert found.lines["pause-only"] == 1 and found.characters["pause-only"] == 1


def test_chapters_that_are_not_made_are_said_to_be(folder: Path) -> None:
    found = covered(opened(folder, chapters="2"))
    assert found.passed
    assert sum(found.characters.values()) == found.source
    assert found.characters["not-asked"] > found.characters["as-printed"]


def with_lines(book: Book, change: Callable[[list[Any]], list[Any]]) -> Book:
    return replace(book, script=replace(book.script, lines=tuple(change(list(book.script.lines)))))


def lost(project: Project, change: Callable[[list[Any]], list[Any]]) -> Gap:
    """The first gap of a book whose script was changed behind our backs."""
    book, lines = planned(project)
    found = cover_book(project, with_lines(book, change), lines, side_by_side(lines))
    assert not found.passed
    assert found.to_text().startswith("LOST ")
    return found.failing[0]


def test_a_sentence_in_no_line_is_lost(folder: Path) -> None:
    gap = lost(opened(folder), lambda lines: [x for x in lines if x.text != WAVED])
    assert (gap.kind, gap.chapter, gap.line) == (GapKind.UNSCRIPTED, 1, "")
    assert WAVED in gap.what and "duoyin script" in gap.mend


def test_the_end_of_a_sentence_in_no_line_is_lost(folder: Path) -> None:
    def cut(lines: list[Any]) -> list[Any]:
        return [replace(x, end=x.end - 14) if x.text == WAVED else x for x in lines]

    assert "“t shore there.”" in lost(opened(folder), cut).what


def test_a_sentence_in_two_lines_is_read_twice(folder: Path) -> None:
    def reach(lines: list[Any]) -> list[Any]:
        return [replace(x, start=x.start - 6) if x.text == WAVED else x for x in lines]

    assert lost(opened(folder), reach).kind == GapKind.READ_TWICE


def test_lines_out_of_order_are_told(folder: Path) -> None:
    def swap(lines: list[Any]) -> list[Any]:
        at = next(i for i, x in enumerate(lines) if x.text == WAVED)
        return [*lines[: at - 1], lines[at], lines[at - 1], *lines[at + 1 :]]

    gap = lost(opened(folder), swap)
    assert (gap.kind, gap.text) == (GapKind.OUT_OF_ORDER, FERRY)


def test_characters_that_the_reader_lost_are_missed(folder: Path) -> None:
    project = opened(folder)
    book, lines = planned(project)
    short = replace(book, manuscript=replace(book.manuscript, left_out=book.manuscript.left_out[1:]))
    found = cover_book(project, short, lines, side_by_side(lines))
    assert [gap.kind for gap in found.failing] == [GapKind.UNACCOUNTED]
    assert found.characters["lost"] > 0 and sum(found.characters.values()) == found.source


def test_a_line_that_stands_twice_is_told(folder: Path) -> None:
    project = opened(folder)
    _, lines = planned(project)
    assert [gap.kind for gap in line_gaps([*lines, lines[0]], project, "audiobook")] == [GapKind.READ_TWICE]


def unread(lines: list[PlannedLine], words: str, spoken: str) -> list[PlannedLine]:
    """The lines, one of which the engine has read as this text and says nothing for its last word."""
    changed = []
    for item in lines:
        if item.line.text.startswith(words):
            assert item.prepared is not None
            prepared = replace(item.prepared, text=spoken, words=item.prepared.words[: spoken.rindex(" ")])
            item = replace(item, prepared=prepared)
        changed.append(item)
    return changed


@pytest.mark.parametrize(
    ("word", "fails"), [("Jabberwock", True), ("1984", True), ("θέλω", False), ("𝄞ﷺ", False)]
)
def test_a_word_that_nothing_is_said_for_fails_where_the_language_has_its_letters(
    folder: Path, word: str, fails: bool
) -> None:
    project = opened(folder)
    book, lines = planned(project)
    lines = unread(lines, "Nobody waved", f"Nobod {word}")
    found = cover_book(project, book, lines, side_by_side(lines))
    gap = found.gaps[0]
    assert gap.kind == GapKind.UNREAD and gap.fails is fails is not found.passed
    assert gap.line and gap.text == WAVED and "into project/lexicon.txt," in gap.mend
    assert told(found.gaps) == [gap.to_text()]


def test_an_engine_that_tells_no_words_is_believed(folder: Path) -> None:
    project = opened(folder)
    _, lines = planned(project)
    wordless = [replace(x, prepared=replace(x.prepared, words=())) if x.prepared else x for x in lines]
    assert not line_gaps(wordless, project, "audiobook")


def test_a_line_without_a_take_is_lost(folder: Path) -> None:
    project = opened(folder)
    book, lines = planned(project)
    silenced = [replace(x, key="") if x.line.text == WAVED else x for x in lines]
    gap = cover_book(project, book, silenced, side_by_side(silenced)).failing[0]
    assert gap.kind == GapKind.NO_TAKE and "duoyin audiobook" in gap.mend


def test_takes_without_a_place_or_on_top_of_each_other_are_lost(folder: Path) -> None:
    project = opened(folder)
    book, lines = planned(project)
    places = side_by_side(lines)
    one, two, *_ = places
    first = cover_book(project, book, lines, {k: v for k, v in places.items() if k != one})
    assert (kinds(first), first.placed) == ([GapKind.UNPLACED], first.takes - 1)
    second = cover_book(project, book, lines, places | {two: (places[one][0] + 1, places[one][1])})
    assert kinds(second) == [GapKind.OVERLAPPING]


def test_a_finished_book_says_so_in_its_report(folder: Path) -> None:
    delivery = make(folder)
    report = json.loads(delivery.report_file.read_text("utf-8"))
    assert report["coverage"]["passed"] and report["coverage"]["gaps"] == []
    assert sum(report["coverage"]["characters"].values()) == report["coverage"]["source_characters"]
    assert "every character is read" in delivery.to_text()
    found = report["coverage"]["found"]
    assert found["lines"] == found["found"] == report["coverage"]["takes"] and not found["missing"]
    assert found["farthest_ms"] < 0.1
    assert found["files"] == {delivery.path.name: file_digest(delivery.path)}

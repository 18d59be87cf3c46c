"""Lines that a person splits or joins: the file says so, and every word keeps its place on the page."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flows.script.edit import change_script, splitting
from flows.script.file import Merged, merge, speaker_edits
from flows.script.line import Line
from flows.script.parts import joined
from flows.script.written import read_written
from normalizers import DuoyinError, Hint

PAGE = "It rained, and the wind rose. “Hello,” she said. Nobody came."
ONE, TWO, THREE = "It rained, and the wind rose.", "“Hello,” she said.", "Nobody came."


def a_line(text: str, number: int) -> Line:
    at = PAGE.index(text)
    return Line(f"{number:012x}", 0, 0, at, at + len(text), "narration", "narrator", text, "en", 0.5)


LINES = [a_line(text, number) for number, text in enumerate((ONE, TWO, THREE))]
IDS = [line.id for line in LINES]


class Folder:
    def __init__(self, folder: Path, lines: list[Line] | None = None) -> None:
        self.file, self.base = folder / "script.jsonl", folder / "base.jsonl"
        self.lines = LINES if lines is None else lines
        self.run()

    def run(self) -> Merged:
        return merge(self.lines, ["One"], self.file, self.base)

    def split(self, line: str, first: str, said: str = "") -> None:
        change_script(self.file, self.base, splitting(self.file, line, first, said))

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.file.read_text("utf-8").split("\n") if '"id"' in text]

    def write(self, records: list[dict[str, Any]]) -> None:
        chapter = self.file.read_text("utf-8").split("\n")[0]
        self.file.write_text(
            "\n".join([chapter, *(json.dumps(record) for record in records), ""]), encoding="utf-8"
        )

    def give(self, line: str, **values: Any) -> None:
        self.write([record | values if record["id"] == line else record for record in self.records()])


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def as_printed(lines: tuple[Line, ...]) -> list[str]:
    return [PAGE[line.start : line.end] for line in lines]


def test_a_line_becomes_two_and_the_others_stay_as_they_are(folder: Folder) -> None:
    before = folder.file.read_text("utf-8").split("\n")
    folder.split(IDS[0], "It rained,")
    after = folder.file.read_text("utf-8").split("\n")
    assert [text for text in after if text in before] == [text for text in before if IDS[0] not in text]
    for _ in range(2):
        lines = folder.run().lines
        assert [line.id for line in lines] == [IDS[0], f"{IDS[0]}-11", *IDS[1:]]
        assert [line.text for line in lines] == ["It rained,", "and the wind rose.", TWO, THREE]
        assert as_printed(lines) == [line.text for line in lines]


def test_the_first_part_has_the_pause_of_its_own_end_and_the_second_that_of_the_line(folder: Folder) -> None:
    folder.split(IDS[0], "It rained,")
    one, two = folder.run().lines[:2]
    assert 0 <= one.pause_after < 0.5 and two.pause_after == 0.5


def test_a_part_is_split_again_and_stands_in_its_place(folder: Folder) -> None:
    folder.split(IDS[0], "It rained,")
    folder.split(f"{IDS[0]}-11", "and the wind ")
    folder.split(IDS[0], "It")
    lines = folder.run().lines
    assert [line.text for line in lines] == ["It", "rained,", "and the wind", "rose.", TWO, THREE]
    assert as_printed(lines) == [line.text for line in lines]


def test_readings_that_the_book_gives_go_with_their_words(tmp_path: Path) -> None:
    hint = Hint(ONE.index("wind"), ONE.index("wind") + 4, "ipa", "waɪnd", "ruby")
    folder = Folder(tmp_path, [replace(LINES[0], hints=(hint,)), *LINES[1:]])
    folder.split(IDS[0], "It rained,")
    one, two = folder.run().lines[:2]
    assert one.hints == () and two.text[two.hints[0].start : two.hints[0].end] == "wind"


def test_parts_have_speakers_of_their_own_and_casting_learns_nothing_of_them(folder: Folder) -> None:
    folder.split(IDS[1], "“Hello,”")
    folder.give(IDS[1], kind="dialogue", speaker="Ann")
    folder.lines = [LINES[0], replace(LINES[1], kind="dialogue", speaker="Bob"), LINES[2]]
    for _ in range(2):
        lines = folder.run().lines
        assert [line.speaker for line in lines[1:3]] == ["Ann", "narrator"]
    assert speaker_edits(folder.file, folder.base) == []


def test_what_is_said_instead_is_split_as_well(folder: Folder) -> None:
    folder.give(IDS[0], say="It poured, and the storm came.")
    with pytest.raises(DuoyinError, match="both parts"):
        folder.split(IDS[0], "It rained,")
    folder.split(IDS[0], "It rained,", "It poured,")
    assert [line.say for line in folder.run().lines[:2]] == ["It poured,", "and the storm came."]


@pytest.mark.parametrize("first", ["", "   ", ONE, "It rained, and the wind rose", "It snowed"])
def test_a_part_without_words_is_refused_and_nothing_written(first: str, folder: Folder) -> None:
    before = folder.file.read_bytes()
    with pytest.raises(DuoyinError):
        folder.split(IDS[0], first)
    assert folder.file.read_bytes() == before


def test_each_step_is_taken_back_and_done_again_in_its_place(folder: Folder) -> None:
    original = folder.file.read_bytes()
    steps, states = [], [original]
    for line, first in ((IDS[0], "It rained,"), (f"{IDS[0]}-11", "and the"), (IDS[0], "It")):
        steps.append(splitting(folder.file, line, first))
        change_script(folder.file, folder.base, steps[-1])
        states.append(folder.file.read_bytes())
    for step, state in zip(reversed(steps), reversed(states[:-1])):
        change_script(folder.file, folder.base, [change.back for change in reversed(step)])
        assert folder.file.read_bytes() == state
    for step, state in zip(steps, states[1:]):
        change_script(folder.file, folder.base, step)
        assert folder.file.read_bytes() == state


def test_only_a_part_is_read_and_the_rest_is_told_as_left_out(folder: Folder) -> None:
    folder.split(IDS[0], "It rained,")
    folder.write([record for record in folder.records() if record["id"] != IDS[0]])
    for _ in range(2):
        merged = folder.run()
        assert [line.text for line in merged.removed] == ["It rained,"]
        assert merged.lines[0].text == "and the wind rose."
        assert as_printed((*merged.removed, *merged.lines)) == [
            "It rained,",
            "and the wind rose.",
            TWO,
            THREE,
        ]


def test_parts_written_by_hand_with_other_words_share_the_place_of_their_line(folder: Folder) -> None:
    records = folder.records()
    parts = [
        records[0] | {"id": f"{IDS[0]}-{n}", "text": text} for n, text in ((3, "Rose."), (2, "The gale"))
    ]
    folder.write([records[0] | {"text": "It rained,"}, *parts, *records[1:]])
    for _ in range(2):
        lines = folder.run().lines
        assert [line.text for line in lines[:3]] == ["It rained,", "The gale", "Rose."]
        assert "".join("".join(as_printed(lines)).split()) == "".join(PAGE.split())


def test_a_part_of_a_line_that_the_book_lost_is_kept_aside(folder: Folder) -> None:
    folder.split(IDS[0], "It rained,")
    folder.lines = LINES[1:]
    merged = folder.run()
    assert [record["text"] for record in merged.orphaned] == ["It rained,", "and the wind rose."]
    assert [line.id for line in merged.lines] == IDS[1:]


def test_a_part_of_no_line_is_refused(folder: Folder) -> None:
    folder.write([*folder.records(), {"id": "chapter-2", "text": "Mine."}])
    with pytest.raises(DuoyinError, match="no line has the id chapter-2"):
        folder.run()


def test_lines_that_were_joined_have_the_place_of_both(folder: Folder) -> None:
    records = folder.records()
    folder.write([records[0] | {"text": f"{ONE} {TWO} {THREE}"}])
    for _ in range(2):
        merged = folder.run()
        assert as_printed(merged.lines) == [PAGE] and merged.removed == ()
    folder.write([records[0] | {"text": f"{ONE} {TWO} Nobody left."}])
    merged = folder.run()
    assert [line.id for line in merged.removed] == IDS[1:], "these are other words: who knows whose"


def test_looking_for_joined_lines_copies_no_book() -> None:
    class Book(list[Line]):
        def __getitem__(self, at: Any) -> Any:
            assert not isinstance(at, slice), "once a line: the square of a book"
            return super().__getitem__(at)

    assert joined(LINES[0], Book(LINES), 0, IDS[1:]) == (LINES[0], 0)
    whole = replace(LINES[0], text=f"{ONE} {TWO}")
    assert joined(whole, Book(LINES), 0, IDS[1:])[1] == 1


def test_split_and_joined_again_is_as_before(folder: Folder) -> None:
    original = folder.file.read_bytes()
    folder.split(IDS[0], "It rained,")
    folder.give(IDS[0], text=ONE, pause=0.5)
    folder.write([record for record in folder.records() if "-" not in record["id"]])
    merged = folder.run()
    assert (merged.lines, merged.edited, folder.file.read_bytes()) == (tuple(LINES), frozenset(), original)


def test_a_part_says_what_differs_from_its_line(folder: Folder) -> None:
    folder.split(IDS[0], "It rained,")
    part = read_written(folder.file, folder.base).lines[1]
    assert part.id == f"{IDS[0]}-11" and part.edited == ("text",) and not part.left_out

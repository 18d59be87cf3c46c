"""Edits in the page land in the files of people, comments kept, and can be taken back, also after a restart."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from flows.making.book import read_book
from flows.studio.app import Studio
from flows.studio.shelf import Shelf
from flows.workspace.project import open_project
from tests.conftest import REPOSITORY
from tests.flows.studio.conftest import client, doubt_sound, only_book

Edit = Callable[..., Any]
NINE = "“It is nine,”"


@pytest.fixture
def shelf(spoken: Path, tmp_path: Path) -> Path:
    shutil.copytree(spoken, tmp_path / "shelf")
    return tmp_path / "shelf"


class Desk:
    """A person at the page of the only book of a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.studio = Studio(Shelf(root))
        self.visitor: TestClient = client(root, self.studio)
        self.address = only_book(self.visitor, root)

    def row(self, text: str = NINE) -> dict[str, Any]:
        rows = self.visitor.get(f"{self.address}/lines").json()["lines"]
        return next(row for row in rows if row["text"] == text)

    def send(self, path: str, data: object = None) -> Any:
        answer = self.visitor.post(f"{self.address}/{path}", json=data if data is not None else {})
        return answer.status_code, json.loads(answer.text.strip().split("\n")[-1])

    def edit(self, field: str, before: Any, after: Any, text: str = NINE) -> Any:
        return self.send(
            "edit",
            {"changes": [{"line": self.row(text)["id"], "field": field, "before": before, "after": after}]},
        )

    @property
    def file(self) -> str:
        return (self.root / "clocks" / "script.jsonl").read_text("utf-8")


def test_an_edit_changes_its_line_of_the_file_and_no_other(shelf: Path) -> None:
    desk = Desk(shelf)
    before = desk.file.split("\n")
    status, answer = desk.edit("speaker", "Ann", "Tom")
    assert (
        status == 200
        and answer["lines"][0]["speaker"] == "Tom"
        and answer["lines"][0]["edited"] == ["speaker"]
    )
    after = desk.file.split("\n")
    changed = [k for k, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert len(changed) == 1 and json.loads(after[changed[0]])["speaker"] == "Tom"


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [("text", NINE, "“It is noon,”"), ("say", "", "It is 9."), ("pause", 0.45, 0.5), ("voice", "", "low"),
     ("speed", 1.0, 1.1), ("kind", "dialogue", "thought"), ("language", "en", "zh"), ("take", 0, 2)],
)  # fmt: skip
def test_every_field_goes_back_and_forth(field: str, before: Any, after: Any, shelf: Path) -> None:
    desk = Desk(shelf)
    original = desk.file
    assert desk.edit(field, before, after)[0] == 200
    edited = desk.file
    assert edited != original
    assert desk.send("undo")[0] == 200 and desk.file == original
    assert desk.send("redo")[0] == 200 and desk.file == edited


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [("pause", 0.45, 99), ("speed", 1.0, 9), ("text", NINE, " "), ("text", NINE, 3), ("kind", "dialogue", "song"),
     ("id", None, "x"), ("sure", 1.0, 0.1), ("language", "en", "xx"), ("of", None, "x")],
)  # fmt: skip
def test_what_a_field_cannot_hold_is_refused_and_nothing_is_written(
    field: str, before: Any, after: Any, shelf: Path
) -> None:
    desk = Desk(shelf)
    original = desk.file
    status, answer = desk.edit(field, before, after)
    assert status == 409 and answer["problem"] and desk.file == original
    assert desk.send("undo")[1]["lines"] == [], "nothing was done"


WOUND = "Tom wound them both, and went out into the rain."


def test_a_line_is_split_spoken_by_two_and_comes_back_as_it_was(shelf: Path) -> None:
    desk = Desk(shelf)
    original, row = desk.file, desk.row(WOUND)
    status, answer = desk.send("split", {"line": row["id"], "text": "Tom wound them both, "})
    assert status == 200 and answer["parts"] is True and desk.row("Tom wound them both,")["stale"]
    part = desk.row("and went out into the rain.")
    assert part["id"].startswith(f"{row['id']}-") and "key" not in part and part["edited"] == ["text"]
    assert desk.edit("speaker", "narrator", "Ann", part["text"])[0] == 200
    for _ in range(2):
        assert desk.send("undo")[0] == 200
    assert desk.file == original and desk.row(WOUND)["key"] == row["key"]
    assert desk.send("redo")[1]["what"] == "split" and desk.send("redo")[1]["what"] == "speaker"
    read = read_book(open_project(shelf / "clocks"))
    assert [(line.text, line.speaker) for line in read.script.lines[-2:]] == [
        ("Tom wound them both,", "narrator"), (part["text"], "Ann"),
    ]  # fmt: skip


def test_a_part_is_left_out_for_good_until_it_is_undone(shelf: Path) -> None:
    desk = Desk(shelf)
    desk.send("split", {"line": desk.row(WOUND)["id"], "text": "Tom wound them both,"})
    split = desk.file
    assert desk.edit("out", False, True, "and went out into the rain.")[1]["parts"] is True
    assert "went out into the rain" not in desk.file
    desk.send("undo")
    assert desk.file == split


def test_what_cannot_be_split_is_refused_and_nothing_written(shelf: Path) -> None:
    desk = Desk(shelf)
    original = desk.file
    for data in ({"line": desk.row(WOUND)["id"], "text": "Tim"}, {"line": "x", "text": "Tom"}, {}):
        assert desk.send("split", data)[0] == 409 and desk.file == original


def test_a_line_is_left_out_and_comes_back_to_its_place(shelf: Path) -> None:
    desk = Desk(shelf)
    original = desk.file
    for text in ("Chapter 1. The First Clock", NINE, "Tom wound them both, and went out into the rain."):
        assert desk.edit("out", False, True, text)[0] == 200
        assert desk.row(text)["out"] is True
    for _ in range(3):
        assert desk.send("undo")[0] == 200
    assert desk.file == original


def test_a_line_that_was_edited_comes_back_as_it_was_edited(shelf: Path) -> None:
    desk = Desk(shelf)
    desk.edit("speaker", "Ann", "Tom")
    edited = desk.file
    assert desk.edit("out", False, True)[0] == 200
    desk.send("undo")
    assert desk.file == edited


def test_a_page_can_put_no_record_of_its_own_into_the_file(shelf: Path) -> None:
    desk = Desk(shelf)
    original = desk.file
    assert desk.edit("out", False, {"id": "x", "text": "mine"})[0] == 409 and desk.file == original


def test_steps_are_taken_back_in_order_and_what_is_new_ends_redo(shelf: Path) -> None:
    desk = Desk(shelf)
    desk.edit("pause", 0.45, 0.5)
    desk.edit("pause", 0.5, 0.55)
    desk.send("undo")
    assert desk.row()["pause"] == 0.5
    desk.edit("speaker", "Ann", "Tom")
    assert desk.send("redo")[1]["lines"] == []
    desk.send("undo")
    desk.send("undo")
    assert desk.row()["pause"] == 0.45 and desk.row()["speaker"] == "Ann"
    assert desk.send("undo")[1]["lines"] == []


def test_undo_outlives_a_restart(shelf: Path) -> None:
    Desk(shelf).edit("speaker", "Ann", "Tom")
    later = Desk(shelf)
    assert later.send("undo")[1]["lines"][0]["speaker"] == "Ann"
    assert Desk(shelf).send("redo")[1]["lines"][0]["speaker"] == "Tom"


def test_two_tabs_with_different_lines_or_fields_both_land(shelf: Path) -> None:
    one, two = Desk(shelf), Desk(shelf)
    assert one.edit("speaker", "Ann", "Tom")[0] == 200
    assert two.edit("pause", 0.45, 0.6)[0] == 200
    assert (
        two.edit("text", "Nobody asked the cat.", "Nobody asked the dog.", "Nobody asked the cat.")[0] == 200
    )
    row = one.row()
    assert row["speaker"] == "Tom" and row["pause"] == 0.6 and one.row("Nobody asked the dog.")


def test_two_tabs_with_the_same_field_see_both(shelf: Path) -> None:
    one, two = Desk(shelf), Desk(shelf)
    one.edit("speaker", "Ann", "Tom")
    status, answer = two.edit("speaker", "Ann", "Bob")
    assert status == 409 and answer["now"] == [{"line": one.row()["id"], "field": "speaker", "value": "Tom"}]
    assert one.row()["speaker"] == "Tom"


def test_what_was_changed_by_hand_since_is_not_undone(shelf: Path) -> None:
    desk = Desk(shelf)
    desk.edit("text", NINE, "“It is noon,”")
    script = shelf / "clocks" / "script.jsonl"
    script.write_text(desk.file.replace("noon", "midnight"), encoding="utf-8")
    status, answer = desk.send("undo")
    assert status == 409 and "midnight" in str(answer["now"])


def test_many_lines_change_at_once_or_not_at_all(shelf: Path) -> None:
    desk = Desk(shelf)
    rows = [desk.row(), desk.row("Nobody asked the cat.")]
    changes = [{"line": r["id"], "field": "pause", "before": r["pause"], "after": 1.0} for r in rows]
    assert desk.send("edit", {"changes": changes})[0] == 200
    assert [desk.row()["pause"], desk.row("Nobody asked the cat.")["pause"]] == [1.0, 1.0]
    original = desk.file
    changes = [
        {"line": r["id"], "field": "pause", "before": b, "after": 2.0} for r, b in zip(rows, (1.0, 0.0))
    ]
    assert desk.send("edit", {"changes": changes})[0] == 409 and desk.file == original
    desk.send("undo")
    assert desk.row()["pause"] == 0.45


def test_what_is_found_right_is_not_doubtful_any_more_until_it_changes(shelf: Path) -> None:
    desk = Desk(shelf)
    doubt_sound(shelf / "clocks", desk.row()["id"])
    about = desk.row()["doubts"]["sound"]
    change = {"line": desk.row()["id"], "field": "sound", "before": None, "after": about}
    assert desk.send("edit", {"kind": "reviewed", "changes": [change]})[0] == 200
    assert "doubts" not in desk.row() and "doubts" not in Desk(shelf).row()
    desk.send("undo")
    assert "doubts" in desk.row()


def test_a_line_that_is_marked_is_doubtful_until_it_is_found_right_or_unmarked(shelf: Path) -> None:
    desk = Desk(shelf)
    row, before = desk.row(), desk.file

    def change(kind: str, name: str) -> int:
        told = {
            "kind": kind,
            "changes": [{"line": row["id"], "field": "mark", "before": None, "after": name}],
        }
        return int(desk.send("edit", told)[0])

    assert "doubts" not in row and change("marked", "one") == 200
    assert desk.row()["doubts"] == {"mark": "one"} and desk.row()["weight"] == len(NINE)
    assert Desk(shelf).row()["doubts"] == {"mark": "one"}, "also after a restart"
    assert change("reviewed", "one") == 200 and "doubts" not in desk.row()
    assert change("marked", "two") == 200 and desk.row()["doubts"] == {"mark": "two"}
    assert desk.send("undo")[1]["what"] == "mark" and "doubts" not in desk.row()
    desk.send("redo")
    assert desk.row()["doubts"] == {"mark": "two"} and desk.file == before
    overview = desk.visitor.get(desk.address).text
    assert '<span class="tag mark">marked</span>' in overview


def test_a_reading_says_how_many_lines_it_changes_and_keeps_comments(shelf: Path) -> None:
    desk = Desk(shelf)
    lexicon = shelf / "clocks" / "lexicon.txt"
    lexicon.write_text('# ours\nTom = "tomm"  # short\n', encoding="utf-8")
    before = lexicon.read_text("utf-8")
    entry = 'Ann = "anne" ; chapter=1'
    assert desk.send("reading", {"entry": entry, "try": True})[1]["count"] == 1
    assert lexicon.read_text("utf-8") == before
    assert desk.send("reading", {"entry": entry})[0] == 200
    assert lexicon.read_text("utf-8") == f"{before}{entry}\n"
    desk.send("undo")
    assert lexicon.read_text("utf-8") == before
    status, answer = desk.send("reading", {"entry": 'Tom = "other"'})
    assert status == 409 and "another reading" in answer["problem"] and lexicon.read_text("utf-8") == before


@pytest.mark.parametrize("entry", ["", "Ann", "Ann = ", "a\nb = c", "x = y ; chapter=ü"])
def test_a_reading_that_cannot_be_understood_is_told(entry: str, shelf: Path) -> None:
    desk = Desk(shelf)
    assert desk.send("reading", {"entry": entry})[0] == 409
    assert not (shelf / "clocks" / "lexicon.txt").exists()


@pytest.mark.parametrize("data", [[], {"changes": 3}, {"changes": [3]}, {"changes": [{"line": 3}]}, {}, "x"])
def test_a_page_that_sends_nonsense_gets_an_answer(data: object, shelf: Path) -> None:
    assert Desk(shelf).send("edit", data)[0] == 409


def test_what_is_edited_here_is_what_the_next_run_reads(shelf: Path) -> None:
    desk = Desk(shelf)
    desk.edit("speaker", "Ann", "Tom")
    desk.edit("text", "Nobody asked the cat.", "Nobody asked the dog.", "Nobody asked the cat.")
    desk.edit("out", False, True, "The second clock stood in the hall.")
    lines = read_book(open_project(shelf / "clocks")).script.lines
    said = {line.text: line.speaker for line in lines}
    assert (
        said[NINE] == "Tom"
        and "Nobody asked the dog." in said
        and "The second clock stood in the hall." not in said
    )
    assert "speaker: Tom" in (shelf / "clocks" / "cast.yaml").read_text("utf-8")


def test_narration_given_to_somebody_does_not_stop_the_next_run(shelf: Path) -> None:
    desk = Desk(shelf)
    assert desk.edit("speaker", "narrator", "Ann", "Nobody asked the cat.")[0] == 200
    for _ in range(2):
        lines = read_book(open_project(shelf / "clocks")).script.lines
        assert next(line.speaker for line in lines if line.text == "Nobody asked the cat.") == "Ann"


KILLED = """
import os, signal, sys, threading
from pathlib import Path
from flows.script.edit import Change
from flows.studio.editing import Editor
from flows.studio.journal import Kind
from flows.studio.shelf import Shelf
(book,) = Shelf(Path(sys.argv[1])).books()
editor, line = Editor(book), sys.argv[2]
print("ready", flush=True)
n = int(sys.stdin.readline())
while True:
    editor.edit(Kind.SCRIPT, [Change(line, "pause", n / 1000, (n + 1) / 1000)])
    n += 1
    print(n, flush=True)
"""


@dataclass(frozen=True)
class AfterKill:
    """What stands after a kill. `pause`, `answered`: thousandths; of the file, and of the last answer."""

    pause: int
    answered: int
    others_stand: bool
    undone: tuple[int, int]
    redone: int

    @property
    def whole(self) -> bool:
        """An answer means that the edit is there; without one it may be; and the journal agrees with the file."""
        return (
            self.pause in (self.answered, self.answered + 1)
            and self.others_stand
            and self.undone == (200, self.pause - 1)
            and self.redone == 200
        )


def kill_between_edits(desk: Desk, times: int) -> Iterator[AfterKill]:
    """Kill the process that edits at any moment, so many times."""
    row = desk.row()
    desk.edit("pause", 0.45, 0.1)
    value = 100
    others = [text for text in desk.file.split("\n") if row["id"] not in text]
    for number in range(times):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(desk.root), row["id"]],
            cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        process.stdout.readline()
        process.stdin.write(f"{value}\n")
        process.stdin.flush()
        answered = value
        for _ in range(1 + number % 3):
            answered = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        answered = max([answered, *(int(text) for text in process.stdout.read().split() if text.strip())])
        process.wait()
        now = round(1000 * Desk(desk.root).row()["pause"])
        stand = [text for text in desk.file.split("\n") if row["id"] not in text] == others
        after = Desk(desk.root)
        undone = (after.send("undo")[0], round(1000 * after.row()["pause"]))
        yield AfterKill(now, answered, stand, undone, after.send("redo")[0])
        value = now


def test_killed_between_an_edit_and_its_answer_it_is_one_or_the_other(shelf: Path) -> None:
    found = list(kill_between_edits(Desk(shelf), 4))
    assert len(found) == 4 and [kill for kill in found if not kill.whole] == []


@pytest.mark.slow
def test_killed_two_hundred_times_it_is_one_or_the_other(shelf: Path) -> None:
    found = list(kill_between_edits(Desk(shelf), 200))
    assert len(found) == 200 and [kill for kill in found if not kill.whole] == []

"""script.jsonl: what a person edits, stays edited."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from flows.script.file import Merged, change_line, merge, script_lock, speaker_edits, words_digest
from flows.script.line import Line
from normalizers import DuoyinError

TITLES = ["One", "Two"]


def a_line(number: int, text: str, **values: Any) -> Line:
    line = Line(
        f"id{number:04}", number // 10, number % 10, 0, len(text), "narration", "narrator", text, "en", 0.5
    )
    return replace(line, **values)


LINES = [
    a_line(0, "It rained."),
    a_line(1, "“Hello.”", kind="dialogue", speaker="Ann", confidence=0.9),
    a_line(10, "The end."),
]


def run(folder: Path, lines: list[Line] | None = None) -> Merged:
    return merge(
        LINES if lines is None else lines, TITLES, folder / "script.jsonl", folder / ".duoyin" / "base.jsonl"
    )


def records(folder: Path) -> list[dict[str, object]]:
    return [
        json.loads(text) for text in (folder / "script.jsonl").read_text(encoding="utf-8").split("\n") if text
    ]


def edit(folder: Path, line_id: str, **values: object) -> None:
    changed = [r | values if r.get("id") == line_id else r for r in records(folder)]
    (folder / "script.jsonl").write_text("".join(json.dumps(r) + "\n" for r in changed), encoding="utf-8")


def test_one_record_a_line_with_chapters_between(tmp_path: Path) -> None:
    assert run(tmp_path).lines == tuple(LINES)
    ids = [r.get("id", r.get("title")) for r in records(tmp_path)]
    assert ids == ["One", "id0000", "id0001", "Two", "id0010"]


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    run(tmp_path)
    before = (tmp_path / "script.jsonl").read_bytes()
    merged = run(tmp_path)
    assert (tmp_path / "script.jsonl").read_bytes() == before
    assert merged.edited == frozenset()


def test_edits_survive_any_number_of_runs(tmp_path: Path) -> None:
    run(tmp_path)
    edit(tmp_path, "id0001", speaker="Bob", say="Hello there.", pause=1.5, speed=0.9)
    for _ in range(3):
        merged = run(tmp_path)
        line = merged.lines[1]
        assert (line.speaker, line.say, line.pause_after, line.speed) == ("Bob", "Hello there.", 1.5, 0.9)
        assert merged.edited == {"id0001"}


def test_an_edit_outlives_a_better_caster_and_new_lines_around_it(tmp_path: Path) -> None:
    run(tmp_path)
    edit(tmp_path, "id0001", speaker="Bob")
    later = [
        LINES[0],
        a_line(5, "A new sentence."),
        replace(LINES[1], speaker="Carol"),
        replace(LINES[2], speaker="Dora"),
    ]
    merged = run(tmp_path, later)
    assert [line.speaker for line in merged.lines] == ["narrator", "narrator", "Bob", "Dora"]


def test_a_deleted_record_leaves_the_line_out_and_says_so(tmp_path: Path) -> None:
    run(tmp_path)
    kept = [r for r in records(tmp_path) if r.get("id") != "id0000"]
    (tmp_path / "script.jsonl").write_text("".join(json.dumps(r) + "\n" for r in kept), encoding="utf-8")
    for _ in range(2):
        merged = run(tmp_path)
        assert [line.id for line in merged.lines] == ["id0001", "id0010"]
        assert [line.id for line in merged.removed] == ["id0000"]


def test_an_edited_line_that_the_book_lost_is_kept_aside(tmp_path: Path) -> None:
    run(tmp_path)
    edit(tmp_path, "id0010", say="The very end.")
    merged = run(tmp_path, LINES[:2])
    assert [r["say"] for r in merged.orphaned] == ["The very end."]
    assert "The very end." in (tmp_path / "script.orphans.jsonl").read_text(encoding="utf-8")


def test_new_text_drops_hints_that_were_for_the_printed_text(tmp_path: Path) -> None:
    from normalizers import Hint

    lines = [replace(LINES[0], hints=(Hint(3, 9, "ipa", "reɪnd", "ssml"),))]
    run(tmp_path, lines)
    edit(tmp_path, "id0000", text="It snowed.")
    assert run(tmp_path, lines).lines[0].hints == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{not json", "not JSON"),
        ('["a list"]', "between"),
        ('{"text": "no id"}', "no id"),
        ('{"id": ["id0000"], "text": "It rained."}', "an id is text"),
        ('{"id": "id0000", "text": "It \\ud800rained."}', "half a character"),
        ('{"id": ' + "[" * 5_000, "not JSON"),
        ('{"id": "id0000", "pause": "long", "text": "It rained."}', "pause must be a number"),
        ('{"id": "id0000", "speed": 9, "text": "It rained."}', "speed must be a number from 0.6 to 1.6"),
        ('{"id": "id0000", "kind": "song", "text": "It rained."}', "no kind"),
        ('{"id": "id0000", "language": "fr", "text": "It rained."}', "zh or en"),
        ('{"id": "id0010", "text": "twice"}', "twice"),
        ('{"id": "id0000", "voise": "bf_emma", "text": "It rained."}', "no field “voise”"),
        ('{"id": "mine", "text": "A line of my own."}', "no line has the id mine"),
    ],
)
def test_a_broken_record_is_named_by_file_and_line_and_nothing_is_lost(
    tmp_path: Path, line: str, message: str
) -> None:
    run(tmp_path)
    lines = (tmp_path / "script.jsonl").read_text(encoding="utf-8").splitlines()
    lines[1] = line
    (tmp_path / "script.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    before = (tmp_path / "script.jsonl").read_bytes()
    with pytest.raises(DuoyinError, match=message) as caught:
        run(tmp_path)
    assert "script.jsonl, line " in str(caught.value)
    assert (tmp_path / "script.jsonl").read_bytes() == before


def test_a_script_saved_by_a_windows_editor(tmp_path: Path) -> None:
    run(tmp_path)
    edit(tmp_path, "id0000", say="It poured.")
    file = tmp_path / "script.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert run(tmp_path).lines[0].say == "It poured."


def test_a_script_of_which_nothing_is_left_is_a_mistake(tmp_path: Path) -> None:
    run(tmp_path)
    (tmp_path / "script.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(DuoyinError, match="every line of the script is deleted"):
        run(tmp_path)
    (tmp_path / "script.jsonl").unlink()
    assert len(run(tmp_path).lines) == len(LINES)


def test_a_damaged_copy_of_the_script_may_be_deleted(tmp_path: Path) -> None:
    run(tmp_path)
    edit(tmp_path, "id0000", say="It poured.")
    base = tmp_path / ".duoyin" / "base.jsonl"
    base.write_bytes(base.read_bytes()[:70])
    for ask in (lambda: run(tmp_path), lambda: speaker_edits(tmp_path / "script.jsonl", base)):
        with pytest.raises(DuoyinError, match="copy of the script") as caught:
            ask()
        assert "base.jsonl" in str(caught.value)
    base.unlink()
    assert run(tmp_path).lines[0].say == "It poured."


def test_line_separators_in_a_text_are_text(tmp_path: Path) -> None:
    lines = [replace(LINES[0], text="It\u2028rained\x85."), *LINES[1:]]
    run(tmp_path, lines)
    edit(tmp_path, "id0000", speaker="Ann")
    edits = speaker_edits(tmp_path / "script.jsonl", tmp_path / ".duoyin" / "base.jsonl")
    assert edits == [(1, lines[0].text, "Ann")]
    run(tmp_path, lines[1:])
    run(tmp_path, lines[1:])
    orphans = (tmp_path / "script.orphans.jsonl").read_text(encoding="utf-8").split("\n")
    assert [json.loads(text)["speaker"] for text in orphans if text] == ["Ann"]


def test_a_chosen_take_is_pinned_until_other_words_are_said(tmp_path: Path) -> None:
    run(tmp_path)
    edit(tmp_path, "id0000", take=3)
    assert run(tmp_path).lines[0].take == 3
    pinned = next(r for r in records(tmp_path) if r.get("id") == "id0000")
    assert pinned["of"] == words_digest(LINES[0]), "the file says for which words it was chosen"
    assert run(tmp_path).lines[0].take == 3 and not run(tmp_path).unpinned

    edit(tmp_path, "id0000", speed=0.9)
    assert run(tmp_path).lines[0].take == 3, "another tempo or voice is no other text"

    edit(tmp_path, "id0000", say="It poured.")
    merged = run(tmp_path)
    assert (merged.lines[0].take, merged.unpinned) == (0, ("id0000",))
    assert "take" not in next(r for r in records(tmp_path) if r.get("id") == "id0000")
    assert run(tmp_path).unpinned == (), "it is said once"


def test_the_first_take_may_be_chosen_too(tmp_path: Path) -> None:
    run(tmp_path)
    edit(tmp_path, "id0001", take=1)
    assert run(tmp_path).lines[1].take == 1
    edit(tmp_path, "id0001", take=0)
    assert run(tmp_path).lines[1].take == 0


@pytest.mark.parametrize("value", [-1, 100, 1.5, True, "two"])
def test_a_take_is_a_whole_number(tmp_path: Path, value: object) -> None:
    run(tmp_path)
    edit(tmp_path, "id0000", take=value)
    with pytest.raises(DuoyinError, match="take must be a whole number") as caught:
        run(tmp_path)
    assert "script.jsonl, line 2" in (caught.value.where or "")


def test_one_line_is_written_as_an_edit_and_the_others_stay_as_they_stand(tmp_path: Path) -> None:
    run(tmp_path)
    edit(tmp_path, "id0010", pause=2.0)
    before = (tmp_path / "script.jsonl").read_text(encoding="utf-8").splitlines()
    change_line(
        tmp_path / "script.jsonl", tmp_path / "base.jsonl", replace(LINES[0], say="It poured.", take=2)
    )
    after = (tmp_path / "script.jsonl").read_text(encoding="utf-8").splitlines()
    assert [text for text in after if text not in before] == [after[1]] and len(after) == len(before)
    first, _, last = run(tmp_path).lines
    assert (first.say, first.take, last.pause_after) == ("It poured.", 2, 2.0)
    with pytest.raises(DuoyinError, match="no line id9999"):
        change_line(tmp_path / "script.jsonl", tmp_path / "base.jsonl", replace(LINES[0], id="id9999"))


def test_a_line_that_is_changed_waits_for_who_holds_the_script_and_keeps_what_they_wrote(
    tmp_path: Path,
) -> None:
    file, base = tmp_path / "script.jsonl", tmp_path / "base.jsonl"
    merge(LINES, TITLES, file, base)
    with script_lock(base):
        change = Thread(target=change_line, args=(file, base, replace(LINES[0], say="It poured.")))
        change.start()
        change.join(0.2)
        file.write_text(file.read_text("utf-8").replace("The end.", "It ended."), encoding="utf-8")
    change.join()
    now = file.read_text("utf-8")
    assert "It poured." in now and "It ended." in now

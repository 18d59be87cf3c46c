"""A script as bytes: what differs is found whole, and nothing that is no text comes in unseen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.script import content
from flows.script.content import differing, places_of, read_content
from flows.script.edit import Change, change_script
from flows.script.written import read_script
from normalizers import DuoyinError

CONTENTS = st.lists(st.sampled_from(["", "a", "ab", "b", "雨"]), max_size=7).map(
    lambda rows: "\n".join(rows).encode()
)
CHINESE = '{"id": "a", "text": "下雨了。"}\n{"id": "b", "text": "雨停了。"}\n'


@pytest.mark.parametrize("block", [1, 2, content.BLOCK])
@given(old=CONTENTS, new=CONTENTS)
def test_what_lies_around_the_lines_that_differ_is_the_same(block: int, old: bytes, new: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content, "BLOCK", block)
        start, old_end, new_end = differing(old, new)
    assert old[:start] == new[:start] and old[old_end:] == new[new_end:]
    assert start <= old_end and start <= new_end
    assert start == 0 or new[start - 1 : start] == b"\n", "it begins with a line"
    assert new[new_end : new_end + 1] in (b"", b"\n") and old[old_end : old_end + 1] in (b"", b"\n")
    rows, others = old[start:old_end].split(b"\n"), new[start:new_end].split(b"\n")
    if len(rows) == len(others) and old != new:
        assert rows[0] != others[0] and rows[-1] != others[-1], "no line more than differs"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_whatever_an_editor_parts_lines_by_they_are_the_same(tmp_path: Path, end: str, mark: str) -> None:
    file = tmp_path / "script.jsonl"
    file.write_bytes((mark + CHINESE.replace("\n", end)).encode())
    assert read_content(file) == CHINESE.encode()
    change_script(
        file, tmp_path / "base.jsonl", [Change("b", "speaker", "narrator", "Ann")], CHINESE.encode()
    )
    assert [json.loads(text).get("speaker") for text in file.read_text("utf-8").splitlines()] == [None, "Ann"]


def test_what_was_read_before_is_not_looked_through_again_and_what_is_new_is(tmp_path: Path) -> None:
    file, base = tmp_path / "script.jsonl", tmp_path / "base.jsonl"
    file.write_text(CHINESE, encoding="utf-8")
    known = read_content(file)
    assert read_content(file, known) is known
    file.write_bytes(CHINESE.replace("雨停了。", "雨又下了。").encode("gb18030"))
    before = file.read_bytes()
    with pytest.raises(DuoyinError, match="cannot be read"):
        read_content(file, known)
    with pytest.raises(DuoyinError, match="cannot be read"):
        change_script(file, base, [Change("a", "pause", None, 0.5)], known)
    assert file.read_bytes() == before


def test_a_record_is_found_by_its_id_and_not_by_a_text_that_has_it(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "b", "text": "see a-2"},
        {"id": "a", "text": "b"},
        {"chapter": 1, "title": "a"},
        {"id": "a-2"},
    ]
    text = "\n".join(map(json.dumps, rows)).encode()
    for wanted in (["a-2", "a", "b"], ["b", "a", "a-2"]):
        found = places_of(text, [*wanted, "c", "", "\ud800"])
        assert {line: json.loads(text[slice(*place)]) for line, place in found.items()} == {
            row["id"]: row for row in rows if "id" in row
        }


def test_an_edit_leaves_all_other_bytes_as_they_are_and_reads_its_own_record_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, base = tmp_path / "script.jsonl", tmp_path / "base.jsonl"
    rows = ['{"chapter": 1}', *(f'{{ "id" : "{n:012x}",  "text": "雨 {n}" }}' for n in range(2000)), "", ""]
    file.write_text("\n".join(rows), encoding="utf-8")
    base.write_bytes(file.read_bytes())
    before = read_script(file, base)
    parsed: list[str] = []
    loads = json.loads

    def counted(text: str) -> Any:
        parsed.append(text)
        return loads(text)

    monkeypatch.setattr(json, "loads", counted)
    line = f"{700:012x}"
    change_script(file, base, [Change(line, "pause", None, 0.7)], before.content)
    now = before.again(file)
    assert len(parsed) < 10, "an edit of a long book costs its own line"
    assert now is not None and now.written.line(line) is not None
    changed = file.read_text("utf-8").split("\n")
    assert [at for at, (old, new) in enumerate(zip(rows, changed, strict=True)) if old != new] == [701]


def test_half_a_character_is_refused_and_nothing_written(tmp_path: Path) -> None:
    file = tmp_path / "script.jsonl"
    file.write_text(CHINESE, encoding="utf-8")
    with pytest.raises(DuoyinError, match="half a character"):
        change_script(file, tmp_path / "base.jsonl", [Change("a", "text", "下雨了。", "\ud800")])
    assert file.read_text("utf-8") == CHINESE

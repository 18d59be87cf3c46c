"""Reading a script again after an edit: the same as reading it anew, whatever was edited, by whomever."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.script.written import MOST_CHANGED, read_script
from normalizers import DuoyinError

RECORDS: list[dict[str, Any]] = [
    {"chapter": 1, "title": "One"},
    {"id": "a", "kind": "narration", "speaker": "narrator", "text": "It rained."},
    {"id": "b", "kind": "dialogue", "speaker": "Ann", "text": "“Again?”", "sure": 0.4},
    {"chapter": 2, "title": "Two"},
    {"id": "c", "kind": "narration", "speaker": "narrator", "text": "It stopped."},
]
GENERATED = [json.dumps(record) for record in RECORDS]
EDITED = [
    json.dumps({**RECORDS[1], "text": "It poured."}),
    json.dumps({**RECORDS[2], "speaker": "Tom"}),
    json.dumps({**RECORDS[2], "id": "c"}),
    json.dumps({**RECORDS[3], "title": "Three"}),
    "",
    "no record",
]
FILES = st.lists(st.sampled_from([*GENERATED, *EDITED]), max_size=6)


def write(file: Path, texts: list[str]) -> Path:
    file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return file


@given(before=FILES, after=FILES)
def test_a_script_read_again_is_the_script_read_anew_or_is_not_read_again(
    before: list[str], after: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = write(Path(folder) / "base.jsonl", GENERATED)
        file = write(Path(folder) / "script.jsonl", before)
        try:
            first = read_script(file, base)
            write(file, after)
            again = first.again(file)
            anew = read_script(file, base)
        except DuoyinError:
            return
        assert again is None or again == anew


def test_only_what_was_edited_is_looked_at(tmp_path: Path) -> None:
    base = write(tmp_path / "base.jsonl", GENERATED)
    file = write(tmp_path / "script.jsonl", GENERATED)
    first = read_script(file, base)
    write(file, [*GENERATED[:2], EDITED[1], *GENERATED[3:]])
    again = first.again(file)
    assert again is not None
    assert [line.edited for line in again.written.lines] == [(), ("speaker",), ()]
    assert again.written.lines[0] is first.written.lines[0], "what stayed is not read again"


def test_a_record_that_cannot_be_understood_is_told_with_its_line(tmp_path: Path) -> None:
    base = write(tmp_path / "base.jsonl", GENERATED)
    file = write(tmp_path / "script.jsonl", GENERATED)
    first = read_script(file, base)
    write(file, [*GENERATED[:2], "{", *GENERATED[3:]])
    with pytest.raises(DuoyinError, match="not JSON") as caught:
        first.again(file)
    assert (caught.value.where or "").endswith("line 3")


def test_a_script_that_was_made_anew_is_read_anew(tmp_path: Path) -> None:
    many = [json.dumps({**RECORDS[1], "id": f"{n}"}) for n in range(MOST_CHANGED + 1)]
    base = write(tmp_path / "base.jsonl", many)
    file = write(tmp_path / "script.jsonl", many)
    first = read_script(file, base)
    write(file, [text.replace("rained", "poured") for text in many])
    assert first.again(file) is None

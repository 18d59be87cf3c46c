"""Records of script.jsonl changed, taken out and put back; every other record stays as it stands, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flows.script.file import (
    EDITABLE,
    OMITTED,
    Record,
    checked,
    read_records,
    record_texts,
    script_lock,
    value_of,
)
from normalizers import DuoyinError
from tts_core.files import write_atomically

OUT = "out"
"""Beside the fields of a record: whether it is left out."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one line.

    Args:
        line: id. field: one of `EDITABLE`, or `OUT`.
        before, after: its values; `before` is what the person saw. Of `OUT` True, else False or the
            record as it stood.
    """

    line: str
    field: str
    before: Any
    after: Any

    @property
    def back(self) -> Change:
        """What takes it back."""
        return Change(self.line, self.field, self.after, self.before)


class Conflict(DuoyinError):
    """Somebody else changed a field meanwhile.

    Args:
        now: what stands there, by (line, field).
    """

    def __init__(self, file: Path, now: Mapping[tuple[str, str], Any]) -> None:
        (line, field), value = next(iter(now.items()))
        super().__init__(
            f"{field} of line {line} was changed meanwhile: it is {value!r}",
            where=str(file),
            hint="Look at it again.",
        )
        self.now = now


def change_script(file: Path, base: Path, changes: Sequence[Change]) -> None:
    """Make changes in a script, all or none; the file is written once.

    Args:
        file: script.jsonl. base: the copy of what was generated, from where a line comes back that was left out.

    Raises:
        Conflict: a field has another value than the person saw; nothing is written.
        DuoyinError: no such line, or a value that its field cannot hold; nothing is written.
    """
    with script_lock(base):
        texts = record_texts(file)
        places = _places(texts, {change.line for change in changes})
        conflicts: dict[tuple[str, str], Any] = {}
        for change in changes:
            now = _now(texts, places, change)
            if now != _plain(change, change.before):
                conflicts[change.line, change.field] = now
        if conflicts:
            raise Conflict(file, conflicts)
        put_back: dict[str, Any] = {}
        for change in changes:
            at = places.get(change.line)
            if change.field == OUT:
                if change.after is not True:
                    put_back[change.line] = change.after
                elif at is not None:
                    texts[at] = ""
            elif at is None:
                raise DuoyinError(f"the script has no line {change.line}", where=str(file))
            else:
                texts[at] = _changed(json.loads(texts[at]), change, file, at + 1)
        if put_back:
            texts = _with(texts, put_back, base)
        kept = [text for text in texts if text.strip()]
        if changes and not any('"id"' in text for text in kept):
            raise DuoyinError("a script needs at least one line", where=str(file), hint="Leave one in.")
        write_atomically(file, "".join(f"{text}\n" for text in kept).encode())


def remembering(file: Path, changes: Sequence[Change]) -> list[Change]:
    """The changes, those that leave a line out with its record as it stands, so that it comes back as it was."""
    left_out = {change.line for change in changes if change.field == OUT}
    if not left_out:
        return list(changes)
    texts = record_texts(file)
    places = _places(texts, left_out)
    return [
        replace(change, before=json.loads(texts[places[change.line]]))
        if change.field == OUT and change.after is True and change.line in places
        else change
        for change in changes
    ]


def is_done(file: Path, changes: Sequence[Change]) -> bool:
    """Whether the script has what changes make of it."""
    return _values_now(file, changes) == [_plain(change, change.after) for change in changes]


def _plain(change: Change, value: Any) -> Any:
    """A value as it is compared: a record that stands in the file is a line that is not left out."""
    return value is True if change.field == OUT else value


def _values_now(file: Path, changes: Sequence[Change]) -> list[Any]:
    texts = record_texts(file)
    places = _places(texts, {change.line for change in changes})
    return [_now(texts, places, change) for change in changes]


def _places(texts: Sequence[str], wanted: set[str]) -> dict[str, int]:
    """Index of the record of each wanted id; only what may be one of them is parsed."""
    found: dict[str, int] = {}
    for at, text in enumerate(texts):
        for line in wanted:
            if line in text and line not in found and _id(text) == line:
                found[line] = at
    return found


def _id(text: str) -> object:
    try:
        record = json.loads(text)
    except ValueError:
        return None
    return record.get("id") if isinstance(record, dict) else None


def _now(texts: Sequence[str], places: Mapping[str, int], change: Change) -> Any:
    at = places.get(change.line)
    if change.field == OUT:
        return at is None
    return None if at is None else value_of(json.loads(texts[at]), change.field)


def _changed(record: Record, change: Change, file: Path, number: int) -> str:
    if change.field not in EDITABLE:
        raise DuoyinError(
            f"there is no field “{change.field}”", where=str(file), hint=f"Allowed: {', '.join(EDITABLE)}."
        )
    if change.field == "text" and not str(change.after).strip():
        raise DuoyinError(
            "a line without text says nothing", where=f"{file}, line {number}", hint="Leave it out."
        )
    checked({change.field: change.after}, file, number)
    if change.field in OMITTED and change.after == OMITTED[change.field]:
        record.pop(change.field, None)
    else:
        record[change.field] = change.after
    return json.dumps(record, ensure_ascii=False)


def _with(texts: Sequence[str], wanted: Mapping[str, Any], base: Path) -> list[str]:
    """The texts with records put back where the base has them: behind what is left of before them.

    Args:
        wanted: by id, the record; or anything else for that of the base.
    """
    generated = [_token(record) for record, _ in read_records(base, chapters=True)]
    records = {record["id"]: record for record, _ in read_records(base)}
    made = [text for text in texts if text.strip()]
    for line in sorted(wanted, key=lambda line: generated.index(line) if line in records else -1):
        if line not in records:
            raise DuoyinError(
                f"line {line} is not known any more", where=str(base), hint="The book has other words now."
            )
        places = {_token(json.loads(text)): at for at, text in enumerate(made)}
        if line in places:
            continue
        earlier = reversed(generated[: generated.index(line)])
        at = next((places[token] + 1 for token in earlier if token in places), 0)
        record = wanted[line] if isinstance(wanted[line], dict) else records[line]
        made.insert(at, json.dumps(record, ensure_ascii=False))
    return made


def _token(record: Record) -> str:
    """What tells a record from the others of its file: a line's id, or the number of a chapter."""
    return str(record["id"]) if "id" in record else f"chapter {record.get('chapter')}"

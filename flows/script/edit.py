"""Records of script.jsonl changed, taken out and put back; every other record stays as it stands, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flows.script.build import WORD_CHARACTER
from flows.script.content import line_number, places_of, read_content, records_with, with_texts
from flows.script.file import EDITABLE, OMITTED, Record, checked, read_records, script_lock, value_of
from flows.script.parts import LARGEST_NUMBER, number_of, part_id, stem_of
from normalizers import DuoyinError, split_spans
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


def change_script(file: Path, base: Path, changes: Sequence[Change], known: bytes = b"") -> bytes:
    """Make changes in a script, all or none; the file is written once.

    Args:
        file: script.jsonl. base: the copy of what was generated, from where a line comes back that was left out.
        known: what the file had when it was read last, see `read_content`.

    Returns: what the file has now.

    Raises:
        Conflict: a field has another value than the person saw; nothing is written.
        DuoyinError: no such line, or a value that its field cannot hold; nothing is written.
    """
    with script_lock(base):
        content = read_content(file, known)
        places = places_of(content, [change.line for change in changes])
        records = {line: json.loads(content[slice(*place)]) for line, place in places.items()}
        conflicts = {
            (change.line, change.field): now
            for change in changes
            if (now := _now(records, change)) != _plain(change, change.before)
        }
        if conflicts:
            raise Conflict(file, conflicts)
        put_back: dict[str, Any] = {}
        texts: dict[str, bytes] = {}
        for change in changes:
            if change.field == OUT:
                if change.after is not True:
                    put_back[change.line] = change.after
                elif records.pop(change.line, None) is not None:
                    texts[change.line] = b""
            elif change.line not in records:
                raise DuoyinError(f"the script has no line {change.line}", where=str(file))
            else:
                number = line_number(content, places[change.line][0])
                texts[change.line] = _changed(records[change.line], change, file, number)
        content = with_texts(content, {places[line]: text for line, text in texts.items()})
        if put_back:
            content = _with(content.decode().split("\n"), put_back, base)
        if changes and b'"id"' not in content:
            raise DuoyinError("a script needs at least one line", where=str(file), hint="Leave one in.")
        write_atomically(file, content)
    return content


def remembering(file: Path, changes: Sequence[Change]) -> list[Change]:
    """The changes, those that leave a line out with its record as it stands, so that it comes back as it was."""
    left_out = [change.line for change in changes if change.field == OUT and change.after is True]
    if not left_out:
        return list(changes)
    content = read_content(file)
    places = places_of(content, left_out)
    return [
        replace(change, before=json.loads(content[slice(*places[change.line])]))
        if change.field == OUT and change.after is True and change.line in places
        else change
        for change in changes
    ]


def splitting(file: Path, line: str, first: str, first_said: str = "") -> list[Change]:
    """The changes that make two lines of one: it keeps its first words, and a part with the others comes behind it.

    Args:
        first: its first words, as they are printed. first_said: of what is said instead, the words that go with them.

    Raises:
        DuoyinError: there is no such line, it does not begin so, or one of the two would have nothing to say.
    """
    of_stem = records_with(read_content(file), stem_of(line))
    records = {record["id"]: record for _, record in of_stem}
    if line not in records:
        raise DuoyinError(f"the script has no line {line}", where=str(file))
    record = records[line]
    text, say, language = (str(value_of(record, name) or "") for name in ("text", "say", "language"))
    first, rest = _cut(text, first, line, file)
    number = _number_between(line, number_of(line) + len(text) - len(rest), records, file)
    changes = [Change(line, "text", text, first)]
    part = {**record, "id": part_id(stem_of(line), number), "text": rest}
    if say:
        first_said, part["say"] = _cut(say, first_said, line, file)
        changes.append(Change(line, "say", say, first_said))
    if take := value_of(record, "take"):
        changes.append(Change(line, "take", take, 0))
    for name in ("take", "of"):
        part.pop(name, None)
    pause = round(split_spans(first, language)[-1].pause_seconds, 3)
    if pause != value_of(record, "pause"):
        changes.append(Change(line, "pause", value_of(record, "pause"), pause))
    return [*changes, Change(part["id"], OUT, True, part)]


def _cut(text: str, first: str, line: str, file: Path) -> tuple[str, str]:
    """Two stretches of a text, without white space between them."""
    if not text.startswith(first):
        raise DuoyinError(f"line {line} was changed meanwhile", where=str(file), hint="Look at it again.")
    both = first.rstrip(), text[len(first) :].lstrip()
    if not all(WORD_CHARACTER.search(part) for part in both):
        raise DuoyinError(
            "both parts of a line need words", where=str(file), hint="Split it between two of its words."
        )
    return both


def _number_between(line: str, wanted: int, records: Mapping[str, Record], file: Path) -> int:
    """A number for a part that comes behind a line, before the next part: the wanted one, where that is free."""
    own = number_of(line)
    others = [number_of(other) for other in records if stem_of(other) == stem_of(line)]
    after = min((number for number in others if number > own), default=LARGEST_NUMBER + 1)
    number = wanted if own < wanted < after else (own + after) // 2
    if number == own:
        raise DuoyinError(
            f"there is no number between {own} and {after} for a part of line {stem_of(line)}",
            where=str(file),
            hint=f"Write {part_id(stem_of(line), after)} with a larger number.",
        )
    return number


def is_done(file: Path, changes: Sequence[Change]) -> bool:
    """Whether the script has what changes make of it."""
    return _values_now(file, changes) == [_plain(change, change.after) for change in changes]


def _plain(change: Change, value: Any) -> Any:
    """A value as it is compared: a record that stands in the file is a line that is not left out."""
    return value is True if change.field == OUT else value


def _values_now(file: Path, changes: Sequence[Change]) -> list[Any]:
    content = read_content(file)
    places = places_of(content, [change.line for change in changes])
    records = {line: json.loads(content[slice(*place)]) for line, place in places.items()}
    return [_now(records, change) for change in changes]


def _now(records: Mapping[str, Record], change: Change) -> Any:
    record = records.get(change.line)
    if change.field == OUT:
        return record is None
    return None if record is None else value_of(record, change.field)


def _changed(record: Record, change: Change, file: Path, number: int) -> bytes:
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
    try:
        return json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise DuoyinError(
            "half a character stands here (\\ud800 to \\udfff)",
            where=f"{file}, line {number}",
            hint="Write it as it is shown.",
        ) from error


def _with(texts: Sequence[str], wanted: Mapping[str, Any], base: Path) -> bytes:
    """The texts with records put back where the base has them: behind what is left of before them.

    Args:
        wanted: by id, the record; or anything else for that of the base. Of a part of a line, always the record.
    """
    order: dict[str, int] = {}
    records: dict[str, Record] = {}
    for record, _ in read_records(base, chapters=True):
        order.setdefault(_token(record), len(order))
        if "id" in record:
            records[record["id"]] = record

    def place(token: str) -> tuple[int, int]:
        """The place of a record among those of the base; before all where it has none."""
        if token in order:
            return order[token], 0
        return order.get(stem_of(token), -1), number_of(token)

    made = [text for text in texts if text.strip()]
    places = [place(_token(json.loads(text))) for text in made]
    for line in sorted(wanted, key=place):
        own, record = place(line), wanted[line]
        if own[0] < 0 or (line not in records and not isinstance(record, dict)):
            raise DuoyinError(
                f"line {line} is not known any more", where=str(base), hint="The book has other words now."
            )
        if own in places:
            continue
        earlier = max(
            ((other, at) for at, other in enumerate(places) if other[0] > -1 and other < own), default=None
        )
        at = 0 if earlier is None else earlier[1] + 1
        made.insert(at, json.dumps(record if isinstance(record, dict) else records[line], ensure_ascii=False))
        places.insert(at, own)
    return "\n".join([*made, ""]).encode()


def _token(record: Record) -> str:
    """What tells a record from the others of its file: a line's id, or the number of a chapter."""
    return str(record["id"]) if "id" in record else f"chapter {record.get('chapter')}"

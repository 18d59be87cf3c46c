"""The script as it stands on the disk, with what a person has changed of it and what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flows.script.content import differing, line_number, read_content
from flows.script.file import EDITABLE, NONE_KNOWN, Record, record_texts, records_of, understood, value_of
from flows.script.parts import stem_of
from normalizers import DuoyinError

MOST_CHANGED = 200
"""Lines that are looked at one by one where a script is read again; with more of them all are read."""


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """A line of the script file.

    Args:
        id: of the line.
        chapter: index into the titles of `Written`.
        record: its fields as they are written; `field` also knows those that are not.
        edited: the fields that differ from what was generated last; of a part, from its line.
        left_out: it was generated, and a person took it out.
    """

    id: str
    chapter: int
    record: Mapping[str, Any]
    edited: tuple[str, ...] = ()
    left_out: bool = False

    def field(self, name: str) -> Any:
        """A field, by the rule where it is not written."""
        return value_of(self.record, name)


@dataclass(frozen=True, slots=True)
class Written:
    """A script file: the titles of its chapters and its lines, in order; what was left out stands in its place.

    Args:
        places: index of each line, by id.
    """

    titles: tuple[str, ...] = ()
    lines: tuple[WrittenLine, ...] = ()
    places: Mapping[str, int] = field(default_factory=dict)

    def line(self, line_id: str) -> WrittenLine | None:
        """A line by its id."""
        at = self.places.get(line_id)
        return None if at is None else self.lines[at]


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A script as it was read, with what reading it again needs to look only at what changed.

    Args:
        content: of its file, see `read_content`. generated: chapter and record of each line as it was generated last.
    """

    written: Written = field(default_factory=Written)
    content: bytes = b""
    generated: Mapping[str, tuple[int, Record]] = field(default_factory=dict)

    def again(self, file: Path, written: bytes = b"") -> WrittenFile | None:
        """The script as its file has it now, where fields of a few lines changed; None where it takes `read_script`.

        Args:
            written: what was written into it last, where that is known.

        Raises:
            DuoyinError: naming file and line for a record that cannot be understood.
        """
        content = read_content(file, written or self.content)
        start, old_end, new_end = differing(self.content, content)
        before, after = self.content[start:old_end].split(b"\n"), content[start:new_end].split(b"\n")
        if len(before) != len(after):
            return None
        changed = [at for at, (old, new) in enumerate(zip(before, after)) if old != new]
        if len(changed) > MOST_CHANGED:
            return None
        lines = list(self.written.lines)
        first = line_number(content, start)
        for at in changed:
            if not (before[at].strip() and after[at].strip()):
                return None
            old = understood(before[at].decode(), str(file))
            new = understood(after[at].decode(), f"{file}, line {first + at}")
            place = self.written.places.get(new.get("id", ""))
            if place is None or old.get("id") != new["id"]:
                return None
            lines[place] = _line(new["id"], lines[place].chapter, new, self.generated)
        return replace(self, written=replace(self.written, lines=tuple(lines)), content=content)


def read_written(file: Path, base: Path) -> Written:
    """What `read_script` reads."""
    return read_script(file, base).written


def read_script(file: Path, base: Path) -> WrittenFile:
    """Read a script and what was generated last; a script that is not there has no lines.

    Args:
        file: script.jsonl. base: the copy of what was generated; may be missing.

    Raises:
        DuoyinError: naming file and line for a record that cannot be understood.
    """
    titles: list[str] = []
    content = read_content(file) if file.is_file() else b""
    texts = content.decode().split("\n")
    now: dict[str, tuple[int, Record]] = {}
    same: dict[str, Record] = {}  # most were not changed: they are read and held once
    for chapter, record, number in _numbered(file, texts, titles):
        now[record["id"]] = chapter, record
        same[texts[number - 1]] = record
    then: dict[str, tuple[int, Record]] = {}
    then_titles: list[str] = []
    try:
        written_last = record_texts(base) if base.is_file() else ()
        for chapter, record, _ in _numbered(base, written_last, then_titles, same):
            then[record["id"]] = chapter, record
    except DuoyinError:
        then = {}  # a damaged copy: nothing is known of edits, and what stands in the file is shown
    lines = [_line(line_id, *now[line_id], then) for line_id in now]
    if now and any(line_id not in now for line_id in then):
        titles, lines = then_titles, list(_with_left_out(lines, then))
    written = Written(tuple(titles), tuple(lines), {line.id: at for at, line in enumerate(lines)})
    return WrittenFile(written, content, then)


def _numbered(
    file: Path, texts: Sequence[str], titles: list[str], known: Mapping[str, Record] = NONE_KNOWN
) -> Iterator[tuple[int, Record, int]]:
    """Records of lines with the index of their chapter and their line of the file; the titles go into `titles`."""
    for record, number in records_of(texts, file, chapters=True, known=known):
        if "id" not in record:
            titles.append(str(record.get("title", "")))
            continue
        if not titles:
            titles.append("")
        yield len(titles) - 1, record, number


def _line(line_id: str, chapter: int, record: Record, then: Mapping[str, tuple[int, Record]]) -> WrittenLine:
    before = then.get(line_id) or then.get(stem_of(line_id))
    if before is None or record == before[1]:
        return WrittenLine(line_id, chapter, record)
    edited = tuple(name for name in EDITABLE if value_of(record, name) != value_of(before[1], name))
    return WrittenLine(line_id, chapter, record, edited)


def _with_left_out(lines: list[WrittenLine], then: Mapping[str, tuple[int, Record]]) -> Iterator[WrittenLine]:
    """The lines, and between them, where they stood, those that the file has not any more."""
    present = {line.id for line in lines}
    waiting = iter(then.items())
    for line in lines:
        if line.id in then:
            for line_id, (chapter, record) in waiting:
                if line_id == line.id:
                    break
                if line_id not in present:
                    yield WrittenLine(line_id, chapter, record, left_out=True)
            yield WrittenLine(line.id, then[line.id][0], line.record, line.edited)
        else:
            yield line
    for line_id, (chapter, record) in waiting:
        if line_id not in present:
            yield WrittenLine(line_id, chapter, record, left_out=True)

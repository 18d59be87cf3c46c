"""script.jsonl: the script as a file people read, diff and edit.

One JSON record a line of the book, in reading order, chapters parted by a `{"chapter": …}` record.
Beside it `.duoyin/script.base.jsonl` keeps what was last generated: where the two differ, a person has
edited, and the edit is laid over whatever is generated next. Editable: `text`, `say`, `speaker`, `kind`,
`voice`, `speed`, `take`, `pause`, `language`. Deleting a record leaves the line out; the report says so. A record whose
id is that of a line with a number behind it (`0123456789ab-2`) is a part of that line, read after it.

A `take` that a person chose is pinned to the words it says: `of` beside it is their digest, written by us. Where the
words change, the choice goes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from flows.script.content import places_of, read_content, with_texts
from flows.script.line import Line, LineKind
from flows.script.parts import before_parts, joined, number_of, placed, stem_of
from normalizers import LANGUAGES, DuoyinError
from tts_core.files import atomic_path, write_atomically
from tts_core.locks import file_lock

EDITABLE = ("kind", "speaker", "text", "say", "voice", "speed", "take", "pause", "language")
LINE_ID = re.compile("[0-9a-f]{12}")
HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
KNOWN = ("id", *EDITABLE, "of", "sure", "why")
MOST_TAKES = 99
SLOWEST_AND_FASTEST = (0.6, 1.6)
"""Speeds that a line may have."""
SPOKEN_KINDS = ("dialogue", "thought")
"""Kinds of which casting decides who speaks; who says another line is the script's alone."""
FIELDS = {"pause": "pause_after"}
OMITTED: Mapping[str, Any] = {
    "kind": "narration",
    "speaker": "narrator",
    "say": "",
    "voice": "",
    "speed": 1.0,
    "take": 0,
}
"""Values that are not written: they are the rule."""

Record = dict[str, Any]
NONE_KNOWN: Mapping[str, Record] = {}


@dataclass(frozen=True, slots=True)
class Merged:
    """The script after a person's edits.

    Args:
        lines: what is to be spoken, in order.
        edited: ids of lines that carry an edit.
        removed: generated lines that were deleted from the file.
        orphaned: records edited by hand whose line the source does not have any more.
        unpinned: ids of lines whose chosen take was dropped, because other words are said now.
        generated: the lines as they were before the edits.
    """

    lines: tuple[Line, ...]
    edited: frozenset[str]
    removed: tuple[Line, ...]
    orphaned: tuple[Record, ...]
    unpinned: tuple[str, ...] = ()
    generated: tuple[Line, ...] = ()


def merge(generated: Sequence[Line], titles: Sequence[str], file: Path, base: Path) -> Merged:
    """Lay the edits of `file` (against `base`) over `generated`, write both anew, return what counts.

    Raises `DuoyinError` naming file and line for a record that cannot be understood; nothing is written then.
    """
    with script_lock(base):
        return _merge(generated, titles, file, base)


@contextlib.contextmanager
def script_lock(base: Path) -> Iterator[None]:
    """Hold a script to read and write it in one go; for as long as another process does, wait.

    Args:
        base: the copy of what was generated; the lock lies beside it.

    Raises:
        DuoyinError: the folder cannot be written.
    """
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(file_lock(base.with_name("script.lock")))
        except OSError as error:
            raise DuoyinError(
                f"the script cannot be written ({error.strerror or error})",
                where=str(base.parent),
                hint="Make the folder writable.",
            ) from error
        yield


def _merge(generated: Sequence[Line], titles: Sequence[str], file: Path, base: Path) -> Merged:
    by_id = {line.id: line for line in generated}
    then = _last_written(base) if base.exists() else {}
    now = {record["id"]: (record, number) for record, number in read_records(file)} if file.exists() else None
    edits: dict[str, Record] = {}
    chosen_for: dict[str, str] = {}
    removed: set[str] = set()
    orphaned: list[Record] = []
    if now is not None:
        for line_id, (record, number) in now.items():
            before = then.get(line_id)
            whole = by_id.get(stem_of(line_id)) if before is None and line_id not in by_id else None
            # a field that somebody took out means the rule (OMITTED), or nothing where there is no rule
            written = [k for k in EDITABLE if k in record or k in OMITTED]
            changed = {
                k: value_of(record, k)
                for k in written
                if not before or value_of(record, k) != value_of(before, k)
            }
            if before is None and line_id in by_id:
                generated_record = _record(by_id[line_id])
                changed = {k: v for k, v in changed.items() if v != value_of(generated_record, k)}
            if not changed:
                continue
            if line_id in by_id or whole is not None:
                edits[line_id] = checked(changed, file, number)
                chosen_for[line_id] = str(record.get("of", ""))
                if whole is not None and "text" not in record:
                    raise DuoyinError(
                        "a part of a line needs its words",
                        where=f"{file}, line {number}",
                        hint="Give it a `text`.",
                    )
            elif before is None and not LINE_ID.fullmatch(
                stem_of(str(line_id))
            ):  # an older copy's ids are kept as orphans
                raise DuoyinError(
                    f"no line has the id {line_id}",
                    where=f"{file}, line {number}",
                    hint="Take the id of a line that is there; with -2 behind it, it is another part of that line.",
                )
            else:
                orphaned.append(record)
        removed = {line_id for line_id in then if line_id not in now and line_id in by_id}
    edited, gone = laid_over(generated, edits, removed)
    if generated and not edited:
        raise DuoyinError(
            "every line of the script is deleted",
            where=str(file),
            hint="Delete the file itself to have it written anew.",
        )
    unpinned = [
        line.id for line in edited if line.take and chosen_for.get(line.id) not in ("", words_digest(line))
    ]
    lines = tuple(replace(line, take=0) if line.id in unpinned else line for line in edited)
    _write(file, lines, titles)
    _write(base, generated, titles)
    if orphaned:
        _append_orphans(file.with_name("script.orphans.jsonl"), orphaned)
    return Merged(lines, frozenset(edits), tuple(gone), tuple(orphaned), tuple(unpinned), tuple(generated))


def laid_over(
    generated: Sequence[Line], edits: Mapping[str, Record], removed: Collection[str]
) -> tuple[list[Line], list[Line]]:
    """Lines with the edits of a person, and those that are left out.

    Args:
        edits: the fields that were changed, by id; of a part of a line, all that it has.
        removed: ids of lines that are left out.
    """
    parts: dict[str, list[str]] = {}
    known = {line.id for line in generated}
    for line_id in edits:
        if line_id not in known:
            parts.setdefault(stem_of(line_id), []).append(line_id)
    left_out = set(removed) - parts.keys()
    lines: list[Line] = []
    gone: list[Line] = []
    in_another = 0
    for at, line in enumerate(generated):
        own = [] if line.id in removed else [_edited(line, edits.get(line.id, {}))]
        in_another -= 1
        if line.id in parts:
            others = [
                _edited(replace(line, id=part), edits[part]) for part in sorted(parts[line.id], key=number_of)
            ]
            lines += (made := placed(line, [*own, *others]))
            if not own and (rest := before_parts(line, made)) is not None:
                gone.append(rest)
        elif own:
            whole, count = joined(own[0], generated, at, left_out)
            lines.append(whole)
            in_another = count or in_another
        elif in_another < 0:
            gone.append(line)
    return lines, gone


def words_digest(line: Line) -> str:
    """Digest of what a line says, 8 hex digits: a chosen take is of these words and of no others."""
    return hashlib.sha256((line.say or line.text).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def change_line(file: Path, base: Path, line: Line) -> None:
    """Write one line as it is now into the script, as a person's edit; every other record stays as it stands, also
    where somebody changes it at the same time.

    Args:
        file: script.jsonl. base: the copy of what was generated.

    Raises:
        DuoyinError: the script has no such line, or cannot be read.
    """
    with script_lock(base):
        content = read_content(file)
        place = places_of(content, [line.id]).get(line.id)
        if place is None:
            raise DuoyinError(f"the script has no line {line.id}", where=str(file))
        write_atomically(
            file, with_texts(content, {place: json.dumps(_record(line), ensure_ascii=False).encode()})
        )


def speaker_edits(
    file: Path, base: Path, kinds: Collection[str] = get_args(LineKind)
) -> list[tuple[int, str, str]]:
    """Speakers that a person changed in the script: (chapter from 1, text as printed, speaker).

    Of a line that was split, each part has the speaker that the script says, and casting learns none of it.

    Args:
        kinds: only of lines that were generated as one of these; of headings never.
    """
    if not file.exists() or not base.exists():
        return []
    then = _last_written(base)
    now = {record["id"]: record for record, _ in read_records(file)}
    chapters = _chapters(base)
    edits = []
    split = {stem_of(line_id) for line_id in now if line_id not in then}
    for line_id, before in then.items():
        after = now.get(line_id, before)
        kind = value_of(before, "kind")
        changed = value_of(after, "speaker") != value_of(before, "speaker")
        if changed and kind in kinds and kind != "heading" and line_id not in split:
            edits.append((chapters[line_id], str(before.get("text", "")), str(value_of(after, "speaker"))))
    return edits


def _last_written(base: Path) -> dict[str, Record]:
    """The records of the hidden copy by id. Raises `DuoyinError` that says it can go."""
    try:
        return {record["id"]: record for record, _ in read_records(base)}
    except DuoyinError as error:
        raise DuoyinError(
            f"the copy of the script as it was last written is damaged ({error.message})",
            where=error.where,
            hint="Delete that file and run again: changes in script.jsonl are kept, lines deleted there come back.",
        ) from error


def _chapters(file: Path) -> dict[str, int]:
    """The chapter (from 1) of each line id."""
    chapters: dict[str, int] = {}
    chapter = 1
    for text in file.read_text(encoding="utf-8-sig").split("\n"):  # not splitlines: U+2028 is text
        record = json.loads(text) if text.strip() else {}
        if "id" in record:
            chapters[record["id"]] = chapter
        elif isinstance(record.get("chapter"), int):
            chapter = record["chapter"]
    return chapters


def _record(line: Line) -> Record:
    record: Record = {"id": line.id, "kind": line.kind, "speaker": line.speaker, "text": line.text}
    record |= {"say": line.say, "voice": line.voice, "speed": line.speed, "take": line.take}
    if line.take:
        record["of"] = words_digest(line)
    record |= {"pause": round(line.pause_after, 3), "language": line.language}
    if line.confidence is not None:
        record["sure"] = round(line.confidence, 2)
    if line.evidence:
        record["why"] = line.evidence
    return {k: v for k, v in record.items() if k not in OMITTED or v != OMITTED[k]}


def value_of(record: Mapping[str, Any], name: str) -> Any:
    """A field of a record; what the rule says where it is not written."""
    return record.get(name, OMITTED.get(name))


def _edited(line: Line, edit: Record) -> Line:
    if not edit:
        return line
    values = {FIELDS.get(k, k): v for k, v in edit.items()}
    if values.get("text", line.text) != line.text:
        values["hints"] = ()  # their offsets were those of the printed text
    return replace(line, **values)


def checked(edit: Record, file: Path, number: int) -> Record:
    """Values that a person gives to fields of a record. Raises `DuoyinError` for what a field cannot hold."""

    def refuse(what: str, hint: str) -> DuoyinError:
        return DuoyinError(what, where=f"{file}, line {number}", hint=hint)

    for name, value in edit.items():
        if name in ("pause", "speed"):
            low, high = (0.0, 60.0) if name == "pause" else SLOWEST_AND_FASTEST
            if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
                raise refuse(
                    f"{name} must be a number from {low:g} to {high:g} (found {value!r})", "Mend the value."
                )
        elif name == "take":
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_TAKES:
                raise refuse(
                    f"take must be a whole number from 1 to {MOST_TAKES} (found {value!r})", "Mend the value."
                )
        elif not isinstance(value, str):
            raise refuse(f"{name} must be text (found {value!r})", "Put it between quotes.")
    if edit.get("kind", "narration") not in get_args(LineKind):
        raise refuse(f"there is no kind “{edit['kind']}”", f"Allowed: {', '.join(get_args(LineKind))}.")
    if "language" in edit and edit["language"] not in LANGUAGES:
        raise refuse(
            f"lines are spoken in {' or '.join(LANGUAGES)}, not “{edit['language']}”", "Mend the value."
        )
    return edit


def read_records(file: Path, *, chapters: bool = False) -> Iterable[tuple[Record, int]]:
    """Records with an id, with their line numbers; with `chapters` also those that begin a chapter.

    Raises `DuoyinError` naming file and line for a record that cannot be understood.
    """
    return records_of(record_texts(file), file, chapters=chapters)


def records_of(
    texts: Sequence[str], file: Path, *, chapters: bool, known: Mapping[str, Record] = NONE_KNOWN
) -> Iterable[tuple[Record, int]]:
    """What `read_records` reads, of a file that was read.

    Args:
        texts: its lines. known: records that were read before, by their text: they are given again, not made anew.
    """
    seen: set[str] = set()
    for number, text in enumerate(texts, 1):
        if not text.strip():
            continue
        record = known.get(text) or understood(text, f"{file}, line {number}")
        if "id" not in record:
            if chapters:
                yield record, number
            continue
        if record["id"] in seen:
            raise DuoyinError(
                f"the id {record['id']} stands twice",
                where=f"{file}, line {number}",
                hint="Delete one of the two records.",
            )
        seen.add(record["id"])
        yield record, number


def record_texts(file: Path) -> list[str]:
    """The lines of a script file, those without a record, too. Raises `DuoyinError` where it cannot be read."""
    return read_content(file).decode().split("\n")  # not splitlines: U+2028 is text


def understood(text: str, where: str) -> Record:
    """A record that begins a chapter, or has an id and nothing strange. Raises `DuoyinError` for any other text."""
    try:
        record: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        what = error.msg if isinstance(error, json.JSONDecodeError) else "its brackets or digits have no end"
        raise DuoyinError(
            f"this record is not JSON ({what})",
            where=where,
            hint="Mend the quotes and commas of this line.",
        ) from error
    if HALF_CHARACTER.search(text) and not _is_text(record):
        raise DuoyinError(
            "half a character stands here (\\ud800 to \\udfff)",
            where=where,
            hint="Write it as it is shown.",
        )
    if not isinstance(record, dict):
        raise DuoyinError("a record is written between { and }", where=where, hint="Mend this line.")
    if "id" not in record:
        if "chapter" in record:
            return record
        raise DuoyinError(
            "this record has no id",
            where=where,
            hint="Take the id of the line it was; with -2 behind it, it is another part of that line.",
        )
    if not isinstance(record["id"], str):
        raise DuoyinError("an id is text", where=where, hint="Put it between quotes as it was.")
    strange = [name for name in record if name not in KNOWN]
    if strange:
        raise DuoyinError(
            f"there is no field “{strange[0]}”", where=where, hint=f"Allowed: {', '.join(EDITABLE)}."
        )
    return record


def _is_text(record: Any) -> bool:
    """Whether a record can be written as UTF-8."""
    try:
        json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _write(file: Path, lines: Sequence[Line], titles: Sequence[str]) -> None:
    chapter = -1
    with atomic_path(file) as temporary, temporary.open("w", encoding="utf-8") as out:
        for line in lines:
            if line.chapter != chapter:
                chapter = line.chapter
                title = {"chapter": chapter + 1, "title": titles[chapter]}
                out.write(json.dumps(title, ensure_ascii=False) + "\n")
            out.write(json.dumps(_record(line), ensure_ascii=False) + "\n")


def _append_orphans(file: Path, records: Sequence[Record]) -> None:
    known = file.read_text(encoding="utf-8", errors="replace").split("\n") if file.exists() else []
    new = [text for record in records if (text := json.dumps(record, ensure_ascii=False)) not in known]
    if new:
        kept = [text for text in known if text]
        write_atomically(file, "".join(f"{text}\n" for text in [*kept, *new]).encode())

"""A script file as bytes: a line of a long book is found, changed and compared there, and the others are not read."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from normalizers import DuoyinError

BLOCK = 1 << 16
"""Bytes that are compared at once; a power of 2, as it is halved down to the first byte that differs."""

Place = tuple[int, int]
"""Offsets of a line's first byte and of its end, which is not part of it."""


def read_content(file: Path, known: bytes = b"") -> bytes:
    r"""The lines of a script file in UTF-8, parted by "\n", whatever its editor parts them by and writes before them.

    Args:
        known: content as it was read before; `known` itself comes back where the file has it still.

    Raises:
        DuoyinError: the file cannot be read, or is no UTF-8.
    """
    try:
        if known and _has(file, known):
            return known
        content = file.read_bytes().removeprefix(codecs.BOM_UTF8)  # Windows editors put a mark before it
        start, _, end = differing(known, content)
        content[start:end].decode()
    except (OSError, UnicodeDecodeError) as error:
        raise DuoyinError(
            f"the script cannot be read ({error})", where=str(file), hint="Save it as UTF-8."
        ) from error
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content


def _has(file: Path, known: bytes) -> bool:
    """Whether a file has just this. Block by block: new memory for a long script costs more than to read it."""
    at = 0
    with file.open("rb", buffering=0) as stream:
        while block := stream.read(BLOCK):
            if block != known[at : at + len(block)]:
                return False
            at += len(block)
    return at == len(known)


def differing(old: bytes, new: bytes) -> tuple[int, int, int]:
    """Whole lines in which all is that differs: `old[start:old_end]` became `new[start:new_end]`.

    Returns: start, old_end, new_end; the end of the last line is not among them.
    """
    most = min(len(old), len(new))
    same, step = 0, BLOCK
    while step:
        if same + step <= most and old[same : same + step] == new[same : same + step]:
            same += step
        else:
            step //= 2
    behind, step = 0, BLOCK
    old_end, new_end = len(old), len(new)
    while step:
        if (
            same + behind + step <= most
            and old[old_end - behind - step : old_end - behind]
            == new[new_end - behind - step : new_end - behind]
        ):
            behind += step
        else:
            step //= 2
    start = new.rfind(b"\n", 0, same) + 1
    end = new.find(b"\n", new_end - behind)
    if end >= 0:
        old_end, new_end = old_end - (new_end - end), end
    return start, old_end, new_end


def line_number(content: bytes, at: int) -> int:
    """The number, from 1, of the line that begins at an offset."""
    return content.count(b"\n", 0, at) + 1


def places_of(content: bytes, wanted: Iterable[str]) -> dict[str, Place]:
    """Where the record of each wanted id stands; only what may be one of them is parsed."""
    found: dict[str, Place] = {}
    behind = 0
    for line in dict.fromkeys(wanted):
        # several are mostly asked for in their order, so that each is looked for behind the one before
        for first, end in ((behind, len(content)), (0, len(content) if behind else 0)):
            own = (place for place, record in records_with(content, line, first, end) if record["id"] == line)
            if (place := next(own, None)) is not None:
                found[line], behind = place, place[1]
                break
    return found


def with_texts(content: bytes, texts: Mapping[Place, bytes]) -> bytes:
    """The content with other texts at places of it; those that are empty leave no line behind."""
    pieces: list[bytes | memoryview] = []
    rest, at = memoryview(content), 0
    for (start, end), text in sorted(texts.items()):
        pieces += [rest[at:start], text]
        at = end if text else end + 1
    pieces.append(rest[at:])
    if content and not content.endswith(b"\n"):
        pieces.append(b"\n")
    return b"".join(pieces)


def records_with(
    content: bytes, token: str, first: int = 0, end: int | None = None
) -> Iterator[tuple[Place, dict[str, Any]]]:
    """The records with an id in whose text a token stands, in order, between two offsets of lines."""
    needle = token.encode("utf-8", "surrogatepass")
    at = content.find(needle, first, end)
    while at >= 0:
        start, stop = content.rfind(b"\n", 0, at) + 1, content.find(b"\n", at)
        place = start, stop if stop >= 0 else len(content)
        record = _record(content[slice(*place)])
        if record is not None:
            yield place, record
        at = content.find(needle, place[1] + 1, end)


def _record(text: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(text.decode())
    except ValueError:
        return None
    return record if isinstance(record, dict) and "id" in record else None

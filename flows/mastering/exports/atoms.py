"""Tags of an MP4 that ffmpeg does not write: what books are sorted by, and the series as audiobook libraries read it.

ffmpeg is given a tag of words that are of no use, exactly as long as the atoms that are wanted, and the atoms are then
written over it: no box changes its length, so nothing in the file moves.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from flows.mastering.tags import BookMetadata, series_number, sort_tags

STAND_IN = "lyrics"
"""The tag, by ffmpeg's name, that the atoms take the place of: no book has it."""
_STAND_IN_ATOM = b"\xa9lyr"
_PATH = (b"moov", b"udta", b"meta", b"ilst", _STAND_IN_ATOM)
_HEADS = {b"meta": 4}
"""Bytes of a box before the boxes in it."""
_SORTED = {
    "sort_name": b"sonm",
    "sort_album": b"soal",
    "sort_artist": b"soar",
    "sort_album_artist": b"soaa",
}
"""Atoms of iTunes, as ffmpeg reads them."""
_TEXT = 1
"""Type of a value: UTF-8 (QuickTime file format, well-known types)."""


def book_atoms(book: BookMetadata) -> bytes:
    """The atoms of a book, one after another."""
    sorted_by = b"".join(_atom(_SORTED[name], _value(text)) for name, text in sort_tags(book).items())
    series = {"SERIES": book.series, "SERIES-PART": series_number(book) if book.series else ""}
    return sorted_by + b"".join(_free_atom(name, text) for name, text in series.items() if text)


def stand_in(atoms: bytes) -> Mapping[str, str]:
    """The tag to be given to ffmpeg so that `put` finds room for the atoms."""
    room = len(atoms) - len(_atom(_STAND_IN_ATOM, _value("")))
    return {STAND_IN: "-" * room} if room > 0 else {}


def put(path: Path, atoms: bytes) -> bool:
    """Write atoms over the stand-in of a file. Returns whether there was one of their length; else nothing is done."""
    with path.open("rb+") as file:
        end = file.seek(0, 2)
        start, stop = 0, end
        for name in _PATH:
            inner = next((box for kind, *box in _boxes(file, start, stop) if kind == name), None)
            if inner is None:
                return False
            start, stop = inner[0] + _HEADS.get(name, 0), inner[1]
        first = start - 8
        if stop - first != len(atoms):
            return False
        file.seek(first)
        file.write(atoms)
    return True


def _boxes(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Type, start of the payload and end of each box (ISO/IEC 14496-12 4.2)."""
    while start + 8 <= stop:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        head = 8
        if size == 1:
            (size,), head = struct.unpack(">Q", file.read(8)), 16
        end = stop if size == 0 else start + size
        if end < start + head or end > stop:
            return
        yield kind, start + head, end
        start = end


def _atom(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def _value(text: str) -> bytes:
    return _atom(b"data", struct.pack(">II", _TEXT, 0) + text.encode())


def _free_atom(name: str, text: str) -> bytes:
    """A tag of iTunes' free form."""
    parts = ((b"mean", "com.apple.iTunes"), (b"name", name))
    named = b"".join(_atom(kind, struct.pack(">I", 0) + value.encode()) for kind, value in parts)
    return _atom(b"----", named + _value(text))

"""Text out of bytes of unknown encoding, for books and subtitles alike.

A file is read whole in one encoding where that works, and line by line where it does not (`stretches`); text that was
saved after a wrong decoding is turned back where that can be proved (`mojibake`). What was not as it should be is told
as `Fault`s, by line; only what cannot be read at all is refused.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from flows.sources.encoding.faults import Fault, damaged, is_lost, warnings_of
from flows.sources.encoding.mojibake import mend
from flows.sources.encoding.pages import Reading, read_declared, read_unicode
from flows.sources.encoding.plausible import plausibility
from flows.sources.encoding.stretches import DOUBLE, UTF8, in_step, read_stretches
from normalizers import DuoyinError

__all__ = ["Decoded", "Fault", "composed", "decode", "decode_as", "mend", "warnings_of"]

MAX_BAD_SHARE = 0.01
"""Above one undecodable character in a hundred the guess may be wrong, and not the file damaged."""
MAX_LOST_SHARE = 0.05
"""Lost characters for each letter of a text of double bytes that may be mojibake beyond repair."""
MIN_PLAUSIBLE = 0.5
"""What a text with more of them must look like to be read all the same."""
MIN_FILLING = 4
"""Zero bytes at the end that are no character."""

_DECOMPOSED = re.compile("[A-Za-z\u00c0-\u024f][\u0300-\u036f]+")


@dataclass(frozen=True, slots=True)
class Decoded:
    """`encoding` is that of most of the text; `bad` counts lost characters, which stand as U+FFFD in `text`."""

    text: str
    encoding: str
    bad: int = 0
    faults: tuple[Fault, ...] = ()


def decode(data: bytes, *, declared: str | None = None, where: str | None = None) -> Decoded:
    """Decode bytes of unknown encoding. A byte order mark is removed.

    Args:
        declared: what the file itself says; believed where it decodes.
        where: the file, for the error.

    Raises:
        DuoyinError: the bytes are no text in any encoding that makes sense, or hardly a word of it is left.
    """
    faults: list[Fault] = []
    data = _without_filling(data)
    told = read_unicode(data)
    if told is not None and told.bad and told.encoding.startswith("utf-8"):
        data = data.removeprefix(codecs.BOM_UTF8)
        told = None
    told = in_step(data, told) if told is not None else read_declared(data, declared)
    if told is None:
        told, faults = read_stretches(data)
        if _is_no_text(told):
            raise DuoyinError(
                "the file's encoding cannot be told; it may not be text at all",
                where=where,
                hint="save it as UTF-8 and try again; a document of a protected or damaged EPUB looks like this, too",
            )
    text, mended = mend(told.text)
    if is_lost(text) or _is_junk(text):
        raise DuoyinError(
            "mojibake: its words were lost when it was saved after a wrong decoding, and too few can be read",
            where=where,
            hint="no program can bring them back; get the file again from where it came from",
        )
    faults += mended
    faults = sorted([*faults, *damaged(text, faults)], key=lambda fault: fault.first)
    return Decoded(text, told.encoding, text.count("\ufffd"), tuple(faults))


def _without_filling(data: bytes) -> bytes:
    """Bytes without the zeros that fill the last block of a file; a zero may be half of the last character."""
    kept = data.rstrip(b"\0")
    if len(data) - len(kept) < MIN_FILLING:
        return data
    return kept + b"\0" * (len(kept) % 2 if b"\0" in kept else 0)


def composed(text: str) -> str:
    """Latin letters with their accents as one character (é for e and U+0301), which all words here are written with.

    Only they are composed: other scripts and characters for compatibility stay as they are.
    """
    return _DECOMPOSED.sub(lambda match: unicodedata.normalize("NFC", match.group()), text)


def decode_as(data: bytes, encoding: str, *, where: str | None = None) -> Decoded:
    """Decode bytes in the encoding that a person named.

    Raises:
        DuoyinError: there is no such encoding, or the bytes are not in it.
    """
    try:
        return Decoded(data.decode(encoding).removeprefix("\ufeff"), encoding)
    except UnicodeDecodeError as error:
        raise DuoyinError(
            f"byte {error.start} is not {encoding}",
            where=where,
            hint="leave the encoding out to have it guessed",
        ) from None
    except (LookupError, ValueError):
        raise DuoyinError(
            f"unknown encoding {encoding!r}", where=where, hint="use a name such as utf-8 or gb18030"
        ) from None


def _is_junk(text: str) -> bool:
    """Whether a text of characters beyond ASCII is full of lost ones, and the others make no sense either."""
    lost = text.count("\ufffd")
    if not lost:
        return False
    kept = text.replace("\ufffd", "")
    letters = sum(map(str.isalpha, kept))
    foreign = sum(1 for character in kept if character > "\x7f" and character.isalpha())
    return 2 * foreign > letters and lost > MAX_LOST_SHARE * foreign and plausibility(kept) < MIN_PLAUSIBLE


def _is_no_text(reading: Reading) -> bool:
    if "\0" in reading.text:
        return True
    many = reading.bad > MAX_BAD_SHARE * max(100, len(reading.text))
    torn = reading.encoding in (UTF8, *DOUBLE)  # a page of single bytes has hardly any that it lacks
    return many and (not torn or plausibility(reading.text) < MIN_PLAUSIBLE)

"""Cue formats, one file each; a new one is a module and a row in `FORMATS`."""

from __future__ import annotations

import re
from pathlib import PurePath

from flows.sources.subtitles.formats.ass import ASS, SSA
from flows.sources.subtitles.formats.base import CueFormat, Cues, Likeness
from flows.sources.subtitles.formats.srt import SRT
from flows.sources.subtitles.formats.vtt import VTT
from normalizers.errors import DuoyinError

__all__ = ["FORMATS", "SUFFIXES", "WANTED", "CueFormat", "Cues", "Likeness", "recognise"]

FORMATS: tuple[CueFormat, ...] = (SRT, VTT, ASS, SSA)
SUFFIXES = frozenset(suffix for item in FORMATS for suffix in item.suffixes)
_NAMES = [item.name.upper() for item in FORMATS]
WANTED = f"give an {', '.join(_NAMES[:-1])} or {_NAMES[-1]} file"
"""The next step where a file is none of them."""

UNREAD = (
    ("MicroDVD", re.compile(r"^\s*\{\d+\}\{\d+\}", re.MULTILINE)),
    ("TTML", re.compile(r"<tt[\s>].*xmlns", re.DOTALL)),
    ("SAMI", re.compile(r"<SAMI", re.IGNORECASE)),
    ("MPL2", re.compile(r"^\[\d+\]\[\d+\]", re.MULTILINE)),
    ("LRC", re.compile(r"^\[\d+:\d+(?:\.\d+)?\]", re.MULTILINE)),
    ("SBV", re.compile(r"^\d+:\d{2}:\d{2}\.\d{3},\d+:\d{2}:\d{2}\.\d{3}\s*$", re.MULTILINE)),
)
"""Formats that are refused by name, as they look within a file's first `HEAD` characters."""
HEAD = 4000


def recognise(text: str, name: str) -> CueFormat:
    """The format of a text, told by its content; the suffix of `name` decides between formats that look alike.

    Raises: `DuoyinError` for an empty file, a format that is not read, and text without a time.
    """
    suffix = PurePath(name).suffix.lower()
    best, likeness = FORMATS[0], (Likeness.NOT, False)
    for form in FORMATS:
        found = (form.looks_like(text), suffix in form.suffixes)
        if found > likeness:
            best, likeness = form, found
        if found == (Likeness.CERTAINLY, True):
            break
    if likeness[0] > Likeness.NOT:
        return best
    head = text.lstrip()[:HEAD]
    for label, pattern in UNREAD:
        if pattern.search(head):
            raise DuoyinError(
                f"{label} subtitles are not read", where=name, hint="convert the file to SRT first"
            )
    if not text.strip():
        raise DuoyinError("the file is empty", where=name, hint=WANTED)
    raise DuoyinError("no subtitle format recognised: there is no time line in it", where=name, hint=WANTED)

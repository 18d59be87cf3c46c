"""Cue formats, one file each; a new one is a module and a row in `FORMATS`."""

from __future__ import annotations

from pathlib import PurePath

from flows.sources.subtitles.formats.ass import ASS, SSA
from flows.sources.subtitles.formats.base import CueFormat, Cues, Likeness
from flows.sources.subtitles.formats.srt import SRT
from flows.sources.subtitles.formats.unread import refuse_other_formats, refuse_what_is_no_text
from flows.sources.subtitles.formats.vtt import VTT
from normalizers.errors import DuoyinError

__all__ = [
    "FORMATS",
    "SUFFIXES",
    "WANTED",
    "CueFormat",
    "Cues",
    "Likeness",
    "recognise",
    "refuse_other_formats",
    "refuse_what_is_no_text",
]

FORMATS: tuple[CueFormat, ...] = (SRT, VTT, ASS, SSA)
SUFFIXES = frozenset(suffix for item in FORMATS for suffix in item.suffixes)
_NAMES = [item.name.upper() for item in FORMATS]
WANTED = f"give an {', '.join(_NAMES[:-1])} or {_NAMES[-1]} file"
"""The next step where a file is none of them."""


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
    refuse_other_formats(text, name)
    if not text.strip():
        raise DuoyinError("the file is empty", where=name, hint=WANTED)
    raise DuoyinError("no subtitle format recognised: there is no time line in it", where=name, hint=WANTED)

"""The seam of cue formats.

To add one: write a module with a `read(text) -> Cues` and a `looks_like(text) -> Likeness`, make a `CueFormat`
of them, and give it a row in `flows.sources.subtitles.formats.FORMATS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from flows.sources.subtitles.model import LeftOutText, RawCue


class Likeness(IntEnum):
    """How sure a text is of a format. Where two formats claim a text alike, its suffix decides, then the
    table's order."""

    NOT = 0
    POSSIBLY = 1
    """It has what other formats have too: a line with two times."""
    CERTAINLY = 2
    """It has what only this format has: a header, a section."""


@dataclass(frozen=True, slots=True)
class Cues:
    """What a format's reader finds in a file.

    Args:
        cues: in file order, markup and all.
        left_out: text of no cue.
        warnings: what the reader could not make sense of, by line.
        language: as the file's header declares it (BCP 47).
        track: what the header says the cues are (`captions`, `chapters`, `metadata`, …), in small letters.
    """

    cues: tuple[RawCue, ...]
    left_out: tuple[LeftOutText, ...] = ()
    warnings: tuple[str, ...] = ()
    language: str | None = None
    track: str | None = None


@dataclass(frozen=True, slots=True)
class CueFormat:
    """A format of subtitles.

    Args:
        name: as reports and messages name it.
        suffixes: of its files, in small letters with the dot.
        looks_like: how sure a text is of this format.
        read: a text, its lines ended by line feeds, as cues.
        override_codes: its cues carry the codes of SubStation in braces, drawings included.
    """

    name: str
    suffixes: tuple[str, ...]
    looks_like: Callable[[str], Likeness]
    read: Callable[[str], Cues]
    override_codes: bool = False

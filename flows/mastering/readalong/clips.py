"""When each marked stretch is heard: clips that follow each other without a gap.

A player plays the clips and nothing between them (EPUB 3.3, 9.3), so a clip lasts until the next one begins, and pauses
belong to what stands before them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from flows.mastering.captions.cut import printed_pieces
from flows.mastering.exports.base import TimedLine

LEAST_CLIP = 0.04
"""Seconds. Words that engines place closer together are marked as one; no screen shows them apart."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A stretch of a line where it is printed: `text[at:upto]` of the line is letters [first, end) of a document, as
    its reader counts them."""

    document: str
    first: int
    end: int
    at: int
    upto: int


@dataclass(frozen=True, slots=True)
class SoundingLine:
    """A line with its places in print.

    Args:
        line: with times in the sound of its chapter.
        printed: in order; empty for what is not found in print.
        as_printed: the line's text is what is printed; False where a person changed it.
        announced: the title of a chapter that is said and printed nowhere.
        note: it is read from a footnote, which a listener may want to skip.
    """

    line: TimedLine
    printed: tuple[Printed, ...]
    as_printed: bool = True
    announced: bool = False
    note: bool = False


@dataclass(frozen=True, slots=True)
class Clip:
    """A stretch of a chapter's sound, in milliseconds from its beginning."""

    begin: int
    end: int


def line_clips(lines: Sequence[SoundingLine], seconds: float) -> list[Clip | None]:
    """The clip of each line of a chapter; None for one that is marked nowhere.

    An announcement goes with the first line behind it that is printed; what should be in print and was not found there
    is not played at all.

    Args:
        lines: in the order in which they are heard. seconds: length of the chapter's sound.
    """
    clips: list[Clip | None] = [None] * len(lines)
    end = _milliseconds(seconds)
    for index in reversed(range(len(lines))):
        before = index
        while before and lines[before - 1].announced:
            before -= 1
        begin = 0 if before == 0 else min(_milliseconds(lines[before].line.start), end)
        if lines[index].printed and begin < end:
            clips[index] = Clip(begin, end)
        if not lines[index].announced:
            end = begin
    return clips


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def words(item: SoundingLine) -> list[tuple[int, int]]:
    """Stretches of a line's text, a word each with the marks behind it; the whole line where no words have times."""
    text = item.line.text
    if not item.line.words or text != " ".join(text.split()):
        return [(0, len(text))]
    pieces = printed_pieces(item.line)
    cuts = [piece.start_char for piece in pieces]
    starts = [piece.start for piece in pieces]
    kept: list[int] = []
    for cut, start in zip(cuts, starts):
        if not kept:
            kept.append(0)
            before = item.line.start
        elif start - before >= LEAST_CLIP and item.line.end - start >= LEAST_CLIP:
            kept.append(cut)
            before = start
    return list(zip(kept, [*kept[1:], len(text)])) or [(0, len(text))]


def begins(item: SoundingLine, clip: Clip, offsets: Sequence[int]) -> list[int]:
    """When stretches of a line that begin at `offsets` of its text are heard, in milliseconds of the chapter; rising,
    from the begin of the line's clip.

    By the times of the words; where these are not known, by the share of letters before.
    """
    line = item.line
    pieces = printed_pieces(line) if item.as_printed and line.words else []
    starts = [piece.start_char for piece in pieces]
    told = [clip.begin]
    for offset in offsets[1:]:
        if pieces:
            seconds = pieces[max(0, bisect_right(starts, offset) - 1)].start
        else:
            share = min(1.0, offset / max(1, *(place.upto for place in item.printed)))
            seconds = line.start + share * (line.end - line.start)
        told.append(min(max(_milliseconds(seconds), told[-1]), clip.end))
    return told

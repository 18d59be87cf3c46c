"""Lines as they sound → captions as they are shown: cut where a reader pauses, at most two rows each.

Limits are those of subtitling: 42 columns a row for alphabets and 18 characters for Chinese, two rows, at least 5/6 s
on the screen (Netflix, Timed Text Style Guide, 2024; its Chinese limit of 16 is for pictures, 18 for text alone).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from flows.mastering.exports.base import TimedLine, TimedWord

ROW_COLUMNS = 42.0
WIDE_COLUMNS = ROW_COLUMNS / 18.0
"""Columns of a Han character or another that is as wide as high."""
ROWS = 2

LEAD = 0.08
"""Seconds that a caption comes before its first word: engines tell when a sound is under way, and the eye wants it
before."""
LEAST_SECONDS = 5 / 6
LINGER = 0.6
"""Seconds that a caption may stay after its last word, where nothing follows."""
CLOSE_GAP = 0.5
"""A caption stays up to the next one where less than these seconds lie between them; otherwise it would flicker."""

SENTENCE_END = re.compile(r"[.!?。！？…]+[\"'”’」』)）】]*\s*$")
CLAUSE_END = re.compile(r"[,;:，；：、—–-]+[\"'”’」』)）】]*\s*$")
_OPENING = "“‘「『（(《〈【[¿¡«"


@dataclass(frozen=True, slots=True)
class Caption:
    """What is shown at once.

    Args:
        rows: one or two, without white space around them.
        start, end: seconds; it is shown from `start` to before `end`.
        words: what is heard while it is shown, in order. Joined they are the rows, with what stands between rows.
    """

    rows: tuple[str, ...]
    speaker: str
    start: float
    end: float
    words: tuple[TimedWord, ...]
    language: str = ""

    @property
    def text(self) -> str:
        return "\n".join(self.rows)


def captions(lines: Sequence[TimedLine], *, offset: float = 0.0) -> list[Caption]:
    """The captions of a chapter, in order; none overlaps the next.

    Args:
        lines: of one chapter.
        offset: seconds by which the chapter begins later than the file.
    """
    cut = [caption for line in lines for caption in _captions_of(line)]
    return [_moved(caption, offset) for caption in _shown(cut)]


def columns(text: str) -> float:
    """How wide a row is, in columns of Latin letters; marks that stand on others have no width."""
    return sum(
        0.0 if unicodedata.combining(c) else WIDE_COLUMNS if unicodedata.east_asian_width(c) in "WF" else 1.0
        for c in text
    )


def _captions_of(line: TimedLine) -> list[Caption]:
    pieces = printed_pieces(line)
    made = []
    for first, end in _best_cuts([piece.text for piece in pieces]):
        words = tuple(pieces[first:end])
        rows = _rows([word.text for word in words])
        if rows:
            made.append(Caption(rows, line.speaker, words[0].start, words[-1].end, words, line.language))
    return made


def printed_pieces(line: TimedLine) -> list[TimedWord]:
    """The whole printed line as pieces in order, each with the time of the word in it.

    Marks go with the word before them, opening ones with the word behind. Words that no sound is known for go with
    their neighbour; a line without any word times is one piece. What was heard never goes back in time.
    """
    text = " ".join(line.text.split())
    if text != line.text or not line.words:
        placed = _placed_again(line, text) if line.words else []
    else:
        placed = list(line.words)
    if not placed:
        return [TimedWord(text, line.start, line.end)] if text else []
    pieces: list[TimedWord] = []
    at, time = 0, line.start
    for index, word in enumerate(placed):
        upto = len(text)
        if index + 1 < len(placed):
            upto = _border(text, word.end_char, placed[index + 1].start_char)
        start = max(time, word.start)
        end = max(start, word.end)
        pieces.append(TimedWord(text[at:upto], start, end, at, upto))
        at, time = upto, end
    return [piece for piece in pieces if piece.text]


def _placed_again(line: TimedLine, text: str) -> list[TimedWord]:
    """Word places of a line in its text with single spaces."""
    kept = [index for index, c in enumerate(line.text) if not c.isspace()]
    places = [index for index, c in enumerate(text) if not c.isspace()]
    moved = dict(zip(kept, places, strict=True))
    return [
        replace(word, start_char=moved[word.start_char], end_char=moved[word.end_char - 1] + 1)
        for word in line.words
        if word.start_char in moved and word.end_char - 1 in moved
    ]


def _border(text: str, end: int, start: int) -> int:
    """Where between two words the one piece ends: behind the marks and the space, before opening marks."""
    between = text[end:start]
    spaces = [end + i + 1 for i, c in enumerate(between) if c.isspace()]
    if spaces:
        return spaces[0]
    opening = next((end + i for i, c in enumerate(between) if c in _OPENING), None)
    return start if opening is None else opening


class _Widths:
    """Columns of stretches of pieces, from sums made once; the white space at the ends of a stretch counts nothing."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._sums = [0.0, *accumulate(columns(text) for text in texts)]
        self._head = [columns(text) - columns(text.lstrip()) for text in texts]
        self._tail = [columns(text) - columns(text.rstrip()) for text in texts]

    def of(self, first: int, end: int) -> float:
        return self._sums[end] - self._sums[first] - self._head[first] - self._tail[end - 1]

    def fit(self, first: int, end: int) -> bool:
        """Whether two rows hold the stretch: the upper one takes what it can."""
        if self.of(first, end) <= ROW_COLUMNS or end - first == 1:
            return True
        most = bisect_right(range(first + 1, end), ROW_COLUMNS, key=lambda upto: self.of(first, upto))
        return most > 0 and self.of(first + most, end) <= ROW_COLUMNS


def _best_cuts(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Stretches of pieces, each a caption: few, well filled, and cut where a sentence or a clause ends.

    The cheapest of all cuts, by dynamic programming over pieces.
    """
    widths, ends = _Widths(texts), [_end_price(text) for text in texts]
    cost: list[float] = [0.0] + [float("inf")] * len(texts)
    came: list[int] = [0] * (len(texts) + 1)
    for end in range(1, len(texts) + 1):
        at_end = 0.0 if end == len(texts) else ends[end - 1]
        for first in range(end - 1, -1, -1):
            if not widths.fit(first, end):
                break
            nearly_empty = widths.of(first, end) < 0.15 * ROWS * ROW_COLUMNS
            price = cost[first] + 1.0 + at_end + (0.6 if nearly_empty else 0.0)
            if price < cost[end]:
                cost[end], came[end] = price, first
    cuts: list[tuple[int, int]] = []
    end = len(texts)
    while end:
        cuts.append((came[end], end))
        end = came[end]
    return cuts[::-1]


def _end_price(text: str) -> float:
    """What a cut behind a piece costs: nothing where a sentence ends, most within a clause."""
    return 0.0 if SENTENCE_END.search(text) else 0.25 if CLAUSE_END.search(text) else 0.9


def _rows(texts: Sequence[str]) -> tuple[str, ...]:
    """One row, or two of nearly one width, broken where a clause ends if that is near the middle."""
    text = "".join(texts).strip()
    widths = _Widths(texts)
    if widths.of(0, len(texts)) <= ROW_COLUMNS or len(texts) == 1:
        return (text,) if text else ()

    def price(index: int) -> float:
        upper, lower = widths.of(0, index), widths.of(index, len(texts))
        too_wide = max(upper, lower, ROW_COLUMNS) - ROW_COLUMNS
        return too_wide * 10 + abs(upper - lower) / ROW_COLUMNS + 0.4 * _end_price(texts[index - 1])

    index = min(range(1, len(texts)), key=price)
    return ("".join(texts[:index]).strip(), "".join(texts[index:]).strip())


def _shown(cut: Sequence[Caption]) -> list[Caption]:
    """When each is on the screen: a little before its words, long enough to be read, away before the next."""
    starts = [max(0.0, caption.start - LEAD) for caption in cut]
    shown = []
    for index, caption in enumerate(cut):
        start = starts[index]
        following = starts[index + 1] if index + 1 < len(cut) else float("inf")
        end = max(caption.end, start + LEAST_SECONDS)
        end = following if following - end < CLOSE_GAP else min(end + LINGER, following)
        shown.append(replace(caption, start=start, end=max(min(end, following), start + 0.001)))
    return shown


def _moved(caption: Caption, offset: float) -> Caption:
    words = tuple(replace(w, start=w.start + offset, end=w.end + offset) for w in caption.words)
    return replace(caption, start=caption.start + offset, end=caption.end + offset, words=words)

"""Lines that a program broke at a fixed width, made paragraphs again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flows.script.manuscript import LeftOut
from flows.sources.blocks import Block, is_wide, join_blocks
from normalizers.scripts import count_han

MIN_WRAPPED_WIDTH = 30
"""Columns (a wide character is two). Nobody wraps prose narrower; verse and lists are."""
MAX_WRAPPED_WIDTH = 160
_TERMINAL = re.compile(r"[.!?:;。！？：；…—\"”’」』)）*_]\s*$")
_HYPHENATED = re.compile(r"([A-Za-zÀ-ɏ]+)-$")
_WORD_START = re.compile(r"^[a-zà-ÿ]+")


@dataclass(frozen=True, slots=True)
class Wrapping:
    """How a text was wrapped. `width` in columns is 0 where every line is a paragraph."""

    width: int
    hyphenates: bool = False
    words: frozenset[str] = frozenset()


def columns(text: str) -> int:
    """Width in a fixed-pitch font."""
    return len(text) + count_han(text) + sum(1 for c in text if c in "，。；：？！、「」『』（）《》　")


def detect_wrapping(runs: Sequence[Sequence[str]]) -> Wrapping:
    """Decide from runs of adjacent lines (blank lines and indents start a new run) whether lines were wrapped.

    In wrapped prose nearly every line of a run but its last is about as long as the longest, and most end
    within a sentence; where each line is a paragraph neither holds.
    """
    inner = [columns(line) for run in runs for line in run[:-1]]
    lines = [line for run in runs for line in run]
    if len(inner) < 3:
        return Wrapping(0)
    ordered = sorted(inner)
    width = ordered[min(len(ordered) - 1, int(len(ordered) * 0.97))]
    if not MIN_WRAPPED_WIDTH <= width <= MAX_WRAPPED_WIDTH:
        return Wrapping(0)
    full = sum(1 for c in inner if c >= 0.72 * width)
    open_ended = sum(1 for run in runs for line in run[:-1] if not _TERMINAL.search(line))
    if full < 0.55 * len(inner) or open_ended < 0.45 * len(inner):
        return Wrapping(0)
    longest = max(columns(line) for line in lines)
    if longest > 3 * width:
        return Wrapping(0)
    hyphens = sum(1 for run in runs for line in run[:-1] if _HYPHENATED.search(line))
    words: Counter[str] = Counter()
    for line in lines:
        words.update(w.lower() for w in re.findall(r"[A-Za-zÀ-ɏ]+(?:-[A-Za-zÀ-ɏ]+)*", line))
    return Wrapping(width, hyphens >= 3 and hyphens > 0.02 * len(inner), frozenset(words))


def rejoin(lines: Sequence[Block], wrapping: Wrapping) -> tuple[list[Block], list[LeftOut]]:
    """One run of lines as paragraphs: wrapped lines joined, verse kept line by line, hyphens mended."""
    if wrapping.width == 0 or len(lines) < 2:
        return list(lines), []
    if is_verse(lines, wrapping.width):
        for line in lines:
            if line.kind in ("text", "blockquote"):
                line.kind = "verse"
        return list(lines), []
    paragraphs: list[Block] = []
    left_out: list[LeftOut] = []
    open_line: Block | None = None
    parts: list[Block] = []

    def close() -> None:
        if parts:
            joined, mended = _join_all(parts, wrapping)
            paragraphs.append(joined)
            left_out.extend(mended)
            parts.clear()

    for line in lines:
        if (
            open_line is not None
            and columns(open_line.text) < 0.6 * wrapping.width
            and _TERMINAL.search(open_line.text)
        ):
            close()
        parts.append(line)
        open_line = line
    close()
    return paragraphs, left_out


def is_verse(lines: Sequence[Block], width: int) -> bool:
    """Short lines that all begin with a capital (or, in Chinese, are all short): the breaks are the author's."""
    texts = [line.text for line in lines]
    if len(texts) < 2 or max(columns(t) for t in texts) > 0.82 * width:
        return False
    if any(count_han(t) for t in texts):
        return max(columns(t) for t in texts) <= 0.6 * width
    capitals = sum(1 for t in texts if re.match(r"[\W_]*[A-Z]", t))
    return capitals >= 0.8 * len(texts)


def _join_all(lines: list[Block], wrapping: Wrapping) -> tuple[Block, list[LeftOut]]:
    """Join pairwise in halves, so that a paragraph of many lines costs n log n."""
    left_out: list[LeftOut] = []

    def join(low: int, high: int) -> Block:
        if high - low == 1:
            return lines[low]
        middle = (low + high) // 2
        first, second = join(low, middle), join(middle, high)
        separator, drop = seam(first.text, second.text, wrapping)
        if drop:
            last = first.pieces[-1]
            left_out.append(
                LeftOut("hyphenation", first.text[-drop:], first.document, last.end - drop, last.end)
            )
        return join_blocks(first, second, separator, drop=drop)

    return join(0, len(lines)), left_out


def seam(before: str, after: str, wrapping: Wrapping) -> tuple[str, int]:
    """What goes between two joined lines, and how many characters of the first fall away (a soft hyphen).

    A hyphen at the line's end is the wrapper's where the joined word occurs elsewhere in the text, the
    author's where the hyphenated word does; unknown words go by whether this text is hyphenated at all.
    """
    if not before or not after:
        return "", 0
    if is_wide(before[-1]) and is_wide(after[0]):
        return "", 0
    hyphen, start = _HYPHENATED.search(before), _WORD_START.match(after)
    if hyphen and start:
        head, tail = hyphen.group(1).lower(), start.group()
        if head + tail in wrapping.words:
            return "", 1
        if f"{head}-{tail}" in wrapping.words or not wrapping.hyphenates:
            return "", 0
        return "", 1
    if before.endswith(("—", "--")) or after.startswith(("—", "--")):
        return "", 0
    return " ", 0

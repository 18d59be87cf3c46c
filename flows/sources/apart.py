"""Titles that nothing but blank lines tells: a collection of stories whose titles stand three blank lines below the
story before, and have neither number nor word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise

from flows.sources.blocks import Block
from flows.sources.chapters import Book, Mark, weight
from flows.sources.headings import MAX_TITLE, sentence_like
from normalizers.scripts import count_han

FEWEST = 3
"""Titles that make a series."""
TITLES = 0.9
"""Share of the lines set apart so far that must be like titles."""
MORE_BLANK = 2
"""Blank lines above a title beyond those that paragraphs mostly have."""
SHORTEST = 1200
"""Letters that follow a title on the average; what is shorter are stanzas, letters and signs."""
LARGER = 3
"""How many times smaller the largest chapter must become for such titles to take the place of headings by words."""


def marks_apart(book: Book, blank_lines: Sequence[tuple[int, int]], others: Sequence[Mark]) -> list[Mark]:
    """Marks at the titles that are set apart; none where they are no series, or `others` divide the book as well.

    Args:
        blank_lines: offset of every line, and how many blank ones stand above it.
        others: chapters by their words.
    """
    heads = _apart(book.blocks, dict(blank_lines))
    if not heads:
        return []
    if others and _largest(book, [mark.index for mark in others]) < LARGER * _largest(book, heads):
        return []
    for index in heads:
        block = book.blocks[index]
        block.kind, block.level = "heading", block.level or 2
    return [Mark(book.blocks[i].text, i, 1, book.blocks[i].document) for i in heads]


def _apart(blocks: Sequence[Block], blank_above: dict[int, int]) -> list[int]:
    """Indices of the blocks below the fewest blank lines that set nothing but titles apart."""
    above = [blank_above.get(block.start, 0) if block.text else 0 for block in blocks]
    usual = Counter(above).most_common(1)[0][0] if above else 0
    for most in sorted({lines for lines in above if lines >= usual + MORE_BLANK}):
        heads = [i for i, lines in enumerate(above) if lines >= most and i and not blocks[i].reason]
        titles = [i for i in heads if i + 1 < len(blocks) and is_like_title(blocks[i])]
        if len(titles) >= max(FEWEST, TITLES * len(heads)) and weight(blocks) >= SHORTEST * len(titles):
            return titles
    return []


def is_like_title(block: Block) -> bool:
    """Whether a line may be a title: short, and neither a sentence nor speech."""
    text = block.text
    longest = MAX_TITLE // 2 if count_han(text) else MAX_TITLE
    return (
        len(text) <= longest
        and not sentence_like(text)
        and text[0] not in "“\"「『‘'—-"
        and text[-1] not in "，,；;：:"
    )


def _largest(book: Book, heads: Collection[int]) -> int:
    bounds = sorted({0, *heads, len(book.blocks)})
    return max(weight(book.blocks[a:b]) for a, b in pairwise(bounds))

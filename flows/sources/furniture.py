"""Page numbers and running heads that stand between the paragraphs of a scan or of what was a PDF.

They are known by counting up, a page's letters apart, and by standing in the middle of sentences; the halves of such
a sentence are put together again.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import accumulate, pairwise
from operator import attrgetter

from flows.script.manuscript import LeftOut
from flows.sources.blocks import Block, join_blocks
from flows.sources.chapters import Book
from flows.sources.lines import Wrapping, seam
from flows.sources.matter import normal

PAGE_NUMBER = "page-number"
MIN_PAGES = 8
"""Numbers that count up; fewer may be anything."""
MAX_GAP = 6
"""From one number to the next: pages of pictures have none, and scanners misread some."""
MIN_PAGE, MAX_PAGE = 150, 9000
"""Letters between two numbers, for each page between them: stanzas are shorter, most chapters longer."""
MAX_SHORT = 6
"""Paragraphs of a last page that has few letters."""
MIN_BROKEN = 0.25
"""Share of the numbers that stand within a sentence. Numbers of chapters and sections never do."""
MAX_LINE = 80
MIN_HEADS, ALIKE = 3, 0.75
"""Times that a line stands beside a page number before it is a running head; likeness of one that was misread."""

_BARE = re.compile(r"[\W_]*(?:page|第)?\s*(\d{1,4})\s*(?:[页頁]|(?:of|/)\s*\d{1,4})?[\W_]*", re.I)
_NUMBER_FIRST = re.compile(r"(\d{1,4})\s+(\D*[^\W\d]\D*)")
_NUMBER_LAST = re.compile(r"(\D*[^\W\d]\D*?)\s+(\d{1,4})")
_ENDED = re.compile(r"[.!?。！？…:：;；][”’\"'」』)）\]】]*$")
_SHEET = re.compile(r"[A-Za-z0-9](?:\W?[A-Za-z0-9]){0,3}")
_SPEECH = re.compile(r"[\"“”‘'«「『—–-]")
_GOES_ON = re.compile(r"[\"'“‘(]?[^\W\d_A-ZÀ-ÖØ-Þ]")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with a number that may be a page's. `head`: its words, normalised; "" where the number stands alone."""

    index: int
    number: int
    head: str


_index = attrgetter("index")


def mark_furniture(book: Book) -> None:
    """Leave out page numbers and running heads, and join the sentences that they cut."""
    if book.options.page_numbers:
        return
    blocks = book.blocks
    before = [0, *accumulate(len(block.text) for block in blocks)]
    lines = _numbered(blocks)
    words: frozenset[str] = frozenset()
    taken: set[_Line] = set()
    while rows := _counting([line for line in lines if line not in taken], before):
        for row in rows:
            if not taken.isdisjoint(row):
                continue  # its rest is counted again
            pages = _with_short_pages(row, lines, taken)
            taken.update(pages)
            numbers = {page.index for page in pages}
            heads = _heads(blocks, numbers)
            known = numbers | heads | _marks(blocks, numbers)
            furniture = known | {index for index in _beside(blocks, known) if _stands_out(blocks[index].text)}
            found = (_cut_at(blocks, index - 1, index + 1, furniture) for index in known)
            cuts = {cut for cut in found if cut}
            if len(cuts) < MIN_BROKEN * len(pages):
                continue
            words = words or _words_of(blocks)
            inside = {index for first, second in cuts for index in range(first + 1, second)}
            for index in numbers | inside | (heads - _first_of_each(blocks, heads)):
                blocks[index].reason = PAGE_NUMBER
            _join(book, cuts, words)
    _join_pages(book, words)


def _numbered(blocks: Sequence[Block]) -> list[_Line]:
    """The short lines that are a number, or words that come again and a number."""
    lines = []
    for index, block in enumerate(blocks):
        if block.reason or block.kind not in ("text", "heading") or not 0 < len(block.text) <= MAX_LINE:
            continue
        if bare := _BARE.fullmatch(block.text):
            lines.append(_Line(index, int(bare[1]), ""))
        elif first := _NUMBER_FIRST.fullmatch(block.text):
            lines.append(_Line(index, int(first[1]), _words(first[2])))
        elif last := _NUMBER_LAST.fullmatch(block.text):
            lines.append(_Line(index, int(last[2]), _words(last[1])))
    often = Counter(line.head for line in lines)
    return [
        line
        for line in lines
        if not line.head or often[line.head] >= MIN_HEADS or _capitals(blocks[line.index].text)
    ]


def _stands_out(text: str) -> bool:
    return _capitals(text) or bool(_SHEET.fullmatch(text))


def _capitals(text: str) -> bool:
    return text == text.upper() != text.lower()


def _counting(lines: Sequence[_Line], before: Sequence[int]) -> list[list[_Line]]:
    """The rows of lines whose numbers count up, a page's letters apart, the longest first; no line is in two.

    Args:
        before: letters of the book before each block.
    """
    length: list[int] = []
    previous: list[int] = []
    best: dict[int, int] = {}  # a number → the line with it that ends the longest row
    for at, line in enumerate(lines):
        length.append(1)
        previous.append(-1)
        for gap in range(1, MAX_GAP + 1):
            other = best.get(line.number - gap)
            if other is None or length[other] < length[at]:
                continue
            apart = before[line.index] - before[lines[other].index]
            if MIN_PAGE * gap <= apart <= MAX_PAGE * gap:
                length[at], previous[at] = length[other] + 1, other
        if line.number not in best or length[at] >= length[best[line.number]]:
            best[line.number] = at
    rows: list[list[_Line]] = []
    used: set[int] = set()
    for end in sorted(range(len(lines)), key=length.__getitem__, reverse=True):
        if length[end] < MIN_PAGES:
            break
        row, at = [], end
        while at >= 0 and at not in used:
            used.add(at)
            row.append(lines[at])
            at = previous[at]
        if len(row) >= MIN_PAGES:
            rows.append(row[::-1])
    return rows


def _with_short_pages(row: Sequence[_Line], lines: Sequence[_Line], taken: set[_Line]) -> list[_Line]:
    """A row with the numbers of pages that have few letters: the last of a chapter."""
    past = _Line(row[-1].index + MAX_SHORT, row[-1].number + MAX_GAP, "")
    pages = list(row)
    for here, following in pairwise([*row, past]):
        number = here.number
        first = bisect_right(lines, here.index, key=_index)
        last = bisect_left(lines, following.index, key=_index)
        for line in lines[first:last]:
            if number < line.number < following.number and line not in taken:
                pages.append(line)
                number = line.number
    return pages


def _beside(blocks: Sequence[Block], furniture: set[int]) -> set[int]:
    """The lines beside page numbers and heads that may be running heads."""
    return {
        index
        for number in furniture
        for index in (number - 1, number + 1)
        if 0 <= index < len(blocks) and _like_a_head(blocks[index])
    } - furniture


def _like_a_head(block: Block) -> bool:
    return (
        not block.reason
        and block.kind in ("text", "heading")
        and 0 < len(block.text) <= MAX_LINE
        and not _SPEECH.match(block.text)
        and (_stands_out(block.text) or not _ENDED.search(block.text))
    )


def _heads(blocks: Sequence[Block], numbers: set[int]) -> set[int]:
    """The lines that come again beside page numbers, as they stand or as a scanner misread them.

    They count between the first and the last page where the number beside them was not read, too.
    """
    often = Counter(_words(blocks[index].text) for index in _beside(blocks, numbers) | numbers)
    words = [text for text, times in often.items() if times >= MIN_HEADS and text]
    like = {text for text in often if text and get_close_matches(text, words, 1, ALIKE)}
    low, high = min(numbers), max(numbers)
    return {
        index
        for index in range(max(0, low - 1), min(len(blocks), high + 2))
        if index not in numbers and _like_a_head(blocks[index]) and _words(blocks[index].text) in like
    }


def _marks(blocks: Sequence[Block], numbers: set[int]) -> set[int]:
    """Between the first page and the last, what may be marks of sheets and numbers that a scanner misread (`J59`)."""
    return {
        index
        for index in range(min(numbers), max(numbers) + 1)
        if _like_a_head(blocks[index]) and _SHEET.fullmatch(blocks[index].text)
    }


def _words(text: str) -> str:
    """A line without its number, normalised."""
    return normal(re.sub(r"\d", "", text))


def _cut_at(blocks: Sequence[Block], first: int, second: int, furniture: set[int]) -> tuple[int, int] | None:
    """The blocks before and after a page's end, where one sentence stands in both; None where none does.

    Args:
        first, second: the blocks on both sides of the end, which may be furniture.
    """
    while first in furniture:
        first -= 1
    while second in furniture:
        second += 1
    if first < 0 or second >= len(blocks):
        return None
    left, right = blocks[first], blocks[second]
    if left.reason or right.reason or left.kind != "text" or right.kind != "text":
        return None
    goes_on = not _ENDED.search(left.text) and _GOES_ON.match(right.text)
    return (first, second) if left.text and goes_on else None


def _first_of_each(blocks: Sequence[Block], heads: Iterable[int]) -> set[int]:
    """The first line of each words: it may be the title that the others repeat."""
    first: dict[str, int] = {}
    for index in sorted(heads):
        first.setdefault(_words(blocks[index].text), index)
    return set(first.values())


def _words_of(blocks: Sequence[Block]) -> frozenset[str]:
    return frozenset(
        word.lower() for block in blocks for word in re.findall(r"[A-Za-zÀ-ɏ]+(?:-[A-Za-zÀ-ɏ]+)*", block.text)
    )


def _join_pages(book: Book, words: frozenset[str]) -> None:
    """Join the sentences between files, where each file is a page."""
    if len(book.starts) <= MIN_PAGES:
        return
    past = {index for index, block in enumerate(book.blocks) if not block.text or block.reason == PAGE_NUMBER}
    found = (_cut_at(book.blocks, start - 1, start, past) for start in book.starts[1:])
    cuts = {cut for cut in found if cut}
    if len(cuts) >= MIN_BROKEN * (len(book.starts) - 1):
        _join(book, cuts, words)


def _join(book: Book, cuts: Collection[tuple[int, int]], words: frozenset[str]) -> None:
    """Put each two halves into the first block, the last first. The second stays, empty, for what counts blocks."""
    wrapping = Wrapping(0, False, words or _words_of(book.blocks))
    for first, second in sorted(cuts, reverse=True):
        left, right = book.blocks[first], book.blocks[second]
        separator, drop = seam(left.text, right.text, wrapping)
        if drop:
            last = left.pieces[-1]
            start = last.end - drop
            book.left_out.append(LeftOut("hyphenation", left.text[-drop:], last.document, start, last.end))
        book.blocks[first] = join_blocks(left, right, separator, drop=drop)
        book.blocks[second] = replace(right, text="", pieces=(), hints=(), notes=(), reason=PAGE_NUMBER)

"""Prose: a text as casting sees it, one flat string with its paragraphs, chapters and quotes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flows.casting.quotes import Conventions, Quote, find_quotes, find_style

_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_LINE = re.compile(r"\n+")
_LINE_INSET = re.compile(r"\n([ \t]*)(?=\S)")
BLOCK_INSET = 3
"""Spaces by which a block quotation is set in from the body of a plain text."""


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs laid end to end.

    Args:
        text: the paragraphs joined; same length and offsets as the source, line ends inside paragraphs made spaces.
        starts, ends: offsets of each paragraph in `text`.
        chapter: the chapter of each paragraph.
        chapters: how many there are; one without paragraphs counts.
        quotes: in order; `Quote` offsets count within the paragraph.
        headings: paragraph -> the heading that stands for it on the page, where the text has none.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    chapter: tuple[int, ...]
    chapters: int
    quotes: tuple[Quote, ...]
    headings: Mapping[int, str] = field(default_factory=dict)

    def paragraph(self, number: int) -> str:
        return self.text[self.starts[number] : self.ends[number]]


def from_text(text: str, conventions: Conventions, quotes: Sequence[tuple[int, int]] | None = None) -> Prose:
    """A book from running text; paragraphs are parted by blank lines where there are any, else by line ends.

    Args:
        conventions: how the language prints speech.
        quotes: spans `(start, end)` of the dialogue, if known already (without marks, or with them).
    """
    parting = _BLANK_LINE if conventions.blank_lines and _BLANK_LINE.search(text) else _LINE
    starts, ends, at = [], [], 0
    for match in parting.finditer(text):
        if text[at : match.start()].strip():
            starts.append(at)
            ends.append(match.start())
        at = match.end()
    if text[at:].strip() or not starts:
        starts.append(at)
        ends.append(len(text))
    flat = text.replace("\n", " ").replace("\r", " ")
    paragraphs = [flat[a:b] for a, b in zip(starts, ends, strict=True)]
    if quotes is None:
        blocks = _blocks(text, starts, ends) if conventions.blank_lines else set()
        found = [
            replace(q, kind="letter") if q.paragraph in blocks and q.kind == "speech" else q
            for q in find_quotes(paragraphs, conventions)
        ]
    else:
        found = _place(quotes, starts, ends, text)
    return Prose(flat, tuple(starts), tuple(ends), (0,) * len(starts), 1, tuple(found))


def _blocks(text: str, starts: Sequence[int], ends: Sequence[int]) -> set[int]:
    """Paragraphs set in from the rest: verse, letters, inscriptions. What is quoted there is read out, not said."""
    insets, inner = [], []
    for a, b in zip(starts, ends, strict=True):
        line = text.rfind("\n", 0, a) + 1
        insets.append(a - line if not text[line:a].strip() else 0)
        later = [len(m.group(1)) for m in _LINE_INSET.finditer(text, a, b)]
        inner.append(sorted(later)[len(later) // 2] if later else -1)
    usual = sorted(insets)[len(insets) // 2]
    usual_inner = sorted(i for i in inner if i >= 0)
    body = usual_inner[len(usual_inner) // 2] if usual_inner else 0
    return {
        n
        for n, (inset, later) in enumerate(zip(insets, inner, strict=True))
        if inset >= usual + BLOCK_INSET or later >= body + BLOCK_INSET
    }


def from_chapters(
    chapters: Sequence[Sequence[str]],
    conventions: Conventions,
    headings: Sequence[Sequence[str]] | None = None,
) -> Prose:
    """A book from chapters of paragraph texts; the quotation style is decided over the whole book.

    Args:
        headings: of each paragraph, the heading that it is on the page; "" for the others.
    """
    starts, ends, chapter, parts, at = [], [], [], [], 0
    for number, paragraphs in enumerate(chapters):
        for paragraph in paragraphs:
            flat = paragraph.replace("\n", " ").replace("\r", " ")
            starts.append(at)
            ends.append(at + len(flat))
            chapter.append(number)
            parts.append(flat)
            at += len(flat) + 1
    style = find_style(parts, conventions)
    quotes: list[Quote] = []
    offset = 0
    for paragraphs in chapters:
        for quote in find_quotes(parts[offset : offset + len(paragraphs)], conventions, style):
            quotes.append(replace(quote, paragraph=quote.paragraph + offset))
        offset += len(paragraphs)
    printed = [each for chapter_headings in headings or () for each in chapter_headings]
    return Prose(
        "\n".join(parts),
        tuple(starts),
        tuple(ends),
        tuple(chapter),
        len(chapters),
        tuple(quotes),
        {number: text for number, text in enumerate(printed) if text},
    )


def _place(spans: Sequence[tuple[int, int]], starts: list[int], ends: list[int], text: str) -> list[Quote]:
    """Given spans as quotes; a span over several paragraphs becomes one quote a paragraph, linked."""
    placed: list[Quote] = []
    open_since = -9  # the paragraph whose last quote was never closed
    for start, end in sorted(spans):
        number = max(0, bisect_right(starts, start) - 1)
        continues = False
        while number < len(starts) and starts[number] < end:
            a, b = max(start, starts[number]), min(end, ends[number])
            if b > a:
                # the marks, if they are just outside, belong to the quote
                left = a - 1 if a > starts[number] and text[a - 1] in "\"'“‘「『«" else a
                right = b + 1 if b < ends[number] and text[b] in "\"'”’」』»" else b
                base = starts[number]
                # a paragraph that opens while the one above never closed goes on with its utterance
                opens = not text[base:left].strip()
                runs_on = continues or (opens and left < a and open_since == number - 1)
                placed.append(Quote(number, left - base, right - base, a - base, b - base, continues=runs_on))
                continues = True
                closed = right > b or text[b - 1] in '"”’」』»'
                open_since = number if not closed and left < a and not text[b : ends[number]].strip() else -9
            number += 1
    return placed

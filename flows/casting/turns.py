"""Turns: one speaker's share of a paragraph, with the tag and the clues that tell who it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from flows.casting.book import Book
from flows.casting.nouns import Gender

MAX_GAP = 12
"""Paragraphs of narration that end a conversation for good."""

TagKind = Literal["name", "noun", "he", "she", "I", "they", "none"]
Slot = Literal["after", "before", "colon", "beat"]


@dataclass(slots=True)
class Subject:
    """Who a clause says acts: a name, a pronoun or a common noun."""

    kind: TagKind
    start: int
    who: tuple[int, ...] = ()
    gender: Gender | None = None
    noun: str = ""
    words: str = ""


@dataclass(slots=True)
class Tag:
    subject: Subject
    slot: Slot
    sure: bool
    words: str = ""


@dataclass(slots=True)
class Turn:
    """One speaker's share of one paragraph (or of several, where a quote runs on).

    Args:
        quotes: indices into `book.quotes`.
        tag: the clause that says who speaks, if any.
        subjects: other people acting in the paragraph's narration, in order (beats).
        named: ids of people mentioned in the paragraph's narration, in order.
        spoken_names: ids mentioned inside the quotes; `vocatives`: those addressed.
        gap: narration-only paragraphs since the turn before.
        bare: nothing but speech in the paragraph.
        introduces: `fixed` is whoever gives a name of their own in these words.
    """

    paragraph: int
    chapter: int
    start: int
    end: int
    quotes: list[int]
    tag: Tag | None = None
    subjects: list[Subject] = field(default_factory=list)
    lead: list[Subject] = field(default_factory=list)
    named: list[int] = field(default_factory=list)
    spoken_names: set[int] = field(default_factory=set)
    vocatives: set[int] = field(default_factory=set)
    addressed_gender: Gender | None = None
    gap: int = 0
    bare: bool = False
    same_paragraph: bool = False
    question: bool = False
    before_colon: bool = False
    label: str = ""
    fixed: int | None = None
    introduces: bool = False
    chain_break: bool = False
    length: int = 0


def quote_start(book: Book, i: int) -> int:
    """Where quote `i` begins in `book.text`, mark included."""
    quote = book.quotes[i]
    return book.starts[quote.paragraph] + quote.start


def quote_end(book: Book, i: int) -> int:
    """Where quote `i` ends in `book.text`, mark included."""
    quote = book.quotes[i]
    return book.starts[quote.paragraph] + quote.end


def speech_by_paragraph(book: Book) -> dict[int, list[int]]:
    """Paragraph -> indices of the speech in it, in order."""
    found: dict[int, list[int]] = {}
    for i, quote in enumerate(book.quotes):
        if quote.kind == "speech":
            found.setdefault(quote.paragraph, []).append(i)
    return found


def breaks_off(book: Book, last: int, number: int) -> bool:
    """Whether a conversation of paragraph `last` (-1: none) cannot go on in paragraph `number`: a new chapter or scene between."""
    if last < 0 or book.chapter[number] != book.chapter[last]:
        return True
    return any(is_scene_break(book.paragraph(p)) for p in range(max(last + 1, number - MAX_GAP), number))


def is_scene_break(paragraph: str) -> bool:
    """A line of asterisks or the like, or a chapter's heading."""
    text = paragraph.strip()
    if len(text) > 60:
        return False
    return bool(text) and (
        not any(c.isalnum() for c in text)
        or text[:7].lower() == "chapter"
        or (text[0] == "第" and any(c in text[:8] for c in "章回节卷"))
    )

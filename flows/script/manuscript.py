"""Manuscript: a book as read, with the whereabouts of every character.

Offsets count Unicode code points of a *source document's text*: for EPUB the text nodes of one spine
document's body in document order, entities resolved; for a text file its decoded content. Every
non-white-space character of a document's text is covered by exactly one `Piece` of a paragraph or by
one `LeftOut`; `Manuscript.accounting` sums this and a test holds it over the corpus.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from normalizers import Hint

ParagraphKind = Literal[
    "text",
    "heading",
    "verse",
    "blockquote",
    "letter",
    "list-item",
    "table-row",
    "scene-break",
    "note",
    "caption",
    "code",
]
ChapterKind = Literal["chapter", "part", "front", "back"]


@dataclass(frozen=True, slots=True)
class Piece:
    """`text[at:at+length]` of a paragraph is `document_text[start:end]`, each white space as one space.

    `length == end - start`, so that offset `at + k` of the paragraph is offset `start + k` of the document.
    """

    at: int
    length: int
    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One block of text as displayed: white space collapsed, hard wraps and hyphenation mended.

    `pieces` cover every character that comes from the source; between them stand only folded spaces and the
    commas that part the cells of a table row. `hints` are the publisher's own readings (ssml:ph, PLS, ruby),
    offsets in `text`. `language` is set where it differs from the book's (`xml:lang`). A scene break has no text.
    """

    text: str
    kind: ParagraphKind = "text"
    pieces: tuple[Piece, ...] = ()
    hints: tuple[Hint, ...] = ()
    language: str | None = None

    @property
    def characters(self) -> int:
        """Non-white-space characters of the source in this paragraph."""
        return sum(count_characters(self.text[p.at : p.at + p.length]) for p in self.pieces)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter in reading order. `source` is the document (with `#fragment`) or the line it begins at.

    `kind`: `part` is the title page of a part; `front` and `back` are preface, dedication, afterword and the
    like. `level` is 1 for the top of the table of contents.
    """

    title: str
    paragraphs: tuple[Paragraph, ...]
    source: str
    kind: ChapterKind = "chapter"
    level: int = 1

    @property
    def characters(self) -> int:
        """Non-white-space characters of the source that are read aloud."""
        return sum(p.characters for p in self.paragraphs)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stretch of the source that is not read aloud, and why (`reason` is a short kebab-case word).

    `text` is the source's own, `document_text[start:end]`.
    """

    reason: str
    text: str
    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cover:
    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Accounting:
    """Non-white-space characters: `source == read + left_out`, or the reader has a bug."""

    source: int
    read: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Replaced:
    """A replacement that a person asked for: what is looked for, what is read instead, and how often it was found."""

    find: str
    words: str
    hits: int


@dataclass(frozen=True, slots=True)
class Manuscript:
    title: str
    authors: tuple[str, ...]
    language: str
    chapters: tuple[Chapter, ...]
    left_out: tuple[LeftOut, ...] = ()
    source_characters: int = 0
    cover: Cover | None = None
    year: str | None = None
    publisher: str | None = None
    description: str | None = None
    identifier: str | None = None
    series: str | None = None
    series_index: str | None = None
    digest: str = ""
    warnings: tuple[str, ...] = field(default=())
    replaced: tuple[Replaced, ...] = ()

    def accounting(self) -> Accounting:
        read = sum(c.characters for c in self.chapters)
        left = sum(count_characters(item.text) for item in self.left_out)
        return Accounting(self.source_characters, read, left)


def count_characters(text: str) -> int:
    """Characters that are not white space."""
    return len("".join(text.split()))

"""A book's blocks to its manuscript: what every format does once its documents are read.

A format's reader makes blocks of its documents and knows where its chapters may begin; licences, advertisements,
chapters, notes and the account of what is not read are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flows.script.manuscript import (
    Chapter,
    ChapterKind,
    Cover,
    LeftOut,
    Manuscript,
    Paragraph,
    Replaced,
    count_characters,
)
from flows.sources.adverts import mark_adverts
from flows.sources.asides import mark_asides
from flows.sources.blocks import Block, DocumentText, left_out_of, split_long
from flows.sources.chapters import LARGE_CHAPTER, MAX_PART_PAGE, Book, Mark, weight
from flows.sources.furniture import mark_furniture
from flows.sources.headings import VOLUMES, parse_heading
from flows.sources.lengths import doubtful_lengths
from flows.sources.listings import mark_listings
from flows.sources.matter import mark_gutenberg, normal, side_of
from flows.sources.programs import mark_programs
from flows.sources.replacing import replace_in
from flows.sources.stamps import cut_stamps
from flows.sources.titles import tidy_titles
from flows.sources.words import any_of

MAX_PART_TEXT = 120
"""Letters of a part's title page beside its headings."""


def manuscript_of(
    book: Book,
    documents: Sequence[DocumentText],
    find: Callable[[Book], list[Mark]],
    *,
    digest: str,
    cover: Cover | None = None,
    warnings: Sequence[str] = (),
) -> Manuscript:
    """The manuscript of a book.

    Args:
        book: the blocks of `documents`, as `book_of` gathers them.
        find: where the chapters begin, as far as the format tells; asked when licences and advertisements are
            marked. It may mark title and contents pages on its way.
        digest: SHA-256 of the file.
    """
    replaced = replace_in(book)
    mark_gutenberg(book.blocks)
    mark_furniture(book)
    cut_stamps(book)
    mark_adverts(book.blocks, include=book.options.front_matter)
    if not book.options.code:
        mark_programs(book.blocks)
    marks = mark_asides(book, mark_listings(book, tidy_titles(book, find(book))))
    keep_something(book.blocks)
    chapters, left_out = assemble(book, marks)
    rank = {document.name: number for number, document in enumerate(documents)}
    about = book.about
    return Manuscript(
        title=about.title,
        authors=about.authors,
        language=about.language,
        chapters=tuple(chapters),
        left_out=tuple(sorted(left_out, key=lambda item: (rank[item.document], item.start))),
        source_characters=sum(count_characters(document.text) for document in documents),
        cover=cover,
        year=about.year,
        publisher=about.publisher,
        description=about.description,
        identifier=about.identifier,
        series=about.series,
        series_index=about.series_index,
        digest=digest,
        warnings=(*warnings, *book.warnings, *_unmet(replaced), *doubtful_lengths(chapters)),
        replaced=tuple(replaced),
    )


def _unmet(replaced: Sequence[Replaced]) -> list[str]:
    return [
        f"replace: “{item.find}” is nowhere in the text that is read" for item in replaced if not item.hits
    ]


def keep_something(blocks: Sequence[Block]) -> None:
    """A book of one title page is read: leaving everything out by guesswork would leave nothing."""
    if any(b.text and not b.reason for b in blocks):
        return
    for block in blocks:
        if block.reason in ("title-page", "copyright") and block.kind != "scene-break":
            block.reason = ""


def assemble(book: Book, marks: list[Mark]) -> tuple[list[Chapter], list[LeftOut]]:
    """Chapters and everything that is not read. Every block ends in exactly one of the two."""
    marks = sorted(marks, key=lambda m: m.index)
    stretches: list[tuple[Mark | None, int, int]] = []
    if not marks or marks[0].index > 0:
        stretches.append((None, 0, marks[0].index if marks else len(book.blocks)))
    for position, mark in enumerate(marks):
        end = marks[position + 1].index if position + 1 < len(marks) else len(book.blocks)
        stretches.append((mark, mark.index, end))
    notes = _Notes(book)
    chapters: list[Chapter] = []
    left_out = list(book.left_out)
    for position, (beginning, low, high) in enumerate(stretches):
        blocks = book.blocks[low:high]
        _drop_repeated_title(blocks)
        _drop_end_mark(blocks)
        paragraphs = _paragraphs(book, blocks, notes, left_out)
        if not any(p.text for p in paragraphs):
            continue
        following = stretches[position + 1][0] if position + 1 < len(stretches) else None
        chapters.append(_chapter(book, beginning, blocks, paragraphs, following, alone=not marks))
    notes.leave_out_unread(left_out)
    return chapters, left_out


def _chapter(
    book: Book,
    mark: Mark | None,
    blocks: list[Block],
    paragraphs: list[Paragraph],
    following: Mark | None,
    *,
    alone: bool,
) -> Chapter:
    read = [b for b in blocks if b.text and not b.reason]
    types = read[0].types if read else frozenset()
    if mark is None:
        heading = next((b.text for b in read[:3] if b.kind == "heading"), "")
        side = "" if alone else side_of(heading, types)
        # Much text before the first heading is a story whose heading was not found, not a preface.
        kind: ChapterKind = side or ("chapter" if alone or weight(read) > LARGE_CHAPTER else "front")
        return Chapter(heading or book.about.title, tuple(paragraphs), read[0].document if read else "", kind)
    title = mark.title or next((b.text for b in read[:2] if b.kind == "heading"), "") or book.about.title
    kind = side_of(title, types) or "chapter"
    heading_words = parse_heading(title)
    small = (
        weight([b for b in blocks if b.kind != "heading"]) <= MAX_PART_TEXT
        and weight(blocks) <= MAX_PART_PAGE
    )
    if (
        kind == "chapter"
        and small
        and following is not None
        and (following.level > mark.level or (heading_words is not None and heading_words.unit in VOLUMES))
    ):
        kind = "part"
    return Chapter(title, tuple(paragraphs), mark.source, kind, mark.level)


def _drop_repeated_title(blocks: list[Block]) -> None:
    """A title that stands twice at the head of a chapter is read once."""
    read = [b for b in blocks[:4] if b.text and not b.reason]
    if len(read) >= 2 and read[0].kind == "heading" and len(read[1].text) <= 80:
        first, second = normal(read[0].text), normal(read[1].text)
        if first and first == second:
            read[1].reason = "repeated-heading"


_END_MARK = any_of("end_mark")


def _drop_end_mark(blocks: list[Block]) -> None:
    """（本章完）at the foot of a chapter is the web site's, not the author's."""
    last = next((b for b in reversed(blocks) if b.text and not b.reason), None)
    if last is not None and last.kind != "heading" and _END_MARK.fullmatch(last.text.strip()):
        last.reason = "end-mark"


def _paragraphs(book: Book, blocks: list[Block], notes: _Notes, left_out: list[LeftOut]) -> list[Paragraph]:
    paragraphs: list[Paragraph] = []
    at_end: list[Paragraph] = []
    for block in blocks:
        if block.kind == "scene-break" and block.reason in ("", "scene-break"):
            if block.reason:
                left_out.extend(left_out_of(block, book.texts))
            if paragraphs and paragraphs[-1].kind not in ("scene-break", "heading"):
                paragraphs.append(Paragraph("", "scene-break"))
            continue
        if block.reason:
            if not (block.note and block.reason == "note"):
                left_out.extend(left_out_of(block, book.texts))
            continue
        for part in split_long(block, book.options.split_long_paragraphs):
            paragraphs.append(part.paragraph(book.about.language))
        for key in block.notes:
            if book.options.notes == "paragraph":
                paragraphs += notes.take(key)
            elif book.options.notes == "chapter":
                at_end += notes.take(key)
    while paragraphs and paragraphs[-1].kind == "scene-break":
        paragraphs.pop()
    return paragraphs + at_end


class _Notes:
    """The notes of a book by key, each read at most once."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._by_key: dict[str, list[Block]] = {}
        for block in book.blocks:
            if block.note and block.reason == "note":
                self._by_key.setdefault(block.note, []).append(block)

    def take(self, key: str) -> list[Paragraph]:
        return [b.paragraph(self._book.about.language) for b in self._by_key.pop(key, []) if b.text]

    def leave_out_unread(self, left_out: list[LeftOut]) -> None:
        for blocks in self._by_key.values():
            for block in blocks:
                left_out.extend(left_out_of(block, self._book.texts))

"""The source of a book page by page: what is read, what is left out and why, and which setting would read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from flows import sources
from flows.making.book import parse_chapters, read_options
from flows.making.dub.lines import read_cues
from flows.script.manuscript import Manuscript, Paragraph, count_characters
from flows.workspace.project import Project

PAGE_CHARACTERS = 6000
"""Of a page: a document of the source that has more takes several."""
READ_BY: Mapping[str, tuple[str, Any]] = {
    "note": ("reading.notes", "paragraph"),
    "image": ("reading.images", True),
    "page-number": ("reading.page_numbers", True),
    "title-page": ("reading.front_matter", True),
    "copyright": ("reading.front_matter", True),
    "advertisement": ("reading.front_matter", True),
    "contents": ("reading.contents", True),
    "index": ("reading.contents", True),
    "not-linear": ("reading.nonlinear", True),
    "code": ("reading.code", True),
}
"""The setting, and its value, that has what is left out for a reason read after all."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the source.

    Args:
        reason: why it is left out; "" where it is read. kind: of its paragraph, or who speaks it.
        chapter: number of the chapter that it is read in, from 1; 0 for none.
    """

    text: str
    reason: str = ""
    kind: str = "text"
    chapter: int = 0


@dataclass(frozen=True, slots=True)
class SourcePage:
    """A page of the source. `name`: of its document, or its place in it."""

    name: str
    segments: tuple[Segment, ...]

    @property
    def left_out(self) -> int:
        """Characters that are left out."""
        return sum(count_characters(segment.text) for segment in self.segments if segment.reason)


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source as it is read.

    Args:
        chapters: number, title, characters, whether it is made, first page (from 1).
        reasons: by reason, characters, pieces and the first page (from 1) with one.
        read, left_out: characters.
    """

    name: str
    language: str
    pages: tuple[SourcePage, ...]
    chapters: tuple[Mapping[str, Any], ...] = ()
    reasons: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    read: int = 0
    left_out: int = 0
    warnings: tuple[str, ...] = ()


def view_source(project: Project) -> SourceView:
    """Read the source of a project as its settings ask. Raises `DuoyinError`: it cannot be."""
    return _subtitles(project) if sources.is_subtitle(project.existing_source) else _book(project)


def _book(project: Project) -> SourceView:
    manuscript = sources.read(project.existing_source, read_options(project))
    made = set(parse_chapters(project.settings.chapters, len(manuscript.chapters)))
    by_document = {name: _ordered(rows) for name, rows in _rows(manuscript).items()}
    pages = tuple(page for name, segments in by_document.items() for page in _pages(name, segments))
    first = {}
    for number, page in reversed(list(enumerate(pages, 1))):
        first.update({segment.chapter: number for segment in page.segments if segment.chapter})
    chapters = tuple(
        {
            "number": n,
            "title": c.title,
            "characters": c.characters,
            "made": n - 1 in made,
            "page": first.get(n, 1),
        }
        for n, c in enumerate(manuscript.chapters, 1)
    )
    totals = manuscript.accounting()
    return SourceView(
        project.source.name, manuscript.language, pages, chapters, _reasons(pages), totals.read, totals.left_out,
        manuscript.warnings,
    )  # fmt: skip


Row = tuple[int, int, Segment]
"""Where a stretch of a document begins and ends, and what it is."""


def _rows(manuscript: Manuscript) -> dict[str, list[Row]]:
    """The stretches of each document; the documents in the order of the book."""
    found: dict[str, list[Row]] = {name: [] for name in _documents(manuscript)}
    for number, chapter in enumerate(manuscript.chapters, 1):
        for paragraph in chapter.paragraphs:
            for document, start, end, text in _whole(paragraph):
                found[document].append((start, end, Segment(text, "", paragraph.kind, number)))
    for item in manuscript.left_out:
        if item.text.strip():
            found[item.document].append((item.start, item.end, Segment(item.text, item.reason)))
    return found


def _documents(manuscript: Manuscript) -> list[str]:
    """The documents in reading order: those that are read by their chapters, the others behind the one before them."""
    order = list(
        dict.fromkeys(p.document for c in manuscript.chapters for q in c.paragraphs for p in q.pieces)
    )
    before = ""
    for name in dict.fromkeys(item.document for item in manuscript.left_out):
        if name not in order:
            order.insert(order.index(before) + 1 if before else 0, name)
        before = name
    return order


def _whole(paragraph: Paragraph) -> Iterator[tuple[str, int, int, str]]:
    """Document, start, end and text of a paragraph's parts: pieces that follow each other in one document are one."""
    parts: list[list[Any]] = []
    for piece in paragraph.pieces:
        if parts and parts[-1][0] == piece.document and piece.start >= parts[-1][2]:
            parts[-1][2], parts[-1][4] = piece.end, piece.at + piece.length
        else:
            parts.append([piece.document, piece.start, piece.end, piece.at, piece.at + piece.length])
    for document, start, end, at, to in parts:
        yield document, start, end, paragraph.text[at:to]


def _ordered(rows: list[Row]) -> list[Segment]:
    """The stretches in the order of the document; marks within a paragraph behind it."""
    rows.sort(key=lambda row: (row[0], -row[1]))
    return [segment for _, _, segment in rows]


def _pages(name: str, segments: Sequence[Segment]) -> Iterator[SourcePage]:
    """Pages of a document, each of some thousand characters, cut between stretches."""
    pages: list[list[Segment]] = [[]]
    length = 0
    for segment in (part for whole in segments for part in _cut(whole)):
        if length and length + len(segment.text) > PAGE_CHARACTERS:
            pages.append([])
            length = 0
        pages[-1].append(segment)
        length += len(segment.text)
    for number, page in enumerate(pages, 1):
        if page:
            yield SourcePage(f"{name} · {number}" if len(pages) > 1 else name, tuple(page))


def _cut(segment: Segment) -> Iterator[Segment]:
    """A stretch of more than a page in pieces: a licence has as many words as a chapter."""
    edges = [*range(0, len(segment.text), PAGE_CHARACTERS), len(segment.text)]
    for begin, end in pairwise(edges):
        yield Segment(segment.text[begin:end], segment.reason, segment.kind, segment.chapter)


def _reasons(pages: Iterable[SourcePage]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for number, page in enumerate(pages, 1):
        for segment in page.segments:
            if segment.reason:
                entry = found.setdefault(segment.reason, {"characters": 0, "pieces": 0, "page": number})
                entry["characters"] += count_characters(segment.text)
                entry["pieces"] += 1
    return dict(sorted(found.items(), key=lambda item: -item[1]["characters"]))


def _subtitles(project: Project) -> SourceView:
    file, spoken = read_cues(project)
    rows: list[tuple[int, Segment]] = [
        (line.cue, Segment(line.text, "", line.speaker or "")) for line in spoken
    ]
    rows += [(item.cue, Segment(item.text, item.reason)) for item in file.left_out if item.text.strip()]
    pages = tuple(_pages(file.name, [segment for _, segment in sorted(rows, key=lambda row: row[0])]))
    read = sum(
        count_characters(segment.text) for page in pages for segment in page.segments if not segment.reason
    )
    left = sum(page.left_out for page in pages)
    return SourceView(file.name, file.language, pages, (), _reasons(pages), read, left, file.warnings)

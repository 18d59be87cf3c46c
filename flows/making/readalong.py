"""The read-along book of a finished book: where each line is printed, and its sound. No Prefect here."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from flows.making.book import Book
from flows.making.plan import PlannedLine
from flows.mastering.cover import usable_cover
from flows.mastering.encode import Gain
from flows.mastering.exports.base import MasterChapter
from flows.mastering.readalong.book import ReadAlong, ReadChapter, write_read_along
from flows.mastering.readalong.clips import Printed, SoundingLine
from flows.mastering.readalong.compose import ComposedPage, compose
from flows.mastering.readalong.package import NoReadAlong
from flows.mastering.readalong.sounds import chapter_sounds
from flows.mastering.tags import BookMetadata
from flows.script.line import Line
from flows.script.manuscript import Manuscript
from flows.sources import is_epub
from flows.workspace.delivered import Shelf
from flows.workspace.project import Project
from tts_core.files import atomic_path, scratch_folder

SUFFIX = ".read-along.epub"
"""Of the file beside the finished sound; a name of its own, as the publisher's EPUB may lie there."""


def write_readalong(
    project: Project,
    book: Book,
    lines: Sequence[Sequence[PlannedLine]],
    parts: Sequence[MasterChapter],
    gains: Sequence[Gain],
    about: BookMetadata,
    beside: Path,
    shelf: Shelf,
    *,
    workers: int,
) -> tuple[list[Path], list[str]]:
    """Write the EPUB that a book is read along in: the publisher's own with its sound, or one made of the text.

    Args:
        lines: that sound, a sequence a chapter. parts: their chapters. gains: with which these were delivered.
        beside: the finished file, or the folder of the chapters' files.
        shelf: what is there already and is no earlier making of the same, is kept.
        workers: chapters encoded at once.

    Returns: what was written, and what a person should know.
    """
    level = project.settings.read_along
    if level is None:
        return [], []
    path = (
        beside / f"{beside.name}{SUFFIX}" if beside.is_dir() else beside.with_name(f"{beside.stem}{SUFFIX}")
    )
    if not shelf.takes(path):
        return [], [f"{path.name} is there already and is kept; move it away to get this read-along book"]
    sounds = chapter_sounds(
        [part.sound for part in parts],
        gains,
        project.settings.read_along_sound,
        project.read_along_folder,
        workers=workers,
    )
    try:
        with scratch_folder() as scratch, atomic_path(path, shelf.claim) as partial:
            places: _Places
            source = project.existing_source
            if is_epub(source):
                places = PublishedPlaces(book.manuscript)
            else:
                source = scratch / "book.epub"
                places = ComposedPlaces(book, [chapter[0].line.chapter for chapter in lines], about, source)
            chapters = tuple(
                ReadChapter(sound, part.sound.seconds, tuple(_sounding(book, items, part, places)))
                for sound, part, items in zip(sounds, parts, lines, strict=True)
            )
            wanted = ReadAlong(chapters, places.letters, about.narrator, about.title, level)
            return [path], write_read_along(source, wanted, partial)
    except NoReadAlong as refused:  # the book is made and good; it must not fail for what goes with it
        return [], [f"no read-along book: {refused.message} ({project.source.name})"]


def _sounding(
    book: Book, items: Sequence[PlannedLine], part: MasterChapter, places: _Places
) -> Iterator[SoundingLine]:
    for item, timed in zip(items, part.lines, strict=True):
        line = item.line
        announced = line.paragraph < 0
        chapter = book.manuscript.chapters[line.chapter]
        text = chapter.title if announced else chapter.paragraphs[line.paragraph].text[line.start : line.end]
        printed = tuple(places.of(line))
        yield SoundingLine(timed, printed, timed.text == text, announced and not printed, line.kind == "note")


class PublishedPlaces:
    """Places in the publisher's pages: what the reader told of every character it read or left out."""

    def __init__(self, manuscript: Manuscript) -> None:
        self._manuscript = manuscript
        found: dict[str, list[tuple[int, str]]] = {}
        for chapter in manuscript.chapters:
            for paragraph in chapter.paragraphs:
                for piece in paragraph.pieces:
                    text = paragraph.text[piece.at : piece.at + piece.length]
                    found.setdefault(piece.document, []).append((piece.start, text))
        for item in manuscript.left_out:
            found.setdefault(item.document, []).append((item.start, item.text))
        self._documents = {name: _Document.of(stretches) for name, stretches in found.items()}

    @property
    def letters(self) -> Mapping[str, str]:
        """The letters of each document."""
        return {name: document.letters for name, document in self._documents.items()}

    def of(self, line: Line) -> Iterator[Printed]:
        """Where a line is printed."""
        if line.paragraph < 0:
            return
        paragraph = self._manuscript.chapters[line.chapter].paragraphs[line.paragraph]
        last: Printed | None = None
        for piece in paragraph.pieces:
            low, high = max(piece.at, line.start), min(piece.at + piece.length, line.end)
            if low >= high:
                continue
            document = self._documents[piece.document]
            first = document.before(piece.start + low - piece.at)
            end = document.before(piece.start + high - piece.at)
            if last is not None and last.document == piece.document and last.end <= first:
                last = replace(last, end=end, upto=high - line.start)
            else:
                if last is not None:
                    yield last
                last = Printed(piece.document, first, end, low - line.start, high - line.start)
        if last is not None and last.end > last.first:
            yield last


@dataclass(frozen=True, slots=True)
class _Document:
    """The text of a document as stretches, each with its offset."""

    starts: tuple[int, ...]
    texts: tuple[str, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, stretches: list[tuple[int, str]]) -> _Document:
        stretches.sort()
        texts = tuple(text for _, text in stretches)
        counts = (0, *accumulate(len("".join(text.split())) for text in texts))
        return cls(tuple(start for start, _ in stretches), texts, counts)

    @property
    def letters(self) -> str:
        return "".join("".join(text.split()) for text in self.texts)

    def before(self, offset: int) -> int:
        """How many letters stand before an offset."""
        index = bisect_right(self.starts, offset) - 1
        inside = self.texts[index][: offset - self.starts[index]]
        return self.counts[index] + len("".join(inside.split()))


class ComposedPlaces:
    """Places in pages that were made of the text."""

    def __init__(self, book: Book, chapters: Sequence[int], about: BookMetadata, out: Path) -> None:
        self._manuscript = book.manuscript
        announced = {line.chapter for line in book.lines if line.paragraph < 0}
        titled = [number for number, chapter in enumerate(chapters) if chapter in announced]
        cover, _ = usable_cover(about)
        pages = compose(
            [book.manuscript.chapters[chapter] for chapter in chapters],
            titled,
            replace(about, cover=cover),
            f"{book.manuscript.digest} {about.title}",
            out,
        )
        self._pages: dict[int, ComposedPage] = dict(zip(chapters, pages, strict=True))

    @property
    def letters(self) -> Mapping[str, str]:
        """The letters of each document."""
        return {page.document: page.letters for page in self._pages.values()}

    def of(self, line: Line) -> Iterator[Printed]:
        """Where a line is printed."""
        page = self._pages[line.chapter]
        chapter = self._manuscript.chapters[line.chapter]
        text = chapter.title if line.paragraph < 0 else chapter.paragraphs[line.paragraph].text
        before = page.title if line.paragraph < 0 else page.paragraphs[line.paragraph]
        if before is not None:
            first = before + len("".join(text[: line.start].split()))
            end = before + len("".join(text[: line.end].split()))
            yield Printed(page.document, first, end, 0, line.end - line.start)


_Places = PublishedPlaces | ComposedPlaces

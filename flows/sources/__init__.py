"""Sources: book files to `Manuscript`. One format, one file; a new one is a module and a row in `BOOKS`.

A format's module has a `read(path, options) -> Manuscript`: it makes blocks of its documents (`blocks.TextBuilder`),
says where chapters may begin, and hands both to `assembling.manuscript_of`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from flows.script.manuscript import Manuscript, count_characters
from flows.sources.options import NotesPolicy, ReadOptions
from normalizers import DuoyinError

__all__ = [
    "BOOKS",
    "SOURCES",
    "BookFormat",
    "NotesPolicy",
    "ReadOptions",
    "inspect_manuscript",
    "is_epub",
    "is_subtitle",
    "read",
]


@dataclass(frozen=True, slots=True)
class BookFormat:
    """A format of books.

    Args:
        name: as a person calls it.
        suffixes: of its files, in small letters with the dot.
        module: where its `read` is; imported when a book is read, so that the command line starts at once.
    """

    name: str
    suffixes: tuple[str, ...]
    module: str

    def read(self, path: Path, options: ReadOptions) -> Manuscript:
        manuscript: Manuscript = import_module(self.module).read(path, options)
        return manuscript


BOOKS = (
    BookFormat("EPUB", (".epub",), "flows.sources.epub"),
    BookFormat("TXT", (".txt", ".text"), "flows.sources.text"),
    BookFormat("Markdown", (".md", ".markdown"), "flows.sources.markdown"),
)
SOURCES = {suffix: book for book in BOOKS for suffix in book.suffixes}
"""The formats by suffix."""
SAMPLE_CHARACTERS = 80


def is_subtitle(path: Path) -> bool:
    """Whether a file holds cues rather than a book, by its suffix."""
    suffix = path.suffix.lower()
    return suffix not in SOURCES and suffix in _subtitles()


def _subtitles() -> frozenset[str]:
    from flows.sources.subtitles.formats import SUFFIXES  # readers of subtitles, which a book does without

    return SUFFIXES


def is_epub(path: Path) -> bool:
    """Whether a file is a book in EPUB, by its suffix."""
    book = SOURCES.get(path.suffix.lower())
    return book is not None and book.name == "EPUB"


def read(path: Path, options: ReadOptions = ReadOptions()) -> Manuscript:  # noqa: B008 - frozen
    """Read a book.

    Raises:
        DuoyinError: the file is missing, of no known format, damaged or protected.
    """
    path = Path(path)
    if not path.exists():
        raise DuoyinError("there is no such file", where=str(path), hint="check the path")
    if is_subtitle(path):
        raise DuoyinError(
            "this is a subtitle file, not a book", where=str(path), hint="use `duoyin dub` for subtitles"
        )
    book = SOURCES.get(path.suffix.lower())
    if book is None:
        known = f"{', '.join(sorted(SOURCES))} are books, {', '.join(sorted(_subtitles()))} subtitles"
        raise DuoyinError(
            f"files of type {path.suffix or '(none)'} cannot be read",
            where=str(path),
            hint=f"{known}; calibre makes an EPUB of other books (`ebook-convert {path.name} {path.stem}.epub`)",
        )
    try:
        return book.read(path, options)
    except OSError as error:
        raise DuoyinError(
            f"the book cannot be read ({error.strerror or error})",
            where=str(path),
            hint="Check who may read it, and the disk or the share that it is on.",
        ) from error


def inspect_manuscript(manuscript: Manuscript) -> dict[str, Any]:
    """What `duoyin inspect FILE --json` prints. Left-out stretches are summed by reason and document."""
    left: dict[tuple[str, str], tuple[int, str]] = {}
    for item in manuscript.left_out:
        characters, sample = left.get((item.reason, item.document), (0, ""))
        candidate = " ".join(item.text.split())[:SAMPLE_CHARACTERS]
        left[item.reason, item.document] = (
            characters + count_characters(item.text),
            candidate if len(candidate) > len(sample) else sample,
        )
    totals = manuscript.accounting()
    return {
        "title": manuscript.title,
        "authors": list(manuscript.authors),
        "language": manuscript.language,
        "chapters": [
            {"title": c.title, "characters": c.characters, "source": c.source} for c in manuscript.chapters
        ],
        "left_out": [
            {"reason": reason, "characters": characters, "sample": sample, "source": document}
            for (reason, document), (characters, sample) in left.items()
        ],
        "totals": {
            "source_characters": totals.source,
            "read_characters": totals.read,
            "left_out_characters": totals.left_out,
        },
        "replaced": [
            {"find": item.find, "with": item.words, "hits": item.hits} for item in manuscript.replaced
        ],
        "warnings": list(manuscript.warnings),
    }

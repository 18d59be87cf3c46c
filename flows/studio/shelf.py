"""The projects of a folder, by ids that stand in addresses instead of paths."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from flows.studio.book import Book
from flows.workspace.project import SETTINGS_FILE, open_project
from normalizers import DuoyinError

DEPTH = 3
"""Folders below the one that is opened in which projects are looked for."""
MOST_PROJECTS = 500
PASSED_OVER = ("takes", "output", "node_modules", "__pycache__")


class Shelf:
    """The projects of a folder; a project that is opened once stays, with what was read of it.

    Args:
        root: the folder, itself a project or with projects in it.

    Raises:
        DuoyinError: there is no such folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        if not self.root.is_dir():
            raise DuoyinError(
                "there is no such folder", where=str(root), hint="Name a project or a folder of projects."
            )
        self._books: dict[str, Book] = {}

    def books(self) -> list[Book]:
        """Every project that is there now, by name."""
        found = [self._book(folder) for folder in sorted(_projects(self.root))]
        return found[:MOST_PROJECTS]

    def find(self, book_id: str) -> Book | None:
        """A project by its id; None where no such one is there."""
        book = self._books.get(book_id)
        if book is not None and (book.folder / SETTINGS_FILE).is_file():
            return book
        return next((book for book in self.books() if book.id == book_id), None)

    def _book(self, folder: Path) -> Book:
        name = folder.relative_to(self.root).as_posix()
        book_id = hashlib.sha256(os.fsencode(name)).hexdigest()[:12]
        if book_id not in self._books:
            self._books[book_id] = Book(book_id, folder, name if name != "." else folder.name)
        return self._books[book_id]


def _projects(root: Path, depth: int = DEPTH) -> Iterator[Path]:
    """The project folders in a folder, itself among them; what a link leads to outside of it is none of them."""
    if (root / SETTINGS_FILE).is_file():
        yield root
        return
    if not depth:
        return
    try:
        entries = list(os.scandir(root))
    except OSError:
        return  # a folder that may not be read holds nothing for us
    for entry in entries:
        if entry.name.startswith(".") or entry.name in PASSED_OVER:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _projects(Path(entry.path), depth - 1)


def title_of(book: Book) -> str:
    """What a book is called: its settings' title, that of what was made of it, else its file's name."""
    try:
        settings = open_project(book.folder).settings
    except DuoyinError:
        return book.name
    told = settings.title or (book.facts() or {}).get("title")
    return str(told or (Path(settings.source).stem if settings.source else book.name))

"""Runs of the projects of a folder: started, stopped, queued and looked at.

A run is a process of its own, the same command that a person would type; it outlives the page and the studio. All that
is known of it stands in the project's own run journal.
"""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.sources import is_subtitle
from flows.studio.book import Book, Stamp, stamp_of
from flows.studio.planned import Planned, Start
from flows.studio.shelf import Shelf, title_of
from flows.workspace.project import Project, locked, open_project
from flows.workspace.runs import Run, last_run, note_start, note_stop, past_runs
from flows.workspace.settings import Settings
from normalizers import DuoyinError

MOST_PAST = 40
"""Ended runs that are shown of all projects together."""


class Jobs:
    """The runs of a shelf's projects; one at a time is started from here, the others wait their turn.

    Args:
        command: what is run for a product and a folder; None: the same that a person would type.
    """

    def __init__(self, shelf: Shelf, command: Callable[[str, Path], list[str]] | None = None) -> None:
        self.shelf = shelf
        self._command = command or _as_typed
        self.planned = Planned(shelf.root)
        self._starting = threading.Lock()
        self._children: list[subprocess.Popen[bytes]] = []
        self._named: dict[str, tuple[Stamp, dict[str, str]]] = {}

    # -- what is done ------------------------------------------------------------------------------

    def start(self, book: Book) -> Run | None:
        """Make a book now; None where it has to wait its turn, as another run is at work.

        Raises:
            DuoyinError: it is being made already, or cannot be.
        """
        with self._starting:
            if (run := last_run(bare(book))) is not None and run.at_work:
                raise DuoyinError("this is being made already", where=str(book.folder))
            project = open_project(book.folder)  # better an error now than a run that ends with it
            if self._somebody_works():
                if all(start.book != book.id or not start.queued for start in self.planned.all()):
                    self.planned.add(book.id)
                return None
            return self._launch(project)

    def stop(self, book: Book) -> None:
        """Stop the run of a book, as Ctrl-C does: what is made is kept. Raises `DuoyinError` where none is at work."""
        run = last_run(bare(book))
        if run is None or not run.at_work:
            raise DuoyinError("nothing is being made here", where=str(book.folder))
        if run.host != platform.node():
            raise DuoyinError(f"this runs on another machine, {run.host}", hint="Stop it there.")
        note_stop(bare(book))
        os.kill(run.pid, signal.SIGINT)

    def look(self, now: datetime | None = None) -> None:
        """Start what is to begin by now, if nothing else is at work. Called every second."""
        self._children = [child for child in self._children if child.poll() is None]
        self.planned.come(now or datetime.now())
        with self._starting:
            if not any(start.queued for start in self.planned.all()) or self._somebody_works():
                return
            start = self.planned.take()
            if start is None:
                return
            book = self.shelf.find(start.book)
            try:
                if book is None:
                    raise DuoyinError("the project is not there any more")
                self._launch(open_project(book.folder))
            except (DuoyinError, OSError) as error:
                self.planned.failed(start, str(error))

    def _launch(self, project: Project) -> Run:
        product = product_of(project)
        with locked(project), project.run_log_file.open("wb") as log:
            child = subprocess.Popen(
                self._command(product, project.folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # it goes on when the studio ends
            )
            self._children.append(child)
            return note_start(project, product, child.pid)

    def _somebody_works(self) -> bool:
        return any((run := last_run(bare(book))) is not None and run.at_work for book in self.shelf.books())

    # -- what is seen ------------------------------------------------------------------------------

    def run_of(self, book: Book) -> dict[str, Any] | None:
        """The run of a book that is at work or was the last, with its place in line; None where there was none."""
        run = last_run(bare(book))
        return None if run is None else self._run(book, run)

    def seen(self) -> dict[str, Any]:
        """All runs of the shelf: at work, waiting, ended."""
        books = self.shelf.books()
        titles = {book.id: self._names(book) for book in books}
        at_work: list[dict[str, Any]] = []
        past: list[dict[str, Any]] = []
        for book in books:
            if (run := last_run(bare(book))) is not None and run.at_work:
                at_work.append(self._run(book, run))
            past.extend(self._run(book, run) for run in past_runs(bare(book)))
        past.sort(key=lambda row: str(row["began"]), reverse=True)
        return {
            "books": [{"id": book.id, **titles[book.id]} for book in books],
            "running": at_work,
            "waiting": [_waiting(start, titles) for start in self.planned.all()],
            "past": past[:MOST_PAST],
        }

    def _run(self, book: Book, run: Run) -> dict[str, Any]:
        took = datetime.fromisoformat(run.told) - datetime.fromisoformat(run.began)
        row = {
            **asdict(run),
            "book": book.id,
            "title": self._names(book)["title"],
            "took": took.total_seconds(),
        }
        hidden = ("pid", "process", "host", "result")
        return {**{name: value for name, value in row.items() if name not in hidden}, "at_work": run.at_work}

    def product(self, book: Book) -> str:
        """`audiobook` or `dub`; "" where its settings cannot be read."""
        return self._names(book)["product"]

    def _names(self, book: Book) -> dict[str, str]:
        """Title and product of a book, read again when its settings change."""
        stamp = stamp_of([bare(book).settings_file])
        known = self._named.get(book.id)
        if known is None or known[0] != stamp:
            try:
                product = product_of(open_project(book.folder))
            except DuoyinError:
                product = ""  # what is wrong with the settings is told where they are needed
            known = self._named[book.id] = (stamp, {"title": title_of(book), "product": product})
        return known[1]


def _as_typed(product: str, folder: Path) -> list[str]:
    return [sys.executable, "-m", "flows.cli", product, str(folder)]


def bare(book: Book) -> Project:
    """The project of a book for the paths in it that no setting decides: settings that cannot be read hide no run."""
    return Project(book.folder, Settings())


def product_of(project: Project) -> str:
    """What is made of a project. Raises `DuoyinError` where it names no source."""
    return "dub" if is_subtitle(project.source) else "audiobook"


def _waiting(start: Start, titles: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    state = (
        "failed" if start.problem else "queued" if start.queued else "missed" if not start.at else "planned"
    )
    return {**asdict(start), "title": titles.get(start.book, {}).get("title", ""), "state": state}

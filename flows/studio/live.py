"""What changes on the disk, told to the pages that are open."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool

from flows.studio.book import Book
from normalizers import DuoyinError

LOOK_SECONDS = 0.5
"""Between two looks at the files of a book that somebody has open."""
QUIET_SECONDS = 20.0
"""After so long without news a sign of life goes out, so that a lost page is noticed."""
MOST_STREAMS = 64
"""Pages that may listen at once; a browser gives a machine six."""
MOST_WAITING = 256
"""News that wait for a page that does not take them; after that it has to read the book anew."""

REREAD = "event: reread\ndata: {}\n\n"
"""Has a page read its book anew."""

Rows = Callable[[Book], list[dict[str, Any]]]


class TooMany(Exception):
    """More pages listen than may."""


class Live:
    """Tells open pages what changes, each change once for all of them.

    Args:
        rows: what the page shows of a book.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._pages: dict[str, set[asyncio.Queue[str]]] = {}
        self._watching: dict[str, asyncio.Task[None]] = {}
        self._at: dict[str, str] = {}  # the revision that the watch of a book looked at last

    @property
    def streams(self) -> int:
        return sum(len(pages) for pages in self._pages.values())

    def listen(self, book: Book, seen: str = "") -> AsyncGenerator[str, None]:
        """News of a book as server-sent events, until the page leaves. Raises `TooMany`.

        Args:
            seen: the revision that the page shows; where another is there by now, that is the first news.
        """
        if self.streams >= MOST_STREAMS:
            raise TooMany
        queue: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._pages.setdefault(book.id, set()).add(queue)
        if book.id not in self._watching:
            self._watching[book.id] = asyncio.get_running_loop().create_task(self._watch(book))
        return self._news(book, queue, seen)

    async def _news(self, book: Book, queue: asyncio.Queue[str], seen: str) -> AsyncGenerator[str, None]:
        try:
            yield ": here\n\n"
            # what changes between a page's reading and the first look of its watch would be nobody's news
            while seen and book.id not in self._at:
                await asyncio.sleep(LOOK_SECONDS / 10)
            if seen and seen != self._at[book.id]:
                yield REREAD
            while True:
                try:
                    yield await asyncio.wait_for(queue.get(), QUIET_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            pages = self._pages.get(book.id, set())
            pages.discard(queue)
            if not pages:
                self._pages.pop(book.id, None)
                self._at.pop(book.id, None)
                if watch := self._watching.pop(book.id, None):
                    watch.cancel()

    def tell(self, book_id: str, event: str, data: Mapping[str, Any]) -> None:
        """Tell every page that has a book open."""
        text = f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
        for queue in self._pages.get(book_id, ()):
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                text = REREAD
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(text)

    async def _watch(self, book: Book) -> None:
        """Look at the files of a book for as long as somebody listens."""
        stamp, before = await run_in_threadpool(self._look, book, "")
        while True:
            self._at[book.id] = stamp
            await asyncio.sleep(LOOK_SECONDS)
            now, rows = await run_in_threadpool(self._look, book, stamp)
            if rows is None or before is None:
                before = rows or before
                stamp = now
                continue
            stamp = now
            if [row["id"] for row in rows] != [row["id"] for row in before]:
                self.tell(book.id, "reread", {})
            elif changed := [row for row, old in zip(rows, before) if row != old]:
                self.tell(book.id, "lines", {"lines": changed})
            before = rows

    def _look(self, book: Book, stamp: str) -> tuple[str, list[dict[str, Any]] | None]:
        """The stamp of a book's files, and its rows where that is another than the one that is known."""
        try:
            shown = book.shown()
        except DuoyinError:
            return stamp, None  # the next reading of the page tells what is wrong with the settings
        now = shown.revision
        return now, self._rows(book) if now != stamp else None

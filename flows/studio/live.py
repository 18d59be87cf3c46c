"""What changes on the disk, told to the pages that are open."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool

from flows.studio.book import Book, Shown
from normalizers import DuoyinError

LOOK_SECONDS = 0.5
"""Between two looks at the files of a book that somebody has open."""
QUIET_SECONDS = 20.0
"""After so long without news a sign of life goes out, so that a lost page is noticed."""
MOST_STREAMS = 64
"""Pages that may listen at once; a browser gives a machine six."""
MOST_WAITING = 256
"""News that wait for a page that does not take them; after that it has to read the book anew."""

END = ""
"""After it nothing comes."""
REREAD = "event: reread\ndata: {}\n\n"
"""Has a page read its book anew."""

Seen = tuple[Shown, list[dict[str, Any]]]
"""A book as it was looked at, and its rows."""


class TooMany(Exception):
    """More pages listen than may."""


class _Watch:
    """Looks at the files of a book for as long as pages listen.

    Attributes:
        pages: the news that wait for each page.
        looked: set once the files were looked at. revision: of the book, as it was then.
    """

    def __init__(self, book: Book, see: Callable[[Book], Seen]) -> None:
        self._book = book
        self._see = see
        self.pages: set[asyncio.Queue[str]] = set()
        self.looked = asyncio.Event()
        self.revision = ""
        self._task = asyncio.get_running_loop().create_task(self._watch())

    def end(self) -> None:
        self._task.cancel()

    async def _watch(self) -> None:
        before = await run_in_threadpool(self._look)
        self.revision = before[0].revision if before else ""
        self.looked.set()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = await run_in_threadpool(self._look)
            if now is None or now[0].revision == self.revision:
                continue
            self.revision = now[0].revision
            if before is not None:
                self._tell_what_changed(before[1], *now)
            before = now

    def _look(self) -> Seen | None:
        try:
            return self._see(self._book)
        except DuoyinError:
            return None  # the next reading of the page tells what is wrong with the settings

    def _tell_what_changed(
        self, before: Sequence[dict[str, Any]], shown: Shown, rows: Sequence[dict[str, Any]]
    ) -> None:
        others = [(row, old) for row, old in zip(rows, before) if row is not old]
        if len(rows) != len(before) or any(row["id"] != old["id"] for row, old in others):
            self._tell("reread", {})
        elif changed := [row for row, old in others if row != old]:
            self._tell("lines", {"lines": changed, "sequence": shown.sequence})

    def _tell(self, event: str, data: Mapping[str, Any]) -> None:
        self.send(f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n", REREAD)

    def send(self, news: str, crowded: str) -> None:
        """Tell every page; `crowded`: what a page hears instead that has not taken what came before."""
        for queue in self.pages:
            text = news
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                text = crowded
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(text)


class Live:
    """Tells open pages what changes, each change once for all of them.

    Args:
        see: looks at a book as its page shows it.
    """

    def __init__(self, see: Callable[[Book], Seen]) -> None:
        self._see = see
        self._watches: dict[str, _Watch] = {}

    @property
    def streams(self) -> int:
        return sum(len(watch.pages) for watch in self._watches.values())

    def listen(self, book: Book, seen: str = "") -> AsyncGenerator[str, None]:
        """News of a book as server-sent events, until the page leaves. Raises `TooMany`.

        Args:
            seen: the revision that the page shows; where another is there by now, that is the first news.
        """
        if self.streams >= MOST_STREAMS:
            raise TooMany
        if book.id not in self._watches:
            self._watches[book.id] = _Watch(book, self._see)
        watch = self._watches[book.id]
        queue: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        watch.pages.add(queue)
        return self._news(book.id, watch, queue, seen)

    def end(self) -> None:
        """Let every page go."""
        for watch in self._watches.values():
            watch.send(END, END)

    async def _news(
        self, book: str, watch: _Watch, queue: asyncio.Queue[str], seen: str
    ) -> AsyncGenerator[str, None]:
        try:
            yield ": here\n\n"
            # what changes between a page's reading and the first look of its watch would be nobody's news
            await watch.looked.wait()
            if seen and seen != watch.revision:
                yield REREAD
            while True:
                try:
                    news = await asyncio.wait_for(queue.get(), QUIET_SECONDS)
                except TimeoutError:
                    news = ": still here\n\n"
                if news == END:
                    return
                yield news
        finally:
            watch.pages.discard(queue)
            if not watch.pages:
                watch.end()
                del self._watches[book]

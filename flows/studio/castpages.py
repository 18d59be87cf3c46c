"""The cast of a book on a page: who speaks how much in which voice, and what the series has of it."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flows.casting import castfile
from flows.casting.castfile import CastEntry
from flows.script.edit import Change
from flows.studio.answers import json_of, page
from flows.studio.book import Book
from flows.studio.editing import Editor
from flows.studio.journal import Kind
from flows.studio.people import people, series_voices
from flows.studio.shelf import title_of


class CastPages:
    """The pages of the cast.

    Args:
        book: the book that an address names. editor: who edits it.
    """

    def __init__(self, book: Callable[[Request], Book], editor: Callable[[Book], Editor]) -> None:
        self._book = book
        self._editor = editor

    def routes(self) -> list[Route]:
        """Their addresses."""
        here = "/book/{book}"
        return [
            Route(f"{here}/cast", self.cast),
            Route(f"{here}/revoice", self.revoice, methods=["POST"]),
            Route(f"{here}/series", self.for_the_series, methods=["POST"]),
        ]

    def cast(self, request: Request) -> Response:
        book = self._book(request)
        project = book.project
        return page(
            request, "cast.html", book=book, title=title_of(book), people=people(project, book.shown()),
            series=project.series_cast_file is not None, given=project.cast_file.is_file(),
        )  # fmt: skip

    async def revoice(self, request: Request) -> Response:
        """Give a character another voice: `{"name", "voice"}`."""
        book, data = self._book(request), await json_of(request)
        name, voice = str(data.get("name", "")), str(data.get("voice", ""))
        change = Change(name, "voice", castfile.load(book.project.cast_file).voice_of(name), voice)
        await run_in_threadpool(self._editor(book).edit, Kind.CAST, [change])
        lines = sum(line.field("speaker") == name for line in book.shown().written.lines)
        return JSONResponse({"count": lines})

    async def for_the_series(self, request: Request) -> Response:
        """Have a character's voice in all volumes that do not say otherwise: `{"name", "voice"}`."""
        book, data = self._book(request), await json_of(request)
        name, voice = str(data.get("name", "")), str(data.get("voice", ""))
        entries = [entry for entry in castfile.load(book.project.cast_file).entries if entry.name == name]
        before = series_voices(book.project, entries or [CastEntry(name)]).get(name)
        change = Change(name, "voice", before, voice)
        await run_in_threadpool(self._editor(book).edit, Kind.SERIES, [change])
        return JSONResponse({"name": name, "voice": voice})

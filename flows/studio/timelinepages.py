"""The timeline of a dub on the page: its lines, whether a wording fits, the picture and the shape of its sound."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from flows.making.report.cues import dub_view
from flows.making.report.pagewords import page_words
from flows.mastering.dub.sync import SYNC_CLASSES
from flows.studio.answers import LANGUAGE, json_of, page, words_of
from flows.studio.book import Book, stamp_of
from flows.studio.shelf import title_of
from flows.studio.timeline import Timeline, original, read_timeline, seen, shape


class TimelinePages:
    """The pages of dubs.

    Args:
        book: the book that an address names.
    """

    def __init__(self, book: Callable[[Request], Book]) -> None:
        self._book = book
        self._kept: tuple[str, object, Timeline] | None = None

    def routes(self) -> list[Route]:
        """Their addresses."""
        here = "/book/{book}"
        return [
            Route(f"{here}/timeline", self.page),
            Route(f"{here}/timeline/lines", self.lines),
            Route(f"{here}/timeline/try", self.tried, methods=["POST"]),
            Route(f"{here}/original", self.picture),
            Route(f"{here}/original/shape", self.shape),
        ]

    def page(self, request: Request) -> Response:
        book = self._book(request)
        facts = book.facts()
        words = page_words(words_of(request.headers, request.cookies.get(LANGUAGE)).lang)
        view = None
        if facts is not None and facts.get("kind") == "dub":
            try:
                view = dub_view(facts, words)
            except (KeyError, TypeError, ValueError):
                view = None  # a report of another version: nothing is said of it
        return page(
            request, "timeline.html", book=book, title=title_of(book), view=view, classes=list(SYNC_CLASSES)
        )

    def lines(self, request: Request) -> Response:
        book = self._book(request)
        shown = book.shown()
        return JSONResponse(seen(book, shown, self._timeline(book)))

    async def tried(self, request: Request) -> Response:
        """Whether a line fits with other words: `{"line", "text"}`."""
        book, data = self._book(request), await json_of(request)
        return JSONResponse(await run_in_threadpool(self._tried, book, data))

    def _tried(self, book: Book, data: dict[str, Any]) -> dict[str, Any]:
        return self._timeline(book).tried(str(data.get("line", "")), str(data.get("text", "")))

    def _timeline(self, book: Book) -> Timeline:
        """The timeline of a book, read again when a file of it changes: a wording is tried at every letter."""
        project, shown = book.project, book.shown()
        files = (project.settings_file, project.dub_file, project.existing_source, project.timeline_file)
        stamp = (shown.revision, stamp_of((*files, project.forecast_file)))
        if self._kept is None or self._kept[:2] != (book.id, stamp):
            self._kept = (book.id, stamp, read_timeline(project, shown))
        return self._kept[2]

    def picture(self, request: Request) -> Response:
        file = original(self._book(request).project)
        if file is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return FileResponse(file)

    def shape(self, request: Request) -> Response:
        return Response(shape(self._book(request).project), media_type="application/octet-stream")

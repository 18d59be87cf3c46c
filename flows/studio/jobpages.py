"""Runs on the page: what runs, what waits, what ended, and the buttons that change it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flows.studio.answers import json_of, page, said_again
from flows.studio.book import Book
from flows.studio.deployments import Server, configured
from flows.studio.jobs import Jobs, product_of
from flows.workspace.daytime import next_time
from flows.workspace.project import open_project
from normalizers import DuoyinError

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""Between two looks at what is to begin."""
RUN_ID = re.compile(r"[0-9a-f-]{36}")


class JobPages:
    """The page of runs.

    Args:
        book: the book that an address names.
    """

    def __init__(self, jobs: Jobs, book: Callable[[Request], Book]) -> None:
        self.jobs = jobs
        self._book = book

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("/jobs", self.page),
            Route("/jobs/state", self.state),
            Route("/jobs/start", self.start, methods=["POST"]),
            Route("/jobs/stop", self.stop, methods=["POST"]),
            Route("/jobs/drop", self.drop, methods=["POST"]),
            Route("/jobs/cancel", self.cancel, methods=["POST"]),
            Route("/jobs/night", self.night, methods=["POST"]),
            Route("/book/{book}/run", self.run),
        ]

    async def watch(self) -> None:
        """Start what is planned, for as long as the studio is open."""
        told = ""
        while True:
            try:
                await run_in_threadpool(self.jobs.look)
                told = ""
            except DuoyinError as error:  # a folder that takes no files now: what waits still stands there
                if str(error) != told:
                    logger.warning("planned runs could not be looked for: %s", error)
                told = str(error)
            await asyncio.sleep(LOOK_SECONDS)

    def page(self, request: Request) -> Response:
        return page(request, "jobs.html")

    def state(self, request: Request) -> Response:
        server, seen = configured(), self.jobs.seen()
        for rows in ("running", "waiting", "past"):
            seen[rows] = [_said_again(request, row) for row in seen[rows]]
        planned = _said_again(request, server.seen()) if server is not None else None
        return JSONResponse({**seen, "server": planned})

    def run(self, request: Request) -> Response:
        run = self.jobs.run_of(self._book(request))
        return JSONResponse({"run": _said_again(request, run) if run is not None else None})

    async def start(self, request: Request) -> Response:
        """Make a book: `{"book", "at": "01:00" or "", "daily", "server": true where the server is to do it}`."""
        data = await json_of(request)
        return JSONResponse(await run_in_threadpool(self._start, data))

    def _start(self, data: dict[str, Any]) -> dict[str, Any]:
        book, at = self._named(data), str(data.get("at") or "")
        if data.get("server"):
            project = open_project(book.folder)
            moment = next_time(at, datetime.now()) if at else None
            _server().submit(product_of(project), book.folder, moment)
            return {"state": "submitted"}
        if at:
            return {
                "state": "planned",
                "at": self.jobs.planned.add(book.id, at=at, daily=bool(data.get("daily"))).at,
            }
        run = self.jobs.start(book)
        return {"state": "started" if run is not None else "queued"}

    async def stop(self, request: Request) -> Response:
        """Stop the run of a book: `{"book"}`."""
        data = await json_of(request)
        await run_in_threadpool(self.jobs.stop, self._named(data))
        return JSONResponse({"state": "stopping"})

    async def drop(self, request: Request) -> Response:
        """Plan a start no more: `{"start"}`."""
        data = await json_of(request)
        await run_in_threadpool(self.jobs.planned.drop, str(data.get("start", "")))
        return JSONResponse({"state": "dropped"})

    async def cancel(self, request: Request) -> Response:
        """Stop a run of the Prefect server, or plan it no more: `{"run"}`."""
        data = await json_of(request)
        run = str(data.get("run", ""))
        if not RUN_ID.fullmatch(run):
            raise DuoyinError("there is no such run")
        await run_in_threadpool(_server().cancel, run)
        return JSONResponse({"state": "cancelled"})

    async def night(self, request: Request) -> Response:
        """Switch the nightly run of the Prefect server: `{"schedule", "active", "clock"}`."""
        data = await json_of(request)
        schedule, clock = str(data.get("schedule", "")), str(data.get("clock", ""))
        active = data.get("active") is True
        await run_in_threadpool(lambda: _server().change_night(schedule, active=active, clock=clock))
        return JSONResponse({"state": "on" if active else "off"})

    def _named(self, data: dict[str, Any]) -> Book:
        book = self.jobs.shelf.find(str(data.get("book", "")))
        if book is None:
            raise DuoyinError("there is no such project")
        return book


def _said_again(request: Request, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the page with what is wrong in the language of the person who asks."""
    again = partial(said_again, request)
    return {**row, "problem": again(row["problem"]), "warnings": list(map(again, row.get("warnings", ())))}


def _server() -> Server:
    server = configured()
    if server is None:
        raise DuoyinError(
            "no Prefect server is named", hint="docs/how-to/schedule.md tells how to start one."
        )
    return server

"""How the studio answers: pages in the language of the person who asks, data, faults in words."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.staticfiles import StaticFiles

from flows.making.report.page import page_templates
from flows.making.report.pagewords import PageWords, page_words
from flows.script.edit import Conflict
from flows.studio import words as own_words
from flows.studio.asking import Tell
from normalizers import DuoyinError
from normalizers.errors import HINT
from normalizers.languages import primary

STATIC = Path(__file__).with_name("static")
TEMPLATES = Path(__file__).with_name("templates")
LANGUAGE = "duoyin-language"
"""Name of the cookie with the language that a person chose."""
FOR_EVER = "private, max-age=31536000, immutable"
"""What is named by its content never changes."""


@cache
def static_address() -> str:
    """Where the page's own files are: named by their content, so that a browser may keep them."""
    content = hashlib.sha256()
    for file in sorted(STATIC.iterdir()):
        content.update(file.name.encode() + file.read_bytes())
    return f"/static/{content.hexdigest()[:12]}"


class OwnFiles(StaticFiles):
    """Files that are named by their content."""

    def file_response(self, *given: Any, **named: Any) -> Response:
        answer = super().file_response(*given, **named)
        answer.headers["cache-control"] = FOR_EVER
        return answer


def page(request: Request, template: str, status: int = HTTPStatus.OK, **values: Any) -> HTMLResponse:
    """A page in the language of the person who asks."""
    told = partial(said_again, request)
    return _page(request.headers, request.cookies.get(LANGUAGE), template, status, told=told, **values)


def _page(
    headers: Headers, chosen: str | None, template: str, status: int = HTTPStatus.OK, **values: Any
) -> HTMLResponse:
    words = words_of(headers, chosen)
    made = _templates().get_template(template)
    others = [(code, own_words.words(code).texts["name"]) for code in own_words.languages()]
    return HTMLResponse(
        made.render(
            words=words,
            t=words.say,
            n=words.count,
            share=words.percent,
            languages=others,
            reasons=page_words(words.lang),
            **values,
        ),
        status,
    )


def words_of(headers: Headers, chosen: str | None) -> PageWords:
    """The words of the language that a person chose, else of `DUOYIN_LANG`, else their browser's."""
    browser = [part.partition(";")[0] for part in headers.get("accept-language", "").split(",")]
    return own_words.words(own_words.choose([chosen or "", *own_words.told(), *browser]))


def refused(headers: Headers) -> Response:
    return _page(headers, None, "refused.html", HTTPStatus.FORBIDDEN)


async def json_of(request: Request) -> dict[str, Any]:
    """What the page sent. Raises `DuoyinError` for anything but an object."""
    try:
        data = await request.json()
    except (ValueError, RecursionError) as error:
        raise DuoyinError("this is not JSON") from error
    if not isinstance(data, dict):
        raise DuoyinError("an object is expected")
    return data


async def one_by_one(request: Request, work: Callable[[Tell], dict[str, Any]]) -> Response:
    """What work tells while it goes on, and what it comes to, as JSON line by line; the last line is the answer.

    The work is done in a thread and to its end, also when the page that asked has left.

    Args:
        work: gets what it tells to.

    Raises:
        DuoyinError: it failed before it told anything; after that, the last line is what was wrong.
    """
    loop, rows = asyncio.get_running_loop(), asyncio.Queue[Mapping[str, Any] | None]()

    def tell(row: Mapping[str, Any]) -> None:
        loop.call_soon_threadsafe(rows.put_nowait, row)

    async def to_its_end() -> dict[str, Any]:
        try:
            return await run_in_threadpool(work, tell)
        finally:
            rows.put_nowait(None)

    task = loop.create_task(to_its_end())
    _AT_WORK.add(task)
    task.add_done_callback(_AT_WORK.discard)
    first = await rows.get()
    if first is None:
        return JSONResponse(await task)

    async def lines() -> AsyncIterator[str]:
        row: Mapping[str, Any] | None = first
        while row is not None:
            yield _json_line(row)
            row = await rows.get()
        try:
            yield _json_line(await task)
        except DuoyinError as error:
            yield _json_line(_problem(in_words(request, error)))

    return StreamingResponse(lines(), media_type="application/x-ndjson")


_AT_WORK: set[asyncio.Task[dict[str, Any]]] = set()
"""What is under way; the loop itself keeps no hold of it."""


def _json_line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def in_words(request: Request, error: DuoyinError) -> DuoyinError:
    """What is wrong in the language of the person who asks."""
    hint = _translated(request, error.hint) if error.hint else None
    return DuoyinError(_translated(request, error.message), where=error.where, hint=hint)


def said_again(request: Request, text: str) -> str:
    """What was kept in English, an error as it was told or a warning, in the language of the person who asks."""
    return "\n".join(_row_again(request, row) for row in text.split("\n"))


def _row_again(request: Request, row: str) -> str:
    """A row of it: a hint, or a sentence that may have its place before it."""
    if row.startswith(HINT):
        return HINT + _translated(request, row.removeprefix(HINT))
    for mark in re.finditer(": ", row):
        where, message = row[: mark.start()], row[mark.end() :]
        if (again := _translated(request, message)) != message:
            return f"{_translated(request, where)}: {again}"
    return _translated(request, row)


def _translated(request: Request, sentence: str) -> str:
    code = primary(words_of(request.headers, request.cookies.get(LANGUAGE)).lang)
    said: str = request.app.state.translate(code, sentence)
    return said


def _problem(error: DuoyinError) -> dict[str, Any]:
    return {"problem": error.message, "where": error.where, "hint": error.hint}


def _wants_a_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def fault(request: Request, error: Exception) -> Response:
    """A fault that a person can mend: as a page or as data, whichever was asked for."""
    assert isinstance(error, DuoyinError)
    told = in_words(request, error)
    if _wants_a_page(request):
        return page(request, "problem.html", HTTPStatus.CONFLICT, problem=str(told))
    data = _problem(told)
    if isinstance(error, Conflict):
        data["now"] = [
            {"line": line, "field": field, "value": value} for (line, field), value in error.now.items()
        ]
    return JSONResponse(data, HTTPStatus.CONFLICT)


def missing(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
    if _wants_a_page(request):
        return page(request, "problem.html", status, problem="")
    return JSONResponse({"problem": HTTPStatus(status).phrase}, status)


@cache
def _templates() -> Environment:
    made = page_templates(TEMPLATES)
    made.globals.update(static=static_address())
    return made

"""How the studio answers: pages in the language of the person who asks, data, faults in words."""

from __future__ import annotations

import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from flows.making.report.page import page_templates
from flows.making.report.pagewords import PageWords, page_words
from flows.script.edit import Conflict
from flows.studio import words as own_words
from normalizers import DuoyinError

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
    return _page(request.headers, request.cookies.get(LANGUAGE), template, status, **values)


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


def _wants_a_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def fault(request: Request, error: Exception) -> Response:
    """A fault that a person can mend: as a page or as data, whichever was asked for."""
    assert isinstance(error, DuoyinError)
    if _wants_a_page(request):
        return page(request, "problem.html", HTTPStatus.CONFLICT, problem=str(error))
    data: dict[str, Any] = {"problem": error.message, "where": error.where, "hint": error.hint}
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

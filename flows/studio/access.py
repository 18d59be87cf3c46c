"""Who may talk to the studio: one machine, one browser, one page.

A page anywhere on the web can make a browser send requests to 127.0.0.1, and a name can be pointed there (DNS
rebinding). So a request needs a host that is ours, no other origin, the cookie that only the opened address gave, and,
where it changes something, a header that no foreign page can send without asking first.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable, Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL = ("127.0.0.1", "localhost", "[::1]")
MARK = "x-duoyin"
"""Header of every request that changes something."""
MOST_BYTES = 1_000_000
"""Of a request's body where its address has no limit of its own: an edit is a few lines of text."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content security policy of the studio's own pages: nothing inline, nothing from anywhere else."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
"""Of every answer that does not say otherwise itself."""
SAFE = ("GET", "HEAD")


class TooLarge(Exception):
    """More was sent than a request may hold."""


class Access:
    """ASGI middleware that lets only the studio's own page through.

    Args:
        token: of the opened address; the cookie is the same.
        names: host names by which the studio may be called besides this machine's own.
        any_address: whether it may also be called by any IP address, for a studio that other machines reach.
        refused: makes the page for somebody without the cookie, from the request's headers.
        limits: most bytes of a request's body, by address, where that is not `MOST_BYTES`.
        leaving: lets pages go that listen, before the server ends.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        token: str,
        refused: Callable[[Headers], Response],
        names: Iterable[str] = (),
        any_address: bool = False,
        limits: Mapping[str, int] | None = None,
        leaving: Callable[[], None] = lambda: None,
    ) -> None:
        self._app = app
        self.leaving = leaving
        self._limits = limits or {}
        self._token = token
        self._refused = refused
        self._names = {*LOCAL, *(name.lower() for name in names)}
        self._any_address = any_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # no websocket is spoken here
        answer = self._refusal(scope, Headers(scope=scope))
        if answer is not None:
            await answer(scope, receive, _with_headers(send))
            return
        try:
            await self._app(scope, _limited(receive, self._most(scope)), _with_headers(send))
        except TooLarge:
            await too_large()(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """What a request gets that may not come through, or the way in; None where it may."""
        host = headers.get("host", "")
        if not self._is_ours(host):
            return PlainTextResponse("The studio is not called by this name.", 421)
        origin = headers.get("origin")
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            return PlainTextResponse("Other pages may not use the studio.", 403)
        if (
            headers.get("sec-fetch-site") in ("cross-site", "same-site")
            and headers.get("sec-fetch-mode") != "navigate"
        ):
            return PlainTextResponse("Other pages may not use the studio.", 403)
        given = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("token")
        if given is not None and scope["method"] in SAFE:
            return self._let_in(scope, given) if self._is_token(given) else self._refused(headers)
        if not self._is_token(_cookie(headers, cookie_name(host))):
            return self._refused(headers)
        if scope["method"] not in SAFE and headers.get(MARK) is None:
            return PlainTextResponse("Other pages may not use the studio.", 403)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._most(scope):
            return too_large()
        return None

    def _most(self, scope: Scope) -> int:
        return self._limits.get(scope["path"], MOST_BYTES)

    def _is_ours(self, host: str) -> bool:
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if name.lower() in self._names:
            return True
        if not self._any_address:
            return False
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True

    def _is_token(self, given: str | None) -> bool:
        return given is not None and secrets.compare_digest(given.encode(), self._token.encode())

    def _let_in(self, scope: Scope, token: str) -> Response:
        rest = [pair for pair in parse_qsl(scope["query_string"].decode("latin-1")) if pair[0] != "token"]
        # always a path of this host: what begins with two strokes would be another one
        path = "/" + scope["path"].lstrip("/\\")
        answer = RedirectResponse(path + (f"?{urlencode(rest)}" if rest else ""), 303)
        host = Headers(scope=scope).get("host", "")
        answer.set_cookie(cookie_name(host), token, httponly=True, samesite="strict", path="/")
        return answer


def too_large() -> Response:
    """What somebody gets who sends more than may be."""
    return PlainTextResponse("This is more than the studio takes at once.", 413)


def cookie_name(host: str) -> str:
    """Name of the cookie: browsers give the cookies of one port to all others of a machine."""
    port = host.rsplit(":", 1)[-1]
    return f"duoyin-{port if port.isdecimal() else 80}"


def _cookie(headers: Mapping[str, str], name: str) -> str | None:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return None
    return found.value if found is not None else None


def _limited(receive: Receive, most: int) -> Receive:
    """What is received, up to a limit: a length need not be stated, and need not be true."""
    got = 0

    async def limited() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > most:
            raise TooLarge
        return message

    return limited


def _with_headers(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            message = {**message, "headers": headers.raw}
        await send(message)

    return with_headers

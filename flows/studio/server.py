"""The studio on a port of this machine, until it is asked to end."""

from __future__ import annotations

import contextlib
import ctypes
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from flows.studio.access import Access
from flows.studio.app import Studio, make_app
from flows.studio.shelf import Shelf
from flows.studio.words import Translate, as_written
from flows.workspace import stopping
from normalizers import DuoyinError

PORT = 8155
"""Where the studio is looked for first."""
HERE = "127.0.0.1"
TRIES = 20
"""Ports that are tried after `PORT`."""
WAIT_SECONDS = 1
"""Given to open answers at the end: streams have no end of their own."""
MALLOC = {-8: 1, -3: 128 * 1024, -1: 128 * 1024}
"""Of glibc: one arena (M_ARENA_MAX); what is larger is mapped, and so given back when it is freed (M_MMAP_THRESHOLD,
M_TRIM_THRESHOLD). By itself it keeps an arena a thread and raises the threshold to what was freed last: the server of a
book of 20,000 lines, each of whose edits reads and writes 5 MB, then holds 34 MB more."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the studio listens and with which key it is opened."""

    host: str
    port: int
    token: str

    @property
    def url(self) -> str:
        """The address a person opens; the key in it becomes a cookie."""
        host = self.host if self.host not in ("0.0.0.0", "::") else socket.gethostname()
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/?token={self.token}"


def open_studio(
    folder: Path,
    *,
    host: str | None = None,
    port: int | None = None,
    token: str | None = None,
    translate: Translate = as_written,
) -> tuple[socket.socket, Address, Access]:
    """A socket that listens, the address to open and the application for it.

    Args:
        folder: a project, or a folder with projects in it.
        host: None: only this machine. port: None: `PORT`, or the next that is free; 0: any.
        token: None: a new one.
        translate: says what is wrong in the language of a page.

    Raises:
        DuoyinError: no such folder, a host without a token, a port that is taken.
    """
    if host is not None and not token:
        raise DuoyinError(
            "a studio that other machines can reach needs a token of yours",
            where="--host",
            hint="Add --token WORD: whoever has it can read and change your projects.",
        )
    if token is not None and len(token) < 8:
        raise DuoyinError("a token has at least 8 characters", where="--token")
    studio = Studio(Shelf(folder))
    listening = _listen(host or HERE, port)
    address = Address(host or HERE, listening.getsockname()[1], token or secrets.token_urlsafe(24))
    names = {socket.gethostname(), socket.getfqdn(), host} if host is not None else set()
    app = make_app(
        studio,
        token=address.token,
        names=[name for name in names if name],
        any_address=host is not None,
        translate=translate,
    )
    return listening, address, app


def serve(
    listening: socket.socket,
    app: Access,
    begun: Callable[[Callable[[], None]], None],
    *,
    heed_signals: bool = True,
) -> None:
    """Answer until Ctrl-C, or until what `begun` was given is called.

    Args:
        begun: called once, with what ends the studio.
        heed_signals: end at SIGINT and SIGTERM; only in the main thread.
    """
    _hold_little()
    config = uvicorn.Config(
        app, log_level="error", access_log=False, timeout_graceful_shutdown=WAIT_SECONDS, server_header=False
    )
    server = _Server(config, app.leaving)

    def end(*_: object) -> None:
        stopping.leave()  # it ends by itself now: nothing is to be interrupted
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in stopping.SIGNALS if heed_signals}
    try:
        begun(end)
        server.run(sockets=[listening])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _hold_little() -> None:
    """Have the C library give back what is freed, where it is one that can be told."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for parameter, value in MALLOC.items():
            mallopt(parameter, value)


class _Server(uvicorn.Server):
    """Leaves signals to `serve`, and has pages that listen let go first: they would be waited for, then cut off."""

    def __init__(self, config: uvicorn.Config, leaving: Callable[[], None]) -> None:
        super().__init__(config)
        self._leaving = leaving

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._leaving()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int | None) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for wanted in [port] if port is not None else range(PORT, PORT + TRIES):
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, wanted))
        except OSError as error:
            listening.close()
            if port is not None:
                raise DuoyinError(
                    f"the studio cannot listen at {host}, port {port} ({error.strerror or error})",
                    hint="Name another with --port, or leave it out.",
                ) from error
            continue
        listening.listen(128)
        return listening
    raise DuoyinError(f"no port from {PORT} to {PORT + TRIES - 1} is free", hint="Name another with --port.")


def when_told(read: Callable[[], str], end: Callable[[], None]) -> None:
    """Call `end` when somebody types q; what ends without one is left alone."""

    def wait() -> None:
        while line := read():
            if line.strip().lower() == "q":
                end()
                return

    threading.Thread(target=wait, name="studio-keyboard", daemon=True).start()

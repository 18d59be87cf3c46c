"""A book or subtitles brought to the studio by its page: taken in bounded pieces, looked at, and only then a project.

What arrives is written beside the projects under a name of ours, and read once by a process of its own, the same as
`duoyin inspect`: an archive made to fill a machine, or a file that is not what its name says, harms nothing and goes.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flows.sources import SOURCES
from flows.sources.subtitles.formats import SUFFIXES
from flows.studio.shelf import Shelf
from flows.workspace.project import SETTINGS_FILE, create_project
from normalizers import DuoyinError
from tts_core.files import file_name, partial_name

ADDRESS = "/arrive"
MOST_BYTES = 300_000_000
"""Of a file. The largest EPUBs of illustrated novels have a third of it."""
AT_ONCE = 2
"""Files that arrive at the same time; others wait."""
LOOK_SECONDS = 180.0
"""A file that takes longer to be read is none that can be made."""
KINDS = (*SOURCES, *SUFFIXES)
ROOM = 3
"""Times its size that a file needs to be free on the disk."""


class Arrivals:
    """Takes files into the folder of a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._places = asyncio.Semaphore(AT_ONCE)
        self._naming = threading.Lock()

    def routes(self) -> list[Route]:
        """Its address."""
        return [Route(ADDRESS, self.arrive, methods=["PUT"])]

    async def arrive(self, request: Request) -> Response:
        """Take a file, `?name=`, its content the body, and make a project of it; answers with the project's id."""
        wanted = self._wanted(request.query_params.get("name", ""))
        async with self._places:
            partial = partial_name(wanted)
            try:
                await _written(request.stream(), partial)
                return JSONResponse({"book": await run_in_threadpool(self._taken, partial, wanted)})
            except OSError as error:
                raise DuoyinError(f"the file cannot be kept ({error.strerror or error})") from error
            finally:
                with contextlib.suppress(OSError):
                    partial.unlink(missing_ok=True)

    def _wanted(self, name: str) -> Path:
        """Where the first file of that name goes. Raises `DuoyinError` for what is no book and no subtitles."""
        root = self._shelf.root
        if (root / SETTINGS_FILE).is_file():
            raise DuoyinError(
                "the studio is open for one project", hint="Open it for the folder that holds your projects."
            )
        plain = file_name(name.replace("\\", "/").rpartition("/")[2])
        suffix = Path(plain).suffix.lower()
        if suffix not in KINDS or plain.startswith("."):
            raise DuoyinError(
                f"“{plain}” is neither a book nor subtitles", hint=f"{', '.join(sorted(KINDS))} are."
            )
        return root / plain

    def _taken(self, partial: Path, wanted: Path) -> str:
        """Look at a file that arrived, give it its name and make its project; returns the project's id."""
        look = partial.with_name(f"{partial.name}{wanted.suffix}")
        partial.rename(look)
        try:
            _look_at(look)
            with self._naming:  # another one of that name may have come meanwhile
                target = next(place for place in _names(wanted) if not place.exists())
                look.rename(target)
        finally:
            look.unlink(missing_ok=True)
        folder = create_project(target, target.with_name(f"{target.name}.duoyin")).folder
        return next(book.id for book in self._shelf.books() if book.folder == folder)


async def _written(pieces: AsyncIterator[bytes], file: Path) -> None:
    """Write what arrives, as long as the disk has room. Raises `DuoyinError`: it has not, or nothing came."""
    size = 0
    with file.open("wb") as kept:
        async for piece in pieces:
            size += len(piece)
            if size % (1 << 24) < len(piece) and shutil.disk_usage(file.parent).free < ROOM * size:
                raise DuoyinError("the disk has no room for this", hint="Free some space first.")
            await run_in_threadpool(kept.write, piece)
    if not size:
        raise DuoyinError("the file is empty")


def _look_at(file: Path) -> None:
    """Have the file read by a process that may fail. Raises `DuoyinError` with what that says."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "flows.cli", "inspect", str(file), "--json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=LOOK_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise DuoyinError("this file takes too long to read") from error
    if done.returncode:
        told = (
            done.stderr.decode("utf-8", "replace").strip().replace(f"{file}: ", "").replace(str(file), "FILE")
        )
        raise DuoyinError("this file cannot be read", hint=told.removeprefix("duoyin: ")[-600:])


def _names(place: Path) -> Iterator[Path]:
    yield place
    number = 2
    while True:
        yield place.with_name(f"{place.stem} ({number}){place.suffix}")
        number += 1

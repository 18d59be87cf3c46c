"""`duoyin doctor`: what is here, what is missing, and whether takes are safe where a project keeps them."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import Json
from flows.cli.results import Result, show, table
from flows.cli.words import say
from flows.making.engines import default_workers, gpus
from flows.mastering import programs
from normalizers import DuoyinError
from tts_core.models import ModelStore
from tts_core.registry import DEFAULT_ENGINE, describe

FREE_BYTES = 2e9
"""Disk that a book may need."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked for."""

    what: str
    found: str
    ok: bool = True
    otherwise: str = "MISSING"


def doctor(
    project: Annotated[
        Path | None,
        typer.Argument(help="A project folder: eight writers race where its takes are kept, one must win."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print what is installed; exit 1 where something needed is missing."""
    findings = [_python(), _ffmpeg(), *_models(), _device(), _cores(), _disk()]
    if project is not None:
        findings.append(_takes(project))
    rows = [[say("ok" if f.ok else f.otherwise), say(f.what), say(f.found)] for f in findings]
    passed = all(f.ok for f in findings)
    show(Result([asdict(f) for f in findings], table("", ["", "", ""], rows), passed), as_json=as_json)


def _python() -> Finding:
    return Finding("Python", platform.python_version(), sys.version_info >= (3, 11))


def _ffmpeg() -> Finding:
    try:
        used = programs.chosen()
    except DuoyinError as error:
        return Finding("ffmpeg", error.message, ok=False)
    found = f"{used.version} ({used.path})"
    if used.lacks:
        return Finding("ffmpeg", f"{found} {'; '.join(used.lacks)}: pip install -U imageio-ffmpeg", ok=False)
    on_path = shutil.which("ffmpeg")
    other = programs.examined(on_path) if on_path and on_path != used.path else None
    if other is not None and other.lacks:
        found += f"; {other.path}, {other.version}, is not used: it {'; it '.join(other.lacks)}"
    return Finding("ffmpeg", found)


def _models() -> Iterator[Finding]:
    for status in ModelStore().status():
        # the embedded engine's files are needed; the rest comes when asked for
        needed = status.name in describe(DEFAULT_ENGINE).models
        found = f"{status.state}, {status.size / 1e6:.0f} MB, {status.licence}"
        yield Finding(f"model {status.name}", found, status.state == "present" or not needed)


def _device() -> Finding:
    torch = "torch is installed" if find_spec("torch") else "torch is not installed"
    found = gpus()
    return Finding("device", f"{len(found)} GPU ({torch})" if found else f"processor, no GPU ({torch})")


def _cores() -> Finding:
    return Finding("cores", str(default_workers()))


def _takes(folder: Path) -> Finding:
    from flows.workspace.project import open_project
    from tts_core.files import scratch_folder
    from tts_core.take_race import WRITERS, race

    place = open_project(folder).takes.place
    what = f"takes in {place}"
    try:
        with scratch_folder() as scratch:
            raced = race(place, scratch)
    except DuoyinError as error:
        return Finding(what, str(error), ok=False)
    told = f"{WRITERS} writers at once, one of them wins: {raced.kept} of {raced.keys} times"
    if not raced.trusted:
        told += "; takes of several hosts overwrite each other there: choose another disk or server"
    return Finding(
        what, f"{told}; a write takes {1000 * raced.write_seconds:.0f} ms", raced.trusted, otherwise="UNSAFE"
    )


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    return Finding("free disk here", f"{free / 1e9:.1f} GB", free > FREE_BYTES)

"""`duoyin doctor`: what is here and what is missing."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from flows.cli.options import Json
from flows.cli.results import Result, show, table
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


def doctor(as_json: Json = False) -> None:
    """Print what is installed; exit 1 where something needed is missing."""
    findings = [_python(), _ffmpeg(), *_models(), _device(), _cores(), _disk()]
    rows = [["ok" if f.ok else "MISSING", f.what, f.found] for f in findings]
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


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    return Finding("free disk here", f"{free / 1e9:.1f} GB", free > FREE_BYTES)

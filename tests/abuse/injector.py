"""Faults at the n-th file operation of a run: the library of `injector.c`, built once and told what to do.

The library must be in the process from its start (`LD_PRELOAD`): `python -m tests.abuse` starts itself again with it.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from pathlib import Path

from tts_core.pool import SINGLE_THREAD

SOURCE = Path(__file__).with_suffix(".c")
PRELOAD = "ABUSE_LIBRARY"
"""Environment variable: the library that this process was started with; "" where none could be built."""
PLAN = "ABUSE_PLAN"
_LAYOUT = struct.Struct("=6i2q2048s2048s")
_ARMED = 5 * 4
_COUNT = 6 * 4 + 8


class Action(IntEnum):
    """What happens at the operation."""

    COUNT = 0
    KILL = 1
    FAIL = 2
    STALL = 3
    TEAR = 4
    JUMP = 5


class Kind(IntFlag):
    """Operations that count. CREATE: opened to be written; NAME: renamed, removed, a folder made."""

    OPEN = 1
    CREATE = 2
    READ = 4
    WRITE = 8
    SYNC = 16
    NAME = 32


CHANGES = Kind.CREATE | Kind.WRITE | Kind.SYNC | Kind.NAME
"""Operations that change what is on the disk."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to a run.

    Args:
        action: at the operation `at` (from 1; 0 is never) of the kinds `kinds`.
        error: `errno` of an operation that fails; the seconds by which the wall clock jumps.
        lasting: every later operation fares the same.
    """

    action: Action = Action.COUNT
    kinds: Kind = CHANGES
    at: int = 0
    error: int = 0
    lasting: bool = False


class Plan:
    """A fault, shared with the processes of one run.

    Args:
        file: where it is kept. below: the folder whose files count. fault: what to do.
    """

    def __init__(self, file: Path, below: Path, fault: Fault) -> None:
        self.file = file
        file.write_bytes(
            _LAYOUT.pack(
                fault.action,
                fault.kinds,
                fault.error,
                fault.lasting,
                0,
                0,
                fault.at,
                0,
                os.fsencode(f"{below}/"),
                b"",
            )
        )

    def arm(self) -> None:
        """Begin, in a process that leads a group of its own and has the library; its programs take part."""
        os.environ[PLAN] = str(self.file)
        with self.file.open("rb+") as file, mmap.mmap(file.fileno(), _LAYOUT.size) as shared:
            struct.pack_into("=2i", shared, _ARMED - 4, os.getpid(), 1)
        if ctypes.CDLL(os.environ[PRELOAD]).abuse_plan(os.fsencode(self.file)):
            raise OSError(f"cannot map {self.file}")

    @property
    def count(self) -> int:
        """Operations counted so far."""
        return int(struct.unpack_from("=q", self.file.read_bytes(), _COUNT)[0])

    @property
    def hit(self) -> str:
        """The operation that was struck: its kind and file; '' where none was."""
        return os.fsdecode(_LAYOUT.unpack(self.file.read_bytes())[-1].rstrip(b"\0"))


def build(folder: Path) -> Path | None:
    """Compile the library into a folder; None where there is no compiler, or no Linux."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        return None
    library = folder / "injector.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    return library


def start_again(module: str, arguments: list[str]) -> int:
    """Run a module once more, without threads, as it forks, and with the library where one can be built.

    Returns: its exit code.
    """
    with tempfile.TemporaryDirectory(prefix="abuse-") as folder:
        library = build(Path(folder))
        environment = {**os.environ, **SINGLE_THREAD, PRELOAD: str(library or "")}
        if library is not None:
            environment["LD_PRELOAD"] = str(library)
        return subprocess.run(
            [sys.executable, "-m", module, *arguments], env=environment, check=False
        ).returncode


def started() -> bool:
    """Whether this process was started by `start_again`."""
    return PRELOAD in os.environ


def present() -> bool:
    """Whether this process can have faults."""
    return bool(os.environ.get(PRELOAD))

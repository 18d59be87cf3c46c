"""What a process holds, and what of it can go."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

_DONTNEED = 4  # of madvise(2) on Linux


def release_code(library: Path) -> None:
    """Let go of the pages of a library's code that this process has read: what runs again is read again from its file.

    For libraries that a start alone needs. Other systems than Linux keep them.
    """
    if sys.platform != "linux":
        return
    system = ctypes.CDLL(None)
    for start, end in list(_code_of(library)):
        system.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _DONTNEED)


def _code_of(library: Path) -> Iterator[tuple[int, int]]:
    """Where the code of a library lies in memory: pages that nobody can have written to."""
    for row in Path("/proc/self/maps").read_text("utf-8", "replace").splitlines():
        place, allowed, _, _, _, *name = row.split(maxsplit=5)
        if allowed == "r-xp" and name == [str(library)]:
            start, _, end = place.partition("-")
            yield int(start, 16), int(end, 16)


def most_held() -> int:
    """Bytes that this process held at most; what it holds now where the system does not tell."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return int(psutil.Process().memory_info().rss)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

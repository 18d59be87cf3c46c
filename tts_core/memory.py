"""What a process held."""

from __future__ import annotations

import sys

import psutil


def most_held() -> int:
    """Bytes that this process held at most; what it holds now where the system does not tell."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return int(psutil.Process().memory_info().rss)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

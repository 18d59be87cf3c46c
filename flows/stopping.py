"""Ctrl-C and SIGTERM, remembered.

Python raises `KeyboardInterrupt` wherever the main thread happens to be. Where that is a callback of the garbage collector or of a library,
the exception is printed and lost, and the run would go on. So the wish is kept, and long loops look at it.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

_asked = threading.Event()


def listen() -> None:
    """From now on SIGINT and SIGTERM raise `KeyboardInterrupt` in the main thread, and are remembered."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ask)


def check() -> None:
    """Raise `KeyboardInterrupt` if a signal came since `listen`, whatever became of its exception."""
    if _asked.is_set():
        raise KeyboardInterrupt


def _ask(number: int, frame: FrameType | None) -> None:
    _asked.set()
    raise KeyboardInterrupt

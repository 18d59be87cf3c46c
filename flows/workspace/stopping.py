"""Ctrl-C and SIGTERM, obeyed within seconds whatever the run is doing.

Python raises `KeyboardInterrupt` wherever the main thread happens to be. Where that is a finalizer, a
callback of the garbage collector or a careless `except`, the exception is lost, and the run would go on for
hours. So a signal is a wish that is repeated until it is heeded: a thread watches the exception, which
somebody holds for as long as it is on its way up. When nobody does any more and the command has not ended, it
is raised once more. That reaches every stage there is, and no room of the house has to know of it.

A stop that takes too long is interrupted itself; at the very last the process just ends, which costs what a
`kill -9` costs: what was in hand.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
LOOK_SECONDS = 0.25
"""Between two looks at a stop that was asked for."""
LOST_LOOKS = 3
"""Looks that see nobody stop, after which the wish counts as lost: handing an exception on takes no time,
reporting it to a server some."""
PATIENCE_SECONDS = 5.0
"""A stop under way may tidy up for so long before it is interrupted."""
LAST_SECONDS = 20.0
"""After so long the process ends as it stands: the main thread is somewhere where Python cannot reach it."""


class Stopped(KeyboardInterrupt):
    """A wish to stop, on its way up. While it is, somebody holds it; that is how its loss is noticed."""

    def __init__(self) -> None:
        super().__init__()
        _under_way.add(self)


@dataclass(slots=True)
class _Wish:
    """Plain truths rather than events: a handler may come in the middle of another, and must wait for no lock."""

    asked: bool = False
    insisted: bool = False
    heeded: bool = False


_wish = _Wish()
_leaving = threading.Event()
_under_way: weakref.WeakSet[Stopped] = weakref.WeakSet()
_news, _ears = socket.socketpair()


def listen(at_last: Callable[[], None]) -> None:
    """From now on SIGINT and SIGTERM raise `KeyboardInterrupt` in the main thread until `leave` is called.

    Args:
        at_last: ends the process; called from another thread when the main thread did not come to its end in
            `LAST_SECONDS`.
    """
    for end in (_news, _ears):
        end.setblocking(end is _ears)
    for number in SIGNALS:
        signal.signal(number, _raise)
    # Python notes the number of a signal here before any handler runs. Prefect has its own handler for
    # SIGTERM while a flow runs, and ours would not hear of an exception that is lost there.
    signal.set_wakeup_fd(_news.fileno(), warn_on_full_buffer=False)
    sys.unraisablehook = _tell_what_is_lost
    threading.Thread(target=_watch, args=(at_last,), name="stopping", daemon=True).start()


def check() -> None:
    """Raise `KeyboardInterrupt` if a signal came since `listen`: for loops and for whoever is told of
    progress, in any thread."""
    if _wish.asked:
        raise Stopped


def asked() -> bool:
    """Whether a signal came since `listen`: whatever goes wrong after it is its doing."""
    return _wish.asked


def leave() -> None:
    """The wish was heeded: the command is ending, nothing is to be interrupted any more."""
    _wish.heeded = True  # first: what comes in the middle of the next line changes nothing any more
    _leaving.set()


def _raise(number: int, frame: FrameType | None) -> None:
    with contextlib.suppress(BlockingIOError):  # full of news is as good
        _news.send(bytes([number]))  # a library may have taken the place where Python notes signals
    _wish.asked = True
    if _wish.heeded:
        return
    if len(_under_way) and not _wish.insisted:
        return  # a second Ctrl-C must not interrupt the tidying up after the first
    _wish.insisted = False
    raise Stopped


def _tell_what_is_lost(lost: sys.UnraisableHookArgs, /) -> None:
    """Python tells what is raised in a finalizer; a wish to stop is no fault, and is raised again."""
    if not issubclass(lost.exc_type, Stopped):
        sys.__unraisablehook__(lost)


def _watch(at_last: Callable[[], None]) -> None:
    while _ears.recv(1)[0] not in SIGNALS:
        pass
    _wish.asked = True
    began = raised = time.monotonic()
    unseen = 0
    while not _leaving.wait(LOOK_SECONDS):
        now = time.monotonic()
        if now - began > LAST_SECONDS:
            at_last()
            return
        unseen = 0 if len(_under_way) else unseen + 1
        if unseen >= LOST_LOOKS or now - raised > PATIENCE_SECONDS:
            raised, unseen = now, 0
            _wish.insisted = True
            _interrupt()


def _interrupt() -> None:
    """Let the handler run in the main thread, also where that waits for a lock, a pipe or a process."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

"""How far a run is, and when it will be done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from flows.workspace import stopping

CALIBRATION_SECONDS = 5.0
"""Audio that must have been spoken before a speed of this machine is believed."""


class Reporter(Protocol):
    """Where progress is shown: a terminal, a log, nowhere."""

    def stage(self, name: str, detail: str = "") -> None:
        """A new stage of the work begins."""
        ...

    def update(self, progress: Progress) -> None:
        """Called a few times a second while lines are spoken."""
        ...

    def share(self, done: float, detail: str = "") -> None:
        """`done` (0 to 1) of the present stage is finished."""
        ...

    def warn(self, message: str) -> None:
        """Something the person should know, once."""
        ...


class Silent:
    """Shows nothing."""

    def stage(self, name: str, detail: str = "") -> None: ...
    def update(self, progress: Progress) -> None: ...
    def share(self, done: float, detail: str = "") -> None: ...
    def warn(self, message: str) -> None: ...


@dataclass
class Progress:
    """Counts of a synthesis. Written by worker threads, read by the one that shows it.

    Args:
        lines: lines to be spoken in this run, those whose takes exist not among them.
        expected_seconds: forecast of their audio, in seconds.
        kept: lines whose takes were there already.
    """

    lines: int
    expected_seconds: float
    kept: int = 0
    done: int = 0
    audio_seconds: float = 0.0
    began: float = field(default_factory=time.monotonic)
    _first: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def spoken(self, lines: int, seconds: float) -> None:
        """`lines` more lines are done, with `seconds` of audio."""
        with self._lock:
            self.done += lines
            self.audio_seconds += seconds
            if self._first is None:
                # workers load for a few seconds before the first line: that is not the machine's speed
                self._first = max(time.monotonic() - seconds, self.began)

    @property
    def speed(self) -> float | None:
        """Seconds of audio a second of wall time; None until calibrated."""
        if self._first is None or self.audio_seconds < CALIBRATION_SECONDS:
            return None
        return self.audio_seconds / max(time.monotonic() - self._first, 1e-6)

    @property
    def eta_seconds(self) -> float | None:
        """Wall seconds still to go; None until calibrated."""
        speed = self.speed
        if speed is None:
            return None
        # the forecast is corrected by what the lines so far were against the whole
        left = max(self.expected_seconds - self.audio_seconds, 0.0)
        if self.done:
            left = max(left, self.audio_seconds / self.done * (self.lines - self.done) * 0.5)
        return left / speed if self.done < self.lines else 0.0


SILENT = Silent()
_reporter: ContextVar[Reporter] = ContextVar("duoyin_reporter")


def reporter() -> Reporter:
    """Where the present run shows its progress."""
    return _reporter.get(SILENT)


def share_told() -> Callable[[float, str], None]:
    """`share` of the present run's reporter, to be handed to a long piece of work that may call it from any thread.

    It is also where such work hears that it is to stop: every one calls it, and what it raises ends the work.
    """
    share = reporter().share

    def tell(done: float, detail: str = "") -> None:
        stopping.check()
        share(done, detail)

    return tell


@contextmanager
def reporting(to: Reporter) -> Iterator[None]:
    """Show the progress of what runs in this block on `to`."""
    token = _reporter.set(to)
    try:
        yield
    finally:
        _reporter.reset(token)

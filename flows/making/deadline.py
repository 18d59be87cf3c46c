"""The time by which a run is to be done (`finish_by`), and what is said where it will not be."""

from __future__ import annotations

import time
from datetime import datetime

from flows.workspace.daytime import next_time
from flows.workspace.progress import reporter
from flows.workspace.project import Project

STEADY_SECONDS = 30.0
"""A forecast is told when it has said the same for so long: the speed of the first lines goes up and down."""

WORSE_SECONDS = 900.0
"""A run that will be late is told of again when it gets so much later."""


class Deadline:
    """Says when a run will be late, once each time that changes.

    Args:
        due: seconds since 1970; None: the run may end at any time.
        after: wall seconds of what is done with a second of sound when all are spoken.
    """

    def __init__(self, due: float | None, after: float = 0.0) -> None:
        self.due = due
        self._after = after
        self._told: float | None = None
        self._changed: float | None = None

    @classmethod
    def of(cls, project: Project, after: float = 0.0) -> Deadline:
        """That of a project's run which begins now."""
        told = project.settings.finish_by
        return cls(next_time(told, datetime.now()).timestamp() if told else None, after)

    def foresee(self, speaking: float | None, sound: float, *, first: bool = False) -> None:
        """What is expected now.

        Args:
            speaking: wall seconds until all is spoken; None where nobody knows. sound: seconds of it, of this run.
            first: it is what is known before the run begins, and does not go up and down.
        """
        if self.due is None or speaking is None:
            return
        now = time.time()
        end = now + speaking + sound * self._after
        if not self._is_news(end):
            self._changed = None
            return
        self._changed = now if self._changed is None else self._changed
        if first or now - self._changed >= STEADY_SECONDS:
            self._tell(end)

    def missed(self) -> str:
        """What is to be said of a run that is done now; nothing where it is in time."""
        now = time.time()
        if self.due is None or now <= self.due:
            return ""
        return f"it was to be done by {_clock(self.due, now)}, and was at {_clock(now, now)}"

    def _is_news(self, end: float) -> bool:
        assert self.due is not None
        if self._told is None:
            return end > self.due
        return end <= self.due or end > self._told + WORSE_SECONDS

    def _tell(self, end: float) -> None:
        assert self.due is not None
        now, self._changed = time.time(), None
        due, at = _clock(self.due, now), _clock(end, now)
        if end > self.due:
            self._told = end
            reporter().warn(f"this will be late: it is to be done by {due}, and will be at about {at}")
        else:
            self._told = None
            reporter().warn(f"this will be in time after all: it is to be done by {due}, and will be at {at}")


def _clock(moment: float, now: float) -> str:
    """A moment as a time of day; with its date, where that is not today's."""
    at = datetime.fromtimestamp(moment)
    today = at.date() == datetime.fromtimestamp(now).date()
    return at.strftime("%H:%M" if today else "%Y-%m-%d %H:%M")

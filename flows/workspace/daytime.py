"""Times of day, as people write them in settings and pages: `HH:MM`, in the time of this machine's place."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from normalizers import DuoyinError

TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def time_of_day(clock: str) -> time:
    """What `HH:MM` means. Raises `DuoyinError` for anything else."""
    if not TIME_OF_DAY.fullmatch(clock):
        raise DuoyinError(f"“{clock}” is no time of day", hint="Write it as 01:00.")
    return time.fromisoformat(clock)


def next_time(clock: str, now: datetime) -> datetime:
    """The next time that clocks show a time of day, `HH:MM`. Raises `DuoyinError`: there is no such time."""
    today = datetime.combine(now, time_of_day(clock), now.tzinfo)
    return today if today > now else today + timedelta(days=1)

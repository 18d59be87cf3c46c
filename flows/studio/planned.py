"""Starts that wait: those that come one after the other, and those that a person wants at a time of day."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from flows.workspace.daytime import next_time
from normalizers import DuoyinError
from tts_core.files import write_atomically
from tts_core.locks import file_lock

FILE = Path(".duoyin") / "studio-starts.json"
"""In the folder that the studio was opened for."""
LATE = timedelta(minutes=10)
"""A start that comes so much too late, as nobody was there to make it, is not made any more: the day has come."""


@dataclass(frozen=True, slots=True)
class Start:
    """A start that waits.

    Args:
        id: its name. book: id of the project.
        at: when, in the time of this machine's place, ISO 8601 without an offset: 01:00 is 01:00, also after the clocks
            were changed; "" as soon as nothing else runs.
        daily: and every day after that.
        missed: when it was to be made and nobody was there to do it. problem: why it could not be made.
    """

    id: str
    book: str
    at: str = ""
    daily: bool = False
    missed: str = ""
    problem: str = ""

    @property
    def queued(self) -> bool:
        return not self.at and not self.missed and not self.problem


class Planned:
    """The starts that wait for the projects of a folder; several studios may have it open.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self._file = root / FILE

    def all(self) -> list[Start]:
        """Every start that waits, those that are next in line first, then by time."""
        return sorted(self._read(), key=lambda start: start.at)

    def add(self, book: str, *, at: str = "", daily: bool = False, now: datetime | None = None) -> Start:
        """Plan a start.

        Args:
            at: time of day, `HH:MM`; "": as soon as nothing else runs.

        Raises:
            DuoyinError: no such time; the folder cannot be written.
        """
        moment = next_time(at, now or datetime.now()).isoformat(timespec="minutes") if at else ""
        start = Start(secrets.token_hex(6), book, moment, daily=daily and bool(at))
        self._change(lambda starts: [*starts, start])
        return start

    def drop(self, name: str) -> None:
        """Plan it no more. Raises `DuoyinError` where the folder cannot be written."""
        self._change(lambda starts: [start for start in starts if start.id != name])

    def failed(self, start: Start, problem: str) -> None:
        """It could not be made: it stays to be seen until somebody drops it."""
        self._change(lambda starts: [*starts, replace(start, at="", daily=False, problem=problem)])

    def come(self, now: datetime) -> None:
        """Put what is to begin by now in line; what is too late is missed."""
        moment = now.isoformat(timespec="minutes")
        if any(start.at and start.at <= moment for start in self._read()):
            self._change(lambda starts: [made for start in starts for made in _come(start, now)])

    def take(self) -> Start | None:
        """The next in line, which is the caller's now; None where nobody waits."""
        if not any(start.queued for start in self._read()):
            return None
        taken: list[Start] = []

        def without_first(starts: Sequence[Start]) -> list[Start]:
            taken.extend(start for start in starts if start.queued)
            return [start for start in starts if start not in taken[:1]]

        self._change(without_first)
        return taken[0] if taken else None

    def _change(self, change: Callable[[list[Start]], list[Start]]) -> None:
        try:
            with file_lock(self._file.with_suffix(".lock")):
                data = [asdict(start) for start in change(self._read())]
                write_atomically(self._file, json.dumps(data, ensure_ascii=False, indent=1).encode())
        except OSError as error:
            raise DuoyinError(
                f"the folder cannot be written ({error.strerror or error})", where=str(self._file.parent)
            ) from error

    def _read(self) -> list[Start]:
        try:
            return [Start(**row) for row in json.loads(self._file.read_text("utf-8"))]
        except (OSError, ValueError, TypeError):
            return []  # none yet, or of another version


def _come(start: Start, now: datetime) -> list[Start]:
    """What becomes of a start by now."""
    if not start.at or datetime.fromisoformat(start.at) > now:
        return [start]
    moment = datetime.fromisoformat(start.at)
    late = now - moment > LATE
    again = replace(start, at=next_time(f"{moment:%H:%M}", now).isoformat(timespec="minutes"))
    if start.daily:
        if late:
            return [replace(again, missed=start.at)]
        return [
            replace(again, missed=""),
            replace(start, id=secrets.token_hex(6), at="", daily=False, missed=""),
        ]
    return [replace(start, at="", missed=start.at) if late else replace(start, at="")]

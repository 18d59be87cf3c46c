"""What was edited in the studio, step by step: for undo and redo, also after a restart.

A step is written down before its file is, and again when the file has it: after a kill in between, the file itself says
which of the two it was.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from flows.script.edit import Change
from flows.workspace.ledger import user_name
from normalizers import DuoyinError

SCHEMA = """
CREATE TABLE IF NOT EXISTS steps (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, changes TEXT NOT NULL, state TEXT NOT NULL, next_state TEXT NOT NULL,
    user TEXT NOT NULL, at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS spoken (
    line TEXT NOT NULL, take INTEGER NOT NULL, key TEXT NOT NULL, wording TEXT NOT NULL,
    PRIMARY KEY (line, take, wording)
);
"""


class State(StrEnum):
    """How a step stands."""

    DONE = "done"
    UNDONE = "undone"
    NEW = "new"
    """It is not in the file yet."""
    GONE = "gone"
    """It was undone, and then something else was done."""


class Kind(StrEnum):
    """What a step changes."""

    SCRIPT = "script"
    REVIEWED = "reviewed"
    """Lines that a person has looked at and found right: field = kind of doubt, after = what it was about."""
    MARKED = "marked"
    """Lines that a person wants to come back to: field = `mark`, after = a name of the mark."""
    CAST = "cast"
    """Line = the character, field = voice."""
    SERIES = "series"
    """Line = the character, field = voice, in the cast of the series."""
    LEXICON = "lexicon"
    """Line = the file, after = the line that it got."""
    SETTINGS = "settings"
    """Line = the file, field = the setting by its name in `flows.workspace.settingsfile`."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something a person did at once.

    Args:
        state: how it stands; `next_state`: what it is about to be, the same where nothing is under way.
    """

    id: int
    kind: Kind
    changes: tuple[Change, ...]
    state: State
    next_state: State


class Journal:
    """An open journal; may be used from several threads. Raises `DuoyinError` where it cannot be written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._takes: Mapping[str, Mapping[tuple[int, str], str]] | None = None
        self._reviewed: frozenset[tuple[str, str, str]] | None = None
        self._marks: Mapping[str, str] | None = None
        self._version = 0
        with self._told():
            self._db = sqlite3.connect(file, check_same_thread=False, timeout=10)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def begin(self, kind: Kind, changes: Sequence[Change]) -> Step:
        """A step is about to be done; what was undone before cannot be done again after it."""
        data = json.dumps([[c.line, c.field, c.before, c.after] for c in changes], ensure_ascii=False)
        with self._transaction() as db:
            cursor = db.execute(
                "INSERT INTO steps (kind, changes, state, next_state, user, at) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    kind,
                    data,
                    State.NEW,
                    State.DONE,
                    user_name(),
                    datetime.now(UTC).isoformat(timespec="milliseconds"),
                ),
            )
            return Step(int(cursor.lastrowid or 0), kind, tuple(changes), State.NEW, State.DONE)

    def turn(self, step: Step, to: State) -> None:
        """A step is about to be undone or done again."""
        with self._transaction() as db:
            db.execute("UPDATE steps SET next_state = ? WHERE id = ?", (to, step.id))

    def settle(self, step: Step, state: State) -> None:
        """The file has it now: this is how the step stands."""
        with self._transaction() as db:
            if step.kind is Kind.REVIEWED:
                self._reviewed = None
            elif step.kind is Kind.MARKED:
                self._marks = None
            if state is State.NEW:
                db.execute("DELETE FROM steps WHERE id = ?", (step.id,))
                return
            if step.state is State.NEW:
                db.execute(
                    "UPDATE steps SET state = ?, next_state = ? WHERE state = ?",
                    (*[State.GONE] * 2, State.UNDONE),
                )
            db.execute("UPDATE steps SET state = ?, next_state = ? WHERE id = ?", (state, state, step.id))

    def unsettled(self) -> list[Step]:
        """Steps that were under way when the studio was ended."""
        return self._steps("state <> next_state ORDER BY id")

    def last_done(self) -> Step | None:
        """What undo takes back."""
        return next(iter(self._steps("state = 'done' ORDER BY id DESC LIMIT 1")), None)

    def last_undone(self) -> Step | None:
        """What redo does again."""
        return next(iter(self._steps("state = 'undone' ORDER BY id LIMIT 1")), None)

    def note_take(self, line: str, take: int, key: str, wording: str) -> None:
        """A take of a line is there. `wording`: what it was spoken by, see `flows.studio.book.wording`."""
        known = self.takes()
        of_line = known.get(line, {})
        if of_line.get((take, wording)) == key:
            return
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO spoken VALUES (?, ?, ?, ?)", (line, take, key, wording))
            self._takes = {**known, line: {**of_line, (take, wording): key}}

    def takes(self) -> Mapping[str, Mapping[tuple[int, str], str]]:
        """The keys of the takes that were spoken here: by line, then by number and wording. What did not change is the
        same object again, of the whole and of a line."""
        with self._told(), self._lock:
            self._look_for_others()
            if self._takes is None:
                rows = self._db.execute(
                    "SELECT line, take, wording, key FROM spoken ORDER BY take"
                ).fetchall()
                found: dict[str, dict[tuple[int, str], str]] = {}
                for line, take, wording, key in rows:
                    found.setdefault(line, {})[take, wording] = key
                self._takes = found
            return self._takes

    def reviewed(self) -> frozenset[tuple[str, str, str]]:
        """(line, kind of doubt, what it was about) of all that a person has looked at."""
        with self._told(), self._lock:
            self._look_for_others()
            if self._reviewed is None:
                steps = self._rows("kind = 'reviewed' AND state = 'done'")
                self._reviewed = frozenset(
                    (c.line, c.field, str(c.after)) for step in steps for c in step.changes
                )
            return self._reviewed

    def marks(self) -> Mapping[str, str]:
        """The name of the mark that a person set last at a line, by line; it stands until it is `reviewed`."""
        with self._told(), self._lock:
            self._look_for_others()
            if self._marks is None:
                steps = self._rows("kind = 'marked' AND state = 'done' ORDER BY id")
                self._marks = {change.line: str(change.after) for step in steps for change in step.changes}
            return self._marks

    def _look_for_others(self) -> None:
        """Forget what is known where another studio has written: SQLite counts what other connections change."""
        version = int(self._db.execute("PRAGMA data_version").fetchone()[0])
        if version != self._version:
            self._version, self._takes, self._reviewed, self._marks = version, None, None, None

    def _steps(self, where: str) -> list[Step]:
        with self._told(), self._lock:
            return self._rows(where)

    def _rows(self, where: str) -> list[Step]:
        rows = self._db.execute(
            f"SELECT id, kind, changes, state, next_state FROM steps WHERE {where}"
        ).fetchall()
        return [
            Step(
                step,
                Kind(kind),
                tuple(Change(*change) for change in json.loads(changes)),
                State(state),
                State(then),
            )
            for step, kind, changes, state, then in rows
        ]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._told(), self._lock, self._db:
            yield self._db

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise DuoyinError(
                f"the studio's journal cannot be used ({error})",
                where=str(self._file),
                hint="Make the folder writable and free some disk space. If the file is damaged, move it away.",
            ) from error


def as_changes(rows: object) -> list[Change]:
    """Changes as the page sends them. Raises `DuoyinError` for anything else."""
    made: list[Change] = []
    for row in rows if isinstance(rows, list) else []:
        if (
            not isinstance(row, Mapping)
            or not isinstance(row.get("line"), str)
            or not isinstance(row.get("field"), str)
        ):
            raise DuoyinError("an edit names line and field")
        before, after = row.get("before"), row.get("after")
        if isinstance(before, dict | list) or isinstance(after, dict | list):
            raise DuoyinError("a field holds words, a number, or yes or no")
        made.append(Change(row["line"], row["field"], before, after))
    if not made:
        raise DuoyinError("an edit changes something")
    return made

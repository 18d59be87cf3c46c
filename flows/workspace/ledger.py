"""The ledger: a SQLite file beside the takes that says who synthesized what, when, what was chosen and delivered.

The takes on disk are the truth; the ledger can be lost without losing sound. It is written in WAL mode,
one short transaction a take, so it survives a kill at any moment.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.workspace.log import LogEnd, LogEntry, What, chained
from normalizers import DuoyinError

if TYPE_CHECKING:
    from tts_core.pool import Spoken

ASKED_AT_ONCE = 500
"""Keys in one question to the database."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS takes (
    key TEXT PRIMARY KEY, samples INTEGER NOT NULL, sample_rate INTEGER NOT NULL, digest TEXT NOT NULL,
    cpu_seconds REAL NOT NULL, made_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS choices (
    line TEXT PRIMARY KEY, key TEXT NOT NULL, voice TEXT NOT NULL, chosen_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS log (
    number INTEGER PRIMARY KEY, text TEXT NOT NULL, digest TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS log_end (
    one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, digest TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    digest TEXT NOT NULL, holds TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (digest, holds)
);
CREATE TABLE IF NOT EXISTS verdicts (
    key TEXT NOT NULL, listener TEXT NOT NULL, verdict TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (key, listener)
);
CREATE TABLE IF NOT EXISTS choice_log (
    id INTEGER PRIMARY KEY, line TEXT NOT NULL, key TEXT NOT NULL, voice TEXT NOT NULL, take INTEGER NOT NULL,
    why TEXT NOT NULL, reason TEXT NOT NULL, changes TEXT NOT NULL, user TEXT NOT NULL, at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS choice_log_of_line ON choice_log (line);
"""


@dataclass(frozen=True, slots=True)
class TakeRow:
    key: str
    samples: int
    sample_rate: int
    digest: str
    cpu_seconds: float
    made_at: str


class Why(StrEnum):
    """Why a line has the take it has."""

    PLANNED = "planned"
    """It is what the script asks for."""
    REPAIRED = "repaired"
    """The first take was doubtful, and this one was heard to be better."""
    CHOSEN = "chosen"
    """A person said so."""
    UNDONE = "undone"
    """A person took a choice back."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A take chosen for a line.

    Args:
        take: its number; 1 is the line as it is read.
        reason: in words, where there is more to say than `why` does.
        changes: what a person changed of the line: (before, after) by field.
        user, at: who and when; given by the ledger.
    """

    line: str
    key: str
    voice: str
    take: int = 1
    why: Why = Why.PLANNED
    reason: str = ""
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    user: str = ""
    at: str = ""


class Ledger:
    """An open ledger; may be used from several threads."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.Lock()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(file, check_same_thread=False, timeout=30)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.executescript(SCHEMA)
            self._adopt_usage()
        except (sqlite3.Error, OSError) as error:
            raise self._problem(error) from error

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def record_take(
        self,
        key: str,
        *,
        samples: int,
        sample_rate: int,
        digest: str,
        cpu_seconds: float,
        uses: Iterable[tuple[str, str, str, str]],
    ) -> None:
        """A take was made. `uses`: (line, voice, engine, consent) of each line it was made for."""
        now = _now()
        user = user_name()
        with self._transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO takes VALUES (?, ?, ?, ?, ?, ?)",
                (key, samples, sample_rate, digest, cpu_seconds, now),
            )
            for engine, of_engine in groupby(uses, key=lambda use: use[2]):
                told = [
                    {"line": line, "voice": voice, "consent": consent}
                    for line, voice, _, consent in of_engine
                ]
                _log(db, What.SPOKEN, now, user, {"take": key, "engine": engine, "uses": told})

    def record_spoken(self, spoken: Spoken, uses: Iterable[tuple[str, str, str, str]]) -> None:
        """A process has spoken a take. `uses`: see `record_take`."""
        self.record_take(
            spoken.key,
            samples=spoken.samples,
            sample_rate=spoken.sample_rate,
            digest=spoken.digest,
            cpu_seconds=spoken.cpu_seconds,
            uses=uses,
        )

    def choose(self, choices: Iterable[Choice]) -> None:
        """Which take each line uses. What differs from before, and all that a person changed, goes into the history."""
        now, user = _now(), user_name()
        wanted = list(choices)
        with self._transaction() as db:
            known = {row[0]: row[1:] for row in db.execute("SELECT line, key, voice FROM choices")}
            new = [c for c in wanted if c.changes or known.get(c.line) != (c.key, c.voice)]
            db.executemany(
                "INSERT OR REPLACE INTO choices VALUES (?, ?, ?, ?)",
                [(c.line, c.key, c.voice, now) for c in new],
            )
            db.executemany(
                "INSERT INTO choice_log (line, key, voice, take, why, reason, changes, user, at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(c.line, c.key, c.voice, c.take, c.why, c.reason, _json(c.changes), user, now) for c in new],
            )

    def history(self, line: str) -> list[Choice]:
        """Every choice of a take for a line, oldest first."""
        rows = self._rows(
            "SELECT key, voice, take, why, reason, changes, user, at FROM choice_log WHERE line = ? ORDER BY id",
            line,
        )
        return [
            Choice(
                line,
                key,
                voice,
                take,
                Why(why),
                reason,
                {name: (before, after) for name, (before, after) in json.loads(changes).items()},
                user,
                at,
            )
            for key, voice, take, why, reason, changes, user, at in rows
        ]

    def chosen_since(self, moment: datetime) -> set[str]:
        """The keys of the takes that were chosen, or gave way to another, at or after a moment (with its zone)."""
        since = moment.astimezone(UTC).isoformat(timespec="seconds")
        rows = self._rows(
            "SELECT DISTINCT key FROM (SELECT key, at, LEAD(at) OVER (PARTITION BY line ORDER BY id) AS until "
            "FROM choice_log) WHERE at >= ? OR until >= ?",
            since,
            since,
        )
        return {key for (key,) in rows}

    def choices(self) -> dict[str, str]:
        """The key of the take of each line, also of lines that are gone."""
        return dict(self._rows("SELECT line, key FROM choices"))

    def forget(self, keys: Iterable[str]) -> None:
        """Takes are deleted: no line has them any more. Their history stays."""
        with self._transaction() as db:
            db.executemany("DELETE FROM choices WHERE key = ?", [(key,) for key in keys])

    def chosen(self) -> list[str]:
        """The keys of the takes that lines use, each once."""
        return [key for (key,) in self._rows("SELECT DISTINCT key FROM choices")]

    def take(self, key: str) -> TakeRow | None:
        rows = self._rows("SELECT * FROM takes WHERE key = ?", key)
        return TakeRow(*rows[0]) if rows else None

    def log(self) -> tuple[list[LogEntry], LogEnd]:
        """The log of synthesis, oldest first, and what was noted of its end."""
        with self._lock:
            try:  # both as they were at one moment: somebody may write meanwhile
                self._connection.execute("BEGIN")
                entries = [
                    LogEntry(*row)
                    for row in self._connection.execute(
                        "SELECT number, text, digest FROM log ORDER BY number"
                    )
                ]
                return entries, _log_end(self._connection)
            except sqlite3.Error as error:
                raise self._problem(error) from error
            finally:
                self._connection.rollback()

    def log_end(self) -> LogEnd:
        """The last entry of the log."""
        rows = self._rows("SELECT number, digest FROM log_end")
        return LogEnd(*rows[0]) if rows else LogEnd()

    def record_delivery(
        self, digest: str, holds: str, file: str = "", voices: Mapping[str, str] | None = None
    ) -> None:
        """A finished file was made.

        Args:
            digest: hex SHA-256 of its bytes. holds: what is in it. file: its name, for the log.
            voices: consent or licence by the voices heard in it.
        """
        now, user = _now(), user_name()
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?)", (digest, holds, now))
            facts = {"file": file, "sha256": digest, "holds": holds, "voices": dict(voices or {})}
            _log(db, What.DELIVERED, now, user, facts)

    def deliveries(self, digest: str) -> list[str]:
        """What a finished file of these bytes holds, as it was recorded; nothing for one not made here."""
        return [holds for (holds,) in self._rows("SELECT holds FROM deliveries WHERE digest = ?", digest)]

    def record_verdicts(self, listener: str, verdicts: Mapping[str, str]) -> None:
        """What a listener (name and version) thinks of takes: JSON by take key."""
        now = _now()
        with self._transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?)",
                [(key, listener, verdict, now) for key, verdict in verdicts.items()],
            )

    def verdicts(self, listener: str) -> dict[str, str]:
        """What `record_verdicts` was given by this listener, by take key."""
        return dict(self._rows("SELECT key, verdict FROM verdicts WHERE listener = ?", listener))

    def latest_verdicts(self) -> dict[str, str]:
        """What was thought of each take last, by whichever listener: JSON by take key."""
        return dict(self._rows("SELECT key, verdict FROM (SELECT key, verdict FROM verdicts ORDER BY at)"))

    def last_used(self) -> dict[str, str]:
        """The key of the take that was made last for each line; while a run speaks, it is not chosen yet."""
        rows = self._rows(
            "SELECT json_extract(use.value, '$.line'), json_extract(log.text, '$.take') "
            "FROM log, json_each(log.text, '$.uses') AS use "
            "WHERE json_extract(log.text, '$.what') = ? ORDER BY log.number",
            What.SPOKEN.value,
        )
        return dict(rows)

    def unnoted(self, keys: Iterable[str]) -> set[str]:
        """Of these takes those that were not noted here."""
        wanted, unknown = list(keys), set[str]()
        for at in range(0, len(wanted), ASKED_AT_ONCE):
            part = wanted[at : at + ASKED_AT_ONCE]
            known = self._rows(f"SELECT key FROM takes WHERE key IN ({','.join('?' * len(part))})", *part)
            unknown.update(set(part).difference(key for (key,) in known))
        return unknown

    def lengths(self) -> dict[str, float]:
        """Seconds of every take that was noted here, by its key."""
        return dict(self._rows("SELECT key, 1.0 * samples / sample_rate FROM takes"))

    def speed(self) -> float | None:
        """Seconds of processor time a second of audio, over all takes made here; None before the first."""
        ((cpu, audio),) = self._rows(
            "SELECT SUM(cpu_seconds), SUM(1.0 * samples / sample_rate) FROM takes WHERE cpu_seconds > 0"
        )
        return cpu / audio if audio else None

    def _adopt_usage(self) -> None:
        """Take over what a ledger of before the log knew of usage."""
        there = "SELECT 1 FROM sqlite_master WHERE name = 'usage'"
        if not self._connection.execute(there).fetchone():
            return
        with self._connection as db:
            db.execute("BEGIN IMMEDIATE")
            if not db.execute(there).fetchone():  # another process was faster
                return
            rows = db.execute("SELECT key, engine, line, voice, consent, user, at FROM usage ORDER BY id")
            for key, engine, line, voice, consent, user, at in rows.fetchall():
                use = {"line": line, "voice": voice, "consent": consent}
                _log(db, What.SPOKEN, at, user, {"take": key, "engine": engine, "uses": [use]})
            db.execute("DROP TABLE usage")

    def _rows(self, query: str, *values: object) -> list[Any]:
        """The rows of an answer. Raises `DuoyinError` where the file is damaged."""
        try:
            with self._lock:
                return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise self._problem(error) from error

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock, self._connection:
                yield self._connection
        except sqlite3.Error as error:
            raise self._problem(error) from error

    def _problem(self, error: Exception) -> DuoyinError:
        return DuoyinError(
            f"the ledger cannot be used ({error})",
            where=str(self.file),
            hint="Free some disk space or make the folder writable, then run again: the takes are kept. "
            "If the file is damaged, move it away.",
        )


def _log(db: sqlite3.Connection, what: What, at: str, user: str, facts: Mapping[str, Any]) -> None:
    """Add an entry to the log, in a transaction that has written already: nobody else adds one meanwhile."""
    end = _log_end(db)
    text = json.dumps({"what": what, "at": at, "user": user, **facts}, ensure_ascii=False)
    new = LogEnd(end.number + 1, chained(end.digest, text))
    db.execute("INSERT INTO log VALUES (?, ?, ?)", (new.number, text, new.digest))
    db.execute("INSERT OR REPLACE INTO log_end VALUES (1, ?, ?)", (new.number, new.digest))


def _log_end(db: sqlite3.Connection) -> LogEnd:
    row = db.execute("SELECT number, digest FROM log_end").fetchone()
    return LogEnd(*row) if row else LogEnd()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _json(changes: Mapping[str, tuple[Any, Any]]) -> str:
    return json.dumps({name: list(pair) for name, pair in changes.items()}, ensure_ascii=False)


def user_name() -> str:
    """Who is at work, as the system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"

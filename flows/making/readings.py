"""Readings by content: a line whose text and whose rules did not change is not read again."""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flows.workspace.progress import reporter, share_told
from normalizers import DuoyinError
from tts_core.engine import Engine, Prepared, Utterance
from tts_core.pool import EnginePool
from tts_core.registry import describe
from tts_core.sealed import seal, unseal

logger = logging.getLogger(__name__)

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS readings (engine TEXT, rules TEXT, key BLOB PRIMARY KEY, prepared TEXT) "
    "WITHOUT ROWID"
)

MANY_LINES = 1_000
"""Unread lines from which reading is a stage of its own: some seconds."""

LINES_FOR_PROCESSES = 4_000
"""Unread lines of an engine from which several processes are done sooner: each needs about three seconds to begin."""

CHUNK_LINES = 100
"""Lines read between two signs of progress, by one process."""

KEEP_SECONDS = 5.0
"""How often what was read is written, so that a run that is killed goes on from there."""

LOOK_SECONDS = 0.25
"""How often a wish to stop is looked for while other processes read."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A line to be read. `name`: of its engine, as projects write it."""

    name: str
    engine: Engine
    utterance: Utterance


class Readings:
    """What engines read in lines, kept in one SQLite file of the project's cache.

    The key of a reading is the digest of the utterance (without speed and seed, which no reading depends on),
    of the voice's content, and of the text code and tables of the engine (`EngineDescription.text`), by which a
    changed rule is noticed. An engine that does not say what its readings depend on is asked each time.

    Args:
        file: where they are kept. A file that cannot be used is not missed: lines are read anew.
        readers: engine name → processes that read for it, where many lines are to be read; None: this one reads.
    """

    def __init__(self, file: Path, readers: Callable[[str], EnginePool] | None = None) -> None:
        self._file = file
        self._readers = readers
        self._kept_at = time.monotonic()
        self._database: sqlite3.Connection | None = None
        self._broken = False
        self._known: dict[bytes, Prepared] = {}
        self._new: dict[bytes, tuple[str, str, bytes, str]] = {}
        self._rules: dict[str, str | None] = {}
        self._voices: dict[tuple[str, str, str], str] = {}

    def read(self, name: str, engine: Engine, utterance: Utterance) -> Prepared:
        """`engine.read(utterance)`, or what it gave before. Raises `DuoyinError` as the engine does.

        Args:
            name: of the engine, as projects write it.
        """
        rules = self._rules_of(name)
        if rules is None:
            return engine.read(utterance)
        key = self._key(name, rules, engine, utterance)
        prepared = self._known.get(key) or self._kept(key)
        if prepared is None:
            prepared = self._known[key] = engine.read(_plain(utterance))
            self._add(name, rules, key, prepared)
        # one string for both, where they are the same: a book's plan holds each of its lines
        text = utterance.text if prepared.text == utterance.text else prepared.text
        return replace(prepared, speed=utterance.speed, seed=utterance.seed, text=text)

    def read_ahead(self, lines: Sequence[Unread]) -> None:
        """Read those of many lines that are not known, by several processes, with progress told. What is read is kept
        in the file. A line that cannot be read is left to `read`, which says why.

        Raises:
            KeyboardInterrupt: the run is to stop.
        """
        unread: dict[str, dict[bytes, Unread]] = {}
        for line in lines:
            rules = self._rules_of(line.name)
            if rules is None:
                continue
            key = self._key(line.name, rules, line.engine, line.utterance)
            if key not in self._known and self._ask("SELECT 1 FROM readings WHERE key = ?", key) is None:
                unread.setdefault(line.name, {})[key] = line
        total = sum(map(len, unread.values()))
        if total < MANY_LINES:
            return
        reporter().stage("Reading lines", f"{total} of {len(lines)}")
        tell, began, done = share_told(), time.monotonic(), 0
        for name, wanted in unread.items():
            chunks, rules = _chunks(wanted), self._rules[name]
            assert rules is not None
            several = self._readers if len(wanted) >= LINES_FOR_PROCESSES else None
            with closing(_by_processes(several(name), chunks) if several else _here(chunks)) as come:
                for read in come:
                    for key, prepared in read.items():
                        self._add(name, rules, key, prepared)
                        if self._broken:
                            self._known[key] = prepared
                    done += len(read)
                    left = (time.monotonic() - began) * (total - done) / max(done, 1)
                    tell(done / total, f"{done}/{total} lines · {left:.0f} s to go" if done else "")
                    if time.monotonic() - self._kept_at > KEEP_SECONDS:
                        self._write()
        # `read` finds them in the file: what a plan holds of a whole book would lie scattered among what was only on
        # its way there, and none of that room would be given back
        self._write()

    def _add(self, name: str, rules: str, key: bytes, prepared: Prepared) -> None:
        # sealed: a flipped bit in a phoneme would be spoken, and kept under a key of its own
        self._new[key] = (name, rules, key, seal({"of": key.hex(), "prepared": prepared.to_json()}))

    def keep(self) -> None:
        """Write what was read anew, drop what older rules read."""
        self._write()
        if not self._broken:
            self._known.clear()  # whoever asks again finds it in the file; a book's lines are kept by their plan
        self._close()

    def _write(self) -> None:
        self._kept_at = time.monotonic()
        new, self._new = list(self._new.values()), {}
        if new and self._database is not None:
            try:
                with self._database:
                    for name, rules in {(row[0], row[1]) for row in new}:
                        self._database.execute(
                            "DELETE FROM readings WHERE engine = ? AND rules != ?", (name, rules)
                        )
                    self._database.executemany("INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?)", new)
            except sqlite3.Error as error:
                self._give_up(error)

    def _rules_of(self, name: str) -> str | None:
        if name not in self._rules:
            text = describe(name).text
            self._rules[name] = text.digest() if text is not None else None
        return self._rules[name]

    def _key(self, name: str, rules: str, engine: Engine, utterance: Utterance) -> bytes:
        voice = (name, utterance.voice, utterance.language)
        if voice not in self._voices:
            self._voices[voice] = engine.voice_digest(utterance.voice, utterance.language)
        hints = [[hint.start, hint.end, hint.alphabet, hint.value] for hint in utterance.hints]
        content = [name, rules, *voice[1:], self._voices[voice], utterance.text, hints]
        return hashlib.sha256(json.dumps(content).encode()).digest()

    def _kept(self, key: bytes) -> Prepared | None:
        row = self._ask("SELECT prepared FROM readings WHERE key = ?", key)
        try:
            record = unseal(row[0]) if row else {}
            return Prepared.from_json(record["prepared"]) if record.get("of") == key.hex() else None
        except (ValueError, KeyError, TypeError):
            return None  # a reading of another form, or a damaged one: it is made anew and replaced

    def _ask(self, query: str, *values: object) -> tuple[Any] | None:
        """The first row of an answer; None where there is none, or no usable file."""
        if self._broken:
            return None
        try:
            if self._database is None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._database = sqlite3.connect(self._file, check_same_thread=False)
                self._database.execute(_SCHEMA)
            row: tuple[Any] | None = self._database.execute(query, values).fetchone()
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
            return None
        return row

    def _give_up(self, error: Exception) -> None:
        """Do without the file from here on: it is a cache, and the next run makes it afresh."""
        logger.warning("readings are not kept: %s (%s)", error, self._file)
        self._broken = True
        self._close()
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            with suppress(OSError):  # a folder that cannot be written keeps it
                self._file.unlink(missing_ok=True)  # not a database, or a damaged one

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def _plain(utterance: Utterance) -> Utterance:
    """Without what no reading depends on."""
    return replace(utterance, speed=1.0, seed=0)


def _chunks(wanted: dict[bytes, Unread]) -> list[dict[bytes, Unread]]:
    rows = list(wanted.items())
    return [dict(rows[at : at + CHUNK_LINES]) for at in range(0, len(rows), CHUNK_LINES)]


def _here(chunks: Sequence[dict[bytes, Unread]]) -> Generator[dict[bytes, Prepared], None, None]:
    """What this process reads, chunk by chunk."""
    for chunk in chunks:
        read: dict[bytes, Prepared] = {}
        for key, line in chunk.items():
            try:
                read[key] = line.engine.read(_plain(line.utterance))
            except DuoyinError as error:  # told again, with its line, where that is read by itself
                logger.info("a line was not read: %s", error)
        yield read


def _by_processes(
    pool: EnginePool, chunks: Sequence[dict[bytes, Unread]]
) -> Generator[dict[bytes, Prepared], None, None]:
    """What other processes read, chunk by chunk as it comes, and {} now and then while there is nothing."""
    threads = ThreadPoolExecutor(pool.size, thread_name_prefix="reading")
    try:
        waiting = {
            threads.submit(pool.read, [_plain(line.utterance) for line in chunk.values()]): chunk
            for chunk in chunks
        }
        while waiting:
            for future in wait(waiting, LOOK_SECONDS, FIRST_COMPLETED).done:
                chunk = waiting.pop(future)
                try:
                    read = dict(zip(chunk, future.result(), strict=True))
                except DuoyinError as error:  # told again, with its line, where that is read by itself
                    logger.info("a chunk of lines was not read: %s", error)
                else:
                    yield read
            yield {}
    finally:
        pool.close()
        threads.shutdown(cancel_futures=True)

"""Readings by content: a line whose text and whose rules did not change is not read again."""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from dataclasses import replace
from pathlib import Path

from tts_core.engine import Engine, Prepared, Utterance
from tts_core.registry import describe

logger = logging.getLogger(__name__)

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS readings (engine TEXT, rules TEXT, key BLOB PRIMARY KEY, prepared TEXT) "
    "WITHOUT ROWID"
)


class Readings:
    """What engines read in lines, kept in one SQLite file of the project's cache.

    The key of a reading is the digest of the utterance (without speed and seed, which no reading depends on),
    of the voice's content, and of the text code and tables of the engine (`EngineDescription.text`), by which a
    changed rule is noticed. An engine that does not say what its readings depend on is asked each time.

    Args:
        file: where they are kept. A file that cannot be used is not missed: lines are read anew.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
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
            prepared = engine.read(replace(utterance, speed=1.0, seed=0))
            self._new[key] = (name, rules, key, json.dumps(prepared.to_json(), ensure_ascii=False))
        self._known[key] = prepared
        return replace(prepared, speed=utterance.speed, seed=utterance.seed)

    def keep(self) -> int:
        """Write what was read anew, drop what older rules read; returns how many lines were read anew."""
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
        self._close()
        return len(new)

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
            return Prepared.from_json(json.loads(row[0])) if row else None
        except (ValueError, KeyError, TypeError):
            return None  # a reading of another form: it is made anew and replaced

    def _ask(self, query: str, *values: object) -> tuple[str] | None:
        """The first row of an answer; None where there is none, or no usable file."""
        if self._broken:
            return None
        try:
            if self._database is None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._database = sqlite3.connect(self._file, check_same_thread=False)
                self._database.execute(_SCHEMA)
            row: tuple[str] | None = self._database.execute(query, values).fetchone()
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
            self._file.unlink(missing_ok=True)  # not a database, or a damaged one

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

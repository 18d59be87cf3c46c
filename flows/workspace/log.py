"""The log of synthesis: who had what spoken in which voice, when, under which consent, and which file it went into.

It lies in the ledger and only grows. Each entry's digest covers the entry and the digest before it, and the end of the
chain is noted beside it, so an entry that was changed, removed or put in shows. Whoever rewrites the whole chain is
noticed by the provenance records beside the finished files, which name the entry that was the last when they were
written (see `flows.workspace.provenance`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class What(StrEnum):
    """What is logged."""

    SPOKEN = "spoken"
    """A take was made: `take`, `engine`, and its `uses` (`line`, `voice`, `consent`)."""
    DELIVERED = "delivered"
    """A finished file was made: `file`, `sha256`, `holds`, and `voices` (voice → consent)."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry of the log.

    Args:
        number: counts from 1. text: the entry as JSON, as it is stored. digest: hex SHA-256, see `chained`.
    """

    number: int
    text: str
    digest: str

    @property
    def facts(self) -> Mapping[str, Any]:
        """`what`, `at` (UTC, ISO 8601), `user`, and what belongs to its kind."""
        facts: dict[str, Any] = json.loads(self.text)
        return facts


@dataclass(frozen=True, slots=True)
class LogEnd:
    """The last entry of a log, as something beside it remembers it: its number and digest; 0 and "" for none."""

    number: int = 0
    digest: str = ""


def chained(previous: str, text: str) -> str:
    """Hex SHA-256 of an entry's text behind the digest of the entry before it ("" for the first)."""
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def broken(entries: Sequence[LogEntry], end: LogEnd) -> Iterator[str]:
    """Where a log is not as it was written, in words; nothing for a log that is whole.

    Args:
        entries: by number. end: what was noted of the last one.
    """
    before = LogEnd()
    for entry in entries:
        if entry.number != before.number + 1:
            yield _missing(before.number + 1, entry.number - 1)
        elif chained(before.digest, entry.text) != entry.digest:
            yield f"entry {entry.number} is not the one that was written"
        before = LogEnd(entry.number, entry.digest)
    if before.number < end.number:
        yield _missing(before.number + 1, end.number)
    elif before != end:
        yield f"the log ends with another entry than was noted (number {end.number})"


def _missing(first: int, last: int) -> str:
    return f"entry {first} is missing" if first == last else f"entries {first} to {last} are missing"

"""What listening to takes found: a verdict a take, with its evidence.

A verdict is kept in the ledger under the take's key and the listener's version, so that nothing is heard twice. It says
nothing of the line's place in the book: two lines with the same take have the same verdict.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """`CLEAN`: nothing is wrong as far as can be heard. `DOUBTFUL`: something is, see the findings. `INCONCLUSIVE`: the
    listener itself was not sure; never counted as a fault, never repaired."""

    CLEAN = "clean"
    DOUBTFUL = "doubtful"
    INCONCLUSIVE = "inconclusive"


class Fault(StrEnum):
    """What may be wrong with a take."""

    DROPPED = "dropped"
    """Words of the text are not heard."""
    ADDED = "added"
    """Words are heard that the text does not have."""
    REPEATED = "repeated"
    """Words are heard twice."""
    CUT = "cut"
    """The end, or the beginning, is missing."""
    SWAPPED = "swapped"
    """Another word is heard."""
    READING = "reading"
    """A word of several readings is heard in another than was asked for."""
    SILENCE = "silence"
    """A long silence inside."""
    NOISE = "noise"
    CLIPPING = "clipping"
    VOICE = "voice"
    """Another voice than the other takes of it have."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or may be.

    Args:
        weight: how sure, 0 to 1.
        start, end: seconds in the take; both 0.0 where it has no place.
        said: the words of the text it is about. heard: what is heard there.
    """

    fault: Fault
    weight: float
    start: float = 0.0
    end: float = 0.0
    said: str = ""
    heard: str = ""


def in_words(findings: Iterable[Finding]) -> str:
    """What was found, in a few words: dropped “cat”, noise."""
    return ", ".join(
        f"{finding.fault}" + (f" “{words}”" if (words := finding.said or finding.heard) else "")
        for finding in findings
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is thought of one take.

    Args:
        key: of the take.
        outcome: see `Outcome`.
        findings: the surest first; none for a clean take.
        heard: what a full transcription heard; "" where none was needed.
        score: how good the take is, higher is better; takes of one line compare by it.
    """

    key: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    heard: str = ""
    score: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain data, for a file or the ledger."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Verdict:
        """What `to_json` gave, after any JSON reader. Raises `KeyError`, `TypeError`,
        `ValueError` for anything else."""
        findings = tuple(Finding(**{**row, "fault": Fault(row["fault"])}) for row in data["findings"])
        return cls(**{**data, "outcome": Outcome(data["outcome"]), "findings": findings})

    @classmethod
    def read(cls, text: str) -> Verdict | None:
        """What was kept as JSON; None of another form, which the next listening replaces."""
        try:
            return cls.from_json(json.loads(text))
        except (ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class Repair:
    """What came of taking a doubtful take again.

    Args:
        was: key of the doubtful take. now: of the one that is kept, which may be the same.
        take: number of the one that is kept, 1 for the first.
        tried: how many other takes were heard.
        mended: whether the one that is kept is not doubtful.
        findings: what was wrong with the first.
    """

    was: str
    now: str
    take: int
    tried: int
    mended: bool
    findings: tuple[Finding, ...] = ()

    @property
    def because(self) -> str:
        """What was wrong with the first take, in a few words."""
        return in_words(self.findings)


@dataclass(frozen=True, slots=True)
class Proof:
    """What is thought of the takes of a production.

    Args:
        listener: name and version of what listened; "" where nobody did.
        verdicts: by take key.
        reason: why nobody listened, in words for a person.
        repairs: what was taken again.
        unrepaired: why doubtful takes were not taken again, in words for a person.
    """

    listener: str = ""
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    reason: str = ""
    repairs: tuple[Repair, ...] = ()
    unrepaired: str = ""

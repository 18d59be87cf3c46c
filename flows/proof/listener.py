"""The listener: hears takes and says of each what is wrong with it, with its evidence."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence

from flows.proof.heard import Asked
from flows.proof.signals import signal_findings
from flows.proof.verdict import Outcome, Verdict
from tts_core.description import TextCode

NEEDED = ("faster_whisper", "hama")
"""Modules of the `proof` extra."""
CODE = TextCode(("flows.proof",), ("faster-whisper", "ctranslate2", "hama"))
"""What decides a verdict besides take and text."""


def missing_package() -> str:
    """A package of the `proof` extra that is not installed; '' where all are."""
    return next((name for name in NEEDED if importlib.util.find_spec(name) is None), "")


class Listener:
    """Hears takes.

    Args:
        threads: how many windows are heard at a time.
    """

    def __init__(self, *, threads: int = 1) -> None:
        self._threads = threads

    @property
    def version(self) -> str:
        """Name and version: another one hears all takes anew."""
        return f"whisper-base {CODE.digest()[:16]}"

    def listen(self, takes: Sequence[Asked]) -> Iterator[list[Verdict]]:
        """Verdicts of takes, some at a time, in any order. Raises `CorruptTake`."""
        for asked in takes:
            findings = tuple(signal_findings(asked.load(), asked.prepared))
            outcome = Outcome.DOUBTFUL if findings else Outcome.CLEAN
            yield [Verdict(asked.key, outcome, findings, score=-sum(f.weight for f in findings))]

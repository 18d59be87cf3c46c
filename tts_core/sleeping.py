"""An engine that sleeps instead of speaking: what sharing out work costs is measured with it, not what GPUs do.

It needs no model and next to no processor, so that sixty-four of it fit on two cores; its takes are real files.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from normalizers.languages import DEFAULT_LANGUAGE
from tts_core.description import EngineDescription
from tts_core.engine import Prepared, Take, Utterance, VoicePreset, Word

PLACE = "tts_core.sleeping:SleepingEngine"
"""Its name as projects write it."""

SAMPLE_RATE = 24_000

_BEGAN = ""
"""What stands in a log where else the text is: the engine was loaded."""


class SleepingEngine:
    """Speaks a line by sleeping for `seconds`, then gives quiet noise that follows from its text.

    Args:
        seconds: of sleep a line. take_seconds: length of a take.
        log: a file that gets a row when the engine is loaded and when a line was spoken: time, process, text.
    """

    description = EngineDescription("sleep", PLACE, languages=(DEFAULT_LANGUAGE,), speech=False)
    name = "sleep"
    sample_rate = SAMPLE_RATE
    languages: tuple[str, ...] = (DEFAULT_LANGUAGE,)

    def __init__(self, seconds: float = 0.0, take_seconds: float = 0.5, log: str = "") -> None:
        self.seconds = seconds
        self.take_seconds = take_seconds
        self._log = Path(log) if log else None
        self._note(_BEGAN)

    def voices(self) -> Sequence[VoicePreset]:
        return [VoicePreset("nobody", DEFAULT_LANGUAGE, "neutral")]

    def fingerprint(self) -> str:
        return hashlib.sha256(f"sleep 1 {self.take_seconds}".encode()).hexdigest()

    def voice_digest(self, voice: str, language: str) -> str:
        return hashlib.sha256(f"{voice} {language}".encode()).hexdigest()

    def read(self, utterance: Utterance) -> Prepared:
        text = utterance.text
        words = (Word(0, len(text), 0, 1),)
        return Prepared(
            text, utterance.voice, utterance.language, utterance.speed, utterance.seed, words, text
        )

    def speak(self, batch: Sequence[Prepared]) -> Iterator[Take]:
        for prepared in batch:
            time.sleep(self.seconds)
            self._note(prepared.text)
            yield self._take(prepared)

    def predict_seconds(self, prepared: Prepared) -> float:
        return self.take_seconds

    def _take(self, prepared: Prepared) -> Take:
        seed = int.from_bytes(hashlib.sha256(prepared.text.encode()).digest()[:8], "big")
        samples = np.random.default_rng(seed).normal(0.0, 0.001, round(self.take_seconds * SAMPLE_RATE))
        return Take(samples.astype(np.float32), SAMPLE_RATE, (0.0, self.take_seconds), {})

    def _note(self, text: str) -> None:
        if self._log is not None:
            with self._log.open("a", encoding="utf-8") as log:
                log.write(f"{time.time():.3f}\t{os.getpid()}\t{text}\n")


@dataclass(frozen=True, slots=True)
class Sleepers:
    """What a log tells. `processes`: that had the engine loaded. `spoken`: texts, as often as they were spoken."""

    processes: frozenset[int]
    spoken: tuple[str, ...]


def read_log(log: Path) -> Sleepers:
    """What engines wrote into their log so far."""
    rows = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    told = [(int(process), text) for _, process, text in (row.split("\t") for row in rows)]
    return Sleepers(
        frozenset(process for process, text in told if text == _BEGAN),
        tuple(text for _, text in told if text != _BEGAN),
    )

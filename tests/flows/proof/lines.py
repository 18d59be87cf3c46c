"""Lines whose sounds are their letters, what is heard of them, and voices that hum."""

from __future__ import annotations

import numpy as np

from flows.proof.evidence import Evidence, evidence_of, spread
from flows.proof.heard import Asked, AskedWord
from flows.proof.pairs import PairCosts, worst_stretch
from tts_core.engine import Take
from tts_core.sound import Samples

RATE = 24_000
SAME = PairCosts({}, {}, {})


def asked(text: str, *, seconds: float = 2.0, voice: str = "anna", take: Take | None = None) -> Asked:
    """A line whose sounds are its letters."""
    words: list[AskedWord] = []
    at = 0
    for word in text.split():
        words.append(AskedWord(at, at + len(word), word))
        at += len(word) + 1

    def load() -> Take:
        assert take is not None
        return take

    return Asked(text, text, "en", voice, tuple(words), "af_heart", load, seconds)


def heard(line: Asked, sounds: str) -> Evidence:
    """The strangest stretch of a line that is heard as these sounds."""
    wanted, owners = spread(line)
    steps = SAME.align(wanted, list(sounds))
    return evidence_of(steps, worst_stretch(steps), owners, list(sounds))


def hum(pitch: float, seconds: float = 2.0, *, tilt: float = 1.0) -> Samples:
    """A voice: overtones of a pitch under a slow envelope, quiet at both ends."""
    t = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * pitch * n * t) / n**tilt for n in range(1, 20))
    syllables = 0.6 + 0.4 * np.sin(2 * np.pi * 3.1 * t)
    ends = ((np.minimum(t, seconds - t) - 0.08) / 0.12).clip(0, 1)
    sound: Samples = (0.05 * tone * syllables * ends).astype(np.float32)
    return sound

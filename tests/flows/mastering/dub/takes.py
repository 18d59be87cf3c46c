"""Takes for the tests of rendering: a voiced sound with syllables, quiet around it, of a known length."""

from __future__ import annotations

import numpy as np

from tts_core.sound import Samples

RATE = 24_000
HEAD, TAIL = 0.05, 0.075


def voiced(seconds: float, *, pitch: float = 130.0, level: float = 0.2) -> Samples:
    """A take of `seconds` of sound (harmonics under a syllable rhythm), 50 ms of quiet before it and 75 ms after it."""
    t = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * pitch * k * t + k) / k for k in range(1, 16))
    noise = np.random.default_rng(int(seconds * 1000)).standard_normal(len(t)) * 0.15
    sound = (tone + noise) * (0.55 + 0.45 * np.cos(2 * np.pi * 4 * t)) * level / 2
    return np.concatenate([np.zeros(round(HEAD * RATE)), sound, np.zeros(round(TAIL * RATE))]).astype(
        np.float32
    )

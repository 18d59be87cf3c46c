"""The shape of a sound, small enough to draw beside every line."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import soundfile

PEAK_SECONDS = 0.01
"""Of one pair of peaks."""


def peaks(file: Path) -> dict[str, object]:
    """The lowest and highest value of every 10 ms of a sound file, −127 to 127, and its length in seconds.

    Raises:
        OSError: it cannot be read.
        soundfile.LibsndfileError: it is no sound.
    """
    samples, rate = soundfile.read(io.BytesIO(file.read_bytes()), dtype="float32")
    step = max(1, round(rate * PEAK_SECONDS))
    padded = np.pad(samples, (0, -len(samples) % step)).reshape(-1, step)
    pairs = np.stack([padded.min(axis=1), padded.max(axis=1)], axis=1)
    whole = np.clip(np.round(pairs * 127), -127, 127).astype(int)
    return {"seconds": round(len(samples) / rate, 3), "step": PEAK_SECONDS, "peaks": whole.ravel().tolist()}

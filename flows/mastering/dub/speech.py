"""Where a take speaks, and a take made to last as long as the plan says."""

from __future__ import annotations

from dataclasses import dataclass

import ffmpeg
import numpy as np

from flows.mastering.ffmpeg import run
from tts_core.sound import Samples

FRAME_SECONDS = 0.005
"""Resolution of speech bounds."""
QUIET_BELOW_PEAK_DB = 45.0
"""What lies this far below the loudest frame is no speech: weak fricatives begin at about -38 dB."""
QUIET_FLOOR = 10 ** (-70 / 20)
"""Nor is anything below -70 dBFS."""
PAD_SECONDS = 0.03
"""Of the quiet before and after the words that is kept: the start of a breath, the end of a consonant. Two pads
fit into the shortest gap between lines (80 ms)."""
SHORTEST_STRETCH = 0.002
"""A length that is off by less than this, in seconds, is left as it is: rounding, not tempo."""


@dataclass(frozen=True, slots=True)
class SpeechBounds:
    """First and last (exclusive) sample that is speech."""

    first: int
    last: int

    @property
    def samples(self) -> int:
        return self.last - self.first


def speech_bounds(samples: Samples, sample_rate: int) -> SpeechBounds:
    """Where a take speaks, by frame energy; the whole take when it is silent or shorter than a frame."""
    frame = max(1, round(FRAME_SECONDS * sample_rate))
    count = len(samples) // frame
    if count == 0:
        return SpeechBounds(0, len(samples))
    energy = np.sqrt(np.mean(np.square(samples[: count * frame].reshape(count, frame)), axis=1))
    threshold = max(QUIET_FLOOR, float(energy.max()) * 10 ** (-QUIET_BELOW_PEAK_DB / 20))
    loud = np.flatnonzero(energy > threshold)
    if len(loud) == 0:
        return SpeechBounds(0, len(samples))
    last = (int(loud[-1]) + 1) * frame
    return SpeechBounds(int(loud[0]) * frame, len(samples) if count * frame - last < frame else last)


def speech_seconds(samples: Samples, sample_rate: int) -> float:
    """Length of what is spoken, edge silence not counted."""
    return speech_bounds(samples, sample_rate).samples / sample_rate


def stretched(samples: Samples, sample_rate: int, tempo: float) -> Samples:
    """The same sound at another tempo, pitch and formants kept (rubberband through ffmpeg).

    Args:
        samples: float32 `[T]`.
        tempo: above 1 is faster.

    Returns: float32, `round(T / tempo)` samples.
    """
    wanted = round(len(samples) / tempo)
    sound = (
        ffmpeg.input("pipe:", format="f32le", ar=sample_rate, ac=1)
        .filter("rubberband", tempo=f"{tempo:.8f}", formant="preserved", pitchq="quality")
        .output("pipe:", format="f32le", acodec="pcm_f32le", threads=1)
    )
    data = run(sound, stdin=[np.ascontiguousarray(samples, "<f4").tobytes()], where="rubberband")
    out = np.frombuffer(data, "<f4")
    if len(out) >= wanted:
        return out[:wanted].copy()
    return np.concatenate([out, np.zeros(wanted - len(out), np.float32)])

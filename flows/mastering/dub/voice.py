"""Where somebody speaks in the original: by what a voice does and music, noise and machines do not.

In a window of a second of speech some frames are voiced and others are not, the pitch of the voiced ones glides all the
time, the level swings by syllables, and the voiced frames have their energy at the bottom of the spectrum. Held notes
and hums do not glide, noise has no pitch, drums have swing but no pitch, birds have theirs at the top. (The features
follow Scheirer & Slaney, "Construction and evaluation of a robust multifeature speech/music discriminator", ICASSP
1997: modulation, pitch and low-energy frames.) No model is needed, so that every install levels a dub alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flows.mastering.dub.render import DUB_RATE
from flows.mastering.dub.spans import merged
from tts_core.sound import Samples, resampled

Floats = npt.NDArray[np.float64]
Span = tuple[int, int]

RATE = 16_000
FRAME, STEP = 640, 160
"""Samples at `RATE`: 40 ms, so that a deep voice has three periods, every 10 ms."""
WINDOW = 100
"""Frames that are judged together: a second."""
LEAST_FRAMES = 30
"""A cue shorter than 0.3 s tells nothing."""
LONGEST_SECONDS = 30.0
"""Of a cue that is looked at in one piece."""

PITCH_HZ = (75, 400)
VOICED = 0.6
"""Of the normalized autocorrelation at the pitch: above it a frame has one."""
VOICED_SHARE = (0.12, 0.97)
"""Frames of a window of speech that are voiced."""
GLIDE = (0.002, 0.08)
"""Change of pitch from frame to frame, in natural logarithm, that is neither a held note nor a jump."""
GLIDING_SHARE = 0.4
"""Pairs of voiced frames that glide."""
SWING_DB = 4.0
"""Standard deviation of the level over a window."""
LOW_HZ, LOW_SHARE = 1200.0, 0.3
"""A voiced frame has this share of its energy below `LOW_HZ`."""
QUIET_DB = -70.0
"""dBFS: nothing is heard below."""


class VoiceFinder:
    """Finds the voices within cues, as the sound streams by.

    Args:
        cues: where to look, samples at `DUB_RATE`. channels: of the sound; dialogue is looked for in its middle.
    """

    def __init__(self, cues: Sequence[Span], channels: int) -> None:
        self._todo = [piece for cue in merged(cues, 0) for piece in _pieces(cue)]
        self._centre = np.full(channels, 1.0 / channels, np.float32)
        if channels in (3, 5, 6):  # L R C ...
            self._centre = np.array([0.25, 0.25, 0.5, *[0.0] * (channels - 3)], np.float32)
        self._at = 0
        self._parts: list[Samples] = []
        self._found: list[Span] = []

    def push(self, block: Samples) -> None:
        """Args: `block`: `[T]` or `[T, C]`, the next samples."""
        end = self._at + len(block)
        while self._todo and self._todo[0][0] < end:
            first, last = self._todo[0]
            part = block[max(0, first - self._at) : last - self._at]
            self._parts.append(part if part.ndim == 1 else part @ self._centre)
            if last > end:
                break
            self._settle()
        self._at = end

    def finish(self) -> list[Span]:
        """Where somebody speaks, samples at `DUB_RATE`."""
        if self._parts:
            self._settle()
        return merged(self._found, 0)

    def _settle(self) -> None:
        first, last = self._todo.pop(0)
        sound = np.concatenate(self._parts)
        self._parts = []
        scale = DUB_RATE // RATE
        for start, end in spoken(resampled(sound, DUB_RATE, RATE)):
            self._found.append((first + start * scale, min(last, first + end * scale)))


def spoken(sound: Samples) -> list[Span]:
    """Stretches of a sound at `RATE` in which somebody speaks, in samples."""
    frames = _frames(sound)
    count = len(frames.levels)
    if count < LEAST_FRAMES:
        return []
    starts = range(0, max(1, count - WINDOW + 1), WINDOW // 2)
    hits = [start for start in starts if _is_speech(frames, slice(start, start + WINDOW))]
    return merged(((s * STEP, min(len(sound), (s + WINDOW) * STEP + FRAME)) for s in hits), 0)


@dataclass(frozen=True, slots=True)
class _Frames:
    """Of each frame: level in dBFS, whether it may be a voice, and its pitch in Hz."""

    levels: Floats
    voiced: npt.NDArray[np.bool_]
    pitch: Floats


def _pieces(cue: Span) -> list[Span]:
    most = round(LONGEST_SECONDS * DUB_RATE)
    return [(at, min(at + most, cue[1])) for at in range(max(0, cue[0]), cue[1], most)]


def _frames(sound: Samples) -> _Frames:
    """Levels, voicing and pitch by autocorrelation, the window's own taken out of it (Boersma 1993)."""
    from scipy.signal import butter, sosfilt  # half a second to import, and most commands weigh no voice

    if len(sound) < FRAME:
        return _Frames(np.zeros(0), np.zeros(0, bool), np.zeros(0))
    band = sosfilt(butter(2, [100, 4000], "bandpass", fs=RATE, output="sos"), sound.astype(np.float64))
    cut = np.lib.stride_tricks.sliding_window_view(band, FRAME)[::STEP]
    levels = 10 * np.log10((cut**2).mean(axis=1) + 1e-12)
    window = np.hanning(FRAME)
    size = 2048
    power = np.abs(np.fft.rfft(cut * window, size)) ** 2
    own = np.fft.irfft(np.abs(np.fft.rfft(window, size)) ** 2)[:FRAME]
    alike = np.fft.irfft(power)[:, :FRAME]
    alike /= np.maximum(alike[:, :1], 1e-12) * np.maximum(own / own[0], 0.05)
    shortest, longest = RATE // PITCH_HZ[1], RATE // PITCH_HZ[0]
    rows = np.arange(len(alike))
    best = alike[:, shortest:longest].argmax(axis=1) + shortest
    left, top, right = alike[rows, best - 1], alike[rows, best], alike[rows, best + 1]
    curve = left - 2 * top + right
    shift = np.divide(0.5 * (left - right), curve, out=np.zeros_like(top), where=np.abs(curve) > 1e-9)
    low = power[:, : round(LOW_HZ * size / RATE)].sum(axis=1) > LOW_SHARE * power.sum(axis=1)
    inside = (best > shortest) & (best < longest - 1)
    return _Frames(levels, (top > VOICED) & inside & low, RATE / (best + shift.clip(-0.5, 0.5)))


def _is_speech(frames: _Frames, window: slice) -> bool:
    levels = frames.levels[window]
    voiced = frames.voiced[window] & (levels > max(levels.max() - 30, QUIET_DB))
    pairs = voiced[1:] & voiced[:-1]
    if not VOICED_SHARE[0] <= voiced.mean() <= VOICED_SHARE[1] or not pairs.any():
        return False
    glide = np.abs(np.diff(np.log(frames.pitch[window])))[pairs]
    gliding = float(((glide > GLIDE[0]) & (glide < GLIDE[1])).mean())
    return gliding >= GLIDING_SHARE and float(levels[levels > QUIET_DB].std()) >= SWING_DB

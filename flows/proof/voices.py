"""Whether a take is in its voice: its timbre and pitch against those of the voice's other takes.

Timbre is the mean and the spread of mel-frequency cepstral coefficients over the loud parts (S. Davis and
P. Mermelstein, "Comparison of parametric representations for monosyllabic word recognition", 1980), pitch the median of
the strongest lag of their autocorrelation. What a voice varies in from line to line weighs little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from tts_core.sound import Samples, resampled

RATE = 16_000
FRAME, HOP, FFT = 400, 320, 512
MELS, COEFFICIENTS = 32, 16
LOUD_DB = -25.0
FEWEST_TAKES = 4
"""Of a voice, from which it is known."""
LEAST_SECONDS = 0.8
"""Of a take that is long enough to tell a voice by."""
PITCHES = (60.0, 400.0)
"""Hz."""

Floats = npt.NDArray[np.float64]


def voice_print(samples: Samples, rate: int) -> Floats | None:
    """`[33]`: means and deviations of 16 coefficients (the first, loudness, left out of neither), and the pitch in
    octaves; None for a take that is too short."""
    sound = np.asarray(resampled(samples, rate, RATE), np.float64)
    if len(sound) < LEAST_SECONDS * RATE:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME)[::HOP] * np.hanning(FRAME)
    power = np.abs(np.fft.rfft(frames, FFT)) ** 2
    level = 10 * np.log10(power.sum(axis=1) + 1e-12)
    loud = level > np.percentile(level, 95) + LOUD_DB
    if loud.sum() < 10:
        return None
    mels = np.log(power[loud] @ _filters() + 1e-9)
    mels -= mels.mean()  # not how loud the take is
    cepstrum = mels @ _cosines()
    return np.concatenate([cepstrum.mean(axis=0), cepstrum.std(axis=0), [_pitch(power[loud])]])


def _pitch(power: Floats) -> float:
    """Median pitch of voiced frames in octaves above 1 Hz."""
    lags = np.fft.irfft(power)
    low, high = int(RATE / PITCHES[1]), min(int(RATE / PITCHES[0]), FFT // 2 - 1)
    window = lags[:, low:high]
    best = window.argmax(axis=1) + low
    strength = window.max(axis=1) / np.maximum(lags[:, 0], 1e-12)
    voiced = best[strength >= np.median(strength)]
    return float(np.median(np.log2(RATE / voiced)))


@cache
def _filters() -> Floats:
    """Triangular mel filters `[257, 32]`."""
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 7600 / 700), MELS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(FFT, 1 / RATE)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.maximum(np.minimum(rising, falling), 0.0)


@cache
def _cosines() -> Floats:
    """Discrete cosine transform `[32, 16]`, without the constant."""
    band = np.arange(MELS)[:, None] + 0.5
    return np.asarray(np.cos(np.pi * band * np.arange(1, COEFFICIENTS + 1) / MELS) * np.sqrt(2 / MELS))


def strangeness(prints: Mapping[str, tuple[str, Floats]]) -> dict[str, float]:
    """How far each take is from its voice, in deviations that takes of one voice have from it; 1 is usual.

    Args:
        prints: by take, its voice and its print. Voices with few takes are left out.
    """
    by_voice: dict[str, list[str]] = {}
    for key, (voice, _) in prints.items():
        by_voice.setdefault(voice, []).append(key)
    known = {voice: keys for voice, keys in by_voice.items() if len(keys) >= FEWEST_TAKES}
    if not known:
        return {}
    middles = {voice: np.median([prints[key][1] for key in keys], axis=0) for voice, keys in known.items()}
    away = {key: prints[key][1] - middles[voice] for voice, keys in known.items() for key in keys}
    spread = 1.4826 * np.median(np.abs(list(away.values())), axis=0) + 1e-3
    return {key: float(np.sqrt(np.mean((each / spread) ** 2))) for key, each in away.items()}


def nearer_voice(key: str, prints: Mapping[str, tuple[str, Floats]], voices: Sequence[str]) -> str:
    """The voice of a production that a take is nearest to."""
    middles = {
        voice: np.median(
            [each for other, (name, each) in prints.items() if name == voice and other != key], axis=0
        )
        for voice in voices
        if sum(1 for other, (name, _) in prints.items() if name == voice and other != key) >= FEWEST_TAKES
    }
    mine = prints[key][1]
    return min(middles, key=lambda voice: float(np.abs(middles[voice] - mine).sum()), default=prints[key][0])

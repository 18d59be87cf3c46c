"""Whether a take is in its voice: its timbre and pitch against those of the voice's other takes.

Timbre is the mean and the spread of mel-frequency cepstral coefficients over the loud parts (S. Davis and
P. Mermelstein, "Comparison of parametric representations for monosyllabic word recognition", 1980), pitch the median of
the strongest lag of their autocorrelation. What a voice varies in from line to line weighs little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
FARTHEST = 8.0
"""Deviations that one coefficient of a print counts at most."""

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


@dataclass(frozen=True, slots=True)
class Compared:
    """A take beside the others of a production.

    Args:
        strange: how far it is from its voice, in deviations that takes of one voice have from it; 1 is usual.
        nearer: the other voice that it is nearest to; "" where no other is known.
        by: nats by which it is likelier that voice's than its own; below 0 where it is not.
    """

    strange: float
    nearer: str = ""
    by: float = 0.0


def compared(prints: Mapping[str, tuple[str, Floats]]) -> dict[str, Compared]:
    """How each take compares with its own voice and with the others.

    What parts two voices that are much alike are a few coefficients, in which takes of one voice differ little: so a
    take is weighed between two voices by the likelihoods of its print, each coefficient normal about the median of the
    voice's other takes, with the deviation that all voices' takes have.

    Args:
        prints: by take, its voice and its print. Voices with few takes are left out.
    """
    by_voice: dict[str, list[str]] = {}
    for key, (voice, _) in prints.items():
        by_voice.setdefault(voice, []).append(key)
    known = {voice: keys for voice, keys in by_voice.items() if len(keys) >= FEWEST_TAKES}
    if not known:
        return {}
    names = sorted(known)
    own = {voice: np.array([prints[key][1] for key in keys]) for voice, keys in known.items()}
    middles = np.array([np.median(own[voice], axis=0) for voice in names])
    away = np.concatenate([own[voice] - middles[place] for place, voice in enumerate(names)])
    spread = 1.4826 * np.median(np.abs(away), axis=0) + 1e-3

    def unlike(one: Floats, middle: Floats) -> Floats:
        """Half the sum of squares: minus the logarithm of the likelihood, but for a constant."""
        return np.asarray((((one - middle) / spread).clip(-FARTHEST, FARTHEST) ** 2).sum(axis=-1) / 2)

    found = {}
    for place, voice in enumerate(names):
        others = [each for each in range(len(names)) if each != place]
        for number, (key, mine) in enumerate(zip(known[voice], own[voice], strict=True)):
            strange = float(np.sqrt(np.mean(((mine - middles[place]) / spread) ** 2)))
            if not others:
                found[key] = Compared(strange)
                continue
            rest = np.median(np.delete(own[voice], number, axis=0), axis=0)
            theirs = unlike(mine, middles[others])
            best = int(theirs.argmin())
            found[key] = Compared(strange, names[others[best]], float(unlike(mine, rest) - theirs[best]))
    return found

"""True peak: the highest point of the waveform between the samples (ITU-R BS.1770-4 annex 2).

The signal is interpolated to at least 192 kHz. Interpolation can raise a stretch at most by a known factor
(the largest absolute row sum of the filter), so stretches that cannot matter are not interpolated: the answer
is the same and speech costs almost nothing.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flows.mastering.designs import designed
from tts_core.sound import Samples

Floats = npt.NDArray[np.float64]

OVERSAMPLED_RATE = 192_000  # Hz, the rate annex 2 reaches from 48 kHz; 4x of a lower rate would under-read
MIN_FACTOR = 4
TAPS = 24  # of one phase; annex 2 lists 12: longer keeps the pass band flat to 0.9 of Nyquist
KAISER_BETA = 7.0  # stop band of the interpolator near 70 dB
STRETCH = 512  # samples looked at together


@dataclass(frozen=True, slots=True)
class Interpolator:
    """Polyphase interpolation filter.

    Args:
        phases: `[factor, TAPS]`; row p gives the value p/factor after sample TAPS/2 - 1 of a window of TAPS samples.
        growth: no interpolated value exceeds the window's largest sample times this.
    """

    phases: Samples
    growth: float


@functools.lru_cache(maxsize=8)
def interpolator(sample_rate: int) -> Interpolator:
    """The interpolator for a sample rate (Hz), reaching at least 192 kHz and at least four-fold."""
    factor = max(MIN_FACTOR, math.ceil(OVERSAMPLED_RATE / sample_rate))
    length = TAPS * factor
    prototype = designed(_prototype, factor, ("scipy",)) * factor
    # Window index k of output phase p meets prototype tap (TAPS/2 - 1 - k) * factor + p, centred.
    rows = np.zeros((factor, TAPS))
    for phase in range(factor):
        for tap in range(TAPS):
            index = (TAPS // 2 - 1 - tap) * factor + phase + length // 2
            if 0 <= index <= length:
                rows[phase, tap] = prototype[index]
        rows[phase] /= rows[phase].sum()  # a constant stays that constant
    return Interpolator(rows.astype(np.float32), float(np.abs(rows).sum(axis=1).max()))


def _prototype(factor: int) -> Floats:
    from scipy.signal import firwin  # a second to import

    return np.asarray(firwin(TAPS * factor + 1, 1 / factor, window=("kaiser", KAISER_BETA)))


def between_samples(x: Samples, filter_: Interpolator) -> Samples:
    """Largest absolute interpolated value in `[n, n + 1)` for each sample that has its whole window.

    Args:
        x: `[T]`, contiguous, T >= TAPS.

    Returns: `[T - TAPS + 1]`; entry i belongs to sample i + TAPS/2 - 1.
    """
    # sliding_window_view says the same and takes longer than the product
    overlapping = np.ndarray((len(x) - TAPS + 1, TAPS), x.dtype, x, strides=x.strides * 2)
    windows = np.ascontiguousarray(overlapping)  # BLAS wants it so
    peaks: Samples = np.abs(filter_.phases @ windows.T).max(axis=0)
    return peaks


class TruePeakMeter:
    """Running true peak and sample peak of one channel."""

    def __init__(self, sample_rate: int) -> None:
        self._filter = interpolator(sample_rate)
        self._tail = np.zeros(TAPS - 1, np.float32)  # the silence before the first sample
        self.sample_peak = 0.0
        self.true_peak = 0.0

    def push(self, x: Samples) -> None:
        """Args: `x`: `[T]` float32."""
        joined = np.concatenate([self._tail, x])
        self._tail = joined[len(joined) - (TAPS - 1) :].copy()
        count = len(joined) - TAPS + 1
        if count <= 0:
            return
        # Stretch i reads joined[i * STRETCH : (i + 1) * STRETCH + TAPS - 1]; its own and the next one's peak bound it.
        magnitude = np.abs(joined)
        starts = np.arange(0, count, STRETCH)
        own = np.maximum.reduceat(magnitude, starts)
        bound = own.copy()
        bound[:-1] = np.maximum(own[:-1], own[1:])
        self.sample_peak = max(self.sample_peak, float(own.max()))
        self.true_peak = max(self.true_peak, self.sample_peak)
        # Loudest first: the later ones then mostly cannot win.
        for index in np.argsort(bound)[::-1]:
            if float(bound[index]) * self._filter.growth <= self.true_peak:
                break
            start = int(starts[index])
            piece = joined[start : min(start + STRETCH, count) + TAPS - 1]
            self.true_peak = max(self.true_peak, float(between_samples(piece, self._filter).max()))

    def finish(self) -> None:
        """Let the last samples ring out."""
        self.push(np.zeros(TAPS, np.float32))

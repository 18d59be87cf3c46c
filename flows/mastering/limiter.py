"""A look-ahead true-peak limiter: touches peaks above the ceiling and nothing else.

The gain needed at each sample comes from the interpolated waveform (see true_peak). It is held over the
look-ahead, released exponentially, and smoothed by a Hann window as long as the look-ahead, so that it is fully
down when the peak arrives and never has a corner. Where no peak is near, samples pass bit-exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from flows.mastering.true_peak import STRETCH, TAPS, between_samples, interpolator
from tts_core.sound import Samples, amplitude

Floats = npt.NDArray[np.float64]

LOOK_AHEAD = 0.005  # seconds
RELEASE = 0.080  # seconds to fall to 1/e of the reduction: slower than a pitch period, faster than a syllable
UNTOUCHED = 1e-4  # gain reduction (0.0009 dB) at which a release ends
BLOCK = 16_384  # samples; a fixed grid from the start of the stream, so that input blocks may have any length


class Limiter:
    """Multiplies by a static gain, then keeps true peaks below a ceiling.

    Args:
        sample_rate: Hz.
        gain: linear.
        ceiling: dBTP.

    `push` and `finish` return what is ready; joined, they have the length of the input. Channels are linked.
    The sum is the same, bit for bit, however the input is cut into blocks.
    """

    def __init__(self, sample_rate: int, gain: float, ceiling: float) -> None:
        self._gain = np.float32(gain)
        self._ceiling = amplitude(ceiling)
        self._filter = interpolator(sample_rate)
        self._ahead = max(2, round(sample_rate * LOOK_AHEAD))
        window = np.hanning(self._ahead + 3)[1:-1]
        self._smoothing: Floats = window / window.sum()  # [ahead + 1]
        self._log_decay = -1 / (RELEASE * sample_rate)
        # Input not yet written out, after the samples the interpolator looks back on (silence at the start).
        self._pending: list[Samples] = []
        self._held = 0
        self._back: Samples | None = None
        self._needed = np.zeros(0)  # reduction needed for the first `ahead` samples of what is pending
        self._released = 0.0
        self._past = np.zeros(self._ahead)  # held reduction before the block, for the smoothing

    def push(self, x: Samples) -> Samples:
        """Args: `x`: `[T]` or `[T, C]` float32. Returns what is ready."""
        if len(x):
            self._pending.append(x * self._gain)
            self._held += len(x)
        return self._drain(BLOCK + self._ahead + TAPS, BLOCK)

    def finish(self) -> Samples:
        """Returns the rest."""
        if not self._pending:
            return np.zeros(0, np.float32)
        owed = self._held
        shape = (BLOCK + self._ahead + TAPS, *self._pending[0].shape[1:])
        self._pending.append(np.zeros(shape, np.float32))
        self._held += shape[0]
        out = self._drain(BLOCK + self._ahead + TAPS, BLOCK)[:owed]
        return out

    def _drain(self, enough: int, block: int) -> Samples:
        if self._held < enough:
            return np.zeros((0, *self._pending[0].shape[1:]) if self._pending else 0, np.float32)
        x = np.concatenate(self._pending)
        done: list[Samples] = []
        at = 0
        while len(x) - at >= enough:
            done.append(self._limit(x[at : at + enough]))
            at += block
        self._pending = [x[at:]]
        self._held = len(x) - at
        return np.concatenate(done)

    def _limit(self, x: Samples) -> Samples:
        """One block of the grid. `x`: the block, the look-ahead and the interpolator's reach."""
        if self._back is None:
            self._back = np.zeros((TAPS, *x.shape[1:]), np.float32)
            self._needed = self._reduction(np.concatenate([self._back, x])[: TAPS + self._ahead + TAPS])[
                : self._ahead
            ]
            # The look-ahead of the moments before the stream, so that a peak at its very start is met.
            self._past = np.maximum.accumulate(self._needed)
        joined = np.concatenate([self._back, x])
        fresh = self._reduction(joined[self._ahead :])[:BLOCK]
        needed = np.concatenate([self._needed, fresh])  # [BLOCK + ahead]
        out = x[:BLOCK]
        self._back = joined[BLOCK : BLOCK + TAPS]
        self._needed = needed[BLOCK:]
        if self._released == 0.0 and not needed.any() and not self._past.any():
            return out
        held = _release(_maximum_ahead(needed, self._ahead)[:BLOCK], self._released, self._log_decay)
        self._released = float(held[-1])
        history = np.concatenate([self._past, held])
        self._past = history[len(history) - self._ahead :]
        gain = 1.0 - np.convolve(history, self._smoothing, "valid")  # [BLOCK]
        return (out * (gain if out.ndim == 1 else gain[:, None])).astype(np.float32)

    def _reduction(self, x: Samples) -> Floats:
        """1 - the gain each sample needs. `x`: TAPS samples before the first, TAPS after the last one asked for."""
        if x.ndim > 1:
            channels = [self._reduction(np.ascontiguousarray(c)) for c in x.T]
            return np.asarray(np.max(channels, axis=0))
        count = len(x) - 2 * TAPS
        needed = np.zeros(count)
        limit = self._ceiling / self._filter.growth
        # A stretch of samples answers for what is interpolated from TAPS on either side of it.
        magnitude = np.maximum.reduceat(np.abs(x), np.arange(0, len(x), STRETCH))
        if float(magnitude.max()) <= limit:
            return needed
        reach = np.maximum(magnitude, np.append(magnitude[1:], 0.0))
        for start in range(0, count, STRETCH):
            if reach[start // STRETCH] <= limit:
                continue
            stop = min(start + STRETCH, count)
            # between[i] lies between samples i and i + 1; a sample must answer for both sides.
            first = TAPS + start - 1 - (TAPS // 2 - 1)
            between = between_samples(x[first : first + stop - start + TAPS], self._filter)
            peak = np.maximum(between[:-1], between[1:])
            over = peak > self._ceiling
            needed[start:stop][over] = 1.0 - self._ceiling / peak[over]
        return needed


def limited(blocks: Iterable[Samples], sample_rate: int, gain: float, ceiling: float) -> Iterator[Samples]:
    """`blocks` times `gain` (linear), with true peaks below `ceiling` (dBTP); same total length."""
    limiter = Limiter(sample_rate, gain, ceiling)
    for block in blocks:
        ready = limiter.push(block)
        if len(ready):
            yield ready
    rest = limiter.finish()
    if len(rest):
        yield rest


def _maximum_ahead(x: Floats, ahead: int) -> Floats:
    """`out[n] = max(x[n : n + ahead + 1])`, `[T - ahead]`, by doubling windows."""
    out, width = x, 1
    length = ahead + 1
    while width * 2 <= length:
        out = np.maximum(out[:-width], out[width:])
        width *= 2
    rest = length - width
    return np.maximum(out[: len(out) - rest], out[rest:]) if rest else out


def _release(needed: Floats, before: float, log_decay: float) -> Floats:
    """`out[n] = max(needed[n], out[n-1] * decay)`, ending at 0 once below UNTOUCHED.

    In the logarithm the recursion is a running maximum of `log needed - n log decay`.
    """
    count = len(needed)
    slope = np.arange(1, count + 1) * log_decay
    with np.errstate(divide="ignore"):
        risen = np.maximum.accumulate(np.concatenate([[np.log(before)], np.log(needed) - slope]))[1:]
    decayed = np.exp(risen + slope)
    decayed[decayed < UNTOUCHED] = 0.0
    out: Floats = np.maximum(needed, decayed)
    return out

"""Loudness and levels, streaming and mergeable: ITU-R BS.1770-4, EBU Tech 3342, RMS, noise floor, true peak.

A meter reduces sound to energies per tenth of a second. Those of many chapters are joined into the loudness of
the book, so no book ever has to be in memory, nor be decoded twice.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flows.mastering.designs import designed
from flows.mastering.true_peak import TruePeakMeter
from normalizers.errors import DuoyinError
from tts_core.loops.weighing import weigh
from tts_core.sound import SILENT, Samples, decibels

Floats = npt.NDArray[np.float64]

HOP = 0.1  # seconds: 75 % overlap of the 400 ms gating block (BS.1770-4 annex 1)
BLOCK_HOPS = 4  # 400 ms
SHORT_TERM_HOPS = 30  # 3 s (EBU Tech 3341)
OFFSET = -0.691  # dB, BS.1770-4 equation 2
ABSOLUTE_GATE = -70.0  # LUFS
RELATIVE_GATE = -10.0  # LU below the ungated mean, integrated loudness
RANGE_RELATIVE_GATE = -20.0  # LU, loudness range (EBU Tech 3342)
RANGE_PERCENTILES = (10.0, 95.0)  # EBU Tech 3342
NOISE_HOPS = 5  # 500 ms: the stretch of room tone a noise floor is read from
CURVE_POINTS = 2000  # of a curve over a file: more than a screen has columns
DIGITAL_SILENCE = -90.0  # dBFS RMS; below it there is nothing but rounding and codec dust
PAUSE_PERCENTILE = 5.0  # of the tenths of a second that are not digital silence
# BS.1770-4 table 4 for the usual channel orders: L R (C LFE) Ls Rs; LFE is not counted.
CHANNEL_WEIGHTS = {
    1: (1.0,),
    2: (1.0, 1.0),
    3: (1.0, 1.0, 1.0),
    4: (1.0, 1.0, 1.41, 1.41),
    5: (1.0, 1.0, 1.0, 1.41, 1.41),
    6: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41),
}


@functools.lru_cache(maxsize=8)
def k_weighting(sample_rate: int) -> Floats:
    """K-weighting as second-order sections `[2, 6]` at any rate.

    BS.1770-4 lists 48 kHz coefficients only; the analogue prototype behind them is Brecht De Man's, as in pyloudnorm.
    """
    return designed(_k_weighting, sample_rate, ("pyloudnorm", "scipy")).reshape(2, 6)


def _k_weighting(sample_rate: int) -> Floats:
    from pyloudnorm import IIRfilter  # with scipy.signal a second to import

    shelf = IIRfilter(3.99984385397, 0.7071752369554193, 1681.9744509555319, sample_rate, "high_shelf_DeMan")
    high_pass = IIRfilter(0.0, 0.5003270373253953, 38.13547087613982, sample_rate, "high_pass_DeMan")
    return np.array([[*shelf.b, *shelf.a], [*high_pass.b, *high_pass.a]])


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Energies of one stretch of sound (a chapter), a tenth of a second each; the last one may be shorter.

    Args:
        hop: samples in a tenth of a second.
        samples: length of the stretch.
        weighted: `[H]` K-weighted energy, channels summed by weight; whole hops only.
        plain: `[H']` unweighted energy, averaged over channels; the last, shorter hop included.
        peaks: `[H']` sample peak of each hop, linear.
        sample_peak: linear.
        true_peak: linear.
    """

    hop: int
    samples: int
    weighted: Floats
    plain: Floats
    peaks: Floats
    sample_peak: float
    true_peak: float

    def amplified(self, gain: float) -> Levels:
        """These levels after multiplying the sound by `gain`."""
        power = gain * gain
        return Levels(
            self.hop,
            self.samples,
            self.weighted * power,
            self.plain * power,
            self.peaks * gain,
            self.sample_peak * gain,
            self.true_peak * gain,
        )


@dataclass(frozen=True, slots=True)
class Curve:
    """How loud a file is from its beginning to its end, a value a stretch of `step` seconds.

    Args:
        loudness: LUFS, ungated; where a stretch is 3 s long, the short-term loudness of EBU Tech 3341.
        rms: dBFS. peaks: sample peak, dBFS. All three `[N]`; -inf where nothing sounds.
    """

    step: float
    loudness: tuple[float, ...]
    rms: tuple[float, ...]
    peaks: tuple[float, ...]


class Meter:
    """Turns blocks of sound into `Levels`. The result does not depend on how the sound is cut into blocks.

    Args:
        sample_rate: Hz.
        channels: 1 to 6, in the order L R C LFE Ls Rs (4 channels: L R Ls Rs; 5: L R C Ls Rs).
        peaks: also look for the peaks between samples; without them `true_peak` is the sample peak, for half the work.
    """

    def __init__(self, sample_rate: int, channels: int = 1, *, peaks: bool = True) -> None:
        if channels not in CHANNEL_WEIGHTS:
            raise DuoyinError(f"{channels} channels cannot be measured", hint="mono to 5.1 can")
        self._hop = round(sample_rate * HOP)
        self._channels = channels
        self._weights = np.array(CHANNEL_WEIGHTS[channels])
        self._sections = k_weighting(sample_rate)
        self._states = np.zeros((channels, 4))
        self._peaks = [TruePeakMeter(sample_rate) for _ in range(channels)] if peaks else []
        self._open = np.zeros((channels, 0), np.float32)  # the hop that is not whole yet
        self._hops: list[Floats] = []
        self._samples = 0

    def push(self, x: Samples) -> None:
        """Args: `x`: `[T]` for one channel, `[T, C]` for several."""
        if len(x) == 0:
            return
        columns = np.atleast_2d(np.ascontiguousarray(x.T))  # [C, T]
        for meter, column in zip(self._peaks, columns):
            meter.push(column)
        sound = np.concatenate([self._open, columns], axis=1)
        whole = sound.shape[1] // self._hop * self._hop
        self._hops.append(self._weigh(sound[:, :whole]))
        self._open = sound[:, whole:].copy()
        self._samples += len(x)

    def _weigh(self, sound: Samples) -> Floats:
        """Weighted energy, plain energy and peak of hops `[C, T]`, all channels taken together: `[H, 3]`."""
        of_channels = np.stack(
            [
                weigh(np.ascontiguousarray(row, np.float32), self._hop, self._sections, state)
                for row, state in zip(sound, self._states)
            ]
        )
        weighted = np.einsum("c,ch->h", self._weights, of_channels[:, :, 0])
        return np.stack(
            [weighted, of_channels[:, :, 1].mean(axis=0), of_channels[:, :, 2].max(axis=0)], axis=1
        )

    def finish(self) -> Levels:
        """The levels of everything pushed."""
        for meter in self._peaks:
            meter.finish()
        whole = np.concatenate([*self._hops, np.zeros((0, 3))])
        hops = np.concatenate([whole, self._weigh(self._open)])
        sample_peak = float(hops[:, 2].max(initial=0.0))
        return Levels(
            hop=self._hop,
            samples=self._samples,
            weighted=whole[:, 0],
            plain=hops[:, 1],
            peaks=hops[:, 2],
            sample_peak=max((m.sample_peak for m in self._peaks), default=sample_peak),
            true_peak=max((m.true_peak for m in self._peaks), default=sample_peak),
        )


def measure(blocks: Iterable[Samples], sample_rate: int, channels: int = 1, *, peaks: bool = True) -> Levels:
    """The levels of a stream of blocks (`[T]` or `[T, C]`). `peaks`: see `Meter`."""
    meter = Meter(sample_rate, channels, peaks=peaks)
    for block in blocks:
        meter.push(block)
    return meter.finish()


def integrated(parts: Sequence[Levels]) -> float:
    """Gated loudness of the parts taken together, LUFS (BS.1770-4 annex 1); -inf where all is below the gate.

    A gating block never spans two parts, so the result is the same in whatever order they were measured.
    """
    power = np.concatenate([_sliding_mean(p, BLOCK_HOPS) for p in parts] or [np.zeros(0)])
    power = power[power > _power(ABSOLUTE_GATE)]
    if not len(power):
        return SILENT
    power = power[power > power.mean() * 10 ** (RELATIVE_GATE / 10)]
    return OFFSET + 10 * math.log10(float(power.mean()))


def loudness_range(parts: Sequence[Levels]) -> float:
    """Loudness range in LU (EBU Tech 3342, short-term values every 100 ms); 0 where there is too little sound."""
    power = np.concatenate([_sliding_mean(p, SHORT_TERM_HOPS) for p in parts] or [np.zeros(0)])
    power = power[power > _power(ABSOLUTE_GATE)]
    if not len(power):
        return 0.0
    power = power[power > power.mean() * 10 ** (RANGE_RELATIVE_GATE / 10)]
    low, high = np.percentile(10 * np.log10(power), RANGE_PERCENTILES)
    return float(high - low)


def rms(parts: Sequence[Levels]) -> float:
    """RMS of everything, silence included, dBFS (a full-scale square wave is 0)."""
    samples = sum(p.samples for p in parts)
    energy = sum(float(p.plain.sum()) for p in parts)
    return 10 * math.log10(energy / samples) if energy > 0 else SILENT


def true_peak(parts: Sequence[Levels]) -> float:
    """Highest true peak, dBTP."""
    return decibels(max((p.true_peak for p in parts), default=0.0))


def noise_floor(part: Levels) -> float:
    """RMS of the quietest half second, dBFS, as a studio reads it from room tone.

    Half seconds start every 100 ms. Digital silence (below -90 dBFS) gives -inf: nothing can be heard there.
    A part shorter than half a second is one stretch.
    """
    hops = part.plain[: part.samples // part.hop]  # whole ones
    if len(hops) < NOISE_HOPS:
        level = rms([part])
    else:
        quietest = np.convolve(hops, np.ones(NOISE_HOPS), "valid").min() / (NOISE_HOPS * part.hop)
        level = 10 * math.log10(quietest) if quietest > 0 else SILENT
    return level if level >= DIGITAL_SILENCE else SILENT


def pause_level(parts: Sequence[Levels]) -> float:
    """How loud the pauses *inside* the takes are, dBFS: the 5th percentile of the tenths of a second that are not
    digital silence. Inserted silence hides a hissing voice from `noise_floor`; this does not.
    """
    levels = np.concatenate(
        [p.plain[: p.samples // p.hop] / p.hop for p in parts if p.samples >= p.hop] or [np.zeros(0)]
    )
    levels = levels[levels > 10 ** (DIGITAL_SILENCE / 10)]
    return 10 * math.log10(float(np.percentile(levels, PAUSE_PERCENTILE))) if len(levels) else SILENT


def curve(parts: Sequence[Levels], *, most: int = CURVE_POINTS) -> Curve:
    """Loudness and peaks over the parts, one after another, in at most `most` stretches of 3 s or more.

    Raises `ValueError` where there is no part.
    """
    hop = parts[0].hop
    total = sum(part.samples for part in parts) / hop
    hops = max(SHORT_TERM_HOPS, math.ceil(total / most))
    count = max(1, math.ceil(total / hops))
    weighted, plain, peaks, length, filled = np.zeros((5, count))
    begin = 0.0
    for part in parts:
        at = ((begin + np.arange(len(part.plain))) // hops).astype(int).clip(0, count - 1)
        whole = len(part.weighted)
        weighted += np.bincount(at[:whole], part.weighted, count)
        filled += np.bincount(at[:whole], minlength=count) * hop
        plain += np.bincount(at, part.plain, count)
        length += np.bincount(at, minlength=count) * hop
        np.maximum.at(peaks, at, part.peaks)
        begin += part.samples / hop
    with np.errstate(divide="ignore", invalid="ignore"):
        loud = OFFSET + 10 * np.log10(weighted / np.maximum(filled, 1))
        level = 10 * np.log10(plain / np.maximum(length, 1))
        peak = 20 * np.log10(peaks)
    return Curve(hops * HOP, *(tuple(map(float, values.round(2))) for values in (loud, level, peak)))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET) / 10))


def _sliding_mean(part: Levels, hops: int) -> Floats:
    if len(part.weighted) < hops:
        return np.zeros(0)
    total = np.concatenate([[0.0], np.cumsum(part.weighted)])
    means: Floats = np.maximum(total[hops:] - total[:-hops], 0.0) / (hops * part.hop)
    return means

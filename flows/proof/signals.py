"""What is wrong with a take by its sound alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from flows.proof.verdict import Fault, Finding
from tts_core.engine import Take
from tts_core.sound import Samples

HOP_SECONDS = 0.010
"""Between two levels."""
QUIET_DB = -45.0
"""Below the take's loud parts: nothing is heard there."""
LOUD_PERCENTILE = 95
"""Of the levels of a take: its loud parts."""
LONGEST_PAUSE = 1.75
"""Seconds of quiet that an engine makes of the longest mark: 1.61 at most were measured on clean takes."""
LONGEST_GAP = 1.0
"""Seconds of quiet between two words with no mark between them."""
OWN_MANNER = 1.2
"""Times the usual longest quiet of a voice. Of ten voices nine have 0.2 to 0.5 s; af_nicole, who whispers, 1.35 s."""
CLIPPED = 0.999
"""Part of a take's peak from which a sample counts as cut."""
CLIPPED_RUN = 4
"""Samples in a row at one and the same peak that no speech has."""
NOISE_BAND = (0.6, 0.95)
"""Of the highest frequency a take can hold: speech is weak there, but for sibilants, which are short."""
NOISE_BELOW_DB = -21.0
"""Level of that band against the take's loud parts, from which it is more than speech has for long."""
NOISE_SECONDS = 0.235
"""Longer than a sibilant (0.21 s at most on 265 clean takes). A burst of 0.25 s is told by 0.25 s or more."""
NOISE_FLATNESS = 0.3
"""Geometric mean by arithmetic mean of the band's power: noise is flat."""
TAIL_SECONDS = 0.03
CUT_DB = -40.0
"""Level of a take's last 30 ms against its loud parts, from which its end is missing: engines end in quiet."""


Marked = Callable[[float, float], bool]


def levels(samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """RMS of every 10 ms of a take in dB of full scale, `[T / 10 ms]`."""
    hop = round(rate * HOP_SECONDS)
    count = len(samples) // hop
    frames = samples[: count * hop].reshape(count, hop).astype(np.float64)
    return np.asarray(10 * np.log10(np.mean(frames**2, axis=1) + 1e-12))


def signal_findings(
    take: Take, marked: Marked = lambda start, end: True, longest_gap: float = LONGEST_GAP
) -> list[Finding]:
    """Long silence inside, a cut end, clipping and noise.

    Args:
        marked: whether a quiet from one second to another lies at a mark of the text, where a speaker pauses.
        longest_gap: seconds of quiet without a mark that the take's voice is allowed, see `allowed_gap`.
    """
    level = levels(take.samples, take.sample_rate)
    if not len(level):
        return []
    loud = float(np.percentile(level, LOUD_PERCENTILE))
    return [*_silences(level, marked, longest_gap), *_clipping(take), *_cut(take, loud), *_noise(take, loud)]


def _cut(take: Take, loud: float) -> Iterator[Finding]:
    tail = take.samples[-round(TAIL_SECONDS * take.sample_rate) :].astype(np.float64)
    level = 10 * np.log10(np.mean(tail**2) + 1e-12)
    if level > loud + CUT_DB:
        yield Finding(Fault.CUT, 1.0, max(take.seconds - TAIL_SECONDS, 0.0), take.seconds)


def noise_frames(take: Take, loud: float) -> npt.NDArray[np.bool_]:
    """Whether each 10 ms of a take is as loud and as flat in the highest band as noise is."""
    hop = round(take.sample_rate * HOP_SECONDS)
    if len(take.samples) < 2 * hop:
        return np.zeros(0, bool)
    frames = np.lib.stride_tricks.sliding_window_view(take.samples, 2 * hop)[::hop].astype(np.float64)
    power = np.abs(np.fft.rfft(frames * np.hanning(2 * hop))) ** 2 / (hop * 2) ** 2 * (8 / 3) * 2
    first, end = (round(share * power.shape[1]) for share in NOISE_BAND)
    band = power[:, first:end] + 1e-14
    level = 10 * np.log10(band.sum(axis=1))
    flat = np.exp(np.log(band).mean(axis=1)) / band.mean(axis=1)
    return np.asarray((level > loud + NOISE_BELOW_DB) & (flat > NOISE_FLATNESS))


def _noise(take: Take, loud: float) -> Iterator[Finding]:
    flags = noise_frames(take, loud)
    joined = np.convolve(flags, np.ones(5), "same") >= 3  # a frame that looks otherwise ends no noise
    for first, end in runs(joined):
        if (end - first) * HOP_SECONDS >= NOISE_SECONDS:
            yield Finding(Fault.NOISE, 1.0, first * HOP_SECONDS, end * HOP_SECONDS)
            return


def longest_quiet(take: Take) -> float:
    """Seconds of the longest quiet inside a take; 0 where there is none."""
    return max((stop - start for start, stop in _quiets(levels(take.samples, take.sample_rate))), default=0.0)


def allowed_gap(longest: Sequence[float]) -> float:
    """Seconds of quiet without a mark that are no fault of a voice: some make long pauses of their own.

    Args:
        longest: `longest_quiet` of some takes of the voice. Their median tells its manner, whatever few of them lack.
    """
    return max(LONGEST_GAP, OWN_MANNER * float(np.median(longest))) if len(longest) else LONGEST_GAP


def _quiets(level: npt.NDArray[np.float64]) -> Iterator[tuple[float, float]]:
    """From when to when nothing is heard inside a take, in seconds."""
    if not len(level):
        return
    quiet = level < np.percentile(level, LOUD_PERCENTILE) + QUIET_DB
    for first, end in runs(quiet):
        if first and end < len(quiet):
            yield first * HOP_SECONDS, end * HOP_SECONDS


def _silences(level: npt.NDArray[np.float64], marked: Marked, longest_gap: float) -> Iterator[Finding]:
    for start, stop in _quiets(level):
        if stop - start <= longest_gap:
            continue
        if stop - start > LONGEST_PAUSE or not marked(start, stop):
            yield Finding(Fault.SILENCE, 1.0, start, stop)


def _clipping(take: Take) -> Iterator[Finding]:
    size = np.abs(take.samples)
    peak = float(size.max(initial=0.0))
    for first, end in runs(size >= peak * CLIPPED) if peak else ():
        if end - first >= CLIPPED_RUN:
            yield Finding(Fault.CLIPPING, 1.0, first / take.sample_rate, end / take.sample_rate)
            return


def runs(flags: npt.NDArray[np.bool_]) -> Sequence[tuple[int, int]]:
    """Where flags are set: (first, end) of each stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]

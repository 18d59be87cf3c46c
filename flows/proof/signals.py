"""What is wrong with a take by its sound alone, and by what the engine says of its times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from flows.proof.verdict import Fault, Finding
from tts_core.engine import Prepared, Take
from tts_core.sound import Samples

HOP_SECONDS = 0.010
"""Between two levels."""
QUIET_DB = -45.0
"""Below the take's loud parts: nothing is heard there."""
LOUD_PERCENTILE = 95
"""Of the levels of a take: its loud parts."""
LONGEST_PAUSE = 1.15
"""Seconds of quiet inside a take that an engine makes of the longest mark: 0.9 at most were measured on clean takes."""
CLIPPED = 0.999
"""Part of a take's peak from which a sample counts as cut."""
CLIPPED_RUN = 4
"""Samples in a row at one and the same peak that no speech has."""


def levels(samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """RMS of every 10 ms of a take in dB of full scale, `[T / 10 ms]`."""
    hop = round(rate * HOP_SECONDS)
    count = len(samples) // hop
    frames = samples[: count * hop].reshape(count, hop).astype(np.float64)
    return np.asarray(10 * np.log10(np.mean(frames**2, axis=1) + 1e-12))


def signal_findings(take: Take, prepared: Prepared) -> list[Finding]:
    """Long silence inside and clipping."""
    level = levels(take.samples, take.sample_rate)
    return [*_silences(level), *_clipping(take)]


def _silences(level: npt.NDArray[np.float64]) -> Iterator[Finding]:
    if not len(level):
        return
    quiet = level < np.percentile(level, LOUD_PERCENTILE) + QUIET_DB
    for first, end in runs(quiet):
        if first > 0 and end < len(quiet) and (end - first) * HOP_SECONDS > LONGEST_PAUSE:
            yield Finding(Fault.SILENCE, 1.0, first * HOP_SECONDS, end * HOP_SECONDS)


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

"""Fundamental frequency of a sound, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

LOWEST, HIGHEST = 60.0, 500.0  # Hz
WINDOW_SECONDS = 0.03
ALIKE = 0.6
"""Correlation of a stretch with the one a period later from which on it counts as voiced."""
QUIET = 10 ** (-45 / 20)  # of the loudest stretch: below it nothing is voiced
GROSS = 0.2  # of the frequency: more is another pitch (Rabiner et al. 1976)
FIRST = 0.92
"""Share of the best correlation that a shorter period must have to be taken for it: two periods are as alike as one."""


def pitch(samples: Tensor, sample_rate: int, hop: int) -> Tensor:
    """Hz in the middle of every hop, 0 where a sound has no pitch.

    The normalised cross-correlation of a stretch with itself a lag later (Talkin 1995, “A robust algorithm for pitch
    tracking”, section 2.1), the lag refined by a parabola through its neighbours. Frames stand for themselves: nothing
    is smoothed over time.

    Args:
        samples: `[N]` at `sample_rate` Hz.

    Returns: `[N // hop]`.
    """
    window, longest = int(WINDOW_SECONDS * sample_rate), int(sample_rate / LOWEST) + 1
    shortest = int(sample_rate / HIGHEST)
    count, span = len(samples) // hop, window + longest + 1
    if not count:
        return torch.zeros(0)
    before = span // 2 - hop // 2
    frames = F.pad(samples.double(), (before, span + hop)).unfold(0, span, hop)[:count]
    size = 2 * span
    cross = torch.fft.irfft(
        torch.fft.rfft(frames, size) * torch.fft.rfft(frames[:, :window], size).conj(), size
    )[:, : longest + 2]
    energy = F.pad(frames.square().cumsum(dim=1), (1, 0))
    later = (energy[:, window : window + longest + 2] - energy[:, : longest + 2]).clamp_min(0)
    alike = cross / (later * later[:, :1]).clamp_min(1e-20).sqrt()
    inside = alike[:, shortest : longest + 1]
    best = inside.amax(dim=1)
    peaks = (inside >= alike[:, shortest - 1 : longest]) & (inside >= alike[:, shortest + 1 : longest + 2])
    found = (peaks & (inside >= FIRST * best[:, None])).float().argmax(dim=1) + shortest
    left, here, right = (alike.gather(1, (found + step)[:, None])[:, 0] for step in (-1, 0, 1))
    bend = left - 2 * here + right
    shift = torch.where(bend < 0, 0.5 * (left - right) / bend.clamp_max(-1e-9), torch.zeros_like(bend))
    loud = later[:, 0].sqrt()
    voiced = (here >= ALIKE) & (loud > QUIET * loud.amax().clamp_min(1e-9))
    hertz = sample_rate / (found + shift.clamp(-0.5, 0.5))
    return torch.where(voiced, hertz, torch.zeros_like(here)).float()


@dataclass(frozen=True, slots=True)
class PitchErrors:
    """How two pitches differ.

    Args:
        cents: root mean square over frames that are voiced in both; not a number where none is.
        gross: share of those frames that are more than a fifth off: another octave, mostly.
        voicing: share of all frames that only one of the two has voiced.
    """

    cents: float
    gross: float
    voicing: float


def pitch_errors(wanted: Tensor, made: Tensor) -> PitchErrors:
    """Args: wanted, made: Hz, `[T]`, 0 for unvoiced."""
    wanted, made = wanted.double(), made.double()
    both = (wanted > 0) & (made > 0)
    ratio = made[both] / wanted[both]
    return PitchErrors(
        float((1200 * torch.log2(ratio)).square().mean().sqrt()),
        float(((ratio - 1).abs() > GROSS).double().mean()),
        float(((wanted > 0) != (made > 0)).double().mean()),
    )

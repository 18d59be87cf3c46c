"""Facts as drawings: numbers in, places on a drawing out. The page draws them; a drawing is 100 % wide and high."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

TICK = 6
"""dB between the lines of a drawing."""
MOST_LABELS = 16
"""Chapters whose numbers stand over a drawing; of more, each second, third … is named."""
BELOW = 17.0
ABOVE = 7.0
"""dB shown below and above what is aimed at."""
PEAKS_FROM = -24.0
"""dBFS at the foot of the drawing of peaks."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at a place, in percent from the left or from above."""

    at: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """A curve over a file.

    Args:
        area: SVG path in a box `width` wide and 100 high. line: the same without its foot.
        ticks: horizontal lines. chapters: where each begins.
        band: top and height of what is asked for; None where nothing is. limit: how high it may reach at most.
    """

    width: int
    area: str
    line: str
    ticks: tuple[Mark, ...]
    chapters: tuple[Mark, ...]
    band: tuple[float, float] | None = None
    limit: float | None = None


def level_plot(
    values: Sequence[float | None],
    allowed: tuple[float, float] | None,
    middle: float,
    chapters: Sequence[Mark],
) -> Plot:
    """Loudness over a file.

    Args:
        values: LUFS or dBFS; None is silence. allowed: lowest and highest of the whole file.
        middle: what is aimed at, or what the file measures.
    """
    low, high = math.floor((middle - BELOW) / 3) * 3, math.ceil((middle + ABOVE) / 3) * 3
    band = (
        (_height(allowed[1], low, high), 100 * (allowed[1] - allowed[0]) / (high - low)) if allowed else None
    )
    return _plot(values, low, high, chapters, band=band)


def peak_plot(values: Sequence[float | None], limit: float, chapters: Sequence[Mark]) -> Plot:
    """Peaks over a file, dBFS. `limit`: how high they may be."""
    return _plot(values, PEAKS_FROM, 0.0, chapters, limit=_height(limit, PEAKS_FROM, 0.0))


def chapter_marks(starts: Sequence[float], seconds: float) -> tuple[Mark, ...]:
    """Where chapters begin, in percent of the whole; as many are numbered as can be told apart."""
    every = max(1, math.ceil(len(starts) / MOST_LABELS))
    return tuple(
        Mark(round(100 * start / seconds, 2), f"{number + 1}" if number % every == 0 else "")
        for number, start in enumerate(starts)
    )


def _plot(
    values: Sequence[float | None],
    low: float,
    high: float,
    chapters: Sequence[Mark],
    *,
    band: tuple[float, float] | None = None,
    limit: float | None = None,
) -> Plot:
    ticks = tuple(
        Mark(round(_height(value, low, high), 2), f"{value:g}".replace("-", "−"))
        for value in range(math.floor(low / TICK) * TICK + TICK, math.ceil(high), TICK)
        if value > low
    )
    heights = [100.0 if value is None else _height(value, low, high) for value in values]
    points = [f"{k} {height:.1f}".replace(".0", "") for k, height in enumerate([*heights, *heights[-1:]])]
    line = "L".join(points)
    area = f"M0 100L{line}L{len(heights)} 100Z"
    return Plot(max(1, len(heights)), area, f"M{line}", ticks, tuple(chapters), band, limit)


def _height(value: float, low: float, high: float) -> float:
    """How far from above a value stands, in percent."""
    return 100 * (high - min(max(value, low), high)) / (high - low)

"""A long recording → pieces, cut where it is quiet (the rules of the reference's tools/slicer2.py)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tts_core.sound import Samples, amplitude

_WINDOW_HOPS = 4


@dataclass(frozen=True, slots=True)
class Slicing:
    """How a recording is cut; times in milliseconds.

    Args:
        threshold: level in dB (full scale) below which a frame is silent.
        min_length: no cut before a piece is so long.
        min_interval: no cut in a silence shorter than this.
        hop: of the frames.
        max_silence: kept at a piece's ends; what lies between is dropped.
    """

    threshold: float = -34.0
    min_length: float = 4000.0
    min_interval: float = 300.0
    hop: float = 10.0
    max_silence: float = 500.0


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples `start` to `end` of a recording; `end` may lie up to a hop beyond its last sample."""

    start: int
    end: int


def slice_recording(samples: Samples, rate: int, rules: Slicing = Slicing()) -> list[Piece]:
    """Cut samples `[N]` at `rate` Hz. There is no longest piece: who speaks without a pause is not cut.

    A recording shorter than `min_length` is one piece.
    """
    hop = round(rate * rules.hop / 1000)
    interval = rate * rules.min_interval / 1000
    shortest = round(rate * rules.min_length / 1000 / hop)
    if len(samples) <= shortest * hop:
        return [Piece(0, -(-len(samples) // hop) * hop)]
    levels = frame_levels(samples, min(round(interval), _WINDOW_HOPS * hop), hop)
    gaps = list(
        _gaps(
            levels,
            amplitude(rules.threshold),
            shortest=shortest,
            interval=round(interval / hop),
            kept=round(rate * rules.max_silence / 1000 / hop),
        )
    )
    starts = [0, *(after for _, after in gaps)]
    ends = [*(before for before, _ in gaps), len(levels)]
    return [Piece(start * hop, end * hop) for start, end in zip(starts, ends, strict=True) if start < end]


def frame_levels(samples: Samples, window: int, hop: int) -> npt.NDArray[np.float32]:
    """Root mean square `[N // hop + 1]` of windows of samples `[N]`, zeros beyond both ends."""
    padded = np.pad(samples, window // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
    levels: npt.NDArray[np.float32] = np.sqrt(np.mean(np.square(windows), axis=1))
    return levels


def _gaps(
    levels: npt.NDArray[np.float32], threshold: float, *, shortest: int, interval: int, kept: int
) -> Iterator[tuple[int, int]]:
    """Frames (before, after) where one piece ends and the next begins."""
    silent = np.concatenate([[False], levels < threshold, [False]])
    edges = np.flatnonzero(np.diff(silent.astype(np.int8)))
    last = 0  # where the current piece begins
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if end == len(levels):
            if end - start >= interval:
                yield _quietest(levels, start, start + kept), end + 1
            return
        leading = start == 0 and end > kept
        if not leading and (end - start < interval or end - last < shortest):
            continue
        before, after = _within(levels, start, end, kept)
        yield (0 if start == 0 else before), after
        last = after


def _within(levels: npt.NDArray[np.float32], start: int, end: int, kept: int) -> tuple[int, int]:
    """Where to leave and where to enter again around the silence `start` to `end`."""
    if end - start <= kept:
        place = _quietest(levels, start, end)
        return place, place
    left, right = _quietest(levels, start, start + kept), _quietest(levels, end - kept, end)
    if end - start > 2 * kept:
        return left, right
    middle = _quietest(levels, end - kept, start + kept)
    return min(left, middle), max(right, middle)


def _quietest(levels: npt.NDArray[np.float32], first: int, last: int) -> int:
    """The quietest frame from `first` to `last`, both included."""
    return first + int(np.argmin(levels[first : last + 1]))

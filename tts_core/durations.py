"""Lengths of time as people read them."""

from __future__ import annotations


def clock(seconds: float, *, hours: bool = False, decimals: int = 0) -> str:
    """A length of time: 1:02:03 or 2:03; with `hours` always 0:02:03; with `decimals` 0:02:03.25."""
    total = round(max(0.0, seconds), decimals)
    minutes, rest = divmod(total, 60)
    whole, minutes = divmod(int(minutes), 60)
    last = f"{rest:0{3 + decimals if decimals else 2}.{decimals}f}"
    return f"{whole}:{minutes:02}:{last}" if whole or hours or decimals else f"{minutes}:{last}"


def timecode(milliseconds: int, mark: str = ".") -> str:
    """A place in time as cues have it, `mark` before the milliseconds: 01:02:03.250; -00:00:00.500."""
    sign, ms = ("-" if milliseconds < 0 else ""), abs(milliseconds)
    return f"{sign}{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{mark}{ms % 1000:03}"

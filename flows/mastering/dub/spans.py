"""Stretches of a timeline, in samples or seconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

Time = TypeVar("Time", int, float)


def merged(spans: Iterable[tuple[Time, Time]], gap: Time) -> list[tuple[Time, Time]]:
    """Spans in order without overlap: those that lie at most `gap` apart are one, empty ones are none."""
    union: list[tuple[Time, Time]] = []
    for first, last in sorted(spans):
        if last <= first:
            continue
        if union and first - union[-1][1] <= gap:
            union[-1] = (union[-1][0], max(union[-1][1], last))
        else:
            union.append((first, last))
    return union

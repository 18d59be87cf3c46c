"""The nouns of a dub timeline: lines with the length they want, and where the planner puts them.

Times are seconds from the programme's start; planned starts and ends are whole milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from flows.mastering.dub.spans import merged
from flows.mastering.dub.sync import DEFAULT_SYNC
from normalizers.languages import DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A line that wants a place.

    Args:
        id: stable name.
        cue: number of its (first) cue.
        lane: lines of one lane never overlap; one lane for each speaker.
        start, end: where the source speaks, seconds.
        seconds: length of the take (edge silence removed), predicted or measured.
        spoken_rate: tempo already in that length (1.0 before synthesis; the engine's speed after it).
        syllables, words: of the spoken text, for the absolute rate limit and for certificates.
        language: for the absolute rate limit.
        sync: name of the sync class.
        locked: a start somebody fixed, seconds.
        cues: all cue numbers of the line.
    """

    id: str
    cue: int
    lane: str
    start: float
    end: float
    seconds: float
    spoken_rate: float = 1.0
    syllables: int = 0
    words: int = 0
    language: str = DEFAULT_LANGUAGE
    sync: str = DEFAULT_SYNC
    locked: float | None = None
    cues: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """Limits of the plan.

    Args:
        programme_seconds: nothing is spoken past it; None where the programme's length is not known.
        soft: tempo beyond which rate is dear. 1.15: the median cap of dubbing tools.
        hard: tempo never exceeded. 1.30: the highest that listeners and intelligibility bear
            (embedded engine: word errors rise from 1.33 on).
        low: slowest tempo.
        gap: shortest pause between two lines of a lane, seconds (two frames at 24 fps).
        still: a tempo closer than this to the take's own is left alone.
        jump: tempo change between neighbours of a lane that is cheap.
        latest_seconds: solver's time limit.
    """

    programme_seconds: float | None = None
    soft: float = 1.15
    hard: float = 1.30
    low: float = 0.92
    gap: float = 0.08
    still: float = 0.02
    jump: float = 0.10


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """Where a line goes.

    Args:
        start, end: seconds, whole milliseconds.
        rate: tempo against the voice's own (1.0), never above the hard limit.
        stretch: tempo to be applied to the take (`rate / spoken_rate`).
        shift: start minus cue start, seconds.
        excess_ms: how much too long the line is for its window; 0 when it fits.
        excess_words: the same in words.
        reason: why it does not fit, in words; "" when it does.
        binding: cue numbers of the neighbours that leave no room.
        placed: False for a line with no place left at all in the programme: it is not spoken.
    """

    id: str
    cue: int
    lane: str
    start: float
    end: float
    rate: float
    stretch: float
    shift: float
    sync: str
    excess_ms: int = 0
    excess_words: int = 0
    reason: str = ""
    binding: tuple[int, ...] = ()
    placed: bool = True

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "cue": self.cue,
            "lane": self.lane,
            "start": self.start,
            "end": self.end,
            "rate": self.rate,
            "shift": self.shift,
            "excess_ms": self.excess_ms,
            "reason": self.reason,
            "excess_words": self.excess_words,
            "binding": list(self.binding),
            "stretch": self.stretch,
            "sync": self.sync,
            "placed": self.placed,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """All lines in order of start, and the programme's figures."""

    lines: tuple[PlacedLine, ...]
    metrics: Mapping[str, float]
    programme_seconds: float
    warnings: tuple[str, ...] = field(default=())

    @property
    def flagged(self) -> tuple[PlacedLine, ...]:
        """Lines that do not fit their window."""
        return tuple(line for line in self.lines if line.excess_ms > 0)

    def to_json(self) -> dict[str, Any]:
        """`lines` and `metrics` as `duoyin dub --plan --json` prints them."""
        return {
            "programme_seconds": self.programme_seconds,
            "lines": [line.to_json() for line in self.lines],
            "metrics": dict(self.metrics),
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """The inverse of `to_json`."""
        lines = tuple(
            PlacedLine(**{**item, "binding": tuple(item.get("binding", ()))}) for item in data["lines"]
        )
        return cls(lines, dict(data["metrics"]), data["programme_seconds"], tuple(data.get("warnings", ())))


@dataclass(frozen=True, slots=True)
class Move:
    """A line that two plans put differently; `before` or `after` is None where one plan has no such line."""

    id: str
    cue: int
    before: tuple[float, float] | None
    after: tuple[float, float] | None


def moved_lines(before: Plan, after: Plan, *, tolerance: float = 0.0005) -> tuple[Move, ...]:
    """Every line whose start or end differs by more than `tolerance` seconds, in order of the new plan."""
    old = {line.id: line for line in before.lines}
    new_ids = {line.id for line in after.lines}
    moves: list[Move] = []
    for line in after.lines:
        was = old.get(line.id)
        if was is None:
            moves.append(Move(line.id, line.cue, None, (line.start, line.end)))
        elif abs(was.start - line.start) > tolerance or abs(was.end - line.end) > tolerance:
            moves.append(Move(line.id, line.cue, (was.start, was.end), (line.start, line.end)))
    moves.extend(Move(w.id, w.cue, (w.start, w.end), None) for w in before.lines if w.id not in new_ids)
    return tuple(moves)


def plan_metrics(
    lines: Sequence[PlanLine], planned: Sequence[PlacedLine], options: PlanOptions
) -> dict[str, float]:
    """The programme's figures of the note on dubbing, §2.4, from planned times alone.

    Returns: `overrun_ms` (speech past the lane's next start or the programme's end), `overlap_ms` (same-lane
    intersections), `hard_rate_violations`, `flagged`, `unplaced`, `rate_jump_p95`, `rate_max`, `soft_rate_share`,
    `shift_p95`, `shift_max`, `gap_min_ms`, `speech_iou`.
    """
    placed = [line for line in planned if line.placed]
    lanes: dict[str, list[PlacedLine]] = {}
    for line in placed:
        lanes.setdefault(line.lane, []).append(line)
    overrun = overlap = 0.0
    jumps: list[float] = []
    gaps: list[float] = []
    for members in lanes.values():
        members.sort(key=lambda line: line.start)
        for one, two in pairwise(members):
            overrun += max(0.0, one.end - two.start)
            overlap += max(0.0, min(one.end, two.end) - two.start)
            jumps.append(abs(one.rate - two.rate))
            gaps.append(two.start - one.end)
    if options.programme_seconds is not None:
        overrun += sum(max(0.0, line.end - options.programme_seconds) for line in placed)
    shifts = [abs(line.shift) for line in placed]
    rates = [line.rate for line in placed]
    return {
        "overrun_ms": round(overrun * 1000, 3),
        "overlap_ms": round(overlap * 1000, 3),
        "hard_rate_violations": sum(1 for rate in rates if rate > options.hard + 1e-6),
        "flagged": sum(1 for line in planned if line.excess_ms > 0),
        "unplaced": sum(1 for line in planned if not line.placed),
        "lines": len(planned),
        "rate_jump_p95": round(_percentile(jumps, 95), 4),
        "rate_max": round(max(rates, default=0.0), 4),
        "soft_rate_share": round(sum(rate > options.soft for rate in rates) / max(1, len(rates)), 4),
        "shift_p95": round(_percentile(shifts, 95), 4),
        "shift_max": round(max(shifts, default=0.0), 4),
        "gap_min_ms": round(min(gaps, default=0.0) * 1000, 1),
        "speech_iou": round(
            interval_iou([(line.start, line.end) for line in lines], [(p.start, p.end) for p in placed]), 4
        ),
    }


def interval_iou(one: Sequence[tuple[float, float]], two: Sequence[tuple[float, float]]) -> float:
    """Length of the intersection of two sets of intervals over the length of their union; 1.0 for two empty sets."""
    first, second = merged(one, 0.0), merged(two, 0.0)
    common, i, j = 0.0, 0, 0
    while i < len(first) and j < len(second):
        common += max(0.0, min(first[i][1], second[j][1]) - max(first[i][0], second[j][0]))
        if first[i][1] < second[j][1]:
            i += 1
        else:
            j += 1
    union = sum(b - a for a, b in first) + sum(b - a for a, b in second) - common
    return common / union if union > 0 else 1.0


def _percentile(values: Sequence[float], percent: float) -> float:
    """0.0 for no values."""
    return float(np.percentile(values, percent)) if values else 0.0

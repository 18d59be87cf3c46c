"""The scorecard: the delivered file is decoded again and every line is looked for where it ought to be.

Each line's own sound (a stretch of the speech stem) is correlated with the decoded track around its planned
place: that finds it under a bed as well as alone, tells by how many milliseconds encoding and muxing moved
it, and whether it is there at all. Where it speaks within that sound is decided by energy (`speech_bounds`).
Metrics and gates are those of the note on dubbing, §2.4.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from flows.mastering.dub.mix import centre_gains
from flows.mastering.dub.plan import Plan, PlanLine, interval_iou
from flows.mastering.dub.render import DUB_RATE
from flows.mastering.dub.sync import sync_class
from flows.mastering.locate import SEARCH_SECONDS, Recent, locate
from flows.mastering.loudness import Levels, Meter
from tts_core.sound import Samples

DECIMATE = 4
"""Correlation runs at 12 kHz: speech has its energy below 6 kHz, the delay is good to 0.1 ms."""
HEARD_CORRELATION = 0.3
"""Normalized correlation from which a line counts as there: a line under a ducked bed (-15 dB) reaches 0.8, chance
stays below 0.1 for half a second of sound."""
MUX_TOLERANCE_MS = 5.0
ONSET_SHARE = 0.90
DRIFT_MS_PER_MINUTE = 5.0
SHORTEST_DRIFT_SECONDS = 60.0
JUMP_LIMIT = 0.20

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClipPlace:
    """Where a rendered line lies, in samples of the timeline: its sound, and its words within."""

    id: str
    first: int
    end: int
    onset: int
    offset: int
    stretch: float


@dataclass(frozen=True, slots=True)
class LineScore:
    """One line as delivered; times in seconds from the programme's start, errors in milliseconds (late is positive)."""

    id: str
    cue: int
    lane: str
    text: str
    sync: str
    source_start: float
    source_end: float
    planned_start: float
    planned_end: float
    start: float
    end: float
    onset_error_ms: float
    offset_error_ms: float
    mux_delay_ms: float
    correlation: float
    heard: bool
    in_window: bool
    rate: float
    stretch: float
    syllables_per_second: float
    excess_ms: int
    reason: str
    placed: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """A limit and what was measured."""

    name: str
    value: float
    limit: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The programme's figures, its gates and its lines."""

    lines: tuple[LineScore, ...]
    metrics: Mapping[str, float]
    gates: tuple[Gate, ...]

    @property
    def passed(self) -> bool:
        return all(gate.passed for gate in self.gates)

    def to_json(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "gates": [asdict(gate) for gate in self.gates],
            "metrics": dict(self.metrics),
            "lines": [asdict(line) for line in self.lines],
        }


@dataclass(frozen=True, slots=True)
class TrackFindings:
    """What was found in the decoded track: delay (ms) and correlation by line, its levels and its length."""

    delays: Mapping[str, tuple[float, float]]
    levels: Levels
    samples: int


class TrackLocator:
    """Finds every line in a decoded track, as it is decoded.

    Args:
        channels: of the track.
        places: in order of `first`.
        stem: blocks `[T]` of the speech stem.
    """

    def __init__(self, channels: int, places: Sequence[ClipPlace], stem: Iterable[Samples]) -> None:
        self._meter = Meter(DUB_RATE, channels)
        self._mono = channels == 1
        self._weights = np.array(centre_gains(channels), np.float32)
        self._margin = round(SEARCH_SECONDS * DUB_RATE)
        self._track, self._stem = Recent(), Recent()
        self._stem_blocks = iter(stem)
        self._todo = list(places)
        self._at = 0
        self._delays: dict[str, tuple[float, float]] = {}

    def push(self, block: Samples) -> Samples:
        """Args: `block`: `[T, C]` at `DUB_RATE`, aligned to the programme's start. Returns what is heard of it in the
        middle, `[T]`."""
        self._meter.push(block[:, 0] if self._mono else block)
        middle: Samples = block[:, 0] if self._mono else block @ self._weights
        self._track.add(middle)
        self._settle(self._track.end)
        return middle

    def finish(self) -> TrackFindings:
        """What was found; a line for which the track ended too early has a low correlation."""
        self._settle(math.inf)
        return TrackFindings(self._delays, self._meter.finish(), self._track.end)

    def _settle(self, until: float) -> None:
        while self._at < len(self._todo) and self._todo[self._at].end + self._margin <= until:
            place = self._todo[self._at]
            while self._stem.end < place.end and (block := next(self._stem_blocks, None)) is not None:
                self._stem.add(block)
            window = self._track.between(place.first - self._margin, place.end + self._margin)
            sound = self._stem.between(place.first, place.end)
            self._delays[place.id] = find_delay(sound, window, self._margin)
            self._at += 1
            if self._at < len(self._todo):
                self._track.forget(self._todo[self._at].first - self._margin)
                self._stem.forget(self._todo[self._at].first)
        if self._at == len(self._todo):
            self._track.forget(self._track.end)


def find_delay(sound: Samples, window: Samples, margin: int) -> tuple[float, float]:
    """Delay of `sound` within `window` in milliseconds, and the normalized correlation there, see `locate`.

    `window` begins `margin` samples before the place of `sound`; all at `DUB_RATE`.
    """
    sound = sound[: len(sound) - len(sound) % DECIMATE].reshape(-1, DECIMATE).mean(axis=1)
    window = window[: len(window) - len(window) % DECIMATE].reshape(-1, DECIMATE).mean(axis=1)
    delay, correlation = locate(sound, window, margin // DECIMATE)
    return delay * DECIMATE * 1000 / DUB_RATE, correlation


def score(
    plan: Plan,
    lines: Sequence[PlanLine],
    texts: Mapping[str, str],
    places: Sequence[ClipPlace],
    heard: TrackFindings,
    length: int,
    *,
    hard: float,
    soft: float,
    gap: float,
) -> Scorecard:
    """Judge the delivered track.

    Args:
        plan: what was rendered. lines: what was asked. texts: spoken text by line.
        places: as rendered. length: of the programme, samples.
        hard, soft, gap: limits of the plan.
    """
    asked = {line.id: line for line in lines}
    where = {place.id: place for place in places}
    scored: list[LineScore] = []
    for planned in plan.lines:
        source = asked[planned.id]
        place = where.get(planned.id)
        delay, correlation = heard.delays.get(planned.id, (0.0, 0.0))
        present = place is not None and correlation >= HEARD_CORRELATION
        start = planned.start if place is None else place.onset / DUB_RATE + delay / 1000
        end = planned.end if place is None else place.offset / DUB_RATE + delay / 1000
        onset_error = (start - source.start) * 1000
        kind = sync_class(planned.sync)
        rate = source.spoken_rate * (place.stretch if place is not None else 1.0)
        scored.append(
            LineScore(
                id=planned.id,
                cue=planned.cue,
                lane=planned.lane,
                text=texts.get(planned.id, ""),
                sync=planned.sync,
                source_start=source.start,
                source_end=source.end,
                planned_start=planned.start,
                planned_end=planned.end,
                start=round(start, 4),
                end=round(end, 4),
                onset_error_ms=round(onset_error, 1),
                offset_error_ms=round((end - source.end) * 1000, 1),
                mux_delay_ms=round(delay, 2),
                correlation=round(correlation, 3),
                heard=present,
                in_window=-kind.early * 1000 - MUX_TOLERANCE_MS
                <= onset_error
                <= kind.late * 1000 + MUX_TOLERANCE_MS,
                rate=round(rate, 4),
                stretch=round(place.stretch if place is not None else 1.0, 4),
                syllables_per_second=round(source.syllables / max(0.05, end - start), 2),
                excess_ms=planned.excess_ms,
                reason=planned.reason,
                placed=planned.placed,
            )
        )
    metrics = _metrics(scored, heard, length, soft=soft, hard=hard, gap=gap)
    return Scorecard(tuple(scored), metrics, _gates(metrics, hard=hard))


def _metrics(
    scored: Sequence[LineScore], heard: TrackFindings, length: int, *, soft: float, hard: float, gap: float
) -> dict[str, float]:
    there = [line for line in scored if line.placed]
    overrun = overlap = 0.0
    gaps: list[float] = []
    jumps: list[float] = []
    lanes: dict[str, list[LineScore]] = {}
    for line in sorted(there, key=lambda item: item.start):
        lanes.setdefault(line.lane, []).append(line)
    for members in lanes.values():
        for one, two in pairwise(members):
            overrun += max(0.0, one.end - two.start)
            overlap += max(0.0, min(one.end, two.end) - two.start)
            gaps.append((two.start - one.end) * 1000)
            jumps.append(abs(one.rate - two.rate))
    overrun += sum(max(0.0, line.end - length / DUB_RATE) for line in there)
    onset = np.array([line.onset_error_ms for line in there])
    offset = np.array([line.offset_error_ms for line in there])
    rates = np.array([line.rate for line in there])
    slope, uncertainty = drift([line.source_start for line in there], onset)
    return {
        "lines": len(scored),
        "overrun_ms": round(overrun * 1000, 1),
        "overlap_ms": round(overlap * 1000, 1),
        "lost_lines": sum(1 for line in there if not line.heard),
        "unplaced_lines": len(scored) - len(there),
        "trimmed_ms": 0.0
        if len(there) == len(scored)
        else round(sum((x.source_end - x.source_start) * 1000 for x in scored if not x.placed), 1),
        "flagged": sum(1 for line in scored if line.excess_ms > 0),
        "soft_rate_share": _share(rates > soft + 0.005),
        "hard_rate_violations": int(np.sum(rates > hard + 0.005)),
        "rate_max": round(float(rates.max(initial=0.0)), 4),
        "syllables_per_second_p95": _percentile([line.syllables_per_second for line in there], 95),
        "onset_error_p50_ms": _percentile(np.abs(onset), 50),
        "onset_error_p90_ms": _percentile(np.abs(onset), 90),
        "onset_error_max_ms": round(float(np.abs(onset).max(initial=0.0)), 1),
        "onset_error_mean_ms": round(float(onset.mean()) if len(onset) else 0.0, 1),
        "onsets_in_window": round(sum(line.in_window for line in there) / max(1, len(there)), 4),
        "offset_error_p50_ms": _percentile(np.abs(offset), 50),
        "offset_error_p90_ms": _percentile(np.abs(offset), 90),
        "drift_ms_per_minute": round(slope, 3),
        "drift_uncertainty_ms_per_minute": round(uncertainty, 3),
        "length_delta_samples": heard.samples - length,
        "gap_min_ms": round(min(gaps, default=gap * 1000), 1),
        "gaps_below_limit": sum(1 for value in gaps if value < gap * 1000 - MUX_TOLERANCE_MS),
        "rate_jump_p95": _percentile(jumps, 95),
        "speech_iou": round(
            interval_iou([(x.source_start, x.source_end) for x in there], [(x.start, x.end) for x in there]),
            4,
        ),
        "mux_delay_max_ms": round(
            max((abs(line.mux_delay_ms) for line in there if line.heard), default=0.0), 2
        ),
    }


def _gates(metrics: Mapping[str, float], *, hard: float) -> tuple[Gate, ...]:
    def at_most(name: str, limit: float) -> Gate:
        return Gate(name, metrics[name], f"≤ {limit:g}", metrics[name] <= limit)

    drift_limit = DRIFT_MS_PER_MINUTE + 2 * metrics["drift_uncertainty_ms_per_minute"]
    return (
        at_most("overrun_ms", 0.0),
        at_most("overlap_ms", 0.0),
        at_most("lost_lines", 0),
        at_most("unplaced_lines", 0),
        at_most("hard_rate_violations", 0),
        at_most("gaps_below_limit", 0),
        at_most("rate_jump_p95", JUMP_LIMIT),
        Gate(
            "onsets_in_window",
            metrics["onsets_in_window"],
            f"≥ {ONSET_SHARE:g}",
            metrics["onsets_in_window"] >= ONSET_SHARE,
        ),
        Gate(
            "drift_ms_per_minute",
            metrics["drift_ms_per_minute"],
            f"within ±{drift_limit:.1f} (±{DRIFT_MS_PER_MINUTE:g} and twice its standard error)",
            abs(metrics["drift_ms_per_minute"]) <= drift_limit,
        ),
        Gate(
            "length_delta_samples",
            metrics["length_delta_samples"],
            "= 0",
            metrics["length_delta_samples"] == 0,
        ),
        at_most("mux_delay_max_ms", MUX_TOLERANCE_MS),
    )


def drift(starts: Sequence[float], errors_ms: Floats) -> tuple[float, float]:
    """Least-squares slope of onset error over time and its standard error, ms per minute.

    Zeros below three lines or a minute: single shifts are no drift.
    """
    if len(starts) < 3 or max(starts) - min(starts) < SHORTEST_DRIFT_SECONDS:
        return 0.0, 0.0
    x = np.asarray(starts) / 60
    x = x - x.mean()
    spread = float(np.dot(x, x))
    if spread <= 0:
        return 0.0, 0.0
    slope = float(np.dot(x, errors_ms)) / spread
    residual = errors_ms - errors_ms.mean() - slope * x
    return slope, math.sqrt(float(np.dot(residual, residual)) / (len(x) - 2) / spread)


def _share(hits: npt.NDArray[np.bool_]) -> float:
    return round(float(np.mean(hits)) if len(hits) else 0.0, 4)


def _percentile(values: Sequence[float] | Floats, percent: float) -> float:
    return round(float(np.percentile(values, percent)), 3) if len(values) else 0.0

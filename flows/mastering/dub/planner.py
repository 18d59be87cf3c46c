"""The planner: one solve for the whole programme, a certificate for each line that cannot fit.

Two programs. The first keeps every line inside its sync window and lets a line be too long: what it reports
as too long are the fewest lines that have to be shorter for the rest to fit (`fewest.py`), by the least that will
do, and the chain of neighbours without room is the proof of each. The second places everything that has to be
said as it is: nothing is cut, nothing overlaps, no tempo beyond the hard limit; a line without room starts
    later (or earlier) than its window
allows and its neighbours make way, until the next pause has taken it up. Only a line for which the whole
programme has no room left stays unplaced, and says so.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from flows.mastering.dub.fewest import fewest_too_long
from flows.mastering.dub.plan import PlacedLine, Plan, PlanLine, PlanOptions, plan_metrics
from flows.mastering.dub.program import ProgramLine, Solution, solve
from flows.mastering.dub.sync import fastest_syllables_per_second, sync_class
from normalizers.errors import DuoyinError

# Starts are rounded to the nearest whole millisecond and lengths up to one; the program keeps this much more
# room so that rounding breaks no limit.
_ROUNDING = 0.002
_EPSILON = 1e-4
_SPARED = 10.0  # how much dearer excess is on a line that others can spare


def plan(lines: Sequence[PlanLine], options: PlanOptions | None = None, previous: Plan | None = None) -> Plan:
    """Place all lines of a programme.

    Args:
        lines: in any order.
        options: limits.
        previous: an earlier plan of the same programme; lines stay where it put them unless that costs more.

    Returns: the plan; the same input always gives the same plan.

    A cue that begins after the programme's end is not placed, and says so.

    Raises: `DuoyinError` for a length or time that is no number or negative, and where no cue begins within
        the programme.
    """
    options = options or PlanOptions()
    began = time.perf_counter()
    _check(lines, options)
    end = math.inf if options.programme_seconds is None else options.programme_seconds
    beyond = sorted((line for line in lines if _onset(line) >= end), key=lambda line: (line.start, line.cue))
    ordered = sorted(
        (line for line in lines if _onset(line) < end),
        key=lambda line: (_onset(line), line.start, line.cue, line.id),
    )
    rows = _shortened_few(_rows(ordered, options, previous), options)
    fitted = _solve(rows, options, outside=False) if rows else None
    excess = np.zeros(len(ordered)) if fitted is None else fitted.excess
    placed = fitted
    spoken = list(ordered)
    if excess.max(initial=0.0) > _EPSILON:
        of_line = {line.id: row for line, row in zip(ordered, rows, strict=True)}
        placed = _solve(rows, options, outside=True)
        while placed.excess.max(initial=0.0) > _EPSILON:
            # Even the whole programme has no room: the lines that lack most are not spoken, as few as that takes.
            spoken = _without_worst(spoken, placed)
            if not spoken:
                break
            placed = _solve([of_line[line.id] for line in spoken], options, outside=True)
    planned = _finish(ordered, excess, fitted, spoken, placed, options)
    if previous is not None:
        planned = _settle(ordered, planned, previous, options)
    planned += [
        _not_placed(line, f"the cue begins after the programme's end ({end:.2f} s)") for line in beyond
    ]
    ordered += beyond
    metrics = plan_metrics(ordered, planned, options)
    metrics["solve_seconds"] = round(time.perf_counter() - began, 3)
    last = max((max(p.end if p.placed else 0.0, line.end) for p, line in zip(planned, ordered)), default=0.0)
    length = options.programme_seconds if options.programme_seconds is not None else last
    return Plan(tuple(planned), metrics, length)


def _onset(line: PlanLine) -> float:
    return line.start if line.locked is None else line.locked


def _without_worst(lines: Sequence[PlanLine], placed: Solution) -> list[PlanLine]:
    """Drop the lines that are too long by most, as long as what is dropped is no longer than what is lacking."""
    lacking = float(placed.excess.sum())
    dropped: set[int] = set()
    for k in np.argsort(-placed.excess, kind="stable"):
        lacking -= lines[k].seconds * float(placed.q[k])
        if (dropped and lacking < 0) or placed.excess[k] <= _EPSILON:
            break
        dropped.add(int(k))
    return [line for k, line in enumerate(lines) if k not in dropped]


def _check(lines: Sequence[PlanLine], options: PlanOptions) -> None:
    if not options.low <= 1.0 <= options.soft <= options.hard:
        raise DuoyinError(
            f"tempo limits {options.low}, {options.soft}, {options.hard} are not in order",
            hint="use low ≤ 1 ≤ soft ≤ hard",
        )
    seen: set[str] = set()
    for line in lines:
        where = f"cue {line.cue}"
        values = (line.start, line.end, line.seconds, line.spoken_rate, _onset(line))
        if not all(math.isfinite(value) for value in values):
            raise DuoyinError("a time is not a number", where=where)
        if (
            line.start < 0
            or line.end < line.start
            or line.seconds <= 0
            or line.spoken_rate <= 0
            or _onset(line) < 0
        ):
            raise DuoyinError(
                f"times {line.start} to {line.end}, length {line.seconds} are impossible", where=where
            )
        if line.id in seen:
            raise DuoyinError(f"two lines have the id {line.id}", where=where)
        seen.add(line.id)
    end = options.programme_seconds
    if lines and end is not None and all(_onset(line) >= end for line in lines):
        raise DuoyinError(
            f"every cue begins after the programme's end ({end:.3f} s)",
            hint="check that the subtitles belong to this video",
        )


def fastest_rate(line: PlanLine, options: PlanOptions) -> float:
    """The hard limit of a line: the relative one, or the language's syllable rate where that is lower.

    A voice that speaks faster than the language's limit by itself is not slowed down for it.
    """
    natural = line.seconds * line.spoken_rate
    if line.syllables <= 0 or natural <= 0:
        return options.hard
    absolute = fastest_syllables_per_second(line.language) * natural / line.syllables
    return min(options.hard, max(1.0, absolute))


def _shortened_few(rows: list[ProgramLine], options: PlanOptions) -> list[ProgramLine]:
    """The same rows, made so that as few lines as can be are too long (see `fewest.py`)."""
    shortened = fewest_too_long(rows, gap=options.gap + _ROUNDING, programme=_end(options))
    return [row if shortened[k] else replace(row, excess_weight=_SPARED) for k, row in enumerate(rows)]


def _solve(rows: Sequence[ProgramLine], options: PlanOptions, *, outside: bool) -> Solution:
    return solve(
        rows, gap=options.gap + _ROUNDING, jump=options.jump, programme=_end(options), outside=outside
    )


def _end(options: PlanOptions) -> float | None:
    return None if options.programme_seconds is None else options.programme_seconds - _ROUNDING


def _rows(lines: Sequence[PlanLine], options: PlanOptions, previous: Plan | None) -> list[ProgramLine]:
    was = {} if previous is None else {line.id: line for line in previous.lines if line.placed}
    lanes: dict[str, int] = {}
    rows: list[ProgramLine] = []
    for line in lines:
        kind = sync_class(line.sync)
        limit = fastest_rate(line, options)
        before = was.get(line.id)
        locked = line.locked is not None
        rows.append(
            ProgramLine(
                onset=_onset(line),
                early=0.0 if locked else max(0.0, kind.early - 0.001),
                late=0.0 if locked else kind.late - 0.001,
                length=line.seconds,
                cue_start=line.start,
                cue_end=line.end,
                q_min=line.spoken_rate / limit,
                q_soft=line.spoken_rate / min(options.soft, limit),
                q_max=max(1.0, line.spoken_rate / min(options.low, line.spoken_rate)),
                spoken=line.spoken_rate,
                lane=lanes.setdefault(line.lane, len(lanes)),
                fills=kind.fills,
                was=None if before is None or locked else before.start,
                was_q=None if before is None else line.spoken_rate / before.rate,
            )
        )
    return rows


def _finish(
    lines: Sequence[PlanLine],
    excess: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    fitted: Solution | None,
    spoken: Sequence[PlanLine],
    placed: Solution | None,
    options: PlanOptions,
) -> list[PlacedLine]:
    places: dict[str, tuple[float, float]] = {}
    if placed is not None:
        for k, line in enumerate(spoken):
            places[line.id] = (float(placed.start[k]), float(placed.q[k]))
    planned: list[PlacedLine] = []
    for k, line in enumerate(lines):
        too_long = float(excess[k])
        excess_ms = math.ceil(too_long * 1000 - 1e-6) if too_long > _EPSILON else 0
        words, reason = 0, ""
        binding: tuple[int, ...] = ()
        if excess_ms and fitted is not None:
            words, reason, binding = _certificate(k, lines, fitted, options, excess_ms)
        place = places.get(line.id)
        if place is None:
            planned.append(_not_placed(line, "the programme has no room left for it", reason, binding))
            continue
        start, q = place
        start_ms = round(start * 1000)
        end_ms = start_ms + max(1, math.ceil(round(line.seconds * q * 1000, 4)))
        stretch = line.seconds * 1000 / (end_ms - start_ms)
        planned.append(
            PlacedLine(
                id=line.id,
                cue=line.cue,
                lane=line.lane,
                start=start_ms / 1000,
                end=end_ms / 1000,
                rate=round(line.spoken_rate * stretch, 5),
                stretch=round(stretch, 5),
                shift=round(start_ms / 1000 - line.start, 3),
                sync=line.sync,
                excess_ms=excess_ms,
                excess_words=words,
                reason=reason,
                binding=binding,
            )
        )
    return _leave_alone(lines, planned, options)


def _not_placed(line: PlanLine, why: str, proof: str = "", binding: tuple[int, ...] = ()) -> PlacedLine:
    """A line without a place: all of it is too long, nothing of it is spoken."""
    at = round(_onset(line), 3)
    reason = f"{why}; {proof}" if proof else f"{why}; it is not spoken"
    return PlacedLine(
        line.id, line.cue, line.lane, at, at, 1.0, 1.0, 0.0, line.sync,
        max(1, math.ceil(line.seconds * 1000)), line.words, reason, binding, placed=False,
    )  # fmt: skip


def _leave_alone(
    lines: Sequence[PlanLine], planned: list[PlacedLine], options: PlanOptions
) -> list[PlacedLine]:
    """Undo a stretch too small to be worth its artefacts, where the line then still has room."""
    next_start: dict[str, float] = {}
    ceiling = options.programme_seconds if options.programme_seconds is not None else math.inf
    following = ceiling
    out = list(planned)
    for k in range(len(out) - 1, -1, -1):
        line, source = out[k], lines[k]
        if not line.placed:
            continue
        room = min(ceiling, next_start.get(line.lane, math.inf) - options.gap)
        if len({p.lane for p in out[k : k + 2]}) > 1:
            room = min(room, max(line.end, following))
        too_fast = source.spoken_rate > options.hard  # then the stretch is there to keep the hard limit
        if 0 < abs(line.stretch - 1.0) < options.still and not too_fast:
            end = math.ceil(round((line.start + source.seconds) * 1000, 4)) / 1000
            if end <= room or end <= line.end:
                out[k] = replace(line, end=end, stretch=1.0, rate=round(source.spoken_rate, 5))
        next_start[line.lane] = line.start
        following = line.start
    return out


def _settle(
    lines: Sequence[PlanLine], planned: list[PlacedLine], previous: Plan, options: PlanOptions
) -> list[PlacedLine]:
    """Put a line that moved by no more than rounding back where the previous plan had it, if it may stay there."""
    was = {line.id: line for line in previous.lines if line.placed}
    out = list(planned)
    for k, (line, source) in enumerate(zip(planned, lines)):
        old = was.get(line.id)
        if (
            old is None
            or not line.placed
            or source.locked is not None
            or (old.start, old.end) == (line.start, line.end)
        ):
            continue
        if max(abs(old.start - line.start), abs(old.end - line.end)) > _ROUNDING + 1e-9:
            continue
        stretch = round(source.seconds / (old.end - old.start), 5)
        if stretch * source.spoken_rate > max(options.hard, source.spoken_rate):
            continue
        if options.programme_seconds is not None and old.end > options.programme_seconds:
            continue
        back = replace(
            line, start=old.start, end=old.end, stretch=stretch, rate=round(source.spoken_rate * stretch, 5),
            shift=round(old.start - source.start, 3),
        )  # fmt: skip
        before = next(
            (out[i] for i in range(k - 1, -1, -1) if out[i].lane == line.lane and out[i].placed), None
        )
        after = next((p for p in planned[k + 1 :] if p.lane == line.lane and p.placed), None)
        if before is not None and back.start - before.end < options.gap - 1e-9:
            continue
        if (
            after is not None
            and min(after.start, was[after.id].start if after.id in was else after.start) - back.end
            < options.gap - 1e-9
        ):
            continue
        if (k and back.start < out[k - 1].start) or (
            k + 1 < len(planned) and back.start > planned[k + 1].start
        ):
            continue
        out[k] = back
    return out


def _certificate(
    k: int, lines: Sequence[PlanLine], fitted: Solution, options: PlanOptions, excess_ms: int
) -> tuple[int, str, tuple[int, ...]]:
    """Words too many, the proof in words, and the cues that leave no room.

    The proof is the chain of lines that touch: every one of them at its fastest, from one that cannot start
    earlier to one that cannot start later.
    """
    line = lines[k]
    chain = [k]
    for step in (-1, 1):
        at = k
        while True:
            neighbour = _touching(at, step, lines, fitted, options)
            if neighbour is None:
                break
            chain.append(neighbour)
            at = neighbour
            if len(chain) > 12 or fitted.excess[at] > _EPSILON:
                break
    first, last = min(chain), max(chain)
    limit = fastest_rate(line, options)
    rate = line.spoken_rate / float(fitted.q[k])
    natural = line.seconds * line.spoken_rate / limit
    words = max(1, math.ceil(line.words * excess_ms / 1000 / max(0.05, natural))) if line.words else 0
    earliest = fitted.start[first]
    parts = [f"{excess_ms} ms"]
    if words:
        parts.append(f"about {words} word{'s' if words != 1 else ''}")
    text = f"too long by {' or '.join(parts)} at {rate:.2f}×"
    if limit < options.hard - 1e-3:
        text += f" (limit {limit:.2f}× by {fastest_syllables_per_second(line.language):.1f} syllables/s)"
    text += f": cue {lines[first].cue} cannot start before {earliest:.2f} s"
    ahead = _next_index(last, lines)
    if ahead is not None:
        text += f" and cue {lines[ahead].cue} not after {fitted.start[ahead]:.2f} s"
    elif options.programme_seconds is not None:
        text += f" and the programme ends at {options.programme_seconds:.2f} s"
    cues = {lines[i].cue for i in chain if i != k}
    if ahead is not None:
        cues.add(lines[ahead].cue)
    return words, text, tuple(sorted(cues - {line.cue}))


def _next_index(k: int, lines: Sequence[PlanLine]) -> int | None:
    """The next line of the lane, or the first of another lane whose cue does not overlap: whichever comes first."""
    for j in range(k + 1, len(lines)):
        if lines[j].lane == lines[k].lane or lines[j].start >= lines[k].end:
            return j
    return None


def _touching(
    k: int, step: int, lines: Sequence[PlanLine], fitted: Solution, options: PlanOptions
) -> int | None:
    """The neighbour that line k pushes against: no pause left but the smallest, and it could not give way."""
    slack = _ROUNDING + 1e-3
    if step > 0:
        j = _next_index(k, lines)
        if j is None:
            return None
        end = fitted.start[k] + lines[k].seconds * fitted.q[k] - fitted.excess[k]
        pause = options.gap if lines[j].lane == lines[k].lane else 0.0
        touches = fitted.start[j] - end <= pause + slack
        at_limit = fitted.start[j] >= _onset(lines[j]) + sync_class(lines[j].sync).late - 2e-3
        return j if touches and not at_limit else None
    for i in range(k - 1, -1, -1):
        if _next_index(i, lines) != k:
            continue
        end = fitted.start[i] + lines[i].seconds * fitted.q[i] - fitted.excess[i]
        pause = options.gap if lines[i].lane == lines[k].lane else 0.0
        touches = fitted.start[k] - end <= pause + slack
        at_limit = fitted.start[k] <= _onset(lines[k]) - sync_class(lines[k].sync).early + 2e-3
        return i if touches and not at_limit else None
    return None

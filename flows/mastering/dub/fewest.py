"""The fewest lines that have to be shortened, exactly.

The linear program of `program.py` finds the least *seconds* that have to go, but may spread them over neighbours
that share a squeeze. A person rewords lines, not seconds. Nothing but times matters here: every line at its fastest (a
slower one only takes room away) and as early as those before it let it; a line that is shortened gives up to
`SHARE` of itself. So the programme is walked once, keeping for each number of shortened lines the earliest
ends that can be
had with it: whoever begins earlier can do no worse later. That is dynamic programming over the number of lines, and
its answer is a bound: no plan within the windows, the tempo limit and the gaps asks for fewer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from flows.mastering.dub.program import ProgramLine, successions

SHARE = 0.5
"""Part of a line that a shorter wording may take away."""
TOLERANCE = 1e-6
"""Seconds; what the linear program counts as no time at all."""
MOST_STATES = 64
"""Ways of being late that are kept for a number of shortened lines: one speaker has one, and each who talks at the same
time multiplies them."""

Edge = tuple[int, float | None]


@dataclass(frozen=True, slots=True)
class _State:
    """Of a walk up to some line: (begin, end) of the lines that later ones still wait for, and who was shortened."""

    times: tuple[tuple[int, float, float], ...]
    shortened: tuple[int, ...]


def fewest_too_long(
    lines: Sequence[ProgramLine],
    *,
    gap: float,
    programme: float | None,
) -> npt.NDArray[np.bool_]:
    """Which lines have to be shortened so that the others fit, as few as can be: `[N]`.

    Args:
        lines, gap, programme: as for `program.solve`.

    Returns: also True for every line of a stretch in which shortening all of them by `SHARE` is not enough.
    """
    waits: list[list[Edge]] = [[] for _ in lines]
    for i, j, pause in successions(lines, gap):
        waits[j].append((i, pause))
    end = np.inf if programme is None else programme
    chosen = np.zeros(len(lines), bool)
    for first, last in _squeezes(lines, waits, end):
        shortened = _fewest(lines, waits, end, first, last)
        chosen[list(range(first, last) if shortened is None else shortened)] = True
    return chosen


def _earliest(line: ProgramLine) -> float:
    return line.onset - min(line.early, line.onset)


def _fastest(line: ProgramLine) -> float:
    return line.length * line.q_min


def _squeezes(
    lines: Sequence[ProgramLine], waits: Sequence[Sequence[Edge]], programme: float
) -> Iterator[tuple[int, int]]:
    """Stretches of lines (first, last exclusive) in which something does not fit, each on its own.

    With nothing shortened and all as early as they can, nobody of an earlier stretch pushes anybody of a later one: so
    nothing that is done there changes anything here.
    """
    begins: list[float] = []
    late: list[bool] = []
    pushes_until = 0  # the last line that somebody so far pushes
    parts: list[int] = []
    reaches = [0] * len(lines)
    for j, line in enumerate(lines):
        own = begin = _earliest(line)
        for i, pause in waits[j]:
            asked = begins[i] if pause is None else begins[i] + _fastest(lines[i]) + pause
            if asked > own:
                reaches[i] = max(reaches[i], j)
            begin = max(begin, asked)
        begins.append(begin)
        late.append(begin > line.onset + line.late + TOLERANCE or begin + _fastest(line) > programme)
    for j in range(len(lines)):
        if j > pushes_until or j == 0:
            parts.append(j)
        pushes_until = max(pushes_until, reaches[j])
    for first, last in pairwise([*parts, len(lines)]):
        if any(late[first:last]):
            yield first, last


def _fewest(
    lines: Sequence[ProgramLine], waits: Sequence[Sequence[Edge]], programme: float, first: int, last: int
) -> tuple[int, ...] | None:
    """The lines of one stretch that are to be shortened; None where that does not help."""
    waited_for = list(range(last))  # until which line i is waited for
    for j in range(first, last):
        for i, _ in waits[j]:
            waited_for[i] = j
    states: dict[int, list[_State]] = {0: [_State((), ())]}
    for j in range(first, last):
        line, length = lines[j], _fastest(lines[j])
        following: dict[int, list[_State]] = {}
        for count, held in states.items():
            for state in held:
                times = {i: (begin, end) for i, begin, end in state.times}
                begin = _earliest(line)
                for i, pause in waits[j]:
                    if i >= first:
                        begin = max(begin, times[i][0] if pause is None else times[i][1] + pause)
                if begin > line.onset + line.late + TOLERANCE:
                    continue
                for shorter in (False, True):
                    end = begin + length * (1.0 - SHARE * shorter)
                    if end > programme + TOLERANCE:
                        continue
                    kept = (*((i, *times[i]) for i in times if waited_for[i] > j), (j, begin, end))
                    after = _State(kept, (*state.shortened, j) if shorter else state.shortened)
                    _keep(following.setdefault(count + shorter, []), after)
        states = following
    return min(states.items())[1][0].shortened if states else None


def _keep(held: list[_State], new: _State) -> None:
    """Add a state that no other is as early as; drop those that it is as early as."""
    if any(_as_early(old, new) for old in held):
        return
    held[:] = [old for old in held if not _as_early(new, old)]
    held.append(new)
    if len(held) > MOST_STATES:
        held.remove(max(held, key=lambda state: sum(end for _, _, end in state.times)))


def _as_early(one: _State, two: _State) -> bool:
    return all(a[1] <= b[1] and a[2] <= b[2] for a, b in zip(one.times, two.times, strict=True))

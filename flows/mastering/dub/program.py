"""The linear program behind the plan: all lines of a programme at once.

For line i: start `s`, played length `n·q` (n: the take's length, q: 1 over the tempo applied), seconds too
long `x`. Every cost is convex and piecewise linear, so each hinge is a bounded variable of its own:

    s = onset + late + late' − early − early'      q = 1 + slow − nudge − fast − faster

(primed: beyond the sync window, allowed only when placing what does not fit). Rows:

    same lane        s_i + n_i·q_i − x_i + gap ≤ s_j          for the next j of the lane
    other lanes      s_i + n_i·q_i − x_i − o_ij ≤ s_j         o_ij: how long the source cues overlap (≥ 0)
    order            s_i ≤ s_j                                for neighbours in order of onset
    end              s_i + n_i·q_i − x_i ≤ programme
    smoothness       q_i/r_i − q_j/r_j = jump⁺ − jump⁻        neighbours of a lane; r: tempo already spoken
    stability        s_i − was_i = moved⁺ − moved⁻            lines of the previous plan

s = onset and a large x satisfy every row, so the program cannot be infeasible.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from normalizers.errors import DuoyinError

Floats = npt.NDArray[np.float64]

# Costs, strongest first. Seconds too long; seconds outside of the sync window; seconds gained by tempo
# beyond soft, by tempo at all; tempo jumps (per unit of inverse tempo) beyond the cheap range and within
# it; seconds late and early (an early voice is noticed at half the offset: BT.1359); moving a line that
# the previous plan had placed. Slowing down is cheaper than speeding up.
COST_EXCESS = 100.0
COST_OUTSIDE = 25.0
COST_FASTER = 4.0
COST_FAST = 1.2
COST_NUDGE = (
    0.4  # the first per cents of tempo, which nobody hears: dearer than nothing, cheaper than being late
)
COST_SLOW = 0.6
COST_BIG_JUMP = 9.0
COST_JUMP = 0.3
COST_LATE = 0.6
COST_EARLY = 1.2
COST_MOVED = 1.5
COST_RATE_MOVED = 1.5
COST_UNFILLED = 0.8

NUDGE = 0.04
"""Inverse tempo that counts as unheard: the just noticeable difference of speech tempo is about 5 % (Quené 2007)."""
UNBOUNDED = np.inf


@dataclass(frozen=True, slots=True)
class ProgramLine:
    """What the program needs to know of a line; lines come in order of `onset`.

    Args:
        onset: wanted start. early, late: room around it, seconds.
        length: of the take. cue_end: where the source stops speaking.
        q_min, q_soft, q_max: bounds of the inverse tempo applied; beyond `q_soft` it is dear.
        spoken: tempo already in the take.
        lane: number of its lane. fills: worth slowing down to its cue's end.
        was, was_q: start and inverse tempo of the previous plan, or None.
        excess_weight: makes it dearer to call this line too long, so that few lines carry the excess.
    """

    onset: float
    early: float
    late: float
    length: float
    cue_start: float
    cue_end: float
    q_min: float
    q_soft: float
    q_max: float
    spoken: float
    lane: int
    fills: bool
    was: float | None
    was_q: float | None
    excess_weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Solution:
    """`start`, `q`, `excess`: float64 `[N]`, seconds but for q. `next_of`: for each line the rows' successors."""

    start: Floats
    q: Floats
    excess: Floats


class Rows:
    """A sparse matrix in the making."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.columns: list[int] = []
        self.values: list[float] = []
        self.right: list[float] = []

    def add(self, terms: Sequence[tuple[int, float]], right: float) -> None:
        row = len(self.right)
        for column, value in terms:
            self.rows.append(row)
            self.columns.append(column)
            self.values.append(value)
        self.right.append(right)

    def matrix(self, columns: int) -> csr_matrix:
        return csr_matrix((self.values, (self.rows, self.columns)), shape=(len(self.right), columns))


def successions(lines: Sequence[ProgramLine], gap: float) -> Iterator[tuple[int, int, float | None]]:
    """Who has to wait for whom: (i, j, pause) for "i ends `pause` seconds before j begins"; a pause of None for "i begins
    no later than j". A negative pause is how long the source cues of two speakers overlap.

    Args:
        lines: in order of onset.
    """
    last_of_lane: dict[int, int] = {}
    for j, line in enumerate(lines):
        before = last_of_lane.get(line.lane)
        if before is not None:
            yield before, j, gap
        last_of_lane[line.lane] = j
    for i, line in enumerate(lines):
        for j in range(i + 1, len(lines)):
            other = lines[j]
            overlap = line.cue_end - other.cue_start
            if j == i + 1:
                yield i, j, None
            if other.lane != line.lane:
                yield i, j, min(gap, -overlap) if overlap <= 0 else -overlap
            if overlap <= 0:
                break  # later ones start no earlier than this one


def solve(
    lines: Sequence[ProgramLine],
    *,
    gap: float,
    jump: float,
    programme: float | None,
    outside: bool,
) -> Solution:
    """Solve the program.

    Args:
        lines: in order of onset.
        gap: shortest pause within a lane, seconds.
        jump: cheap change of inverse tempo between neighbours.
        programme: its length in seconds, or None.
        outside: lines may leave their window (dearly) instead of being too long.

    Raises: `DuoyinError` when the solver stops without an optimum.
    """
    count = len(lines)
    width = 9
    early, early2, late, late2, slow, nudge, fast, faster, excess = (
        np.arange(count) * width + k for k in range(width)
    )
    cost: list[float] = []
    upper: list[float] = []
    lower: list[float] = []
    for line in lines:
        n = line.length
        fast_room = max(0.0, 1.0 - max(line.q_soft, line.q_min))
        faster_room = max(0.0, min(1.0, line.q_soft) - line.q_min)
        # Of lines that squeeze each other the one that is longest for its cue is told to be shorter.
        fullness = min(3.0, n / max(0.1, line.cue_end - line.cue_start))
        excess_cost = COST_EXCESS * (10.0 if outside else 1.0) * (1.0 - 0.02 * fullness) * line.excess_weight
        cost += [COST_EARLY, COST_OUTSIDE * 1.5, COST_LATE, COST_OUTSIDE]
        cost += [COST_SLOW * n, COST_NUDGE * n, COST_FAST * n, COST_FASTER * n, excess_cost]
        early_room = min(line.early, line.onset)
        upper += [early_room, line.onset - early_room if outside else 0.0]
        upper += [line.late, UNBOUNDED if outside else 0.0]
        nudge_room = min(NUDGE, fast_room)
        upper += [max(0.0, line.q_max - 1.0), nudge_room, fast_room - nudge_room, faster_room, UNBOUNDED]
        lower += [0.0] * 4 + [max(0.0, line.q_min - 1.0), 0.0, 0.0, 0.0, 0.0]

    above, equal = Rows(), Rows()

    def start_terms(i: int, sign: float) -> list[tuple[int, float]]:
        return [(late[i], sign), (late2[i], sign), (early[i], -sign), (early2[i], -sign)]

    def length_terms(i: int, sign: float) -> list[tuple[int, float]]:
        n = sign * lines[i].length
        return [(slow[i], n), (nudge[i], -n), (fast[i], -n), (faster[i], -n), (excess[i], -sign)]

    def inverse_tempo(i: int, sign: float) -> list[tuple[int, float]]:
        part = sign / lines[i].spoken
        return [(slow[i], part), (nudge[i], -part), (fast[i], -part), (faster[i], -part)]

    def extra(price: float, most: float = UNBOUNDED) -> int:
        cost.append(price)
        lower.append(0.0)
        upper.append(most)
        return len(cost) - 1

    def before(i: int, j: int, pause: float) -> None:
        """s_i + length_i + pause ≤ s_j"""
        right = lines[j].onset - lines[i].onset - lines[i].length - pause
        above.add([*start_terms(i, 1.0), *length_terms(i, 1.0), *start_terms(j, -1.0)], right)

    last_of_lane: dict[int, int] = {}
    for j, line in enumerate(lines):
        i = last_of_lane.get(line.lane)
        if i is not None:
            parts = [(extra(COST_JUMP, jump), -1.0), (extra(COST_BIG_JUMP), -1.0)]
            parts += [(extra(COST_JUMP, jump), 1.0), (extra(COST_BIG_JUMP), 1.0)]
            constant = 1.0 / lines[i].spoken - 1.0 / line.spoken
            equal.add([*inverse_tempo(i, 1.0), *inverse_tempo(j, -1.0), *parts], -constant)
        last_of_lane[line.lane] = j
    for i, j, pause in successions(lines, gap):
        if pause is None:
            above.add([*start_terms(i, 1.0), *start_terms(j, -1.0)], lines[j].onset - lines[i].onset)
        else:
            before(i, j, pause)
    for i, line in enumerate(lines):
        if programme is not None:
            right = programme - line.onset - line.length
            above.add([*start_terms(i, 1.0), *length_terms(i, 1.0)], right)
        if line.fills:
            unfilled = extra(COST_UNFILLED)
            equal_right = line.cue_end - line.cue_start - line.length
            over = extra(0.0)
            equal.add([*length_terms(i, 1.0), (unfilled, 1.0), (over, -1.0)], equal_right)
        if line.was is not None:
            more, less = extra(COST_MOVED), extra(COST_MOVED)
            equal.add([*start_terms(i, 1.0), (more, -1.0), (less, 1.0)], line.was - line.onset)
        if line.was_q is not None:
            price = COST_RATE_MOVED * line.length
            more, less = extra(price), extra(price)
            equal.add(
                [
                    (slow[i], 1.0),
                    (nudge[i], -1.0),
                    (fast[i], -1.0),
                    (faster[i], -1.0),
                    (more, -1.0),
                    (less, 1.0),
                ],
                line.was_q - 1.0,
            )

    columns = len(cost)
    program: dict[str, Any] = {
        "c": np.array(cost),
        "bounds": np.column_stack([lower, upper]),
        "method": "highs-ds",  # the simplex method: a vertex, so few lines carry the excess; deterministic
    }
    if above.right:
        program |= {"A_ub": above.matrix(columns), "b_ub": np.array(above.right)}
    if equal.right:
        program |= {"A_eq": equal.matrix(columns), "b_eq": np.array(equal.right)}
    result = linprog(**program)
    if result.status != 0:
        raise DuoyinError(
            f"the timeline has no solution: {result.message}", hint="please report the subtitle file"
        )
    x = result.x
    onset = np.array([line.onset for line in lines])
    return Solution(
        start=onset + x[late] + x[late2] - x[early] - x[early2],
        q=1.0 + x[slow] - x[nudge] - x[fast] - x[faster],
        excess=x[excess],
    )

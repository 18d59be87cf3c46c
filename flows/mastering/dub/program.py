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
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from normalizers.errors import DuoyinError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

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
VARIABLES = 9
"""Of a line: early, early', late, late', slow, nudge, fast, faster, excess."""

INFEASIBLE = 2
"""Status of scipy's `linprog` for a program without a solution."""
ROUNDING = 1e-6
"""Seconds by which the solver may miss a bound."""
Term = tuple[int, float]
"""A variable and its factor in a row."""


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

    def add(self, terms: Sequence[Term], right: float) -> None:
        row = len(self.right)
        for column, value in terms:
            self.rows.append(row)
            self.columns.append(column)
            self.values.append(value)
        self.right.append(right)

    def matrix(self, columns: int) -> csr_matrix:
        from scipy.sparse import csr_matrix  # with its solver a third of a second to import, for plans alone

        return csr_matrix((self.values, (self.rows, self.columns)), shape=(len(self.right), columns))


def successions(lines: Sequence[ProgramLine], gap: float) -> Iterator[tuple[int, int, float | None]]:
    """Who has to wait for whom: (i, j, pause) for "i ends `pause` seconds before j begins"; a pause of None
    for "i begins no later than j". A negative pause is how long the source cues of two speakers overlap.

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


class _Program:
    """The linear program in the making: its variables (nine of each line, then those that rows ask for) and rows."""

    def __init__(self, lines: Sequence[ProgramLine], outside: bool, *, whole: bool) -> None:
        self.lines = lines
        self.cost: list[float] = []
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.above, self.equal = Rows(), Rows()
        (
            self.early,
            self.early2,
            self.late,
            self.late2,
            self.slow,
            self.nudge,
            self.fast,
            self.faster,
            self.excess,
        ) = (np.arange(len(lines)) * VARIABLES + k for k in range(VARIABLES))
        for line in lines:
            self._add_line(line, outside, whole=whole)

    def _add_line(self, line: ProgramLine, outside: bool, *, whole: bool) -> None:
        """The nine variables of a line: what they cost and how far they go; `whole`: no line gives more than it
        has."""
        n = line.length
        fast_room = max(0.0, 1.0 - max(line.q_soft, line.q_min))
        faster_room = max(0.0, min(1.0, line.q_soft) - line.q_min)
        # Of lines that squeeze each other the one that is longest for its cue is told to be shorter.
        fullness = min(3.0, n / max(0.1, line.cue_end - line.cue_start))
        excess_cost = COST_EXCESS * (10.0 if outside else 1.0) * (1.0 - 0.02 * fullness) * line.excess_weight
        self.cost += [COST_EARLY, COST_OUTSIDE * 1.5, COST_LATE, COST_OUTSIDE]
        self.cost += [COST_SLOW * n, COST_NUDGE * n, COST_FAST * n, COST_FASTER * n, excess_cost]
        early_room = min(line.early, line.onset)
        self.upper += [early_room, line.onset - early_room if outside else 0.0]
        self.upper += [line.late, UNBOUNDED if outside else 0.0]
        nudge_room = min(NUDGE, fast_room)
        most_excess = n * line.q_min if whole else UNBOUNDED
        self.upper += [
            max(0.0, line.q_max - 1.0),
            nudge_room,
            fast_room - nudge_room,
            faster_room,
            most_excess,
        ]
        self.lower += [0.0] * 4 + [max(0.0, line.q_min - 1.0), 0.0, 0.0, 0.0, 0.0]

    def _start(self, i: int, sign: float) -> list[Term]:
        late, late2, early, early2 = self.late[i], self.late2[i], self.early[i], self.early2[i]
        return [(late, sign), (late2, sign), (early, -sign), (early2, -sign)]

    def _tempo(self, i: int, part: float) -> list[Term]:
        """Inverse tempo of a line, less its 1."""
        slow, nudge, fast, faster = self.slow[i], self.nudge[i], self.fast[i], self.faster[i]
        return [(slow, part), (nudge, -part), (fast, -part), (faster, -part)]

    def _length(self, i: int, sign: float) -> list[Term]:
        return [*self._tempo(i, sign * self.lines[i].length), (self.excess[i], -sign)]

    def _extra(self, price: float, most: float = UNBOUNDED) -> int:
        """A variable of a row of its own."""
        self.cost.append(price)
        self.lower.append(0.0)
        self.upper.append(most)
        return len(self.cost) - 1

    def smooth(self, jump: float) -> None:
        """Neighbours of a lane: a change of inverse tempo costs, beyond `jump` dearly."""
        last_of_lane: dict[int, int] = {}
        for j, line in enumerate(self.lines):
            i = last_of_lane.get(line.lane)
            if i is not None:
                parts = [(self._extra(COST_JUMP, jump), -1.0), (self._extra(COST_BIG_JUMP), -1.0)]
                parts += [(self._extra(COST_JUMP, jump), 1.0), (self._extra(COST_BIG_JUMP), 1.0)]
                one, two = self.lines[i].spoken, line.spoken
                constant = 1.0 / one - 1.0 / two
                tempos = [*self._tempo(i, 1.0 / one), *self._tempo(j, -1.0 / two)]
                self.equal.add([*tempos, *parts], -constant)
            last_of_lane[line.lane] = j

    def succeed(self, gap: float) -> None:
        """Who has to wait for whom, see `successions`."""
        for i, j, pause in successions(self.lines, gap):
            one, two = self.lines[i], self.lines[j]
            if pause is None:
                self.above.add([*self._start(i, 1.0), *self._start(j, -1.0)], two.onset - one.onset)
            else:  # s_i + length_i + pause ≤ s_j
                right = two.onset - one.onset - one.length - pause
                self.above.add([*self._start(i, 1.0), *self._length(i, 1.0), *self._start(j, -1.0)], right)

    def hold(self, i: int, programme: float | None) -> None:
        """What binds a line by itself: the programme's end, its cue's end, where the previous plan had it."""
        line = self.lines[i]
        if programme is not None:
            right = programme - line.onset - line.length
            self.above.add([*self._start(i, 1.0), *self._length(i, 1.0)], right)
        if line.fills:
            unfilled, over = self._extra(COST_UNFILLED), self._extra(0.0)
            right = line.cue_end - line.cue_start - line.length
            self.equal.add([*self._length(i, 1.0), (unfilled, 1.0), (over, -1.0)], right)
        if line.was is not None:
            more, less = self._extra(COST_MOVED), self._extra(COST_MOVED)
            self.equal.add([*self._start(i, 1.0), (more, -1.0), (less, 1.0)], line.was - line.onset)
        if line.was_q is not None:
            price = COST_RATE_MOVED * line.length
            more, less = self._extra(price), self._extra(price)
            self.equal.add([*self._tempo(i, 1.0), (more, -1.0), (less, 1.0)], line.was_q - 1.0)

    def solution(self) -> Solution | None:
        """The optimum; None where nothing fits. Raises: `DuoyinError` when the solver stops without an answer."""
        from scipy.optimize import linprog

        columns = len(self.cost)
        program: dict[str, Any] = {
            "c": np.array(self.cost),
            "bounds": np.column_stack([self.lower, self.upper]),
            "method": "highs-ds",  # the simplex method: a vertex, so few lines carry the excess; deterministic
        }
        if self.above.right:
            program |= {"A_ub": self.above.matrix(columns), "b_ub": np.array(self.above.right)}
        if self.equal.right:
            program |= {"A_eq": self.equal.matrix(columns), "b_eq": np.array(self.equal.right)}
        result = linprog(**program)
        if result.status == INFEASIBLE:
            return None
        if result.status != 0:
            raise DuoyinError(
                f"the timeline has no solution: {result.message}", hint="please report the subtitle file"
            )
        x = result.x
        onset = np.array([line.onset for line in self.lines])
        return Solution(
            start=onset + x[self.late] + x[self.late2] - x[self.early] - x[self.early2],
            q=1.0 + x[self.slow] - x[self.nudge] - x[self.fast] - x[self.faster],
            excess=x[self.excess],
        )


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

    def solved(*, whole: bool) -> Solution | None:
        program = _Program(lines, outside, whole=whole)
        program.smooth(jump)
        program.succeed(gap)
        for i in range(len(lines)):
            program.hold(i, programme)
        return program.solution()

    solution = solved(whole=False)
    if solution is None:
        raise DuoyinError("the timeline has no solution", hint="please report the subtitle file")
    most = np.array([line.length * line.q_min for line in lines])
    if not outside and bool(np.any(solution.excess > most + ROUNDING)):
        # a line was asked for more than all its words: the rest is its neighbours' to give, where they can
        return solved(whole=True) or solution
    return solution

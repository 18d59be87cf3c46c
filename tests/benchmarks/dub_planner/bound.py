"""The fewest lines that any plan has to flag: a mixed-integer program, written apart from the planner, solved
to optimality.

Line i at the highest tempo takes m_i; it begins within its class window; lines of a speaker keep the gap, others
overlap as far as their cues do; a flagged line (z_i = 1) may be made shorter, down to nothing:

    minimize Σ z_i   with   s_i + m_i − x_i + pause ≤ s_j,   0 ≤ x_i ≤ m_i·z_i
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from flows.mastering.dub.plan import PlanLine, PlanOptions
from flows.mastering.dub.planner import fastest_rate
from flows.mastering.dub.sync import sync_class


def fewest_flags(lines: Sequence[PlanLine], options: PlanOptions, *, share: float = 1.0) -> int:
    """The number of lines that have to be shortened, by at most `share` of themselves each.

    Raises: ValueError where no plan exists.
    """
    lines = sorted(lines, key=lambda line: (line.start, line.cue, line.id))
    n = len(lines)
    least = np.array([line.seconds * line.spoken_rate / fastest_rate(line, options) for line in lines])
    rows: list[tuple[list[tuple[int, float]], float]] = []
    for i, one in enumerate(lines):
        waiting = True
        for j in range(i + 1, n):
            two = lines[j]
            overlap = one.end - two.start
            if j == i + 1:
                rows.append(([(i, 1.0), (j, -1.0)], 0.0))
            if two.lane == one.lane and waiting:
                rows.append(([(i, 1.0), (n + i, -1.0), (j, -1.0)], -least[i] - options.gap))
                waiting = False
            elif two.lane != one.lane:
                pause = -overlap if overlap > 0 else min(options.gap, -overlap)
                rows.append(([(i, 1.0), (n + i, -1.0), (j, -1.0)], -least[i] - pause))
            if overlap <= 0 and not waiting:
                break
        rows.append(([(n + i, 1.0), (2 * n + i, -least[i] * share)], 0.0))
        if options.programme_seconds is not None:
            rows.append(([(i, 1.0), (n + i, -1.0)], options.programme_seconds - least[i]))
    matrix = csr_matrix(
        (
            [value for terms, _ in rows for _, value in terms],
            (
                [k for k, (terms, _) in enumerate(rows) for _ in terms],
                [column for terms, _ in rows for column, _ in terms],
            ),
        ),
        shape=(len(rows), 3 * n),
    )
    starts = np.array([line.start for line in lines])
    kinds = [sync_class(line.sync) for line in lines]
    lower = np.concatenate([np.maximum(0.0, starts - [kind.early for kind in kinds]), np.zeros(2 * n)])
    upper = np.concatenate([starts + [kind.late for kind in kinds], least * share, np.ones(n)])
    result = milp(
        np.concatenate([np.zeros(2 * n), np.ones(n)]),
        constraints=LinearConstraint(matrix, -np.inf, np.array([right for _, right in rows])),
        bounds=Bounds(lower, upper),
        integrality=np.concatenate([np.zeros(2 * n), np.ones(n)]),
        options={"mip_rel_gap": 0.0},
    )
    if result.status != 0:
        raise ValueError(result.message)
    return round(float(result.fun))

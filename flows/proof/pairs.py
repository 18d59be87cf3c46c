"""Sounds asked for and sounds heard, laid beside each other: where they part, and how strange that is.

A pair hidden Markov model without states: every sound asked for is heard as one of some sounds, is missed, or
something is heard beside it, each at a cost in nats, minus the logarithm of how often it happened on takes that are
right (R. Durbin et al., "Biological Sequence Analysis", 1998, chapter 4). Where a take is wrong, costs pile up in one
place; the most that piles up beyond what is usual is the evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

UNKNOWN = 6.0
"""Cost in nats of what was never seen."""
USUAL = 2.0
"""Cost of a step that a recognizer's own slips explain; what is beyond it counts as evidence."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an alignment: `asked` and `heard` are indices, None where there is nothing on that side."""

    asked: int | None
    heard: int | None
    cost: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where costs pile up: steps `first` to `end` of an alignment, and how many nats beyond the usual."""

    excess: float
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class PairCosts:
    """Costs in nats: of a sound heard as another, missed, or added."""

    heard_as: Mapping[str, Mapping[str, float]]
    missed: Mapping[str, float]
    added: Mapping[str, float]

    def align(self, asked: Sequence[str], heard: Sequence[str]) -> list[Step]:
        """The cheapest way to lay what was heard beside what was asked for."""
        misses = np.array([self.missed.get(sound, UNKNOWN) for sound in asked])
        adds = np.array([self.added.get(sound, UNKNOWN) for sound in heard])
        swaps = self._swaps(asked, heard)
        along = np.concatenate([[0.0], np.cumsum(adds)])
        table = np.empty((len(asked) + 1, len(heard) + 1))
        table[0] = along
        for row in range(1, len(asked) + 1):
            best = table[row - 1] + misses[row - 1]
            if len(heard):
                np.minimum(best[1:], table[row - 1, :-1] + swaps[row - 1], out=best[1:])
            table[row] = np.minimum.accumulate(best - along) + along
        return self._way_back(table, swaps, misses, adds)

    def _swaps(self, asked: Sequence[str], heard: Sequence[str]) -> npt.NDArray[np.float64]:
        names = list(dict.fromkeys(heard))
        places = np.array([names.index(sound) for sound in heard], int)
        rows: dict[str, npt.NDArray[np.float64]] = {}
        for sound in set(asked):
            known = self.heard_as.get(sound, {})
            costs = np.array(
                [known.get(name, 0.0 if name == sound and not known else UNKNOWN) for name in names]
            )
            rows[sound] = costs[places] if len(heard) else costs
        return np.array([rows[sound] for sound in asked]).reshape(len(asked), len(heard))

    @staticmethod
    def _way_back(
        table: npt.NDArray[np.float64],
        swaps: npt.NDArray[np.float64],
        misses: npt.NDArray[np.float64],
        adds: npt.NDArray[np.float64],
    ) -> list[Step]:
        row, column = table.shape[0] - 1, table.shape[1] - 1
        steps: list[Step] = []
        while row or column:
            here = table[row, column]
            if row and column and here >= table[row - 1, column - 1] + swaps[row - 1, column - 1] - 1e-9:
                row, column = row - 1, column - 1
                steps.append(Step(row, column, float(swaps[row, column])))
            elif row and here >= table[row - 1, column] + misses[row - 1] - 1e-9:
                row -= 1
                steps.append(Step(row, None, float(misses[row])))
            else:
                column -= 1
                steps.append(Step(None, column, float(adds[column])))
        return steps[::-1]


def worst_stretch(steps: Sequence[Step], usual: float = USUAL) -> Stretch:
    """The stretch of an alignment whose costs exceed the usual most (Kadane's maximal segment)."""
    best = Stretch(0.0, 0, 0)
    sum_, first = 0.0, 0
    for number, step in enumerate(steps):
        sum_ += step.cost - usual
        if sum_ <= 0:
            sum_, first = 0.0, number + 1
        elif sum_ > best.excess:
            best = Stretch(sum_, first, number + 1)
    return best

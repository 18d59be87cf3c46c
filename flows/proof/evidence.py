"""What a stage of listening finds in a line: a stretch of its words, and how strange it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flows.proof.heard import Asked
from flows.proof.pairs import Step, Stretch
from flows.proof.verdict import Fault


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words `first` to `end` of a line (empty between two words) are not heard as they should be.

    Args:
        excess: nats beyond what is usual on takes that are right.
        start, end_at: seconds in the take; both 0.0 where a hearing does not tell them.
        missed, added, swapped: sounds.
        repeats: what is heard beside the words is said just before or after.
    """

    excess: float
    first: int
    end: int
    start: float = 0.0
    end_at: float = 0.0
    missed: int = 0
    added: int = 0
    swapped: int = 0
    repeats: bool = False
    heard: str = ""

    def touches(self, other: Evidence, reach: int = 1) -> bool:
        """Whether both speak of the same words, or of such that are at most `reach` words apart."""
        return self.first - reach < max(other.end, other.first + 1) and other.first - reach < max(
            self.end, self.first + 1
        )

    def fault(self, words: int) -> Fault:
        """What it is, in a line of so many words."""
        if self.repeats:
            return Fault.REPEATED
        if self.added > self.missed + self.swapped:
            return Fault.ADDED
        if self.missed > self.swapped + self.added:
            return Fault.CUT if self.end >= words and self.missed < 3 else Fault.DROPPED
        return Fault.SWAPPED


def spread(asked: Asked) -> tuple[list[str], list[int]]:
    """The sounds of a line, and the word of each."""
    sounds = [sound for word in asked.words for sound in word.symbols]
    owners = [number for number, word in enumerate(asked.words) for _ in word.symbols]
    return sounds, owners


def evidence_of(
    steps: Sequence[Step],
    stretch: Stretch,
    owners: Sequence[int],
    heard: Sequence[str],
    text: str = "",
) -> Evidence:
    """What a stretch of an alignment says.

    Args:
        owners: the word of each sound asked for. heard: the sounds heard.
        text: what is heard there, in words where there are some.
    """
    inside = steps[stretch.first : stretch.end]
    asked = [step.asked for step in inside if step.asked is not None]
    sounds = [step.heard for step in inside if step.heard is not None]
    before = [step.asked for step in steps[: stretch.first] if step.asked is not None]
    here = owners[before[-1]] + 1 if before else 0
    first, end = (owners[asked[0]], owners[asked[-1]] + 1) if asked else (here, here)
    added = [step.heard for step in inside if step.asked is None and step.heard is not None]
    return Evidence(
        excess=stretch.excess,
        first=first,
        end=end,
        missed=sum(1 for step in inside if step.heard is None),
        added=len(added),
        swapped=sum(
            1 for step in inside if step.asked is not None and step.heard is not None and step.cost > 2
        ),
        repeats=repeats(added, heard),
        heard=text or " ".join(heard[number] for number in sounds),
    )


FEWEST_REPEATED = 4
"""Sounds that make a repetition."""
REPEATED_SHARE = 0.75
"""Of the added sounds, that stand beside them once more in the same order."""


def repeats(added: Sequence[int], heard: Sequence[str]) -> bool:
    """Whether the sounds added (indices in a row) are those that stand just before or after them."""
    if len(added) < FEWEST_REPEATED:
        return False
    first, end = added[0], added[-1] + 1
    phrase = list(heard[first:end])
    count = len(phrase)
    for shift in range(-2, 3):
        for beside in (heard[max(first - count + shift, 0) : first], heard[end : end + count + shift]):
            same = common(phrase, list(beside))
            if same >= max(REPEATED_SHARE * count, FEWEST_REPEATED):
                return True
    return False


def common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for sound in one:
        diagonal = 0
        for place, another in enumerate(other, 1):
            diagonal, row[place] = (
                row[place],
                (diagonal + 1 if sound == another else max(row[place], row[place - 1])),
            )
    return row[-1]

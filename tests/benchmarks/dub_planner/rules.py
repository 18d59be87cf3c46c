"""The greedy rules that dubbing tools place lines by, each named by what it does and written from its description.

One pass, one line (or chunk) at a time; none of them knows lanes, so a line ends before the next one begins,
whoever speaks, unless the source itself overlaps. A rule returns a `Placed` for each line; what it cuts off or leaves
overlapping is counted, not hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flows.mastering.dub.plan import PlanLine
from flows.mastering.dub.sync import SYNC_CLASSES

GAP = 0.08


@dataclass(frozen=True, slots=True)
class Placed:
    """Start and end on the timeline, tempo, seconds of speech cut off, and whether the rule asks for a shorter text."""

    start: float
    end: float
    rate: float
    lost: float = 0.0
    flagged: bool = False


Rule = Callable[[Sequence[PlanLine], float], list[Placed]]


def next_onset(lines: Sequence[PlanLine], k: int, programme: float) -> float:
    """Where the next line begins that the source does not speak at the same time, less the gap; else the
    programme's end."""
    for other in lines[k + 1 :]:
        if other.lane == lines[k].lane or other.start >= lines[k].end:
            return other.start - min(GAP, max(0.0, other.start - lines[k].end))
    return programme


def cue_and_cap_overlay(cap: float) -> Rule:
    """Fit into the cue up to a cap, play what is left over the next line."""

    def place(lines: Sequence[PlanLine], programme: float) -> list[Placed]:
        out = []
        for line in lines:
            rate = min(cap, max(1.0, line.seconds / (line.end - line.start)))
            out.append(Placed(line.start, line.start + line.seconds / rate, rate))
        return out

    return place


def next_onset_uncapped(lines: Sequence[PlanLine], programme: float) -> list[Placed]:
    """As fast as it takes to end before the next onset."""
    out = []
    for k, line in enumerate(lines):
        rate = max(1.0, line.seconds / max(0.05, next_onset(lines, k, programme) - line.start))
        out.append(Placed(line.start, line.start + line.seconds / rate, rate))
    return out


def next_onset_and_cap_trim(cap: float) -> Rule:
    """Up to a cap to end before the next onset; cut what still stands out."""

    def place(lines: Sequence[PlanLine], programme: float) -> list[Placed]:
        out = []
        for k, line in enumerate(lines):
            window = max(0.05, next_onset(lines, k, programme) - line.start)
            rate = min(cap, max(1.0, line.seconds / window))
            length = line.seconds / rate
            lost = max(0.0, length - window)
            out.append(Placed(line.start, line.start + length - lost, rate, lost))
        return out

    return place


def next_onset_and_cap_flag(cap: float, *, early: float = 0.0, late: float = 0.0) -> Rule:
    """Up to a cap to end before the next onset; ask for a shorter text where that is not enough.

    With `late`, a line pushed by the one before it may start that much after its cue, and push the next; with
    `early`, a line without room starts that much before its cue where nobody speaks.
    """

    def place(lines: Sequence[PlanLine], programme: float) -> list[Placed]:
        out: list[Placed] = []
        free = 0.0
        for k, line in enumerate(lines):
            start = min(line.start + late, max(line.start, free))
            following = next_onset(lines, k, programme)
            until = following + late if following < programme else programme
            if line.seconds / cap > until - start:
                start = min(start, max(free, line.start - early, until - line.seconds / cap, 0.0))
            rate = min(cap, max(1.0, line.seconds / max(0.05, following - start)))
            window = max(0.05, until - start)
            length = line.seconds / rate
            end = start + min(length, window)
            out.append(Placed(start, end, rate, 0.0, length > window + 1e-9))
            free = end + GAP
        return out

    return place


def chunk_factor(cap: float, size: int = 5) -> Rule:
    """One tempo for each run of up to `size` cues, back to back inside it; what the cap leaves over is asked
    shorter."""

    def place(lines: Sequence[PlanLine], programme: float) -> list[Placed]:
        out: list[Placed] = []
        for first in range(0, len(lines), size):
            chunk = lines[first : first + size]
            end = lines[first + size].start - GAP if first + size < len(lines) else programme
            spoken = sum(line.seconds for line in chunk)
            room = max(0.05, end - chunk[0].start - GAP * (len(chunk) - 1))
            rate = min(cap, max(1.0, spoken / room))
            flagged = spoken / rate > room + 1e-9
            at = chunk[0].start
            for line in chunk:
                stop = min(at + line.seconds / rate, end)
                out.append(Placed(at, max(at, stop), rate, 0.0, flagged))
                at = stop + GAP
        return out

    return place


def carry_drift(low: float, cap: float) -> Rule:
    """Gentle tempo only; what does not fit delays everything after it until pauses pay it back."""

    def place(lines: Sequence[PlanLine], programme: float) -> list[Placed]:
        out = []
        free = 0.0
        for k, line in enumerate(lines):
            start = max(line.start, free)
            window = max(0.05, next_onset(lines, k, programme) - start)
            rate = min(cap, max(low, line.seconds / window)) if line.seconds > window else 1.0
            end = start + line.seconds / rate
            free = end + GAP
            out.append(Placed(start, end, rate))
        return out

    return place


def sequential_shift(cap: float) -> Rule:
    """Tempo from the cue alone, up to a cap; lines follow one another and are late when they have to be."""

    def place(lines: Sequence[PlanLine], programme: float) -> list[Placed]:
        out = []
        free = 0.0
        for line in lines:
            start = max(line.start, free)
            rate = min(cap, max(1.0, line.seconds / (line.end - line.start)))
            end = start + line.seconds / rate
            free = end + GAP
            out.append(Placed(start, end, rate))
        return out

    return place


RULES: dict[str, Rule] = {
    "cue + cap 1.30, overlay the rest": cue_and_cap_overlay(1.30),
    "next onset, uncapped": next_onset_uncapped,
    "next onset + cap 1.50, trim": next_onset_and_cap_trim(1.5),
    "next onset + cap 1.80, trim": next_onset_and_cap_trim(1.8),
    "carry drift, 0.90–1.12": carry_drift(0.90, 1.12),
    "sequential shift, cap 1.67": sequential_shift(1.67),
    "chunks of 5, cap 1.30, flag": chunk_factor(1.30),
    "next onset + cap 1.30, flag": next_onset_and_cap_flag(1.30),
    **{
        f"next onset + cap 1.30, {name} window, flag": next_onset_and_cap_flag(
            1.30, early=SYNC_CLASSES[name].early, late=SYNC_CLASSES[name].late
        )
        for name in ("lip", "dialogue", "voiceover")
    },
}
"""Rules by name. The rules that flag are those to compare flags with: same cap, nothing cut, nothing overlapping."""

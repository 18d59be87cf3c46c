"""A long line cut into clauses, each to be heard by itself while the line's take is still being spoken.

A clause spoken alone sounds a little otherwise than in its line: it is a first hearing, never a part of the take.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flows.making.alignment import runs
from flows.making.plan import PlannedLine
from flows.script.line import Line
from normalizers import split_spans
from normalizers.languages import language
from normalizers.sentences import PAUSE_WORD

SHORT_LINES = 2
"""A clause has at most about so many times the characters of a short line: three seconds, of which the first is waited
for. One without a mark to cut it at stays whole."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a line. `start`: offset in the line's text. `line`: with its words alone."""

    start: int
    line: Line


def clauses(line: Line) -> list[Clause]:
    """The clauses of a line, in order; one where it is short, has no mark to cut it at, or other words are said."""
    most = SHORT_LINES * language(line.language).short_line
    bounds: list[tuple[int, int]] = []
    open_ended = False  # the last was cut between two words, where nobody would pause
    for span in split_spans(line.text, line.language, max_chars=most):
        if open_ended:
            bounds[-1] = (bounds[-1][0], span.end)
        else:
            bounds.append((span.start, span.end))
        open_ended = span.pause_seconds == PAUSE_WORD
    if line.say or len(bounds) < 2:
        return [Clause(0, line)]
    return [Clause(start, _part(line, start, end)) for start, end in bounds]


def _part(line: Line, start: int, end: int) -> Line:
    hints = [hint.moved(-start) for hint in line.hints if start <= hint.start and hint.end <= end]
    return replace(line, text=line.text[start:end], hints=tuple(hints))


def begins(item: PlannedLine, times: Sequence[float], found: Sequence[Clause]) -> list[float]:
    """When each clause begins in the take of its line, in seconds; empty where its engine tells no times.

    Args:
        times: of the take.
    """
    heard = [(run.printed[0], run.start) for run in runs(item, times) if run.printed is not None]
    if not heard:
        return []
    end = times[-1]
    return [
        0.0 if number == 0 else next((start for at, start in heard if at >= clause.start), end)
        for number, clause in enumerate(found)
    ]

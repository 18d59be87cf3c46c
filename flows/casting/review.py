"""What a person should look at: the least certain lines, most-heard first."""

from __future__ import annotations

from dataclasses import dataclass

from flows.casting.nouns import Casting, Span

SURE = 0.9
"""Confidence from which a line is not worth a person's time."""
SAMPLE_SPAN = 0.5


@dataclass(frozen=True, slots=True)
class Doubt:
    """One doubtful line. `weight` is letters at stake: its length, with what hangs on it, times the chance of
    an error."""

    chapter: int
    paragraph: int
    span: Span
    weight: float


def least_certain(casting: Casting, n: int = 50) -> list[Doubt]:
    """The `n` lines whose check is worth most: long ones in doubt before short ones, each time with its
    neighbours in doubt.

    Lines in a row decided together (the same exchange) count once: correcting one of them re-decodes the others.
    """
    doubts: list[Doubt] = []
    run: list[Doubt] = []
    last = (-1, -9)

    def settle() -> None:
        if run:
            most = max(
                run, key=lambda d: (1.0 - d.span.confidence) * (d.span.end - d.span.start) ** SAMPLE_SPAN
            )
            doubts.append(Doubt(most.chapter, most.paragraph, most.span, sum(d.weight for d in run)))
            run.clear()

    for chapter, paragraph, span in casting.dialogue():
        if span.kind != "dialogue":
            continue
        if span.confidence >= SURE or (chapter, paragraph) > (last[0], last[1] + 2) or chapter != last[0]:
            settle()
        if span.confidence < SURE:
            run.append(Doubt(chapter, paragraph, span, (1.0 - span.confidence) * (span.end - span.start)))
        last = (chapter, paragraph)
    settle()
    return sorted(doubts, key=lambda d: -d.weight)[:n]

"""Other ways to say a line, for a model that leaves nothing to chance: what takes 2, 3, … of it are.

The sounds and the voice stay. What can be moved is where in the voice's style table the line is looked up (a row says
how lines of one length are spoken: other pitch, other lengths of sounds), where the line is cut, and its tempo.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from tts_core.engine import Prepared
from tts_core.phonetics.phonemes import CLAUSE_END, SENTENCE_END

CLOSING = "”)"
"""Marks that may stand after the one that ends a clause."""
SHORTEST_PART = 6
"""Symbols that a part of a line has at least after a cut: the model says less than a word badly."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What the model is given at once.

    Args:
        symbols: its sounds and marks, each a token.
        border: what kind of place it ends at: sentence, clause or word; "" for the last of a line.
        rows: how many rows further in the voice's style table than that of its length it is looked up.
    """

    symbols: str
    border: str
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """One way to say a line. `rows`: see `Piece`. `tempo`: factor. `cut`: in two at its best place."""

    rows: int = 0
    tempo: float = 1.0
    cut: bool = False


WAYS = (
    Way(rows=40),
    Way(cut=True),
    Way(tempo=0.96),
    Way(rows=80),
    Way(tempo=1.04),
    Way(rows=20),
    Way(rows=40, cut=True),
    Way(rows=40, tempo=0.92),
)
"""Take 2 first."""


def pieces_of(prepared: Prepared) -> Iterator[Piece]:
    """What is given for a line, piece by piece."""
    for piece in cast(tuple[tuple[Any, ...], ...], prepared.given):
        yield Piece(*piece)


def retake(prepared: Prepared, number: int, *, at_tempo: bool) -> Prepared | None:
    """Take `number` (2 or more) of a line; None where there are no more. See `tts_core.engine.Retakes`."""
    if not prepared.given:
        return None  # a silence has one way
    halves = cut_in_two(prepared)
    possible = [way for way in WAYS if (halves or not way.cut) and (way.tempo == 1.0 or not at_tempo)]
    if not 2 <= number < len(possible) + 2:
        return None
    way = possible[number - 2]
    line = halves if way.cut and halves else prepared
    given = tuple(as_given(replace(piece, rows=piece.rows + way.rows)) for piece in pieces_of(line))
    return replace(line, given=given, speed=round(line.speed * way.tempo, 4))


def as_given(piece: Piece) -> tuple[str | int, ...]:
    """A piece in the form in which it is keyed: the row is left out where it is the usual one."""
    return (piece.symbols, piece.border, *([piece.rows] if piece.rows else []))


def cut_in_two(prepared: Prepared) -> Prepared | None:
    """The line with its longest piece cut where a speaker would pause, near its middle; None for one too short.

    The blank that is cut away counts as the pause between the pieces does, so that every word keeps its units.
    """
    pieces = list(pieces_of(prepared))
    longest = max(range(len(pieces)), key=lambda i: len(pieces[i].symbols))
    symbols, total = pieces[longest].symbols, len(pieces[longest].symbols)
    blanks = [at for at in range(SHORTEST_PART, total - SHORTEST_PART) if symbols[at] == " "]
    if not blanks:
        return None
    cost = {"sentence": 0.0, "clause": 0.15, "word": 0.6}
    best = min(blanks, key=lambda at: cost[_border(symbols[:at])] + abs(2 * at / total - 1))
    halves = [
        Piece(symbols[:best], _border(symbols[:best]), pieces[longest].rows),
        Piece(symbols[best + 1 :], pieces[longest].border, pieces[longest].rows),
    ]
    pieces[longest : longest + 1] = halves
    return replace(prepared, given=tuple(as_given(piece) for piece in pieces))


def _border(symbols: str) -> str:
    last = symbols.rstrip(CLOSING)[-1:]
    return "sentence" if last in SENTENCE_END else "clause" if last in CLAUSE_END else "word"

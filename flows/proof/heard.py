"""What a listener is given: a take, and what was asked for, word by word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tts_core.engine import Prepared, Take
from tts_core.kokoro.retakes import pieces_of
from tts_core.phonetics.phonemes import MARKS, STRESS, TONES

SILENT_SYMBOLS = frozenset(MARKS + STRESS + TONES + " ː")
"""Symbols of a reading that are no sound by themselves: marks, stress, length, tones."""


@dataclass(frozen=True, slots=True)
class AskedWord:
    """A word or Han character that is to be heard.

    Args:
        start, end: where it stands in the text.
        symbols: its sounds, without stress, length and tone.
        weak: a syllable without a tone among such that have one (的, 了, 著): it is short, and its vowel may be
            swallowed.
    """

    start: int
    end: int
    symbols: str
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """Words `first` to `end` of a line in other words: their sounds, and how they are written."""

    first: int
    end: int
    symbols: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A take that is to be heard, and what it should be.

    Args:
        key: of the take.
        text: what is to be said, spoken text.
        language: of the line.
        voice: as the cast names it; takes of one voice are compared with each other.
        words: what is to be heard, in order.
        reader: a voice of the embedded engine that reads as this one does: its language, its accent.
        load: reads the take. Raises `CorruptTake`.
        seconds: of the take.
        control: the line as the embedded engine reads it, to be said by another voice where the take is accused; None:
            none is asked for.
    """

    key: str
    text: str
    language: str
    voice: str
    words: tuple[AskedWord, ...]
    reader: str
    load: Callable[[], Take]
    seconds: float
    control: Prepared | None = None

    def said(self, first: int, end: int) -> str:
        """The text of some words, for a person."""
        some = self.words[max(first, 0) : end]
        return self.text[some[0].start : some[-1].end] if some else ""


def asked_words(prepared: Prepared) -> tuple[AskedWord, ...]:
    """The words of a line that the embedded engine has read."""
    units: list[str] = []
    for symbols in (piece.symbols for piece in pieces_of(prepared)):
        units += [*symbols, ""]  # the pause after a piece is a unit of its own
    tonal = any(unit in TONES for unit in units if unit)
    said = [(word, "".join(units[word.first : word.end])) for word in prepared.words]
    found = (
        AskedWord(
            word.start_char,
            word.end_char,
            "".join(symbol for symbol in symbols if symbol not in SILENT_SYMBOLS),
            weak=tonal and not set(symbols) & set(TONES + STRESS),
        )
        for word, symbols in said
    )
    return tuple(word for word in found if word.symbols)

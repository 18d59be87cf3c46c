"""Words of several readings: whether another one is heard than was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flows.proof.evidence import spread
from flows.proof.heard import SILENT_SYMBOLS, Asked
from flows.proof.pairs import PairCosts
from normalizers import DuoyinError, Hint, heteronyms
from normalizers.languages import language
from normalizers.polyphones import candidates_of
from tts_core.phonetics.pinyin import syllable_symbols
from tts_core.phonetics.reading_hints import hint_symbols

WELL_HEARD = 3.5
"""Most nats that a word may cost in a reading that is said to be heard."""


@dataclass(frozen=True, slots=True)
class OtherReading:
    """Word `number` of a line could be read as `symbols`; `value`: as a person writes it (CMU phones, pinyin)."""

    number: int
    symbols: str
    value: str


def other_readings(asked: Asked) -> list[OtherReading]:
    """The readings that words of a line have beside the one that was asked for, told apart by their sounds."""
    record = language(asked.language)
    found = list(
        _of_words(asked) if record.phoneme_recognizer else () if record.spaced else _of_characters(asked)
    )
    return [each for each in found if each.symbols and each.symbols != asked.words[each.number].symbols]


def _of_words(asked: Asked) -> Iterator[OtherReading]:
    places = {word.start: number for number, word in enumerate(asked.words)}
    for word in heteronyms(asked.text):
        number = places.get(word.start)
        if number is None:
            continue
        for phones in dict.fromkeys((word.arpabet, *word.alternatives)):
            symbols = hint_symbols(Hint(word.start, word.end, "arpabet", phones, "markup"), str)
            yield OtherReading(number, _bare(symbols), phones)


def _of_characters(asked: Asked) -> Iterator[OtherReading]:
    for number, word in enumerate(asked.words):
        for pinyin in candidates_of(asked.text[word.start : word.end]):
            try:
                yield OtherReading(number, _bare(syllable_symbols(pinyin)), pinyin)
            except DuoyinError:
                continue  # a reading that no voice has a syllable for


def _bare(symbols: str) -> str:
    return "".join(symbol for symbol in symbols if symbol not in SILENT_SYMBOLS)


def better_reading(
    asked: Asked, heard: Sequence[str], costs: PairCosts, others: Sequence[OtherReading]
) -> tuple[OtherReading, float] | None:
    """The other reading of a word by which a whole line is explained best, and by how many nats better."""
    sounds, _ = spread(asked)
    mine = sum(step.cost for step in costs.align(sounds, heard))
    best: tuple[OtherReading, float] | None = None
    for other in others:
        words = list(asked.words)
        words[other.number] = replace(words[other.number], symbols=other.symbols)
        changed, owners = spread(replace(asked, words=tuple(words)))
        steps = costs.align(changed, heard)
        gain = mine - sum(step.cost for step in steps)
        own = sum(
            step.cost for step in steps if step.asked is not None and owners[step.asked] == other.number
        )
        if own > WELL_HEARD:
            continue  # neither reading is what is heard: an accent, or a slip of the recognizer
        if best is None or gain > best[1]:
            best = (other, gain)
    return best

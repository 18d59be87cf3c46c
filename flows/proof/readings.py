"""Words of several readings: which they have beside the one that was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flows.proof.heard import SILENT_SYMBOLS, Asked
from normalizers import DuoyinError, Hint, heteronyms
from normalizers.languages import language
from normalizers.polyphones import candidates_of
from tts_core.phonetics.pinyin import syllable_symbols
from tts_core.phonetics.reading_hints import hint_symbols


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
        _of_words(asked) if record.has_heteronyms else () if record.spaced else _of_characters(asked)
    )
    return [each for each in found if each.symbols and each.symbols != asked.words[each.number].symbols]


def words_of_readings(text: str, code: str) -> set[int]:
    """Where words of several readings begin in a text of a language."""
    record = language(code)
    if record.has_heteronyms:
        return {word.start for word in heteronyms(text)}
    return set() if record.spaced else {at for at, letter in enumerate(text) if candidates_of(letter)}


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

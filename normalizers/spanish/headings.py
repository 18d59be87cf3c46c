"""Spanish headings: numbers as they stand in them, and how a chapter is announced."""

from __future__ import annotations

import re

from normalizers.roman import PATTERN as ROMAN
from normalizers.roman import parse
from normalizers.spanish.numerals import ORDINAL_TENS, ORDINALS, TENS, UNDER_THIRTY, ordinal

_CARDINALS = {word: value for value, word in enumerate(UNDER_THIRTY) if value}
_TENS = {word: 10 * value for value, word in enumerate(TENS) if word}
_ORDINALS = {word: value for value, word in enumerate(ORDINALS) if word} | {
    word: 10 * value for value, word in enumerate(ORDINAL_TENS) if word
}
_FEMININE = {word[:-1] + "a": value for word, value in _ORDINALS.items()}
_SHORT = {ordinal(value, noun=True): value for value in (1, 3)}
_LAST = {"último": 999, "última": 999}
"""El capítulo último stands behind every other."""
_WORDS = {**_CARDINALS, **_TENS, **_ORDINALS, **_FEMININE, **_SHORT, **_LAST, "ciento": 100, "cien": 100}
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))

UNITS = "capítulo|capitulo|parte|libro|tomo|volumen|canto|acto|escena|episodio|jornada|sección|cuento|carta"
"""Words before a number that make a heading."""
NUMERAL = rf"(?:\d{{1,4}}(?:\.?[ºª°])?|(?:{_WORD})(?:\s+(?:y\s+)?(?:{_WORD}))*|{ROMAN})"
"""A number in a heading: digits, words (veintiuno, primero, treinta y dos), Roman."""
NUMBER_WORDS = rf"(?:{'|'.join([*_CARDINALS, *_TENS])})(?:\s+y\s+(?:{'|'.join(list(_CARDINALS)[:9])}))?"
"""A number in words that can be a heading by itself."""

_HEADING = re.compile(rf"(?P<unit>{UNITS})\s+(?P<number>{NUMERAL})(?!\w)", re.IGNORECASE)
_LETTERS = re.compile(r"[a-záéíóúñ]+")


def read(words: str) -> int | None:
    """Value of a number in words: `treinta y dos` → 32, `primero` → 1; None where it is none."""
    total = 0
    for word in _LETTERS.findall(words.lower()):
        if word == "y":
            continue
        if word not in _WORDS:
            return None
        total += _WORDS[word]
    return total or None


def read_heading(title: str) -> tuple[str, int] | None:
    """Unit and number of a heading: `CAPÍTULO IV. El duelo` → (capítulo, 4); None without them."""
    m = _HEADING.match(title)
    if m is None:
        return None
    written = m["number"].rstrip("ºª°.")
    number = int(written) if written.isdecimal() else parse(written) or read(written)
    unit = m["unit"].lower()
    return ("capítulo" if unit == "capitulo" else unit, number) if number else None


def announce(numeral: str) -> str:
    """How a chapter whose heading is a bare numeral is announced: `3` → Capítulo 3, `VEINTIUNO` → Capítulo
    veintiuno."""
    return f"Capítulo {numeral if parse(numeral) else numeral.lower()}"


def some_chapters(numbers: str) -> str:
    """A part of a book by the numbers of its chapters: `3` → capítulo 3, `1-3, 5` → capítulos 1-3, 5."""
    return f"capítulo {numbers}" if numbers.isdigit() else f"capítulos {numbers}"

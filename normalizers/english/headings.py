"""English headings: numbers as they stand in them, and how a chapter is announced."""

from __future__ import annotations

import re

from normalizers.english.numerals import ONES, TENS, ordinal
from normalizers.roman import PATTERN as ROMAN
from normalizers.roman import parse

_CARDINALS = {word: value for value, word in enumerate(ONES) if value}
_TENS = {word: 10 * value for value, word in enumerate(TENS) if word}
_ORDINALS = {ordinal(value): value for value in range(1, 21)}
_WORDS = {**_CARDINALS, **_TENS, **_ORDINALS, "hundred": 100, "last": 999}
"""`last`: Chapter the Last stands behind every other."""
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))

UNITS = "chapter|part|book|stave|canto|act|scene|volume|section|episode|tale|chapt?|chpt?|ch|pt|bk|vol|ep"
"""Words before a number that make a heading, and what they are shortened to."""
SHORT = {
    **dict.fromkeys(("chap", "chapt", "chp", "chpt", "ch"), "chapter"),
    "pt": "part",
    "bk": "book",
    "vol": "volume",
    "ep": "episode",
}
NUMERAL = rf"(?:\d{{1,4}}|(?:the\s+)?(?:{_WORD})(?:[\s-]+(?:{_WORD}))*|{ROMAN})"
"""A number in a heading: digits, words (`Twenty-One`, `the First`), Roman."""
NUMBER_WORDS = rf"(?:{'|'.join([*_CARDINALS, *_TENS])})(?:[\s-]+(?:{'|'.join(_CARDINALS)}))?"
"""A number in words that can be a heading by itself."""

_HEADING = re.compile(
    rf"(?P<unit>{UNITS})(?:[\s.:#_–-]+|(?=\d))(?P<number>{NUMERAL})(?![^\W_])", re.IGNORECASE
)
_LETTERS = re.compile(r"[a-z]+")


def read(words: str) -> int | None:
    """Value of a number in words: `twenty-one` → 21, `the first` → 1; None where it is none."""
    total = 0
    for word in _LETTERS.findall(words.lower()):
        if word == "the":
            continue
        if word not in _WORDS:
            return None
        total = total * 100 if word == "hundred" and total else total + _WORDS[word]
    return total or None


def read_heading(title: str) -> tuple[str, int] | None:
    """Unit and number of a heading: `CHAPTER IV. The Duel` → (chapter, 4); None without them."""
    m = _HEADING.match(title)
    if m is None:
        return None
    written = m["number"]
    number = int(written) if written.isdecimal() else parse(written) or read(written)
    unit = m["unit"].lower()
    return (SHORT.get(unit, unit), number) if number else None


def announce(numeral: str) -> str:
    """How a chapter whose heading is a bare numeral is announced: `3` → Chapter 3, `TWENTY-ONE` → Chapter
    Twenty-One."""
    return f"Chapter {numeral if parse(numeral) else numeral.title()}"


def some_chapters(numbers: str) -> str:
    """A part of a book by the numbers of its chapters: `3` → chapter 3, `1-3, 5` → chapters 1-3, 5."""
    return f"chapter {numbers}" if numbers.isdigit() else f"chapters {numbers}"

"""Signs where they stand: arithmetic that is spoken, marks that are not, numbers that are a single character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from normalizers.characters import numeric_symbols
from normalizers.languages import Language
from normalizers.roman import parse
from normalizers.rules import Place, Spoken
from normalizers.scripts import HAN
from normalizers.signs import GREEK_LETTERS, REMOVED, Sign, Signs

SPOKEN = GREEK_LETTERS + "+=×÷<>≤≥≠≈√∞∑∫∂∆&@#%*/^_~|\\§¶†‡•·№`°′″←→↑↓⇒※$"
"""Signs the scanner stops at."""
_PREFIXES = "√∞§№∑∫∆∂"
_ALONE = "%@&"

_OPERAND_LEFT = re.compile(r"(?:[\d)²³%°!₀-₉]|(?:^|[^A-Za-z])[A-Za-zα-ωπ])\s?$")
_OPERAND_RIGHT = re.compile(r"\s?(?:[-+]?[$€£¥]?[\d(√.]|[A-Za-zα-ωπ](?![A-Za-z]))")
_ANYTHING = re.compile("")
_OPERANDS = (_OPERAND_LEFT, _OPERAND_RIGHT)
_EXPONENTS = (re.compile(r"[\d)²³A-Za-zα-ωπ]\s?$"), _OPERAND_RIGHT)
_WORDS = (re.compile(r"\w\s?$"), re.compile(r"\s?\w"))
_DIGITS = (re.compile(r"\d\s?$"), re.compile(r"\s?\d"))
_BEFORE_NUMBER = (_ANYTHING, re.compile(r"\s?[-+]?\d"))
_HEADS_NUMBER = (re.compile(rf"(?:^|[\s(（，、{HAN}])$"), re.compile(r"\s?[-+]?[$€£¥]?\d"))
_LETTERS = (re.compile(rf"[A-Za-z{HAN}]\s?$"), re.compile(rf"\s?[A-Za-z{HAN}]"))
_BEHIND_LETTER = (re.compile(r"[A-Za-z\d]$"), _ANYTHING)
_BEFORE_CLOSING = (re.compile(rf"[{HAN}]$"), re.compile("[”」』》]"))
_TAG = re.compile(r"\s?[A-Za-z]+>")
_EXPONENT = re.compile(r"\s?(?P<minus>[-−])?(?P<digits>\d+)")
_GREEK_LEFT, _GREEK_RIGHT = re.compile(r"[α-ωΑ-Ωά-ώ]$"), re.compile(r"[α-ωΑ-Ωά-ώ]")

_PLACES: dict[str, tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]] = {
    "+": (_OPERANDS, _LETTERS, _BEHIND_LETTER, _BEFORE_CLOSING),
    "=": (_OPERANDS, _WORDS),
    "×": (_OPERANDS, (_WORDS[0], _DIGITS[1])),
    "÷": (_OPERANDS,),
    **dict.fromkeys("<>", (_OPERANDS, _HEADS_NUMBER)),
    **dict.fromkeys("≤≥≠≈", (_OPERANDS, _BEFORE_NUMBER)),
    **dict.fromkeys("*·", (_DIGITS,)),
}
"""Where a sign of arithmetic is spoken: what stands before it and what follows."""


def say_symbol(m: re.Match[str], place: Place, language: Language) -> Spoken | None:
    """What one sign (or a run of it) says; '' removes it, None leaves it as it is."""
    sign = Sign(m[0], place.before(12), place.after(m.end(), 12), m.end())
    signs = language.signs
    if len(sign.run) > 1:
        return _say_run(sign, signs, " " if language.spaced else "")
    mark = sign.run
    if _is_arithmetic(sign):
        alone = not _OPERAND_LEFT.search(sign.left)
        return Spoken(signs.before_number.get(mark, signs.words[mark]) if alone else signs.words[mark])
    if mark == "^" and sign.between(*_EXPONENTS):
        return _say_exponent(sign, signs)
    if mark in signs.rules:
        return signs.rules[mark](sign)
    if mark in _ALONE or mark in _PREFIXES:
        return Spoken(signs.words[mark])
    if mark in GREEK_LETTERS:
        return _say_greek(sign, language)
    if mark == "°":
        return Spoken(signs.words[mark]) if _DIGITS[0].search(sign.left) else REMOVED
    return None if mark in "<>" else REMOVED


def _say_run(sign: Sign, signs: Signs, apart: str) -> Spoken:
    """== and C++ are spoken, >> before what somebody says in captions and rules of stars are not."""
    mark = sign.run[0]
    if mark in "<>" and re.search(r"[\dA-Za-z)]\s?$", sign.left):
        return Spoken(sign.run)
    if sign.run == "==":
        return Spoken(signs.words["="])
    if mark == "+" and re.search(r"[A-Za-z]$", sign.left):
        return Spoken(apart.join([signs.words["+"]] * 2))
    return REMOVED


def _is_arithmetic(sign: Sign) -> bool:
    if sign.run in "<>" and _TAG.match(sign.right):
        return False
    return any(sign.between(left, right) for left, right in _PLACES.get(sign.run, ()))


def _say_exponent(sign: Sign, signs: Signs) -> Spoken:
    exponent = _EXPONENT.match(sign.right)
    if exponent is None:
        return Spoken(signs.words["^"])
    negative = exponent["minus"] is not None
    return Spoken(signs.power(exponent["digits"], negative, True), end=sign.end + exponent.end())


def _say_greek(sign: Sign, language: Language) -> Spoken | None:
    """A letter by itself is named, as in formulas; in a Greek word it stays."""
    if _GREEK_LEFT.search(sign.left) or _GREEK_RIGHT.match(sign.right):
        return None
    apart = " " if language.spaced and re.match(r"[A-Za-z]", sign.right) else ""
    return Spoken(language.signs.words[sign.run] + apart)


# --- numbers of one character ---------------------------------------------------------------------------

_OPERAND = re.compile(r"(?:(?<![A-Za-z])[A-Za-z]|\d|\)|(?<![A-Za-z])[kcm]?m|[πθ]|[=+*/(-]\s?[a-z]{1,3})$")
_DENOMINATORS = (3, 5, 6, 7, 9, 10, 12, 20, 40, 80, 160, 320)
"""Of the fractions Unicode has a character for, beyond halves, quarters and eighths."""


def say_numeric(m: re.Match[str], place: Place, language: Language) -> Spoken:
    """Numbers written as one character: superscripts, subscripts, ①, Ⅳ and the digits of old scripts."""
    run = m[0].lstrip("⁻⁺")
    kind, _ = numeric_symbols()[run[0]]
    begin = m.end() - len(run)
    return _NUMERIC.get(kind, _say_counted)(run, begin, place, language, m[0][0] == "⁻")


def _digits_of(run: str, kind: str) -> str:
    """The digits of the characters of one kind that a run begins with."""
    table = numeric_symbols()
    size = next((i for i, c in enumerate(run) if table[c][0] != kind), len(run))
    return "".join(str(int(table[c][1])) for c in run[:size])


def _say_superscript(run: str, begin: int, place: Place, language: Language, negative: bool) -> Spoken:
    digits = _digits_of(run, "super")
    end = begin + len(digits)
    left = place.before(12)
    if not _OPERAND.search(left):
        return Spoken("", end=end, cls="note-mark")
    after_digit = left[-1:].isdigit()
    return Spoken(language.signs.power(str(int(digits)), negative, after_digit), end=end, cls="power")


def _say_subscript(run: str, begin: int, place: Place, language: Language, negative: bool) -> Spoken:
    digits = _digits_of(run, "sub")
    return Spoken(language.cardinal(digits), end=begin + len(digits), cls="serial")


def _say_roman(run: str, begin: int, place: Place, language: Language, negative: bool) -> Spoken:
    table = numeric_symbols()
    length = next((i for i, c in enumerate(run) if table[c][0] != "roman"), len(run))
    number = parse(unicodedata.normalize("NFKC", run[:length]))
    if number is None:
        number, length = int(table[run[0]][1]), 1
    return Spoken(language.cardinal(number), end=begin + length, cls="roman")


def _say_fraction(run: str, begin: int, place: Place, language: Language, negative: bool) -> Spoken:
    value = numeric_symbols()[run[0]][1]
    top, bottom = value.as_integer_ratio() if value > 0 else (0, 1)
    for denominator in _DENOMINATORS:
        if abs(value * denominator - round(value * denominator)) < 1e-3:
            top, bottom = round(value * denominator), denominator
            break
    said = language.fraction(abs(top), bottom)
    return Spoken(said if value >= 0 else language.minus + said, end=begin + 1, cls="fraction")


def _say_counted(run: str, begin: int, place: Place, language: Language, negative: bool) -> Spoken:
    """① at the head of what it counts is parted from it by a pause."""
    table = numeric_symbols()
    kind, value = table[run[0]]
    said = language.cardinal(int(value))
    following = place.after(begin + 1, 1)
    heads = kind == "circled" and following.isalnum() and not place.before(12).endswith("第")
    if heads or (following and following in table):
        said += language.signs.pause
    return Spoken(said, end=begin + 1, cls="list-number" if kind == "circled" else "number")


_NUMERIC: dict[str, Callable[[str, int, Place, Language, bool], Spoken]] = {
    "super": _say_superscript,
    "sub": _say_subscript,
    "roman": _say_roman,
    "fraction": _say_fraction,
}

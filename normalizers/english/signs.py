"""English signs."""

from __future__ import annotations

import re

from normalizers.english.numerals import cardinal
from normalizers.english.units import PER
from normalizers.rules import Spoken
from normalizers.signs import REMOVED, Sign, Signs, greek

_PERSONS = re.compile(r"\b(?:he|she|him|her|his|they|s)$", re.IGNORECASE)
_OTHER_PERSON = re.compile(r"(?:he|she|him|hers?|his|they)\b", re.IGNORECASE)
_SEVERAL = re.compile(r"[a-z]{2,}s$|\b(?:feet|people|men|women|children|per [a-z]+)$")
_PER_ONE = re.compile(
    r"(?:second|minute|hour|day|night|week|month|quarter|year|decade|century|person|capita|head|household|acre|hectare|"
    r"mile|meter|metre|kilometer|kilometre|foot|pound|kilogram|kilo|ton|tonne|gallon|liter|litre|word|page|shift|"
    r"hr|min|sec|wk|mo|yr|mL|ml|dL|dl|L|kg|km|ha)\b(?!/)"
)
"""`litres/day`, `miles/hour`: so many of one in each of the other."""
_AND_SO_ON = re.compile(r"c\b(?:\.(?!\s*(?:$|[A-Z])))?")


def power(digits: str, negative: bool, after_digit: bool) -> str:
    """`2` → squared, `10` → to the power of ten."""
    if negative:
        return f"to the power of minus {cardinal(digits)}"
    return {"2": "squared", "3": "cubed"}.get(digits) or f"to the power of {cardinal(digits)}"


def _ampersand(sign: Sign) -> Spoken:
    """&c. is et cetera, and &str a word of a program."""
    and_so_on = _AND_SO_ON.match(sign.right)
    if and_so_on:
        return Spoken("et cetera", end=sign.end + and_so_on.end())
    glued = re.match(r"[A-Za-z]", sign.right) and re.search(r"(?:^|[\s(\"“])$", sign.left)
    return Spoken("ampersand" if glued else "and")


def _underscore(sign: Sign) -> Spoken:
    """Said in a handle; in prose it marks italics."""
    return Spoken("underscore") if re.search(r"@\w*$", sign.left) else REMOVED


def _hash(sign: Sign) -> Spoken:
    """C# is sharp, #tag is hashtag."""
    if not (re.match(r"[A-Za-z]", sign.right) or re.search(r"[A-Za-z]$", sign.left)):
        return REMOVED
    if re.search(r"(?:^|[\s(])$", sign.left) and re.match(r"[A-Za-z]\w*(?![\w#])", sign.right):
        return Spoken("hashtag ")
    note = re.search(r"(?:^|[^A-Za-z])[A-G]$", sign.left) and not re.match(r"\w", sign.right)
    return Spoken("sharp" if note else "hash")


def _slash(sign: Sign) -> Spoken:
    """he/she is or, and/or needs no word, others are said."""
    left, right = sign.left, sign.right
    if re.search(r"(?:^|\s)s$", left) and re.match(r"he\b", right):
        return Spoken("or")
    if re.search(r"\b(?:and|either)$", left, re.I) and re.match(r"or\b", right):
        return Spoken(" ")
    if re.search(r"(?<![A-Za-z\d/.])[na]$", left) and re.match(r"[ac](?![A-Za-z\d/])", right):
        return Spoken(" ")  # n/a, a/c
    if sign.between(_PERSONS, _OTHER_PERSON):
        return Spoken("or", ("slash",))
    if _SEVERAL.search(left) and (one := _PER_ONE.match(right)):
        return Spoken(f"per {PER.get(one[0], one[0])}", ("slash",), end=sign.end + one.end())
    if re.search(r"(?<![A-Za-z\d/.])[A-Z]$", left) and re.match(r"[A-Z](?![A-Za-z\d/])", right):
        return Spoken(" ")  # P/E, N/A
    if re.search(r"[A-Za-z\d)]$", left) and re.match(r"[A-Za-z\d(]", right):
        return Spoken("slash")
    return Spoken("slash") if re.search(r"\w\s$", left) and re.match(r"\s\w", right) else REMOVED


def _pilcrow(sign: Sign) -> Spoken:
    """¶ 4 is a paragraph's."""
    return Spoken("paragraph") if re.match(r"\s?\d", sign.right) else REMOVED


def _arrow(sign: Sign) -> Spoken:
    """5 → 6."""
    return Spoken("to") if sign.left.strip() and sign.right.strip() else REMOVED


def _dollar(sign: Sign) -> Spoken | None:
    return Spoken("dollar") if re.match(r"[A-Za-z]", sign.right) else None


def _middle_dot(sign: Sign) -> Spoken | None:
    return Spoken(" ", cls="mark") if re.search(r"\w$", sign.left) else None


SIGNS = Signs(
    words={
        "+": "plus", "=": "equals", "×": "times", "÷": "divided by", "<": "is less than",
        ">": "is greater than", "≤": "is less than or equal to",
        "≥": "is greater than or equal to", "≠": "is not equal to", "≈": "is approximately", "*": "times",
        "^": "to the power of", "·": "times",
        "√": "the square root of", "∞": "infinity", "§": "section", "№": "number", "∑": "the sum of",
        "∫": "the integral of", "∆": "delta", "∂": "partial",
        "%": "percent", "@": "at", "&": "and", "°": "degrees",
        **greek("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
        "upsilon phi chi psi omega"),
    },
    before_number={
        "<": "less than", ">": "more than", "≤": "at most", "≥": "at least", "≈": "approximately",
    },
    rules={
        "&": _ampersand, "_": _underscore, "#": _hash, "/": _slash, "$": _dollar, "·": _middle_dot,
        "¶": _pilcrow, "→": _arrow,
    },
    power=power,
    pause=", ",
    in_addresses={
        ".": "dot", "@": "at", "/": "slash", ":": "colon", "-": "dash", "_": "underscore",
        "?": "question mark", "=": "equals", "&": "and",
        "#": "hash", "%": "percent", "~": "tilde", "+": "plus", "\\": "backslash",
    },
)  # fmt: skip

"""Roman numerals."""

from __future__ import annotations

import re

_VALUES = (
    ("M", 1000), ("CM", 900), ("D", 500), ("CD", 400), ("C", 100), ("XC", 90),
    ("L", 50), ("XL", 40), ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1),
)  # fmt: skip
PATTERN = "(?=[MDCLXVI])M{0,3}(?:CM|CD|D?C{0,4})(?:XC|XL|L?X{0,4})(?:IX|IV|V?I{0,4})"
"""Regular expression of a well-formed Roman numeral in capitals; IIII and XXXX of old books too."""
_WELL_FORMED = re.compile(PATTERN, re.IGNORECASE)


def parse(numeral: str) -> int | None:
    """The value of a well-formed Roman numeral (IIII, XXXX and CCCC of old books too), or None."""
    if not numeral or not _WELL_FORMED.fullmatch(numeral):
        return None
    rest = numeral.upper()
    value = 0
    for letters, worth in _VALUES:
        while rest.startswith(letters):
            value += worth
            rest = rest[len(letters) :]
    return value


def write(value: int) -> str:
    """`14` → XIV. `value` is 1 to 3999."""
    out = ""
    for letters, worth in _VALUES:
        while value >= worth:
            out += letters
            value -= worth
    return out

"""What a language says for signs: the words, and rules of its own where a word is not enough."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from normalizers.rules import Spoken

GREEK = "αβγδεζηθικλμνξπρστυφχψω"
"""Greek letters that are named where they stand alone, in the order `greek` takes their names in."""
_CAPITALS = "ΓΔΘΛΞΠΣΦΨΩ"
_VARIANTS = {"ϕ": "φ", "ϵ": "ε"}
GREEK_LETTERS = f"{GREEK}{_CAPITALS}{''.join(_VARIANTS)}"
"""All of them: capitals that are no Latin ones, and the variants of formulas."""


def greek(names: str) -> Mapping[str, str]:
    """Letter → name, from the names of `GREEK` in order, parted by blanks."""
    table = dict(zip(GREEK, names.split(), strict=True))
    table |= {letter: table[letter.lower()] for letter in _CAPITALS}
    return table | {variant: table[letter] for variant, letter in _VARIANTS.items()}


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign, or a run of one, where it stands.

    Args:
        run: the sign as written; several characters where it is repeated.
        left, right: up to 12 characters of the same line before and behind it.
        end: offset behind it in the text, for answers that take in more.
    """

    run: str
    left: str
    right: str
    end: int

    def between(self, left: re.Pattern[str], right: re.Pattern[str]) -> bool:
        """Whether `left` is found before it and `right` follows it."""
        return left.search(self.left) is not None and right.match(self.right) is not None


REMOVED = Spoken("", cls="mark")
"""The answer for a sign that is only seen."""

SignRule = Callable[[Sign], Spoken | None]
"""What a sign says in its place; None leaves it as it is."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Signs:
    """The signs of one language.

    Args:
        words: what is said for a sign between operands or before its own (`+ = × ÷ < > ≤ ≥ ≠ ≈ * ^ ·`, `√ ∞ §
            № ∑ ∫ ∆ ∂`), for `% @ & °`, and for the letters of `GREEK_LETTERS`.
        rules: rules for signs that are said otherwise than others say them; these are asked after the arithmetic.
        power: what an exponent says: its digits, whether it is negative, whether a digit stands before it.
        pause: what stands behind the number of a list (①) where text goes on.
        in_addresses: the words of signs in web and mail addresses.
        before_number: what is said for a sign of comparison that nothing is compared by (<5), where it is not the same.
    """

    words: Mapping[str, str]
    rules: Mapping[str, SignRule]
    power: Callable[[str, bool, bool], str]
    pause: str
    in_addresses: Mapping[str, str]
    before_number: Mapping[str, str] = field(default_factory=dict)

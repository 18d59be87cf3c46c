"""What a rule is: a pattern that starts where the scanner stopped, and a function that says it aloud."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property

from normalizers.scripts import HAN, LETTER


@cache
def words(text: str) -> frozenset[str]:
    """A set of words written as one line: `words("of in on")`; made once."""
    return frozenset(text.split())


_PREVIOUS_WORD = re.compile(
    rf"([{LETTER}]+(?:['’][{LETTER}]+)*|\d[\d,.]*(?:st|nd|rd|th)?)[^{LETTER}{HAN}\d]*$"
)
_LOOKBACK = 48
"""How many characters a rule may look back; keeps every rule's cost constant."""


@dataclass(slots=True)
class Place:
    """Where in the folded text a rule is being tried.

    Args:
        text: the whole folded text.
        at: where the candidate begins.
        floor: end of the replacement before; a rule may not reach back over it.
    """

    text: str
    at: int
    floor: int = 0

    def before(self, length: int = _LOOKBACK) -> str:
        """Up to `length` characters left of the candidate, within the line."""
        left = self.text[max(0, self.at - length) : self.at]
        return left[left.rfind("\n") + 1 :]

    def after(self, end: int, length: int = _LOOKBACK) -> str:
        """Up to `length` characters right of `end`, within the line."""
        right = self.text[end : end + length]
        cut = right.find("\n")
        return right if cut < 0 else right[:cut]

    def word_before(self) -> str:
        """The nearest word or number on the left, across spaces and signs; '' at the start of a line."""
        m = _PREVIOUS_WORD.search(self.before())
        return m[1] if m else ""

    def adjacent_word(self) -> str:
        """The word on the left when only blanks, a full stop or a hyphen part it from the candidate."""
        m = re.search(rf"([{LETTER}]+(?:'[{LETTER}]+)*)\.?[ -]*$", self.before())
        return m[1] if m else ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a rule answers: the words, the other readings, and where the candidate ends (default: the match).

    `cls` overrides the rule's class where one pattern serves two.
    """

    text: str
    alternatives: tuple[str, ...] = ()
    end: int | None = None
    cls: str | None = None


Say = Callable[["re.Match[str]", Place], "str | Spoken | None"]


@dataclass(frozen=True)
class Rule:
    """A rule. Its pattern is compiled when it is first tried: few texts need those of all languages, and compiling them
    is a sixth of a start."""

    cls: str
    name: str
    source: str
    flags: int
    say: Say

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.source, self.flags)


@dataclass(slots=True)
class Rulebook:
    """An ordered list of rules; the first that answers wins."""

    rules: list[Rule] = field(default_factory=list)

    def rule(self, cls: str, name: str, pattern: str, flags: int = 0) -> Callable[[Say], Say]:
        """Register a function as the rule `name` for `pattern`, tried where the scanner stops."""

        def register(say: Say) -> Say:
            self.rules.append(Rule(cls, name, pattern, flags, say))
            return say

        return register

    def answer(self, place: Place) -> tuple[Rule, re.Match[str], Spoken] | None:
        """The first rule that has something to say at `place`."""
        for rule in self.rules:
            m = rule.pattern.match(place.text, place.at)
            if m is None:
                continue
            said = rule.say(m, place)
            if said is not None:
                return rule, m, said if isinstance(said, Spoken) else Spoken(said)
        return None

"""A mark that may end a sentence, as the rules of languages see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from normalizers.scripts import HAN

_LIST_NUMBER = re.compile(r"(?:[•◦▪●⁃‣]\s*)?(?:\d{1,3}|[A-Za-z]|[IVXLC]+|[ivx]+)")
_LIST_HEAD = re.compile(r"\s*(?:[•◦▪●⁃‣]\s*)?(?:(?P<number>\d{1,3})|(?P<letter>[a-z]))[.)]")


def is_list_number(text: str, start: int, at: int) -> bool:
    """Whether the full stop at `at` only closes the number of a list item or a heading."""
    if at - start < 12 and _LIST_NUMBER.fullmatch(text[start:at].strip()):
        return True
    head = _LIST_HEAD.match(text, start)
    if head is None:
        return False
    last = re.search(r"\s(?:[•◦▪●⁃‣]\s*)?(\d{1,3}|[a-z])$", text[max(start, at - 8) : at])
    if last is None or last[1].isdigit() != bool(head["number"]):
        return False
    before = str(int(last[1]) - 1) if last[1].isdigit() else chr(ord(last[1]) - 1)
    return (
        re.search(
            rf"(?:^|\s)(?:[•◦▪●⁃‣]\s*)?{re.escape(before)}[.)]", text[max(start, at - 2000) : at].lstrip()
        )
        is not None
    )


WORD_BEFORE = re.compile(rf"((?:[^\W{HAN}]|°)(?:[^\W{HAN}]|[.'’°-])*)\s?$")
"""The word right before a stop, with the full stops in it (`p.m`)."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A run of stops (`.`, `?!`, `。`) and the quotes and brackets that close behind it.

    Args:
        text: the whole text; the sentence begins at `start`, the stops stand at `at`.
        mark: the stops as written.
        closers: what closes behind them.
        quoted: whether a quote is among `closers`.
        before: up to 60 characters of the sentence before the stops, without blanks at the end.
        gap: blanks behind.
        following: what comes after those, up to 60 characters in all.
    """

    text: str
    start: int
    at: int
    mark: str
    closers: str
    quoted: bool
    before: str
    gap: int
    following: str

    @property
    def first(self) -> str:
        """The first character that follows; '' at the end."""
        return self.following[:1]

    @property
    def numbers_a_list(self) -> bool:
        """Whether it only closes the number of a list item or a heading."""
        return is_list_number(self.text, self.start, self.at)


@dataclass(frozen=True, eq=False, kw_only=True)
class SentenceRules:
    """Where sentences end in one language.

    Args:
        ends: whether a stop ends the sentence. Of a language in Latin letters only asked for a lone full stop, which
            may belong to an abbreviation, an initial or a number; of others for every stop.
        attribution: what follows a quote that belongs to it (`said Holmes`); nothing else goes on after one.
        abbreviations: words, in small letters, whose full stop need not end a clause; none is cut behind them.
        conjunctions: regular expression of words a long sentence may be cut before.
        after_comma: those that open a clause of their own behind a comma.
    """

    ends: Callable[[Stop], bool]
    attribution: re.Pattern[str]
    abbreviations: frozenset[str]
    conjunctions: str
    after_comma: str

"""Words of books by language; a new language is a module beside these and a name in `WORDS`."""

from __future__ import annotations

import re
from operator import attrgetter

from flows.sources.words.base import Words
from flows.sources.words.chinese import CHINESE
from flows.sources.words.english import ENGLISH
from flows.sources.words.japanese import JAPANESE
from flows.sources.words.neighbours import NEIGHBOURS
from flows.sources.words.spanish import SPANISH

__all__ = ["WORDS", "Words", "all_of", "any_of"]

WORDS: tuple[Words, ...] = (CHINESE, ENGLISH, JAPANESE, SPANISH, *NEIGHBOURS)


def any_of(field: str, frame: str = "{}") -> re.Pattern[str]:
    """The expressions that every language has in a field of `Words`, as one.

    Args:
        field: its name; `talk.labels` is a field of `Words.talk`.
        frame: an expression around them, with `{}` where they stand.
    """
    parts = [part for words in WORDS if (part := attrgetter(field)(words))]
    return re.compile(frame.format("|".join(f"(?:{part})" for part in parts)), re.IGNORECASE)


def all_of(field: str) -> frozenset[str]:
    """The words that any language has in a field of `Words`."""
    found: frozenset[str] = frozenset()
    return found.union(*(getattr(words, field) for words in WORDS))

"""Words as they are cried, hushed and drawn out: Shhh, Brrr, Nooooo, Ohhh. Subtitles are full of them, dictionaries
are not."""

from __future__ import annotations

import re
from collections.abc import Callable

_HUSHED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("s+h{1,}"), "ʃʃ"),
    (re.compile("p+s{2,}t*|ps+t{2,}"), "pst"),
    (re.compile("t+s+k+"), "tˈɪsk"),
    (re.compile("z{2,}"), "zzz"),
    (re.compile("m{2,}"), "mm"),
    (re.compile("h+m{2,}|h{2,}m+"), "hmm"),
    (re.compile("p+f+t*"), "pft"),
    (re.compile("g+r{2,}"), "ɡɹɹ"),
)
"""Sounds without a vowel; a speaker makes them, and does not name their letters."""
_LIKE = (
    (re.compile("b+r{2,}"), "burr"),
    (re.compile("h+r+m+ph+"), "humph"),
    (re.compile("a+r+g+h+"), "aargh"),
)
_DRAWN = re.compile(r"(.)\1{2,}")
_DOUBLE_END = re.compile(r"(.)\1$")


def hushed(word: str) -> str | None:
    """Symbols of a sound without a vowel (`word` in lower case); None for anything else."""
    return next((symbols for pattern, symbols in _HUSHED if pattern.fullmatch(word)), None)


def undrawn(word: str, known: Callable[[str], bool]) -> str | None:
    """The word behind a drawn-out spelling: `nooooo` → `no`, `goooood` → `good`, `eww` → `ew`; None where there is
    none.

    Args:
        word: lower case, not itself in the dictionary.
        known: whether the dictionary has a word.
    """
    for pattern, plain in _LIKE:
        if pattern.fullmatch(word):
            return plain
    candidates = []
    if _DRAWN.search(word):
        candidates = [_DRAWN.sub(r"\1\1", word), _DRAWN.sub(r"\1", word)]
        candidates.append(_DOUBLE_END.sub(r"\1", candidates[0]))
    elif _DOUBLE_END.search(word) and len(word) <= 5:
        candidates = [_DOUBLE_END.sub(r"\1", word)]
    return next((plain for plain in candidates if len(plain) > 1 and known(plain)), None)

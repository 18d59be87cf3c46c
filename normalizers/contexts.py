"""Characters with several readings that stand alone between words, read by their neighbours
(`chinese/contexts.tsv`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_REACH = 14
"""Characters looked at on either side."""


@dataclass(frozen=True, slots=True)
class Context:
    """One row of the table: the reading where `left` ends before and `right` begins behind the character."""

    pinyin: str
    left: re.Pattern[str] | None
    right: re.Pattern[str] | None
    strength: int
    """What it outweighs: 0 the context model, 1 also phrases of two characters, 2 all phrases and `words.tsv`."""


@cache
def contexts() -> dict[str, tuple[Context, ...]]:
    """The rows of each character, in the order they are tried."""
    text = files("normalizers").joinpath("chinese/contexts.tsv").read_text(encoding="utf-8")
    out: dict[str, tuple[Context, ...]] = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        character, pinyin, left, right = (*line.split("\t"), "", "")[:4]
        row = Context(
            pinyin.lstrip("!"),
            re.compile(f"(?:{left})$") if left else None,
            re.compile(right) if right else None,
            len(pinyin) - len(pinyin.lstrip("!")),
        )
        out[character] = (*out.get(character, ()), row)
    return out


def reading_among(sentence: str, at: int, strength: int = 0) -> str | None:
    """The reading that neighbours at least as strong as `strength` ask for; None where they say nothing."""
    rows = contexts().get(sentence[at])
    if rows is None:
        return None
    before = sentence[max(0, at - _REACH) : at]
    after = sentence[at + 1 : at + 1 + _REACH]
    for row in rows:
        if (
            row.strength >= strength
            and (row.left is None or row.left.search(before))
            and (row.right is None or row.right.match(after))
        ):
            return row.pinyin
    return None

"""How words, letters and titles of cases are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

Case = dict[str, Any]
"""One line of `cases.jsonl`."""

Wrong = list[str]
"""What a case misses, in words; empty when it is right."""


def squeeze(text: str) -> str:
    """Width and white space do not count."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def contains(text: str, parts: Iterable[str], complaint: str) -> Wrong:
    folded = squeeze(text)
    return [f"{complaint}: {part!r}" for part in parts if squeeze(part) not in folded]


def missing_words(texts: Iterable[str], wanted: Iterable[str], what: str) -> Wrong:
    texts = list(texts)
    return [
        f"no {what} with {one!r} in {texts}"
        for one in wanted
        if not any(re.search(one, text, re.I) for text in texts)
    ]


def same_name(a: str, b: str) -> bool:
    return squeeze(a).casefold() == squeeze(b).casefold()


def within(part: str, padded: str) -> bool:
    return (f" {words(part)} " if part.isascii() else words(part)) in padded


def words(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower().replace("'", "").replace("’", "")
    text = " ".join("".join(c if c.isalnum() else " " for c in text).split())
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", text)

"""English parts of speech, light and offline."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")


@dataclass(frozen=True, slots=True)
class TaggedWord:
    """`text` at `start:end` with its Penn Treebank tag."""

    start: int
    end: int
    text: str
    tag: str


def tag_english(text: str) -> list[TaggedWord]:
    """The English words of `text` with Penn Treebank tags."""
    out = []
    for m in _WORD.finditer(text):
        word = m[0]
        tag = "NNP" if word[0].isupper() and m.start() else "NN"
        if word.endswith("ing"):
            tag = "VBG"
        elif word.endswith("ed"):
            tag = "VBD"
        elif word.endswith("ly"):
            tag = "RB"
        out.append(TaggedWord(m.start(), m.end(), word, tag))
    return out

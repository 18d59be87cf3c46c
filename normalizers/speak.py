"""Written text → spoken text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from normalizers.hints import Hint
from normalizers.lexicon import Lexicon
from normalizers.spans import Normalized, Replacement

_NUMBER = re.compile(r"\d+")
_ZH = "零一二三四五六七八九"
_EN = "zero one two three four five six seven eight nine".split()


def normalize_spans(
    text: str, lang: str = "auto", *, hints: Iterable[Hint] = (), lexicon: Lexicon | None = None
) -> Normalized:
    """`text` as spoken, with the source offsets of every replacement and `hints` moved to the spoken text."""
    chinese = lang == "zh" or (lang == "auto" and re.search("[一-鿿]", text) is not None)
    out: list[str] = []
    found: list[Replacement] = []
    at = length = 0
    for m in _NUMBER.finditer(text):
        out.append(text[at : m.start()])
        length += m.start() - at
        digits = [int(c) for c in m[0]]
        said = "".join(_ZH[d] for d in digits) if chinese else " ".join(_EN[d] for d in digits)
        found.append(Replacement(m.start(), m.end(), length, length + len(said), "digits", "digit-by-digit"))
        out.append(said)
        length += len(said)
        at = m.end()
    out.append(text[at:])
    result = Normalized(text, "".join(out), tuple(found))
    every = [*hints, *(lexicon.hints(text) if lexicon else ())]
    moved = tuple(replace(h, start=result.to_spoken(h.start, h.end)[0], end=result.to_spoken(h.start, h.end)[1]) for h in every)
    return replace(result, hints=moved)


def normalize(text: str, lang: str = "auto") -> str:
    """`text` as spoken."""
    return normalize_spans(text, lang).text

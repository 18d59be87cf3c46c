"""Plays: who speaks stands above the words, `ROPER.` on a line of its own, or before them in capitals, `ROPER. Ta.`

What stands in brackets is a stage direction, and so is what stands above the first name of a scene.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

MIN_SHARE = 0.25
"""Of the paragraphs of a play that name a speaker, alone or before the words."""
MIN_SPEAKERS, MIN_SPEECHES = 2, 3
"""Speakers who are named so often at least."""
ANSWERED = 0.8
"""Share of the names alone behind which words stand, and no further name."""
SAMPLE = 4000

_WORD = r"[A-ZÀ-Þ][\w'’.-]*"
_DIRECTION = r"(?:,?\s*[(\[][^)\]]{1,120}[)\]])?"
_ALONE = re.compile(
    rf"(?P<name>(?:The )?{_WORD}(?:(?: (?:of|the|and|de|von|van))* {_WORD}){{0,3}}?){_DIRECTION}\s*[.:]?"
)
"""The name of a speaker, alone in its paragraph, with how it is said: `The Boy (laughing).`"""
_BEFORE = re.compile(
    rf"(?P<name>[A-ZÀ-Þ][A-ZÀ-Þ.'’-]*(?: [A-ZÀ-Þ][A-ZÀ-Þ.'’-]*){{0,3}}?){_DIRECTION}"
    r"\s*(?:[.:]\s?(?:[—–]|--)\s?|[.:]\s+|(?:[—–]|--)\s?)(?=\S)"
)
"""The same in capitals before the words: `ROPER. [Laughing.] Ta.`, `DON JUAN.—¿Quién?`"""
_BRACKETED = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_HEADS = re.compile(
    r"(?:(?:THE )?(?:FIRST|SECOND|THIRD|FOURTH|FIFTH|LAST)?\s*(?:ACT|SCENE)|CURTAIN|(?:THE )?END|PROLOGUE|EPILOGUE"
    r"|DRAMATIS|CHARACTERS|PERSONS|ENTER|RE-ENTER|EXIT|EXEUNT|ACTO|ESCENA|TELÓN|FIN|ENTRAN?|SALEN?)\b"
    r"|[IVXLCDM]+$",
    re.I,
)
MAX_NAME = 60


class Speech(NamedTuple):
    """Words of `speaker`: paragraph `paragraph` from `start` to `end`."""

    paragraph: int
    start: int
    end: int
    speaker: str


def is_play(paragraphs: Sequence[str]) -> bool:
    """Whether a good part of the paragraphs name who speaks, and the same few come again and again."""
    sample = [text.strip() for text in paragraphs[:SAMPLE] if text.strip()]
    above = [_name(_alone(text)) for text in sample]
    before = [_name(_BEFORE.match(text)) for text in sample]
    counts = Counter(name or other for name, other in zip(above, before, strict=True) if name or other)
    often = {name: count for name, count in counts.items() if count >= MIN_SPEECHES}
    answered = sum(1 for name, following in pairwise([*above, ""]) if name and not following)
    return (
        len(often) >= MIN_SPEAKERS
        and sum(often.values()) >= MIN_SHARE * len(sample)
        and answered
        >= ANSWERED * sum(map(bool, above))  # `Yes.`, `Nothing.`, `So.` stand side by side in prose
    )


def find_speeches(paragraphs: Sequence[str]) -> list[Speech]:
    """The speeches of a chapter, each with its speaker; brackets in them are left to the narrator.

    A chapter that is no play has none: what stands before a play, or a preface.
    """
    if not is_play(paragraphs):
        return []
    counts = Counter(
        name
        for text in map(str.strip, paragraphs)
        if (name := _name(_BEFORE.match(text)) or _name(_alone(text)))
    )
    speeches: list[Speech] = []
    speaker, waits = "", False
    for number, text in enumerate(paragraphs):
        words = text.strip()
        if not words:
            continue
        alone, before = _alone(words), _BEFORE.match(text)
        name = _name(alone)
        if before and not alone and counts[_name(before)] > 1:
            speaker, waits = _name(before), False
            speeches += _spoken(number, text, before.end(), speaker)
        elif name and not waits and (counts[name] >= MIN_SPEECHES or words.endswith((".", ":"))):
            speaker, waits = name, True
        elif _HEADS.match(words) and len(words) <= MAX_NAME:
            speaker, waits = "", False
        elif speaker:
            speeches += _spoken(number, text, 0, speaker)
            waits = False
    return speeches


def _alone(text: str) -> re.Match[str] | None:
    return _ALONE.fullmatch(text) if len(text) <= MAX_NAME else None


def _name(match: re.Match[str] | None) -> str:
    """The name in a label; "" where it is none, or the head of an act."""
    name = match["name"].strip(" .:") if match else ""
    return "" if _HEADS.match(name) else name


def _spoken(number: int, text: str, begin: int, speaker: str) -> list[Speech]:
    """What is said of a paragraph from `begin`: all but the brackets."""
    spans, at = [], begin
    for bracket in [*_BRACKETED.finditer(text, begin), None]:
        end = bracket.start() if bracket else len(text)
        stretch = text[at:end]
        if any(map(str.isalnum, stretch)):
            low = at + len(stretch) - len(stretch.lstrip())
            spans.append((low, at + len(stretch.rstrip())))
        at = bracket.end() if bracket else end
    return [Speech(number, low, high, speaker) for low, high in spans]

"""Reading hints: what somebody says a stretch of text must sound like."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Alphabet = Literal["pinyin", "ipa", "arpabet", "respell"]
"""pinyin: syllables with tone digits (5 neutral, v for ü) parted by spaces; ipa: IPA with stress marks;
arpabet: CMU phones with stress digits parted by spaces; respell: plain words to be read instead."""

HintSource = Literal["markup", "project", "series", "ssml", "pls", "ruby"]
"""Who says so, strongest first: the script's inline markup, the project's lexicon, the series' lexicon,
the EPUB's own `ssml:ph`, its PLS lexicons, its ruby."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A reading for `text[start:end]` (offsets in code points, of the text it travels with)."""

    start: int
    end: int
    alphabet: Alphabet
    value: str
    source: HintSource

    def moved(self, by: int) -> Hint:
        """The same hint on a text that starts `by` code points earlier."""
        return replace(self, start=self.start + by, end=self.end + by)

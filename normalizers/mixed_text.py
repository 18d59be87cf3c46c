"""Which language a stretch of mixed text is read in."""

from __future__ import annotations

import re

from normalizers.languages import (
    DEFAULT_LANGUAGE,
    HAN_LANGUAGE,
    LANGUAGES,
    Language,
    language,
    primary,
    spoken_language,
)
from normalizers.rules import words
from normalizers.scripts import HAN, is_han

_HAN_RUN = re.compile(rf"[{HAN}]+")
_FORMULA = "=+≤≥≠≈×÷^√²³"
_WORD = re.compile(rf"(?<![A-Za-z\d{_FORMULA}])(?:[A-Z]?[a-z]+(?:'[a-z]+)?|I)(?![A-Za-z\d{_FORMULA}])")
"""A word of English; letters that stand beside a sign of arithmetic are a formula's."""
_REACH = 80
"""How far, in characters, the English words around a number are looked for."""
_NOT_WORDS = words(
    "lv am pm kg km cm mm ml mg ms kb mb gb hz khz mhz ghz www com http https min sec px pro plus max mini id ver vs no"
)


def main_language(text: str, lang: str = "auto") -> Language:
    """The language of a text as a whole. `lang` is the code or tag of one of `LANGUAGES`, or `auto`.

    Raises `DuoyinError` for another language.
    """
    known = LANGUAGES.get(lang)
    if known is not None:
        return known
    return language(spoken_language(text) if primary(lang) in ("auto", "", "mul", "und") else lang)


def latin_of(main: Language) -> Language:
    """The language of Latin letters in a text of `main`: its own, else English."""
    return main if main.latin else LANGUAGES[DEFAULT_LANGUAGE]


def han_of(main: Language) -> Language:
    """The language of Han characters in a text of `main`: its own, else Chinese."""
    return LANGUAGES[HAN_LANGUAGE] if main.latin else main


def language_at(text: str, start: int, end: int, main: Language) -> Language:
    """The language in which `text[start:end]` is read: that of its neighbours. Only scripts are told apart.

    In a text in Latin letters a number is Chinese where it touches a Han character; in a Chinese text it is English
    inside an English phrase of at least two words.
    """
    right = end
    while right < len(text) and right < end + 4 and text[right] == " ":
        right += 1
    left = start - 1
    while left >= 0 and left > start - 5 and text[left] == " ":
        left -= 1
    right_han = right < len(text) and is_han(text[right])
    left_han = left >= 0 and is_han(text[left])
    if main.latin:
        # 这是 10。: what a Chinese mark closes behind a Chinese word is Chinese
        if left_han and (right >= len(text) or text[right] in "。，！？、；：”》）\n"):
            return han_of(main)
        return han_of(main) if right_han or (left_han and left == start - 1) else main
    if right_han or left_han:
        return main
    low = max(0, start - _REACH)
    segment_left = text[low:start]
    for m in _HAN_RUN.finditer(segment_left):
        low = max(0, start - _REACH) + m.end()
    segment_left = text[low:start]
    segment_right = text[end : end + _REACH]
    cut = _HAN_RUN.search(segment_right)
    if cut:
        segment_right = segment_right[: cut.start()]
    words = [
        w
        for w in _WORD.findall(segment_left) + _WORD.findall(segment_right)
        if w.lower() not in _NOT_WORDS and (len(w) > 1 or w in ("I", "a"))
    ]
    return latin_of(main) if len(words) >= 2 else main

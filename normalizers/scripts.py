"""Writing systems: one class of letters for each, and what a text is written in."""

from __future__ import annotations

import re
from collections.abc import Mapping

HAN = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Regular-expression class body of the Han characters (with 々 〆 〇 and the radicals)."""

KANA = "\u3041-\u3096\u30a1-\u30fa\u30fd-\u30ff\u31f0-\u31ff\uff66-\uff9d"
"""Class body of hiragana and katakana, without ー and ・, which Chinese texts borrow."""

HANGUL = "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"
"""Class body of Korean syllables and their parts."""

LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
"""Class body of Latin letters with their accented forms."""

LETTER = rf"{LATIN}\u0370-\u1fff\u2c00-\u2dff\ua640-\ua7ff\uab30-\uabff"
"""Class body of the alphabetic letters numbers may touch: Latin, Greek, Cyrillic and their like."""

ALPHABETS: Mapping[str, str] = {
    "ru": "\u0400-\u04ff",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "he": "\u0590-\u05ff",
    "ar": "\u0600-\u06ff",
    "hi": "\u0900-\u097f",
    "th": "\u0e00-\u0e7f",
    "ko": HANGUL,
}
"""Class bodies of the other scripts, by the language most read in each."""

LATIN_WORD = re.compile(rf"[{LATIN}]{{2,}}|I")
"""A word in Latin letters, as weighed against Han: single letters but I are names of things (`如果a≠b`, `A区`)."""

_ONE_HAN = re.compile(f"[{HAN}]")
_SOME_HAN = re.compile(f"[{HAN}]+")
_ONE_KANA = re.compile(f"[{KANA}]")
_ONE_OTHER = re.compile(f"[{''.join(ALPHABETS.values())}]")
_OTHER_WORDS = {code: re.compile(f"[{body}]+") for code, body in ALPHABETS.items()}


def is_han(character: str) -> bool:
    """Whether one character is Han (a 汉字, or 々 〆 〇)."""
    code = ord(character)
    return (
        0x4E00 <= code <= 0x9FFF
        or 0x3400 <= code <= 0x4DBF
        or 0x20000 <= code <= 0x3FFFF
        or 0xF900 <= code <= 0xFAFF
        or 0x3005 <= code <= 0x3007
        or 0x2E80 <= code <= 0x2FDF
        or 0x3021 <= code <= 0x3029
    )


def has_han(text: str) -> bool:
    """Whether a Han character stands in `text`."""
    return _ONE_HAN.search(text) is not None


def count_han(text: str) -> int:
    """Han characters of `text`."""
    return sum(map(len, _SOME_HAN.findall(text)))


def count_kana(text: str) -> int:
    """Hiragana and katakana of `text`."""
    return len(_ONE_KANA.findall(text))


def count_latin_words(text: str) -> int:
    """Words in Latin letters in `text`; single letters do not count, but I does."""
    return len(LATIN_WORD.findall(text))


def count_other_words(text: str) -> Mapping[str, int]:
    """Runs of letters of the other scripts, by language code (`ru` for Cyrillic, `ko` for Hangul, …)."""
    if not _ONE_OTHER.search(text):
        return {}
    return {code: count for code, word in _OTHER_WORDS.items() if (count := len(word.findall(text)))}

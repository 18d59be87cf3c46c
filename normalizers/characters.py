"""Code points: what folds to what one for one, which carry a number, which are never spoken.

Folding keeps the length of the text, so that every offset of the folded text is an offset of the source.
"""

from __future__ import annotations

import unicodedata
from functools import cache

HAN = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Regular-expression class body of the Han characters (with 々 〆 〇 and the radicals)."""

LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
"""Class body of Latin letters with their accented forms."""

LETTER = rf"{LATIN}\u0370-\u1fff\u2c00-\u2dff\ua640-\ua7ff\uab30-\uabff"
"""Class body of the alphabetic letters numbers may touch: Latin, Greek, Cyrillic and their like."""

EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21ff\u231a-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\ufe00-\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f"
)
"""Class body of emoji, dingbats, arrows and their modifiers; none is spoken (digits inside the dingbats are)."""

INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
"""Class body of characters that show nothing: soft hyphen, joiners, direction marks, byte order mark."""


@cache
def folding() -> dict[int, int]:
    """One-for-one folding: full-width letters, digits and signs to ASCII, decimal digits of every script, 〇 to 零.

    Full-width Chinese punctuation stays, because engines read pauses from it.
    """
    table: dict[int, int] = {}
    keep = set("，！？：；（）")
    for code in range(0xFF01, 0xFF5F):
        if chr(code) not in keep:
            table[code] = code - 0xFEE0
    for code in range(0x80, 0x20000):
        character = chr(code)
        if character.isdecimal():
            table[code] = ord("0") + unicodedata.decimal(character)
    for source, target in {
        "〇": "零",
        "’": "'",
        "ʼ": "'",
        "﹣": "-",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "﹪": "%",
        "٪": "%",
        "︰": "：",
        "∶": ":",
        "￥": "¥",
        "￡": "£",
        "￠": "¢",
        "￦": "₩",
        "〜": "~",
        "∼": "~",
        "～": "~",
        "\u00a0": " ",
        "\u2002": " ",
        "\u2003": " ",
        "\u2009": " ",
        "\u202f": " ",
        "\u3000": " ",
        "⁄": "/",
        "∕": "/",
    }.items():
        table[ord(source)] = ord(target)
    return table


def fold(text: str) -> str:
    """`text` with look-alikes made one; same length, offset for offset."""
    return text if text.isascii() else text.translate(folding())


@cache
def numeric_symbols() -> dict[str, tuple[str, float]]:
    """Characters that are numbers without being decimal digits: character → (kind, value).

    Kinds: `super` and `sub` (exponents, H₂O), `circled` (①, ㊀, ⒈: list numbers), `fraction` (½),
    `roman` (Ⅳ), `other` (Ethiopic, Aegean and the rest).
    """
    found: dict[str, tuple[str, float]] = {}
    for code in range(0x80, 0x20000):
        character = chr(code)
        category = unicodedata.category(character)
        if category not in ("No", "Nl") or character in "〇々〆":
            continue
        value = unicodedata.numeric(character, -1.0)
        if value < 0 and value != -0.5:
            continue
        decomposition = unicodedata.decomposition(character)
        name = unicodedata.name(character, "")
        if decomposition.startswith("<super>"):
            kind = "super"
        elif decomposition.startswith("<sub>"):
            kind = "sub"
        elif "ROMAN NUMERAL" in name:
            kind = "roman"
        elif value != int(value):
            kind = "fraction"
        elif "CIRCLED" in name or "PARENTHESIZED" in name or "FULL STOP" in name or "COMMA" in name:
            kind = "circled"
        else:
            kind = "other"
        found[character] = (kind, value)
    return found


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

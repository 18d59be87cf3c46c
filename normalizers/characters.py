"""Code points: what folds to what one for one, which carry a number, which are never spoken.

Folding keeps the length of the text, so that every offset of the folded text is an offset of the source.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

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


_DASH_OF_MINUS = re.compile(r"(?:(?<=[\s(（，、：])(?<![\d%]\s)|^)–(?=\d)", re.MULTILINE)
"""A dash that stands before a number as a minus does (–5 °C)."""


_LETTER_OF_ZERO = re.compile(
    r"(?<=[一二三四五六七八九零])(?<![A-Za-z][一二三四五六七八九零])[Oo○](?=[一二三四五六七八九零Oo○年])"
)
"""一九九O年, but not the oxygen of Fe₃O₄."""
_YEAR_WITH_LETTERS = re.compile(r"(?<![A-Za-z\d])\d(?=[\dOo]{3}年)[\dOo]{3}")
"""2O25年, as a recogniser of print leaves it."""


def fold(text: str) -> str:
    """`text` with look-alikes made one; same length, offset for offset."""
    if text.isascii():
        return text
    folded = text.translate(folding())
    if "–" in folded:
        folded = _DASH_OF_MINUS.sub("-", folded)
    folded = _YEAR_WITH_LETTERS.sub(lambda m: m[0].replace("O", "0").replace("o", "0"), folded)
    return _LETTER_OF_ZERO.sub("零", folded)


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

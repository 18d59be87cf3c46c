"""Chinese numerals: digits to words.

Section rules (十百千 inside 万 and 亿, one 零 for a gap) as in the national standard GB/T 15835 and its
school grammars.
"""

from __future__ import annotations

DIGITS = "零一二三四五六七八九"
TELEPHONE = "零幺二三四五六七八九"
"""Digits on the telephone: 一 is said yāo so that it cannot be taken for 七."""

_PLACES = ("", "十", "百", "千")
_SECTIONS = ("", "万", "亿", "万亿", "亿亿", "万亿亿")
SPELLED_FROM = 21
"""Numbers of this many digits and more are read digit by digit."""


def digits(number: str, *, telephone: bool = False) -> str:
    """Digit by digit: `2024` → 二零二四; with `telephone` 1 is 幺."""
    names = TELEPHONE if telephone else DIGITS
    return "".join(names[int(c)] for c in number if c.isdecimal())


def _section(value: int) -> str:
    """0 to 9999 without leading 零."""
    out = ""
    gap = False
    for place in (3, 2, 1, 0):
        digit = value // 10**place % 10
        if digit:
            out += ("零" if gap and out else "") + DIGITS[digit] + _PLACES[place]
            gap = False
        else:
            gap = True
    return out


def cardinal(number: str | int) -> str:
    """`10010` → 一万零一十; leading 2 of 百, 千, 万 and 亿 is 两; 10 to 19 is 十… not 一十….

    Leading zeros, and numbers too long to count, are read digit by digit.
    """
    text = str(number)
    if (len(text) > 1 and text[0] == "0") or len(text) >= SPELLED_FROM:
        return digits(text)
    value = int(text)
    if value == 0:
        return "零"
    sections: list[int] = []
    while value:
        value, low = divmod(value, 10_000)
        sections.append(low)
    out = ""
    gap = False
    for index in range(len(sections) - 1, -1, -1):
        section = sections[index]
        if section == 0:
            gap = True
            continue
        if out and (gap or section < 1000):
            out += "零"
        said = _section(section)
        if 10 <= section <= 19 and (not out or out.endswith("零")):
            said = said[1:]
        if section == 2 and index and not out:
            said = "两"
        out += said + _SECTIONS[index]
        gap = False
    if out.startswith(("二千", "二百", "二万", "二亿")):
        out = "两" + out[1:]
    return out


def decimal(whole: str, fraction: str) -> str:
    """`3`, `14` → 三点一四."""
    return f"{cardinal(whole) if whole else '零'}点{digits(fraction)}"


def number(text: str) -> str:
    """A number as written, with sign, thousands commas and decimal point: `-1,234.5` → 负一千二百三十四点五."""
    sign = ""
    if text[:1] in "+-":
        sign, text = ("负" if text[0] == "-" else "正"), text[1:]
    whole, point, fraction = text.replace(",", "").partition(".")
    if point and fraction:
        return sign + decimal(whole, fraction)
    return sign + cardinal(whole)


def counted(text: str) -> str:
    """A number in front of a measure word: 2 is 两."""
    return "两" if text == "2" else number(text)


def fraction(numerator: str, denominator: str) -> str:
    """`1`, `3` → 三分之一."""
    return f"{number(denominator)}分之{number(numerator)}"

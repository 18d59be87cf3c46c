"""English numerals, American reading: digits to words."""

from __future__ import annotations

ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES = (
    "", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion", "sextillion",
    "septillion", "octillion",
    "nonillion", "decillion",
)  # fmt: skip
ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
SPELLED_FROM = 37
"""Numbers of this many digits and more have no common name and are read digit by digit."""


def digits(number: str) -> str:
    """Digit by digit: `911` → nine one one."""
    return " ".join(ONES[int(c)] for c in number if c.isdecimal())


def _below_thousand(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    words = [ONES[hundreds], "hundred"] if hundreds else []
    if rest:
        words.append(_below_hundred(rest))
    return " ".join(words)


def _below_hundred(value: int) -> str:
    if value < 20:
        return ONES[value]
    tens, ones = divmod(value, 10)
    return f"{TENS[tens]} {ONES[ones]}" if ones else TENS[tens]


def cardinal(number: str | int) -> str:
    """`1234` → one thousand two hundred thirty four. Leading zeros are read digit by digit."""
    text = str(number)
    if (len(text) > 1 and text[0] == "0") or len(text) >= SPELLED_FROM:
        return digits(text)
    value = int(text)
    if value == 0:
        return "zero"
    words: list[str] = []
    scale = 0
    while value:
        value, low = divmod(value, 1000)
        if low:
            words.insert(0, f"{_below_thousand(low)} {SCALES[scale]}".strip())
        scale += 1
    return " ".join(words)


def ordinal(number: str | int) -> str:
    """`21` → twenty first."""
    return ordinal_words(cardinal(number))


def ordinal_words(words: str) -> str:
    """The ordinal of a cardinal in words: twenty one → twenty first."""
    head, _, last = words.rpartition(" ")
    if last in ORDINALS:
        said = ORDINALS[last]
    elif last.endswith("y"):
        said = last[:-1] + "ieth"
    else:
        said = last + "th"
    return f"{head} {said}".strip()


def plural(words: str) -> str:
    """The plural of a number in words: twenty → twenties, third → thirds."""
    head, _, last = words.rpartition(" ")
    if last.endswith("y"):
        last = last[:-1] + "ies"
    elif last.endswith(("x", "s")):
        last += "es"
    else:
        last += "s"
    return f"{head} {last}".strip()


def pairs(number: str) -> str:
    """Year style: `1905` → nineteen oh five, `1800` → eighteen hundred, `2007` → two thousand seven, `340` →
    three forty."""
    value = int(number)
    if value < 100 or value > 9999 or len(number) > 4:
        return cardinal(str(value))
    high, low = divmod(value, 100)
    if high % 10 == 0:  # 1000 to 1009, 2000 to 2009, …
        if low < 10:
            return cardinal(value)
        return f"{_below_hundred(high)} {_below_hundred(low)}"
    if low == 0:
        return f"{_below_hundred(high)} hundred"
    if low < 10:
        return f"{_below_hundred(high)} oh {ONES[low]}"
    return f"{_below_hundred(high)} {_below_hundred(low)}"


def decimal(whole: str, fraction: str) -> str:
    """`3`, `14` → three point one four; an empty whole part is not said (.5 → point five)."""
    said = f"point {digits(fraction)}"
    return f"{cardinal(whole)} {said}" if whole else said


def number(text: str) -> str:
    """A number as written, with sign, thousands commas and decimal point: `-1,234.5` → minus one thousand …."""
    sign = ""
    if text[:1] in "+-":
        sign, text = ("minus " if text[0] == "-" else "plus "), text[1:]
    whole, point, fraction = text.replace(",", "").partition(".")
    if point and fraction:
        return sign + decimal(whole, fraction)
    return sign + cardinal(whole)


def fraction(numerator: int, denominator: int) -> str:
    """`3`, `4` → three quarters; `1`, `2` → one half."""
    many = numerator != 1
    if denominator == 1:
        return f"{cardinal(numerator)} over one"
    if denominator == 2:
        part = "halves" if many else "half"
    elif denominator == 4:
        part = "quarters" if many else "quarter"
    else:
        part = ordinal(denominator)
        part = plural(part) if many else part
    return f"{cardinal(numerator)} {part}"

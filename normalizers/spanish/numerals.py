"""Spanish numerals: digits to words, with gender, the short forms before a noun, and ordinals.

Rules after the Real Academia Española's *Ortografía* (2010), VIII.2, and *Diccionario panhispánico de dudas*,
«cardinales» and «ordinales»: up to treinta one word, veintiún and un before a masculine noun, -as hundreds
before a feminine one, long scale (mil millones, billón).
"""

from __future__ import annotations

import re
from typing import Literal

Gender = Literal["masculine", "feminine"]

UNDER_THIRTY = (
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce",
    "trece", "catorce",
    "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiuno", "veintidós", "veintitrés",
    "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho", "veintinueve",
)  # fmt: skip
TENS = ("", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa")
HUNDREDS = (
    "", "ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos", "seiscientos", "setecientos",
    "ochocientos",
    "novecientos",
)  # fmt: skip
SCALES = (
    ("", ""),
    ("millón", "millones"),
    ("billón", "billones"),
    ("trillón", "trillones"),
    ("cuatrillón", "cuatrillones"),
)
"""Names of 1000000ⁿ, one and many."""
SPELLED_FROM = 31
"""Numbers of this many digits and more have no common name and are read digit by digit."""

ORDINALS = (
    "", "primero", "segundo", "tercero", "cuarto", "quinto", "sexto", "séptimo", "octavo", "noveno", "décimo",
    "undécimo",
    "duodécimo",
)  # fmt: skip
ORDINAL_TENS = (
    "", "décimo", "vigésimo", "trigésimo", "cuadragésimo", "quincuagésimo", "sexagésimo", "septuagésimo", "octogésimo",
    "nonagésimo",
)  # fmt: skip
ORDINAL_HUNDREDS = (
    "", "centésimo", "ducentésimo", "tricentésimo", "cuadringentésimo", "quingentésimo", "sexcentésimo",
    "septingentésimo",
    "octingentésimo", "noningentésimo",
)  # fmt: skip
FRACTIONS = {2: "medio", 3: "tercio", 4: "cuarto", 5: "quinto", 6: "sexto", 7: "séptimo", 8: "octavo",
9: "noveno", 10: "décimo"}  # fmt: skip


def digits(number: str) -> str:
    """Digit by digit: `007` → cero cero siete."""
    return " ".join(UNDER_THIRTY[int(c)] for c in number if c.isdecimal())


def cardinal(number: str | int, gender: Gender = "masculine", *, noun: bool = False) -> str:
    """A whole number in words.

    Args:
        number: digits without separators; leading zeros are read digit by digit.
        gender: of the noun counted: veintiuna, doscientas.
        noun: whether a noun follows: un, veintiún instead of uno, veintiuno.
    """
    text = str(number)
    if (len(text) > 1 and text[0] == "0") or len(text) >= SPELLED_FROM:
        return digits(text)
    value = int(text)
    if value == 0:
        return "cero"
    parts: list[str] = []
    for scale in range(len(SCALES) - 1, -1, -1):
        group = value // 1_000_000**scale % 1_000_000
        if not group:
            continue
        if scale == 0:
            parts.append(_below_million(group, gender, short=noun))
        else:  # millón is a masculine noun: un millón, veintiún millones
            parts += [_below_million(group, "masculine", short=True), SCALES[scale][group > 1]]
    return " ".join(parts)


def _below_million(value: int, gender: Gender, *, short: bool) -> str:
    thousands, rest = divmod(value, 1000)
    words = []
    if thousands:
        words += [_below_thousand(thousands, gender, short=True)] if thousands > 1 else []
        words.append("mil")
    if rest:
        words.append(_below_thousand(rest, gender, short=short))
    return " ".join(words)


def _below_thousand(value: int, gender: Gender, *, short: bool) -> str:
    if value == 100:
        return "cien"
    hundreds, rest = divmod(value, 100)
    words = []
    if hundreds:
        said = HUNDREDS[hundreds]
        words.append(said[:-2] + "as" if gender == "feminine" and hundreds > 1 else said)
    if rest:
        words.append(_below_hundred(rest, gender, short=short))
    return " ".join(words)


def _below_hundred(value: int, gender: Gender, *, short: bool) -> str:
    if value % 10 == 1 and value != 11:
        one = "una" if gender == "feminine" else "un" if short else "uno"
        if value == 1:
            return one
        if value == 21:
            return "veintiún" if one == "un" else f"veinti{one}"
        return f"{TENS[value // 10]} y {one}"
    if value < len(UNDER_THIRTY):
        return UNDER_THIRTY[value]
    tens, ones = divmod(value, 10)
    return f"{TENS[tens]} y {UNDER_THIRTY[ones]}" if ones else TENS[tens]


def ordinal(
    number: str | int, gender: Gender = "masculine", *, noun: bool = False, many: bool = False
) -> str:
    """An ordinal in words: 25 → vigésimo quinto; `noun`: primer, tercer before a masculine noun. Above 999
    the cardinal."""
    value = int(number)
    if not 0 < value < 1000:
        return cardinal(value, gender, noun=noun)
    hundreds, rest = divmod(value, 100)
    words = [ORDINAL_HUNDREDS[hundreds]] if hundreds else []
    if 0 < rest < len(ORDINALS):
        words.append(ORDINALS[rest])
    elif rest:
        tens, ones = divmod(rest, 10)
        words += [ORDINAL_TENS[tens], *([ORDINALS[ones]] if ones else [])]
    if gender == "feminine":
        words = [word[:-1] + "a" for word in words]
    elif noun and not many and words[-1] in ("primero", "tercero"):
        words[-1] = words[-1][:-1]
    return " ".join(words) + ("s" if many else "")


def plain(written: str) -> str:
    """A number as Spanish writes it, for `int` and `float`: `1.234,5` and `1 234,5` → 1234.5; `3.5` → 3.5;
    as Mexico does: `1,234.5` → 1234.5."""
    text = re.sub(r"[\s\u00a0\u202f']", "", written)
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", text):
        text = text.replace(".", "")
    elif re.fullmatch(r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}", text):
        text = text.replace(",", "")
    return text.replace(",", ".")


def decimal(whole: str, fraction: str, *, mark: str = "coma") -> str:
    """`3`, `14` → tres coma catorce; zeros in front and long fractions digit by digit, in pairs from three
    digits on."""
    zeros = len(fraction) - len(fraction.lstrip("0"))
    rest = fraction.lstrip("0")
    said = ["cero"] * zeros
    if rest:
        said.append(cardinal(rest) if len(rest) <= 2 else digits(rest))
    return " ".join([cardinal(whole or "0"), mark, *said])


def number(written: str, gender: Gender = "masculine", *, noun: bool = False) -> str:
    """A number as written, with sign, separators of thousands and decimals."""
    sign = {"-": "menos ", "−": "menos ", "–": "menos ", "+": "más "}.get(written[:1], "")
    value = plain(written.lstrip("+-−–"))
    whole, point, part = value.partition(".")
    if point and part:
        return sign + decimal(
            whole, part, mark="coma" if "," in written and not re.search(r",\d.*\.", written) else "punto"
        )
    return sign + cardinal(whole, gender, noun=noun)


def fraction(top: int, bottom: int, gender: Gender = "masculine") -> str:
    """`3`, `4` → tres cuartos; `1`, `2` → un medio. From eleven on with -avo."""
    if bottom in FRACTIONS:
        part = FRACTIONS[bottom]
    elif bottom in (100, 1000):
        part = {100: "centésimo", 1000: "milésimo"}[bottom]
    else:
        part = cardinal(bottom).replace(" y ", "i").replace(" ", "")
        part = re.sub(r"a$", "", part) + "avo"
    return f"{cardinal(top, gender, noun=True)} {part}{'s' if top != 1 else ''}"

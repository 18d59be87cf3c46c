"""Spanish signs."""

from __future__ import annotations

import re

from normalizers.rules import Spoken
from normalizers.signs import REMOVED, Sign, Signs, greek
from normalizers.spanish.numerals import cardinal


def power(digits: str, negative: bool, after_digit: bool) -> str:
    """`2` → al cuadrado, `10` → elevado a diez."""
    if negative:
        return f"elevado a menos {cardinal(digits)}"
    return {"2": "al cuadrado", "3": "al cubo"}.get(digits) or f"elevado a {cardinal(digits)}"


def _ampersand(sign: Sign) -> Spoken:
    """Pérez & Hijos: y, and e before the sound of i."""
    return Spoken("e" if re.match(r"\s?(?:[IiÍí]|[Hh][IiÍí](?![eaé]))", sign.right) else "y")


def _underscore(sign: Sign) -> Spoken:
    """Said in a handle; in prose it marks italics."""
    return Spoken("guion bajo") if re.search(r"@\w*$", sign.left) else REMOVED


def _hash(sign: Sign) -> Spoken:
    """#1 is número, #tema is almohadilla."""
    if re.match(r"\d", sign.right):
        return Spoken("número ")
    return Spoken("almohadilla") if re.match(r"[A-Za-z]", sign.right) else REMOVED


def _slash(sign: Sign) -> Spoken:
    """él/ella is o, others are said."""
    left, right = sign.left, sign.right
    if re.search(r"\b(?:él|ellos|un|uno|el|los|niño|señor)s?$", left, re.I) and re.match(
        r"(?:ella|una|la|las|niña|señora)s?\b", right, re.I
    ):
        return Spoken("o", ("barra",))
    if re.search(r"\by$", left, re.I) and re.match(r"[ou]\b", right):
        return Spoken(" ")
    if re.search(r"[A-Za-z\d)]$", left) and re.match(r"[A-Za-z\d(]", right):
        return Spoken("barra")
    return Spoken("barra") if re.search(r"\w\s$", left) and re.match(r"\s\w", right) else REMOVED


def _middle_dot(sign: Sign) -> Spoken | None:
    return Spoken(" ", cls="mark") if re.search(r"\w$", sign.left) else None


SIGNS = Signs(
    words={
        "+": "más", "=": "igual a", "×": "por", "÷": "entre", "<": "menor que", ">": "mayor que",
        "≤": "menor o igual que", "≥": "mayor o igual que",
        "≠": "distinto de", "≈": "aproximadamente igual a", "*": "por", "^": "elevado a", "·": "por",
        "√": "raíz cuadrada de", "∞": "infinito",
        "§": "sección", "№": "número", "∑": "la suma de", "∫": "la integral de", "∆": "delta", "∂": "parcial",
        "%": "por ciento", "@": "arroba", "&": "y", "°": "grados",
        **greek("alfa beta gamma delta épsilon zeta eta theta iota kappa lambda mi ni xi pi ro sigma tau "
        "ípsilon fi ji psi omega"),
    },
    rules={"&": _ampersand, "_": _underscore, "#": _hash, "/": _slash, "·": _middle_dot},
    power=power,
    pause=", ",
    in_addresses={
        ".": "punto", "@": "arroba", "/": "barra", ":": "dos puntos", "-": "guion", "_": "guion bajo",
        "?": "interrogación", "=": "igual", "&": "y",
        "#": "almohadilla", "%": "por ciento", "~": "virgulilla", "+": "más", "\\": "barra invertida",
    },
)  # fmt: skip

"""Spanish numbers in running text: telephone, codes, ordinals, ranges, fractions and counts."""

from __future__ import annotations

import re

from normalizers.rules import Place, Rulebook, Spoken
from normalizers.spanish.gender import counted, noun_gender
from normalizers.spanish.numerals import Gender, cardinal, digits, fraction, number, ordinal, plain
from normalizers.spanish.units import NUMBER, SIGNS, UNITS

RULES = Rulebook()

_LABEL = re.compile(
    r"\b(?:[Pp]áginas?|[Pp]ágs?\.|[Cc]apítulos?|[Cc]aps?\.|[Nn]úmeros?|[Nn][.º°úu]+|[Ll]íneas?|"
    r"[Aa]rtículos?|[Hh]abitación|[Aa]ño|[Tt]omo|[Vv]olumen|"
    r"[Pp]uerta|[Ss]ala|[Ee]pisodio|[Uu]nidad|[Tt]emporada|[Vv]ersión|[Cc]ódigo|[Dd]ía|[Cc]arretera|"
    r"[Ll]ección|[Ee]scena|[Aa]cto|[Cc]anto)\s+$"
)
"""Behind these words a number is a name and agrees with nothing."""
_MILLIONS = re.compile(r"\s+de\s")


def _phone(written: str) -> str:
    return ", ".join(_phone_group(group) for group in re.findall(r"\d+", written))


def _phone_group(group: str) -> str:
    if len(group) == 3 and group[0] != "0":
        return cardinal(group)
    return cardinal(group) if len(group) == 2 and group[0] != "0" else digits(group)


@RULES.rule("telephone", "international", r"\+(?P<number>\d{1,3}(?:[ .-]\(?\d{2,4}\)?){2,5})(?!\d)")
def _international(m: re.Match[str], place: Place) -> str:
    return "más " + _phone(m["number"])


@RULES.rule(
    "telephone",
    "telephone",
    r"[6-9]\d{2}(?:[ .-]\d{2}){3}(?!\d)|[6-9]\d{2}[ .-]\d{3}[ .-]\d{3}(?!\d)|[89]\d[ .-]\d{3}[ .-]\d{2}[ "
    r".-]\d{2}(?!\d)",
)
def _telephone(m: re.Match[str], place: Place) -> Spoken | None:
    if re.fullmatch(r"\d{3}[ .]\d{3}[ .]\d{3}", m[0]) and not re.search(
        r"\b(?:[Tt]el\w*\.?:?|[Tt]eléfono|móvil|llam\w+\s+al|número|fax)\s*(?:es\s+(?:el\s+)?|al\s+)?$",
        place.before(),
        re.IGNORECASE,
    ):
        return None  # 912 345 678 may be a count
    return Spoken(_phone(m[0]), (digits(m[0]),))


@RULES.rule("code", "leading-zero", r"0\d+(?![\d.,:/-])")
def _leading_zero(m: re.Match[str], place: Place) -> str:
    return digits(m[0])


@RULES.rule("code", "dotted-quad", r"\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)")
def _dotted_quad(m: re.Match[str], place: Place) -> str | None:
    parts = m[0].split(".")
    if all(len(part) == 3 for part in parts[1:]):
        return None  # 1.234.567.890 is a count
    return " punto ".join(cardinal(part) for part in parts)


@RULES.rule("code", "open-all-hours", r"24/7(?![\d/])")
def _open_all_hours(m: re.Match[str], place: Place) -> str:
    return "veinticuatro siete"


@RULES.rule("code", "number-letter", r"\d{1,4}(?=[A-Za-z](?!\w))")
def _number_letter(m: re.Match[str], place: Place) -> str | None:
    """221B, 3a: the door of a flat, a grade at school."""
    return None if place.before(1).isalnum() or m[0].startswith("0") else f"{cardinal(m[0])} "


@RULES.rule("symbol", "by", r"(?P<one>\d{1,4})\s?[xX]\s?(?P<other>\d{1,4})(?![\w,.])")
def _by(m: re.Match[str], place: Place) -> str:
    """Un 4x4, una foto de 10 x 15."""
    _, noun = counted(place.after(m.end()))
    return f"{cardinal(m['one'])} por {cardinal(m['other'], noun=noun)}"


_ORDINAL_MARK = r"\.?(?P<mark>ᵉʳ|er|[ºª°]|os|as|[oa](?![A-Za-zñáéíóú]))"


_ORDINAL_FOLLOWS = re.compile(
    r"\s+(?:de\s+(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|se[pt]+iembre|octubre|noviembre|"
    r"diciembre)|[A-ZÁÉÍÓÚÑ]|(?!de\b|al?\b|bajo\b|sobre\b|norte\b|sur\b|este\b|oeste\b|y\b|o\b)[a-zñáéíóú]{3,})"
)
"""1° de mayo, 3° piso: typed for º; 180° al sur is a turn."""
_LETTER_ALONE = re.compile(r"\s+(?:[A-ZÁÉÍÓÚÑ](?!\w)|(?:izq|izda|dcha|dch|ctro)\b)")
"""3.º B, 3.º izda.: a door, and no noun that shortens tercero."""


@RULES.rule("ordinal", "ordinal", rf"(?P<number>\d{{1,3}}){_ORDINAL_MARK}(?P<many>s)?(?![A-Za-zñáéíóú])")
def _ordinal(m: re.Match[str], place: Place) -> str | None:
    mark = m["mark"]
    if mark in ("o", "a", "os", "as") and "." not in m[0]:
        return None  # 3a is a code; 3.a an ordinal
    if mark == "°" and not (int(m["number"]) <= 31 and _ORDINAL_FOLLOWS.match(place.after(m.end()))):
        return None  # a degree
    gender: Gender = "feminine" if mark in ("ª", "a", "as") else "masculine"
    following = place.after(m.end())
    noun = counted(following)[1] and not _LETTER_ALONE.match(following)
    many = mark in ("os", "as") or bool(m["many"])
    return ordinal(m["number"], gender, noun=noun or mark in ("er", "ᵉʳ"), many=many)


_VULGAR = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3,
5), "⅘": (4, 5),
           "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8), "⅑": (1,
           9), "⅒": (1, 10)}  # fmt: skip


@RULES.rule("fraction", "vulgar-fraction", rf"(?P<whole>\d+)?\s?(?P<part>[{''.join(_VULGAR)}])")
def _vulgar(m: re.Match[str], place: Place) -> str:
    top, bottom = _VULGAR[m["part"]]
    following = place.after(m.end())
    gender, noun = counted(following)
    if not m["whole"]:
        return _part(top, bottom, gender, noun=noun)
    half = ("media" if gender == "feminine" else "medio") if bottom == 2 else fraction(top, bottom)
    return f"{cardinal(m['whole'], gender, noun=False if bottom == 2 else noun)} y {half}"


def _part(top: int, bottom: int, gender: Gender, *, noun: bool) -> str:
    """1/2 taza → media taza; 3/4 → tres cuartos; 3/5 partes → tres quintas partes."""
    if (top, bottom) == (1, 2):
        return ("media" if gender == "feminine" else "medio") if noun else "un medio"
    return fraction(top, bottom)


@RULES.rule("fraction", "fraction", r"(?P<top>\d{1,3})\s?/\s?(?P<bottom>[1-9]\d{0,3})(?![\d/]|[A-Za-z])")
def _fraction(m: re.Match[str], place: Place) -> Spoken | None:
    top, bottom = int(m["top"]), int(m["bottom"])
    if bottom == 1 or place.before(1) == "/" or (" " in m[0] and not re.match(r"\d+ / \d+", m[0])):
        return None
    following = place.after(m.end())
    gender, noun = counted(following)
    unit = re.match(rf"\s(?P<unit>{SIGNS})(?![A-Za-z0-9ñáéíóúü])", following)
    if unit:  # 1/2 kg: medio kilo
        name = UNITS[unit["unit"]][0]
        said = f"{_part(top, bottom, noun_gender(name), noun=True)} {'' if (top, bottom) == (1, 2) else 'de '}{name}"
        return Spoken(said, end=m.end() + unit.end())
    if re.match(r"\s+partes?\b", following):
        words = fraction(top, bottom).split(" ")
        if bottom > 3:
            return Spoken(
                " ".join(
                    [
                        *(cardinal(top, "feminine").split(" ")),
                        words[-1].removesuffix("s")[:-1] + ("as" if top != 1 else "a"),
                    ]
                )
            )
    said = _part(top, bottom, gender, noun=noun)
    if said.startswith("un ") and re.search(r"\b[Uu]n\s+$", place.before()):
        said = said.removeprefix("un ")
    return Spoken(said, (f"{cardinal(top)} barra {cardinal(bottom)}",))


MOST_GOALS = 20
"""A pair that falls, from below this number (3-1, 2-2), is a result also where nobody says who won."""


@RULES.rule("score", "score", r"(?P<home>\d{1,3})\s?[-–]\s?(?P<away>\d{1,3})(?![\d-]|\s?[%°]|[.,]\d)")
def _score_or_range(m: re.Match[str], place: Place) -> Spoken | None:
    home, away = int(m["home"]), int(m["away"])
    before, following = place.before(), place.after(m.end())
    if (
        place.before(1).isalnum()
        or place.before(1) in ("-", "–")
        or (len(m["home"]) > 1 and m["home"][0] == "0")
    ):
        return None
    gender, noun = counted(following)
    if re.search(
        r"\b(?:gan|perd|empat|venc|derrot|marcador|resultado|tanteo|impus)\w*(?:\s+por)?\s+$", before, re.I
    ):
        return Spoken(f"{cardinal(home)} a {cardinal(away)}", cls="score")
    if home >= away:
        is_score = home < MOST_GOALS and not noun and " " not in m[0]
        return Spoken(f"{cardinal(home)} a {cardinal(away)}", cls="score") if is_score else None
    if away == home + 1 and noun and away <= 12:
        return Spoken(f"{cardinal(home, gender)} o {cardinal(away, gender, noun=True)}", cls="range")
    return Spoken(f"{cardinal(home, gender)} a {cardinal(away, gender, noun=noun)}", cls="range")


@RULES.rule("symbol", "minus", r"[-−–]\s(?=\d)")
def _minus(m: re.Match[str], place: Place) -> str | None:
    """10 - 3 = 7: a sign between numbers where a sum is written."""
    sum_ = re.match(r"\d[\d.,]*\s?[=+×÷<>-]", place.after(m.end()))
    return "menos " if sum_ and re.search(r"\d\s$", place.before(2)) else None


@RULES.rule("symbol", "plus-minus", r"±\s?(?=\d)")
def _plus_minus(m: re.Match[str], place: Place) -> str:
    return "más menos "


_YEAR_BEFORE = re.compile(
    r"(?:\b(?:[Dd]e|[Ee]n|[Dd]esde|[Hh]asta|[Hh]acia|[Aa]ño|[Aa]ntes de|[Tt]ras|[Pp]ara|verano|invierno|"
    r"primavera|otoño|circa)\s+|[,(]\s?)$",
    re.IGNORECASE,
)


@RULES.rule("year", "year", r"1[1-9]\d\d|20\d\d(?![\d%€$]|[.,]\d|\s?(?:km|m|kg|euros|pesetas|dólares)\b)")
def _year(m: re.Match[str], place: Place) -> str | None:
    """En 1981 cambió todo: a year agrees with nothing; 1981 pesetas do."""
    following = place.after(m.end())
    if not _YEAR_BEFORE.search(place.before()) or re.match(
        r"[\d%€$]|[.,]\d|\s[a-zñáéíóú]+(?:os|as|es)\b", following
    ):
        return None
    return cardinal(m[0])


@RULES.rule("cardinal", "cardinal", rf"(?P<sign>[-−+](?=\d))?(?P<number>{NUMBER})(?![A-Za-zñáéíóú\d])")
def _cardinal(m: re.Match[str], place: Place) -> Spoken | None:
    written, following = m["number"], place.after(m.end())
    value = plain(written)
    sign = ""
    if m["sign"]:
        if place.before(1).isalnum() or place.before(1) == ")":
            return None
        sign = {"-": "menos ", "−": "menos ", "+": "más "}[m["sign"]]
    if "." in value:
        return Spoken(sign + number(written))
    if _LABEL.search(place.before()) and len(value) < 5:
        return Spoken(sign + cardinal(value))
    if _ROAD.search(place.before()):
        return Spoken(sign + cardinal(value))
    gender, noun = counted(following)
    if not noun and _FEMININE_ARTICLE.search(place.before()):
        gender = "feminine"
    if int(value) >= 1_000_000 and int(value) % 1_000_000 == 0 and _MILLIONS.match(following):
        gender, noun = "masculine", True
    if re.match(r"\s*(?:,|y|o|u|e)\s+\d", following) and not noun:
        gender, noun = _gender_of_list(following)
    return Spoken(sign + cardinal(value, gender, noun=noun))


_ROAD = re.compile(r"(?<!\w)[A-Z]{1,3}-$")
"""La N-340: a name, which agrees with nothing."""
_FEMININE_ARTICLE = re.compile(r"\b(?:las|unas|otras|estas|esas|aquellas|todas)\s+$", re.IGNORECASE)
"""De las 41 quedaron 21: the article agrees with a noun that is left out."""


def _gender_of_list(after: str) -> tuple[Gender, bool]:
    """Entre 21 y 31 rosas: a number in a list agrees with the noun at its end; it keeps its full form."""
    m = re.match(r"(?:\s*(?:,|y|o|u|e)\s+\d+)+[\s\u00a0]+(?P<word>[a-zñáéíóúü]{3,})", after)
    return (noun_gender(m["word"]), False) if m else ("masculine", False)


@RULES.rule("cardinal", "within-a-word", r"\d+")
def _within_a_word(m: re.Match[str], place: Place) -> str:
    """22nd, B2B, x86: what no other rule says. A digit that is left has no sound at all."""
    said = cardinal(m[0]) if len(m[0]) <= 6 and not m[0].startswith("0") else digits(m[0])
    before, after = place.before(1), place.after(m.end())[:1]
    return f"{' ' if before.isalpha() else ''}{said}{' ' if after.isalpha() else ''}"

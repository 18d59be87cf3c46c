"""Spanish measures and money: signs and abbreviations to words."""

from __future__ import annotations

import re

from normalizers.rules import Place, Rulebook, Spoken, words
from normalizers.spanish.gender import counted, noun_gender
from normalizers.spanish.numerals import cardinal, decimal, number, plain

RULES = Rulebook()

NUMBER = (
    r"\d{1,3}(?:,\d{3})+\.\d+(?!\d)|\d{1,3}(?:,\d{3}){2,}(?!\d)|"
    r"\d{1,3}(?:\.\d{3})+(?!\d)(?:,\d+)?|\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)(?:,\d+)?|\d+(?:,\d+)?(?![.,"
    r"]?\d)|\d+(?:[.,]\d+)?"
)
"""A number as Spain and America write it: 1.234,5 · 1 234,5 · 3,5 · 3.5 · 1,234.5."""
SCALE = r"(?:mil(?:es)?\s+de\s+)?(?:mil\s+)?(?:millón|millones|billón|billones|miles)|mil"

UNITS: dict[str, tuple[str, str]] = {
    short: (one, many)
    for shorts, one, many in [
        ("km Km", "kilómetro", "kilómetros"), ("m", "metro", "metros"), ("dm", "decímetro", "decímetros"),
        ("cm", "centímetro", "centímetros"),
        ("mm", "milímetro", "milímetros"), ("nm", "nanómetro", "nanómetros"), ("μm µm", "micrómetro", "micrómetros"),
        ("kg Kg kgs Kgs", "kilo", "kilos"), ("g gr grs", "gramo", "gramos"), ("mg", "miligramo",
        "miligramos"), ("t", "tonelada", "toneladas"),
        ("l L", "litro", "litros"), ("ml mL", "mililitro", "mililitros"), ("cl", "centilitro", "centilitros"),
        ("dl", "decilitro", "decilitros"),
        ("ha", "hectárea", "hectáreas"), ("h hs hrs", "hora", "horas"), ("min mins", "minuto", "minutos"),
        ("s seg", "segundo", "segundos"),
        ("ms", "milisegundo", "milisegundos"), ("Hz", "hercio", "hercios"), ("kHz", "kilohercio",
        "kilohercios"), ("MHz", "megahercio", "megahercios"),
        ("GHz", "gigahercio", "gigahercios"), ("W", "vatio", "vatios"), ("kW", "kilovatio", "kilovatios"),
        ("MW", "megavatio", "megavatios"),
        ("kWh", "kilovatio hora", "kilovatios hora"), ("V", "voltio", "voltios"), ("A", "amperio",
        "amperios"), ("cal", "caloría", "calorías"),
        ("kcal", "kilocaloría", "kilocalorías"), ("Pa", "pascal", "pascales"), ("hPa", "hectopascal",
        "hectopascales"), ("dB", "decibelio", "decibelios"),
        ("KB kB", "kilobyte", "kilobytes"), ("MB", "megabyte", "megabytes"), ("GB", "gigabyte", "gigabytes"),
        ("TB", "terabyte", "terabytes"),
        ("CV cv", "caballo", "caballos"), ("rpm", "revolución por minuto", "revoluciones por minuto"), ("px",
        "píxel", "píxeles"),
        ("°C ºC ℃", "grado", "grados"), ("°F ºF ℉", "grado Fahrenheit", "grados Fahrenheit"), ("° º", "grado",
        "grados"),
        ("% ％", "por ciento", "por ciento"), ("‰", "por mil", "por mil"), ("\" ″ ”", "pulgada", "pulgadas"),
    ]
    for short in shorts.split(" ")
}  # fmt: skip
"""Unit sign → (singular, plural)."""
_PER = {"h": "hora", "s": "segundo", "min": "minuto", "km": "kilómetro", "m": "metro", "m²": "metro cuadrado",
"m2": "metro cuadrado",
        "kg": "kilo", "l": "litro", "ha": "hectárea", "día": "día", "mes": "mes", "año": "año",
        "persona": "persona", "hora": "hora"}  # fmt: skip
_ONE_LETTER = words("m g l L h s t W V A")
"""Units that a letter or a word could be too: not before an apostrophe, a full stop with a name, another capital."""
SIGNS = "|".join(sorted((re.escape(u) for u in UNITS), key=len, reverse=True))
"""Every unit sign, the longest first."""

CURRENCIES: dict[str, tuple[str, str, str]] = {
    "€": ("euro", "euros", "céntimo"), "$": ("dólar", "dólares", "centavo"), "US$": ("dólar", "dólares", "centavo"),
    "U$S": ("dólar", "dólares", "centavo"), "USD": ("dólar", "dólares", "centavo"), "EUR": ("euro", "euros", "céntimo"),
    "£": ("libra", "libras", "penique"), "¥": ("yen", "yenes", ""), "₡": ("colón", "colones", "céntimo"),
    "₩": ("won", "wones", ""),
    "S/": ("sol", "soles", "céntimo"), "R$": ("real", "reales", "centavo"), "MXN": ("peso", "pesos", "centavo"),
    "ptas.": ("peseta", "pesetas", "céntimo"), "ptas": ("peseta", "pesetas", "céntimo"), "pts.": ("peseta",
    "pesetas", "céntimo"), "Pta.": ("peseta", "pesetas", "céntimo"),
}  # fmt: skip
"""Sign → (one, many, its hundredth)."""
CURRENCY_SIGN = "|".join(
    sorted((re.escape(c) for c in CURRENCIES if not c.startswith(("p", "P"))), key=len, reverse=True)
)
_CURRENCY_BEHIND = "|".join(sorted((re.escape(c) for c in CURRENCIES), key=len, reverse=True))


def _money(written: str, scale: str | None, sign: str) -> str:
    """An amount in words: 3,50 € → tres euros con cincuenta."""
    one, many, part = CURRENCIES[sign]
    gender = noun_gender(many)
    value = plain(written)
    whole, point, fraction = value.partition(".")
    if scale:
        said = number(
            written, gender if scale.startswith("mil ") or scale == "mil" else "masculine", noun=True
        )
        return f"{said} {scale} {'' if scale.endswith('mil') else 'de '}{many}"
    millions = int(whole) % 1_000_000 == 0 and int(whole) > 0
    name = one if whole == "1" else many
    amount = f"{cardinal(whole, gender, noun=True)} {'de ' if millions else ''}{name}"
    if not point or not int(fraction):
        return amount
    if len(fraction) > 2 or not part:
        return f"{decimal(whole, fraction)} {many}"
    cents = int(fraction.ljust(2, "0"))
    if whole == "0":
        return f"{cardinal(cents, noun=True)} {part}{'s' if cents != 1 else ''}"
    return f"{amount} con {cardinal(cents)}"


@RULES.rule(
    "money",
    "sign-amount",
    rf"(?P<sign>{CURRENCY_SIGN})\s?(?P<number>{NUMBER})(?:\s(?P<scale>{SCALE})(?![a-zñ]))?",
)
def _sign_amount(m: re.Match[str], place: Place) -> str:
    return _money(m["number"], m["scale"], m["sign"])


@RULES.rule(
    "money",
    "amount-sign",
    rf"(?P<number>{NUMBER})(?:\s(?P<scale>{SCALE})(?:\s+de)?)?\s?(?P<many>M)?(?P<sign>"
    rf"{_CURRENCY_BEHIND})(?![A-Za-z\d])",
)
def _amount_sign(m: re.Match[str], place: Place) -> str:
    scale = "millones" if m["many"] else m["scale"]
    stop = "." if m["sign"].endswith(".") and re.match(r"\s*$|\s+[A-ZÁÉÍÓÚ¿¡]", place.after(m.end())) else ""
    return _money(m["number"], scale, m["sign"]) + stop


@RULES.rule(
    "measure",
    "hours-and-minutes",
    r"(?P<hours>\d{1,2})\s?h\.?\s(?P<minutes>[0-5]?\d)\s?(?:min\.?|m)(?![A-Za-z])",
)
def _hours_minutes(m: re.Match[str], place: Place) -> str:
    hours = f"{cardinal(int(m['hours']), 'feminine', noun=True)} hora{'s' if int(m['hours']) != 1 else ''}"
    minutes = f"{cardinal(int(m['minutes']), noun=True)} minuto{'s' if int(m['minutes']) != 1 else ''}"
    return f"{hours} y {minutes}"


@RULES.rule(
    "duration", "minutes-seconds", r"(?P<minutes>\d{1,3})\s?['′](?P<seconds>[0-5]?\d)\s?(?:[\"″”]|'')"
)
def _minutes_seconds(m: re.Match[str], place: Place) -> str:
    """Corrió en 25'30"."""
    minutes, seconds = int(m["minutes"]), int(m["seconds"])
    return (
        f"{cardinal(minutes, noun=True)} minuto{'' if minutes == 1 else 's'} y "
        f"{cardinal(seconds, noun=True)} segundo{'' if seconds == 1 else 's'}"
    )


@RULES.rule(
    "percent",
    "percent-range",
    rf"(?P<low>{NUMBER})\s?[-–]\s?(?P<high>{NUMBER})\s?[%％]",
)
def _percent_range(m: re.Match[str], place: Place) -> str:
    low, high = number(m["low"]), number(m["high"])
    lead = "" if re.search(r"\b(?:[Dd]el?|[Ee]ntre)\s+(?:el\s+)?$", place.before()) else "del "
    return f"{lead}{low} al {high} por ciento"


@RULES.rule(
    "measure",
    "number-unit",
    rf"(?P<sign>[-−+±](?=\d))?(?P<number>{NUMBER})(?:\s?[-–]\s?(?P<last>{NUMBER}))?(?P<gap>"
    rf"[\s\u00a0]?)(?P<unit>{SIGNS})(?P<power>[23²³](?!\d))?"
    r"(?:\s?/\s?(?P<per>[A-Za-zñí]+[2²]?))?(?![A-Za-z0-9ñáéíóúü]|\.[A-Za-z])",
)
def _number_unit(m: re.Match[str], place: Place) -> Spoken | None:
    unit, per = m["unit"], m["per"]
    if (per is not None and per not in _PER) or place.before(1).isalpha():
        return None
    if unit in ("º", "ª", "”", '"') and not m["last"] and not _stands_for_a_unit(unit, m, place):
        return None
    if (
        unit in _ONE_LETTER
        and not (m["power"] or per)
        and re.match(r"\s?['’]|\.\s?[A-ZÑ]\.", place.after(m.end()))
    ):
        return None
    one, many = UNITS[unit]
    gender = noun_gender(many.split()[0])
    single = plain(m["number"]) == "1" and not m["last"]
    name = one if single else many
    if m["power"]:
        square = "cuadrad" if m["power"] in "2²" else "cúbic"
        ending = ("a" if gender == "feminine" else "o") + ("" if single else "s")
        name = f"{name} {square}{ending}"
    if unit in "%％‰":
        gender = "masculine"
    short = unit not in "%％‰"
    said = number(m["number"], gender, noun=short)
    if m["last"]:
        said = f"{said} a {number(m['last'], gender, noun=short)}"
    if unit in "%％" and said == "ciento":
        said = "cien"
    lead = {"-": "menos ", "−": "menos ", "+": "más ", "±": "más menos "}.get(m["sign"] or "", "")
    if lead and place.before(1).isalnum():
        return None
    return Spoken(f"{lead}{said} {name}" + (f" por {_PER[per]}" if per else ""))


def _stands_for_a_unit(unit: str, m: re.Match[str], place: Place) -> bool:
    """Whether º is a degree and " an inch, not an ordinal's letter or a closing quote."""
    if unit == "º":
        return bool(
            re.search(
                r"\b(?:temperatura|ángulo|giro|latitud|longitud|norte|sur|de|a|unos)\s+-?$", place.before()
            )
        ) and not re.match(r"\s[a-zñ]", place.after(m.end()))
    before = place.text[max(0, place.at - 200) : place.at]
    return unit == '"' and before.count('"') % 2 == 0


@RULES.rule(
    "measure",
    "number-scale",
    rf"(?P<number>{NUMBER})\s(?P<scale>mil millones|millón|millones|billones|mil)(?![a-zñ])",
)
def _number_scale(m: re.Match[str], place: Place) -> str:
    gender, noun = counted(place.after(m.end())) if m["scale"] == "mil" else ("masculine", True)
    return f"{number(m['number'], gender, noun=noun or m['scale'] != 'mil')} {m['scale']}"

"""Spanish dates, years, centuries' eras and clock times."""

from __future__ import annotations

import re

from normalizers.rules import Place, Rulebook, Spoken
from normalizers.spanish.numerals import cardinal

MONTHS = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
"noviembre", "diciembre")  # fmt: skip
_SHORT = {name[:3]: name for name in MONTHS} | {
    "sept": "septiembre",
    "set": "septiembre",
    "setiembre": "setiembre",
}
_SHORT |= {name: name for name in MONTHS}
MONTH = (
    rf"(?P<month>(?i:{'|'.join(MONTHS)}|setiembre|(?:ene|feb|mar|abr|jun|jul|ago|sept?|set|oct|nov|"
    rf"dic)(?:\.|(?=\s+de\s+\d))))(?![a-zñ])"
)

DIGIT_RULES = Rulebook()
WORD_RULES = Rulebook()


def month_name(written: str) -> str:
    """The full month: `feb.` → febrero; a capital stays."""
    name = _SHORT[written.lower().rstrip(".")]
    return name.capitalize() if written[:1].isupper() and not written.isupper() else name


def day(number: int) -> str:
    """The day of a month, as a cardinal: uno, dos, … (primero is as good, the Academia says)."""
    return cardinal(number)


def _valid(day_: int, month: int) -> bool:
    return 1 <= day_ <= 31 and 1 <= month <= 12


@DIGIT_RULES.rule(
    "date",
    "day-month-year",
    rf"(?P<day>0?[1-9]|[12]\d|3[01])(?P<first>\.?[ºo°])?\s+de\s+{MONTH}(?:\s+(?P<of>del?)\s+(?P<year>"
    rf"\d{{3,4}}|\d\.\d{{3}}))?(?!\d)",
)
def _day_month_year(m: re.Match[str], place: Place) -> str:
    said = f"{'primero' if m['first'] and m['day'] in ('1', '01') else day(int(m['day']))} de {month_name(m['month'])}"
    return f"{said} {m['of']} {cardinal(m['year'].replace('.', ''))}" if m["year"] else said


@DIGIT_RULES.rule(
    "date", "iso", r"(?P<year>[12]\d{3})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])(?![-\d])"
)
def _iso(m: re.Match[str], place: Place) -> str:
    return f"{day(int(m['day']))} de {MONTHS[int(m['month']) - 1]} de {cardinal(m['year'])}"


@DIGIT_RULES.rule(
    "date",
    "numeric",
    r"(?P<day>\d{1,2})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2})(?![\d/-]|[.,]\d)",
)
def _numeric(m: re.Match[str], place: Place) -> str | None:
    if not _valid(int(m["day"]), int(m["month"])) or (m["sep"] == "." and len(m["year"]) == 2):
        return None
    year = m["year"] if len(m["year"]) == 4 else str(int(m["year"]))
    return f"{day(int(m['day']))} de {MONTHS[int(m['month']) - 1]} de {cardinal(year)}"


_DATE_CUE = re.compile(
    r"\b(?:[Ee]l|[Dd]el|[Aa]l|[Dd]ía|para\s+el|hasta\s+el|desde\s+el|fecha:?|lunes|martes|miércoles|jueves|"
    r"viernes|sábado|domingo),?\s+$",
    re.IGNORECASE,
)


@DIGIT_RULES.rule(
    "date", "day-month", r"(?P<day>0?[1-9]|[12]\d|3[01])/(?P<month>0?[1-9]|1[0-2])(?![\d/]|[.,]\d)"
)
def _day_month(m: re.Match[str], place: Place) -> Spoken | None:
    if not _DATE_CUE.search(place.before()):
        return None
    return Spoken(f"{day(int(m['day']))} de {MONTHS[int(m['month']) - 1]}")


@DIGIT_RULES.rule("date", "day-letter", r"(?P<day>[12]?\d|3[01])-(?P<month>[EFMAJSOND])(?![A-Za-z])")
def _day_letter(m: re.Match[str], place: Place) -> str:
    """El 23-F, el 11-M: days that are remembered by the letter of their month."""
    return f"{day(int(m['day']))} {m['month']}"


@DIGIT_RULES.rule("year", "years", r"(?P<first>[12]\d{3})\s?[-–—]\s?(?P<last>[12]\d{3}|\d{2})(?![\d-])")
def _years(m: re.Match[str], place: Place) -> str | None:
    if len(m["last"]) == 4 and int(m["last"]) < int(m["first"]):
        return None
    return f"{cardinal(m['first'])} a {cardinal(int(m['last']))}"


@DIGIT_RULES.rule(
    "time",
    "half-of-day",
    r"(?P<hour>1?\d|2[0-3])(?:[:.](?P<minutes>[0-5]\d))?\s?(?P<half>[apAP])\.?\s?[mM](?:\.|(?![A-Za-z]))",
)
def _half_of_day(m: re.Match[str], place: Place) -> str | None:
    hour = int(m["hour"])
    if not 1 <= hour <= 12:
        return None
    night = m["half"] in "pP"
    part = (
        "de la madrugada"
        if not night and hour < 6
        else "de la mañana"
        if not night
        else "de la tarde"
        if hour < 9 or hour == 12
        else "de la noche"
    )
    if hour == 12:
        part = "del mediodía" if night else "de la noche"
    stop = "." if m[0].endswith(".") and re.match(r"\s*$|\s+[A-ZÁÉÍÓÚ¿¡]", place.after(m.end())) else ""
    return f"{clock(hour, int(m['minutes'] or 0))} {part}{stop}"


@DIGIT_RULES.rule(
    "time",
    "clock",
    r"(?P<hour>[01]?\d|2[0-4])(?P<mark>[:.])(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d))?(?P<hours>"
    r"\s?h(?:s|rs?|oras)?\.?(?![a-z]))?(?![\d:]|[.,]\d)",
)
def _clock(m: re.Match[str], place: Place) -> Spoken | None:
    cued = m["hours"] or re.search(
        r"\b(?:[Aa] las?|[Ll]as?|[Hh]asta las?|[Dd]esde las?|sobre las?|hacia las?)\s+$", place.before(), re.I
    )
    if m["mark"] == "." and not cued:
        return None
    hour, minutes = int(m["hour"]), int(m["minutes"])
    hours = " horas" if m["hours"] and not minutes else ""
    said = clock(hour, minutes) + hours
    if m["seconds"]:
        seconds = int(m["seconds"])
        said = (
            f"{cardinal(hour, 'feminine')} horas {cardinal(minutes, noun=True)} minutos "
            f"{cardinal(seconds, noun=True)} segundos"
        )
    stop = "." if m[0].endswith(".") and re.match(r"\s*$|\s+[A-ZÁÉÍÓÚ¿¡]", place.after(m.end())) else ""
    return Spoken(said + stop)


def clock(hour: int, minutes: int) -> str:
    """8, 30 → ocho y media; 20, 15 → veinte quince: the halves and quarters are said of the twelve hours of
    the dial."""
    said = cardinal(hour, "feminine")
    if not minutes:
        return said
    if hour <= 12 and minutes in (15, 30):
        return f"{said} y {'media' if minutes == 30 else 'cuarto'}"
    if minutes < 10:
        return f"{said} y {cardinal(minutes)}" if hour <= 12 else f"{said} cero {cardinal(minutes)}"
    return f"{said} {cardinal(minutes)}"


@DIGIT_RULES.rule("time", "hour", r"(?P<hour>1|21)(?P<hours>\s+horas?)?(?![\d.,:/%º°ª-])")
def _hour(m: re.Match[str], place: Place) -> str | None:
    """A la 1: the hour is feminine; las 21 horas."""
    if not re.search(
        r"\b(?:[Aa] las?|[Ll]as?|[Hh]asta las?|[Dd]esde las?|sobre las?|hacia las?)\s+$", place.before(), re.I
    ):
        return None
    follows = place.after(m.end())
    if not m["hours"] and re.match(r"\s+[a-zñáéíóú]+(?:as|es)\b", follows):
        return None  # las 21 rosas: a count, told by its noun
    return cardinal(m["hour"], "feminine") + (m["hours"] or "")


@DIGIT_RULES.rule(
    "year", "era", r"(?P<year>\d{1,4})\s?(?P<side>[ad])\.?\s?(?:de\s)?[CJ](?:\.\s?C)?\.?(?![A-Za-z])"
)
def _era(m: re.Match[str], place: Place) -> str:
    side = "antes" if m["side"] == "a" else "después"
    stop = "." if m[0].endswith(".") and re.match(r"\s*$", place.after(m.end())) else ""
    return f"{cardinal(m['year'])} {side} de Cristo{stop}"


@WORD_RULES.rule("abbreviation", "era-alone", r"(?P<side>[ad])\.\s?(?:de\s)?C\.")
def _era_alone(m: re.Match[str], place: Place) -> str:
    stop = "." if re.match(r"\s*$", place.after(m.end())) else ""
    return f"{'antes' if m['side'] == 'a' else 'después'} de Cristo{stop}"

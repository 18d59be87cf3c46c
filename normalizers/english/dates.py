"""English dates, years, decades and clock times."""

from __future__ import annotations

import re

from normalizers.english.numerals import cardinal, number, ordinal, pairs, plural
from normalizers.english.scripture import behind_book
from normalizers.rules import Place, Rulebook, Spoken

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
"November", "December")  # fmt: skip
_SHORT = (
    {name[:3].lower(): name for name in MONTHS}
    | {name.lower(): name for name in MONTHS}
    | {"sept": "September"}
)
MONTH = (
    r"(?P<month>(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?))(?![A-Za-zÀ-ÖØ-öø-ɏ])\.?"
)
_SUFFIX = r"(?:st|nd|rd|th)"
_YEAR = r"(?:\d{4}|'\d\d)(?![\d%]|[,.:]\d|(?:st|nd|rd|th|['’]?s)\b)"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
ZONE = r"(?:\s+(?P<zone>(?i:[ecmp][sd]?t|gmt|utc|bst|cet))\b)?"
HALF = r"(?P<half>[aApP])\.?\s?[mM]\b"

DIGIT_RULES = Rulebook()
WORD_RULES = Rulebook()


def month_name(written: str) -> str:
    """The full month: `Sept` → September."""
    return _SHORT[written.lower().rstrip(".")]


def year(written: str) -> str:
    """`1905` → nineteen oh five; `'98` → ninety eight; `2007` → two thousand seven."""
    digits = written.lstrip("'")
    if len(digits) == 2:
        return f"oh {cardinal(digits[1])}" if digits[0] == "0" else cardinal(digits)
    return pairs(digits)


def _lower_case_modal(m: re.Match[str], place: Place) -> bool:
    """`may 5 people …`, `march 3 miles`: a verb, not a month, unless a date stands around it."""
    written = m["month"]
    if written not in ("may", "march", "mar"):
        return False
    return not (
        m.groupdict().get("year")
        or re.search(r"\b(?:on|of|until|till|since|by|from|to|\d(?:st|nd|rd|th))\s+$", place.before())
    )


_COMPANY = re.compile(
    r"\s(?:more\s)?(?:people|men|women|children|boys|girls|guests|miles|paces|steps|of (?:us|them|you))\b"
)


def _sentence_stop(m: re.Match[str], place: Place) -> str:
    """A full stop that belongs to an abbreviation and ends the sentence too is kept."""
    if not m[0].endswith("."):
        return ""
    return "." if re.match(r"\s*$|\s+[\"“‘(]?[A-Z]", place.after(m.end())) else ""


_ONE_MONTH, _OTHER_MONTH = (MONTH.replace("<month>", f"<{name}>") for name in ("one", "two"))


@WORD_RULES.rule(
    "range", "month-range", rf"{_ONE_MONTH}\s?(?P<sign>[-–—/])\s?{_OTHER_MONTH}(?!\s\d{{1,2}}(?!\d))"
)
def _month_range(m: re.Match[str], place: Place) -> str | None:
    """Oct-Dec: October to December; the Jan/Feb issue names both."""
    if not (m["one"][0].isupper() and m["two"][0].isupper()):
        return None
    between = " " if m["sign"] == "/" else " to "
    return month_name(m["one"]) + between + month_name(m["two"]) + _sentence_stop(m, place)


@WORD_RULES.rule(
    "date",
    "month-day-range",
    rf"{MONTH}\s+{_DAY}\s?[-–—]\s?(?P<last>\d{{1,2}})(?!\d)(?:,?\s+(?P<year>{_YEAR}))?",
)
def _month_day_range(m: re.Match[str], place: Place) -> str | None:
    if _lower_case_modal(m, place) or not int(m["day"]) < int(m["last"]) <= 31:
        return None
    said = f"{month_name(m['month'])} {ordinal(int(m['day']))} to {ordinal(int(m['last']))}"
    return f"{said}, {year(m['year'])}" if m["year"] else said


_ONE_DAY, _OTHER_DAY = (
    _DAY.replace("<day>", f"<{name}>") + rf"{_SUFFIX}?(?![\d%]|[.:/]\d)" for name in ("day1", "day2")
)


@WORD_RULES.rule(
    "date",
    "day-to-day",
    rf"{_ONE_MONTH}\s+{_ONE_DAY}\s?[-–—]\s?{_OTHER_MONTH}\s+{_OTHER_DAY}(?:,?\s+(?P<year>{_YEAR}))?",
)
def _day_to_day(m: re.Match[str], place: Place) -> str:
    """Jan. 5 - Feb. 3."""
    days = (
        f"{month_name(m[month])} {ordinal(int(m[day]))}" for month, day in (("one", "day1"), ("two", "day2"))
    )
    return " to ".join(days) + (f", {year(m['year'])}" if m["year"] else "")


@WORD_RULES.rule(
    "date",
    "month-days",
    rf"{MONTH}\s+{_DAY}(?P<more>(?:,\s(?:[12]?\d|3[01])){{1,5}}|(?:,\s(?:[12]?\d|3[01])){{0,5}},"
    rf"?\sand\s(?:[12]?\d|3[01]))(?=[.;:)]|,\s[^\d]|\s*[—–]|\s*$)(?![.:]\d)",
)
def _month_days(m: re.Match[str], place: Place) -> str | None:
    """Nov. 14, 15, 16: several days of one month."""
    if _lower_case_modal(m, place):
        return None
    more = re.sub(r"\d+", lambda day: ordinal(int(day[0])), m["more"])
    return f"{month_name(m['month'])} {ordinal(int(m['day']))}{more}"


@WORD_RULES.rule(
    "date",
    "month-day-year",
    rf"{MONTH}[\s-]+{_DAY}(?:{_SUFFIX}|(?<=[23])d\b)?(?![\d%]|[.:/,]\d)(?![A-Za-zÀ-ÖØ-öø-ɏ])(?!\s*(?:a\.?m|p\.?m|percent)\b)(?:,"
    rf"{{0,2}}[\s-]+(?P<year>{_YEAR}))?",
)
def _month_day_year(m: re.Match[str], place: Place) -> Spoken | None:
    if _lower_case_modal(m, place):
        return None
    if not m["year"] and m["month"] in ("May", "March") and _COMPANY.match(place.after(m.end())):
        return None  # May 5 people come in? March 3 men to the gate!
    month, day = month_name(m["month"]), ordinal(int(m["day"]))
    tail = f", {year(m['year'])}" if m["year"] else ""
    return Spoken(f"{month} {day}{tail}", (f"the {day} of {month}{tail}",))


@WORD_RULES.rule(
    "date", "month-year", rf"{MONTH}(?P<comma>,?)\s+(?P<of>of\s+)?(?P<year>{_YEAR})(?!\s+[a-z]+s\b)"
)
def _month_year(m: re.Match[str], place: Place) -> str | None:
    if m["month"] in ("may", "march", "mar") and not (1000 <= int(m["year"].lstrip("'")) <= 2100):
        return None
    return f"{month_name(m['month'])}{m['comma']} {m['of'] or ''}{year(m['year'])}"


@WORD_RULES.rule("abbreviation", "month", r"(?P<month>Jan|Feb|Mar|Apr|Aug|Sept|Sep|Oct|Nov|Dec|Jun|Jul)\.")
def _month_alone(m: re.Match[str], place: Place) -> str:
    return month_name(m["month"]) + _sentence_stop(m, place)


_WEEKDAYS = {
    "mon": "Monday", "tu": "Tuesday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday", "th": "Thursday",
    "thu": "Thursday", "thur": "Thursday", "thurs": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday",
}  # fmt: skip


@WORD_RULES.rule(
    "abbreviation",
    "weekday",
    rf"(?P<weekday>Mon|Tues?|Tu|Wed|Thurs?|Thu|Fri|Sat|Sun)\.?(?=,?\s*\(?(?:{MONTH}\s*\d|\d{{1,2}}[/.]\d|"
    rf"(?:the\s)?\d{{1,2}}{_SUFFIX}\b|\d{{1,2}}\s{MONTH.replace('<month>', '<month2>')}))",
)
def _weekday(m: re.Match[str], place: Place) -> str:
    return _WEEKDAYS[m["weekday"].lower()]


_WEEKDAY = r"(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)"


@WORD_RULES.rule(
    "range",
    "weekday-range",
    rf"(?P<one>{_WEEKDAY})\.?\s?(?P<sign>[-–—/])\s?(?P<two>{_WEEKDAY})(?![A-Za-zÀ-ÖØ-öø-ɏ])(?P<stop>\.?)",
)
def _weekday_range(m: re.Match[str], place: Place) -> str:
    return (
        f"{_WEEKDAYS[m['one'].lower()]}{' ' if m['sign'] == '/' else ' to '}{_WEEKDAYS[m['two'].lower()]}"
        f"{_sentence_stop(m, place) if m['stop'] else ''}"
    )


@WORD_RULES.rule(
    "abbreviation",
    "weekday-list",
    rf"{_WEEKDAY}(?:,\s?{_WEEKDAY})+(?:,?\s?(?:and|or|&)\s?{_WEEKDAY})?(?![A-Za-zÀ-ÖØ-öø-ɏ])|"
    rf"{_WEEKDAY}\s?(?:and|or|&)\s?{_WEEKDAY}(?![A-Za-zÀ-ÖØ-öø-ɏ])",
)
def _weekday_list(m: re.Match[str], place: Place) -> str:
    """Mon, Wed, Fri; Tue & Thu."""
    return re.sub(_WEEKDAY, lambda day: _WEEKDAYS[day[0].lower()], m[0]).replace("&", "and")


@WORD_RULES.rule("abbreviation", "weekday-alone", rf"(?P<weekday>{_WEEKDAY})\.(?![A-Za-zÀ-ÖØ-öø-ɏ])")
def _weekday_alone(m: re.Match[str], place: Place) -> str | None:
    """`on Sat. he`, `Sun. morning`; `the Sun. Then` keeps the star."""
    if re.match(
        r",?\s(?:morning|afternoon|evening|night|noon|mornings|nights)\b", place.after(m.end(), 12)
    ) or re.search(r"\b(?:on|next|last|every|by|until|till|from|through|to|since)\s$", place.before(8), re.I):
        return _WEEKDAYS[m["weekday"].lower()] + _sentence_stop(m, place)
    if re.match(
        r",?\s?(?:at\s)?\d{1,2}(?::\d\d)?\s?(?:[–-]|[ap]\.?\s?m\b|o'clock|,)", place.after(m.end(), 12)
    ):
        return _WEEKDAYS[m["weekday"].lower()]  # Sat., 3 p.m.; Sun. 11–4
    if len(m["weekday"]) > 3:
        return _WEEKDAYS[m["weekday"].lower()] + _sentence_stop(m, place)  # Tues., Thurs.: no other word
    listed = rf"(?:,\s?(?:and|or)?|\s?(?:and|or|to|&|/))\s?{_WEEKDAY}\b"
    if (
        re.match(listed, place.after(m.end(), 12))
        or re.search(r"day(?:,|,?\s(?:and|or|to|&))\s$", place.before(16)[-16:])
        or re.search(rf"\b{_WEEKDAY}\.?(?:,|,?\s(?:and|or|to|&))\s$", place.before(16))
    ):
        return _WEEKDAYS[m["weekday"].lower()] + _sentence_stop(m, place)
    return None


def _day_month(day: int, month: int, tail: str = "") -> Spoken:
    name, said = MONTHS[month - 1], ordinal(day)
    return Spoken(f"{name} {said}{tail}", (f"the {said} of {name}{tail}",))


@DIGIT_RULES.rule(
    "date",
    "iso-date",
    r"(?P<year>\d{4})(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})(?![\d-])"
    r"(?:T(?P<hours>[01]\d|2[0-4]):(?P<minutes>[0-5]\d)(?::[0-5]\d(?:\.\d+)?)?(?P<utc>Z)?(?![\dA-Za-z:]))?",
)
def _iso_date(m: re.Match[str], place: Place) -> Spoken | None:
    month, day = int(m["month"]), int(m["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    at = ""
    if m["hours"] and (int(m["hours"]) or int(m["minutes"])):
        at = f", {clock(m['hours'], m['minutes'])}{' U T C' if m['utc'] else ''}"
    return _day_month(day, month, f", {pairs(m['year'])}{at}")


@DIGIT_RULES.rule(
    "date",
    "numeric-date",
    r"(?P<one>\d{1,2})(?P<sign>[-/.])(?P<two>\d{1,2})(?P=sign)(?P<year>\d{4}|\d\d)(?![\d/]|[-.]\d)",
)
def _numeric_date(m: re.Match[str], place: Place) -> Spoken | None:
    one, two = int(m["one"]), int(m["two"])
    dotted = m["sign"] == "." and re.fullmatch(r"(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])\.\d\d", m[0])
    if len(m["year"]) == 2 and m["sign"] != "/" and not (dotted and "0" in (m["one"][0], m["two"][0])):
        return None
    month, day = (two, one) if one > 12 or (m["sign"] == "." and two <= 12 < one) else (one, two)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    tail = f", {pairs(m['year'])}" if len(m["year"]) == 4 else f", {year(m['year'])}"
    return _day_month(day, month, tail)


_NO_DENOMINATORS = frozenset((13, 14, 15, 17, 18, 19, 21, 22, 23, 26, 27, 28, 29, 30, 31))
"""Nobody measures in fourteenths: 2/14 is a day."""
_DATE_CUE = re.compile(
    r"(?:\b(?:on|for|by|until|till|since|from|of|beginning|starting|date|dated|due|before|after|report|week|"
    r"mon|tues?|tu|wed|thurs?|thu|fri|sat|sun|\w+day)\.?,?\s+\(?|[A-Z][a-z]+day,?\s\(?)$",
    re.IGNORECASE,
)


@DIGIT_RULES.rule("date", "two-days", rf"(?P<one>\d{{1,2}})/(?P<two>\d{{1,2}})\s{MONTH}")
def _two_days(m: re.Match[str], place: Place) -> str | None:
    """On the night of 6/7 May."""
    if int(m["two"]) != int(m["one"]) + 1 or int(m["two"]) > 31:
        return None
    article = "" if re.search(r"\bthe\s+$", place.before(8), re.I) else "the "
    days = f"{ordinal(int(m['one']))} to {ordinal(int(m['two']))}"
    return f"{article}{days} of {month_name(m['month'])}{_sentence_stop(m, place)}"


@DIGIT_RULES.rule(
    "date",
    "month-slash-day",
    r"(?P<month>0?[1-9]|1[0-2])/(?P<day>0?[1-9]|[12]\d|3[01])(?![\d/])(?!(?:st|nd|rd|th)\b)(?!\s?[+=×*])",
)
def _month_slash_day(m: re.Match[str], place: Place) -> Spoken | None:
    month, day = int(m["month"]), int(m["day"])
    if m[0] == "9/11":
        return None  # nine eleven: a name
    cue = _DATE_CUE.search(place.before())
    if re.match(
        r"\s+(?:of\b|hours?\b|cups?\b|inch|miles?\b|tea|table|pounds?\b|lbs?\b|oz\b|pints?\b|vote|sec|"
        r"majority|chance|share)",
        place.after(m.end()),
    ):
        return None
    written_as_date = m["month"][0] == "0" or m["day"][0] == "0"
    if not (cue or written_as_date or (month > 1 and day in _NO_DENOMINATORS)):
        return None
    if (
        cue
        and month < day
        and (month, day) in ((1, 2), (1, 3), (2, 3), (1, 4), (3, 4))
        and not re.search(r"\b(?:on|for|until|due|dated?)\s+\(?$", place.before(), re.I)
    ):
        return None
    spoken = _day_month(day, month)
    return Spoken(spoken.text, (*spoken.alternatives, f"{cardinal(month)} over {cardinal(day)}"))


@DIGIT_RULES.rule(
    "date",
    "day-month-year",
    rf"{_DAY}(?P<suffix>{_SUFFIX})?(?P<of>\s+of)?[\s-]+{MONTH}(?:,{{0,2}}[\s-]+(?P<year>\d{{4}}|"
    rf"\d\d\s\d\d)(?!\d|[:.]\d|['’]?s\b))?",
)
def _day_month_year(m: re.Match[str], place: Place) -> Spoken | None:
    name, day = month_name(m["month"]), ordinal(int(m["day"]))
    if m["month"] in ("may", "march", "mar") and not (m["suffix"] or m["year"]):
        return None
    tail = f", {pairs(m['year'].replace(' ', ''))}" if m["year"] else ""
    stop = _sentence_stop(m, place)
    article = "" if m["of"] or re.search(r"\b(?:the|this)\s+$", place.before(8), re.I) else "the "
    return Spoken(f"{article}{day} of {name}{tail}{stop}", (f"{name} {day}{tail}{stop}",))


@DIGIT_RULES.rule("date", "quarter-of-year", r"(?P<quarter>[1-4])Q'?(?P<year>[0-4]\d|9[5-9]|\d{4})\b")
def _quarter(m: re.Match[str], place: Place) -> str:
    article = "" if re.search(r"\bthe\s+$", place.before(6), re.I) else "the "
    return f"{article}{ordinal(m['quarter'])} quarter of {year(m['year'])}"


@DIGIT_RULES.rule("date", "quarter-named", r"(?P<quarter>[1-4])['’](?P<year>\d\d)(?!\d)")
def _quarter_named(m: re.Match[str], place: Place) -> str | None:
    """Q3'21."""
    if not re.search(r"(?<![A-Za-z])[QH]$", place.before(2)):
        return None
    return f" {cardinal(m['quarter'])} {year(m['year'])}"


@DIGIT_RULES.rule("range", "decade-range", r"(?P<one>\d{3}0)s\s?[-–—]\s?(?P<two>\d{3}0)s\b")
def _decade_range(m: re.Match[str], place: Place) -> str:
    return f"{plural(pairs(m['one']))} to {plural(pairs(m['two']))}"


@DIGIT_RULES.rule("date", "decade", r"(?P<apostrophe>['‘])?(?P<decade>\d{2,3}0|[1-9]0)'?s\b")
def _decade(m: re.Match[str], place: Place) -> str | None:
    written = m["decade"]
    if len(written) == 2 and re.match(r"\.\s(?:an?|per|each|\d{1,2}d\.)(?:\s|$)", place.after(m.end(), 8)):
        return None  # let for 30s. a week
    many = {"10": "tens", "100": "hundreds", "1000": "thousands"}.get(written)
    if many and (
        re.match(r"\sof\b", place.after(m.end(), 4))
        or re.search(r"\b(?:tens|hundreds|thousands|and|by|in) (?:of |the )?$", place.before(20))
    ):
        return many
    if len(written) == 2 and re.search(r"\b(?:under|over)-$", place.before(6), re.I):
        return plural(cardinal(written))
    if len(written) == 3 or (len(written) == 2 and int(written) < 20 and not m["apostrophe"]):
        return None
    return plural(pairs(written) if len(written) == 4 else cardinal(written))


@DIGIT_RULES.rule("range", "apostrophe-years", r"['‘](?P<one>\d\d)\s?[-–]\s?['‘]?(?P<two>\d\d)(?![\d'’]|s\b)")
def _apostrophe_years(m: re.Match[str], place: Place) -> str | None:
    """'68–'72."""
    return None if place.before(1).isalnum() else f"{year(m['one'])} to {year(m['two'])}"


@DIGIT_RULES.rule("year", "apostrophe-year", r"['‘](?P<year>\d\d)(?!\d|['’]|(?:s|ers)\b)")
def _apostrophe_year(m: re.Match[str], place: Place) -> str | None:
    if place.before(1).isalnum():
        return None
    return year(m["year"])


_ERA = r"\s?(?P<era>(?i:b\.?\s?c\.?\s?e\b\.?|b\.?\s?c\b\.?|a\.?\s?d\b\.?|c\.\s?e\.|CE\b))"


@DIGIT_RULES.rule("year", "year-era", rf"(?P<year>\d{{1,4}})(?:\s?[-–]\s?(?P<last>\d{{1,4}}))?{_ERA}")
def _year_era(m: re.Match[str], place: Place) -> str | None:
    era = re.sub(r"[^A-Z]", "", m["era"].upper())
    if m["era"] in ("ad", "Ad", "bc") and " " in m[0]:
        return None
    years = pairs(m["year"]) + (f" to {pairs(m['last'])}" if m["last"] else "")
    return f"{years} {' '.join(era)}{_sentence_stop(m, place)}"


@WORD_RULES.rule("year", "era-year", r"A\.\s?D\.\s?(?P<year>\d{1,4})(?!\d)|AD\s(?P<late>\d{1,4})(?!\d)")
def _era_year(m: re.Match[str], place: Place) -> str:
    return f"A D {pairs(m['year'] or m['late'])}"


def _half(m: re.Match[str]) -> str:
    return f" {m['half'].upper()} M"


def _zone(m: re.Match[str]) -> str:
    return " " + " ".join(m["zone"].upper()) if m["zone"] else ""


def clock(hours: str, minutes: str) -> str:
    """`7`, `05` → seven oh five; full hours without minutes."""
    said = cardinal(int(hours))
    if int(minutes) == 0:
        return said
    if minutes[0] == "0":
        return f"{said} oh {cardinal(minutes[1])}"
    return f"{said} {cardinal(minutes)}"


@DIGIT_RULES.rule(
    "range",
    "clock-half-day-range",
    r"(?P<h1>[01]?\d)(?:[:.](?P<m1>[0-5]\d))?\s?(?P<half1>[aApP])\.?[mM]\.?\s?[-–—]\s?(?P<h2>"
    r"[01]?\d)(?:[:.](?P<m2>[0-5]\d))?\s?(?P<half2>[aApP])\.?[mM]\b\.?",
)
def _clock_half_day_range(m: re.Match[str], place: Place) -> str:
    one = f"{clock(m['h1'], m['m1'] or '00')} {m['half1'].upper()} M"
    return f"{one} to {clock(m['h2'], m['m2'] or '00')} {m['half2'].upper()} M{_sentence_stop(m, place)}"


_DOTTED_AFTER = re.compile(
    r"\s(?:o['’]?clock|train|express|boat|post|in the (?:morning|afternoon|evening)|at night|from the|up "
    r"(?:train|to)|to-?night)\b"
    r"|\sfrom [A-Z]"
)
_DEPARTS = re.compile(
    r"\b(?:train|bus|boat|coach|ferry|mail|leaves?|left|goes|went|gets? in|got in|starts?|started|arrives?|"
    r"arrived|sails?|sailed|due|"
    r"departs?|departed|opens?|closes?|closed|dined?|dinner|breakfast|supper|lunch|until|"
    r"till)\b[^.?!]*\b(?:at|the|until|till|by)\s$",
    re.IGNORECASE,
)


@DIGIT_RULES.rule(
    "time", "clock-dotted", r"(?P<hours>[1-9]|1[0-2])\.(?P<minutes>[0-5]\d)(?![\d%]|\.\d)(?!\s?[ap]\.?\s?m\b)"
)
def _clock_dotted(m: re.Match[str], place: Place) -> Spoken | None:
    """British clock times: the 8.15 train, 3.30 o'clock."""
    before, after = place.before(12), place.after(m.end(), 24)
    named = re.search(r"\b(?:by|catch|caught|took|take|missed) the\s$|\bthe\s$", before) and re.match(
        r"\s*[,.;!?”’)]|\s*$", after
    )
    timetable = _DEPARTS.search(place.before()) and re.match(
        r"\s*[,.;!?”’\"]|\s*$|\s(?:and|or|sharp)\b", after
    )
    if not (_DOTTED_AFTER.match(after) or named or timetable):
        return None
    return Spoken(
        clock(m["hours"], m["minutes"]),
        (f"{cardinal(m['hours'])} point {' '.join(cardinal(d) for d in m['minutes'])}",),
    )


@DIGIT_RULES.rule(
    "time",
    "clock-half-day",
    rf"(?P<hours>[01]?\d|2[0-4])(?:[:.](?P<minutes>[0-5]\d))?(?::(?P<seconds>[0-5]\d))?(?:\s?[-–]\s?(?P<to>"
    rf"[01]?\d)(?:[:.](?P<tomin>[0-5]\d))?)?\s?{HALF}(?P<stop>\.?){ZONE}",
)
def _clock_half_day(m: re.Match[str], place: Place) -> str | None:
    if m["half"] in "aA" and re.match(r"\d+ a\s?m\b", m[0]) and not re.match(r"\d+ am\b", m[0]):
        return None  # 'chapter 3 a m…'
    if re.match(r"\d+ am\b", m[0]) and re.search(r"\b(?:I|who)\s*$", place.before(4)):
        return None
    said = clock(m["hours"], m["minutes"] or "00")
    if m["seconds"]:
        said += f" {cardinal(int(m['seconds']))}" if int(m["seconds"]) else ""
    if m["to"]:
        said += f" to {clock(m['to'], m['tomin'] or '00')}"
    stop = (
        "."
        if m["stop"] and re.match(r"\s*$|\s+[\"“‘(]?[A-Z]|\s*--?\S", place.after(m.end())) and not m["zone"]
        else ""
    )
    return said + _half(m) + _zone(m) + stop


@DIGIT_RULES.rule(
    "time",
    "clock-range",
    r"(?P<h1>[01]?\d|2[0-4]):(?P<m1>[0-5]\d)\s?[-–—~]\s?(?P<h2>[01]?\d|2[0-4]):(?P<m2>[0-5]\d)(?![\d:])",
)
def _clock_range(m: re.Match[str], place: Place) -> str:
    return f"{clock(m['h1'], m['m1'])} to {clock(m['h2'], m['m2'])}"


@DIGIT_RULES.rule(
    "time",
    "clock-to-hour",
    r"(?P<hours>[01]?\d|2[0-4]):(?P<minutes>[0-5]\d)[-–—](?P<to>[1-9]\d?)(?![\d:%/°]|[.,]\d|[-–—]\d|[A-Za-z])",
)
def _clock_to_hour(m: re.Match[str], place: Place) -> str:
    """10:30-11, or the verses of 3:16-18."""
    return f"{clock(m['hours'], m['minutes'])} to {cardinal(m['to'])}"


@DIGIT_RULES.rule(
    "duration",
    "hours-minutes-seconds",
    r"(?P<hours>\d{1,2}):(?P<minutes>[0-5]\d):(?P<seconds>[0-5]\d)(?P<part>\.\d+)?(?![\d:])",
)
def _duration(m: re.Match[str], place: Place) -> str:
    if m["part"]:
        return f"{cardinal(int(m['hours']))} {_two_digits(m['minutes'])} {_two_digits(m['seconds'])}{_point(m['part'])}"
    parts = [(int(m["hours"]), "hour"), (int(m["minutes"]), "minute"), (int(m["seconds"]), "second")]
    said = [f"{cardinal(n)} {unit}{'' if n == 1 else 's'}" for n, unit in parts]
    return f"{said[0]} {said[1]} and {said[2]}"


def _two_digits(written: str) -> str:
    return f"oh {cardinal(written[1])}" if written[0] == "0" else cardinal(written)


def _point(part: str) -> str:
    """`.45` → point four five."""
    return " point " + " ".join(cardinal(digit) for digit in part[1:])


@DIGIT_RULES.rule(
    "duration",
    "race-time",
    r"(?P<minutes>\d{1,2}):(?P<seconds>[0-5]\d)(?P<part>\.\d{1,3})(?![\d:]|\.\d|%)",
)
def _race_time(m: re.Match[str], place: Place) -> Spoken | None:
    """3:59.4 is three fifty nine point four: minutes, seconds and tenths."""
    if re.search(r"\b(?:ratio|odds|scale|proportions?|mixture|mixed)\b", place.before(32), re.IGNORECASE):
        return None
    said = f"{cardinal(int(m['minutes']))} {_two_digits(m['seconds'])}{_point(m['part'])}"
    return Spoken(
        said, (f"{cardinal(int(m['minutes']))} to {cardinal(int(m['seconds']))}{_point(m['part'])}",)
    )


_RATIO_CUE = re.compile(
    r"\b(?:ratio|score|scored|won|lost|beat|odds|proportions?|scale|tied|drew|led|mixed|mixture)\b",
    re.IGNORECASE,
)


@DIGIT_RULES.rule(
    "ratio",
    "ratio",
    r"(?P<one>\d{1,3}(?:\.\d+)?)\s?:\s?(?P<two>\d{1,3}(?:,\d{3})+|\d{4,7}|\d{1,3}(?:\.\d+)?)"
    r"(?::(?P<three>\d{1,3}))?(?![\d:]|/\d|,\d{3})",
)
def _ratio(m: re.Match[str], place: Place) -> Spoken | None:
    if place.before(1) == "-":
        return None  # ISO/IEC 14496-3:2009
    around = place.before(32) + " " + place.after(m.end(), 16)
    minutes_like = re.fullmatch(r"(?:[01]?\d|2[0-4]):[0-5]\d", m[0])
    said = " to ".join(number(part) for part in (m["one"], m["two"], m["three"]) if part)
    if behind_book(place) and not m["three"]:
        return Spoken(f"{number(m['one'])} {number(m['two'])}", (said,), cls="verse")
    if minutes_like and not _RATIO_CUE.search(around):
        return None
    if re.search(r"\b[A-Z][a-z]+\.?\s$", place.before(14)) and not _RATIO_CUE.search(around):
        # Scripture: John 3:16, Genesis 22:1
        return Spoken(f"{number(m['one'])} {number(m['two'])}", (said,), cls="verse")
    return Spoken(said, (f"{number(m['one'])} {number(m['two'])}",))


@DIGIT_RULES.rule("time", "military", r"(?P<hours>[01]\d|2[0-4])(?P<minutes>[0-5]\d)(?![\d:/-]|[.,]\d)")
def _military(m: re.Match[str], place: Place) -> Spoken | None:
    """0600 hours, at 2100 hours, 0430."""
    hours, minutes = m["hours"], m["minutes"]
    unit = re.match(r"\s(?:hours|hrs)\b\.?", place.after(m.end(), 7))
    timed = re.search(
        r"(?:\b(?:at|by|until|till|from|to|before|after|since|around|about|is|was|now)|^\W*)\s*$",
        place.before(8),
        re.I,
    )
    early = hours[0] == "0"
    if not (early and unit) and not (timed and (unit or (early and hours != "00"))):
        return None
    said = f"zero {cardinal(hours[1])}" if hours[0] == "0" else cardinal(hours)
    if minutes == "00":
        said += " hundred"
    elif minutes[0] == "0":
        said += f" oh {cardinal(minutes[1])}"
    else:
        said += f" {cardinal(minutes)}"
    shortened = unit is not None and unit[0].startswith(" hrs")
    if shortened and unit is not None:
        said += " hours"
    end = m.end() + (unit.end() if shortened and unit is not None else 0)
    return Spoken(said, (" ".join(cardinal(digit) for digit in m[0]),), end=end)


@DIGIT_RULES.rule(
    "time", "clock", rf"(?P<hours>[01]?\d|2[0-4]):(?P<minutes>[0-5]\d)(?![\d:])(?P<unit>\s?hrs\b\.?)?{ZONE}"
)
def _clock(m: re.Match[str], place: Place) -> Spoken:
    ratio = f"{cardinal(int(m['hours']))} to {cardinal(int(m['minutes']))}"
    if m["unit"]:
        full = f"{cardinal(int(m['hours']))} hundred"
        said = f"{clock(m['hours'], m['minutes']) if int(m['minutes']) else full} hours"
        said += "." if m["unit"].endswith(".") and re.match(r"\s*$|\s+[A-Z]", place.after(m.end())) else ""
    elif int(m["minutes"]) == 0 and not re.match(r"\s?(?:o'?clock|hours?\b)", place.after(m.end())):
        full = "hundred" if int(m["hours"]) > 12 else "o'clock"
        said = f"{cardinal(int(m['hours']))} {full}"
    else:
        said = clock(m["hours"], m["minutes"])
    return Spoken(said + _zone(m), (ratio,))

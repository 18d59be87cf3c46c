"""English measures and money: abbreviations and signs to words."""

from __future__ import annotations

import re

from normalizers.english.numerals import cardinal, fraction, number, plural
from normalizers.rules import Place, Rulebook, Spoken, words

RULES = Rulebook()

UNITS: dict[str, tuple[str, str]] = {
    short: (names[0], names[1] if len(names) > 1 else names[0] + "s")
    for shorts, *names in [
        ("km kms KM", "kilometer"),
        ("cm", "centimeter"), ("mm", "millimeter"), ("nm", "nanometer"), ("dm", "decimeter"),
        ("μm µm um", "micrometer"), ("m", "meter"), ("mi mi.", "mile"), ("yd yd. yds yds.", "yard"),
        ("ft ft.", "foot", "feet"), ("in. ins.", "inch", "inches"), ("kg kgs kg. KG Kg", "kilogram"), ("mg",
        "milligram"),
        ("g gm gms", "gram"), ("μg µg mcg", "microgram"), ("lb lb. lbs lbs.", "pound"), ("oz oz. ozs", "ounce"),
        ("cwt cwt.", "hundredweight", "hundredweight"), ("l L", "liter"), ("ml mL", "milliliter"),
        ("cl", "centiliter"), ("dl dL", "deciliter"), ("gal gal. gals", "gallon"), ("qt qt. qts qts.", "quart"),
        ("pt pt. pts pts.", "pint"), ("tsp tsp.", "teaspoon"), ("tbsp tbsp. tbs.", "tablespoon"),
        ("gn gns gn. gns.", "guinea"),
        ("doz doz.",
        "dozen", "dozen"),
        ("ha", "hectare"), ("acre acres", "acre"), ("sq", "square", "square"), ("s sec sec. secs", "second"),
        ("ms", "millisecond"), ("μs µs", "microsecond"), ("ns", "nanosecond"), ("min min. mins mins.", "minute"),
        ("h hr hr. hrs hrs.", "hour"), ("yr yr. yrs yrs.", "year"), ("mo. mos mos.", "month"),
        ("wk wks wk. wks.", "week"), ("Hz", "hertz",
        "hertz"), ("kHz", "kilohertz", "kilohertz"),
        ("MHz", "megahertz", "megahertz"), ("GHz", "gigahertz", "gigahertz"), ("W", "watt"), ("kW", "kilowatt"),
        ("MW", "megawatt"), ("GW", "gigawatt"), ("Wh", "watt hour"), ("kWh", "kilowatt hour"), ("MWh", "megawatt hour"),
        ("V", "volt"), ("kV", "kilovolt"), ("mV", "millivolt"), ("mA", "milliampere"), ("A", "ampere"), ("J", "joule"),
        ("kJ", "kilojoule"), ("cal", "calorie"), ("kcal", "kilocalorie"), ("N", "newton"), ("kN", "kilonewton"),
        ("eV", "electronvolt"), ("keV", "kiloelectronvolt"), ("MeV", "megaelectronvolt"), ("GeV", "gigaelectronvolt"),
        ("TeV", "teraelectronvolt"), ("Pa", "pascal"),
        ("kPa", "kilopascal"),
        ("hPa", "hectopascal"), ("MPa", "megapascal"), ("atm", "atmosphere"), ("dB", "decibel"), ("KB kB",
        "kilobyte"), ("MB", "megabyte"),
        ("GB", "gigabyte"), ("TB", "terabyte"), ("PB", "petabyte"), ("Kb", "kilobit"), ("Mb", "megabit"),
        ("Gb", "gigabit"),
        ("kbps", "kilobit per second", "kilobits per second"), ("mbps Mbps", "megabit per second",
        "megabits per second"),
        ("gbps Gbps", "gigabit per second", "gigabits per second"), ("mph m.p.h. m.p.h", "mile per hour",
        "miles per hour"), ("c.c. c.c cc", "cubic centimeter"), ("cts. cts", "cent"),
        ("kph kmph", "kilometer per hour", "kilometers per hour"), ("mpg", "mile per gallon", "miles per gallon"),
        ("rpm", "revolution per minute", "revolutions per minute"), ("fps", "frame per second", "frames per second"),
        ("hp", "horsepower", "horsepower"), ("Ω", "ohm"), ("kΩ", "kilohm"), ("mol", "mole"), ("lm", "lumen"),
        ("lx", "lux", "lux"),
        ("px", "pixel"), ("pp", "percentage point"), ("bpm", "beat per minute", "beats per minute"), ("AU",
        "astronomical unit"),
        ("ly", "light year"), ("sqft sq.ft. sq.ft", "square foot", "square feet"), ("fl.oz. fl.oz", "fluid ounce"),
        ("°C ℃ ° C ºC", "degree Celsius", "degrees Celsius"), ("°F ℉ ° F ºF", "degree Fahrenheit",
        "degrees Fahrenheit"),
        ("°K", "degree Kelvin", "degrees Kelvin"), ("° º deg deg. degs degs.", "degree"),
        ("% ％ pct pct.", "percent", "percent"), ("‰",
        "per mille", "per mille"),
        ("bps", "bit per second", "bits per second"), ("mmHg", "millimeter of mercury", "millimeters of mercury"),
        ("kt kts kn", "knot"), ("nmi", "nautical mile"), ("ppm", "part per million", "parts per million"),
        ("ppb", "part per billion", "parts per billion"), ("dpi", "dot per inch", "dots per inch"),
        ("sq.m. sqm", "square meter"),
    ]
    for short in shorts.split(" ")
}  # fmt: skip
"""Unit sign → (singular, plural)."""
UNITS["° C"], UNITS["° F"] = UNITS["°C"], UNITS["°F"]
UNITS.pop("C", None)
UNITS.pop("F", None)
for _spaced, _name in {"sq ft": ("square foot", "square feet"), "sq. ft.": ("square foot", "square feet"),
"sq m": ("square meter", "square meters"), "sq km": ("square kilometer", "square kilometers"),
                       "sq mi": ("square mile", "square miles"), "sq. mi.": ("square mile", "square miles"),
                       "sq in": ("square inch", "square inches"), "sq. in.": ("square inch", "square inches"),
                       "sq. yd.": ("square yard", "square yards"), "sq. yds.": ("square yard", "square yards"),
                       "cu. ft.": ("cubic foot", "cubic feet"), "cu. in.": ("cubic inch", "cubic inches"),
                       "cu. yd.": ("cubic yard", "cubic yards"), "cu. yds.": ("cubic yard", "cubic yards"),
                       "cu ft": ("cubic foot", "cubic feet"),
                       "cu m": ("cubic meter", "cubic meters"), "fl oz": ("fluid ounce", "fluid ounces"),
                       "fl. oz.": ("fluid ounce", "fluid ounces")}.items():  # fmt: skip
    UNITS[_spaced] = _name
for _degrees in ("deg", "deg.", "degs.", "degrees"):
    for _letter, _scale in (("C", "Celsius"), ("F", "Fahrenheit")):
        UNITS[f"{_degrees} {_letter}"] = UNITS[f"{_degrees} {_letter}."] = (
            f"degree {_scale}",
            f"degrees {_scale}",
        )
UNITS.pop("", None)

PER = {"h": "hour", "hr": "hour", "s": "second", "sec": "second", "min": "minute", "d": "day", "day": "day",
"wk": "week",
        "week": "week", "mo": "month", "month": "month", "yr": "year", "y": "year", "year": "year",
        "m": "meter", "km": "kilometer",
        "kg": "kilogram", "g": "gram", "l": "liter", "L": "liter", "lb": "pound", "m2": "square meter",
        "m²": "square meter",
        "m3": "cubic meter", "m³": "cubic meter", "cm3": "cubic centimeter", "cm³": "cubic centimeter", "ft": "foot",
        "ha": "hectare", "dl": "deciliter", "dL": "deciliter",
        "s2": "second squared", "s²": "second squared", "person": "person", "hour": "hour", "gal": "gallon",
        "night": "night", "minute": "minute", "second": "second", "mi": "mile", "mile": "mile", "oz": "ounce",
        "in": "inch", "mol": "mole", "ml": "milliliter", "mL": "milliliter", "liter": "liter", "litre": "litre",
        "acre": "acre", "head": "head", "capita": "capita", "unit": "unit", "meter": "meter", "metre": "metre",
        "quarter": "quarter", "decade": "decade", "century": "century", "shift": "shift", "game": "game",
        "page": "page", "child": "child", "student": "student", "household": "household", "word": "word"}  # fmt: skip
_ATTACHED_ONLY = words("m g l L h s W V A J N")
"""One-letter units: only directly behind the number or before something that is not a word."""

_SIGNS = "|".join(sorted((re.escape(u) for u in UNITS), key=len, reverse=True))
NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d+)?(?![,\d])|\d+(?:\.\d+)?|\.\d+"
"""With the groups of India, too: 1,50,000."""
SCALE = r"(?:hundred|thousand|million|billion|trillion|dozen)"


RATE = (
    rf"(?P<unit>{'|'.join(sorted((re.escape(u) for u in UNITS if u.isalpha() and len(u) < 5), key=len, reverse=True))}|"
    r"[a-z]{3,}s)/(?P<per>[A-Za-z]+)(?:/(?P<per2>[A-Za-z]+))?(?![A-Za-zÀ-ÖØ-öø-ɏ0-9/]|\.[A-Za-z])"
)
"""`km/h`, `litres/day`: a measure without its number before it."""


def say_rate(m: re.Match[str]) -> str | None:
    """Words of a match of `RATE`: litres per day; None where the slash is none of a rate (days/weeks, his/her)."""
    unit, pers = m["unit"], [per for per in (m["per"], m["per2"]) if per]
    if any(per not in PER for per in pers) or (len(unit) == 1 and len(pers[0]) > 1 and pers[0] not in UNITS):
        return None
    if (
        unit not in UNITS
        and any(len(per) < 3 for per in pers)
        and pers[0] not in ("h", "hr", "s", "mo", "yr", "wk", "kg")
    ):
        return None
    name = UNITS[unit][1] if unit in UNITS else unit
    return " ".join([name, *(f"per {PER[per]}" for per in pers)])


COMPASS = {"N": "north", "S": "south", "E": "east", "W": "west"}


def _full_stop(m: re.Match[str], place: Place) -> str:
    """The full stop that ends what was matched, where it ends the sentence, too."""
    ends = m[0].endswith(".") and re.match(r"[’'”\"]*(?:\s*$|\s+[A-Z])", place.after(m.end()))
    return "." if ends else ""


def unit_words(sign: str, power: str, per: str | None, one: bool) -> str:
    """A unit in words: ("km", "", "h", False) → kilometers per hour."""
    name = UNITS[sign][0 if one else 1]
    if power:
        name = f"{'square' if power in '2²' else 'cubic'} {name}"
    return f"{name} per {PER[per]}" if per else name


@RULES.rule(
    "measure",
    "feet-and-inches",
    r"(?P<feet>\d{1,2})\s?['′’]\s?(?P<inches>\d{1,2})(?:\.\d+)?\s?(?:[\"″”]|''|(?!['\d]))",
)
def _feet_inches(m: re.Match[str], place: Place) -> str | None:
    if not (m[0].rstrip().endswith(('"', "″", "”", "''"))) or int(m["inches"]) > 11:
        return None
    feet = f"{cardinal(m['feet'])} {'foot' if m['feet'] == '1' else 'feet'}"
    return f"{feet} {cardinal(m['inches'])} {'inch' if m['inches'] == '1' else 'inches'}"


@RULES.rule(
    "measure",
    "per-so-many",
    rf"(?P<number>{NUMBER})\s?(?P<unit>{_SIGNS})\s?/\s?(?P<by>\d+)\s?(?P<of>{_SIGNS})(?![A-Za-zÀ-ÖØ-öø-ɏ0-9])",
)
def _per_so_many(m: re.Match[str], place: Place) -> str:
    """6 L/100 km."""
    one, many = UNITS[m["unit"]]
    said = f"{number(m['number'])} {one if m['number'] == '1' else many}"
    return f"{said} per {cardinal(m['by'])} {UNITS[m['of']][m['by'] != '1']}"


_HOURS_AFTER = re.compile(
    r"[.,;:)]|\s*$|\s(?:of|and|or|at|in|on|for|after|before|per|to|later|long|daily|a|each)\b"
)
"""What stands behind 3 h."""


_DETERMINER = re.compile(r"\b(?:the|th(?:is|at|ese|ose)|his|her|my|our|your|their|its|every|each)\s$", re.I)
RACE = re.compile(
    r"\s(?:relay|dash|sprint|race|hurdles|freestyle|butterfly|backstroke|breaststroke|medley|final|heats?|run|swim|"
    r"champion|record|runner|sprinter|swimmer|events?)\b"
)
_THING = re.compile(
    r"(?:\s(?:wide|long|high|deep|tall|thick|square))?\s(?!(?:the|an?|of|from|to|in|on|at|by|for|with|into|over|under|"
    r"above|below|up|down|off|out|away|back|behind|ahead|apart|"
    r"and|or|but|nor|than|as|if|when|while|where|that|which|who|whom|whose|he|she|it|we|they|you|there|not|so|yet|"
    r"is|was|were|are|be|been|has|had|have|do|does|did|will|would|can|could|may|might|must|shall|should|"
    r"came|went|got|made|took|felt|seemed|began|before|after|between|through|across|around|along|toward|towards|"
    r"per|each|apiece|more|less|left|north|south|east|west|further|farther|"
    r"[a-z]+(?:ly|ed))\b)[a-z]{3,}"
)
"""A word behind a measure that is what is measured: the 3.5mm jack, not the 5km of road or the 5km he ran."""


def _is_one(m: re.Match[str], place: Place) -> bool:
    """A 4-kg bag, the 3.5mm jack, a 45° angle, his 5 yr. old boy: singular, as what is measured follows."""
    if m["unit"] == "%":
        return False
    if re.search(r"\b(?:an?|another)\s$", place.before(9), re.IGNORECASE):
        return True
    if m["unit"] == "m" and RACE.match(place.after(m.end(), 16)):
        return True
    if not m["gap"] and _DETERMINER.search(place.before(8)) and _THING.match(place.after(m.end(), 24)):
        return True
    return bool(
        re.match(r"[\s-]old\b", place.after(m.end(), 5))
        and re.search(r"\b(?:the|this|that|his|her|my|our)\s$", place.before(6))
    )


def _is_a_letter(m: re.Match[str], place: Place) -> bool:
    """Whether a single letter behind a number is no unit: the 5 W's, Rte. 9W, 1060 W. Addison St."""
    unit, gap, after = m["unit"], m["gap"], place.after(m.end())
    if gap == "-" and not (unit in "mgLWV" and re.match(r"\s[a-z]{2}", after)):
        return True  # 5-m, but a 100-m dash
    if unit == "h":
        return bool(gap) and not _HOURS_AFTER.match(after)
    if unit in "AJN" or (unit == "s" and gap):
        return True
    if unit == "L":
        return bool(gap) and not re.match(r"[.,;:)]?(?:$|\s(?![A-Z]\.?\b)[a-z])|[,;:)]", after)
    if unit == "W" and (
        re.match(r"['’]s", after)
        or re.search(r"\b(?:rte|route|highway|hwy|exit|interstate|road|US|I)[.\s-]+$", place.before(14), re.I)
    ):
        return True
    if gap and unit in "WV":
        return re.match(r"\.?\s[A-Z\d]|\.\s?\d", after) is not None
    return bool(gap) and unit in "gm" and re.match(r"\s?[A-Z]|'", after) is not None


@RULES.rule(
    "money",
    "pounds-letter",
    r"(?P<number>\d{1,3}(?:,\d{3})+|\d+)l\."
    r"(?=\s(?:\d{1,2}s\.|sterling\b|English\b|(?:a|per|in|for|which|to|from|and|at|by|on|upon)\s))",
)
def _pounds_letter(m: re.Match[str], place: Place) -> str:
    """500l. a year, 26l. sterling: the letter of libra."""
    return f"{number(m['number'])} {'pound' if m['number'] == '1' else 'pounds'}"


@RULES.rule(
    "measure",
    "number-unit",
    rf"(?P<sign>[-+±])?(?P<number>{NUMBER})(?P<range>\s?[-–~]\s?(?P<last>{NUMBER}))?(?P<scale>\s{SCALE})?"
    rf"(?P<gap>\s|-)?(?P<unit>{_SIGNS})(?P<power>[23²³](?![\d.,]\d|\d))?(?:\s?/\s?(?P<per>"
    rf"[A-Za-z]+[23²³]?))?(?:/(?P<per2>[A-Za-z]+))?(?![A-Za-zÀ-ÖØ-öø-ɏ0-9]|\.[A-Za-z])",
)
def _number_unit(m: re.Match[str], place: Place) -> Spoken | None:
    unit, gap, per = m["unit"], m["gap"], m["per"]
    if (per is not None and per not in PER) or (m["per2"] is not None and m["per2"] not in PER):
        return None
    bare = not (m["power"] or per)
    timed = unit == "s" and "." in m["number"]  # in 9.58 s
    if unit in _ATTACHED_ONLY and bare and not timed and _is_a_letter(m, place):
        return None
    if gap == "-" and (
        unit in ("%", "°", "pp", "A") or (unit == "in." and not re.match(r"\s[a-z]", place.after(m.end(), 2)))
    ):
        return None  # a 6-in. blade, but a drive-in.
    if (
        unit in ("pp", "AU", "sq", "st.", "PB", "ha", "s")
        and gap
        and bare
        and not (unit == "ha" and not re.match(r"[-!,.…\s]*ha\b|!", place.after(m.end(), 8)))
        and not ((unit == "sq" and per) or timed)
    ):
        return None
    if place.before(1).isalpha():
        return None
    value = m["number"]
    if len(value) > 1 and value[0] == "0" and value[1].isdigit():
        return None
    if m["sign"] and (place.before(1).isalnum() or place.before(1) == ")"):
        return None
    said = {"-": "minus ", "+": "plus ", "±": "plus or minus "}.get(m["sign"] or "", "") + number(value)
    if m["last"]:
        said += f" to {number(m['last'])}"
    said += m["scale"] or ""
    one = (value == "1" and not m["last"] and not m["scale"]) or gap == "-" or _is_one(m, place)
    words = unit_words(unit, m["power"] or "", per, one) + (f" per {PER[m['per2']]}" if m["per2"] else "")
    stop, end = _stop_of_unit(unit, place, m.end())
    by = re.match(r"\s?[x×]\s?(?=\d)", place.after(m.end()))
    if by and not stop:
        return Spoken(f"{said} {words} by ", end=m.end() + by.end())
    return Spoken(f"{said} {words}{stop}", end=end)


def _stop_of_unit(unit: str, place: Place, end: int) -> tuple[str, int]:
    """The full stop that is said behind a unit, and where what is read of it ends: 10 secs., 3 kms. away."""
    after = place.after(end)
    if unit.endswith("."):
        return "." if re.match(r"\s*$|\s+(?![NS]?[EW]\b|[NS]\b)[\"“‘(]?[A-Z]", after) else "", end
    return "", end + 1 if unit.isalpha() and re.match(r"\.(?:[,;:]|\s[a-z])", after) else end


@RULES.rule("measure", "caliber-named", r"\.(?P<caliber>\d{2,3})(?=[- ]calib(?:er|re)\b)")
def _caliber_named(m: re.Match[str], place: Place) -> str | None:
    """A .45-caliber pistol."""
    return None if place.before(1).isdigit() else cardinal(m["caliber"])


@RULES.rule(
    "measure",
    "caliber",
    r"\.(?P<caliber>22|25|32|38|40|44|45|50|303|308|357|380|410|455|577)(?:(?P<many>s)\b|(?![\d%]|"
    r"-?[A-Za-z]))(?!\s(?:percent|inch|inches|seconds?|miles?|in)\b)",
)
def _caliber(m: re.Match[str], place: Place) -> Spoken | None:
    """A .38, his .45, a box of .22s: the arm, read like a house number."""
    if not (
        re.search(
            r"\b(?:an?|his|her|my|your|their|that|this|the|old|loaded|big|two)\s$", place.before(8), re.I
        )
        or (m["many"] and not place.before(1).isdigit())
    ):
        return None
    digits = m["caliber"]
    said = (
        cardinal(digits)
        if len(digits) == 2
        else f"{cardinal(digits[0])} {'oh ' if digits[1] == '0' else ''}{cardinal(digits[1:].lstrip('0'))}"
    )
    if m["many"]:
        said = plural(said)
    return Spoken(said, (f"point {' '.join(cardinal(d) for d in digits)}",))


@RULES.rule(
    "measure",
    "inches-adjective",
    rf"(?P<number>{NUMBER})\sin(?=\s(?:wide|long|high|deep|tall|thick|across|square)\b(?:\s*[.,;:)]|"
    rf"\s(?:and|but|by|at)\b|\s*$))",
)
def _inches_adjective(m: re.Match[str], place: Place) -> str:
    return f"{number(m['number'])} {'inch' if m['number'] == '1' else 'inches'}"


@RULES.rule(
    "measure",
    "inches-by-inches",
    rf"(?P<one>{NUMBER})(?P<mark>\"|″)\s?[x×]\s?(?P<two>{NUMBER})(?P=mark)(?:\s?[x×]\s?(?P<three>{NUMBER})(?P=mark))?",
)
def _inches_by_inches(m: re.Match[str], place: Place) -> str:
    """12" x 8"."""
    return " by ".join(f"{number(value)} inches" for value in (m["one"], m["two"], m["three"]) if value)


@RULES.rule(
    "measure",
    "part-of-an-inch",
    r"(?:(?P<whole>\d{1,3})[ -])?(?P<top>\d{1,2})/(?P<bottom>2|4|8|16|32|64)(?P<mark>\"|″)",
)
def _part_of_an_inch(m: re.Match[str], place: Place) -> str | None:
    """A 3/8" bolt."""
    if m["mark"] == '"' and not _is_unpaired(place, m.end() - 1):
        return None
    part = fraction(int(m["top"]), int(m["bottom"]))
    if not m["whole"]:
        return f"{part} inch"
    return f"{cardinal(m['whole'])} and {'a half' if part == 'one half' else part} inch"


def _is_unpaired(place: Place, at: int) -> bool:
    """Whether the straight quote at `at` neither opens nor closes a quotation of its line."""
    low = place.text.rfind("\n", max(0, at - 300), at) + 1
    high = place.text.find("\n", at, at + 300)
    before, after = place.text[max(low, at - 300) : at], place.text[at + 1 : high if high >= 0 else at + 300]
    return before.count('"') % 2 == 0 and after.count('"') % 2 == 0


@RULES.rule(
    "measure",
    "feet-then-inches",
    r"(?P<feet>\d{1,3})\s?ft\.?\s(?P<inches>\d{1,2}(?:\.\d+)?)\s?in(?=[),;]|\.?\s*$|\s(?:tall|high|long|wide|deep|thick)\b)",
)
def _feet_then_inches(m: re.Match[str], place: Place) -> str:
    """6 ft 1 in."""
    feet = f"{cardinal(m['feet'])} {'foot' if m['feet'] == '1' else 'feet'}"
    return f"{feet} {number(m['inches'])} {'inch' if m['inches'] == '1' else 'inches'}"


@RULES.rule("measure", "feet-by-feet", r"(?P<one>\d{1,4})['′]\s?[x×]\s?(?P<two>\d{1,4})['′](?!\w)")
def _feet_by_feet(m: re.Match[str], place: Place) -> str:
    return f"{cardinal(m['one'])} feet by {cardinal(m['two'])} feet"


@RULES.rule(
    "duration",
    "hours-and-minutes",
    r"(?P<hours>\d{1,3})\s?h(?:rs?)?\.?\s?(?P<minutes>[0-5]?\d)\s?m(?:ins?)?(?![A-Za-z])\.?"
    r"(?:\s?(?P<seconds>[0-5]?\d)\s?s(?:ecs?)?\b\.?)?",
)
def _hours_and_minutes(m: re.Match[str], place: Place) -> str:
    """2h 15m."""
    parts = [("hour", m["hours"]), ("minute", m["minutes"]), ("second", m["seconds"])]
    stop = _full_stop(m, place)
    return (
        " ".join(
            f"{cardinal(int(value))} {unit}{'' if int(value) == 1 else 's'}" for unit, value in parts if value
        )
        + stop
    )


@RULES.rule(
    "measure",
    "degrees-side",
    r"(?P<degrees>\d{1,3}(?:\.\d+)?)\s?°\s?(?P<side>[NSEW])(?![A-Za-z])(?P<stop>\.?)",
)
def _degrees_side(m: re.Match[str], place: Place) -> str:
    """40.7128° N."""
    stop = _full_stop(m, place)
    return f"{number(m['degrees'])} degree{'' if m['degrees'] == '1' else 's'} {COMPASS[m['side']]}{stop}"


@RULES.rule(
    "measure",
    "feet-alone",
    r"(?P<feet>\d{1,4})'(?:(?P<inches>\d|1[01])(?![\d'\"]|s\b)|(?=\s(?:high|tall|wide|long|deep|thick|across|by|x)\b))",
)
def _feet_alone(m: re.Match[str], place: Place) -> str | None:
    """She's 5'2; the bar is 7' high."""
    feet = cardinal(m["feet"])
    if not m["inches"]:
        return f"{feet} {'foot' if m['feet'] == '1' else 'feet'}"
    return f"{feet} feet {cardinal(m['inches'])}" if 3 <= int(m["feet"]) <= 7 else None


@RULES.rule(
    "measure",
    "primes",
    r"(?P<number>\d{1,4}(?:\.\d+)?)\s?(?:(?P<feet>′)|(?P<inches>″)|(?P<quote>\"(?=\s[a-z]+\b))|(?P<last>\"(?=[.,;)]|\s*$)))",
)
def _primes(m: re.Match[str], place: Place) -> str | None:
    """12′, 5″ and, where nobody is quoted, a 12" ruler."""
    line = place.text[max(0, place.at - 300) : place.at].rpartition("\n")[2]
    if m["quote"] and (
        line.count('"') % 2 or re.match(r"\s(?:and|he|she|they|i|said|is|was)\b", place.after(m.end(), 6))
    ):
        return None
    if m["last"] and (int(float(m["number"])) > 400 or not _is_unpaired(place, m.end() - 1)):
        return None
    one = m["number"] == "1" or bool(m["quote"])
    name = ("foot" if one else "feet") if m["feet"] else ("inch" if one else "inches")
    return f"{number(m['number'])} {name}"


@RULES.rule(
    "measure",
    "degrees-minutes",
    r"(?P<degrees>\d{1,3})\s?°\s?(?P<minutes>[0-5]?\d(?:\.\d+)?)\s?['′](?:\s?(?P<seconds>[0-5]?\d(?:\.\d+)?)\s?[\"″])?"
    r"(?:\s?(?P<side>[NSEW])(?![A-Za-z])(?P<stop>\.?))?",
)
def _degrees_minutes(m: re.Match[str], place: Place) -> str:
    """51° 30' N. of a place on the globe."""
    parts = [("degree", m["degrees"]), ("minute", m["minutes"]), ("second", m["seconds"])]
    said = " ".join(f"{number(value)} {unit}{'' if value == '1' else 's'}" for unit, value in parts if value)
    if m["side"]:
        said += f" {COMPASS[m['side']]}"
    return said + _full_stop(m, place)


_SPOONS = {"c": "cup", "C": "cup", "T": "tablespoon", "t": "teaspoon"}


@RULES.rule("measure", "cups", rf"(?P<number>{NUMBER})\s(?P<unit>[cCtT])\.(?=\s(?:of\s)?[a-z]{{3,}})")
def _cups(m: re.Match[str], place: Place) -> str:
    """2 c. sugar, 1 T. oil."""
    return f"{number(m['number'])} {_SPOONS[m['unit']]}{'' if m['number'] == '1' else 's'}"


@RULES.rule("measure", "stone-alone", r"(?P<stone>\d{1,2})\s?st\b\.?")
def _stone_alone(m: re.Match[str], place: Place) -> str | None:
    if not re.search(r"\bweigh(?:s|ed|ing)?\b[^.;]*$", place.before(24)):
        return None
    stop = _full_stop(m, place)
    return f"{cardinal(m['stone'])} stone{stop}"


@RULES.rule("measure", "stone", r"(?P<stone>\d{1,2})\s?st\.?(?=,?\s\d{1,2}\s?lbs?\b)")
def _stone(m: re.Match[str], place: Place) -> str:
    return f"{cardinal(m['stone'])} stone"


@RULES.rule("range", "percent-range", rf"(?P<one>{NUMBER})%\s?[-–—]\s?(?P<two>{NUMBER})%")
def _percent_range(m: re.Match[str], place: Place) -> str:
    return f"{number(m['one'])} to {number(m['two'])} percent"


_VULGAR = {
    "½": "one half",
    "⅓": "one third",
    "⅔": "two thirds",
    "¼": "one quarter",
    "¾": "three quarters",
    "⅛": "one eighth",
    "⅜": "three eighths",
    "⅝": "five eighths",
    "⅞": "seven eighths",
}


@RULES.rule(
    "measure",
    "fraction-unit",
    rf"(?:(?P<whole>\d{{1,6}})[ -]?)?(?:(?P<top>\d{{1,4}})/(?P<bottom>[1-9]\d{{0,3}})|(?P<vulgar>"
    rf"[{''.join(_VULGAR)}]))\s?(?P<unit>{_SIGNS})(?![A-Za-zÀ-ÖØ-öø-ɏ0-9])",
)
def _fraction_unit(m: re.Match[str], place: Place) -> str | None:
    if m["unit"] in _ATTACHED_ONLY or m["unit"] in ("pp", "AU", "sq", "ha", "hp"):
        return None
    if m["whole"] and m["top"] and not re.match(r"\d+[ -]\d", m[0]):
        return None
    part = _VULGAR[m["vulgar"]] if m["vulgar"] else fraction(int(m["top"]), int(m["bottom"]))
    if m["whole"]:
        part = "a half" if part == "one half" else part
        return f"{cardinal(m['whole'])} and {part} {UNITS[m['unit']][1]}{_stop_of_unit(m['unit'], place, m.end())[0]}"
    return f"{part} {UNITS[m['unit']][0]}{_stop_of_unit(m['unit'], place, m.end())[0]}"


CURRENCIES: dict[str, tuple[str, str, str, str]] = {
    "$": ("dollar", "dollars", "cent", "cents"), "£": ("pound", "pounds", "penny", "pence"), "€": ("euro",
    "euros", "cent", "cents"),
    "¥": ("yen", "yen", "sen", "sen"), "₩": ("won", "won", "jeon", "jeon"), "₹": ("rupee", "rupees", "paisa", "paise"),
    "₽": ("ruble", "rubles", "kopeck", "kopecks"), "฿": ("baht", "baht", "satang", "satang"), "₫": ("dong",
    "dong", "xu", "xu"),
    "₱": ("peso", "pesos", "centavo", "centavos"), "₺": ("lira", "lira", "kurus", "kurus"), "₴": ("hryvnia",
    "hryvnias", "kopiyka", "kopiykas"),
    "₪": ("shekel", "shekels", "agora", "agorot"), "₦": ("naira", "naira", "kobo", "kobo"), "₿": ("bitcoin",
    "bitcoins", "satoshi", "satoshis"),
    "US$": ("US dollar", "US dollars", "cent", "cents"), "A$": ("Australian dollar", "Australian dollars",
    "cent", "cents"),
    "C$": ("Canadian dollar", "Canadian dollars", "cent", "cents"), "CA$": ("Canadian dollar",
    "Canadian dollars", "cent", "cents"),
    "NZ$": ("New Zealand dollar", "New Zealand dollars", "cent", "cents"), "HK$": ("Hong Kong dollar",
    "Hong Kong dollars", "cent", "cents"),
    "NT$": ("New Taiwan dollar", "New Taiwan dollars", "cent", "cents"), "S$": ("Singapore dollar",
    "Singapore dollars", "cent", "cents"),
    "R$": ("real", "reais", "centavo", "centavos"), "AU$": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "USD": ("United States dollar", "United States dollars", "cent", "cents"), "EUR": ("euro", "euros",
    "cent", "cents"),
    "GBP": ("British pound", "British pounds", "penny", "pence"), "CNY": ("Chinese yuan", "Chinese yuan", "fen", "fen"),
    "RMB": ("renminbi", "renminbi", "fen", "fen"), "JPY": ("yen", "yen", "sen", "sen"), "INR": ("rupee",
    "rupees", "paisa", "paise"),
    "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"), "CAD": ("Canadian dollar",
    "Canadian dollars", "cent", "cents"),
    "AUD": ("Australian dollar", "Australian dollars", "cent", "cents"), "HKD": ("Hong Kong dollar",
    "Hong Kong dollars", "cent", "cents"),
    "KRW": ("Korean won", "Korean won", "jeon", "jeon"), "NZD": ("New Zealand dollar", "New Zealand dollars",
    "cent", "cents"),
    "SGD": ("Singapore dollar", "Singapore dollars", "cent", "cents"), "SEK": ("Swedish krona",
    "Swedish kronor", "öre", "öre"),
    "NOK": ("Norwegian krone", "Norwegian kroner", "øre", "øre"), "DKK": ("Danish krone", "Danish kroner",
    "øre", "øre"),
    "RUB": ("ruble", "rubles", "kopeck", "kopecks"), "MXN": ("Mexican peso", "Mexican pesos", "centavo", "centavos"),
    "BRL": ("real", "reais", "centavo", "centavos"), "TWD": ("New Taiwan dollar", "New Taiwan dollars",
    "cent", "cents"),
    "Rs.": ("rupee", "rupees", "paisa", "paise"), "Rs": ("rupee", "rupees", "paisa", "paise"),
}  # fmt: skip
"""Currency sign or code → (one, many, one hundredth, hundredths)."""
CURRENCY_SIGN = "|".join(re.escape(c) for c in sorted(CURRENCIES, key=len, reverse=True))
_CODES = "|".join(c for c in CURRENCIES if c.isalpha() and c.isupper())
_MAGNITUDE = {"m": "million", "mn": "million", "mm": "million", "b": "billion", "bn": "billion",
"k": "thousand", "t": "trillion", "tn": "trillion",
              "million": "million", "billion": "billion", "trillion": "trillion", "thousand": "thousand",
              "lakh": "lakh", "crore": "crore", "hundred": "hundred", "mil": "million"}  # fmt: skip
_TRAILING = {"/d": "day", "/mo": "month", "/yr": "year", "/hr": "hour", "/h": "hour", "/wk": "week",
"/lb": "pound", "/day": "day",
             "/week": "week", "/month": "month", "/year": "year", "/hour": "hour", "/kg": "kilogram",
             "/person": "person", "/gal": "gallon",
             "/night": "night", "/y": "year"}  # fmt: skip


def _amount(value: str, currency: str) -> str:
    one, many, cent, cents = CURRENCIES[currency]
    whole, _, part = value.replace(",", "").partition(".")
    whole = whole or "0"  # $.00
    if not part or (set(part) == {"0"} and len(part) <= 2):
        return f"{cardinal(whole)} {one if whole == '1' else many}"
    if len(part) <= 2 and cent != "sen":
        hundredths = int(part.ljust(2, "0"))
        small = f"{cardinal(hundredths)} {cent if hundredths == 1 else cents}"
        if not whole.strip("0"):
            return small
        return f"{cardinal(whole)} {one if whole == '1' else many} and {small}"
    return f"{number(value)} {many}"


_ATTRIBUTIVE = r"\s(?=(?:gold |silver )?(?:bills?|notes?|coins?|question)\b)|-(?=an?-\w)"
_PRICED = re.compile(
    r"\s(?:[a-z]+\s)?(?:house|home|mansion|apartment|flat|room|suite|hotel|motel|car|truck|boat|yacht|horse|"
    r"suit|dress|coat|shoes|watch|ring|necklace|bottle|"
    r"meal|lunch|dinner|haircut|ticket|stamp|chip|cigar|painting|reward|bounty|ransom|bribe|fine|fee|tip|"
    r"bet|wager|pot|prize|jackpot|lottery|raise|bonus|salary|"
    r"job|deal|contract|company|corporation|business|industry|empire|fortune|check|cheque|bond|deposit|debt|"
    r"mortgage|question|man|woman|lawyer|smile|limit|mark)s?\b"
)
"""What a sum is the price or the worth of."""


def _is_attributive(m: re.Match[str], place: Place) -> bool:
    """`a $500,000 house`, `another £20m deal`: the currency stays singular before its noun."""
    return bool(
        re.search(
            r"\b(?:an?|another|every|one|the|that|this|his|her|their|your|our|my)\s(?:mere\s|cool\s|new\s|whole\s)?$",
            place.before(20),
            re.I,
        )
        and _PRICED.match(place.after(m.end()))
    )


_LETTER_SCALE = r"(?:million|billion|trillion|thousand|mn|bn|tn|[mMbBkKtT])\b"


@RULES.rule(
    "money",
    "sums",
    rf"(?P<currency>{CURRENCY_SIGN})(?P<one>{NUMBER})\s?(?P<scale>{_LETTER_SCALE})\s?[-–—]\s?"
    rf"(?P=currency)(?P<two>{NUMBER})\s?(?P<scale2>{_LETTER_SCALE})",
)
def _sums(m: re.Match[str], place: Place) -> str:
    """$1.5M-$2M."""
    many = CURRENCIES[m["currency"]][1]
    one, two = (
        f"{number(m[part])} {_MAGNITUDE[m[scale].lower()]} {many}"
        for part, scale in (("one", "scale"), ("two", "scale2"))
    )
    return f"{one} to {two}"


@RULES.rule(
    "money",
    "sign-amount",
    rf"(?P<minus>[-−])?(?P<currency>{CURRENCY_SIGN})\s?(?P<minus2>[-−])?(?P<number>"
    rf"{NUMBER})(?:\s?[-–—]\s?(?P<mid>{CURRENCY_SIGN})?\s?(?P<last>\d[\d,]*(?:\.\d+)?))?"
    rf"(?:(?P<hyphen>-|\s?)(?P<scale>(?:million|billion|trillion|thousand|hundred|lakh|crore)\b)|\s?(?P<letter>(?:mn|"
    rf"bn|tn|mil|[mMbBkKtT])\b(?!['’]|\.[A-Za-z])))?(?P<per>/[a-z]+\b)?(?P<attributive>{_ATTRIBUTIVE})?",
)
def _sign_amount(m: re.Match[str], place: Place) -> str | None:
    currency = m["currency"]
    if currency.isalpha() and place.before(1).isalnum():
        return None
    if m["per"] and m["per"] not in _TRAILING:
        return None
    minus = "minus " if m["minus"] or m["minus2"] else ""
    per = f" per {_TRAILING[m['per']]}" if m["per"] else ""
    scale = m["scale"] or (_MAGNITUDE[m["letter"].lower()] if m["letter"] else "")
    hyphen = m["hyphen"] == "-" or m["attributive"] == "-"
    many = CURRENCIES[currency][not (hyphen or _is_attributive(m, place))]
    if m["last"]:
        if m["mid"] and not scale:
            return f"{minus}{_amount(m['number'], currency)} to {_amount(m['last'], currency)}{per}"
        said = f"{number(m['number'])} to {number(m['last'])}"
        return f"{minus}{said}{' ' + scale if scale else ''} {many}{per}"
    tail = " " if m["attributive"] == "-" else m["attributive"] or ""
    if scale:
        return f"{minus}{number(m['number'])} {scale} {many}{per}{tail}"
    if (m["attributive"] or many != CURRENCIES[currency][1]) and "." not in m["number"]:
        return f"{minus}{number(m['number'])} {CURRENCIES[currency][0]}{per}{tail}"
    return minus + _amount(m["number"], currency) + per + (m["attributive"] or "")


@RULES.rule(
    "money",
    "amount-code",
    rf"(?P<number>{NUMBER})(?P<scale>\s{SCALE})?\s?(?P<code>{_CODES}|[$€£](?=[\s.,;:!?)]|$))(?![A-Za-zÀ-ÖØ-öø-ɏ])",
)
def _amount_code(m: re.Match[str], place: Place) -> str:
    if m["scale"]:
        return f"{number(m['number'])}{m['scale']} {CURRENCIES[m['code']][1]}"
    return _amount(m["number"], m["code"])


@RULES.rule("money", "cents", r"(?P<number>\d+)\s?¢")
def _cents(m: re.Match[str], place: Place) -> str:
    return f"{cardinal(m['number'])} {'cent' if m['number'] == '1' else 'cents'}"


@RULES.rule(
    "money",
    "pounds-shillings-pence",
    r"£(?P<pounds>[\d,]+)\s(?P<shillings>\d{1,2})s\.(?:\s(?P<pence>\d{1,2})d\.)?",
)
def _pounds_shillings(m: re.Match[str], place: Place) -> str:
    shillings = "shilling" if m["shillings"] == "1" else "shillings"
    said = f"{_amount(m['pounds'], '£')} {cardinal(m['shillings'])} {shillings}"
    if m["pence"] and int(m["pence"]):
        said += f" and {_pence(m['pence'])}"
    return said


@RULES.rule("money", "shillings-pence", r"(?P<shillings>\d{1,2})s\.\s(?P<pence>\d{1,2})d\.")
def _shillings_pence(m: re.Match[str], place: Place) -> str:
    return f"{cardinal(m['shillings'])} {'shilling' if m['shillings'] == '1' else 'shillings'} and {_pence(m['pence'])}"


_PRICE = re.compile(r"(?:£\s?\d|\d[sd]\.|\b(?:at|for|of|worth|paid|costs?|price|only|per|is|was)\s+$)")


@RULES.rule("money", "shillings", r"(?P<number>\d{1,2})s\.(?=(?P<goes_on>\s?[,;:]|\s+[a-z]))?")
def _shillings(m: re.Match[str], place: Place) -> str | None:
    if m["goes_on"] is None and not _PRICE.search(place.before()):
        return None
    stop = _full_stop(m, place)
    return f"{cardinal(m['number'])} {'shilling' if m['number'] == '1' else 'shillings'}{stop}"


@RULES.rule("money", "shillings-stroke", r"(?P<number>\d{1,2})/-(?!\w)")
def _shillings_stroke(m: re.Match[str], place: Place) -> str:
    one = m["number"] == "1" or re.match(
        r"\s(?:note|stamp|ticket|piece|seat|bottle)\b", place.after(m.end(), 8)
    )
    return f"{cardinal(m['number'])} {'shilling' if one else 'shillings'}"


@RULES.rule(
    "money",
    "pounds-by-strokes",
    r"£(?P<pounds>[\d,]+)/(?P<shillings>1?\d)/(?P<pence>1[01]|\d)(?![\d/])",
)
def _pounds_by_strokes(m: re.Match[str], place: Place) -> str:
    """£5/10/6."""
    said = _amount(m["pounds"], "£")
    if int(m["shillings"]):
        said += f" {cardinal(m['shillings'])} {'shilling' if m['shillings'] == '1' else 'shillings'}"
    return said + (f" and {_pence(m['pence'])}" if int(m["pence"]) else "")


_SOLD = re.compile(
    r"\b(?:fares?|prices?|priced|costs?|paid|pays?|worth|charged?|charges|bill|fee|rent|wages?|sold|bought|tickets?)\b"
    r"[^.;]{0,16}$"
)
_EACH = re.compile(
    r"\s(?:each|apiece|an? (?:pound|dozen|yard|bottle|head|week|day|piece|pair|copy)|net)\b|,\s\d{1,2}/-"
)


@RULES.rule("money", "shillings-and-pence", r"(?P<shillings>[1-9]|1\d)/(?P<pence>\d|1[01])(?![\d/]|[A-Za-z])")
def _shillings_and_pence(m: re.Match[str], place: Place) -> Spoken | None:
    """The fare was 3/6."""
    if place.before(1) in ("/", ".", "-"):
        return None
    share = int(m["shillings"]) < int(m["pence"]) <= 4 or re.match(
        r"\s(?:of|full|more|less|as|off)\b", place.after(m.end(), 6)
    )
    if not _EACH.match(place.after(m.end())) and (share or not _SOLD.search(place.before())):
        return None
    shillings = "shilling" if m["shillings"] == "1" else "shillings"
    return Spoken(
        f"{cardinal(m['shillings'])} {shillings} and {_pence(m['pence'])}",
        (fraction(int(m["shillings"]), int(m["pence"])),) if m["pence"] != "0" else (),
    )


@RULES.rule("money", "pence-and-part", r"(?P<number>\d{1,2})?(?P<part>[½¼¾])d\.(?![A-Za-z\d])")
def _pence_and_part(m: re.Match[str], place: Place) -> str:
    """1½d., ¾d."""
    stop = _full_stop(m, place)
    if m["number"]:
        part = {"½": "a half", "¼": "a quarter", "¾": "three quarters"}[m["part"]]
        return f"{cardinal(m['number'])} and {part} pence{stop}"
    return {"½": "a halfpenny", "¼": "a farthing", "¾": "three farthings"}[m["part"]] + stop


@RULES.rule("money", "new-pence", r"(?P<number>\d{1,2})p(?![A-Za-z\d]|\.\s?\d)")
def _new_pence(m: re.Match[str], place: Place) -> str:
    """50p."""
    return _pence(m["number"])


@RULES.rule("money", "pence", r"(?P<number>\d{1,2})d\.(?![A-Za-zÀ-ÖØ-öø-ɏ\d])")
def _pennies(m: re.Match[str], place: Place) -> str | None:
    leads = not place.before().strip() and re.match(r"\s+[A-Z]", place.after(m.end(), 3))
    if m["number"][-1] in "23" and (leads or re.search(r"\b[Tt]he\s$", place.before(4))):
        return None  # the 22d. of a month, the 42d of foot; 2d. My nephew has arrived
    stop = _full_stop(m, place)
    return _pence(m["number"]) + stop


def _pence(value: str) -> str:
    return "one penny" if value == "1" else f"{cardinal(value)} pence"


# Pounds, shillings and pence are longer than a plain amount: try them first.
RULES.rules.sort(
    key=lambda rule: (
        rule.name
        not in (
            "caliber",
            "caliber-named",
            "inches-adjective",
            "feet-by-feet",
            "inches-by-inches",
            "feet-then-inches",
            "part-of-an-inch",
            "sums",
            "stone",
            "stone-alone",
            "cups",
            "hours-and-minutes",
            "degrees-minutes",
            "degrees-side",
            "per-so-many",
            "pounds-shillings-pence",
            "pounds-by-strokes",
            "shillings-pence",
            "shillings",
            "pence",
            "pence-and-part",
            "shillings-and-pence",
            "feet-and-inches",
            "percent-range",
            "fraction-unit",
        )
    )
)

"""English numbers in running text: telephone, ordinals, ranges, fractions, codes, years and counts."""

from __future__ import annotations

import re

from normalizers.english.numerals import (
    ONES,
    cardinal,
    decimal,
    digits,
    fraction,
    number,
    ordinal,
    pairs,
    plural,
)
from normalizers.english.units import NUMBER, RACE, UNITS
from normalizers.rules import Place, Rulebook, Spoken, words

RULES = Rulebook()
_SUFFIX = r"(?:st|nd|rd|th|ST|ND|RD|TH)"


def _groups(written: str) -> str:
    return ", ".join(
        "eight hundred" if group == "800" else digits(group) for group in re.findall(r"\d+", written)
    )


@RULES.rule(
    "telephone",
    "telephone",
    r"(?P<plus>\+)?(?:(?P<country>\d{1,3})[-. ])?\(?(?P<area>\d{3})\)?(?P<sep>[-. ]{1,2})?(?P<exchange>"
    r"\d{3})[-. ](?P<line>\d{4})(?:-(?P<extension>\d{1,4}))?(?![\d-])",
)
def _telephone(m: re.Match[str], place: Place) -> str | None:
    if not m["sep"] and "(" not in m[0]:
        return None
    lead = "plus " if m["plus"] else ""
    return lead + _groups(m[0])


@RULES.rule(
    "telephone",
    "area-in-brackets",
    r"\((?P<area>0\d{2,4})\)\s?(?P<number>\d{3,4}[-. ]?\d{3,4})(?!\d)",
)
def _area_in_brackets(m: re.Match[str], place: Place) -> str:
    """(020) 7946-0018."""
    return f"{digits(m['area'])}, {_groups(m['number'])}"


@RULES.rule("telephone", "social-security", r"\d{3}-\d{2}-\d{4}(?![\d-])")
def _social_security(m: re.Match[str], place: Place) -> str:
    return _groups(m[0])


@RULES.rule("telephone", "local-number", r"(?P<exchange>\d{3})-(?P<line>\d{4})(?![\d-]|,\d|\.\d)")
def _local_number(m: re.Match[str], place: Place) -> str | None:
    called = re.search(
        r"\b(?:call(?:ed)?|phone|telephone|tel|dial(?:ed)?|number|fax|at)[:.]?\s+(?:is\s+)?$",
        place.before(16),
        re.I,
    )
    return _groups(m[0]) if m["exchange"] == "555" or (called and not m["line"].endswith("00")) else None


@RULES.rule("telephone", "toll-free-letters", r"(?P<one>1)-(?P<area>8\d\d)-(?P<word>[A-Z\d]+(?:-[A-Z\d]+)*)")
def _toll_free(m: re.Match[str], place: Place) -> str:
    rest = re.sub(r"\d", lambda d: f" {ONES[int(d[0])]} ", m["word"].replace("-", " "))
    return f"one, {cardinal(m['area'])}, {rest.strip()}"


@RULES.rule("telephone", "international", r"\+(?P<number>\d{1,3}(?:[-. ]\(?\d{2,8}\)?){2,5})(?!\d)")
def _international(m: re.Match[str], place: Place) -> str:
    return "plus " + _groups(m["number"])


@RULES.rule("telephone", "trunk", r"0\d{2,4}[ -]\d{3,4}[ -]\d{3,4}(?![\d-]|[.,]\d)")
def _trunk(m: re.Match[str], place: Place) -> str:
    """020 7946 0018."""
    return _groups(m[0])


@RULES.rule("telephone", "named-number", r"\d{3}[ .]\d{4}(?![\d-]|[.,]\d)")
def _named_number(m: re.Match[str], place: Place) -> str | None:
    """Tel: 555 1234."""
    called = re.search(
        r"\b(?:call|phone|telephone|tel|dial|fax|mobile|cell)[.:]{0,2}\s+$", place.before(14), re.I
    )
    return _groups(m[0]) if called else None


@RULES.rule("code", "card-number", r"\d{4}(?:[ -]\d{4}){3}(?![\d-]|[.,]\d)")
def _card_number(m: re.Match[str], place: Place) -> str:
    return _groups(m[0])


@RULES.rule("code", "serial-publication", r"(?P<number>\d{4}-\d{3})(?P<check>[\dXx])(?!\w)")
def _serial_publication(m: re.Match[str], place: Place) -> str | None:
    """ISSN 1234-567X."""
    if not re.search(r"\be?ISSN:?\s$", place.before(8)):
        return None
    return f"{_groups(m['number'])} {digits(m['check']) if m['check'].isdigit() else 'X'}"


@RULES.rule("telephone", "emergency", r"(?P<number>911|999|112|411)(?![\d%-]|[,.]\d|\s?[a-z]*s\b)")
def _emergency(m: re.Match[str], place: Place) -> str | None:
    return (
        digits(m["number"])
        if re.search(
            r"\b(?:call|called|calling|dial|dialed|dialled|dialing|ring|phone|phoned)\s+(?:\d{3},?\s(?:or|and)\s)?$",
            place.before(17),
            re.I,
        )
        else None
    )


@RULES.rule("code", "book-number", r"\d[\d -]{8,15}[\dXx](?!\w)")
def _book_number(m: re.Match[str], place: Place) -> str | None:
    if not re.search(r"\bISBN(?:-1[03])?(?: is)?:?\s$", place.before(14)):
        return None
    return " ".join("X" if c in "Xx" else ONES[int(c)] for c in m[0] if c.isalnum())


@RULES.rule("code", "aircraft", r"(?P<type>7[0-8]7)(?:-(?P<series>[1-9]00))?(?![\d%-]|[.,]\d|\s[a-z]+s\b)")
def _aircraft(m: re.Match[str], place: Place) -> Spoken | None:
    """A 747 is a seven forty seven."""
    if not (m["series"] or re.search(r"\b(?:an?|[Tt]he|[Bb]oeing|jumbo)\s+$", place.before(10))):
        return None
    series = f" {cardinal(m['series'])}" if m["series"] else ""
    return Spoken(house_number(m["type"]) + series, (cardinal(m["type"]),))


@RULES.rule("code", "dotted-quad", r"\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)")
def _dotted_quad(m: re.Match[str], place: Place) -> str:
    return " dot ".join(digits(part) for part in m[0].split("."))


@RULES.rule("code", "version", r"\d{1,4}(?:\.\d{1,4}){2,}(?!\d)")
def _version(m: re.Match[str], place: Place) -> str:
    return " point ".join(cardinal(part) for part in m[0].split("."))


@RULES.rule(
    "fraction",
    "mixed-number",
    r"(?P<whole>\d+)[ -](?P<top>\d{1,3})\s?/\s?(?P<bottom>[1-9]\d{0,3})(?:st|nd|rd|th)?s?(?![\d/])"
    r"(?P<by>\s?[x×]\s?(?=\d))?",
)
def _mixed_number(m: re.Match[str], place: Place) -> str:
    by = " by " if m["by"] else ""
    return f"{cardinal(m['whole'])} and {_part(m['top'], m['bottom'])}{by}"


def _part(top: str, bottom: str) -> str:
    said = fraction(int(top), int(bottom))
    return "a half" if said == "one half" else said


_VULGAR = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3,
5), "⅘": (4, 5),
           "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8), "⅑": (1,
           9), "⅒": (1, 10)}  # fmt: skip


@RULES.rule("fraction", "vulgar-fraction", rf"(?P<whole>\d+)?\s?(?P<part>[{''.join(_VULGAR)}])")
def _vulgar(m: re.Match[str], place: Place) -> str:
    said = fraction(*_VULGAR[m["part"]])
    if not m["whole"]:
        return (
            said.removeprefix("one ") if re.search(r"\ban?\s$", place.before(4), re.I) else said
        )  # a ¼ to 7
    return f"{cardinal(m['whole'])} and {'a half' if said == 'one half' else said}"


@RULES.rule("year", "season", r"(?P<one>(?:1\d|20)\d\d)/(?P<two>0\d)(?![\d/])")
def _season(m: re.Match[str], place: Place) -> str | None:
    """The season 2001/02."""
    if (int(m["one"]) + 1) % 100 != int(m["two"]):
        return None
    return f"{pairs(m['one'])} {'oh ' + cardinal(m['two'][1]) if m['two'] != '00' else 'two thousand'}"


@RULES.rule(
    "fraction",
    "fraction",
    r"(?P<sign>[-−])?(?P<top>\d{1,4})\s?/\s?(?P<bottom>[1-9]\d{0,3})(?P<suffix>st|nd|rd|th|TH|ST|ND|"
    r"RD)?(?P<many>s)?(?![\d/]|[A-Za-z])",
)
def _fraction(m: re.Match[str], place: Place) -> Spoken | None:
    if " " in m[0] and not re.match(r"\d+ / \d+", m[0]):
        return None
    if place.before(1) == "/":
        return None
    top, bottom = int(m["top"]), int(m["bottom"])
    minus = "minus " if m["sign"] and not place.before(1).isalnum() else ""
    if (top == bottom and top > 9) or (
        top + bottom == 100 and top >= 10 and bottom >= 10 and not place.after(m.end(), 4).startswith(" of")
    ):
        return Spoken(f"{cardinal(top)} {cardinal(bottom)}")  # fifty fifty
    if (top, bottom) == (9, 11) and not place.after(m.end(), 4).startswith(" of"):
        return Spoken("nine eleven", ("nine elevenths",))
    if place.before(2) == "FY" and (top + 1) % 100 == bottom:
        return Spoken(f"{cardinal(top)} {cardinal(bottom)}", cls="year")
    if 1400 <= top <= 2100 and (
        1400 <= bottom <= 2100 or (len(m["bottom"]) == 2 and int(m["top"][2:]) + 1 == bottom)
    ):
        return Spoken(f"{pairs(m['top'])} {pairs(m['bottom'])}", cls="year")
    if 1500 <= top <= 2100 and len(m["bottom"]) == 2 and int(m["top"][2:]) < bottom and not m["suffix"]:
        return Spoken(f"{pairs(m['top'])} to {cardinal(bottom)}", cls="year")  # chorales of 1765/69
    over = f"{cardinal(top)} over {cardinal(bottom)}"
    if re.search(r"\b(?:BP|B\.P\.|pressure|vision|open|[Ss]cored?|graded?)[:\s]*$", place.before(12)) or (
        bottom == 7 and top == 24
    ):
        said = f"{cardinal(top)} {'seven' if bottom == 7 else 'over ' + cardinal(bottom)}"
        return Spoken(said, (over,))
    if (
        re.match(
            r"\s(?:hours?|miles?|inch|inches|cups?|pints?|pounds?|teaspoon|tablespoon)", place.after(m.end())
        )
        and top != 1
    ):
        return Spoken(minus + fraction(top, bottom), (over,))
    said = fraction(top, bottom)
    return Spoken(minus + (plural(said) if m["many"] and top == 1 else said), (over,))


@RULES.rule(
    "ordinal",
    "ordinal",
    rf"(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d+)(?:'|\s(?=(?:st|nd|rd|th)\s+(?:century|day|anniversary|street|"
    rf"floor|place|time|year|grade|edition)))?(?P<suffix>{_SUFFIX}|d(?=\s|,\s\d+(?:st|nd|rd|th|d)\b|(?<=\dd)[,.;)]))(?P<many>s|ly)?(?![A-Za-zÀ-ÖØ-öø-ɏ])",
)
def _ordinal(m: re.Match[str], place: Place) -> str | None:
    plain = m["number"].replace(",", "")
    if m["suffix"] == "d" and (
        not plain.endswith(("2", "3"))
        or (
            re.match(r"[,.;)](?!\s\d)", place.after(m.end(), 3))
            and not re.search(r"\b[Tt]he\s$", place.before(4))
            and (
                place.before().strip() or not re.match(r"\.\s+[A-Z]", place.after(m.end(), 4))
            )  # 2d. My nephew
        )
    ):
        return None
    if len(plain) > 1 and plain[0] == "0":
        plain = plain.lstrip("0") or "0"
    said = ordinal(plain)
    if m["many"] == "ly":  # 2ndly, 4thly
        return said + "ly"
    return plural(said) if m["many"] else said


_COUNTABLE = re.compile(
    r"[\s-]+(?:(?:more|other|different|new|old|small|large|great|good|young|mere|such|full|separate|square|"
    r"cubic|foreign|armed|cash|gold|silver|"
    r"white|black|red|dead|live|wild|tame|horse|odd|of (?:them|these|those|the|his|her|their|our|my|its))\s+)*"
    r"(?:[a-z]*(?:s|men|women|people|children|feet|horse|foot|sheep|cattle|fish|cwt|mice|teeth|geese|oxen|"
    r"head|folk|population|apiece|each|strong|dollars)\b)"
)
_NOT_COUNTED = re.compile(
    r"[\s-]+(?:was|is|as|has|his|this|its|hers|theirs|us|thus|versus|plus|always|perhaps|besides|towards|across|"
    r"unless|less|afterwards|onwards|backwards|sometimes|contests|elections|championships|games|olympics|"
    r"editions?|census|series)\b"
)
_COUNT_CUE = re.compile(
    r"(?:\b(?:over|nearly|almost|about|some|than|least|most|only|another|every|exactly|approximately|"
    r"roughly|these|those|"
    r"divide|multiply|add|subtract|costs?|paid|worth|numbering|numbered|total(?:ed|led|ing)?|population|by|times|sold|"
    r"room|flight|boeing|airbus|highway|model)\s+)$",
    re.IGNORECASE,
)
_YEAR_CUE = re.compile(
    r"(?:\b(?:in|since|until|till|by|before|after|from|to|year|years|of|early|late|mid|during|circa|c\.|"
    r"ca\.|between|and|summer|winter|spring|autumn|fall|"
    r"about|around|towards?|born|died|b\.|d\.|back in|as early as|late as|model|the|copyright|©|\d{4},?|"
    r"january|february|march|april|may|june|july|august|"
    r"september|october|november|december)[,:]?\s+\(?|\()$",
    re.IGNORECASE,
)


def is_year(written: str, place: Place, end: int) -> bool:
    """Whether a bare four-digit number is a year rather than a count."""
    value = int(written)
    if not 1000 <= value <= 2999:
        return False
    after = place.after(end, 40)
    before = place.before(24)
    if _NOT_COUNTED.match(after):
        return True
    if _COUNTABLE.match(after):
        if (
            re.match(r"[\s-]+(?:[A-Z]|[a-z]+s\s+(?:of|in)\b)", after)
            and value >= 1900
            and re.search(r"\bthe\s+$", before)
        ):
            return True
        return bool(
            re.search(r"\b(?:in|since|by|until|during)\s+$", before)
            and re.match(r"\s\w+s\s+(?:\w+ed|was|were|had|have|led|held)\b", after)
        )
    if value > 2100:
        return bool(re.search(r"\byears?\s+$", before, re.I)) or bool(
            value % 100 and re.search(r"\b(?:in|by|since|until|till)\s+$", before, re.I)
        )
    if re.match(
        r"\s?(?:x|×|\+|=|÷|\*)\s?\d|\s(?:hundred|thousand|million|billion)\b|\s?(?:of (?:them|these|those|"
        r"the|his|her|their|our|my))\b",
        after,
    ):
        return False
    if value < 1100 and not _YEAR_CUE.search(before):
        return value % 100 != 0 and not _COUNT_CUE.search(before) and value != 1001
    return not (_COUNT_CUE.search(before) and not re.search(r"\b(?:about|by)\s+$", before, re.I)) or bool(
        re.search(r"\b(?:by|about)\s+$", before, re.I)
        and not re.search(r"\b(?:divide|multiply)\b", place.before(), re.I)
    )


@RULES.rule(
    "range",
    "year-range",
    r"(?P<one>1\d{3}|20\d\d)\s?[-–—~]\s?['‘]?(?P<two>1\d{3}|20\d\d|\d\d?)(?![\d,.%]*\d|-|\s?(?!(?:was|is|as|"
    r"has|his|its|this|thus|us)\b)(?:[a-z]*s|feet|men)\b)",
)
def _year_range(m: re.Match[str], place: Place) -> str | None:
    one, two = m["one"], m["two"]
    if (len(two) == 4 and int(two) < int(one)) or (len(two) == 2 and int(two) <= int(one[2:])):
        return None
    if place.before(1) in ("-", "–", "/"):
        return None
    if len(two) == 1 and two <= one[3]:
        return None
    last = (
        pairs(two)
        if len(two) == 4
        else f"oh {cardinal(two[1])}"
        if two[0] == "0" and len(two) == 2
        else cardinal(two)
    )
    return f"{pairs(one)} to {last}"


@RULES.rule(
    "range", "ordinal-range", r"(?P<one>\d{1,3})(?:st|nd|rd|th)?\s?[-–—]\s?(?P<two>\d{1,3})(?:st|nd|rd|th)\b"
)
def _ordinal_range(m: re.Match[str], place: Place) -> str:
    return f"{ordinal(m['one'])} to {ordinal(m['two'])}"


@RULES.rule(
    "arithmetic",
    "times",
    r"(?P<one>\d+(?:\.\d+)?)\s?(?P<sign>[x×])\s?(?P<two>\d+(?:\.\d+)?)(?![\dA-Za-z]|\.\d)(?!\s(?:km|m|cm|mm|yds?|ft)\b)"
    r"(?P<product>\s?=)?",
)
def _times(m: re.Match[str], place: Place) -> Spoken:
    one, two = number(m["one"]), number(m["two"])
    end = m.end("two")
    power = place.after(end, 1)
    return (
        Spoken(f"{one} times {two}", end=end)
        if m["product"] or m["sign"] == "×" or power in tuple("^⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
        else Spoken(f"{one} by {two}", (f"{one} times {two}",), end=end)
    )


@RULES.rule(
    "arithmetic",
    "minus",
    r"(?P<one>\d+(?:\.\d+)?)(?P<left>\s?)[-−–](?P<right>\s?)(?P<two>\d+(?:\.\d+)?)(?=\s?=)",
)
def _minus(m: re.Match[str], place: Place) -> str:
    return f"{number(m['one'])} minus {number(m['two'])}"


@RULES.rule("arithmetic", "timbers", r"(?P<one>[1-9]\d?)\s?[x×]\s?(?P<two>[1-9]\d?)s\b")
def _timbers(m: re.Match[str], place: Place) -> str:
    """2×4s."""
    return f"{cardinal(m['one'])} by {plural(cardinal(m['two']))}"


@RULES.rule(
    "arithmetic",
    "legs",
    r"(?P<legs>\d{1,2}(?:\.\d{1,2})?)\s?[x×]\s?(?P<length>\d[\d,]*)(?P<gap>\s?)(?P<unit>km|m|cm|mm|yds?|ft)(?![A-Za-z\d])",
)
def _legs(m: re.Match[str], place: Place) -> str:
    """A relay of 4x400m."""
    one = RACE.match(place.after(m.end(), 16)) is not None
    return f"{number(m['legs'])} by {number(m['length'])} {UNITS[m['unit']][0 if one else 1]}"


@RULES.rule(
    "symbol",
    "stars",
    r"(?P<stars>[1-7])\*(?=\s(?:hotels?|resorts?|restaurants?|ratings?|reviews?|accommodation|lodges?|spas?|general)\b)",
)
def _stars(m: re.Match[str], place: Place) -> str:
    """A 5* hotel."""
    return f"{cardinal(m['stars'])} star"


@RULES.rule("arithmetic", "so-many-times", r"(?P<number>\d+(?:\.\d+)?)x(?![A-Za-z\d])")
def _so_many_times(m: re.Match[str], place: Place) -> str | None:
    """15.3x earnings, 3x faster; a 10x engineer keeps the letter."""
    more = r"\s(?:as|the|more|less|faster|slower|bigger|larger|smaller|better|worse|higher|lower|longer|stronger)\b"
    if "." not in m["number"] and not re.match(more, place.after(m.end(), 10)):
        return None
    return f"{number(m['number'])} times"


_LETTERED = words(
    "gate flat room seat class form grade year unit section page row platform bus type apartment level stage block "
    "ward cell track exit line plan phase part schedule exhibit figure number chapter door house"
)
"""What has a number with a letter behind it."""


@RULES.rule(
    "cardinal",
    "so-many-thousands",
    r"(?P<number>\d+(?:\.\d+)?)(?P<scale>[kKMB])(?=\s(?P<what>[a-z]+s|people|men|women|children)\b)",
)
def _so_many_thousands(m: re.Match[str], place: Place) -> str | None:
    """2M users, 10k people; a 10k run stays a race, gate 3B a gate."""
    word = place.adjacent_word()
    if word[:1].isupper() or word in _LETTERED or place.before(1).isalnum():
        return None
    if m["what"] in ("runs", "races", "runners", "steps", "is", "was", "has", "as"):
        return None
    scale = {"k": "thousand", "m": "million", "b": "billion"}[m["scale"].lower()]
    return f"{number(m['number'])} {scale}"


@RULES.rule(
    "code",
    "combination",
    r"\d{1,2}(?:-\d{1,2}){2,5}(?![\d-]|[.,:/]\d)|\d{1,2}(?:–\d{1,2}){2}(?![\d–]|[.,:/]\d)",
)
def _combination(m: re.Match[str], place: Place) -> str | None:
    """12-34-6: a lock's, or a double play's."""
    return (
        None
        if place.before(1) in ("-", "/", ".")
        else " ".join(_code(part) for part in re.split("[-–]", m[0]))
    )


@RULES.rule("arithmetic", "spaced-minus", r"(?P<one>\d+(?:\.\d+)?)\s[-−]\s(?P<two>\d+(?:\.\d+)?)(?![\d-])")
def _spaced_minus(m: re.Match[str], place: Place) -> str | None:
    if re.search(
        r"\b(?:solve|calculate|compute|what is|what's|what does|equals?|evaluate|subtract)\b[^.?!]*$",
        place.before(),
        re.I,
    ):
        return f"{number(m['one'])} minus {number(m['two'])}"
    return None


_PRINTED_LABEL = re.compile(
    r"\b(?:Figure|Fig\.|Table|Listing|Example|Exhibit|Diagram|Chart|Equation|figure|table|listing|example)\s$"
)
"""What stands before the number of a figure in its chapter: Listing 17-19 is no range, Figures 3-5 are."""


@RULES.rule(
    "range",
    "range",
    rf"(?P<one>{NUMBER})(?P<gap>\s?)[-–—~]\s?(?P<two>{NUMBER})(?![\d-]|\.\d|:\d)(?P<unit>\s?%)?(?!\s?-\s?\d)",
)
def _range(m: re.Match[str], place: Place) -> Spoken | None:
    one, two = m["one"], m["two"]
    if _PRINTED_LABEL.search(place.before(12)) and one.isdigit() and two.isdigit():
        return Spoken(
            f"{cardinal(one)} dash {cardinal(two)}", (f"{cardinal(one)} to {cardinal(two)}",), cls="code"
        )
    if "—" in m[0] and not m["gap"] and len(one) > 2:
        return None
    if place.before(1).isalpha() or (place.before(2)[:1].isalpha() and place.before(1) == "-"):
        return None
    if re.fullmatch(r"\d{5}-\d{4}", m[0]):
        return None  # a ZIP code
    if one == two and one.isdigit() and len(one) > 1:
        return Spoken(f"{cardinal(one)} {cardinal(two)}")  # fifty-fifty
    if len(one) != len(two) > 2 and two.isdigit() and _NUMBERED.search(place.before(16)):
        return Spoken(f"{_code(one)} {digits(two)}", cls="code")  # case no. 12-345
    if any(part[0] == "0" and len(part) > 1 and part[1] != "." for part in (one, two)):
        return Spoken(f"{_code(one)} {_code(two)}", cls="code")
    percent = " percent" if m["unit"] else ""
    return Spoken(f"{_value(one, place)} to {_value(two, place)}{percent}")


_NUMBERED = re.compile(r"\b(?:[Cc]ase|[Dd]ocket|[Ff]ile|[Ss]uit|[Pp]art|[Ss]erial|[Oo]rder)\s[Nn]o\.?\s+$")


def _value(written: str, place: Place) -> str:
    return number(written)


def _code(written: str) -> str:
    return digits(written) if len(written) > 1 and written[0] == "0" else number(written)


_STREET = (
    r"(?:[NSEW]\.?\s|North\s|South\s|East\s|West\s)?(?:[A-Z][a-z]+\s){0,3}?(?:[A-Z]?[a-z]+\s)?(?:\d+(?:st|"
    r"nd|rd|th)\s)?(?:St|Street|Ave|Avenue|Rd|Road|Dr|Drive|Blvd|Boulevard|Ln|Lane|Ct|Court|Pl|Place|Way|"
    r"Hwy|Highway|Terrace|Circle)\b"
)


@RULES.rule("address", "house-number", rf"(?P<number>\d{{3,4}})(?=\s{_STREET}|\s[NSEW]\.?\s(?:[A-Z]|\d))")
def _house_number(m: re.Match[str], place: Place) -> Spoken | None:
    if re.search(r"\b(?:in|since|year|of)\s+$", place.before(8), re.I):
        return None
    return Spoken(house_number(m["number"]), (cardinal(m["number"]),))


def house_number(written: str) -> str:
    """`123` → one twenty three, `1428` → fourteen twenty eight, `105` → one oh five, `200` → two hundred."""
    if len(written) == 3:
        if written.endswith("00"):
            return cardinal(written)
        tail = f"oh {cardinal(written[2])}" if written[1] == "0" else cardinal(written[1:])
        return f"{cardinal(written[0])} {tail}"
    return cardinal(written) if written.endswith("000") or written[0] == "0" else pairs(written)


@RULES.rule("address", "zip-code", r"\d{5}(?:-\d{4})?(?!\d|,\d|-|\.\d)")
def _zip(m: re.Match[str], place: Place) -> str | None:
    return (
        _groups(m[0])
        if re.search(
            r"(?:,\s(?:[A-Z]{2}|[A-Z][a-z]+),?|\bzip(?: code)?:?|\b[A-Z][a-z]+\s[A-Z][a-z]+,?)\s$",
            place.before(28),
        )
        else None
    )


@RULES.rule("code", "long-number", r"\d{13,}(?![\d,.]*\d)")
def _long(m: re.Match[str], place: Place) -> str:
    return digits(m[0])


@RULES.rule("code", "identifier", r"\d+")
def _identifier(m: re.Match[str], place: Place) -> str | None:
    """Numbers after PIN, PMID, ISBN, flight-like cues are read digit by digit."""
    if (
        re.search(
            r"\b(?:PMID|PIN|ISBN|ISSN|SSN|ID|code|password|extension|ext\.?|account(?: number)?|serial number|"
            r"zip)[:#]?\s+$",
            place.before(20),
            re.I,
        )
        and len(m[0]) >= 4
    ):
        return digits(m[0])
    return None


@RULES.rule("number", "spaced-thousands", r"\d{1,3}(?: \d{3}){2,}(?!\d)")
def _spaced_thousands(m: re.Match[str], place: Place) -> str:
    return cardinal(m[0].replace(" ", ""))


_CODE = re.compile(r"\d+|[A-Za-z]+|[^\dA-Za-z]+")


@RULES.rule("serial", "number-ers", r"(?P<number>\d{2})ers\b")
def _ers(m: re.Match[str], place: Place) -> str:
    """49ers: forty niners."""
    said = cardinal(m["number"])
    return said + ("rs" if said.endswith("e") else "ers")


@RULES.rule(
    "serial",
    "serial",
    r"\d+(?:[A-Za-z]+\d*|-[A-Za-z]{1,3}-\d[\w-]*|(?:-\d+){3,}[\w-]*|-\d+(?:-[A-Za-z]+)+[\w-]*)+(?![A-Za-zÀ-ÖØ-öø-ɏ0-9])",
)
def _serial(m: re.Match[str], place: Place) -> str | None:
    """Codes that begin with a digit: 3D, 2nd-hand stays an ordinal, 1-413-te-b-1-5."""
    written = m[0]
    glued = place.before(1).isalpha()
    if (
        not glued
        and re.fullmatch(r"\d{3,4}[A-Za-z]", written)
        and re.match(rf"\s{_STREET}", place.after(m.end()))
    ):
        return f"{house_number(written[:-1])} {written[-1]}"
    if not glued and re.fullmatch(r"(?:1[5-9]|20)\d\d[a-e]", written):
        return f"{pairs(written[:4])} {written[4]}"  # Wolff 1996a
    word = written.lstrip("0123456789")
    if not glued and re.fullmatch(r"[a-z]{3,}", word):
        return f"{cardinal(written[: -len(word)])} {word}"
    return spell_code(written)


def spell_code(written: str) -> str:
    """Letters and digits of a code: `B2A23C` → B two A twenty three C; groups of three digits and more digit by digit
    unless they stand alone."""
    out: list[str] = []
    for part in _CODE.findall(written):
        if part.isdecimal() and len(part) == 4 and re.fullmatch(r"\d+p", written):
            out.append(pairs(part))  # 1080p
        elif part.isdecimal():
            out.append(_code(part) if len(part) <= 3 or part.endswith("00") else digits(part))
        elif part.isalpha():
            out.append(part)
        elif part.strip("-"):
            out.append(part.strip("-"))
    return " ".join(out)


@RULES.rule("number", "signed-number", rf"(?P<sign>[-+~≈]|±\s?)(?P<number>{NUMBER})(?!\d)")
def _signed(m: re.Match[str], place: Place) -> str | Spoken | None:
    before = place.before(2)
    sign = m["sign"].rstrip()
    if sign == "-" and (before[-1:].isalnum() or before[-1:] in (")", "-", "'")):
        return None
    if sign == "+" and before[-1:].isalnum():
        return f" plus {number(m['number'])}"
    word = {"-": "minus", "+": "plus", "±": "plus or minus", "~": "about", "≈": "approximately"}[sign]
    if sign in "~≈":
        return Spoken(f"{word} ", end=m.start("number"))  # ~3s: what follows is read with its unit
    return f"{word} {number(m['number'])}"


@RULES.rule("number", "hash-number", r"#\s?(?P<number>\d+)(?:-(?P<last>\d+)(?![\d-]))?(?![A-Za-zÀ-ÖØ-öø-ɏ])")
def _hash_number(m: re.Match[str], place: Place) -> str:
    if m["last"] and int(m["number"]) < int(m["last"]):
        return f"numbers {cardinal(m['number'])} to {cardinal(m['last'])}"
    if m["last"]:
        return f"number {cardinal(m['number'])} {cardinal(m['last'])}"
    return f"number {cardinal(m['number'])}"


@RULES.rule("decimal", "decimal", r"(?P<whole>\d{1,3}(?:,\d{3})+|\d*)\.(?P<part>\d+)(?![\d]|\.\d)")
def _decimal(m: re.Match[str], place: Place) -> str | None:
    if not m["whole"] and place.before(1).isdigit():
        return None
    return decimal(m["whole"].replace(",", ""), m["part"])


@RULES.rule("cardinal", "thousands", r"\d{1,3}(?:,\d{3})+(?!\d)")
def _thousands(m: re.Match[str], place: Place) -> str:
    return cardinal(m[0].replace(",", ""))


_THREE_BY_PAIRS = re.compile(
    r"\b(?:flight|room|rm\.|suite|ste\.|rte|highway|interstate|route|boeing|airbus|bus|channel)\s+$",
    re.IGNORECASE,
)


_ROOM = re.compile(
    r"\b(?:room|suite|flat|apartment|apt\.?|flight|bus|route|highway|locker|extension)\s(?:no\.\s|number\s)?$",
    re.I,
)


@RULES.rule("cardinal", "whole-number", r"\d+")
def _whole(m: re.Match[str], place: Place) -> Spoken:
    written = m[0]
    count = cardinal(written)
    if place.before(1).isalpha() or (place.before(1) == "-" and place.before(2)[:1].isalpha()):
        return (
            Spoken(" " + _after_letters(written, place), cls="serial")
            if place.before(1).isalpha()
            else Spoken(_after_letters(written, place), cls="serial")
        )
    if len(written) == 4 and written[0] != "0":
        said = pairs(written)
        if _ROOM.search(place.before(24)):
            return Spoken(house_number(written), (count,), cls="serial")
        if is_year(written, place, m.end()):
            return Spoken(said, (count,), cls="year")
        return Spoken(count, (said,) if 1000 <= int(written) <= 2100 else ())
    if len(written) == 3 and not written.endswith("00") and _THREE_BY_PAIRS.search(place.before(12)):
        return Spoken(house_number(written), (count,), cls="serial")
    return Spoken(count)


def _after_letters(written: str, place: Place) -> str:
    """Digits glued to letters: MP3, t2000, fm101, fifa2016."""
    letters = re.search(r"[A-Za-z]+-?$", place.before(16))
    word = letters[0] if letters else ""
    if len(written) == 4 and written[:2] in ("19", "20") and (len(word) > 2 or word in ("FY", "CY")):
        return pairs(written)
    if (
        written.endswith("00")
        or len(written) <= 2
        or (len(written) == 3 and not word.isupper() and len(word) < 3)
    ):
        return _code(written)
    return digits(written)

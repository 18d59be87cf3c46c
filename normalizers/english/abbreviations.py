"""English abbreviations by context, initials, states."""

from __future__ import annotations

import re

from normalizers.english.scripture import PATTERN as SCRIPTURE
from normalizers.english.units import COMPASS, RATE, UNITS, say_rate
from normalizers.rules import Place, Rulebook, Spoken, words

RULES = Rulebook()

TITLES = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Messrs": "Messieurs", "Dr": "Doctor", "Drs": "Doctors",
    "Prof": "Professor", "Gen": "General",
    "Col": "Colonel", "Capt": "Captain", "Lt": "Lieutenant", "Lieut": "Lieutenant", "Sgt": "Sergeant",
    "Sergt": "Sergeant", "Maj": "Major",
    "Cpl": "Corporal", "Pvt": "Private", "Rev": "Reverend", "Revd": "Reverend", "Hon": "Honorable",
    "Gov": "Governor", "Sen": "Senator", "Rep": "Representative",
    "Pres": "President", "Adm": "Admiral", "Cmdr": "Commander", "Comdr": "Commander",
    "Supt": "Superintendent", "Insp": "Inspector", "Mme": "Madame",
    "Mlle": "Mademoiselle",
    "Mdlle": "Mademoiselle", "Mlles": "Mesdemoiselles", "Mmes": "Mesdames", "Mdme": "Madame",
    "Brig": "Brigadier", "Cdr": "Commander", "Fr": "Father",
    "Bp": "Bishop", "Abp": "Archbishop", "Msgr": "Monsignor",
    "Gens": "Generals", "Profs": "Professors", "Capts": "Captains",
    "Sr": "Senior", "Jr": "Junior", "Esq": "Esquire", "Rt": "Right", "Atty": "Attorney", "Det": "Detective",
    "Ald": "Alderman", "Dist": "District",
}  # fmt: skip
"""Written before a name; the full stop never ends a sentence (except Jr., Sr., Esq., which follow one)."""

GENERAL = {
    "vs": "versus", "etc": "et cetera", "Inc": "Incorporated", "Ltd": "Limited", "Corp": "Corporation",
    "Bros": "Brothers", "Assn": "Association",
    "Dept": "Department", "Univ": "University", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road",
    "Hwy": "Highway", "Mt": "Mount", "Mts": "Mountains",
    "Ft": "Fort", "approx": "approximately", "Approx": "Approximately", "dept": "department", "est": "estimated",
    "misc": "miscellaneous", "govt": "government",
    "viz": "namely", "cf": "compare", "ca": "circa", "Vol": "Volume", "vol": "volume", "Vols": "Volumes",
    "vols": "volumes", "Chap": "Chapter", "chap": "chapter",
    "chaps": "chapters", "Ch": "Chapter", "ch": "chapter", "Fig": "Figure", "fig": "figure",
    "Figs": "Figures", "figs": "figures", "Sec": "Section", "sec": "section", "Art": "Article",
    "art": "article", "Eq": "Equation", "Tel": "telephone", "tel": "telephone", "Ext": "extension", "ext": "extension",
    "Apt": "Apartment", "apt": "apartment",
    "Pt": "Part", "Bk": "Book", "Ph": "Ph", "Nos": "numbers", "nos": "numbers", "inst": "instant",
    "ult": "ultimo", "prox": "proximo", "viii": "eight",
    "fol": "folio", "lib": "liber", "Mss": "manuscripts", "MSS": "manuscripts", "MS": "manuscript",
    "ms": "manuscript", "Cie": "Company",
    "Sq": "Square", "asst": "assistant", "Asst": "Assistant", "Ste": "Saint", "Ln": "Lane", "Pkwy": "Parkway",
    "Pl": "Place", "Ct": "Court", "Terr": "Terrace",
}  # fmt: skip
"""Expanded wherever they stand with their full stop."""

FIRST_NAMES = {
    "Wm": "William", "Chas": "Charles", "Geo": "George", "Jas": "James", "Thos": "Thomas", "Robt": "Robert",
    "Jno": "John", "Benj": "Benjamin",
    "Saml": "Samuel", "Danl": "Daniel", "Richd": "Richard", "Fredk": "Frederick", "Edw": "Edward",
    "Jos": "Joseph", "Nath": "Nathaniel", "Nathl": "Nathaniel", "Alex": "Alexander", "Theo": "Theodore",
    "Eliz": "Elizabeth", "Margt": "Margaret",
}  # fmt: skip
"""Names as registers and letters of the last centuries shorten them."""

_PERIODLESS = words("Mr Mrs Ms Messrs Mme Mlle Revd Lieut Prof Sgt Capt Supt Blvd Ltd Bros vs")
"""Expanded without a full stop too (British style)."""
_BEFORE_NUMBER = words(
    "Vol vol Vols vols Chap chap chaps Ch ch Fig fig Figs figs Sec sec Art art Eq Tel tel Ext ext Apt apt Pt Bk "
    "Nos nos fol lib ca"
)
"""Expanded only before a number or a Roman numeral."""

SENTENCE_STARTERS = words(
    "The A An I He She It We They You This That These Those There Then But And So If When While What Who "
    "Why How Where In On At As By For From To With "
    "After Before His Her Its Their My Our Your No Not Nor Or Yes Now Once One All Some Every Each Such "
    "Here Perhaps Nobody Everybody Suddenly Meanwhile "
    "Is Are Was Were Did Do Does Had Has Have Will Would Could Should Can May Might Must Let Please Only "
    "Even Still Though Although Because Since Until"
)
_ENDS = re.compile(r"\s*[\"”’')\]]*(?:$|\s+[\"“‘'(]?[A-Z])|\s*--?\s*[A-Z]|\s*[\"”]")


_GOES_ON = re.compile(r"\s(?:[NS]\.?[EW]\b|[NSEW]\.)")
"""The quarter of the compass behind a street or a distance."""


def stop_after(place: Place, end: int) -> str:
    """The full stop an abbreviation shares with its sentence: '.' where the sentence ends here, else nothing."""
    after = place.after(end)
    return "." if _ENDS.match(after) and not _GOES_ON.match(after) else ""


def next_word(place: Place, end: int) -> str:
    m = re.match(r"\s*[\"“‘'(]?([A-Za-z]+)", place.after(end))
    return m[1] if m else ""


def _cased(written: str, full: str) -> str:
    """MR. in a heading in capitals: MISTER."""
    return full.upper() if len(written) > 1 and written.isupper() else full


@RULES.rule("abbreviation", "et-cetera", r"(?:&c|[Ee]tc)\b\.?")
def _et_cetera(m: re.Match[str], place: Place) -> str:
    return "et cetera" + (stop_after(place, m.end()) if m[0].endswith(".") else "")


@RULES.rule("abbreviation", "saint-or-street", r"(?P<word>[Ss]t|ST)(?P<stop>\.?)(?![A-Za-zÀ-ÖØ-öø-ɏ])")
def _saint_or_street(m: re.Match[str], place: Place) -> Spoken | None:
    before = place.before()
    following = place.after(m.end())
    following_word = next_word(place, m.end())
    named = bool(re.match(r"\s+[A-Z]", following)) or (
        bool(re.match(r"\s+[a-z]+'s\b", following)) and bool(m["stop"])
    )
    street_name = re.search(
        r"(?:\b\d+(?:st|nd|rd|th)|\b[NSEW]|(?:^|[\s(\"“])(?P<name>[A-Z][A-Za-z']+))\.?\s+$", before
    )
    starter = following_word in SENTENCE_STARTERS or not following_word
    if m["word"] == "ST" and not m["stop"]:
        # A company, a machine or a caste in capitals (Atari ST) as often as a street or a saint.
        if re.match(
            r"\s+[A-Z]{2,}'S\b|\s+(?:JOHN|PAUL|PETER|JAMES|GEORGE|MARY|LOUIS|ANDREW|DAVID|MICHAEL|THOMAS|"
            r"HELEN|MARTIN)\b",
            following,
        ):
            return Spoken("SAINT")
        return None
    saint = _cased(m["word"] + m["stop"], "Saint")
    if re.search(
        r"\b(?:Mr|Mrs|Miss|Ms|Lady|Lord|Sir|Captain|Colonel|Mister|Missus)\.?\s+[A-Z][a-z]+\s+$", before
    ):
        return Spoken(saint, ("Street",))
    if re.match(r"\s*[-–]\s?[A-Z]", following) and not street_name:
        return Spoken(saint, ("Street",))
    if street_name:
        numbered = re.search(
            r"\b\d+[A-Za-z]?\s+(?:[NSEW]\.?\s+)?(?:[A-Z][\w']*\s+){0,3}$|\d(?:st|nd|rd|th)\s+$", before
        )
        titled = street_name["name"] in (
            "Miss",
            "Mister",
            "Mr",
            "Mrs",
            "Sir",
            "Lord",
            "Lady",
            "Dr",
            "Doctor",
            "Father",
            "Mount",
            "Fort",
            "Port",
            "The",
            "And",
            "But",
            "In",
            "At",
            "From",
            "To",
            "Of",
            "For",
            "Good",
            "Holy",
            "Great",
            "Captain",
            "Colonel",
            "General",
            "Major",
        )
        if not named or (starter and (numbered or not titled)) or (numbered and not titled):
            if not named and not starter and not m["stop"] and m["word"] == "St":
                pass
            stop = m["stop"] and stop_after(place, m.end())
            return Spoken(("Street" if m["word"][0] == "S" else "street") + stop, ("Saint",))
    if named and not (starter and street_name):
        return Spoken(saint, ("Street",))
    if m["word"] == "st" and not m["stop"] and not named:
        return Spoken("street", ("Saint",)) if street_name or re.search(r"\d\S*\s+$", before) else None
    if m["stop"] or street_name:
        return Spoken("Street" + (stop_after(place, m.end()) if m["stop"] else ""), ("Saint",))
    return None


@RULES.rule("abbreviation", "doctor-or-drive", r"(?P<word>[Dd]r|DR)(?P<stop>\.?)(?![A-Za-zÀ-ÖØ-öø-ɏ])")
def _doctor_or_drive(m: re.Match[str], place: Place) -> Spoken | None:
    before = place.before()
    following = place.after(m.end())
    following_word = next_word(place, m.end())
    if m["word"] == "DR" and not m["stop"]:
        if re.search(r"\($", before) and following.startswith(")"):
            return Spoken("Doctor")
        return None
    named = bool(re.match(r"\s+(?:[A-Z]|de\b|van\b|von\b|d')", following))
    street_name = re.search(r"[A-Z][A-Za-z']+\s+$", before)
    if named and not (
        street_name
        and following_word in SENTENCE_STARTERS
        and re.search(r"\b\d+\s+(?:[A-Z]\w*\s+)+$", before)
    ):
        return Spoken(_cased(m[0], "Doctor"), ("Drive",))
    if street_name:
        stop = stop_after(place, m.end()) if m["stop"] else ""
        return Spoken(("Drive" if m["word"][0] == "D" else "drive") + stop, ("Doctor",))
    if m["stop"] or following_word[:1].isupper():
        stop = "." if m["stop"] and re.match(r"\s*[\"”’')]*$", following) and before.strip() else ""
        return Spoken(_cased(m[0], "Doctor") + stop, ("Drive",))
    return None


@RULES.rule(
    "abbreviation",
    "number",
    r"(?P<word>[Nn]o|NO)(?P<stop>\.|°|º)?(?P<gap>\s*)(?=(?P<digit>\d)|(?P<letter>[A-Z]\d|"
    r"[IVXLC]{2,}\b|[IVX]\b(?!\s+[a-z]))|(?P<rest>))",
)
def _number(m: re.Match[str], place: Place) -> Spoken | None:
    word = "Number" if m["word"][0] == "N" and not place.word_before() else "number"
    case = re.search(
        r"\b(?:case|serial|order|file|part|catalog(?:ue)?|docket|lot|item|patent|bill|registration|roll|"
        r"opus|invoice)\s+$",
        place.before(),
        re.I,
    )
    if m["digit"]:
        if m["stop"]:
            if re.search(r"\bI\s+$", place.before(4)):
                return None
            return Spoken(word + " ")
        if not m["gap"]:
            return None
        if m["word"] != "no" or re.search(
            r"(?:[,;:(#]|\b(?:number|song|route|room|bus|line|page|house|gate|track|platform|channel|exit|"
            r"apartment|hadith|school|player|flat|box|cell))\s*$",
            place.before(),
            re.I,
        ):
            if (
                m["word"] == "No"
                and re.search(r"\d(?:\s+\w+){1,2}s\b", place.after(m.end(), 24))
                and not place.word_before()
            ):
                return None
            return Spoken(word + " ")
        return None
    if m["stop"] and m["letter"]:
        return Spoken(word + " ")
    if m["stop"] and case:
        return Spoken("number" + stop_after(place, m.end()) + m["gap"])
    if m["stop"] == "." and (
        re.match(r"of\s[a-z]", place.after(m.end(), 4))
        or re.search(r"\b[Tt]el(?:ephone|\.)?\s$", place.before(11))
    ):
        return Spoken(word + m["gap"])
    return None


@RULES.rule("abbreviation", "care-of", r"c/o(?=\s(?:[A-Z\d]|the\b))")
def _care_of(m: re.Match[str], place: Place) -> str:
    return "care of"


@RULES.rule("abbreviation", "with", r"(?P<word>[Ww])/(?P<out>o)?(?=\s?[A-Za-z\d])")
def _with(m: re.Match[str], place: Place) -> str | None:
    if not m["out"] and place.after(m.end(), 1) != " ":
        return None
    return ("W" if m["word"] == "W" else "w") + ("ithout" if m["out"] else "ith")


@RULES.rule("abbreviation", "first-name", rf"(?P<name>{'|'.join(FIRST_NAMES)})\.(?![A-Za-zÀ-ÖØ-öø-ɏ])")
def _first_name(m: re.Match[str], place: Place) -> str | None:
    if re.match(r"\s+(?:[A-Z]\.?\s)?[A-Z][a-z]", place.after(m.end(), 8)):
        return FIRST_NAMES[m["name"]]
    return None


@RULES.rule("abbreviation", "numbers", r"(?:(?:[Nn]os|NOS)\.?\s+(?=\d)|[Nn]os\.\s(?=of\s[a-z]))")
def _numbers(m: re.Match[str], place: Place) -> str:
    return "numbers "


@RULES.rule("abbreviation", "pages", r"(?P<many>[Pp][Pp])\.\s?(?=(?P<number>\d|[ivxlc]+\b)|)")
def _pages(m: re.Match[str], place: Place) -> str | None:
    if re.search(r"\d\s$|\b(?:few|many|several)\s$", place.before(8)):
        rest = stop_after(place, m.end("many") + 1) + m[0][3:]
        return "pages" + rest  # the first 50 pp. are dull
    return "pages " if m["number"] else "P P" + ("." if m[0].endswith(".") else "")


@RULES.rule("abbreviation", "page", r"[Pp]\.\s?(?=\d{1,4}(?:n|ff?)?\b|[ivxlc]+\b)")
def _page(m: re.Match[str], place: Place) -> str | None:
    return None if place.before(1) == "." else "page "


@RULES.rule("abbreviation", "latin", r"(?:e\.\s?g\.|i\.\s?e\.|[Nn]\.\s?B\.|[Qq]\.\s?v\.)")
def _latin(m: re.Match[str], place: Place) -> str:
    key = re.sub(r"[^a-z]", "", m[0].lower())
    return {"eg": "for example", "ie": "that is", "nb": "nota bene", "qv": "which see"}[key]


@RULES.rule("abbreviation", "also-known-as", r"(?:a\.\s?k\.\s?a\.|aka(?=\s[\"“‘A-Z]))")
def _also_known_as(m: re.Match[str], place: Place) -> str:
    return "also known as"


@RULES.rule("abbreviation", "following", r"ff\.?(?![A-Za-z])")
def _following(m: re.Match[str], place: Place) -> str | None:
    """pp. 114 ff."""
    if not re.search(r"\d\s?$", place.before(4)):
        return None
    gap = "" if place.before(1).isspace() else " "
    return f"{gap}and following" + (stop_after(place, m.end()) if m[0].endswith(".") else "")


@RULES.rule("abbreviation", "by-the-year", r"p\.\s?a\.")
def _by_the_year(m: re.Match[str], place: Place) -> str:
    """£1,250 p.a."""
    return "per annum" + stop_after(place, m.end())


@RULES.rule("abbreviation", "citation", r"(?P<said>[Ii]bid|et al|(?:op|loc)\. cit)\.")
def _citation(m: re.Match[str], place: Place) -> str:
    """et al., ibid., op. cit.: said as they are written, without a stop."""
    return m["said"].replace(".", "") + stop_after(place, m.end())


@RULES.rule("abbreviation", "note-of-page", r"(?P<word>nn?)\.\s?(?=\d)")
def _note_of_page(m: re.Match[str], place: Place) -> str | None:
    """p. 7 n. 2."""
    if not re.search(r"\b(?:pp?\.|pages?)\s?[\d\w]+,?\s$", place.before(16)):
        return None
    return "note " if m["word"] == "n" else "notes "


_BEFORE_PLACE = {
    "Rte": "Route", "Rm": "Room", "Ste": "Suite", "Hwy": "Highway", "Bldg": "Building", "Lat": "Latitude",
    "lat": "latitude", "Long": "Longitude", "long": "longitude", "col": "column", "cols": "columns",
    "para": "paragraph", "paras": "paragraphs", "par": "paragraph", "pars": "paragraphs", "Op": "Opus", "op": "opus",
    "tbl": "table", "Tbl": "Table", "app": "appendix", "App": "Appendix", "Sc": "Scene", "sc": "scene",
    "Ca": "Circa", "ser": "series", "Fl": "Floor", "Rt": "Route", "pl": "plate", "MS": "manuscript",
    "max": "maximum", "min": "minimum", "avg": "average", "Max": "Maximum", "Min": "Minimum", "Avg": "Average",
    "ed": "edition",
}  # fmt: skip
_PLACE_NUMBER = r"(?=\d|[IVXLC]+\b|[ivxlc]+\b|[A-H]\b)"


@RULES.rule(
    "abbreviation", "place-number", rf"(?P<word>{'|'.join(_BEFORE_PLACE)})(?P<stop>\.?)\s{_PLACE_NUMBER}"
)
def _place_number(m: re.Match[str], place: Place) -> str | None:
    """Rte 66, Rm. 101, lat. 51°, Sc. iii, app. C."""
    if not place.after(m.end(), 1).isdigit() and m["word"].lower() not in ("sc", "app", "tbl", "par", "op"):
        return None
    if not m["stop"] and m["word"] not in ("Rte", "Rm", "Hwy", "Bldg"):
        return None
    return _BEFORE_PLACE[m["word"]] + " "


_AFTER_ORDINAL = {
    "Fl": "Floor", "fl": "floor", "c": "century", "cent": "century", "mill": "millennium",
    "Bn": "Battalion", "Batt": "Battalion", "Regt": "Regiment", "Div": "Division",
    "Bde": "Brigade", "Ed": "Edition", "ed": "edition",
}  # fmt: skip


@RULES.rule("abbreviation", "after-ordinal", rf"(?P<word>{'|'.join(_AFTER_ORDINAL)})\.(?![A-Za-z])")
def _after_ordinal(m: re.Match[str], place: Place) -> str | None:
    """3rd Fl., 23rd Regt., 2nd ed."""
    arm = r"(?:(?:Airborne|Infantry|Inf\.|Cavalry|Cav\.|Armou?red|Panzer|Marine|Mountain|Rifle|Guards)\s)?"
    if not re.search(rf"\d(?:st|nd|rd|th|d)[\s-]{arm}$", place.before(16)):
        return None
    stop = "" if re.match(r"\s(?:B\.?C|C\.?E|A\.?D)", place.after(m.end(), 4)) else stop_after(place, m.end())
    return _AFTER_ORDINAL[m["word"]] + stop


_ROAD = r"(?:Ave|Avenue|St|Street|Rd|Road|Dr|Drive|Blvd|Boulevard|Pl|Place|Ct|Court|Ln|Lane|Way|Hwy|Highway)"


@RULES.rule("address", "quarter", r"(?P<one>[NS])(?P<stop>\.?)(?P<two>[EW])(?P=stop)(?![A-Za-z\d])")
def _quarter_of_compass(m: re.Match[str], place: Place) -> str | None:
    """1600 Pennsylvania Ave. NW, two miles NE of Oxford, the S.W. corner."""
    said = COMPASS[m["one"]] + COMPASS[m["two"]]
    stop = stop_after(place, m.end()) if m["stop"] else ""
    if re.search(rf"\b{_ROAD}\.?,?\s$", place.before(12)):
        return said.capitalize() + stop
    if re.search(r"\b(?:mi|miles?|km|yards?|feet|ft|leagues?|due)\.?\s$", place.before(10)) or re.match(
        r"\s(?:of|by|corner|coast|side|wall|end|wing|angle|winds?|gale|slope|face|tower)\b",
        place.after(m.end(), 9),
    ):
        return said + stop
    if re.match(r"\s(?:Territor(?:y|ies)|Passage|Frontier|Provinces?)\b", place.after(m.end(), 12)):
        return said.capitalize()
    return None


_SIDE_NAMED = (
    r"(?:America|Africa|Asia|Europe|Atlantic|Pacific|Carolina|Dakota|Virginia|Korea|Vietnam|Germany|Ireland|Wales|"
    r"Australia|Rhodesia|Sudan|Yemen|Indies|Devon|Yorkshire|Riding|Shropshire|Midlands)(?:n|ns|ern)?"
)


@RULES.rule("address", "side-named", rf"(?P<side>[NSEW])\.(?=\s{_SIDE_NAMED}\b)")
def _side_named(m: re.Match[str], place: Place) -> str | None:
    """N. America, W. Virginia."""
    return None if re.search(r"[A-Z]\.?\s?$", place.before(3)) else COMPASS[m["side"]].capitalize()


@RULES.rule("abbreviation", "saints", r"(?:Sts|SS)\.(?=\s[A-Z][a-z]+(?:,|\sand\s)[^.]*[A-Z])")
def _saints(m: re.Match[str], place: Place) -> str:
    """SS. Peter and Paul."""
    return "Saints"


_MADE = {
    "ed": "edited", "trans": "translated", "transl": "translated", "comp": "compiled", "illus": "illustrated",
    "Ed": "Edited", "Trans": "Translated", "Comp": "Compiled", "Illus": "Illustrated",
}  # fmt: skip


@RULES.rule("abbreviation", "made-by", rf"(?P<word>{'|'.join(_MADE)})\.(?=\sby\b)")
def _made_by(m: re.Match[str], place: Place) -> str:
    """Trans. by C. Garnett."""
    return _MADE[m["word"]]


_ELIDED = {
    "int'l": "international", "nat'l": "national", "ass'n": "association", "gov't": "government",
    "dep't": "department", "comm'n": "commission", "cont'd": "continued", "sec'y": "secretary",
}  # fmt: skip


@RULES.rule("abbreviation", "elided", rf"(?P<word>{'|'.join(_ELIDED)})\b", re.IGNORECASE)
def _elided(m: re.Match[str], place: Place) -> str:
    full = _ELIDED[m["word"].lower()]
    return full.upper() if m["word"].isupper() else full.capitalize() if m["word"][0].isupper() else full


@RULES.rule("abbreviation", "mark", r"M[kK]\.?\s?(?=\d|[IVX]+\b)")
def _mark(m: re.Match[str], place: Place) -> str:
    """A Mk. II."""
    return "Mark "


@RULES.rule(
    "abbreviation",
    "per-unit",
    r"(?P<unit>lb|hr|yr|min|sec|wk|mo|gal|ft|mi|yd|doz|cwt|oz|kg|km|cm|sq\.? ft)\b\.?",
)
def _per_unit(m: re.Match[str], place: Place) -> str | None:
    """$5 per lb."""
    if not place.before(4).endswith("per "):
        return None
    stop = stop_after(place, m.end()) if m[0].endswith(".") else ""
    return (UNITS.get(m["unit"]) or UNITS[m["unit"] + "."])[0] + stop


@RULES.rule("abbreviation", "company-letter", r"Co\.(?=\s[A-K]\b)")
def _company_letter(m: re.Match[str], place: Place) -> str:
    """Co. B of a regiment."""
    return "Company"


@RULES.rule("abbreviation", "company", r"(?P<word>Co|CO)\.(?=(?P<own>'s)?)")
def _company(m: re.Match[str], place: Place) -> str | None:
    if re.search(
        r"(?:&|\band|\bTrading|\bInsurance|\bRailway|\bMining|\bOil|\bSteel)\s+$", place.before(), re.I
    ) or place.after(m.end()).startswith((",", " Ltd", " Inc")):
        return ("COMPANY" if m["word"] == "CO" else "Company") + stop_after(place, m.end())
    if place.adjacent_word()[:1].isupper() and re.match(r"(?:'s)?\s+[a-z]", place.after(m.end(), 5)):
        return "Company"  # Ford Motor Co. announced
    return (
        "County"
        if re.match(r"\s+[A-Z][a-z]+", place.after(m.end())) and not place.word_before()[:1].isupper()
        else None
    )


@RULES.rule(
    "abbreviation", "junior", r"(?P<word>Jr|Sr|Esq|JR|SR|ESQ|jun|sen)(?P<stop>\.?)(?![A-Za-zÀ-ÖØ-öø-ɏ])"
)
def _junior(m: re.Match[str], place: Place) -> str | None:
    if not m["stop"] and not place.adjacent_word()[:1].isupper():
        return None
    both = m["stop"] and re.search(r"\b(?:[JS]r|[JS]R)\.,?\s(?:and|or|&)\s$", place.before(10))
    if not both and not place.word_before()[:1].isupper():
        return None
    full = {"jr": "Junior", "sr": "Senior", "esq": "Esquire", "jun": "Junior", "sen": "Senior"}[
        m["word"].lower()
    ]
    return full + (stop_after(place, m.end()) if m["stop"] else "")


@RULES.rule(
    "abbreviation",
    "title",
    rf"(?P<word>(?i:{'|'.join(sorted(TITLES, key=len, reverse=True))}))(?P<stop>\.?)(?![A-Za-zÀ-ÖØ-öø-ɏ])",
)
def _title(m: re.Match[str], place: Place) -> str | None:
    word = m["word"]
    full = TITLES.get(word) or TITLES.get(word.capitalize())
    if full is None:
        return None
    following = place.after(m.end())
    if word == "MS" and m["stop"] and not re.match(r"\s+[A-Z]", following):
        return None  # this MS. is the only score
    if word.islower() and word not in ("mr", "mrs", "dr", "prof", "gen", "lieut"):
        return None
    if word.islower() and not (
        (m["stop"] and re.match(r"\s+[A-Za-z]", following)) or re.match(r"\s+[A-Z]", following)
    ):
        return None
    if not m["stop"]:
        if word.capitalize() not in _PERIODLESS or (
            not re.match(r"[\s-]+[\"“‘(]?[A-Z]|\s+[a-z]+\s", following)
            and word.capitalize() not in ("Mr", "Mrs")
        ):
            return None
        if word.isupper() and word not in ("MR", "MRS", "MESSRS", "PROF", "CAPT", "SGT"):
            return None
        if word.capitalize() in ("Ms", "Mme", "Mlle", "Prof", "Sgt", "Capt", "Supt") and not re.match(
            r"\s+[A-Z]", following
        ):
            return None
        return _cased(word, full)
    if word in (
        "Fr",
        "Rep",
        "Gen",
        "Sen",
        "Col",
        "Pres",
        "Det",
        "Rt",
        "Bp",
        "Dist",
        "Hon",
        "Adm",
        "Brig",
        "Insp",
        "Maj",
    ) and not (re.match(r"(?:\s+|-)(?:[A-Z]|the\b)", following) or not following.strip()):
        return None
    if (
        not following.strip()
        and place.word_before()
        and place.adjacent_word() not in ("Wing", "Lieutenant", "Lt")
    ):
        return None  # cut off in mid-sentence: nobody to give the title to
    return _cased(word, full) + ("" if following.strip() or not place.word_before() else ".")


@RULES.rule("abbreviation", "established", r"(?P<word>[Ee])st\.(?=\s(?:in\s|c\.?\s?)?(?:1[5-9]|20)\d\d\b)")
def _established(m: re.Match[str], place: Place) -> str:
    """Est. 1900."""
    return f"{m['word']}stablished"


@RULES.rule("abbreviation", "secretary", r"Sec\.(?=\s(?:of\s[A-Z]|[A-Z][a-z]+\b))")
def _secretary(m: re.Match[str], place: Place) -> str | None:
    """Sec. Seward."""
    return None if next_word(place, m.end()) in SENTENCE_STARTERS else "Secretary"


@RULES.rule(
    "abbreviation",
    "general",
    rf"(?P<word>{'|'.join(sorted(GENERAL, key=len, reverse=True))})(?P<stop>\.?)(?![A-Za-zÀ-ÖØ-öø-ɏ])",
)
def _general(m: re.Match[str], place: Place) -> str | None:
    word = m["word"]
    following = place.after(m.end())
    if word == "Pt" and m["stop"] and re.match(r"\s+(?![IVXLC]+\b)[A-Z][a-z]", following):
        return "Point"
    if word in ("Tel", "tel") and re.match(r"\s+[Nn]o\.", following):
        return GENERAL[word]
    if word in _BEFORE_NUMBER:
        if not re.match(
            r"\s*(?:\(?\d|[IVXLC]+\b(?!['’]|\s(?!(?:of|and|to|is|was|in|at|by|for|on)\b)[a-z])|[ivxlc]+\b)",
            following,
        ):
            return None  # Wait a sec. I'm coming
        if not m["stop"] and word not in ("Vol", "vol", "Fig", "fig", "Chap", "chap", "ext", "Ext", "Apt"):
            return None
        return GENERAL[word] + ("" if following[:1] in (" ", "\t") else " ")
    if not m["stop"]:
        if (
            word not in _PERIODLESS
            and not (word in ("Mt", "Ft") and re.match(r"\s+[A-Z]", following))
            and not (word in ("Ave", "Rd", "Blvd") and place.adjacent_word()[:1].isupper())
        ):
            return None
        if word in ("MS", "ms"):
            return None
        return GENERAL[word]
    if word in ("Mt", "Ft", "Mts", "Ste"):
        if not re.match(r"\s+[A-Z]", following):
            return None
        return GENERAL[word]
    if word in (
        "MS",
        "ms",
        "Pl",
        "Ct",
        "Sq",
        "Ln",
        "Ph",
        "est",
        "inst",
        "ult",
        "prox",
        "Rd",
        "Terr",
    ) and not re.search(
        r"[A-Z][a-z]+(?:['’]s)?\s+$"
        if word in ("Pl", "Ct", "Sq", "Ln", "Rd", "Terr")
        else r"\d\S*\s+$|\b(?:the|this|that|his|her|my|your|their|our|its|an?|old|in|every|each|original)\s+$",
        place.before(16),
    ):
        return None
    if word in ("Ph", "viii"):
        return None
    if word in ("viz", "cf", "vs", "ca", "approx", "Approx"):
        return GENERAL[word]
    return GENERAL[word] + stop_after(place, m.end())


@RULES.rule(
    "abbreviation",
    "lower-case-street",
    r"(?P<word>ave|blvd|rd|ln|hwy|ltd|inc|corp|govt|Govt|AVE|BLVD)(?P<stop>\.?)(?![A-Za-zÀ-ÖØ-öø-ɏ])",
)
def _lower_street(m: re.Match[str], place: Place) -> str | None:
    full = {"ave": "avenue", "blvd": "boulevard", "rd": "road", "ln": "lane", "hwy": "highway",
    "ltd": "limited", "inc": "incorporated",
            "corp": "corporation", "govt": "government", "Govt": "Government", "AVE": "AVENUE",
            "BLVD": "BOULEVARD"}[m["word"]]  # fmt: skip
    if m["word"] in ("AVE", "BLVD") and not re.search(r"[A-Z]\.?\s$", place.before(3)):
        return None
    if m["word"] in ("rd", "ln") and not (place.word_before()[:1].isupper() or place.before(1) == "'"):
        return None
    return full + (stop_after(place, m.end()) if m["stop"] else "")


_DEGREE = r"(?:Ph|Sc|Litt|LL|Mus|Ed)\.\s?[DBM]\b|[BMD]\.\s?(?:Sc|Ed|Litt|Phil|Mus|Ch)\b"


@RULES.rule("initials", "degree", rf"(?P<degree>{_DEGREE})(?P<stop>\.?)")
def _degree(m: re.Match[str], place: Place) -> str:
    """Ph.D. and B.Sc. by letter, M.Phil. and D.Litt. as words."""
    said = [
        part if part in ("Phil", "Litt", "Ed", "Mus") else " ".join(part.upper())
        for part in re.findall(r"[A-Za-z]+", m["degree"])
    ]
    return " ".join(said) + (stop_after(place, m.end()) if m["stop"] else "")


@RULES.rule("time", "half-day", r"(?P<half>[aApP])\.\s?[mM]\.")
def _half_day(m: re.Match[str], place: Place) -> str:
    return f"{m['half'].upper()} M" + stop_after(place, m.end())


@RULES.rule(
    "initials",
    "initialism",
    r"(?:[A-Za-z]\.(?:[A-Za-z]\.){1,11}[A-Z]?(?![A-Za-zÀ-ÖØ-öø-ɏ])|[A-Z]\.(?:[A-Z](?![A-Za-zÀ-ÖØ-öø-ɏ.])))(?P<tail>'?s\b)?",
)
def _initialism(m: re.Match[str], place: Place) -> str | None:
    letters = (
        [c for c in m[0][: m.start("tail") - m.start()] if c.isalpha()]
        if m["tail"]
        else [c for c in m[0] if c.isalpha()]
    )
    if any(c.islower() for c in letters) and len(letters) > 2 and not letters[0].isupper():
        return None
    stop = stop_after(place, m.end()) if m[0].endswith(".") and not _followed_by_name(place, m.end()) else ""
    return " ".join(letters) + (m["tail"] or "") + stop


def _followed_by_name(place: Place, end: int) -> bool:
    word = next_word(place, end)
    return word[:1].isupper() and word not in SENTENCE_STARTERS


_PARTICLE = r"(?:de|du|des|le|la|les|d['’]|l['’])"


@RULES.rule(
    "abbreviation",
    "monsieur",
    rf"(?P<many>M)?M\.(?=\s(?:(?P<particle>{_PARTICLE})[\sA-ZÀ-Ö]|(?P<name>[A-ZÀ-Ö][\w’'-]*[a-zß-ö])))",
)
def _monsieur(m: re.Match[str], place: Place) -> str | None:
    """M. Danglars and M. de Villefort; in John M. Smith and M. Scott Peck it is an initial."""
    if re.search(r"\b[A-Z]\.?\s?$", place.before(3)):
        return None  # A. M. Burrage
    if not place.before().strip("\"“‘'( ") and re.fullmatch(
        r"\s[A-Z]\w+\.?[\"”’']*\s*", place.after(m.end())
    ):
        return None  # a letter's signature
    full = "Messieurs" if m["many"] else "Monsieur"
    if m["particle"] or m["many"]:
        return full
    word = place.word_before()
    if word[:1].isupper() and word not in SENTENCE_STARTERS and place.adjacent_word() == word:
        return None
    if m["name"] in SENTENCE_STARTERS or re.match(r"\s\S+\s[A-Z]", place.after(m.end())):
        return None
    return full


@RULES.rule("initials", "initial", r"(?P<letter>[A-Z])\.(?=\s*(?P<next>[A-Z][A-Za-z'’]*))")
def _initial(m: re.Match[str], place: Place) -> str | None:
    """J. K. Rowling, Robert G. Hazzard: the full stop after an initial is no pause."""
    if (m["next"] in SENTENCE_STARTERS and m["next"] not in ("A", "I")) or (
        m["letter"] == "I" and not re.match(r"\s*[A-Z]\.", place.after(m.end()))
    ):
        return None
    before = place.before()
    name_before = re.search(
        r"(?:^|[\s(\"“‘,;—])(?:[A-Z][\w'’]*\.?,?|and|&|by|von|de|of|the|to)\s*$|^[\s\"“‘(]*$", before
    )
    several = re.match(r"\s?(?:[A-Z]\.\s?)+[A-Z][a-z]", place.after(m.end()))
    if not name_before and not several:
        return None
    return m["letter"] + ("" if place.after(m.end())[:1].isspace() else " ")


STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware",
    "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana",
    "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky",
    "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan",
    "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri",
    "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey",
    "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
    "RI": "Rhode Island", "SC": "South Carolina",
    "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip
"""United States Postal Service codes."""


@RULES.rule("abbreviation", "state", rf"(?P<code>{'|'.join(STATES)})(?![A-Za-zÀ-ÖØ-öø-ɏ])(?!\.[A-Za-z])")
def _state(m: re.Match[str], place: Place) -> str | None:
    if re.search(r"[A-Z][a-z]+,\s?$", place.before(24)) and re.match(
        r"[.,:!?)\"”]|\s+\d{5}\b|\s*$|\s+[a-z]", place.after(m.end())
    ):
        return STATES[m["code"]]
    return None


OLD_STATES = {
    "Ala": "Alabama", "Ariz": "Arizona", "Ark": "Arkansas", "Cal": "California", "Calif": "California",
    "Colo": "Colorado", "Conn": "Connecticut", "Del": "Delaware",
    "Fla": "Florida", "Ga": "Georgia", "Ida": "Idaho", "Ill": "Illinois", "Ind": "Indiana", "Kan": "Kansas",
    "Kans": "Kansas", "Ky": "Kentucky", "La": "Louisiana",
    "Md": "Maryland", "Mass": "Massachusetts", "Mich": "Michigan", "Minn": "Minnesota", "Miss": "Mississippi",
    "Mo": "Missouri", "Mont": "Montana", "Neb": "Nebraska",
    "Nebr": "Nebraska", "Nev": "Nevada", "Okla": "Oklahoma", "Ore": "Oregon", "Oreg": "Oregon",
    "Pa": "Pennsylvania", "Penn": "Pennsylvania", "Tenn": "Tennessee", "Tex": "Texas",
    "Vt": "Vermont", "Va": "Virginia", "Wash": "Washington", "Wis": "Wisconsin", "Wyo": "Wyoming",
}  # fmt: skip
"""State abbreviations before 1963, as novels print them: Hannibal, Mo."""


@RULES.rule("abbreviation", "state-old-style", rf"(?P<code>{'|'.join(OLD_STATES)})\.")
def _old_state(m: re.Match[str], place: Place) -> str | None:
    if re.search(r"[A-Z][a-z]+,\s$", place.before(24)):
        return OLD_STATES[m["code"]] + stop_after(place, m.end())
    return None


@RULES.rule("abbreviation", "world-war", r"WW\s?(?P<number>II|I|2|1)(?![A-Za-zÀ-ÖØ-öø-ɏ0-9])")
def _world_war(m: re.Match[str], place: Place) -> str:
    return "World War " + ("two" if m["number"] in ("II", "2") else "one")


_GERMAN = re.compile(
    r"\b(?:Herrn?|Frau|Fräulein|Graf|Gräfin|Baron|Baronin|Freiherr|Fürst|Fürstin|Hofrath?|Ludwig|Heinrich"
    r"|Wilhelm|Friedrich|Franz|Johann|Karl|Carl|Ernst|Otto|Alexander|Paul)\s$"
)
"""What stands before `v.` in a German name."""


@RULES.rule("abbreviation", "against", r"v\.(?=\s[A-Z])")
def _against(m: re.Match[str], place: Place) -> str | None:
    """Brown v. Board; Herr v. Bihler."""
    if _GERMAN.search(place.before(12)):
        return "von"
    return "versus" if re.search(r"[A-Z][\w.'’]+\s$", place.before(12)) else None


_PLAIN = {
    "temp": "temperature", "Temp": "Temperature", "esp": "especially", "Esp": "Especially", "dau": "daughter",
    "dia": "diameter", "Bart": "Baronet", "Bt": "Baronet", "Sqn": "Squadron",
    "Regt": "Regiment", "Inf": "Infantry", "Cav": "Cavalry", "Gt": "Great", "nr": "near", "opp": "opposite",
    "cor": "corner", "Cor": "Corner", "attn": "attention", "Attn": "Attention", "avg": "average", "agg": "aggregate",
}  # fmt: skip


@RULES.rule("abbreviation", "plain", rf"(?P<word>{'|'.join(_PLAIN)})\.(?![A-Za-z])")
def _plain(m: re.Match[str], place: Place) -> str:
    before_name = m["word"] in ("Inf", "Cav", "Gt", "nr", "opp", "cor", "Cor", "attn", "Attn") and next_word(
        place, m.end()
    )
    return _PLAIN[m["word"]] + ("" if before_name else stop_after(place, m.end()))


@RULES.rule("address", "of-the-compass", r"(?P<side>[NSEW])\.?(?=[\s,;.]|$)")
def _of_the_compass(m: re.Match[str], place: Place) -> str | None:
    """20° W. of N."""
    if not re.search(r"\b(?:north|south|east|west|[NSEW]\.) of\s$", place.before(10)):
        return None
    return COMPASS[m["side"]] + (stop_after(place, m.end()) if m[0].endswith(".") else "")


@RULES.rule("abbreviation", "per-cent", r"per cent\.(?=\s[a-z]|[,;:)])")
def _per_cent(m: re.Match[str], place: Place) -> str:
    """5 per cent. per annum: of the Latin centum, in print of the last centuries."""
    return "per cent"


@RULES.rule("abbreviation", "clause", r"cl\.\s?(?=\d)")
def _clause(m: re.Match[str], place: Place) -> str:
    return "clause "


@RULES.rule("symbol", "grade", r"(?P<mark>[A-F]|AB|O)-(?=[\s,.;:!?)]|$)")
def _grade(m: re.Match[str], place: Place) -> str | None:
    """A B- in sums, type O-."""
    if not re.search(
        r"\b(?:an?|got|gets?|grade|gave|earned|type|group|blood)(?:\s(?:him|her|me|us))?\s$",
        place.before(16),
        re.I,
    ):
        return None
    return f"{m['mark']} minus"


@RULES.rule("abbreviation", "life", r"(?P<word>fl|[bdmr])\.\s?(?=(?:c\.\s?|\d{1,2}/\d{1,2}/)?(?:1\d|20)\d\d)")
def _life(m: re.Match[str], place: Place) -> str | None:
    """(b. 1450, d. 1519), fl. 1490."""
    if place.before(1).isalnum() or place.before(1) == ".":
        return None
    if m["word"] == "m" and not re.search(r"\b(?:b\.|born)\s?(?:c\.\s?)?\d", place.before(24)):
        return None
    if m["word"] == "r" and not re.match(r"\d{3,4}\s?[-–]", place.after(m.end(), 6)):
        return None
    return {"r": "reigned ", "b": "born ", "d": "died ", "m": "married ", "fl": "flourished "}[m["word"]]


@RULES.rule("abbreviation", "circa", r"c\.\s?(?=\d{3,4})")
def _circa(m: re.Match[str], place: Place) -> str:
    return "circa "


@RULES.rule(
    "address",
    "compass",
    r"(?P<letter>[NSEW])\.?(?=\s+(?:\d+(?:st|nd|rd|th)\b|[A-Z][a-z]+\s+(?:St|Ave|Rd|Dr|Blvd|Street|Avenue|"
    r"Road|Drive)\b))",
)
def _compass(m: re.Match[str], place: Place) -> str | None:
    if not re.search(r"\d\s+$", place.before(8)) and not re.match(
        r"\s+\d+(?:st|nd|rd|th)\s+(?:St|Ave|Street|Avenue)\b", place.after(m.end())
    ):
        return None
    return COMPASS[m["letter"]].capitalize()


@RULES.rule("abbreviation", "unit-word", r"(?P<word>lbs|kg|oz|km|cm|mm)\.?(?![A-Za-zÀ-ÖØ-öø-ɏ])")
def _unit_word(m: re.Match[str], place: Place) -> str | None:
    """A unit without a number: what is that in lbs? Or behind one in words: ten to the power of eight km."""
    if not re.search(
        r"\b(?:in|to|into|per|of|many|few|several|two|three|four|five|six|seven|eight|nine|ten|twelve|hundred|thousand)\s+$",
        place.before(12),
    ):
        return None
    said = {
        "lbs": "pounds",
        "kg": "kilograms",
        "oz": "ounces",
        "km": "kilometers",
        "cm": "centimeters",
        "mm": "millimeters",
    }[m["word"]]
    return said + (stop_after(place, m.end()) if m[0].endswith(".") else "")


@RULES.rule("measure", "rate", RATE)
def _rate(m: re.Match[str], place: Place) -> str | None:
    """Measured in km/h, litres/day."""
    return None if place.before(1) in ("/", "-") else say_rate(m)


WORDS = (
    r"(?i:mrs?|messrs|mmes?|mlles?|mdlle|mdme|dr|drs|prof|gen|col|capt|lt|lieut|sgt|sergt|maj|cpl|pvt|rev|revd|hon|"
    r"gov|sen|rep|pres|adm|cmdr|comdr|supt|insp|"
    r"brig|cdr|fr|bp|abp|msgr|gens|profs|capts|sr|jr|esq|rt|atty|det|ald|dist|ms|st|no|nos|etc|vs|inc|ltd|corp|bros|assn|dept|"
    r"univ|ave|blvd|rd|hwy|mts?|ft|approx|est|misc|govt|"
    r"viz|cf|ca|vols?|chaps?|ch|figs?|sec|art|eq|tel|ext|apt|pt|bk|ph|inst|ult|prox|fol|lib|mss|co|cie|sq|"
    r"ln|pkwy|pl|ct|terr|pp|p|jun|lbs|kg|oz|km|cm|mm|asst)|c/o|[Ww]/o?|Ste"
    rf"|(?=[A-Z][a-z]{{1,5}}(?:\.|\s\d|\s[ivxlc]+\.))(?:{'|'.join(FIRST_NAMES)}|{SCRIPTURE})|"
    rf"(?:{'|'.join(OLD_STATES)})\.|c\.(?=\s?\d)|WW\s?(?:II|I|2|1)"
    r"|(?:km|mi|m|ft|kg|mg|g|L|l|ml|mL|kW|MB|Mb|GB|lb|lbs|oz|gal|cm|mm|in)(?=/[A-Za-z])"
    rf"|M?M\.(?=\s(?:{_PARTICLE}|[A-ZÀ-Ö]))|(?:[Ii]bid|et al|(?:op|loc)\. cit)\.|nn?\.(?=\s?\d)"
    rf"|{_DEGREE}|per cent\.|(?:{'|'.join(_PLAIN)})\.|p\.\s?a\.|[NSEW]\.?(?=[\s,;.]|$)"
    r"|(?:[A-F]|AB|O)-(?=[\s,.;:!?)]|$)|v\.(?=\s[A-Z])|cl\.(?=\s?\d)|(?:fl|[bdmr])\.(?=\s?(?:c\.\s?|\d{1,2}/\d{1,2}/)?\d{4})|ff\.?|a\.\s?k\.|aka\b"
    rf"|(?:{'|'.join(_BEFORE_PLACE)})\.?(?=\s(?:\d|[IVXLCivxlcA-H]+\b))|(?:{'|'.join(_AFTER_ORDINAL)})\.|[NS]\.?[EW]\b"
    rf"|(?:Sts|SS)\.|(?:{'|'.join(_MADE)})\.(?=\sby\b)|(?i:{'|'.join(_ELIDED)})\b|M[kK]\.?(?=\s?(?:\d|[IVX]+\b))"
    r"|(?<=per )(?:lb|hr|yr|min|sec|wk|mo|gal|mi|yd|doz|cwt|sq)\b"
)
"""Pattern of the words the scanner stops at for this rulebook (states and initials apart)."""

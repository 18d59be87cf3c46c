"""Values out of a maximum, as games, panels and reviews print them: HP 120/350, 7/10."""

from __future__ import annotations

import re

from normalizers.english.numerals import cardinal, number
from normalizers.rules import Place, Rulebook, Spoken

RULES = Rulebook()

_GAUGE = (
    r"hp|mp|sp|ap|xp|exp|tp|pp|cp|ep|gp|dp|fp|lp|pts|health|hit points?|mana|stamina|energy|shields?|armou?r|ammo|"
    r"hunger|thirst|"
    r"vigou?r|focus|rage|fury|chi|qi|ki|essence|spirit|experience|durability|integrity|progress|fuel|charges?|"
    r"battery|life|lives|oxygen|sanity|morale|loyalty|strength|dexterity|agility|constitution|intelligence|wisdom|"
    r"charisma|luck|level|lvl?|tier|rank|stage|wave|round|floor|page|slide|step|part|chapter|episode|track|disc|disk|"
    r"volume|attempt|question|task|quest|quests|kills?|killed|slain|collected|gathered|found|completed|defeated|"
    r"remaining|left|used|slots?|uses|rating|rated|score|scored|mark|marks|grade|points?|uptime|cooldown|affinity|"
    r"reputation|skill points?|mastery|proficiency|satiety|vitality|endurance|willpower|willforce|attack|defen[cs]e|"
    r"bond|corruption|infection|radiation|power|capacity|inventory|party|members|players|seats"
)
_GAUGED = re.compile(
    rf"(?:^|[^\w'])(?:{_GAUGE})\s?(?:[:=\[(|-]|is|was|at|were|are|now|only|reads?|(?:is|was)\s(?:at|now))?\s*[\[(]?\s?$",
    re.IGNORECASE,
)
_MOVED = re.compile(
    rf"\b(?:{_GAUGE})\s(?:ha[sd]\s)?(?:drop(?:ped|s)?|fell|falls|fallen|rose|rises|went|stood|stands|sat|sits|hovered|hovers|"
    r"climbed|sank|jumped|increased|decreased|reached)\s(?:(?:up|down|back)\s)?(?:(?:to|at|from)\s)?$",
    re.IGNORECASE,
)
"""His HP dropped to 12/80."""
_TALLY = re.compile(
    r"\b(?!\w+day\b|Thur|Tues|Sept|Janu|Febr|Marc|Apri|June|July|Augu|Octo|Nove|Dece)[A-Z][a-z]{3,}\s\($"
)
"""Soul Fragments (3/4); not the date behind a day of the week."""
_LABELLED = re.compile(r"(?:^|[\[(|;,.]\s?)[A-Z][A-Za-z' ]{0,30}:\s?[\[(]?\s?$")
"""A word and its colon, as a panel of a game or a form has them."""
_RATED = re.compile(
    r"\b(?:gave|give[sn]?|giving|rate[sd]?|rating|score[sd]?|solid|easy|perfect|got|get|earned|deserves?)\b[^.!?/]{0,24}$"
)
_A_RATING = re.compile(r"\s(?:stars?|rating|points?|score|review|on the|would)\b")
_COUNTED_DOWN = re.compile(
    r"\s(?:lives|hearts|hp|mp|xp|exp|hit points|health|mana|stamina|energy|slots?|charges|rounds|kills|keys|players)\b",
    re.IGNORECASE,
)
_MEASURED = re.compile(
    r"\s?(?:of\b|cups?|inch|in\b|miles?|hours?|teaspoons?|tablespoons?|tsp|tbsp|pints?|pounds?|oz|full|empty)"
)
_TIMED = re.compile(
    r"\b(?:date[sd]?|time|meter|metre|signature|beat|rhythm|ratio|bp|pressure|vision|due|born|odds)\b",
    re.IGNORECASE,
)


def _of_a_maximum(top: int, bottom: int, place: Place, end: int) -> bool:
    """Whether `top/bottom` is a value and its maximum, as games, panels and reviews print them."""
    before, after = place.before(40), place.after(end, 16)
    if _TIMED.search(before) or _MEASURED.match(after):
        return False
    if _GAUGED.search(before):
        return True
    if bottom >= 10 and _MOVED.search(before):
        return True
    if _TALLY.search(before) and after.startswith(")"):
        return top <= bottom and (top, bottom) != (9, 11)
    if _COUNTED_DOWN.match(after):
        return top <= bottom
    if _LABELLED.search(before):
        return top <= bottom and (
            bottom % 5 == 0 or not (1 <= top <= 12 and bottom <= 31)
        )  # not the day of a form
    if bottom in (5, 6, 10, 20, 100) and top <= bottom and (_RATED.search(before) or _A_RATING.match(after)):
        return True
    return 10 <= top <= bottom and bottom >= 100 and bottom % 5 == 0


@RULES.rule(
    "score",
    "of-a-maximum",
    r"(?P<top>\d{1,3}(?:,\d{3})+|\d{1,7})\s?/\s?(?P<bottom>[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,6})"
    r"(?![\d/]|[A-Za-z]|[.,]\d|%)",
)
def _maximum(m: re.Match[str], place: Place) -> Spoken | None:
    """HP 120/350: one hundred twenty of three hundred fifty."""
    top, bottom = (int(m[part].replace(",", "")) for part in ("top", "bottom"))
    if place.before(1) in ("/", ".", ",", "-", "$", "#"):
        return None
    sure = "," in m[0] or len(m["top"]) > 4 or len(m["bottom"]) > 4
    if not sure and 1400 <= top <= 2100 and 1400 <= bottom <= 2100:
        return None
    if not (sure or _of_a_maximum(top, bottom, place, m.end())):
        return None
    return Spoken(f"{cardinal(top)} of {cardinal(bottom)}", (f"{cardinal(top)} out of {cardinal(bottom)}",))


@RULES.rule("measure", "blood-pressure", r"(?P<high>\d{2,3})/(?P<low>\d{2,3})(?![\d/]|\.\d)")
def _blood_pressure(m: re.Match[str], place: Place) -> str | None:
    """BP was 120/80."""
    if not re.search(r"\b(?:BP|[Pp]ressure)\b[^.\d]{0,14}$", place.before()):
        return None
    return f"{cardinal(m['high'])} over {cardinal(m['low'])}"


@RULES.rule("fraction", "marks", r"(?P<mark>\d{1,2}\.\d)/(?P<most>5|10|20|100)(?![\d/]|\.\d)")
def _marks(m: re.Match[str], place: Place) -> str:
    """4.5/5 stars."""
    return f"{number(m['mark'])} out of {cardinal(m['most'])}"


@RULES.rule(
    "fraction",
    "time-signature",
    r"(?P<beats>[2-9]|12)/(?P<note>2|4|8|16)(?=[\s-](?:time|beat|metre|meter|rhythm|measure|waltz|march|signature)\b)",
)
def _time_signature(m: re.Match[str], place: Place) -> str:
    """In 3/4 time: three four."""
    return f"{cardinal(m['beats'])} {cardinal(m['note'])}"

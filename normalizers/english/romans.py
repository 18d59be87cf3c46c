"""Roman numerals in English text: chapters, rulers, wars; never the pronoun or a word that looks like one."""

from __future__ import annotations

import re

from normalizers.english.abbreviations import stop_after
from normalizers.english.numerals import cardinal, ordinal, pairs
from normalizers.roman import parse
from normalizers.rules import Place, Rulebook, Spoken, words

RULES = Rulebook()

COUNTED = words(
    "chapter chapters chap ch book books bk part parts pt section sections sec lecture lectures act acts scene scenes volume volumes vol vols canto cantos letter letters "
    "story stories stave verse appendix figure fig table article articles phase type class title psalm psalms no number war level episode round grade bowl "
    "apollo mark fantasy rocky rambo saw version page pages pp plate psalm lesson lessons sonnet ode fit fytte stanza stage group region sector zone game "
    "unit tier category schedule amendment proposition theorem corollary lemma axiom definition rule law problem exercise exhibit item step day week "
    "interlude epilogue prologue paragraph note scroll song movement symphony concerto sonata opus quartet element elements series season vatican "
    "generation model gemini soyuz saturn viking voyager pioneer and to quest age warcraft diablo doom quake halo street century dynasty essay "
    "titan alien aliens godfather terminator predator jaws halloween matrix superman batman ghostbusters civilization tekken fighter raider souls persona witcher starcraft "
    "adventure sermon homily epistle dialogue meditation reverie "
    "bulletin memo document annex addendum supplement"
)
"""Words whose following numeral is a plain number."""

RULERS = words(
    "louis henry charles george william james edward richard philip philippe francis frederick michael john paul pius leo gregory benedict napoleon nicholas nicolas alexander "
    "peter catherine elizabeth mary ivan thutmose thutmosis ramses rameses ramesses ptolemy cleopatra darius xerxes artaxerxes cyrus otto ferdinand alfonso alphonso alfonse "
    "pedro carlos felipe juan gustav gustavus christian selim mehmed mehmet mohammed murad suleiman mahmud mahmoud constantine constantius basil leopold emmanuel emanuel "
    "umberto humbert albert baldwin robert david malcolm kenneth clement innocent urban boniface sixtus julius adrian hadrian celestine stephen harold edmund eric erik haakon "
    "olav olaf magnus amenhotep seti sargon sennacherib shapur khosrow chosroes theodosius valentinian justinian justin leon heraclius isaac alexius alexios manuel andronicus "
    "manfred conrad henri charlemagne lothair rudolf rudolph maximilian joseph francois ludwig wilhelm friedrich karl johann georg haile menelik theodore tewodros "
    "antiochus seleucus demetrius mithridates nicomedes attalus eumenes vladislav wladislaw ladislaus casimir sigismund stanislaus bela andrew sancho garcia ramon raymond "
    "berengar hugh robert guy amalric bohemond tancred roger honorius eugene eugenius lucius pascal paschal callixtus calixtus nicephorus romanus tiberius victor sylvester "
    "marcus rainier albert hussein abdullah faisal farouk fuad osman mustafa bayezid orhan akbar shah pope king queen emperor empress sultan czar tsar kaiser prince duke earl "
    "baron sam umberto afonso manuel sebastian jean baudouin juliana beatrix margrethe elisabeth isabella maria anne matilda"
)
"""First names that kings, queens, popes and pharaohs share, and their titles."""

_EVERYDAY = words(
    "john mary anne david paul robert albert joseph hugh jean sam michael peter stephen victor andrew maria matilda leon karl roger eric justin adrian marcus george harold edmund raymond kenneth julius"
)
"""Of these the commonest in dialogue: `John I was …` is an address without its comma."""

_WORD_SHAPED = words(
    "MIX MD CD DC MC CV DI MI LI CC CL MM DL MV XL CIV CI DM ID LCD MDC DIM LIV LID MILL CIVIL VIM VID DID MID DIV XX XXX VI XI II"
) - {"XX", "XXX", "VI", "XI", "II", "LIV"}
"""Capitals that are a word or a common abbreviation too: numerals only after a counted word."""

_CLAUSE_AFTER_NAME = re.compile(
    r"[.,;:!?)\]'’\"”—–-]|\s*$|\s+(?:of|was|is|had|has|in|who|and|to|died|came|would|could|did|made|gave|became|reigned|ruled|at|on|by|for|from|with|or|as|himself|"
    r"herself|the Great|whose|having|being|sent|took|granted|ordered|king|queen|emperor|\()"
)


@RULES.rule("roman", "roman-range", r"(?P<one>[IVXLC]+)\s?[-–—]\s?(?P<two>[IVXLC]+)(?![A-Za-z])")
def _range(m: re.Match[str], place: Place) -> str | None:
    one, two = parse(m["one"]), parse(m["two"])
    if one is None or two is None or not one < two:
        return None
    if place.adjacent_word().lower() in COUNTED:
        return f"{cardinal(one)} to {cardinal(two)}"
    return None


@RULES.rule("roman", "roman-century", r"(?P<numeral>[IVX]+)(?:th|st|nd|rd|e)?(?=\s+[Cc]entur(?:y|ies)\b)")
def _century(m: re.Match[str], place: Place) -> str | None:
    value = parse(m["numeral"])
    return ordinal(value) if value else None


@RULES.rule("roman", "roman-ordinal-suffix", r"(?P<numeral>[IVXLC]+)(?:th|st|nd|rd|TH|ST|ND|RD)\b")
def _suffixed(m: re.Match[str], place: Place) -> str | None:
    value = parse(m["numeral"])
    return ordinal(value) if value else None


@RULES.rule(
    "roman",
    "roman",
    r"(?P<numeral>[IVXLCDM]+)(?P<stop>\.?)(?P<tail>'s\b)?(?![A-Za-z0-9]|[-'’](?!s\b)[A-Za-z])",
)
def _roman(m: re.Match[str], place: Place) -> Spoken | None:
    numeral = m["numeral"]
    value = parse(numeral)
    if numeral == "IV" and re.match(
        r"\s+(?:drip|fluid|line|bag|needle|tube|pole|antibiotics|in (?:his|her|my|the|your) (?:arm|hand|vein))",
        place.after(m.end("numeral")),
    ):
        return None  # intravenous
    if not value or (place.before(1) in ("'", "’", ".", "&", "/", "@") and len(numeral) < 3):
        return None
    before = place.before()
    word = place.adjacent_word()
    lower = word.lower()
    end = m.end("numeral")
    after = place.after(end)
    plain = Spoken(cardinal(value) + (m["tail"] or ""), end=m.end("tail") if m["tail"] else end)
    single = len(numeral) == 1
    wrapped = bool(re.match(r"\s*\n\s*[a-z]", place.text[end : end + 8]))  # a hard-wrapped line goes on
    if lower in COUNTED and word:
        if lower in ("and", "to"):
            heads = re.search(r"\b([A-Za-z]+)s?\.?\s+[IVXLC]+\.?,?\s+(?:and|to)\s+$", before)
            if not heads or heads[1].lower() not in COUNTED | RULERS:
                return None if single else _by_shape(m, place, plain)
        if lower in (
            "law",
            "day",
            "week",
            "street",
            "game",
            "element",
            "age",
            "unit",
            "letter",
            "note",
            "story",
            "law",
            "item",
            "step",
            "saw",
            "type",
            "class",
            "page",
            "group",
            "song",
        ) and numeral in ("I", "C", "D", "L", "M"):
            return plain if numeral == "I" and not wrapped and re.match(r"\s*[.:,;)\]]|\s*$", after) else None
        if (
            numeral == "I"
            and word.islower()
            and (not re.match(r"\s*(?:[.:,;)\]—–-]|$|of\b)", after) or wrapped)
        ):
            return None  # 'in part I agree', 'a table I found', hard-wrapped lines included
        if numeral in "CDLM" and lower not in ("chapter", "psalm", "canto", "sonnet"):
            return None  # Appendix C, Class D
        if single and lower in ("number", "no"):
            return None
        return plain
    if lower in RULERS and word[:1].isupper():
        if numeral in ("C", "D", "L", "M") or (word, numeral) == ("Malcolm", "X"):
            return None
        if (
            single
            and numeral == "I"
            and re.match(
                r"(?i:king|queen|emperor|pope|sultan|prince|duke|earl|baron|sam|shah|sir|lord)$", word
            )
        ):
            return None
        if (
            single
            and not (
                _CLAUSE_AFTER_NAME.match(after)
                and (
                    numeral != "I"
                    or not re.match(r"\s+(?:had|was|would|could|did|made|gave|came|sent|took)\b", after)
                    or lower not in _EVERYDAY
                    or re.search(r"\b(?:King|Queen|Emperor|Empress|Pope|Czar|Tsar|Sultan)\s+\w+\s+$", before)
                )
            )
            and (numeral == "I" or not re.match(r"\s+[a-z]", after))
            and not (
                # Elizabeth I never married: nobody is addressed at the head of a sentence without a comma
                re.match(r"\s+(?:never |also |once |then |soon |later )?[a-z]{2,}ed\b", after)
                and lower not in _EVERYDAY
                and re.search(rf"(?:^|[.!?]\s)[\"“‘']?{word}\s$", before)
            )
        ):
            return None
        return _regnal(m, place, value)
    if re.search(r"\bWorld Wars?\s+$", before):
        return plain
    if (
        word[:1].isupper()
        and len(word) > 1
        and not word.isupper()
        and not single
        and set(numeral) <= set("IVX")
        and re.search(r"[a-z]\s$", before)
    ):
        if numeral in _WORD_SHAPED:
            return None
        if value <= 30 and re.search(
            rf"\b(?:King|Queen|Pope|Emperor|Tsar|Czar|Sultan|Pharaoh|Prince|Lord|Duke|Earl|Baron|Saint|Patriarch)\s+{re.escape(word)}\s$",
            before,
        ):
            return _regnal(m, place, value)
        return Spoken(_regnal(m, place, value).text, (cardinal(value),), end=_regnal(m, place, value).end)
    # On its own: a chapter or list number.
    if not before.strip(" \t\"“‘'([*_#—–-"):
        return _list_number(m, place, value)
    if single:
        return None
    return _by_shape(m, place, plain)


def _regnal(m: re.Match[str], place: Place, value: int) -> Spoken:
    """`Louis XIV., resolutely` → Louis the fourteenth, resolutely: the old full stop is no pause."""
    tail = m["tail"] or ""
    said = f"the {ordinal(value)}{tail}"
    if not m["stop"]:
        return Spoken(said, (cardinal(value),), end=m.end("tail") if tail else m.end("numeral"))
    stop = stop_after(place, m.end("stop"))
    return Spoken(said + stop, (cardinal(value),), end=m.end("stop"))


def _list_number(m: re.Match[str], place: Place, value: int) -> Spoken | None:
    numeral = m["numeral"]
    after = place.after(m.end("numeral"))
    said = Spoken(pairs(str(value)) if 1500 <= value <= 2100 else cardinal(value), end=m.end("numeral"))
    if not after.strip(" \t.:)]*_\"'”’—–-"):
        return (
            said
            if (len(numeral) > 1 and numeral not in _WORD_SHAPED)
            or (
                numeral in "IVX"
                and (len(place.before().strip()) == 0)
                and (numeral != "I" or after[:1] in (".", ":", ")") or not after)
            )
            else None
        )
    if numeral in _WORD_SHAPED or (len(numeral) == 1 and numeral not in "IVX"):
        return None
    if len(numeral) == 1:
        if numeral == "I" and not re.match(r"(?:\.|:|\)|\.?\s?[—–-]{1,2})\s*[\"“‘]?[A-Z]", after):
            return None
        if numeral == "I" and re.match(r"\s?[—–-]", after):
            return None
        if re.match(r"\.\s?[A-Z]\.", after) or not re.match(r"[.:)]|\s?[—–-]", after):
            return None
        return said
    return said


def _by_shape(m: re.Match[str], place: Place, plain: Spoken) -> Spoken | None:
    numeral = m["numeral"]
    value = parse(numeral)
    if value and 1500 <= value <= 2100 and len(numeral) >= 4:
        return Spoken(pairs(str(value)), end=plain.end)
    if (
        numeral in _WORD_SHAPED
        or numeral in ("XX", "XXX")
        or not set(numeral) <= set("IVXL")
        or len(numeral) < 2
    ):
        return None
    after = place.after(m.end("numeral"))
    if numeral == "IV" and (
        re.match(r"\s+(?:drip|fluid|line|bag|needle|tube|pole|in\b)", after)
        or re.search(r"\b(?:an|the|his|her|my|your)\s+$", place.before())
    ):
        return None
    return plain


@RULES.rule("roman", "lower-case-roman", r"(?P<numeral>[ivxlc]+)(?![A-Za-z0-9'’])")
def _lower_case(m: re.Match[str], place: Place) -> str | None:
    value = parse(m["numeral"])
    if not value:
        return None
    before = place.before()
    if re.search(
        r"\b(?:chapter|chap|ch|book|bk|part|act|scene|sc|section|sec|volume|vol|canto|page|pages|pp?|verse|psalm|stanza|letter|lib|cap|no)\.?\s+$",
        before,
        re.I,
    ):
        if m["numeral"] == "i" and not re.match(r"\s*(?:[.:,;)\]]|$)", place.after(m.end())):
            return None
        return cardinal(value)
    if re.search(
        r"\b(?:chapter|chap|ch|book|bk|part|act|scene|sc|section|sec|volume|vol|canto|page|pages|pp?)s?\.?\s+[ivxlc\d]+[.,]?\s*(?:[-–]|and|to|,)\s*$",
        before,
        re.I,
    ):
        return cardinal(value)
    if len(m["numeral"]) > 1 and not before.strip() and not place.after(m.end()).strip(" .)"):
        return cardinal(value)
    if len(m["numeral"]) > 1 and re.search(r"(?:^|\s)\($", before) and place.after(m.end())[:1] == ")":
        return cardinal(value)
    return None

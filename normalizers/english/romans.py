"""Roman numerals in English text: chapters, rulers, wars; never the pronoun or a word that looks like one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from normalizers.english.abbreviations import stop_after
from normalizers.english.numerals import cardinal, ordinal, pairs
from normalizers.roman import parse
from normalizers.rules import Place, Rulebook, Spoken, words

RULES = Rulebook()

COUNTED = words(
    "chapter chapters chap ch book books bk part parts pt section sections sec lecture lectures act acts "
    "scene scenes volume volumes vol vols canto cantos letter letters "
    "story stories stave verse appendix figure fig table article articles phase type class title psalm "
    "psalms no number war level episode round grade bowl "
    "apollo mark fantasy rocky rambo saw version page pages pp plate psalm lesson lessons sonnet ode fit "
    "fytte stanza stage group region sector zone game "
    "unit tier category schedule amendment proposition theorem corollary lemma axiom definition rule law "
    "problem exercise exhibit item step day week remark remarks observation observations postulate antinomy "
    "interlude epilogue prologue paragraph note scroll song movement symphony concerto sonata opus quartet "
    "element elements series season vatican "
    "generation model gemini soyuz saturn viking voyager pioneer and to quest age warcraft diablo doom "
    "quake halo street century dynasty essay "
    "titan alien aliens godfather terminator predator jaws halloween matrix superman batman ghostbusters "
    "civilization tekken fighter raider souls persona witcher starcraft "
    "adventure sermon homily epistle dialogue meditation reverie "
    "bulletin memo document annex addendum supplement year mk"
)
"""Words whose following numeral is a plain number."""

RULERS = words(
    "louis henry charles george william james edward richard philip philippe francis frederick michael john "
    "paul pius leo gregory benedict napoleon nicholas nicolas alexander "
    "peter catherine elizabeth mary ivan thutmose thutmosis ramses rameses ramesses ptolemy cleopatra "
    "darius xerxes artaxerxes cyrus otto ferdinand alfonso alphonso alfonse "
    "pedro carlos felipe juan gustav gustavus christian selim mehmed mehmet mohammed murad suleiman mahmud "
    "mahmoud constantine constantius basil leopold emmanuel emanuel "
    "umberto humbert albert baldwin robert david malcolm kenneth clement innocent urban boniface sixtus "
    "julius adrian hadrian celestine stephen harold edmund eric erik haakon "
    "olav olaf magnus amenhotep seti sargon sennacherib shapur khosrow chosroes theodosius valentinian "
    "justinian justin leon heraclius isaac alexius alexios manuel andronicus "
    "manfred conrad henri charlemagne lothair rudolf rudolph maximilian joseph francois ludwig wilhelm "
    "friedrich karl johann georg haile menelik theodore tewodros "
    "antiochus seleucus demetrius mithridates nicomedes attalus eumenes vladislav wladislaw ladislaus "
    "casimir sigismund stanislaus bela andrew sancho garcia ramon raymond "
    "berengar hugh robert guy amalric bohemond tancred roger honorius eugene eugenius lucius pascal paschal "
    "callixtus calixtus nicephorus romanus tiberius victor sylvester "
    "marcus rainier albert hussein abdullah faisal farouk fuad osman mustafa bayezid orhan akbar shah pope "
    "king queen emperor empress sultan czar tsar kaiser prince duke earl "
    "baron sam umberto afonso manuel sebastian jean baudouin juliana beatrix margrethe elisabeth isabella "
    "maria anne matilda"
)
"""First names that kings, queens, popes and pharaohs share, and their titles."""

_EVERYDAY = words(
    "john mary anne david paul robert albert joseph hugh jean sam michael peter stephen victor andrew maria "
    "matilda leon karl roger eric justin adrian marcus george harold edmund raymond kenneth julius"
)
"""Of these the commonest in dialogue: `John I was …` is an address without its comma."""

_WORD_SHAPED = words(
    "MIX MD CD DC MC CV DI MI LI CC CL MM DL MV XL CIV CI DM ID LCD MDC DIM LIV LID MILL CIVIL VIM VID DID "
    "MID DIV XX XXX VI XI II"
) - {"XX", "XXX", "VI", "XI", "II", "LIV"}
"""Capitals that are a word or a common abbreviation too: numerals only after a counted word."""

_CLAUSE_AFTER_NAME = re.compile(
    r"[.,;:!?)\]'’\"”—–-]|\s*$|\s+(?:of|was|is|had|has|in|who|and|to|died|came|would|could|did|made|gave|"
    r"became|reigned|ruled|at|on|by|for|from|with|or|as|himself|"
    r"herself|the Great|whose|having|being|sent|took|granted|ordered|king|queen|emperor|\()"
)


@RULES.rule("roman", "roman-range", r"(?P<one>[IVXLC]+)\s?[-–—]\s?(?P<two>[IVXLC]+)(?![A-Za-zÀ-ÖØ-öø-ɏ])")
def _range(m: re.Match[str], place: Place) -> str | None:
    one, two = parse(m["one"]), parse(m["two"])
    if one is None or two is None or not one < two:
        return None
    if place.adjacent_word().lower() in COUNTED:
        return f"{cardinal(one)} to {cardinal(two)}"
    return None


@RULES.rule(
    "roman",
    "roman-century",
    r"(?P<numeral>[IVX]+)(?:th|st|nd|rd|e)?(?=\s+(?:[Cc]entur(?:y|ies)|"
    r"Olympiad|Olympic|Winter\sOlympic|Dynasty|Corps|Army|Legion|Congress|Amendment|Brigade|Division|Regiment)\b)",
)
def _century(m: re.Match[str], place: Place) -> str | None:
    """The XIX century, XVIII Corps."""
    value = parse(m["numeral"])
    if not re.match(r"\s+[Cc]entur", place.after(m.end())) and (
        len(m["numeral"]) == 1 and not re.search(r"\b[Tt]he\s$", place.before(4))
    ):
        return None
    return ordinal(value) if value else None


@RULES.rule("roman", "roman-ordinal-suffix", r"(?P<numeral>[IVXLC]+)(?P<suffix>th|st|nd|rd|TH|ST|ND|RD)\b")
def _suffixed(m: re.Match[str], place: Place) -> str | None:
    """The XXth; Ind. is Indiana."""
    value = parse(m["numeral"])
    if not value:
        return None
    said = ordinal(value)
    return said if said.endswith(m["suffix"].lower()) else None


@RULES.rule(
    "roman",
    "roman",
    r"(?P<numeral>[IVXLCDM]+)(?P<stop>\.?)(?P<tail>'s\b)?(?![A-Za-zÀ-ÖØ-öø-ɏ0-9]|[-'’](?!s\b)[A-Za-z]|-\d)",
)
def _roman(m: re.Match[str], place: Place) -> Spoken | None:
    numeral = m["numeral"]
    value = parse(numeral)
    if numeral == "IV" and re.match(
        r"\s+(?:drip|fluid|line|bag|needle|tube|pole|antibiotics|in (?:his|her|my|the|your) (?:arm|hand|vein))",
        place.after(m.end("numeral")),
    ):
        return None  # intravenous
    if len(numeral) == 1 and re.match(r"\.\s?[A-Z]\.|\.[A-Z]", place.after(m.end("numeral"), 4)):
        return None  # Joseph I.C. Clarke: initials
    if place.adjacent_word() == "LUDWIG" and numeral == "V":
        return None  # LUDWIG V. BEETHOVEN is no king
    if not value or (place.before(1) in ("'", "’", ".", "&", "/", "@") and len(numeral) < 3):
        return None
    here = _Numeral(m, place, value)
    if numeral == "X" and here.word.lower() in ("generation", "series", "model"):
        return None
    if _behind_the(here):
        return Spoken(ordinal(value) + (m["tail"] or ""), end=m.end("tail" if m["tail"] else "numeral"))
    if here.word.lower() in COUNTED:
        return _counted(here)
    if here.word[:1].isupper() and here.word.lower() in RULERS:
        return _ruler(here)
    if re.search(r"\bWorld Wars?\s+$", here.before):
        return here.plain
    if _behind_a_comma(here):
        return _regnal(m, place, value)
    if _follows_a_name(here):
        return _successor(here)
    # On its own: a chapter or list number.
    if not here.before.strip(" \t\"“‘'([*_#—–-"):
        return _list_number(m, place, value)
    return None if here.single else _by_shape(m, place, here.plain)


@dataclass(slots=True)
class _Numeral:
    """A numeral of `value` in its place: the word before it, and what stands left and right."""

    m: re.Match[str]
    place: Place
    value: int
    numeral: str = field(init=False)
    single: bool = field(init=False)
    word: str = field(init=False)
    before: str = field(init=False)
    after: str = field(init=False)

    def __post_init__(self) -> None:
        self.numeral = self.m["numeral"]
        self.single = len(self.numeral) == 1
        self.word = self.place.adjacent_word()
        self.before = self.place.before()
        self.after = self.place.after(self.m.end("numeral"))

    @property
    def plain(self) -> Spoken:
        """The number as it is counted."""
        tail = self.m["tail"]
        end = self.m.end("tail" if tail else "numeral")
        if re.match(r"\.[,;:]", self.place.after(end, 2)):
            end += 1  # Act II., Scene iii.
        return Spoken(cardinal(self.value) + (tail or ""), end=end)

    @property
    def wrapped(self) -> bool:
        """Whether a hard-wrapped line goes on behind it."""
        end = self.m.end("numeral")
        return re.match(r"\s*\n\s*[a-z]", self.place.text[end : end + 8]) is not None


def _behind_the(here: _Numeral) -> bool:
    """Henry the VIII."""
    name = re.search(r"\b([A-Z][a-z]+),? the $", here.before)
    return name is not None and not here.single and name[1].lower() in RULERS


def _behind_a_comma(here: _Numeral) -> bool:
    """John Gray, III, wrote."""
    return (
        here.value < 10
        and not here.single
        and re.search(r"\b[A-Z][a-z]+\.?\s[A-Z][a-z]+,\s$", here.before) is not None
        and re.match(r"\s*(?:[,.;)]|$)", here.after) is not None
    )


_LETTERED = words(
    "law day week street game element age unit letter note story item step saw type class page group song year"
)
"""Words that a letter follows as often as a number."""


_A_KIND = re.compile(r"\s[a-z]{3,}(?:s|ity|tion|ment|er|or)\b")
"""A noun behind Class I: rapids, error."""


def _counted(here: _Numeral) -> Spoken | None:
    """Chapter IV, Books I and II; not Appendix C, nor 'in part I agree'."""
    numeral, lower, after = here.numeral, here.word.lower(), here.after
    if lower in ("and", "to"):
        heads = re.search(r"\b([A-Za-z]+)s?\.?\s+[IVXLC]+\.?,?\s+(?:and|to)\s+$", here.before)
        if not heads or heads[1].lower() not in COUNTED | RULERS:
            return None if here.single else _by_shape(here.m, here.place, here.plain)
        if (
            heads[1][0].isupper() and heads[1].lower() in RULERS - COUNTED
        ):  # Charles I and II; `Henry VIII and I`
            return None if numeral == "I" else _regnal(here.m, here.place, here.value)
    if lower in _LETTERED and numeral in ("I", "C", "D", "L", "M"):
        closed = numeral == "I" and not here.wrapped and re.match(r"\s*[.:,;)\]]|\s*$", after)
        named = (
            numeral == "I"
            and here.word[0].isupper()
            and lower in ("class", "type", "group")
            and _A_KIND.match(after)
        )
        return here.plain if closed or named else None
    if lower == "year" and here.value >= 1000:
        return _by_shape(here.m, here.place, here.plain)
    goes_on = here.wrapped or not re.match(r"\s*(?:[.:,;)\]—–-]|$|of\b)", after)
    if numeral == "I" and here.word.islower() and goes_on:
        return None  # 'in part I agree', 'a table I found', hard-wrapped lines included
    if numeral in "CDLM" and lower not in ("chapter", "psalm", "canto", "sonnet"):
        return None  # Appendix C, Class D
    return None if here.single and lower in ("number", "no") else here.plain


_TOLD = re.compile(
    r"\b(?:told|tell|tells|asked|promised?|assured?|warned|reminded|"
    r"(?:said|swore|wrote|explained|confessed) to|think|thinks|thought|believed?|hoped?|wish|wished|swear)\s\w+\s$"
)
"""What a name stands behind that somebody goes on to say `I` to."""
_TITLE_ALONE = re.compile(r"(?i:king|queen|emperor|pope|sultan|prince|duke|earl|baron|sam|shah|sir|lord)$")


def _ruler(here: _Numeral) -> Spoken | None:
    """Louis XIV; not Malcolm X, nor 'John I said'."""
    numeral, word = here.numeral, here.word
    if numeral in ("C", "D", "L", "M") or (word, numeral) == ("Malcolm", "X"):
        return None
    if numeral == "I" and _TOLD.search(here.before):
        return None  # I said to Henry I would go
    if numeral == "I" and _TITLE_ALONE.match(word):
        return None
    beside_a_ruler = re.search(r"\b[A-Z][a-z]+\s[IVX]+,?\s(?:and|or|to|with|against)\s\w+\s$", here.before)
    if here.single and not (
        beside_a_ruler or _ends_a_name(here) or _goes_on_past(here) or _opens_with_a_ruler(here)
    ):
        return None
    return _regnal(here.m, here.place, here.value)


def _ends_a_name(here: _Numeral) -> bool:
    """Whether the clause goes on as behind a ruler's name; `John I was` is an address, `King John I was` is none."""
    if not _CLAUSE_AFTER_NAME.match(here.after):
        return False
    return (
        here.numeral != "I"
        or not re.match(r"\s+(?:had|was|would|could|did|made|gave|came|sent|took)\b", here.after)
        or here.word.lower() not in _EVERYDAY
        or re.search(r"\b(?:King|Queen|Emperor|Empress|Pope|Czar|Tsar|Sultan)\s+\w+\s+$", here.before)
        is not None
    )


def _goes_on_past(here: _Numeral) -> bool:
    """Whether a small letter follows, where the numeral cannot be the pronoun."""
    return here.numeral != "I" and re.match(r"\s+[a-z]", here.after) is not None


def _opens_with_a_ruler(here: _Numeral) -> bool:
    """Elizabeth I never married: nobody is addressed at the head of a sentence without a comma."""
    return (
        here.word.lower() not in _EVERYDAY
        and re.match(r"\s+(?:never |also |once |then |soon |later )?[a-z]{2,}ed\b", here.after) is not None
        and re.search(rf"(?:^|[.!?]\s)[\"“‘']?{here.word}\s$", here.before) is not None
    )


def _follows_a_name(here: _Numeral) -> bool:
    """Whether a capital word in running text stands before several of I, V and X."""
    return (
        here.word[:1].isupper()
        and len(here.word) > 1
        and not here.word.isupper()
        and not here.single
        and set(here.numeral) <= set("IVX")
        and re.search(r"[a-z]\s$", here.before) is not None
    )


def _successor(here: _Numeral) -> Spoken | None:
    """Pope Stanislas VII is the seventh; so, less surely, is everybody with a name."""
    if here.numeral in _WORD_SHAPED:
        return None
    regnal = _regnal(here.m, here.place, here.value)
    titled = here.value <= 30 and re.search(
        rf"\b(?:King|Queen|Pope|Emperor|Tsar|Czar|Sultan|Pharaoh|Prince|Lord|Duke|Earl|Baron|Saint|"
        rf"Patriarch)\s+{re.escape(here.word)}\s$",
        here.before,
    )
    return regnal if titled else Spoken(regnal.text, (cardinal(here.value),), end=regnal.end)


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


@RULES.rule("abbreviation", "line", r"(?P<word>ll?)\.\s(?=\d)")
def _line(m: re.Match[str], place: Place) -> str:
    """Scene 2, l. 14."""
    return "line " if m["word"] == "l" else "lines "


@RULES.rule("abbreviation", "verse", r"v\.\s?(?=\d)")
def _verse(m: re.Match[str], place: Place) -> str | None:
    """Ch. 3, v. 16; not a case in court (Roe v. 16)."""
    return "verse " if re.search(r"(?:^|[\d(,;:]|\bsee|\bcf\.)\s*$", place.before(8)) else None


@RULES.rule(
    "roman", "lower-case-range", r"(?P<one>[ivxlc]+)\s?[-–—]\s?(?P<two>[ivxlc]+)(?![A-Za-zÀ-ÖØ-öø-ɏ0-9'’])"
)
def _lower_range(m: re.Match[str], place: Place) -> str | None:
    one, two = parse(m["one"]), parse(m["two"])
    counted = re.search(r"\b(?:pp?|pages?|chapters?|chs?|vols?)\.?\s*$", place.before(), re.I)
    if not one or not two or not one < two or not counted:
        return None
    return f"{cardinal(one)} to {cardinal(two)}"


@RULES.rule(
    "roman", "lower-case-roman", r"(?P<numeral>[ivxlc]+)(?![A-Za-zÀ-ÖØ-öø-ɏ0-9'’])(?:\.(?=,|\s[a-z;(]))?"
)
def _lower_case(m: re.Match[str], place: Place) -> str | None:
    value = parse(m["numeral"])
    if not value:
        return None
    before = place.before()
    if re.search(
        r"\b(?:chapter|chap|ch|book|bk|part|act|scene|sc|section|sec|volume|vol|canto|page|pages|pp?|verse|"
        r"psalm|stanza|letter|lib|cap|no)s?\.?\s+$",
        before,
        re.I,
    ):
        if m["numeral"] == "i" and not re.match(r"\s*(?:[.:,;)\]]|$)", place.after(m.end())):
            return None
        return cardinal(value)
    if re.search(
        r"\b(?:chapter|chap|ch|book|bk|part|act|scene|sc|section|sec|volume|vol|canto|page|pages|"
        r"pp?)s?\.?\s+[ivxlc\d]+[.,]?\s*(?:[-–]|and|to|,)\s*$",
        before,
        re.I,
    ):
        return cardinal(value)
    if len(m["numeral"]) > 1 and not before.strip() and not place.after(m.end()).strip(" .)"):
        return cardinal(value)
    if len(m["numeral"]) > 1 and re.search(r"(?:^|\s)\($", before) and place.after(m.end())[:1] == ")":
        return cardinal(value)
    return None

"""What is written, not said, in English: signs, labels, headlines, the forms of a letter, nicknames in marks."""

# ruff: noqa: SIM905 - word lists are kept as running text, one can read and edit them
from __future__ import annotations

import re

from flows.casting.quotes import Quoted

_SIGNS = """
    sign signs signboard signpost notice notices board boards noticeboard billboard placard poster posters plate
    plaque
    tablet banner label labels tag badge button sticker decal card ticket
    stamp headline headlines caption title subtitle
    heading inscription epitaph gravestone tombstone headstone stone motto slogan graffiti lettering letters screen
    display monitor readout panel dial masthead t-shirt tattoo bracelet envelope postmark parcel jar bottle tin box
    crate door-plate doorplate doormat menu flag pennant chalkboard blackboard whiteboard list entry file folder
    letter note telegram wire message postcard page email e-mail memo leaflet pamphlet book diary
    scrawl advertisement
""".split()
_THING = "|".join(sorted(set(_SIGNS), key=lambda word: -len(word)))
_LONGEST, _LONGEST_OF_LETTER, _LONGEST_NAME = 30, 8, 6
"""Words on a sign, of a letter's form, and of a name, at most."""

_SENTENCE = re.compile(r"[.!?;][\"”’]?\s+(?=[A-Z“\"])")
_QUOTED = re.compile(r"[“\"][^“”\"]*[”\"]")
_TELLS = (
    r"(?:said|says|read|reads|ran|runs|bore|bears|began|begins|ended|ends|opened|closed|announced|proclaimed|declared|"
    r"warned|spelled|was|were|is|went|stated|screamed|had)"
)
_PERSON = re.compile(
    r"\b(?:he|she|they|I|we|you|who)\b|(?<![.!?“\"])\s[A-Z][a-z]+\s+(?:[a-z]+ly\s+)?(?:said|read|cried|asked|called)\b"
)
_DETERMINER = (
    r"(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er|[Ii]ts|[Tt]heir|[Tt]his|[Tt]hat|[Mm]y|[Oo]ur|[Aa]nother|[Oo]ne|[Tt]wo|"
    r"[A-Z][a-z]+['’]s)"
)
_HOW = (
    "simply|only|just|now|still|merely|in|red|big|large|black|white|gold|block|capitals?|letters|with|by|that|to|the|"
    "world|as|follows|like|this|out"
)
_OF_A_THING = re.compile(
    rf"(?<!\bat )(?<!\bto )(?<!\bfrom )(?<!\bby )(?<!\bread )(?<!\bsaw )\b{_DETERMINER}\s+(?:[\w'’-]+\s+){{0,2}}?"
    rf"(?:{_THING})\b(?P<between>[^.!?;]{{0,70}}?)\b{_TELLS}\b(?:,?\s+(?:{_HOW})){{0,5}}\s*[,:—-]*$"
)
"""The sign on the gate said, in red, …"""
_SAYING = re.compile(
    rf"\b(?:{_THING})\b[^.!?;,]{{0,40}}?\b(?:saying|reading|bearing|announcing|proclaiming|declaring|"
    r"(?:that|which) (?:said|says|read|reads)|with the words?|with)\s*[,:]?$"
)
_MARKED = re.compile(
    r"\b(?:addressed to|(?:marked|labell?ed|inscribed|engraved|carved|stamped|stencilled|painted|printed|scrawled|"
    r"scratched|embroidered|tattooed|headed|entitled|titled|signed|captioned|emblazoned|lettered|chalked|stitched|"
    r"headlined|scribbled|woven)(?:\s+(?:with|as|in|the|words?|on|it|its|side|across|over|red|black|white|gold|big|large|"
    r"small|letters|capitals|front|back)){0,6}\s*[,:]?)$"
)
_WROTE = re.compile(r"\b(?:wrote|written|writes|typed|traced)\s*[,:]?$")
_IT_READ = re.compile(
    r"(?:^|[.!?;,]\s+)(?:[Ii]t|[Tt]hey|which)\s+(?:simply |only |just )?(?:read|ran|said|bore|began|ended)\s*[,:]?$"
)
_A_THING = re.compile(rf"\b(?:{_THING})\b")
_PLACED = re.compile(
    r"(?:^|[,;.!?]\s+|\band\s+)(?:[Bb]elow|[Aa]bove|[Bb]eneath|[Uu]nder(?:neath)?|[Oo]ver|[Bb]eside|[Oo]n|[Aa]cross|"
    r"[Aa]t the)\s[^,.!?;]{1,40}\s(?:stood|was|were|ran|hung|appeared|flashed|glowed|shone|read)(?: the words?)?"
    r"\s*[,:]?$"
)
_SAID_THE_SIGN = re.compile(
    r"[,\s]*(?:said|says|read|ran|announced|proclaimed|declared|warned)\s+(?:the|a|an|his|her|their|its|another|one)\s+"
    rf"(?:(?!(?:with|of|in|by|at|on|who|behind|near|from|to)\b)[\w'’-]+\s+){{0,3}}?(?:{_THING})\b(?!['’-])"
)
_STANDS = re.compile(
    r"\s+(?:was|were|is|had been|stood|ran)\s+(?:\w+ly\s+)?(?:written|painted|printed|carved|engraved|scrawled|"
    r"stencilled|inscribed|stamped|scratched|chalked|tattooed|stitched|spelled|scribbled)\b"
    r"|\s+in\s+(?:\w+\s+){0,3}(?:letters|capitals|type|paint|chalk|neon)\b"
)
_IS_CALLED = re.compile(
    r"\b(?:(?:is|was|were|are|been|being|be|so)[ -]called|(?:called|named|nicknamed|dubbed|christened|titled|termed)"
    r"(?:\s+(?:him|her|it|them|me|us|you|himself|herself|themselves|itself|the|a|an|this|that))*|"
    r"[Kk]nown(?:\s+\w+){0,4}\s+as|alias|answer(?:ed|s)? to|went by|goes by|by the name of|under the name of|"
    r"nickname(?: \w+)? (?:was|is)|name (?:was|is))\s*[,:]?$"
)
_CALLED_OUT = re.compile(r"\b(?:called|named)\s*[,:]?$")

_LAST_WORDS = frozenset(
    """said says read reads ran runs bore bears began begins beginning ended ends opened closed announced
    proclaimed declared warned spelled was were is went stated screamed had simply only just now still merely
    in red big large black white gold block capital capitals letter letters with by that to the world as
    follows like this out saying reading bearing announcing proclaiming declaring word words marked labelled
    labeled inscribed engraved carved stamped stencilled painted printed scrawled scratched embroidered
    tattooed headed entitled titled signed captioned emblazoned lettered chalked stitched headlined scribbled
    woven on it its side across over small front back wrote written writes typed traced stood hung appeared
    flashed glowed shone called so-called named nicknamed dubbed christened termed him her them me us you
    himself herself themselves itself a an alias name""".split()
)
"""The last words of a clause after which something may be written."""


def is_written(quoted: Quoted) -> bool:
    """Whether the words stand on a thing, in a letter's form, or name somebody; nobody says them.

    The sign said "Closed"; a plate engraved "Ring twice."; "No Vacancies," said the card; the man they called "Stitch".
    """
    lead = quoted.lead
    words = len(quoted.inner.split())
    if words > _LONGEST:
        return False
    if _SAID_THE_SIGN.match(quoted.after):
        return True
    if words <= _LONGEST_OF_LETTER and quoted.last not in "!?" and _STANDS.match(quoted.after):
        return True
    tail = lead[-40:].rstrip(" ,:—-").split()[-1:]
    if not tail or tail[0].strip('"“”').lower() not in _LAST_WORDS:
        return False
    begin = 0
    plain = _QUOTED.sub("Q", lead[-240:])
    for end in _SENTENCE.finditer(plain):
        begin = end.end()
    clause = plain[begin:]
    return _is_on_a_thing(clause, plain[:begin], words) or _is_a_name(quoted, clause, words)


def _is_on_a_thing(clause: str, earlier: str, words: int) -> bool:
    if _MARKED.search(clause) or (
        words <= _LONGEST_NAME and (_WROTE.search(clause) or _PLACED.search(clause))
    ):
        return True
    it = _IT_READ.search(clause)
    if it and _A_THING.search(earlier[-120:] + clause):
        return True
    tells = _OF_A_THING.search(clause)
    if tells is None or _PERSON.search(tells["between"]):
        return words <= _LONGEST_OF_LETTER and _SAYING.search(clause) is not None
    # he touched the sign and said; but: the letter began Q and ended
    return not _AND.search(tells["between"]) or "Q" in tells["between"]


_AND = re.compile(r"\b(?:and|but|then)\s+$")


def _is_a_name(quoted: Quoted, clause: str, words: int) -> bool:
    if words > _LONGEST_NAME or quoted.last in "!?" or not _IS_CALLED.search(clause):
        return False
    # he called, "Ned." calls out; they called "Stitch" was digging names
    return not _CALLED_OUT.search(clause) or clause[-1:] not in ",:"

"""What an English text says outright of who is a man or a woman: his wife Alex; Sam, a thin girl; Evelyn lit his
pipe."""

# ruff: noqa: SIM905 - word lists are kept as running text, one can read and edit them
from __future__ import annotations

import re

from flows.casting.english.words import FEMALE_NOUNS, MALE_NOUNS, OFFICES, SPEECH_VERBS
from flows.casting.nouns import Gender
from flows.casting.outright import Outright, OutrightRules
from flows.casting.people import Mention

LOOKS = 150
"""Places at which a name is looked at."""
ITSELF, OWN, NEXT, ANOTHER = 1.0, 1.0, 0.8, 0.4
"""Weights of a sign: she herself; her own coat; "said Alex. She …"; any of them where somebody of that gender is
named near by. Measured on annotated novels they are right 98.6, 97, 93 and 80 times in a hundred."""
BEFORE, AFTER, PARAGRAPH = 60, 150, 240
"""Letters before and after a name in which its signs stand, and those in which another person may be meant."""

_MEN = "brothers sons boys men gentlemen nephews uncles husbands fathers lads"
_WOMEN = "sisters daughters girls women ladies nieces aunts wives mothers lasses"
NOUNS_OF_PERSONS: dict[str, Gender] = {
    **dict.fromkeys(sorted(MALE_NOUNS - OFFICES), "male"),
    **dict.fromkeys(_MEN.split(), "male"),
    **dict.fromkeys(sorted(FEMALE_NOUNS), "female"),
    **dict.fromkeys(_WOMEN.split(), "female"),
}
PERSON_NOUN = "|".join(sorted(NOUNS_OF_PERSONS, key=lambda noun: -len(noun)))
_HOLDER = r"(?:the|an?|his|her|my|our|your|their|one|another|[A-Z][a-z]+['’]s)"
NO_OTHER_WORDS = r"(?:(?!(?:of|to|with|in|at|for|from|by|and|or|who|whom|than|as)\b)[\w'’-]+,?\s+){0,4}?"
_ONE_OF = r"(?:\w+\s+)?(?:of\s+(?:\w+\s+){1,2})?"
_DESCRIBED = re.compile(
    rf"(?P<apposed>,)?\s*(?:\b(?:is|was|had been|became|being)\b(?:\s+(?:only|just|still|always|now|once))?)?\s+"
    rf"{_HOLDER}\s+{_ONE_OF}{NO_OTHER_WORDS}(?P<noun>{PERSON_NOUN})\b(?!['’-])(?P<after>,?\s+and\b)?",
)
_AND_A_NAME = re.compile(r"\s+[A-Z]")
"""“Matvey, my sister Anna is coming”: Matvey is called, or another is named."""
_KIN_BEFORE = re.compile(
    rf"\b{_HOLDER}\s+{NO_OTHER_WORDS}(?P<noun>{PERSON_NOUN})(?P<comma>,)?(?:\s+(?:is |was )?(?:named|called))?\s+$"
)
_NAME_OF = re.compile(
    rf"(?:\b(?P<noun>{PERSON_NOUN})['’]s|\b(?P<possessive>[Hh]is|[Hh]er))\s+(?:\w+\s+)?name\s+(?:is|was|had been)\s+$"
)
_CALLED = re.compile(r"\b(?:called|named|nicknamed|christened)\s+(?P<pronoun>him|her)\s+(?:the\s+)?$")
_HINTS = frozenset((*NOUNS_OF_PERSONS, "is", "was", "been", "named", "called", "him", "her", "the"))
"""Words right before a name without which nothing is said of it there."""
_SUBJECT_BEFORE = re.compile(
    r"(?:^|[.!?;:—]['\"’”]?\s+|[\"”’]\s+|\n\s*|,? (?:and|but|then|when|while) |\b(\w+) )(?:[Tt]he |[Oo]ld |[Yy]oung |"
    r"[Ll]ittle |[Pp]oor )*$"
)
_FIRST = re.compile(r"[^.!?;\n]*")
_PRONOUN = re.compile(r"\b(?:he|him|his|she|her|hers)\b")
_ITSELF = re.compile(r"\b(himself|herself)\b")
_THINGS = "|".join(
    """own heads? hair eyes? eyebrows? face hands? arms? shoulders? elbows? beard moustache whiskers pipe cigar
    cigarette hat cap coat cloak boots? shoes? slippers lips? mouth voice chin brows? forehead cheeks? throat legs?
    feet foot fingers? knees? glasses spectacles eyeglasses breath teeth tongue nose neck chest fists? gloves?
    handkerchief skirts? dress apron bonnet shawl sleeves? pockets? temper way tea coffee glass cup mug plate spoon
    knife fork bowl soup supper dinner breakfast lunch bread apple chair seat mind heels? thumbs? back umbrella stick
    cane knitting sewing book newspaper paper purse watch tie collar jacket scarf helmet belt sword gun bag backpack
    phone keys? laptop pen pencil desk horse car bike""".split()
)
_OWN = re.compile(
    rf"\b(?P<verb>\w+)\s+(?P<whose>his|her)\s+(?!own\s+(?:children|heart))(?:[a-z-]+\s+){{0,2}}?(?:{_THINGS})\b"
)
_UPON_ANOTHER = frozenset(
    """took take touched touching kissed kissing seized caught held holding grasped squeezed squeezing patted patting
    stroked met saw watched heard noticed noticing gave pressed pressing clasped gripped followed obeyed meeting
    taking""".split()
)
"""Verbs of what one does to another's hand or coat."""
_NEXT = re.compile(r"[.!?]['\"”’]?[ \t]+(?:Then |But |And |Now |So |Still, )?([Hh]e|[Ss]he|His|Her)\b")
_JOINED = re.compile(r",? (?:and|but|for|because|so|though|that|when|as|if) (he|she)\b")


def _described(text: str, mention: Mention, one: Outright) -> None:
    """Sam, a thin girl; my wife Frankie; the ferryman's name was Marion."""
    before = text[max(0, mention.start - BEFORE) : mention.start]
    tail = before.split()[-1:]
    if not mention.genitive:
        after = _DESCRIBED.match(text, mention.end, mention.end + AFTER)
        # "Tom, his wife, and the dog" is a list
        called = (
            after
            and after["apposed"]
            and (before[-1:] in ("“", '"', "‘") or _AND_A_NAME.match(text, after.end()))
        )
        if after and not called and (not after["apposed"] or not after["after"]):
            one.nouns[after["noun"]] = NOUNS_OF_PERSONS[after["noun"]]
    if not tail or tail[0].rstrip(",").lower() not in _HINTS:
        return
    kin = _KIN_BEFORE.search(before)
    if kin and (not kin["comma"] or text[mention.end : mention.end + 1] in ",."):
        one.nouns[kin["noun"]] = NOUNS_OF_PERSONS[kin["noun"]]
    named = _NAME_OF.search(before)
    if named:
        noun = named["noun"]
        word = noun or named["possessive"].lower()
        one.nouns[f"{word}’s name" if noun else f"{word} name"] = (
            NOUNS_OF_PERSONS[noun] if noun else "male" if word == "his" else "female"
        )
    called = _CALLED.search(before)
    if called:
        one.nouns[called.group()] = "male" if called["pronoun"] == "him" else "female"


def _signs(text: str, mention: Mention, begin: int, end: int) -> list[tuple[float, bool]]:
    """Weight and gender (true: a woman) of the pronouns after a name that acts, which can hardly mean anybody else."""
    end = min(end, mention.end + AFTER)
    opening = _SUBJECT_BEFORE.search(text[max(begin, mention.start - 24) : mention.start])
    if opening is None or (opening.group(1) and opening.group(1).lower() not in SPEECH_VERBS):
        return []
    sentence = _FIRST.match(text, mention.end, end)
    stop = sentence.end() if sentence else mention.end
    first = _PRONOUN.search(text, mention.end, stop)
    until = first.start() if first else stop
    found = []
    itself = _ITSELF.search(text, mention.end, until)
    own = _OWN.search(text, mention.end, min(stop, mention.end + AFTER))
    joined = _JOINED.search(text, mention.end, stop)
    if itself:
        found.append((ITSELF, itself.group(1) == "herself"))
    if own and own.start("whose") == until and own["verb"].lower() not in _UPON_ANOTHER:
        found.append((OWN, own["whose"] == "her"))
    if joined and joined.start(1) == until:
        found.append((ANOTHER, joined.group(1) == "she"))
    following = _NEXT.match(text, stop, end)
    if following and first is None:
        found.append((NEXT, following.group(1) in ("She", "she", "Her")))
    return found


RULES = OutrightRules(LOOKS, PARAGRAPH, ANOTHER, common=True, described=_described, signs=_signs)

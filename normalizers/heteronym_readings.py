"""How English words that are spelled alike are said: CMU phones by tag and neighbours.

Readings are CMU phones (ARPAbet with stress digits) in American pronunciation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from normalizers.homographs import BE_FORMS, PAST_OR_PRESENT, PLURALS, around, noun_and_verb
from normalizers.rules import words

_QUARREL = words(
    "neighbours neighbors quarrel kicking shouting awful terrible dreadful fearful noise blazing frightful "
    "devil infernal deuce kick"
)
"""Words near a row that is a quarrel."""
_METAL = words(
    "pipe pipes pencil pencils bullet bullets paint poisoning roof coffin shot weight weights molten melted "
    "zinc iron copper tin silver ingot mine mines sheet sounding"
)
"""Words near lead the metal."""


@dataclass(frozen=True, slots=True)
class Heteronym:
    """A word at `start:end` that could be said otherwise: its tag, its reading here and the other one (ARPAbet)."""

    start: int
    end: int
    text: str
    tag: str
    arpabet: str
    alternatives: tuple[str, ...]


def _inflected(phones: str) -> str:
    """With the ending -s: a syllable after sibilants, else voiced or voiceless like the phone before."""
    last = phones.split()[-1]
    if last in ("S", "Z", "SH", "ZH", "CH", "JH"):
        return f"{phones} AH0 Z"
    return f"{phones} {'S' if last in ('P', 'T', 'K', 'F', 'TH') else 'Z'}"


@dataclass(frozen=True, slots=True)
class _Place:
    """A word in its tagged sentence: two neighbours on each side ('' beyond the ends) and all within six words."""

    tokens: Sequence[str]
    tags: Sequence[str]
    at: int
    word: str
    tag: str
    left2: str
    left: str
    right: str
    right2: str
    near: frozenset[str]

    @property
    def verb(self) -> bool:
        return self.tag.startswith("VB")


def _place(tokens: Sequence[str], tags: Sequence[str], i: int) -> _Place:
    near = frozenset(w.lower() for w in tokens[max(0, i - 6) : i + 7])
    return _Place(tokens, tags, i, tokens[i].lower(), tags[i], *around(tokens, i), near)


_READINGS: dict[str, tuple[str, str]] = {
    "read": ("R IY1 D", "R EH1 D"),
    "reread": ("R IY0 R IY1 D", "R IY0 R EH1 D"),
    "misread": ("M IH0 S R IY1 D", "M IH0 S R EH1 D"),
    "proofread": ("P R UW1 F R IY2 D", "P R UW1 F R EH2 D"),
    "lead": ("L IY1 D", "L EH1 D"),
    "leads": ("L IY1 D Z", "L EH1 D Z"),
    "wind": ("W IH1 N D", "W AY1 N D"),
    "winds": ("W IH1 N D Z", "W AY1 N D Z"),
    "wound": ("W UW1 N D", "W AW1 N D"),
    "tear": ("T IH1 R", "T EH1 R"),
    "tears": ("T IH1 R Z", "T EH1 R Z"),
    "bow": ("B OW1", "B AW1"),
    "bows": ("B OW1 Z", "B AW1 Z"),
    "row": ("R OW1", "R AW1"),
    "rows": ("R OW1 Z", "R AW1 Z"),
    "sow": ("S AW1", "S OW1"),
    "sows": ("S AW1 Z", "S OW1 Z"),
    "bass": ("B EY1 S", "B AE1 S"),
    "dove": ("D AH1 V", "D OW1 V"),
    "minute": ("M IH1 N AH0 T", "M AY0 N UW1 T"),
    "polish": ("P AA1 L IH0 SH", "P OW1 L IH0 SH"),
    "invalid": ("IH2 N V AE1 L AH0 D", "IH1 N V AH0 L AH0 D"),
    "sewer": ("S UW1 ER0", "S OW1 ER0"),
    "buffet": ("B AH0 F EY1", "B AH1 F AH0 T"),
    "resume": ("R EH1 Z AH0 M EY2", "R IH0 Z UW1 M"),
    "used": ("Y UW1 Z D", "Y UW1 S T"),
    "learned": ("L ER1 N D", "L ER1 N AH0 D"),
    "blessed": ("B L EH1 S T", "B L EH1 S AH0 D"),
    "aged": ("EY1 JH D", "EY1 JH AH0 D"),
    "beloved": ("B IH0 L AH1 V D", "B IH0 L AH1 V AH0 D"),
    "live": ("L AY1 V", "L IH1 V"),
    "number": ("N AH1 M B ER0", "N AH1 M ER0"),
}
"""Words apart from the pairs of noun and verb: the first reading, and the one `_SECOND` chooses."""
_PLURAL_NOUNS = {
    "lives": "L AY1 V Z",
    "houses": "HH AW1 Z AH0 Z",
    "mouths": "M AW1 DH Z",
    "closes": "K L OW1 Z AH0 Z",
}


def _readings(word: str) -> tuple[str, str] | None:
    """Both readings of a word in small letters: noun (or the commoner) and verb (or the rarer)."""
    if word in _READINGS:
        return _READINGS[word]
    pairs = noun_and_verb()
    if word in PLURALS:
        noun, acts = pairs[PLURALS[word]]
        return _PLURAL_NOUNS.get(word, noun + " AH0 Z"), acts + (
            " Z" if word in ("lives", "mouths") else " AH0 Z"
        )
    if word in pairs:
        return pairs[word]
    if word.endswith("s") and word[:-1] in pairs:
        noun, acts = pairs[word[:-1]]
        return _inflected(noun), _inflected(acts)
    return None


_BESIDE_METAL = words(
    "silver tin iron glass gold steel brass mined mines ore antimony mercury arsenic tungsten"
)


def _is_metal(p: _Place) -> bool:
    """lead, lĕd: the metal, and the leads of a roof."""
    heavy = (
        p.right in _METAL
        or p.left in words("of molten melted like as with heavy red white")
        or bool(p.near & {"zinc", "molten", "bullets", "copper", "pencil", "pipe"})
        or ("and" in (p.left, p.right) and bool(p.near & _BESIDE_METAL))
        or (
            p.left in BE_FORMS
            and bool(p.near & words("feet legs limbs arms heart eyelids boots sky stomach"))
        )
    )
    attributive = (
        p.tag == "NN"
        and p.tags[p.at + 1 : p.at + 2] in (["NN"], ["NNS"])
        and p.right
        not in words(
            "role actor actress singer guitar time character part story position man investigator detective dancer"
        )
    )
    plates = p.word == "leads" and p.left == "the" and p.right in ("of", "")
    return not p.verb and (heavy or plates or attributive)


def _is_wrapped(p: _Place) -> bool:
    """wound, wound: past of to wind."""
    return p.tag == "VBD" or (
        p.tag == "VBN"
        and (
            p.right in words("up round around about with in down through tightly tight so")
            or bool(p.near & {"clock", "watch", "thread", "scarf", "bandage", "rope", "cloth"})
        )
    )


def _is_ripped(p: _Place) -> bool:
    """tear, tair: to rip, and what is ripped."""
    rip = (
        p.verb
        or (p.at == 0 and p.right in words("along up off open it the down out this that your"))
        or (p.word == "tears" and p.left in words("he she it who which"))
    ) and not (p.word == "tear" and p.right in ("up", "") and p.near & {"eyes", "eye"})
    if (p.left2, p.left) == ("wear", "and"):
        return True
    return rip or (
        p.right in ("in", "along")
        and p.left in ("a", "the", "long", "small", "big")
        and p.right2 in ("the", "his", "her", "my")
        and bool(
            p.near
            & words(
                "sleeve coat dress shirt cloth fabric skirt paper sail curtain jacket trousers stocking stockings "
                "glove veil net tent blanket sheet page map"
            )
        )
    )


_WEAPON = words(
    "arrow arrows violin fiddle string strings quiver archer ribbon hair tied tie shot yew cello ribbons "
    "pink satin crossbow hunter strung stringing drew drawn draws bent notched nocked aimed loosed slung"
)
"""Words near a bow that is not made by bending."""


def _is_bent(p: _Place) -> bool:
    """bow, bough: to bend, and the bending."""
    bend = (
        p.verb
        or (p.at == 0 and p.right in words("before down to your low"))
        or (p.left in words("her his their a") and p.left2 in words("took take takes taking made"))
        or (
            p.left in words("a low deep slight stiff polite with his graceful formal the")
            and not p.near & _WEAPON
        )
    )
    named = p.tokens[p.at][0].isupper() and p.at > 0  # Bow Street, Clara Bow
    ship = (
        "stern" in p.near
        or re.match(r"(?:boat|ship|vessel|canoe|barge|ferry|launch)['’]s", p.left) is not None
    )
    return (bend or ship) and not named and not p.near & {"arrow", "arrows", "quiver", "violin", "fiddle"}


def _is_quarrel(p: _Place) -> bool:
    """row, rhyming with cow."""
    loud = (
        bool(p.near & _QUARREL)
        and p.right not in ("of", "boat", "upon")
        and p.left not in ("front", "back", "first", "second", "last")
    )
    had = (p.left == "a" and p.left2 in words("have having had has") and p.right not in ("of", "in")) or (
        p.word == "rows" and p.left in words("have having had") and p.right not in ("of", "in")
    )
    made = p.left == "a" and p.left2 in words("up make made making makes start started starting pick picked")
    this = p.left in ("this", "that") and p.left2 not in words("in on of from along at down across")
    return not p.verb and (
        loud
        or had
        or (made and p.right not in ("of", "in"))
        or (this and p.right in ("", "about", "is", "was", "over", "going", "at"))
        or p.right == "with"
        or (p.left == "a" and p.right == "about")
        or (p.left2, p.left) == ("what", "a")
    )


def _is_polish(p: _Place) -> bool:
    """Of Poland: a capital, and not only because the sentence begins."""
    subject = p.tags[p.at + 1 : p.at + 2] in (["NN"], ["NNS"]) and any(
        tag.startswith(("VB", "MD")) for tag in p.tags[p.at + 2 : p.at + 3]
    )
    return p.tokens[p.at][0] == "P" and (
        p.at > 0
        or subject
        or p.right in words("army people language government border jews count woman officer")
    )


def _is_habit(p: _Place) -> bool:
    """used to, with a voiceless end."""
    accustomed = (
        p.tag == "VBD"
        or p.left in BE_FORMS
        or p.left in words("get got getting grown become became not so quite he she they i we it you there")
    )
    passive = p.left in words("is are was were be been being") and p.tags[p.at + 2 : p.at + 3] == ["VB"]
    return p.right == "to" and accustomed and not passive


def _is_scholar(p: _Place) -> bool:
    """learned in two syllables."""
    return p.tag == "JJ" or (
        p.left in ("the", "a", "very", "most", "his", "my")
        and p.right in words("man men gentleman friend judge doctor professor counsel society scholar")
    )


def _is_old(p: _Place) -> bool:
    """aged in two syllables."""
    whose = p.left in words("an the his her my your our their this that whose poor dear")
    return (whose and p.right not in words(", and between from")) or (
        p.left == "the" and p.right in ("", "and")
    )


def _is_satisfied(p: _Place) -> bool:
    """content, not contents."""
    return (
        p.verb
        or p.tag == "JJ"
        or p.right in words("cat man woman child baby smile sigh look face expression")
        or p.left
        in (
            BE_FORMS
            | words(
                "looked looks seemed seems seem appeared remained remain feels felt well quite perfectly so "
                "heart's not am be"
            )
        )
    )


def _is_end(p: _Place) -> bool:
    """close with a voiced end: the verb, and the close of the day."""
    return p.verb or (
        p.tag == "NN" and (p.right == "of" or p.left in ("a", "to") or p.left in ("drew", "came"))
    )


def _is_sown(p: _Place) -> bool:
    """sow, to scatter seed."""
    return p.verb or (p.at == 0 and p.right in words("the your seed seeds a them it in only early late"))


def _is_put_to_use(p: _Place) -> bool:
    """use with a voiced end: the verb; did she use to sing? ends as the noun does."""
    habit = p.right == "to" and p.near & words("did didn't") and not p.near & words("what which how")
    return p.verb and not habit


def _is_verb(p: _Place) -> bool:
    return p.verb


_SECOND: dict[str, Callable[[_Place], bool]] = {
    **dict.fromkeys(PAST_OR_PRESENT, lambda p: p.tag in ("VBD", "VBN", "JJ")),
    **dict.fromkeys(("lead", "leads"), _is_metal),
    **dict.fromkeys(("tear", "tears"), _is_ripped),
    **dict.fromkeys(("bow", "bows"), _is_bent),
    **dict.fromkeys(("row", "rows"), _is_quarrel),
    "wound": _is_wrapped,
    "sow": _is_sown,
    "use": _is_put_to_use,
    "bass": lambda p: bool(
        p.near & words("fish fishing caught lake river sea trout perch striped pond grilled")
    ),
    "minute": lambda p: p.tag == "JJ",
    "polish": _is_polish,
    "invalid": lambda p: p.tag.startswith("NN"),
    "sewer": lambda p: False,
    "resume": lambda p: p.verb or p.left in ("to", "and"),
    "used": _is_habit,
    "learned": _is_scholar,
    "number": lambda p: p.left in words("grew grow grows growing grown felt becoming became getting"),
    "deserts": lambda p: p.verb or p.left == "just",
    "blessed": lambda p: (
        p.tag == "JJ"
        or (p.at == 0 and p.right in ("are", "is", "be"))
        or p.left in ("the", "a", "that", "this", "every", "whole")
    ),
    "aged": _is_old,
    "beloved": lambda p: p.right != "by",
    "content": _is_satisfied,
    "close": _is_end,
    "upset": lambda p: p.verb or p.tag == "JJ",
}
"""When a word has its second reading; all others have it as verbs."""


def reading_of(tokens: Sequence[str], tags: Sequence[str], i: int) -> tuple[str, tuple[str, ...]] | None:
    """The ARPAbet reading of word `i` in its tagged sentence and the other readings; None where there is no choice."""
    word = tokens[i].lower()
    choice = _readings(word)
    if choice is None or choice[0] == choice[1]:
        return None
    second = _SECOND.get(word, _is_verb)(_place(tokens, tags, i))
    return choice[second], (choice[not second],)

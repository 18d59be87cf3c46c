"""How English words that are spelled alike are said: CMU phones by tag and neighbours.

Readings are CMU phones (ARPAbet with stress digits) in American pronunciation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from normalizers.homographs import BE_FORMS, PAST_OR_PRESENT, PLURALS, around, noun_and_verb
from normalizers.rules import words

_QUARREL = words(
    "neighbours neighbors quarrel kicking shouting awful terrible dreadful fearful noise blazing frightful devil infernal deuce kick"
)
"""Words near a row that is a quarrel."""
_METAL = words(
    "pipe pipes pencil pencils bullet bullets paint poisoning roof coffin shot weight weights molten melted zinc iron copper tin silver ingot mine mines sheet sounding"
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


def reading_of(tokens: Sequence[str], tags: Sequence[str], i: int) -> tuple[str, tuple[str, ...]] | None:
    """The ARPAbet reading of word `i` in its tagged sentence and the other readings; None where there is no choice."""
    word = tokens[i].lower()
    tag = tags[i]
    left2, left, right, right2 = around(tokens, i)
    near = {w.lower() for w in tokens[max(0, i - 6) : i + 7]}
    verb = tag.startswith("VB")
    choice: tuple[str, str] | None = None
    second = verb
    if word in PAST_OR_PRESENT:
        choice, second = ("R IY1 D", "R EH1 D"), tag in ("VBD", "VBN", "JJ")
    elif word in ("lead", "leads"):
        heavy = (
            right in _METAL
            or left in words("of molten melted like as with heavy")
            or bool(near & {"zinc", "molten", "bullets", "copper", "pencil", "pipe"})
        )
        attributive = (
            tag == "NN"
            and tags[i + 1 : i + 2] in (["NN"], ["NNS"])
            and right
            not in words(
                "role actor actress singer guitar time character part story position man investigator detective dancer"
            )
        )
        plates = word == "leads" and left == "the" and right in ("of", "")
        choice, second = (
            ("L IY1 D", "L EH1 D") if word == "lead" else ("L IY1 D Z", "L EH1 D Z"),
            not verb and (heavy or plates or attributive),
        )
    elif word in ("wind", "winds"):
        choice = ("W IH1 N D", "W AY1 N D") if word == "wind" else ("W IH1 N D Z", "W AY1 N D Z")
    elif word == "wound":
        choice, second = (
            ("W UW1 N D", "W AW1 N D"),
            tag == "VBD"
            or (
                tag == "VBN"
                and (
                    right in words("up round around about with in down through tightly")
                    or bool(near & {"clock", "watch", "thread", "scarf", "bandage", "rope", "cloth"})
                )
            ),
        )
    elif word in ("tear", "tears"):
        rip = verb and not (word == "tear" and right in ("up",) and left in ("eyes", "eye"))
        choice, second = (
            ("T IH1 R", "T EH1 R") if word == "tear" else ("T IH1 R Z", "T EH1 R Z"),
            rip
            or (
                right in ("in", "along")
                and left in ("a", "the", "long", "small", "big")
                and right2 in ("the", "his", "her", "my")
                and bool(
                    near
                    & words("sleeve coat dress shirt cloth fabric skirt paper sail curtain jacket trousers")
                )
            ),
        )
    elif word in ("bow", "bows"):
        weapon = words(
            "arrow arrows violin fiddle string strings quiver archer ribbon hair tied tie shot yew cello ribbons pink satin crossbow hunter strung stringing drew drawn draws bent notched nocked aimed loosed slung"
        )
        bend = (
            verb
            or (left in words("her his their a") and left2 in words("took take takes taking made"))
            or (
                left in words("a low deep slight stiff polite with his graceful formal the")
                and not near & weapon
            )
        )
        choice, second = (
            ("B OW1", "B AW1") if word == "bow" else ("B OW1 Z", "B AW1 Z"),
            bend and not near & {"arrow", "arrows", "quiver", "violin", "fiddle"},
        )
    elif word in ("row", "rows"):
        loud = (
            bool(near & _QUARREL)
            and right not in ("of", "boat", "upon")
            and left not in ("front", "back", "first", "second", "last")
        )
        choice, second = (
            ("R OW1", "R AW1") if word == "row" else ("R OW1 Z", "R AW1 Z"),
            not verb and (loud or right == "with" or (left2, left) == ("what", "a")),
        )
    elif word in ("sow", "sows"):
        choice, second = ("S AW1", "S OW1") if word == "sow" else ("S AW1 Z", "S OW1 Z"), verb
    elif word == "bass":
        choice, second = (
            ("B EY1 S", "B AE1 S"),
            bool(near & words("fish fishing caught lake river sea trout perch striped pond grilled")),
        )
    elif word == "dove":
        choice = ("D AH1 V", "D OW1 V")
    elif word == "minute":
        choice, second = ("M IH1 N AH0 T", "M AY0 N UW1 T"), tag == "JJ"
    elif word == "polish":
        choice, second = (
            ("P AA1 L IH0 SH", "P OW1 L IH0 SH"),
            tokens[i][0] == "P"
            and (i > 0 or right in words("army people language government border jews count woman officer")),
        )
    elif word == "invalid":
        choice, second = ("IH2 N V AE1 L AH0 D", "IH1 N V AH0 L AH0 D"), tag.startswith("NN")
    elif word == "sewer":
        choice, second = ("S UW1 ER0", "S OW1 ER0"), False
    elif word == "buffet":
        choice = ("B AH0 F EY1", "B AH1 F AH0 T")
    elif word == "resume":
        choice, second = ("R EH1 Z AH0 M EY2", "R IH0 Z UW1 M"), verb or left in ("to", "and")
    elif word == "used":
        choice, second = (
            ("Y UW1 Z D", "Y UW1 S T"),
            right == "to"
            and (
                tag == "VBD"
                or left in BE_FORMS
                or left in words("get got getting grown become became not so quite he she they i we it you")
            )
            and not (left in words("is are was were be been being") and tags[i + 2 : i + 3] == ["VB"]),
        )
    elif word == "learned":
        choice, second = (
            ("L ER1 N D", "L ER1 N AH0 D"),
            tag == "JJ"
            or (
                left in ("the", "a", "very", "most", "his", "my")
                and right in words("man men gentleman friend judge doctor professor counsel society scholar")
            ),
        )
    elif word == "blessed":
        choice, second = (
            ("B L EH1 S T", "B L EH1 S AH0 D"),
            tag == "JJ" or left in ("the", "a", "that", "this", "every", "whole"),
        )
    elif word == "aged":
        choice, second = (
            ("EY1 JH D", "EY1 JH AH0 D"),
            (left in ("an", "the", "his", "her") and right not in ("", "and"))
            or (left == "the" and right in ("", "and")),
        )
    elif word == "beloved":
        choice, second = ("B IH0 L AH1 V D", "B IH0 L AH1 V AH0 D"), right != "by"
    elif word in PLURALS:
        noun, acts = noun_and_verb()[PLURALS[word]]
        plural = {
            "lives": "L AY1 V Z",
            "houses": "HH AW1 Z AH0 Z",
            "mouths": "M AW1 DH Z",
            "closes": "K L OW1 Z AH0 Z",
        }.get(word, noun + " AH0 Z")
        choice = (plural, acts + (" Z" if word in ("lives", "mouths") else " AH0 Z"))
        if choice[0] == choice[1]:
            return None
    elif word == "live":
        choice = ("L AY1 V", "L IH1 V")
    elif word == "content":
        choice, second = (
            noun_and_verb()["content"],
            verb
            or tag == "JJ"
            or right in words("cat man woman child baby smile sigh look face expression")
            or left in (BE_FORMS | words("well quite perfectly so heart's not am felt be")),
        )
    elif word == "entrance":
        choice = noun_and_verb()["entrance"]
    elif word == "close":
        choice, second = (
            noun_and_verb()["close"],
            verb or (tag == "NN" and (right == "of" or left in ("a", "to") or left in ("drew", "came"))),
        )
    elif word in noun_and_verb():
        choice = noun_and_verb()[word]
        second = verb or (word == "upset" and tag == "JJ")
    elif word[:-1] in noun_and_verb() and word.endswith("s"):
        noun, acts = noun_and_verb()[word[:-1]]
        choice = (_inflected(noun), _inflected(acts))
    if choice is None or choice[0] == choice[1]:
        return None
    return choice[second], (choice[not second],)

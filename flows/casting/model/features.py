"""The vocabulary of the log-linear model: every feature has a name, by which its weight is known, and a number.

`FEATURES[number]` is the name. The tables give the number of a feature by what it says; "tag class" is what
kind of tag a turn has (`TC`), "coarse" the four kinds that matter where a feature is about the neighbourhood
(`COARSE`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

TagClass = Literal["none", "bare", "pron", "noun", "I", "they", "name", "beatname", "beatpron", "beatnoun"]

LOOK_BACK, LOOK_AHEAD = 8, 5
"""Turns in which a named tag makes its speaker a candidate."""


class _Names:
    """Feature names in order of first use; calling it with a name gives the name's number."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}

    def __call__(self, name: str) -> int:
        return self.names.setdefault(name, len(self.names))


_F = _Names()
NO_SPEAKER = _F("nobody")
TC: tuple[TagClass, ...] = (
    "none",
    "bare",
    "pron",
    "noun",
    "I",
    "they",
    "name",
    "beatname",
    "beatpron",
    "beatnoun",
)
COARSE: Mapping[TagClass, int] = {
    "none": 0,
    "bare": 0,
    "pron": 1,
    "noun": 2,
    "I": 3,
    "they": 3,
    "name": 3,
    "beatname": 3,
    "beatpron": 1,
    "beatnoun": 2,
}
FIT = ("agree", "clash", "unknown", "surely agree", "surely clash")


def _by_class(name: str, values: range) -> list[list[int]]:
    """`[coarse class of the tag][value]`: the features `name` of every value."""
    return [[_F(f"{name} {value} {tc}") for value in values] for tc in range(4)]


TAG_NAME = {
    (slot, sure, fit): _F(f"tag {slot} {'sure' if sure else 'weak'} {fit}")
    for slot in ("after", "before", "colon", "beat")
    for sure in (True, False)
    for fit in ("is", "may be", "other")
}
TAG_PLAIN = {fit: _F(f"tag plain sure {fit}") for fit in ("is", "may be", "other")}
"""Of a tag that is nothing but the speaker and a verb of speech."""
GENDER = {(tc, fit): _F(f"gender {tc} {fit}") for tc in TC for fit in FIT}
HOLDS = ("exact", "head", "title", "none")
NOUN_FIT = {
    (how, best, generic, pure, contested): _F(
        f"noun {how} of {best}{' generic' if generic else ''} "
        f"{'role' if pure else 'name'}{' contested' if contested else ''}"
    )
    for how in HOLDS
    for best in HOLDS
    for generic in (False, True)
    for pure in (False, True)
    for contested in (False, True)
}
EPITHET = {
    (rank, strong, uses): _F(f"epithet {rank} {'strong' if strong else 'weak'} of {uses}")
    for rank in (1, 2, 3, "none")
    for strong in (False, True)
    for uses in (1, 2, 3)
}
KIN = {
    (noun, fit): _F(f"kin {noun} {fit}")
    for noun in ("married", "unmarried")
    for fit in ("married", "unmarried", "other")
}
ALONE = {
    (n, tc): _F(f"first of {n} of the gender {tc}")
    for n in (1, 2, 3, 4)
    for tc in ("pron", "noun", "beatpron", "beatnoun")
}
ROLE = {tc: _F(f"role {tc}") for tc in TC}
NARRATOR = {tc: _F(f"narrator {tc}") for tc in TC}
SUBJECT = {(rank, tc): _F(f"subject {rank} {tc}") for rank in (1, 2, 3) for tc in TC}
ONLY_NAMED = {tc: _F(f"only one named {tc}") for tc in TC}
NAMED = {tc: _F(f"named in paragraph {tc}") for tc in TC}
LAST_NAMED = {tc: _F(f"last named {tc}") for tc in TC}
BEHIND = {tc: _F(f"named behind the subject {tc}") for tc in ("pron", "beatpron")}
"""He cried, grasping Holmes: whom the same sentence names behind a pronoun that acts is somebody else (principle C of
binding: Chomsky, Lectures on Government and Binding, 1981)."""
OLDEST_RANK = 7
"""Rank of recency that stands for all further back."""
RECENT = _by_class("recency", range(1, OLDEST_RANK + 1))
SAME_GENDER = {
    (rank, tc): _F(f"recency of gender {rank} {tc}")
    for rank in range(1, 6)
    for tc in ("pron", "noun", "beatpron", "beatnoun")
}
AWAY = _by_class("paragraphs since named", range(7))
DISTANCE = (0, 1, 2, 3, 3, 4, 4, 4, 4, 5)
"""Value of `AWAY` by paragraphs since somebody was named, the last for all beyond."""
LONG_AGO = 6
LEAD = {
    (place, tc, colon): _F(f"lead {place} {tc} {'colon' if colon else ''}")
    for place in ("first", "last", "only", "other")
    for tc in range(4)
    for colon in (False, True)
}
BACK = _by_class("tagged back", range(LOOK_BACK + 1))
AHEAD = _by_class("tagged ahead", range(LOOK_AHEAD + 1))
VOCATIVE = {
    (k, tc): _F(f"vocative {k} {tc}")
    for k in ("this", "previous", "before that", "next", "after next")
    for tc in range(4)
}
CALLED = {(n, tc): _F(f"called at odd less even distance {n} {tc}") for n in range(-2, 3) for tc in range(4)}
SPOKEN = {(k, tc): _F(f"spoken of {k} {tc}") for k in ("this", "previous", "next") for tc in range(4)}
SIR = {fit: _F(f"addressed as sir or madam {fit}") for fit in FIT}
ANTECEDENT = {
    (place, where, tc): _F(f"antecedent {place} {where} {tc}")
    for place in ("only", "first", "last", "other", "passed over")
    for where in ("beside", "above")
    for tc in ("pron", "beatpron")
}
"""The subjects of the sentence before a pronoun, of its gender: in the same paragraph, or in the narration above."""
ANSWERED = {fit: _F(f"called sir or madam in the next line {fit}") for fit in FIT}
OF_ONESELF = {fit: _F(f"speaks as a man or a woman {fit}") for fit in FIT}
SHARE = _by_class("share of mentions", range(6))
TALK = _by_class("share of tags", range(6))
LOCAL = _by_class("tags near by", range(5))
LISTENER = {tc: _F(f"named in the paragraph before {tc}") for tc in range(4)}
FOLLOW = {tc: _F(f"named in the paragraph after {tc}") for tc in range(4)}

MOVE_TC = ("bare", "none", "pron", "noun", "I", "they", "name", "beat")
MOVE_CLASS = {tc: MOVE_TC.index(tc if tc in MOVE_TC else "beat") for tc in TC}
MOVE = {
    (move, gap, tc): _F(f"move {move} gap {gap} {tc}")
    for move in ("same", "back")
    for gap in range(5)
    for tc in range(8)
}
MOVE_AFTER = {
    (move, before, tc): _F(f"move {move} {tc} after {before}")
    for move in ("same", "back")
    for before in range(8)
    for tc in range(8)
}
MOVE_QUESTION = {move: _F(f"move {move} after question") for move in ("same", "back")}
MOVE_BARE = {move: _F(f"move {move} after bare") for move in ("same", "back")}
MOVE_VOCATIVE = {move: _F(f"move {move} after vocative") for move in ("same", "back")}
MOVE_LONG = {move: _F(f"move {move} after a long speech") for move in ("same", "back")}

FEATURES: tuple[str, ...] = tuple(_F.names)
"""Every feature's name, by number."""

"""What a text says outright of who is a man or a woman, gathered by a language's own rules.

Pronouns that can hardly mean anybody else, and nouns beside a name: his wife Alex; 丫鬟小翠.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from flows.casting.nouns import Gender
from flows.casting.people import Mention, People
from flows.casting.prose import Prose

ENOUGH = 12
"""Signs after which a person is settled; a lead is named a thousand times."""
NEIGHBOURS = 5
"""Mentions on either side that are looked at for somebody else."""


@dataclass(slots=True)
class Outright:
    """What the text says outright of one person.

    Args:
        male, female: weights of the pronouns that can hardly mean anybody else.
        signs: how many there were, in the places where the person is named that were looked at (`seen`).
        nouns: words like "wife" and "boy", with the gender they tell.
    """

    male: float = 0.0
    female: float = 0.0
    signs: int = 0
    seen: int = 0
    nouns: dict[str, Gender] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutrightRules:
    """How a language says it.

    Args:
        looks: places at which a name is looked at.
        near: letters from a name in which somebody else may be meant.
        another: the most that a sign weighs where somebody of that gender is named near by.
        common: whether a name that is also a common word is looked at.
        described: fills `nouns` by the words beside a mention.
        signs: weight and gender (true: a woman) of the pronouns after a mention that acts, in text[begin:end].
    """

    looks: int
    near: int
    another: float
    common: bool
    described: Callable[[str, Mention, Outright], None]
    signs: Callable[[str, Mention, int, int], Iterable[tuple[float, bool]]]


def said_outright(
    prose: Prose,
    people: People,
    narration: Sequence[tuple[int, int]],
    guesses: Sequence[Gender | None],
    rules: OutrightRules,
) -> list[Outright]:
    """What is said outright of each person.

    Args:
        narration: stretches of `prose.text` outside speech, in order.
        guesses: the gender that each person's names tell.
    """
    told = [Outright() for _ in people.persons]
    begins, ends = [a for a, _ in narration], [b for _, b in narration]
    text, mentions = prose.text, people.mentions
    for i, mention in enumerate(mentions):
        one = told[mention.who[0]]
        settled = one.signs >= ENOUGH or one.seen >= rules.looks
        if len(mention.who) != 1 or settled or (mention.common and not rules.common):
            continue
        one.seen += 1
        rules.described(text, mention, one)
        s = bisect_right(begins, mention.start) - 1
        if s < 0 or mention.start >= ends[s] or mention.genitive:
            continue
        following = mentions[i + 1].start if i + 1 < len(mentions) else len(text)
        for weight, female in rules.signs(text, mention, begins[s], min(ends[s], following)):
            one.signs += 1
            if _another(mentions, i, guesses, "female" if female else "male", rules.near):
                weight = min(weight, rules.another)
            if female:
                one.female += weight
            else:
                one.male += weight
    return told


def _another(
    mentions: Sequence[Mention], i: int, guesses: Sequence[Gender | None], gender: Gender, near: int
) -> bool:
    """Whether somebody else whose names tell `gender` is named within `near` letters of mention `i`."""
    at, mine = mentions[i].start, mentions[i].who
    for step in (-1, 1):
        k = i + step
        while 0 <= k < len(mentions) and abs(mentions[k].start - at) < near and abs(k - i) <= NEIGHBOURS:
            if mentions[k].who != mine and any(guesses[p] == gender for p in mentions[k].who):
                return True
            k += step
    return False

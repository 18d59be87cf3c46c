"""Who is a man or a woman by what is said: “Yes, sir,” to whom; “I was a boy,” by whom; “少爷，” to whoever answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from flows.casting.nouns import Gender
from flows.casting.people import People
from flows.casting.turns import Turn

OF_ONESELF, TO_BOTH_SIDES, TO_ONE_SIDE = 2.0, 2.0, 1.0
"""What it counts that somebody calls himself a man; that whoever speaks before and after is called one; or one side."""


def hear_genders(people: People, turns: Sequence[Turn]) -> None:
    """Give a gender to those whose words, or the words said to them, tell it, where nothing else does but the name."""
    heard: defaultdict[int, dict[Gender, float]] = defaultdict(lambda: {"male": 0.0, "female": 0.0})
    words: dict[int, str] = {}

    def hear(person: int, gender: Gender, weight: float, said: str) -> None:
        heard[person][gender] += weight
        words.setdefault(person, said)

    for t, turn in enumerate(turns):
        who = speaker_named(turn)
        if turn.own_gender is not None and who is not None:
            hear(who, turn.own_gender, OF_ONESELF, "speaks as one")
        if turn.calls is None:
            continue
        before = speaker_named(turns[t - 1]) if t and not turn.chain_break else None
        follows = t + 1 < len(turns) and not turns[t + 1].chain_break
        after = speaker_named(turns[t + 1]) if follows else None
        sides = [p for p in (before, after) if p is not None and p != who]
        if len(sides) == 2 and before == after:
            hear(sides[0], turn.calls, TO_BOTH_SIDES, "is called so")
        elif sides and not turn.vocatives - set(sides):
            hear(sides[-1], turn.calls, TO_ONE_SIDE, "is called so")
    for p, sums in heard.items():
        person = people.persons[p]
        gender: Gender = "female" if sums["female"] > sums["male"] else "male"
        ahead = abs(sums["female"] - sums["male"])
        if ahead and person.gender != gender and (person.gender is None or person.by_name):
            person.gender, person.by_name = gender, False
            person.gender_evidence = "; ".join(filter(None, (words[p], person.gender_evidence)))


def speaker_named(turn: Turn) -> int | None:
    """Who is fixed as the speaker of a turn, or named alone by a sure tag."""
    if turn.fixed is not None:
        return turn.fixed
    tag = turn.tag
    if tag is None or not tag.sure or len(tag.subject.who) != 1:
        return None
    return tag.subject.who[0] if tag.subject.kind in ("name", "noun") else None

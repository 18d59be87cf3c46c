"""One person under several names: making them one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import combinations

from flows.casting.people import People, Person, without
from flows.casting.turns import Subject, Turn

OFFICE_LINES = 10
"""Tagged lines from which an office may be somebody's by the turns it takes."""
TOGETHER = 4
"""Talks in which both must be tagged for that."""
TALK = 0.03
"""Share of their lines at which two names stand next to each other as two people who talk do."""


def lines_by_tag(turns: Sequence[Turn]) -> tuple[Counter[int], Counter[tuple[int, int]]]:
    """How many lines a name's tag gives to each person, and how often two of them follow one another."""
    tagged = [named_by(turn) for turn in turns]
    beside: Counter[tuple[int, int]] = Counter()
    for t in range(len(turns) - 1):
        here, there = tagged[t], tagged[t + 1]
        if here >= 0 and there >= 0 and here != there and not turns[t + 1].chain_break:
            beside[min(here, there), max(here, there)] += 1
    return Counter(p for p in tagged if p >= 0), beside


def named_by(turn: Turn) -> int:
    """Whom a sure tag names, alone; -1 where none does."""
    tag = turn.tag
    sure = tag is not None and tag.sure and tag.subject.kind in ("name", "noun") and len(tag.subject.who) == 1
    return tag.subject.who[0] if tag is not None and sure else -1


def talks_of(turns: Sequence[Turn]) -> list[set[int]]:
    """Who is tagged in each conversation."""
    talks: list[set[int]] = []
    for turn in turns:
        if turn.chain_break or not talks:
            talks.append(set())
        if (who := named_by(turn)) >= 0:
            talks[-1].add(who)
    return talks


def offices_by_turns(
    people: People, turns: Sequence[Turn], talks: Iterable[set[int]], is_office: Callable[[Person], bool]
) -> dict[int, int]:
    """Offices and whose they are by how the two take turns: in the talks where both are tagged, the magistrate and
    M. Hautet hardly ever answer one another, but both answer the same third."""
    tagged = [named_by(turn) for turn in turns]
    lines = Counter(p for p in tagged if p >= 0)
    next_to: Counter[tuple[int, int]] = Counter()
    next_but_one: Counter[tuple[int, int]] = Counter()
    for t, who in enumerate(tagged):
        for back, counted in ((1, next_to), (2, next_but_one)):
            other = tagged[t - back] if t >= back else -1
            if other >= 0 <= who != other and not any(
                turns[k].chain_break for k in range(t - back + 1, t + 1)
            ):
                counted[min(who, other), max(who, other)] += 1
    together = Counter(pair for those in talks for pair in combinations(sorted(those), 2))
    found: dict[int, int] = {}
    for office in people.persons:
        if lines[office.id] < OFFICE_LINES or not is_office(office):
            continue
        fits = []
        for name in people.persons:
            pair = min(office.id, name.id), max(office.id, name.id)
            apart, near = next_but_one[pair], next_to[pair]
            common = name.kind == "name" and together[pair] >= TOGETHER
            if common and apart >= max(2, 2 * near + 1) and not is_office(name):
                fits.append((apart - near, name.id))
        fits.sort(reverse=True)
        if fits and (len(fits) == 1 or fits[0][0] > fits[1][0]):
            found[office.id] = fits[0][1]
    return found


def told_as_one(
    people: People, turns: Sequence[Turn], pairs: Iterable[tuple[int, int, bool]]
) -> dict[int, int]:
    """Persons that the text equates: id -> id of the one they are; never a man and a woman.

    Args:
        pairs: ids of persons whose names the text gives to one, and whether in one breath; where a pronoun stands for
            one of them, two who talk to each other stay two.
    """
    lines, beside = lines_by_tag(turns)
    merged: dict[int, int] = {}
    for left, right, outright in pairs:
        one, other = root(merged, left), root(merged, right)
        talk = beside[min(one, other), max(one, other)] > 1 + TALK * min(lines[one], lines[other])
        if one == other or (talk and not outright) or clash(people.persons[one], people.persons[other]):
            continue
        less, more = sorted((one, other), key=lambda p: (people.persons[p].kind == "name", lines[p], -p))
        merged[less] = more
    return {p: root(merged, p) for p in merged}


def clash(one: Person, other: Person) -> bool:
    """A man and a woman, told by more than their names."""
    return bool(
        one.gender and other.gender and one.gender != other.gender and not (one.by_name or other.by_name)
    )


def root(merged: Mapping[int, int], person: int) -> int:
    """Who a person is in the end."""
    while person in merged:
        person = merged[person]
    return person


def merge(people: People, turns: Sequence[Turn], merged: Mapping[int, int]) -> People:
    """The same people with everything of the merged given to whom they are, numbered anew; `turns` follow."""
    for less, more in merged.items():
        people.persons[more].aliases.update(people.persons[less].aliases)
    kept = without(people, set(merged))
    target = [people.persons[merged.get(p, p)] for p in range(len(people.persons))]

    @cache
    def now(who: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(dict.fromkeys(target[p].id for p in who))

    kept.mentions = people.mentions
    for mention in kept.mentions:
        mention.who = now(mention.who)
    subjects: dict[int, Subject] = {}
    for turn in turns:
        for subject in turn.subjects:
            subjects[id(subject)] = subject  # turns share them
        for subject in turn.lead:
            subjects[id(subject)] = subject
        if turn.tag is not None:
            subjects[id(turn.tag.subject)] = turn.tag.subject
        turn.named = list(now(tuple(turn.named)))
        turn.spoken_names = set(now(tuple(turn.spoken_names)))
        turn.vocatives = set(now(tuple(turn.vocatives)))
    for subject in subjects.values():
        subject.who = now(subject.who)
    return kept

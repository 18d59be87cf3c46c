"""One person under several names (悟空, 行者, 大圣): told by the text in one breath, or by who answers when
the name is called."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache

from flows.casting.chinese.words import ROLE_NOUNS, SURNAMES
from flows.casting.people import People, Person, without
from flows.casting.prose import Prose
from flows.casting.turns import Subject, Turn

MIN_CALLS = 6
"""Times a name must be called before its answers tell anything."""
ANSWERS = 0.6
"""Share of calls that one and the same other name must answer."""
AHEAD = 2.0
"""How many times oftener than the next best that name must answer."""
TALK = 0.03
"""Share of their lines at which two names stand next to each other as two people who talk do."""
_SAME = re.compile(
    r"[，,、]?(?:(?:表字|字|绰号|綽號|诨名|混名|法名|乳名|小名|别名|別名|原名|本名|学名|學名|改名|"
    r"[别別道]?[号號])(?:叫|唤|喚|为|為|做|作|是|曰)*"
    r"|(?:又|亦|自此|从此|因此)[又亦]?(?:名|称|稱|叫|唤|喚|号|號)(?:为|為|做|作|曰)*)[“「『]?"
)
"""What stands between two names of one person: 诸葛亮，字孔明; 悟空，又称为行者."""


def find_renamed(prose: Prose, people: People, turns: Sequence[Turn]) -> dict[int, int]:
    """Persons that are somebody else under another name: id -> id of the one they are."""
    tagged = [
        t.tag.subject.who[0]
        if t.tag is not None and t.tag.sure and t.tag.subject.kind == "name" and len(t.tag.subject.who) == 1
        else -1
        for t in turns
    ]
    lines = Counter(p for p in tagged if p >= 0)
    beside: Counter[tuple[int, int]] = Counter()
    answers: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for t in range(len(turns) - 1):
        if turns[t + 1].chain_break:
            continue
        here, there = tagged[t], tagged[t + 1]
        if here >= 0 and there >= 0 and here != there:
            beside[min(here, there), max(here, there)] += 1
        if len(turns[t].vocatives) == 1 and there >= 0 and there != here:
            answers[next(iter(turns[t].vocatives))][there] += 1
    told = _told(prose, people)
    pairs = list(told)
    for called, who in answers.items():
        calls = sum(who.values())
        others = [(n, p) for p, n in who.items() if p != called]
        if calls < MIN_CALLS or not others or _is_noun(people.persons[called]):
            continue
        best, name = max(others)
        second = max((n for n, p in others if p != name), default=0)
        if best >= ANSWERS * calls and best >= AHEAD * second:
            pairs.append((called, name))
    merged: dict[int, int] = {}
    for k, pair in enumerate(pairs):
        one, other = (_root(merged, p) for p in pair)
        talk = beside[min(one, other), max(one, other)] > 1 + TALK * min(lines[one], lines[other])
        if one == other or (talk and k >= len(told)) or _clash(people.persons[one], people.persons[other]):
            continue
        less, more = (one, other) if lines[one] <= lines[other] else (other, one)
        merged[less] = more
    return {p: _root(merged, p) for p in merged}


def _clash(one: Person, other: Person) -> bool:
    """A man and a woman, told by more than the letters of their names."""
    told = "letters" not in one.gender_evidence + other.gender_evidence
    return bool(one.gender and other.gender and one.gender != other.gender and told)


def _root(merged: dict[int, int], person: int) -> int:
    while person in merged:
        person = merged[person]
    return person


def _told(prose: Prose, people: People) -> list[tuple[int, int]]:
    """Pairs of persons whose names stand in one breath: 诸葛亮，字孔明."""
    found = []
    text = prose.text
    for left, right in itertools.pairwise(people.mentions):
        gap = right.start - left.end
        if not 0 < gap <= 8 or len(left.who) != 1 or len(right.who) != 1 or left.who == right.who:
            continue
        if right.end - right.start < 2 or "\u4e00" <= text[right.end : right.end + 1] <= "\u9fff":
            continue  # 字公達 is not 公
        if any(_is_noun(people.persons[m.who[0]]) for m in (left, right)):
            continue
        one, other = text[left.start : left.end], text[right.start : right.end]
        if len(one) > 2 and len(other) > 2 and one[0] != other[0] and {one[0], other[0]} <= SURNAMES:
            continue  # two families
        if _SAME.fullmatch(text, left.end, right.start):
            found.append((left.who[0], right.who[0]))
    return found


def _is_noun(person: Person) -> bool:
    """A noun that many may be called by (徒弟, 兄弟)."""
    return person.kind != "name" or person.name in ROLE_NOUNS


def merge_renamed(prose: Prose, people: People, turns: Sequence[Turn]) -> People:
    """See `Reader.merge_renamed`."""
    merged = find_renamed(prose, people, turns)
    return merge(people, turns, merged) if merged else people


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

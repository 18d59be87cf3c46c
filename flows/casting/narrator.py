"""The narrator: in which person the book is told, and who "I" is."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

from flows.casting.nouns import UNNAMED_NARRATOR
from flows.casting.people import People
from flows.casting.prose import Prose
from flows.casting.reader import FirstPerson
from flows.casting.turns import Turn

ENOUGH_WORDS = 60
LONG = 5000
"""Words of narration from which its chapters are looked at one by one."""
MOSTLY = 0.4
"""Share of the words that must stand in chapters told in the first person."""
MIN_ADDRESSED = 2
"""Times somebody must be addressed by name to be taken for the narrator."""

ADDRESSED = 0.015
"""How often that must be, as a share of the lines that "I" is tagged to say."""
OFTEN_ANSWERED = 10
"""Times "I" must answer to a name before the narration may use it, too."""


def is_first_person(
    prose: Prose,
    first_person: FirstPerson,
    narration: Sequence[tuple[int, int]],
    enough: int = ENOUGH_WORDS,
) -> bool:
    """Whether the narration says "I" (or 我) often enough to be told by somebody in the story; it must have more than
    `enough` words."""
    told = "\n".join(prose.text[a:b] for a, b in narration)
    words = first_person.count(told)
    if words <= enough or len(first_person.words.findall(told)) <= first_person.rate * words:
        return False
    return words < LONG or _in_most_chapters(prose, first_person, narration)


def _in_most_chapters(prose: Prose, first_person: FirstPerson, narration: Sequence[tuple[int, int]]) -> bool:
    """Whether much of the narration stands in chapters that say "I": a long letter at the end of a story makes no
    narrator of who writes it."""
    told: dict[int, list[str]] = {}
    for start, end in narration:
        paragraph = max(0, bisect_right(prose.starts, start) - 1)
        while paragraph < len(prose.starts) and prose.starts[paragraph] < end:
            text = prose.text[max(start, prose.starts[paragraph]) : min(end, prose.ends[paragraph])]
            told.setdefault(prose.chapter[paragraph], []).append(text)
            paragraph += 1
    with_me = all_words = 0.0
    for texts in told.values():
        text = "\n".join(texts)
        words = first_person.count(text)
        all_words += words
        with_me += words if len(first_person.words.findall(text)) > first_person.rate * words else 0
    return with_me > MOSTLY * all_words


def name_narrator(
    first_person: FirstPerson, people: People, turns: Sequence[Turn], narration: Sequence[tuple[int, int]]
) -> int:
    """The id of the narrator: somebody whom others address by a name that the narration hardly uses; else a
    new, unnamed person."""
    addressed: Counter[int] = Counter()
    often: Counter[int] = Counter()
    answered: Counter[int] = Counter()
    called_by_me: Counter[int] = Counter()
    mine = sum(turn.tag is not None and turn.tag.subject.kind == "I" for turn in turns)
    for t, turn in enumerate(turns):
        for p in turn.vocatives:
            addressed[p] += 1
            often[p] += 1
            own = turn.tag
            called_by_me[p] += own is not None and own.subject.kind == "I"
            # "Hastings, …" next to "I said" is the plainest sign
            for near in (t - 1, t + 1):
                if 0 <= near < len(turns):
                    tag = turns[near].tag
                    if tag is not None and tag.subject.kind == "I":
                        addressed[p] += 2
                        answered[p] += 1
    total: Counter[int] = Counter()
    told: Counter[int] = Counter()
    k = 0
    for mention in people.mentions:
        while k < len(narration) and narration[k][1] <= mention.start:
            k += 1
        inside = k < len(narration) and narration[k][0] <= mention.start
        for p in mention.who:
            total[p] += 1
            told[p] += inside
    best, score = -1, 0.0
    for p, n in addressed.items():
        person = people.persons[p]
        if often[p] < max(MIN_ADDRESSED, ADDRESSED * mine) or not first_person.may_narrate(
            person, answered[p] > 0
        ):
            continue
        if called_by_me[p] * 2 > answered[p]:  # “Jeeves,” I said
            continue
        share = told[p] / max(1, total[p])
        # some call themselves by name when they tell ("Bertram Wooster was not to be bullied")
        most, least = (0.7, 0.02) if answered[p] >= OFTEN_ANSWERED else (0.3, 0.0)
        worth = n * max(least, 0.4 - share)
        if worth > score and share < most:
            best, score = p, worth
    if best >= 0 and score >= 0.35:
        return best
    return people.add(UNNAMED_NARRATOR, kind="narrator").id

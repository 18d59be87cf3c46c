"""The narrator: in which person the book is told, and who "I" is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from flows.casting.book import Book
from flows.casting.english.words import TITLES
from flows.casting.nouns import UNNAMED_NARRATOR
from flows.casting.people import People
from flows.casting.turns import Turn

FIRST_PERSON_RATE = 0.008
"""Share of "I" among the words of the narration above which the book is told in the first person."""
ENOUGH_WORDS = 60
MIN_ADDRESSED = 2
"""Times somebody must be addressed by name to be taken for the narrator."""
_WORDS = re.compile(r"\S+")
_HAN = re.compile("[\u4e00-\u9fff]+")
_I = {"en": re.compile(r"(?<![\w'’])I(?![\w.])|\b[Mm]y\b|(?<![\w'’])me\b"), "zh": re.compile(r"我(?!们)")}


def is_first_person(book: Book, narration: Sequence[tuple[int, int]]) -> bool:
    """Whether the narration says "I" (or 我) often enough to be told by somebody in the story."""
    text = book.text
    told = "\n".join(text[a:b] for a, b in narration)
    if book.lang == "zh":
        size = sum(map(len, _HAN.findall(told))) / 1.6
        rate = 2 * FIRST_PERSON_RATE
    else:
        size = len(_WORDS.findall(told))
        rate = FIRST_PERSON_RATE * 1.8
    return (
        size > ENOUGH_WORDS and len(_I[book.lang if book.lang == "zh" else "en"].findall(told)) > rate * size
    )


def name_narrator(
    book: Book, people: People, turns: Sequence[Turn], narration: Sequence[tuple[int, int]]
) -> int:
    """The id of the narrator: somebody whom others address by a name that the narration hardly uses; else a new, unnamed person."""
    addressed: Counter[int] = Counter()
    often: Counter[int] = Counter()
    answered: Counter[int] = Counter()
    for t, turn in enumerate(turns):
        for p in turn.vocatives:
            addressed[p] += 1
            often[p] += 1
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
        titled = any(alias.split()[0].strip(".").lower() in TITLES for alias in person.aliases if alias)
        if often[p] < MIN_ADDRESSED:
            continue
        if (
            not answered[p]
            and person.gender is None
            and not titled
            and not person.given
            and book.lang != "zh"
        ):
            continue  # "Length, Breadth, Thickness" addresses nobody
        share = told[p] / max(1, total[p])
        worth = n * max(0.0, 0.4 - share)
        if worth > score and share < 0.3:
            best, score = p, worth
    if best >= 0 and score >= 0.35:
        return best
    return people.add(UNNAMED_NARRATOR, kind="narrator").id

"""Gender and age of English characters: titles, nouns, pronouns after the name, given names; in words."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Sequence

from flows.casting.english.outright import RULES
from flows.casting.english.spellings import key
from flows.casting.english.words import (
    CHILD_NOUNS,
    OFFICES,
    OLD_NOUNS,
    TITLES,
    given_names,
    nickname_roots,
    noun_gender,
)
from flows.casting.nouns import Age, Gender
from flows.casting.outright import said_outright
from flows.casting.people import People, Person
from flows.casting.prose import Prose

_PRONOUN = re.compile(r"\b(?:[Hh]e|[Hh]im|[Hh]is|[Hh]imself|[Ss]he|[Hh]ers?|[Hh]erself)\b")
REACH = 110
"""Characters after a name in which a pronoun is taken to mean it."""
TITLE_WEIGHT, RANK_WEIGHT = 9.0, 2.2
NOUN_WEIGHT, OFFICE_WEIGHT = 5.0, 2.0
NAME_WEIGHT, VOTE_WEIGHT, OUTRIGHT_WEIGHT = 2.2, 1.7, 2.0
"""Log odds of one piece of evidence; a rank or an office tells less than a title or a kin word. `VOTE_WEIGHT` and
`OUTRIGHT_WEIGHT` are of a unit of the log ratio of pronouns after the name, of those that can hardly mean anybody
else."""
MARGIN = 0.5
_BEFORE_SURNAMES = frozenset(("mr", "mrs", "miss", "dr", "rank", "rev"))


def tell_genders(prose: Prose, people: People, narration: Sequence[tuple[int, int]]) -> None:
    """Fill `gender` and `gender_evidence` of every person that has none given, and `age` where the text tells.

    Args:
        narration: stretches of `prose.text` outside speech, in order.
    """
    votes = _votes(prose, people, narration)
    named = [_names_score(person) for person in people.persons]
    outright = said_outright(prose, people, narration, [_gender(score) for score, _ in named], RULES)
    for person, (score, reasons), said in zip(people.persons, named, outright, strict=True):
        if person.given and person.gender:
            continue
        male, female = votes[person.id]
        if said.nouns and abs(score) < TITLE_WEIGHT - NAME_WEIGHT:  # else a title has told
            balance = sum(1 if gender == "female" else -1 for gender in said.nouns.values())
            if balance:
                agreed = len(set(said.nouns.values())) == 1
                score += math.copysign(TITLE_WEIGHT if agreed else OUTRIGHT_WEIGHT, balance)
                reasons[:0] = ["“" + "”, “".join(said.nouns) + "”"]
        score += OUTRIGHT_WEIGHT * math.log((said.female + 0.3) / (said.male + 0.3))
        if male or female:
            trust = 1.0 - 1.0 / (1.0 + 0.35 * (male + female))
            score += VOTE_WEIGHT * trust * math.log((female + 0.5) / (male + 0.5))
            reasons.append(f"he {male}, she {female}")
        person.by_name = not (said.nouns or said.signs or male or female) and score in (
            NAME_WEIGHT,
            -NAME_WEIGHT,
        )
        person.gender = _gender(score)
        person.gender_evidence = "; ".join(reasons)
        if person.age is None:
            person.age = _age(person)


def _gender(score: float) -> Gender | None:
    return "female" if score > MARGIN else "male" if score < -MARGIN else None


def _votes(prose: Prose, people: People, narration: Sequence[tuple[int, int]]) -> list[list[int]]:
    """(he, she) counts of the pronouns that follow each name with no other name between."""
    votes = [[0, 0] for _ in people.persons]
    text = prose.text
    begins = [a for a, _ in narration]
    ends = [b for _, b in narration]
    places = [(m.start(), m.group()[0] in "Ss" or m.group()[1:3] == "er") for m in _PRONOUN.finditer(text)]
    k = 0
    mentions = people.mentions
    for i, mention in enumerate(mentions):
        if len(mention.who) != 1:
            continue
        s = bisect_right(begins, mention.start) - 1
        if s < 0 or mention.start >= ends[s]:
            continue
        limit = min(mention.end + REACH, mentions[i + 1].start if i + 1 < len(mentions) else len(text))
        while k < len(places) and places[k][0] < mention.end:
            k += 1
        if k < len(places) and places[k][0] < limit:
            at, female = places[k]
            s = bisect_right(begins, at) - 1
            if s >= 0 and at < ends[s]:
                votes[mention.who[0]][1 if female else 0] += 1
    return votes


def _names_score(person: Person) -> tuple[float, list[str]]:
    names = given_names()
    score, reasons = 0.0, []
    titles: dict[str, float] = {}
    given: dict[str, float] = {}
    for alias in person.aliases:
        words = key(alias)
        titled = [w for w in words if w in TITLES and TITLES[w][1]]
        # "King James" and "Queen Anne" tell; so does a bare "the Queen"
        for word in titled:
            titles[word] = 1.0 if TITLES[word][1] == "female" else -1.0
        rest = [w for w in words if w not in TITLES]
        surname_title = any(w in TITLES and TITLES[w][0] in _BEFORE_SURNAMES for w in words)
        if rest and not (surname_title and len(rest) == 1):
            word = rest[0]
            gender = names.get(word)
            if gender is None:
                roots = {names.get(root) for root in nickname_roots().get(word, ())} - {None}
                gender = next(iter(roots)) if len(roots) == 1 else None
            if gender:
                given[word] = 1.0 if gender == "female" else -1.0
        if words and not titled:
            gender = next((g for g in map(noun_gender, reversed(words)) if g), None)
            described = alias.split()[0].lower() in ("the", "a", "an", "one", "another", "some")
            if gender and (described or person.kind == "role" or alias.islower()):
                weight = OFFICE_WEIGHT if OFFICES & set(words) else NOUN_WEIGHT
                score += weight if gender == "female" else -weight
                reasons.append(f"“{alias}”")
    if titles:
        balance = sum(titles.values())
        weight = RANK_WEIGHT if all(TITLES[w][0] == "rank" for w in titles) else TITLE_WEIGHT
        score += weight * (1 if balance > 0 else -1 if balance < 0 else 0)
        reasons.append("title " + ", ".join(w.title() for w in titles))
    if given:
        balance = sum(given.values())
        score += NAME_WEIGHT * (1 if balance > 0 else -1 if balance < 0 else 0)
        reasons.append("given name " + ", ".join(w.title() for w in given))
    return score, reasons


def _age(person: Person) -> Age | None:
    masters = sum(n for alias, n in person.aliases.items() if alias.lower().startswith("master "))
    if masters * 2 > sum(person.aliases.values()):  # and not John Silver, whom somebody calls Master Silver
        return "child"
    for alias in person.aliases:
        words = set(alias.lower().split())
        if words & CHILD_NOUNS or ("little" in words and person.kind == "role"):
            return "child"
        if words & OLD_NOUNS or "old" in words:
            return "old"
    return None

"""Whom an English noun phrase may mean: the young man, her mother, the inspector, Basil, the painter."""

# ruff: noqa: SIM905 - word lists are kept as running text, one can read and edit them
from __future__ import annotations

import re

from flows.casting.english.words import ANAPHORIC_NOUNS, PERSON_NOUNS, TITLES, head_noun
from flows.casting.people import People
from flows.casting.prose import Prose
from flows.casting.reader import Generation, Phrases
from flows.casting.turns import Subject

_DISTINGUISHING = frozenset(
    [
        "young", "old", "little", "other", "elder", "younger", "eldest", "youngest", "first", "second",
        "third", "big", "small", "tall", "short",
        "fat", "thin", "stout", "american", "italian", "french", "english", "german", "black", "white", "red",
        "fair", "dark", "head",
    ]
)  # fmt: skip
_POSSESSIVE = frozenset(["his", "her", "my", "their", "our", "your"])
_APPOSITION = re.compile(
    r"(?:,| (?:was|is|being))\s+(?:the|an?|our|my|his|her)\s+(?:[a-z-]+\s+){0,2}?([a-z-]+)\b"
)


def epithet(subject: Subject) -> str:
    """What is counted as one epithet: `her mother`, `young man`, else the bare noun."""
    words = subject.words.lower().split()
    if not words or not subject.noun:
        return subject.noun
    if words[0] in _POSSESSIVE:
        return f"{words[0]} {subject.noun}"
    if len(words) > 1 and words[-2] in _DISTINGUISHING:
        return f"{words[-2]} {subject.noun}"
    return subject.noun


def is_generic(subject: Subject) -> bool:
    """A noun that fits many (the girl, his friend), against one that fits few (the coroner)."""
    return subject.noun in ANAPHORIC_NOUNS or subject.words[:4].lower() in ("his ", "her ")


_MARRIED = frozenset(
    "wife mother aunt mistress hostess mamma mama husband father papa uncle host grandmother grandfather".split()
)
_UNMARRIED = frozenset(
    "daughter girl niece sister maiden son boy lad youth nephew brother child lass grandson granddaughter".split()
)


def generation(noun: str) -> Generation:
    """Whether a noun of kin is of the elder or the younger generation."""
    return "married" if noun in _MARRIED else "unmarried" if noun in _UNMARRIED else "other"


def generations(people: People) -> list[Generation]:
    """Per person what the titles of the family tell: Mrs. Bennet, and the one Mr. Bennet beside her, are of
    the elder generation."""
    named: list[tuple[set[str], str]] = []
    for person in people.persons:
        titles, surname = set(), ""
        for alias in person.aliases:
            words = alias.lower().replace(".", "").split()
            if len(words) > 1 and words[0] in TITLES and TITLES[words[0]][0]:
                titles.add(TITLES[words[0]][0])
                surname = words[-1]
        named.append((titles, surname))
    wives = {surname for titles, surname in named if "mrs" in titles}
    return [
        "married"
        if "mrs" in titles or ("mr" in titles and surname in wives)
        else "unmarried"
        if "miss" in titles or not titles
        else "other"
        for titles, surname in named
    ]


def title_bearers(people: People) -> dict[str, list[int]]:
    """Noun -> persons with that title in a name: the inspector is Inspector Japp."""
    bearers: dict[str, list[int]] = {}
    for person in people.persons:
        words = {w for alias in person.aliases for w in alias.lower().replace(".", "").split()[:2]}
        for word in words:
            if word in TITLES and word in PERSON_NOUNS:
                bearers.setdefault(word, []).append(person.id)
            elif word == "dr":
                bearers.setdefault("doctor", []).append(person.id)
    return bearers


def apposed(prose: Prose, people: People) -> dict[str, set[int]]:
    """Noun -> persons that the text calls so: `Basil Hallward, the painter`, `Mr. Wells was a lawyer`."""
    found: dict[str, set[int]] = {}
    for mention in people.mentions:
        if len(mention.who) == 1 and not mention.common:
            match = _APPOSITION.match(prose.text, mention.end)
            if match and match.group(1) in PERSON_NOUNS:
                found.setdefault(match.group(1), set()).add(mention.who[0])
    return found


PHRASES = Phrases(
    head=head_noun,
    epithet=epithet,
    is_generic=is_generic,
    generation=generation,
    generations=generations,
    title_bearers=title_bearers,
    apposed=apposed,
    votes_for_nobody=frozenset(("other", "voice")),
    articles=("the ", "a "),
)

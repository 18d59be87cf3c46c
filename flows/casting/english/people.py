"""English persons: which spellings are somebody, and which belong to one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from flows.casting.english.families import Families
from flows.casting.english.roles import SMALL_TEXT, speaking_roles
from flows.casting.english.spellings import Capitals, key, spelled_runs
from flows.casting.english.words import (
    KIN_NAMES,
    SPEECH_VERBS,
    TITLES,
    given_names,
    noun_age,
    noun_gender,
)
from flows.casting.people import People, Person
from flows.casting.prose import Prose
from flows.casting.turns import inside

_KIN = "|".join(name.title() for name in KIN_NAMES)
_KIN_TAG = re.compile(
    rf"\b(?P<said>[a-z]+) (?P<after>{_KIN})\b(?!['’-])|\b(?P<before>{_KIN}) (?P<says>[a-z]+)\b"
)
MIN_KIN_TAGS = 3
"""Times that `said Mother` must be read before Mother is a name."""
SELDOM = 10
"""Times as often a title must speak alone as with any of several names, to be somebody else's."""
MIN_ALONE = 40
"""Times it must speak alone for that."""
OFTENER_TITLED = 3
"""Times as often one of several must be called by a title, to be meant by it alone."""
GIVEN_NAME = 8
"""Times that a woman's name is said alone for each time with a title, from which it is a given name."""


def find_people(prose: Prose, quoted: Iterable[tuple[int, int]]) -> People:
    """Everybody with a name in the text, clustered.

    Args:
        quoted: spans of dialogue in `prose.text`, in order.
    """
    spans = list(quoted)
    runs = spelled_runs(prose, spans, Capitals(prose.text))
    people = Families(runs, small=len(prose.text) < SMALL_TEXT).put_together()
    for name, count in _named_by_kinship(prose, spans).items():
        person = people.add(name, gender=KIN_NAMES[name.lower()], evidence=f"“{name}”")
        person.age = noun_age(name.lower())
        person.aliases[name] += count
    known = {words[0] for person in people.persons for words in map(key, person.aliases) if len(words) == 1}
    for noun, count in speaking_roles(prose, spans).items():
        bearers = [
            p for p in people.persons if noun in TITLES and any(key(a)[:1] == (noun,) for a in p.aliases)
        ]
        bearers = _likely_bearers(bearers, noun, count)
        if bearers:  # "the Queen" is the Queen of Hearts, or one of the duchesses
            for person in bearers:
                person.aliases[f"the {noun}"] += count
        elif noun not in known:
            gender = noun_gender(noun)
            small = re.search(rf"\b{re.escape(noun)}\b", prose.text)
            name = f"the {noun if small else noun.title()}"  # the German
            person = people.add(name, "role", gender, f"“{noun}”" if gender else "")
            person.age = noun_age(noun)
            person.aliases[name] += count
    return people


def _likely_bearers(bearers: list[Person], noun: str, count: int) -> list[Person]:
    """Of those who have a title, whom it means alone: the one who is called so most, the Count of Monte Cristo and not
    that of Mauléon; nobody where several are hardly ever called so, as kings of old beside the king of the story."""
    if len(bearers) < 2:
        return bearers
    titled = {p.id: sum(n for alias, n in p.aliases.items() if key(alias)[:1] == (noun,)) for p in bearers}
    bearers = sorted(bearers, key=lambda p: -titled[p.id])
    most, second = titled[bearers[0].id], titled[bearers[1].id]
    if most * SELDOM < count >= MIN_ALONE:
        return []
    return bearers[:1] if most > OFTENER_TITLED * second else bearers


def _named_by_kinship(prose: Prose, quoted: list[tuple[int, int]]) -> Counter[str]:
    """Mother, Papa: whom the narrator calls so as by a name, in `said Mother`; and how often."""
    found = Counter[str]()
    for match in _KIN_TAG.finditer(prose.text):
        if (match["said"] or match["says"]) in SPEECH_VERBS and not inside(quoted, match.start()):
            found[match["after"] or match["before"]] += 1
    return Counter({name: count for name, count in found.items() if count >= MIN_KIN_TAGS})


def chief_name(person: Person) -> str:
    """The spelling the book uses most; a bare surname ("Darcy") only where nothing fuller is usual."""
    proper = [a for a in person.aliases if not a.startswith("the ")] or list(person.aliases)
    most = max(proper, key=lambda alias: (person.aliases[alias], len(alias)))
    words = most.split()
    bare = len(words) == 1 and most.lower() not in given_names()
    titled = sum(n for a, n in person.aliases.items() if " " in a and a.split()[-1] == words[-1])
    if bare and person.gender == "female" and titled * GIVEN_NAME < person.aliases[most]:
        return most  # a woman who is called so is not called by her surname: Tuppence
    if bare or words[0].strip(".").lower() in TITLES:
        share = 0.05 if bare else 0.1
        fuller = [
            a
            for a in person.aliases
            if " " in a and a.split()[-1] == words[-1] and person.aliases[a] > share * person.aliases[most]
        ]
        given = [a for a in fuller if a.split()[0].lower() in given_names()]
        if given or (bare and fuller):
            return max(given or fuller, key=lambda alias: person.aliases[alias])
    return most

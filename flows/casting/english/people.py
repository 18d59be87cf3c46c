"""English persons: which spellings are somebody, and which belong to one."""

from __future__ import annotations

from collections.abc import Iterable

from flows.casting.english.families import Families
from flows.casting.english.roles import SMALL_TEXT, speaking_roles
from flows.casting.english.spellings import Capitals, key, spelled_runs
from flows.casting.english.words import (
    TITLES,
    given_names,
    noun_age,
    noun_gender,
)
from flows.casting.people import People, Person
from flows.casting.prose import Prose


def find_people(prose: Prose, quoted: Iterable[tuple[int, int]]) -> People:
    """Everybody with a name in the text, clustered.

    Args:
        quoted: spans of dialogue in `prose.text`, in order.
    """
    spans = list(quoted)
    runs = spelled_runs(prose, spans, Capitals(prose.text))
    people = Families(runs, small=len(prose.text) < SMALL_TEXT).put_together()
    known = {words[0] for person in people.persons for words in map(key, person.aliases) if len(words) == 1}
    for noun, count in speaking_roles(prose, spans).items():
        bearers = [
            p for p in people.persons if noun in TITLES and any(key(a)[:1] == (noun,) for a in p.aliases)
        ]
        if bearers:  # "the Queen" is the Queen of Hearts, or one of the duchesses
            for person in bearers:
                person.aliases[f"the {noun}"] += count
        elif noun not in known:
            gender = noun_gender(noun)
            person = people.add(f"the {noun}", "role", gender, f"“{noun}”" if gender else "")
            person.age = noun_age(noun)
            person.aliases[f"the {noun}"] += count
    return people


def chief_name(person: Person) -> str:
    """The spelling the book uses most; a bare surname ("Darcy") only where nothing fuller is usual."""
    proper = [a for a in person.aliases if not a.startswith("the ")] or list(person.aliases)
    most = max(proper, key=lambda alias: (person.aliases[alias], len(alias)))
    words = most.split()
    bare = len(words) == 1 and most.lower() not in given_names()
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

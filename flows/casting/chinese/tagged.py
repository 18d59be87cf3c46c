"""People whom speaker tags name, joined to those found by their names."""

from __future__ import annotations

from collections.abc import Container, Sequence

from flows.casting.chinese.tags import is_title_of, role_of, speaks_as, tagged_subjects
from flows.casting.chinese.words import ROLE_NOUNS, noun_age, noun_gender
from flows.casting.people import People, Person


def add_tagged(people: People, text: str, quoted: Sequence[tuple[int, int]], least: int) -> None:
    """Whoever a tag names and nobody above found: a role, a common word, a foreign name.

    Args:
        least: how often a tag must name somebody; 1 in a text so short that who only acts beside speech counts, too.
    """
    small = least == 1
    known = [alias for person in people.persons for alias in person.aliases]
    found = tagged_subjects(text, quoted, known, least)
    names = [name for name, count in found.speaks.most_common() if count >= least]
    names += [name for name in found.acts if small and name not in found.speaks]
    owner = {alias: person for person in people.persons for alias in person.aliases}
    for name in names:
        count = found.speaks[name] + found.acts[name]
        person = owner.get(name) or _known_as(name, text, small, people, found.speaks)
        if person is None:
            noun = role_of(name)
            gender = noun_gender(noun) if noun else None
            person = people.add(name, "role" if noun else "name", gender, f"“{noun}”" if gender else "")
            person.age = noun_age(noun) if noun else None
        person.aliases[name] += count
        owner[name] = person


def false_names(people: People, text: str) -> set[int]:
    """Ids of names that are another name with what its bearer does: 白狐抢 (着说) beside 白狐, who speaks."""
    names = {person.name: person for person in people.persons}
    false = set()
    for person in people.persons:
        shorter = next((person.name[:-n] for n in (1, 2) if person.name[:-n] in names), "")
        if len(shorter) < 2 or person.kind != "name" or text.count(shorter) <= text.count(person.name):
            continue
        if speaks_as(shorter, text) and not speaks_as(person.name, text):
            false.add(person.id)
    return false


def _holds(person: Person, name: str, text: str) -> bool:
    """Whether a person was found as `name` and a letter more (白狐抢 of 白狐抢着说) or as the noun before
    it (财务小张)."""
    if name.startswith(person.name) and len(name) > len(person.name):
        return text.count(name) == text.count(person.name)  # 三叔 of 三叔公
    if person.name.startswith(name) and len(person.name) <= len(name) + 2:
        return text.count(name) > text.count(person.name)
    return person.kind == "name" and person.name not in ROLE_NOUNS and person.name + name in text


def _known_as(name: str, text: str, small: bool, people: People, tagged: Container[str]) -> Person | None:
    """Who is meant by a name that is another with a title (小雪姑娘), with what they do (白狐 of 白狐抢), or the
    role they alone have (老者 of 白发老者)."""
    noun = role_of(name)
    alike = []
    for person in people.persons:
        if is_title_of(name, person.name) or is_title_of(person.name, name):
            return person
        if person.name not in tagged and small and _holds(person, name, text):
            del person.aliases[person.name]
            person.name = name
            return person
        if noun and person.kind == "role" and role_of(person.name) == noun:
            alike.append(person)
    if len(alike) == 1 and noun in (name, alike[0].name):
        return alike[0]
    return None

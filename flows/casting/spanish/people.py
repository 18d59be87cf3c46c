"""Who speaks in a Spanish book: the names and roles that verbs of saying go with."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flows.casting.nouns import Gender
from flows.casting.people import People, Person, PersonKind
from flows.casting.prose import Prose
from flows.casting.spanish.words import NOT_NAMES, OLD, SAID, TITLES, YOUNG

_NAME = r"[A-ZÁÉÍÓÚÑ][a-záéíóúüñ]+(?:\s+(?:(?:de(?:l|\s+la|\s+los|\s+las)?|y)\s+)?[A-ZÁÉÍÓÚÑ][a-záéíóúüñ]+)*"
_TITLE = "|".join(sorted((re.escape(title) for title in TITLES), key=len, reverse=True))
_TITLED = rf"(?:(?:el|la)\s+)?(?:{_TITLE})\s+{_NAME}"
_ROLE = r"(?P<article>el|la)\s+(?P<noun>[a-záéíóúüñ]{3,})"
_SUBJECT = rf"(?P<who>{_TITLED}|{_NAME}|{_ROLE})"
SAID_BY = re.compile(
    rf"(?<!\w)(?:se\s+|le\s+|les\s+|me\s+|nos\s+)*(?:{SAID})\s+(?:entonces\s+|por\s+fin\s+|al\s+fin\s+|"
    rf"luego\s+)?{_SUBJECT}(?!\w)"
)
"""`dijo Ana`, `preguntó don Fermín`, `contestó el viejo`."""
WHO_SAID = re.compile(
    rf"(?P<who>{_TITLED}|{_NAME})\s+(?:no\s+|se\s+|le\s+|les\s+|me\s+|lo\s+)*(?:{SAID})(?!\w)"
)
"""`Ana dijo:`."""
_NO_ROLES = frozenset(("que", "cual", "otro", "otra", "primero", "primera", "segundo", "segunda", "uno",
"una", "mismo", "misma", "verdad", "vez", "mesa", "puerta", "voz", "cabeza", "mano", "fin", "final", "aire",
"oído", "teléfono", "suelo"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody as a tag names them: `start` and `end` in the text, the name without article and title, and
    what the words tell."""

    start: int
    end: int
    name: str
    kind: PersonKind
    gender: Gender | None
    age: Literal["young", "old"] | None


def named(match: re.Match[str]) -> Named | None:
    """Whom a match of `SAID_BY` or `WHO_SAID` names; None for words that name nobody."""
    words = match["who"].split()
    if words[0] in ("el", "la") and len(words) == 2 and words[1].islower():
        noun = words[1]
        if noun in _NO_ROLES:
            return None
        age: Literal["young", "old"] | None = "old" if noun in OLD else "young" if noun in YOUNG else None
        return Named(
            match.start("who"),
            match.end("who"),
            " ".join(words),
            "role",
            "male" if words[0] == "el" else "female",
            age,
        )
    gender: Gender | None = None
    while words and (words[0] in ("el", "la") or words[0].lower() in TITLES):
        told = TITLES.get(words[0].lower())
        gender = "male" if told == "male" else "female" if told == "female" else gender
        words = words[1:]
    if not words or words[0] in NOT_NAMES:
        return None
    return Named(match.start("who"), match.end("who"), " ".join(words), "name", gender, None)


def find_people(prose: Prose, quoted: Sequence[tuple[int, int]]) -> People:
    """Everybody whom a tag names. A short form is its owner's where only one person has it: Fermín, Fermín de Pas."""
    found: dict[str, list[Named]] = defaultdict(list)
    for who in tagged(prose.text):
        if not any(start <= who.start < end for start, end in quoted):
            found[who.name].append(who)
    people = People()
    owners: dict[str, Person] = {}
    for name in sorted(found, key=lambda n: (-len(n.split()), n)):
        longer = [person for full, person in owners.items() if name in _parts(full)]
        person = longer[0] if len(longer) == 1 else people.add(name, kind=found[name][0].kind)
        person.aliases[name] += len(found[name])
        owners.setdefault(name, person)
    return people


def _parts(name: str) -> list[str]:
    """The words of a name that may stand for it."""
    words = [word for word in name.split() if word[0].isupper()]
    return words if len(words) > 1 else []


def tagged(text: str) -> list[Named]:
    """Everybody whom a verb of saying goes with, in order of the text."""
    found = [
        who
        for pattern in (SAID_BY, WHO_SAID)
        for match in pattern.finditer(text)
        if (who := named(match)) is not None
    ]
    return sorted(found, key=lambda who: who.start)


def add_short_forms(people: People) -> None:
    """Give the persons of a cast list the parts of their names that are theirs alone."""
    owners: dict[str, set[int]] = defaultdict(set)
    for person in people.persons:
        for alias in list(person.aliases):
            for part in _parts(alias):
                owners[part].add(person.id)
    for part, ids in owners.items():
        if len(ids) == 1:
            people.persons[next(iter(ids))].aliases[part] += 1


def tell_genders(prose: Prose, people: People, narration: Sequence[tuple[int, int]]) -> None:
    """Fill gender and age by titles, articles and roles; where none tells, by the ending of the first name."""
    votes: dict[str, Counter[Gender]] = defaultdict(Counter)
    ages: dict[str, Literal["young", "old"]] = {}
    for who in tagged(prose.text):
        if who.gender:
            votes[who.name][who.gender] += 1
        if who.age:
            ages[who.name] = who.age
    for person in people.persons:
        told = sum((votes[alias] for alias in person.aliases), Counter[Gender]())
        if person.gender is None and told:
            person.gender = told.most_common(1)[0][0]
            person.gender_evidence = "title or article"
        elif person.gender is None and person.name:
            person.gender = _by_ending(person.name.split()[0])
            person.gender_evidence = "ending of the name" if person.gender else ""
        person.age = person.age or next((ages[alias] for alias in person.aliases if alias in ages), None)


def _by_ending(name: str) -> Gender | None:
    """Ana, Carmen, Pilar; Pedro, Juan, José."""
    if name in (
        "Carmen",
        "Pilar",
        "Isabel",
        "Inés",
        "Beatriz",
        "Mercedes",
        "Dolores",
        "Consuelo",
        "Rosario",
        "Raquel",
        "Luz",
        "Soledad",
        "Leonor",
        "Esther",
        "Ester",
        "Irene",
    ):
        return "female"
    if name in (
        "Luca",
        "Borja",
        "Bautista",
        "Jeremías",
        "Elías",
        "Matías",
        "Tobías",
        "Lucas",
        "Tomás",
        "Nicolás",
    ):
        return "male"
    if name.endswith("a"):
        return "female"
    return "male" if name.endswith(("o", "n", "s", "l", "r", "é", "e", "z", "d")) else None

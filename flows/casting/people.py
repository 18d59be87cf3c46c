"""The people of a book while it is being cast: names gathered under one person, and where each is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flows.casting.nouns import Age, Gender, as_gender

PersonKind = Literal["name", "role", "group", "narrator"]


@dataclass(slots=True)
class Person:
    """A candidate speaker. `id` is its index in `People.persons`."""

    id: int
    name: str
    aliases: Counter[str] = field(default_factory=Counter)
    kind: PersonKind = "name"
    gender: Gender | None = None
    gender_evidence: str = ""
    by_name: bool = False
    """Nothing but the letters of the name, or how most who bear it are, tells the gender."""
    age: Age | None = None
    titles: set[str] = field(default_factory=set)
    mentions: int = 0
    given: bool = False
    """Told from outside (a cast list), not found in the text."""


@dataclass(slots=True)
class Mention:
    """`text[start:end]` names one of `who` (usually one id); `genitive` when "'s" follows."""

    start: int
    end: int
    who: tuple[int, ...]
    genitive: bool = False
    common: bool = False
    """Written as a common noun ("the barman", "the lad")."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a line says of the words below it.

    Args:
        name: whose they are, as printed.
        letter: a letter, in marks of quotation or without.
        alone: the line is nothing but a name, which tells only where many chapters are headed so.
        full: the name is a whole one, so that somebody has it even if nothing else names them.
    """

    name: str
    letter: bool = False
    alone: bool = False
    full: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the text that somebody of the story tells.

    Args:
        start, end: of its words, in `Prose.text`.
        teller: id of the person.
        quoted: it stands in marks of quotation, paragraph by paragraph: every word of it is the teller's.
    """

    start: int
    end: int
    teller: int
    quoted: bool = False


@dataclass(slots=True)
class People:
    """Everybody found or given, and every place where somebody is named, in order of the text."""

    persons: list[Person] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    narrator: int | None = None
    """Who tells what nobody of `parts` tells."""
    parts: tuple[Part, ...] = ()

    def copy(self) -> People:
        """The same people, to which others can be added."""
        return People(list(self.persons), self.mentions, self.narrator, self.parts)

    def add(
        self, name: str, kind: PersonKind = "name", gender: Gender | None = None, evidence: str = ""
    ) -> Person:
        person = Person(len(self.persons), name, kind=kind, gender=gender, gender_evidence=evidence)
        self.persons.append(person)
        return person


def given_people(characters: Iterable[Mapping[str, Any]]) -> People:
    """People from a cast list of `{"name", "aliases", "gender"}`."""
    people = People()
    for character in characters:
        gender = as_gender(character.get("gender"))
        person = people.add(str(character["name"]), gender=gender, evidence="given" if gender else "")
        person.given = True
        for alias in (character["name"], *(character.get("aliases") or ())):
            if str(alias).strip():  # a row left blank names nobody
                person.aliases[str(alias)] += 1
    return people


def without(people: People, gone: set[int]) -> People:
    """The same people less `gone`, numbered anew."""
    kept = [person for person in people.persons if person.id not in gone]
    for number, person in enumerate(kept):
        person.id = number
    return People(kept)

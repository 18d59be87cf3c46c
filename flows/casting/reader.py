"""What casting asks of a language: one record, which the language's own package fills in.

Everything else in this room asks the record and never which language it has before it. `readers.py` has the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from re import Pattern
from typing import Literal

from flows.casting.nouns import Age, Gender
from flows.casting.people import Head, People, Person
from flows.casting.prose import Prose
from flows.casting.quotes import Conventions
from flows.casting.turns import Subject, Turn

Stretches = Sequence[tuple[int, int]]
"""`(start, end)` of stretches of `Prose.text`, in order."""
Generation = Literal["married", "unmarried", "other"]
"""Of the elder generation, of the younger, or not told."""


@dataclass(frozen=True, slots=True)
class FirstPerson:
    """How a narration in the first person is told.

    Args:
        words: what the narrator calls himself ("I", 我).
        count: how many words a stretch of narration has.
        rate: share of `words` among them above which the narrator is somebody in the story.
        may_narrate: whether a person addressed in the story, and whether "I" answered, may be that narrator.
    """

    words: Pattern[str]
    count: Callable[[str], float]
    rate: float
    may_narrate: Callable[[Person, bool], bool] = lambda person, answered: True


@dataclass(frozen=True, slots=True)
class Phrases:
    """Whom a noun phrase may mean, as far as its words tell; by default they tell nothing but themselves.

    Args:
        head: the noun of a role's name in small letters: `man` of "the man with the beard".
        epithet: what is counted as one phrase over a book: `her mother`, `young man`, `painter`.
        is_generic: whether the noun fits many (the girl), against few (the coroner).
        generation: of a noun of kin; `generations`: of each person, by id, as titles tell.
        title_bearers: noun -> ids of those who have it as a title (the inspector is Inspector Japp).
        apposed: noun -> ids of those whom the text calls so (Basil, the painter).
        votes_for_nobody: nouns that are no epithet of anybody ("the other").
        articles: how a description begins that stands for a name ("the barman"), in small letters with the space; the
            definite one first.
    """

    head: Callable[[str], str] = str
    epithet: Callable[[Subject], str] = lambda subject: subject.noun
    is_generic: Callable[[Subject], bool] = lambda subject: False
    generation: Callable[[str], Generation] = lambda noun: "other"
    generations: Callable[[People], list[Generation]] = lambda people: ["other"] * len(people.persons)
    title_bearers: Callable[[People], dict[str, list[int]]] = lambda people: {}
    apposed: Callable[[Prose, People], dict[str, set[int]]] = lambda prose, people: {}
    votes_for_nobody: frozenset[str] = frozenset()
    articles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """A language as casting reads it. Steps are in the order in which `attribution.gather` takes them.

    Args:
        language: its code (ISO 639-1).
        conventions: how it prints speech.
        find_people: everybody with a name in a text, or a role that speaks; given the stretches of dialogue.
        add_short_forms: give the persons of a cast list the parts of their names that are theirs alone.
        mark_mentions: fill `people.mentions`: where anybody is named.
        tell_genders: fill gender and age of whoever has none given, from the text and its stretches of narration.
        find_turns: who takes turns, with the clauses that tag them.
        merge_renamed: the same people, with those who are one person under two names made one; `turns`
            follow. It returns the people it was given where nobody is.
        fix_introductions: fix the turns in which somebody gives a name of their own.
        chief_name: the name to print, of the aliases the book uses.
        first_person: how "I" narrates.
        head: what a line says of whose words follow; None where it says nothing of that.
        phrases: whom noun phrases may mean.
        label_noun: gender and age that a word of a subtitle's label tells, in small letters (where blanks do not part
            words, the whole label); None for a word that is no noun for a person.
        weights: feature name -> learned weight.
        letters_to_tell: letters of a line's beginning that stand for the whole line in a correction.
        least_sure: probability below which nobody is named.
        page: words of the cast page: see `report.py`.
        note: what a person must know of books in this language; "" where it is read in full.
    """

    language: str
    conventions: Conventions
    find_people: Callable[[Prose, Stretches], People]
    add_short_forms: Callable[[People], None]
    mark_mentions: Callable[[Prose, People], None]
    tell_genders: Callable[[Prose, People, Stretches], None]
    find_turns: Callable[[Prose, People], list[Turn]]
    first_person: FirstPerson
    weights: Callable[[], Mapping[str, float]]
    page: Mapping[str, str]
    merge_renamed: Callable[[Prose, People, Sequence[Turn]], People] = lambda prose, people, turns: people
    fix_introductions: Callable[[Prose, People, Sequence[Turn]], None] = lambda prose, people, turns: None
    chief_name: Callable[[Person], str] = lambda person: max(
        person.aliases, key=lambda alias: (person.aliases[alias], len(alias))
    )
    head: Callable[[str], Head | None] = lambda text: None
    phrases: Phrases = field(default_factory=Phrases)
    label_noun: Callable[[str], tuple[Gender | None, Age | None] | None] = lambda word: None
    letters_to_tell: int = 12
    least_sure: float = 0.0
    note: str = ""

"""Whom an English text tells of beside those with names of their own."""

from __future__ import annotations

from flows.casting.english.people import chief_name, find_people
from flows.casting.english.quoting import CONVENTIONS
from flows.casting.people import Person
from flows.casting.prose import from_chapters
from tests.flows.casting.english.test_families import APART


def people_of(text: str) -> list[Person]:
    prose = from_chapters([text.split("\n")], CONVENTIONS)
    quoted = [(prose.starts[q.paragraph] + q.start, prose.starts[q.paragraph] + q.end) for q in prose.quotes]
    return find_people(prose, quoted).persons


def test_mother_is_a_name_where_the_story_calls_her_so() -> None:
    text = (
        "“Late,” said Mother. “So,” said Peter. “Come,” Mother said. “Now,” cried Mother. “Well,” said Peter."
    )
    assert {(person.name, person.gender) for person in people_of(text)} == {
        ("Mother", "female"),
        ("Peter", "male"),
    }


def test_somebodys_mother_is_not() -> None:
    text = "“Late,” said his mother. “So,” said Peter. “Come,” his mother said. “Now,” cried his mother."
    assert [person.name for person in people_of(text)] == ["Peter"]
    spoken = "“They come, said Mother, and so said Mother, and ran, said Mother.” “So,” said Peter."
    assert [person.name for person in people_of(spoken)] == ["Peter"]


def test_a_title_before_a_name_is_no_role() -> None:
    text = "“Late,” said the delighted Mrs. Orme. “So,” said Mrs. Orme."
    assert [set(person.aliases) for person in people_of(text)] == [{"Mrs. Orme"}]


def test_a_people_keeps_its_capital_and_an_occupation_has_none() -> None:
    text = "“Late,” said the German. “So,” said the engine-driver. “Come,” said the foreman."
    assert {(person.name, person.gender) for person in people_of(text)} == {
        ("the German", None),
        ("the engine-driver", "male"),
        ("the foreman", "male"),
    }


def test_a_woman_is_shown_by_the_name_that_is_said_alone() -> None:
    said = f"“Late,” said Tuppence{APART} "
    (tuppence,) = people_of("“So,” said Miss Tuppence. " + said * 12)
    tuppence.gender = "female"
    assert chief_name(tuppence) == "Tuppence"
    (moor,) = people_of("“So,” said Miss Moor. " + "“Late,” said Moor. " * 3)
    assert chief_name(moor) == "Miss Moor"


def test_words_behind_a_noun_are_no_role() -> None:
    text = (
        "“Late,” said the professor between his teeth. “So,” said the gray-haired, upright senior. “Come,” said the "
        "Duke out of a snooze. “Now,” the thought flashed through him. “Well,” said the valet somewhat affably."
    )
    assert {person.name for person in people_of(text)} == {
        "the professor",
        "the Duke",
        "the valet",
    }


def test_a_title_alone_is_whose_it_mostly_is() -> None:
    text = (
        "The Count of Monte Cristo came. The Count of Monte Cristo sat. " * 3
        + "The Count of Morcerf went. “So,” said the count."
    )
    assert [p.name for p in people_of(text) if "the count" in p.aliases] == ["Count of Monte Cristo"]
    king = "King Arthur reigned. King Alfred reigned. " + "“So,” said the king. " * 50
    assert [p.name for p in people_of(king) if "the king" in p.aliases] == ["the king"]


def test_tears_that_came_are_no_role() -> None:
    text = (
        "“So,” said Ann. “No!” The tears came to her eyes. “Yes.” The gate went. “Well,” said the gardener."
    )
    assert {person.name for person in people_of(text)} == {"Ann", "the gardener"}

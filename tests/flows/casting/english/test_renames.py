"""One person under several names, where the text says so. The stories are our own."""

from __future__ import annotations

import pytest

from flows.casting import cast_book

ONE = {
    "whose real name": ("Strider, whose real name was Aragorn, sat down.", "Strider", "Aragorn"),
    "called him": ("Harold Webb hung up his coat. Everybody called him the Chief.", "the Chief", "Harold Webb"),
    "called himself": ("Albert Noakes called himself Captain Flood.", "Captain Flood", "Albert Noakes"),
    "both of one pronoun": (
        "A man came in. He called himself Captain Flood, but his mother had christened him Albert Noakes.",
        "Captain Flood", "Albert Noakes",
    ),
    "known as": ("Silas Crow, known to all as Grandfather Button, sat.", "Silas Crow", "Grandfather Button"),
    "in marks": ("Thomas \u201cRed\u201d Keller came down.", "Red", "Keller"),
    "in their own words": (
        "\u201cMy name is Bartholomew, but everyone calls me Batty,\u201d said the boy.",
        "Batty", "Bartholomew",
    ),
}  # fmt: skip


def talk(*names: str) -> list[str]:
    lines = []
    for name in names:
        lines += [f"\u201cLook at the river,\u201d said {name}.", "\u201cI see it,\u201d said Dora."]
    return lines


@pytest.mark.parametrize("case", ONE)
def test_names_that_the_text_equates_are_one(case: str) -> None:
    told, one, other = ONE[case]
    casting = cast_book([[told, *talk(one, other, one, other)]], "en")
    assert len(casting.characters) == 2, [c.name for c in casting.characters]


@pytest.mark.parametrize(
    "told",
    [
        "Dora called Tom and Jim to the gate.",
        "Tom had a brother, who called out to Jim.",
        "Tom looked up. Jim called him a fool.",
        "Dora and Tom, called Jim to the gate.",
        "Ann told it to Tom.\n“Gate”\nJim went on.",
    ],
)
def test_two_people_stay_two(told: str) -> None:
    casting = cast_book([[*told.split("\n"), *talk("Tom", "Jim", "Tom", "Jim")]], "en")
    assert {c.name for c in casting.characters} == {"Tom", "Jim", "Dora"}


def test_nobody_who_was_named_all_along_tells_his_name() -> None:
    """It is the boy who tells his."""
    told = "Tom went behind, while the boy talked. He told me his name was Jim."
    casting = cast_book([[*talk(*["Tom"] * 6), told, *talk("Jim", "Tom", "Jim")]], "en")
    assert {c.name for c in casting.characters} == {"Tom", "Jim", "Dora"}


def test_an_office_is_whose_the_text_says_it_is() -> None:
    said = talk(
        "Mr. Hardy", "the warden", "Mr. Hardy", "the warden", "Mr. Crow", "the archdeacon", "Mr. Crow"
    )
    told = "Mr. Hardy was appointed warden in spring. Archdeacon Crow came. Mr. Crow, the archdeacon, sat."
    casting = cast_book([[told, *said]], "en")
    assert {c.name for c in casting.characters} == {"Mr. Hardy", "Mr. Crow", "Dora"}
    assert casting["Mr. Hardy"].aliases == ("the warden",)
    listed = "Mr. Hardy, the warden, and the rest came; Mr. Crow, the warden, the cook and all."
    assert cast_book([[listed, *said]], "en")["Mr. Hardy"].aliases == ()


def conversations(*of: list[str]) -> list[list[str]]:
    """Chapters in which these speak by turns."""
    return [[f"“Look at the river,” said {name}." for name in names] for names in of]


def test_an_office_is_whose_turns_it_takes() -> None:
    by_turns = ["the magistrate", "Dora", "M. Hautet", "Dora", "the magistrate", "Dora", "M. Hautet", "Dora"]
    casting = cast_book(conversations(*[by_turns] * 6), "en")
    assert {c.name for c in casting.characters} == {"M. Hautet", "Dora"}
    answering = ["the magistrate", "M. Hautet", "Dora", "the magistrate", "M. Hautet", "Dora"]
    casting = cast_book(conversations(*[answering] * 6), "en")
    assert {c.name for c in casting.characters} == {"M. Hautet", "Dora", "the magistrate"}


def test_miss_and_a_surname_are_the_only_woman_who_has_it() -> None:
    told = "Lily Bart stood at the window. She waited. " * 2
    lines = talk("Lily", "Miss Bart", "Lily", "Miss Bart", "Lily")
    assert {c.name for c in cast_book([[told, *lines]], "en").characters} == {"Lily", "Dora"}
    beside = "Lily Bart came with Miss Bart. She sat down by Miss Bart, and Lily told Miss Bart of it. " * 4
    names = {c.name for c in cast_book([[told, beside, *lines]], "en").characters}
    assert names == {"Lily", "Miss Bart", "Dora"}

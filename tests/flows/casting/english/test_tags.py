"""Which clause owns the words, and whom its noun phrase means. The stories are our own."""

from __future__ import annotations

import pytest

from flows.casting import cast_book
from flows.casting.attribution import Weighed, gather, weigh
from flows.casting.english.phrases import PHRASES
from flows.casting.model.epithets import find_epithets

PEOPLE = [
    "Anna Bell was waiting at the mill, and George Hale had come early. Lydia Moor was there too.",
    "“Good morning,” said Anna.",
    "“Good morning,” said George.",
    "“Good morning,” said Lydia.",
    "Anna sat down. George looked at the wheel. Lydia laughed at them both.",
]


def read(paragraphs: list[str]) -> Weighed:
    return weigh(gather([paragraphs], "en"))


def tag_of(paragraph: str) -> list[str]:
    """Names of the tag of the last line of a story that ends with `paragraph`."""
    work = read([*PEOPLE, paragraph])
    tag = work.turns[-1].tag
    assert tag is not None and tag.sure
    return [work.people.persons[p].name.split()[0] for p in tag.subject.who]


@pytest.mark.parametrize(
    ("paragraph", "speaker"),
    [
        ("Anna was met at the door by Lydia, who, running to her, cried, “You are late.”", "Lydia"),
        ("The light was going, and the wheel had stopped, and George whispered: “Hush.”", "George"),
        ("When George came in, Anna rose and said, “You are late.”", "Anna"),
        ("Lydia, under the impression that she was helping George, added: “I agree.”", "Lydia"),
        ("She looked round for help, when George came up to her and said, “Well?”", "George"),
        ("Anna turned away, and was thus accosted by Lydia, “You are late.”", "Lydia"),
        ("“You are late,” was George's answer.", "George"),
        ("“You are late,” was the opinion of Lydia.", "Lydia"),
        ("“You are late,” cried the muffled voice of George.", "George"),
        ("“What is the hour?” Lydia wanted to know.", "Lydia"),
        ("She stopped in haste, for George cried out, “Silence!”", "George"),
    ],
)
def test_the_clause_nearest_to_the_words_owns_them(paragraph: str, speaker: str) -> None:
    assert tag_of(paragraph) == [speaker]


@pytest.mark.parametrize(
    "paragraph", ["“I will not.” George said nothing.", "Anna was greeted with, “You are late.”"]
)
def test_who_is_silent_or_spoken_to_is_no_speaker(paragraph: str) -> None:
    work = read([*PEOPLE, paragraph])
    tag = work.turns[-1].tag
    assert tag is None or not tag.sure


def test_a_noun_phrase_means_whom_the_lines_around_it_call_by_name() -> None:
    story = ["Basil Ward was at his easel. Henry Cope lay on the divan.", "“It is done,” said Basil."]
    for _ in range(4):
        story += [
            "“You are slow, Basil,” said Henry.",
            "“I am careful,” answered the painter.",
            "“You are both.”",
        ]
    work = read(story)
    people = work.people
    names = [p.name.split()[0] for p in people.persons]
    pure = [p.kind == "role" for p in people.persons]
    tagged = [t.tag.subject.who[0] if t.tag and t.tag.subject.kind == "name" else -1 for t in work.turns]
    epithet = find_epithets(
        work.prose, people, work.turns, tagged, [p.gender for p in people.persons], pure, PHRASES
    )["painter"]
    assert epithet.uses == 4 and epithet.is_strong and names[epithet.ranked[0][0]] == "Basil"
    said = [
        span.speaker
        for _, paragraph, span in cast_book([story], "en").dialogue()
        if "painter" in story[paragraph]
    ]
    assert said == ["Basil"] * 4


def test_a_role_that_nobody_competes_for_is_somebody() -> None:
    story = [
        "The room was full.",
        "“Shut the door,” said the barman.",
        "“It is shut,” said the sailor.",
        "“Then bolt it,” said the barman.",
    ]
    assert [s.speaker for _, _, s in cast_book([story], "en").dialogue()] == [
        "the barman",
        "the sailor",
        "the barman",
    ]


def test_the_eldest_sister_is_miss_and_the_surname_alone() -> None:
    story = [
        "That morning Jane Moor came down first. Miss Lydia Moor and Miss Eliza Moor came after her.",
        "“Is that you, Jane?” said Miss Lydia.",
        "“It is,” said Miss Moor.",
        "“Then we are late,” said Miss Eliza.",
        "Jane laughed, and Miss Lydia went to the window.",
    ]
    casting = cast_book([story], "en")
    assert casting.dialogue() and "Miss Moor" in {*casting["Jane"].aliases, "Jane"} | set(
        casting["Jane"].aliases
    )

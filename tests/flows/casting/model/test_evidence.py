"""What speaks for whom, one kind of evidence at a time. The story is our own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows.casting.attribution import gather
from flows.casting.model.context import Facts, View, facts_of, views
from flows.casting.model.evidence import (
    add_lead,
    add_narration,
    add_recency,
    add_standing,
    add_tag,
    add_talk,
    genders_against,
    moves_of,
)
from flows.casting.model.features import FEATURES

STORY = [
    "Anna Bell and George Hale came to the mill. Then Mr. Lake came, and George laughed.",
    "“Are you there, George?” asked Anna.",
    "“I am.” George shut the door.",
    "“Who else?” she said.",
    "“Nobody,” said the miller.",
]
Step = Callable[[list[list[int]], list[int], View, Facts], None]
STEPS: dict[str, Step] = {
    "tag": lambda rows, who, view, facts: add_tag(rows, who, view, facts, {}),
    "standing": add_standing,
    "narration": lambda rows, who, view, facts: add_narration(rows, who, view),
    "recency": add_recency,
    "lead": lambda rows, who, view, facts: add_lead(rows, who, view),
    "talk": add_talk,
}


def evidence_of(step: str, number: int, name: str) -> set[str]:
    """The features that one step finds for the person `name` in turn `number`."""
    book = gather([STORY], "en")
    facts = facts_of(book.prose, book.people, book.turns, book.reader.phrases)
    person = next(p.id for p in book.people.persons if p.name == name)
    for view in views(book.prose, book.people, book.turns, facts):
        if view.number == number:
            rows: list[list[int]] = [[]]
            STEPS[step](rows, [person], view, facts)
            return {FEATURES[feature] for feature in rows[0]}
    raise AssertionError(number)


@pytest.mark.parametrize(
    ("step", "turn", "name", "feature"),
    [
        ("tag", 0, "Anna Bell", "tag after sure is"),
        ("tag", 0, "George Hale", "tag after sure other"),
        ("tag", 2, "George Hale", "gender pron clash"),
        ("tag", 2, "Mr. Lake", "gender pron surely clash"),
        ("standing", 3, "the miller", "role name"),
        ("narration", 1, "George Hale", "subject 1 beatname"),
        ("narration", 1, "George Hale", "only one named beatname"),
        ("recency", 2, "George Hale", "recency 1 1"),
        ("recency", 2, "Anna Bell", "first of 1 of the gender pron"),
        ("lead", 0, "Mr. Lake", "lead other 3 "),
        ("lead", 1, "Anna Bell", "tagged back 1 3"),
        ("talk", 0, "George Hale", "vocative this 3"),
        ("talk", 1, "George Hale", "vocative previous 3"),
    ],
)
def test_a_step_finds_its_kind_of_evidence(step: str, turn: int, name: str, feature: str) -> None:
    assert feature in evidence_of(step, turn, name)


def test_speaking_again_and_answering_are_weighed_by_the_turn_before() -> None:
    book = gather([STORY], "en")
    facts = facts_of(book.prose, book.people, book.turns, book.reader.phrases)
    found = []
    for view in views(book.prose, book.people, book.turns, facts):
        same, back = moves_of(view, facts.classes[view.number - 1])
        found.append({FEATURES[feature] for feature in same + back})
    assert found[0] == set()
    assert {"move same after question", "move back after question", "move same after vocative"} <= found[1]
    assert "move same after question" not in found[2]


def test_a_gender_that_nothing_tells_is_unknown() -> None:
    book = gather([["“Hm,” said Zorblax. Zorblax left, and Zorblax came back."]], "en")
    facts = facts_of(book.prose, book.people, book.turns, book.reader.phrases)
    assert [FEATURES[f] for f in genders_against("pron", "female", facts)] == ["gender pron unknown"]

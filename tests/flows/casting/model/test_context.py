"""What is known before anybody is weighed. The story is our own."""

from __future__ import annotations

from flows.casting.attribution import Gathered, gather
from flows.casting.model.candidates import candidates_of
from flows.casting.model.context import Named, TagsNear, View, facts_of, tag_class, views

STORY = [
    "Anna Bell met George Hale and the miller at the mill.",
    "“Good morning, George,” said Anna.",
    "“Good morning.”",
    "“Is it?” said the miller.",
    "“It is,” she said.",
    "Lydia Moor came in.",
]


def read() -> Gathered:
    return gather([STORY], "en")


def seen() -> tuple[Gathered, list[View]]:
    book = read()
    facts = facts_of(book.prose, book.people, book.turns, book.reader.phrases)
    return book, list(views(book.prose, book.people, book.turns, facts))


def names(book: Gathered, ids: list[int]) -> list[str]:
    return [book.people.persons[p].name for p in ids]


def test_tags_have_classes() -> None:
    assert [tag_class(turn) for turn in read().turns] == ["name", "bare", "noun", "pron"]


def test_a_role_that_nobody_competes_for_is_as_good_as_a_name() -> None:
    book, all_views = seen()
    miller = all_views[2]
    assert miller.named_role and miller.tag_class == "name"
    assert names(book, [view.tagged for view in all_views if view.tagged >= 0]) == ["Anna Bell", "the miller"]


def test_from_a_turn_its_neighbours_are_seen_and_who_is_tagged_there() -> None:
    book, all_views = seen()
    second = all_views[1]
    assert second.previous is book.turns[0] and second.before_that is None
    assert second.following is book.turns[2] and second.after_next is book.turns[3]
    assert names(book, list(second.back)) == ["Anna Bell"] and names(book, list(second.ahead)) == [
        "the miller"
    ]
    assert list(second.back.values()) == [1]


def test_who_is_named_last_comes_first() -> None:
    book = read()
    named = Named(book.prose, book.people)
    named.advance(len(STORY[0]))
    assert names(book, named.recent)[:2] == ["the miller", "George Hale"]
    assert named.first_of(5) == {next(p.id for p in book.people.persons if p.name == "Lydia Moor")}
    assert named.first_of(99) == set()


def test_tags_near_by_are_counted() -> None:
    book = read()
    facts = facts_of(book.prose, book.people, book.turns, book.reader.phrases)
    near = TagsNear(facts)
    near.move(3)
    assert sum(near.count) == 2


def test_who_is_named_by_the_tag_is_the_first_candidate_and_who_is_called_is_one() -> None:
    book, _ = seen()
    facts = facts_of(book.prose, book.people, book.turns, book.reader.phrases)
    for view in views(book.prose, book.people, book.turns, facts):
        found = names(book, candidates_of(view, facts))
        if view.number == 0:
            assert found[0] == "Anna Bell"
        if view.number == 1:
            assert found[0] == "George Hale"  # he was called in the line before

"""Chinese names step by step: what a surname begins, what is no name, and which of two readings holds."""

from __future__ import annotations

from collections import Counter

import pytest

from flows.casting.chinese import READER
from flows.casting.chinese.people import (
    SMALL_TEXT,
    Openings,
    _compound,
    _is_long_name,
    _is_short_name,
    _may_be_surnamed,
    _one_name,
    _without_false_surnames,
    find_people,
)
from flows.casting.people import People
from flows.casting.prose import from_text

LONG = "天" * SMALL_TEXT


def openings(starts: dict[str, int], spoken: dict[str, int] | None = None) -> Openings:
    """Strings that open clauses so often, each followed by two different letters."""
    return Openings(
        LONG, Counter(starts), {name: {"走", "坐"} for name in starts}, Counter(starts), Counter(spoken or {})
    )


@pytest.mark.parametrize(
    ("name", "right"),
    [("孙少平", True), ("高兴", False), ("孙的平", False), ("金曰", False), ("黃昏", False), ("白似", False)],
)
def test_a_word_or_a_verb_is_no_name(name: str, right: bool) -> None:
    assert _may_be_surnamed(name, 3, openings({name: 3})) == right


def test_what_opens_clauses_once_needs_a_verb_of_speech() -> None:
    assert not _may_be_surnamed("孙少平", 3, openings({"孙少平": 1}))
    assert _may_be_surnamed("孙少平", 3, openings({"孙少平": 1}, {"孙少平": 1}))


def test_a_short_name_is_not_the_beginning_of_longer_ones() -> None:
    seen = openings({"金波": 9, "金波说": 2, "孙少": 9, "孙少平": 9})
    assert _is_short_name("金波", 9, seen, ["金波说"]) and not _is_short_name("孙少", 9, seen, ["孙少平"])


def test_a_long_name_is_not_a_short_one_with_the_word_after_it() -> None:
    seen = openings({"金波": 9, "金波说": 2, "孙少平": 9}, {"金波": 3})
    assert not _is_long_name("金波说", 2, seen, []) and _is_long_name("孙少平", 9, seen, [])


def test_a_word_before_a_name_is_no_surname() -> None:
    assert _without_false_surnames(["孙少安", "和少安"], Counter({"孙少安": 9, "和少安": 1})) == ["孙少安"]


@pytest.mark.parametrize(("given", "names"), [("老残", ["老残"]), ("曉得", [])])
def test_a_word_that_looks_like_a_surname_leaves_the_name_behind_it_if_that_is_one(
    given: str, names: list[str]
) -> None:
    people = People()
    people.add("都" + given).aliases.update({"都" + given: 2, given: 9})
    assert [person.name for person in _one_name(people).persons] == names


def test_names_with_words_before_them_are_the_one_with_its_surname() -> None:
    people = People()
    for name, aliases in {
        "祁瑞宣": {"祁瑞宣": 20, "瑞宣": 90},
        "和瑞宣": {"和瑞宣": 2, "瑞宣": 90},
        "乔峰": {"乔峰": 90},
        "向乔峰": {"向乔峰": 3},
        "和拖雷": {"和拖雷": 2, "拖雷": 90},
        "向拖雷": {"向拖雷": 3, "拖雷": 90},
        "冠晓荷": {"冠晓荷": 5},
        "和晓荷": {"和晓荷": 3, "晓荷": 90},
    }.items():
        people.add(name).aliases.update(aliases)
    found = _one_name(people)
    assert [person.name for person in found.persons] == ["祁瑞宣", "乔峰", "拖雷", "冠晓荷"]
    assert found.persons[3].aliases["晓荷"] == 90


def test_a_surname_of_two_letters() -> None:
    assert _compound(openings({"欧阳修": 3, "欧阳的": 3, "司马": 3})) == ["欧阳修"]


def test_where_and_to_whom_something_is_said_speaks_not() -> None:
    said = (
        "范進口裡說道",
        "向他道",
        "范進道",
        "手裡拿著銀子道",
        "老和尚道",
        "二位道",
        "慢慢兒道",
        "那個人道",
    )
    prose = from_text("".join(f"{clause}：“好。”\n" for clause in said) * 40, READER.conventions)
    quoted = [(prose.starts[q.paragraph] + q.start, prose.starts[q.paragraph] + q.end) for q in prose.quotes]
    found = {person.name for person in find_people(prose, quoted).persons}
    assert "老和尚" in found
    assert not {"口裡", "向他", "手裡", "銀子", "老和", "二位"} & found


def test_a_word_of_manner_or_time_speaks_not_in_a_novel() -> None:
    said = ("范進道", "慢慢兒道", "鸚鵡似道")
    prose = from_text(
        "".join(f"{clause}：“好，{n}。”\n" for n, clause in enumerate(said * 200)), READER.conventions
    )
    assert len(prose.text) > SMALL_TEXT
    quoted = [(prose.starts[q.paragraph] + q.start, prose.starts[q.paragraph] + q.end) for q in prose.quotes]
    found = {person.name for person in find_people(prose, quoted).persons}
    assert "范進" in found and not {"慢慢兒", "鸚鵡似"} & found

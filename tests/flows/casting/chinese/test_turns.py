"""Chinese turns: which of several subjects a clause chain gives the words to, and what a listener does behind them."""

from __future__ import annotations

import re

import pytest

from flows.casting import cast_book
from flows.casting.attribution import gather, prepare, weigh

CAST = [
    {"name": name, "aliases": [name[1:]], "gender": None} for name in ("孙少平", "田金波", "田润叶", "杜莉莉")
]


def tag_of(text: str) -> tuple[str, bool] | None:
    """Whom the tag of the only line names, and whether it is sure; None where it has no tag."""
    at = text.index("“")
    work = prepare(text, "zh", [(at, text.index("”") + 1)], CAST)
    tag = work.turns[0].tag
    if tag is None:
        return None
    assert len(tag.subject.who) == 1
    return work.people.persons[tag.subject.who[0]].name, tag.sure


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("少平蹬车，金波坐在车后，用一只手搂着他的腰，低声说：“走吧。”", "田金波"),
        ("金波走后，为了使她平静一点，少平用手在她头上摸了摸，说：“别哭了。”", "孙少平"),
        ("润叶马上知道这就是那个诗人，但莉莉当她不知道，又立即补充说：“他是诗人。”", "杜莉莉"),
        ("少平正在地里忙活，忽然金波走到他跟前，悄悄说：“有人来了。”", "田金波"),
        ("少平站起来，走到窗前，看了金波一眼，说：“下雪了。”", "孙少平"),
        ("少平几乎惊得呆住了，他喃喃地说：“下雪了。”", "孙少平"),
        ("少平却先开言了：“下雪了。”", "孙少平"),
    ],
)
def test_the_last_clause_that_somebody_opens_has_the_speaker(text: str, speaker: str) -> None:
    assert tag_of(text) == (speaker, True)


def test_a_laugh_behind_the_words_is_a_listeners_as_often() -> None:
    assert tag_of("“你大概吃过了！”少平不好意思地笑了。") is None
    assert tag_of("“你大概吃过了！”少平笑着说。") == ("孙少平", True)


def test_hearing_is_not_saying() -> None:
    assert tag_of("“他走了。”少平听说是这样，转身往外走。") is None


@pytest.mark.parametrize(
    ("text", "certain"),
    [
        ("少平又忍不住道：“你去不去？”", True),
        ("金波走了。少平面无表情地说：“走罢。”", True),
        ("少平听润叶说：“走罢。”", False),
        ("金波走后，少平说：“走罢。”", False),
        ("少平转头对润叶说：“走罢。”", True),
        ("“走罢。”少平说。", True),
        ("“走罢，”少平愤愤地说，“我不去。”", True),
        ("“走罢。”金波看着少平说。", False),
    ],
)
def test_a_sentence_in_which_nobody_else_stands_is_certain(text: str, certain: bool) -> None:
    work = prepare(text, "zh", [match.span() for match in re.finditer("“.*?”", text)], CAST)
    tag = work.turns[0].tag
    assert tag is not None
    assert tag.certain == certain


def test_nothing_is_weighed_against_a_certain_tag() -> None:
    talk = ["孙少平道：“你听。”", "田润叶道：“我听。”"]
    work = weigh(gather([[*talk * 20, "田润叶走到窗前。", "孙少平又忍不住道：“下雪了。”", *talk * 20]], "zh"))
    said = {work.prose.text[turn.start : turn.end]: turn for turn in work.turns}
    candidates = work.evidence[work.turns.index(said["“下雪了。”"])].candidates
    assert [work.people.persons[who].name for who in candidates] == ["孙少平"]


def test_what_ends_a_sentence_is_answered_right_behind_it() -> None:
    story = ["孙少平问道：“出了何事？”“有人在这里行凶。”田润叶气喘吁吁地回答。", "孙少平走了。"] * 3
    said = {
        story[p][span.start : span.end]: span.speaker for _, p, span in cast_book([story], "zh").dialogue()
    }
    assert said == {"“出了何事？”": "孙少平", "“有人在这里行凶。”": "田润叶"}


def test_the_tag_of_the_next_paragraph_is_its_own_in_straight_marks_too() -> None:
    story = [
        '孙少平说："你少说他。"',
        '"那是你的心肝，动不得。"',
        '孙少平不冷不热地说："什么叫心肝？"',
        "田润叶笑了。",
    ] * 4
    said = {
        story[p][span.start : span.end]: span.speaker for _, p, span in cast_book([story], "zh").dialogue()
    }
    assert said['"什么叫心肝？"'] == "孙少平" != said['"那是你的心肝，动不得。"']

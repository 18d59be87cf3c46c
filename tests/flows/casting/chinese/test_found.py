"""What a whole book shows of what was found where a name may stand: pieces of names, and words that never speak."""

from __future__ import annotations

from collections import Counter

import pytest

from flows.casting import cast_book
from flows.casting.chinese.found import Voices, is_piece, whole_names, without_things
from flows.casting.people import People


def people(**names: int) -> People:
    found = People()
    for name, uses in names.items():
        found.add(name).aliases[name] += uses
    return found


def named(found: People) -> list[str]:
    return [person.name for person in found.persons]


@pytest.mark.parametrize(
    ("piece", "whole"),
    [
        ("老刀", "老刀把子"),
        ("王处", "王处一"),
        ("米尔德", "米尔德丽德"),
        ("邬思", "邬思道"),
        ("白自", "白自在"),
    ],
)
def test_a_name_is_as_long_as_it_always_stands(piece: str, whole: str) -> None:
    text = "".join(f"{whole}{verb}。" for verb in "说走坐看听想站笑来去")
    assert named(whole_names(people(**{piece: 10}), text)) == [whole]


def test_what_mostly_follows_a_name_may_be_what_its_bearer_does() -> None:
    assert named(whole_names(people(游迅=10), "游迅道：好。" * 9 + "游迅走了。")) == ["游迅"]


def test_a_piece_of_a_name_that_somebody_has_is_nobody() -> None:
    text = "西门吹雪走了。西门吹雪来了。" * 5
    assert named(whole_names(people(西门=10, 西门吹雪=10), text)) == ["西门吹雪"]


@pytest.mark.parametrize(
    "piece",
    ["个时候", "句话", "眼睛里", "从怀", "厉声喝", "松了口", "沉思片刻", "令狐冲只", "于是祖父", "做父亲"],
)
def test_pieces_of_clauses(piece: str) -> None:
    found = without_things(people(**{piece: 9, "周大川": 9}), Voices(piece * 9, Counter({"周大川": 9})))
    assert named(found) == ["周大川"]


@pytest.mark.parametrize(
    "name", ["闷油瓶", "张大力", "毛万里", "二强子", "俺老婆", "阿特尔涅", "陈皮阿四", "桃根仙"]
)
def test_names_that_are_no_pieces(name: str) -> None:
    assert not is_piece(name)


@pytest.mark.parametrize(
    "word", ["目光", "公司", "武功", "缓缓", "右手", "左足", "突然间", "三个人", "向周大川", "当时周", "向周"]
)
def test_a_word_of_the_language_that_never_speaks_is_nobody(word: str) -> None:
    text = "周大川道：来。" * 60 + (f"{word}大川如此。" if word.endswith("周") else f"{word}如此。") * 9
    found = without_things(people(**{word: 9, "周大川": 60}), Voices(text, Counter({"周大川": 60})))
    assert named(found) == ["周大川"]


@pytest.mark.parametrize("word", ["胖子", "新生", "白雪"])
def test_a_word_of_the_language_that_speaks_is_somebody(word: str) -> None:
    text = f"{word}道：来。{word}走了。" * 20
    assert named(without_things(people(**{word: 40}), Voices(text, Counter({word: 20})))) == [word]


@pytest.mark.parametrize("name", ["周大川媳妇", "馬二先生"])
def test_somebody_with_a_title_or_by_another_is_somebody(name: str) -> None:
    text = "周大川道：来。先生道：好。" * 60 + f"{name}走了。" * 9
    found = without_things(
        people(**{name: 9, "周大川": 60, "先生": 60}), Voices(text, Counter({"周大川": 60}))
    )
    assert named(found) == [name, "周大川", "先生"]


def test_a_noun_for_a_person_needs_no_tag() -> None:
    text = "周大川道：来。" * 60 + "陌生人走了。" * 9
    found = without_things(people(陌生人=9, 周大川=60), Voices(text, Counter({"周大川": 60})))
    assert named(found) == ["陌生人", "周大川"]


def test_a_surname_of_two_letters_before_a_verb_like_letter() -> None:
    story = [
        "令狐冲道：“走罢。”",
        "周大川道：“走了。”",
        "令狐冲大喜，道：“好！”",
        "令狐冲站起来。",
        "周大川也站起来。",
    ]
    cast = cast_book([story * 300], "zh")
    assert {character.name for character in cast.characters} == {"令狐冲", "周大川"}


def test_a_sign_in_a_name_is_no_pattern() -> None:
    text = "".join(f"阿Q(二{verb}了。" for verb in "走坐看听想站来去喝")
    assert named(whole_names(people(**{"阿Q(二": 9}), text)) == ["阿Q(二"]


def test_whoever_is_printed_before_the_words_speaks() -> None:
    lines = ["公司：我们不卖。", "老周：那就算了。", "公司：慢着。", "老周：什么？"]
    assert {character.name for character in cast_book([lines * 300], "zh").characters} == {"公司", "老周"}

"""One person under several names, and words that are no names. The stories are our own."""

from __future__ import annotations

import pytest

from flows.casting import cast_book


def test_two_names_in_one_breath_are_one_person() -> None:
    story = [
        "林远山，字子衡，住在河边。",
        "林远山说：“船来了。”",
        "子衡笑道：“客人也来了。”",
        "林远山说：“请坐。”",
    ] * 3
    casting = cast_book([story], "zh")
    assert len(casting.characters) == 1
    assert {"林远山", "子衡"} <= {casting.characters[0].name, *casting.characters[0].aliases}


def test_whoever_calls_another_by_name_is_another() -> None:
    story = ["林远山说：“船来了。”", "林远山又叫“司马冲”，没有人答应。", "司马冲笑道：“客人也来了。”"] * 3
    assert {c.name for c in cast_book([story], "zh").characters} == {"林远山", "司马冲"}


def test_whoever_always_answers_to_a_name_bears_it() -> None:
    story: list[str] = ["周大川和石头坐在船上。"]
    for _ in range(9):
        story += ["周大川道：“阿石，你看那水。”", "石敢当道：“看见了。”"]
    story += ["阿石道：“起风了。”", "周大川道：“回去罢。”"] * 3
    names = [{c.name, *c.aliases} for c in cast_book([story], "zh").characters]
    assert any({"阿石", "石敢当"} <= one for one in names)


@pytest.mark.parametrize("word", ["大怒", "次日", "真个", "於是", "商议"])
def test_what_somebody_does_and_when_is_nobody(word: str) -> None:
    story = ["周大川站起来。", f"周大川{word}道：“走罢。”", f"{word}道：“再走罢。”", "周大川道：“走了。”"] * 4
    assert all(word not in (c.name, *c.aliases) for c in cast_book([story], "zh").characters)

"""A man or a woman: what the text says outweighs what most who bear a name are."""

from __future__ import annotations

import pytest

from flows.casting import Casting, cast_book
from flows.casting.chinese.gender import FURTHER, OPENING

ENGLISH = {
    "she after the tag": ("Jordan", "female", '"Out," said Jordan. She sat down.'),
    "her own coat": ("Alex", "female", 'Alex took off her coat. "Well?" said Alex.'),
    "he himself": ("Evelyn", "male", 'Evelyn laughed at himself. "Well?" said Evelyn.'),
    "a kin word before": (
        "Frankie",
        "female",
        '"My wife Frankie will help you," said Tom. "This way," said Frankie.',
    ),
    "kin words that disagree": (
        "Elizabeth",
        "female",
        "Tom brought his wife Elizabeth. Elizabeth was the youngest of three brothers. "
        "Elizabeth, a tall man, laughed. Elizabeth raised her head. Elizabeth sat in her chair. "
        '"Well?" said Elizabeth.',
    ),
    "a later name": ("Niamh", "female", '"No," said Niamh.'),
    "an apposition": ("Sam", "female", 'Sam, a thin girl, laughed. "No," said Sam.'),
    "one of brothers": ("Casey", "male", 'Casey was the youngest of three brothers. "Supper," called Casey.'),
    "a rank is no man": (
        "Captain Reyes",
        "female",
        '"Faster," said Captain Reyes. She did not turn her head.',
    ),
    "what he calls himself": ("Robin", "male", '"I was a boy then," said Robin.'),
    "another's hand": (
        "Mary",
        "female",
        'Mary took his hand. John said nothing. "Come," said Mary. "No," said John.',
    ),
}
CHINESE = {
    "a noun before": ("何志", "female", "女司机何志回过头。\n“坐稳了。”何志说。\n“好。”老周说。"),
    "what he is": ("林夏", "male", "林夏跳下来，他是这里的大师兄。\n“走吧。”林夏说。\n“好。”老周说。"),
    "what she is called": ("叶青", "female", "“娘娘，药来了。”春桃说。\n“放着。”叶青说。\n“是。”春桃说。"),
}  # fmt: skip


def gender(casting: Casting, name: str) -> str | None:
    return next(c.gender for c in casting.characters if c.name == name)


@pytest.mark.parametrize("case", ENGLISH)
def test_english(case: str) -> None:
    name, told, text = ENGLISH[case]
    assert gender(cast_book([text.replace(' "', '\n"').split("\n")], "en"), name) == told


def test_a_man_is_whoever_is_called_sir() -> None:
    lines = [
        '"Tea, sir?" asked Molly.',
        '"Please," said Ash.',
        '"Sugar, sir?" asked Molly.',
        '"No," said Ash.',
    ]
    assert gender(cast_book([lines], "en"), "Ash") == "male"


@pytest.mark.parametrize("case", CHINESE)
def test_chinese(case: str) -> None:
    name, told, text = CHINESE[case]
    assert gender(cast_book([text.split("\n")], "zh"), name) == told


def test_a_name_with_a_double_surname_is_one_person() -> None:
    casting = cast_book([["“走吧。”慕容雪说。", "“好。”老周说。", "“快。”慕容雪说。", "慕容雪跑了。"]], "zh")
    assert [c.name for c in casting.characters].count("慕容雪") == 1
    assert len(casting.characters) == 2


def test_a_man_whom_somebody_calls_master_is_no_child() -> None:
    said = [
        "“Stay,” said Mr. Silver.",
        "“Aye, Master Silver,” said Tom.",
        "“So,” said Mr. Silver.",
        "“Oh!” said Tom.",
    ]
    (silver,) = (c for c in cast_book([said * 2], "en").characters if "Master Silver" in (c.name, *c.aliases))
    assert silver.age is None


def test_in_chinese_many_pronouns_outweigh_the_letters_of_a_name() -> None:
    story = [
        "陆小凤站起来，他笑了笑。",
        "陆小凤道：“走罢。”",
        "周大川走过来，她的声音很轻。",
        "周大川道：“走了。”",
    ]
    genders = {character.name: character.gender for character in cast_book([story * 8], "zh").characters}
    assert genders == {"陆小凤": "male", "周大川": "female"}


def test_in_chinese_who_opens_the_next_clause_is_meant_before_whoever_is_looked_at() -> None:
    hero, heroine = OPENING.told(97, 32) + FURTHER.told(181, 273), OPENING.told(14, 37) + FURTHER.told(119, 9)
    assert hero < -1 and heroine > 1, "counts of a novel whose two are always together"
    looks = ["杨过抱起她来。", "杨过望见她的影子。", "杨过背着她走了。", "杨过想起她来。", "杨过等她说完。"]
    story = [*looks, "杨过大喜，他笑了笑。", "“走罢。”杨过道。", "杨过站起来，他拍了拍衣裳。"]
    genders = {character.name: character.gender for character in cast_book([story * 8], "zh").characters}
    assert genders == {"杨过": "male"}


def test_who_is_called_is_not_the_sister_who_is_named_next() -> None:
    story = ["“Matvey, my sister Anna comes,” said Tom.", "“So,” said Matvey. He bowed.", "“Yes,” said Tom."]
    assert cast_book([story], "en")["Matvey"].gender == "male"
    called = ["“Matvey, my sister is here,” said Tom.", "“So,” said Matvey. He bowed.", "“Yes,” said Tom."]
    assert cast_book([called], "en")["Matvey"].gender == "male"


def test_the_elder_of_two_children_is_no_elder() -> None:
    story = [
        "“Come,” said the elder, Zossima. He rose.",
        "“Father,” said Ivan.",
        "“Go,” said the elder. He bowed.",
        "Nastya, the elder, a girl of eight, could read, and the elder sister of two was glad.",
        "“Peace,” said Father Zossima. He sat.",
    ]
    assert cast_book([story], "en")["the elder"].gender == "male"

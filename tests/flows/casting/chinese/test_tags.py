"""Who a tag names: a role, a common word, a foreign name."""

from __future__ import annotations

import re

import pytest

from flows.casting.chinese.tags import subject, tagged_subjects


@pytest.mark.parametrize(
    ("clause", "name"),
    [
        ("白发老者冷笑道", "白发老者"), ("三号选手说", "三号选手"), ("那汉子高声叫道", "汉子"),
        ("他妻子王氏说", "王氏"),
        ("财务小张问", "小张"), ("Alice说", "Alice"), ("老K说", "老K"), ("系统的声音在脑海中响起", "系统"),
        ("那个穿红衣的姑娘说", "姑娘"), ("春天说", "春天"), ("石头说", "石头"),
        # a manner, a time, a crowd, somebody's kin
        ("低声说", ""), ("沉声道", ""), ("接着说", ""), ("这时说", ""), ("门外有人喊", ""), ("众人齐声喝道", ""),
        ("父亲说", ""),
        ("她身后的姐姐说", ""),
    ],
)  # fmt: skip
def test_the_subject_stands_before_the_verb(clause: str, name: str) -> None:
    assert subject(clause)[0] == name


def test_who_only_acts_beside_speech_is_told_from_who_speaks() -> None:
    assert subject("评委点点头") == ("评委", False)
    assert subject("评委说") == ("评委", True)


def test_a_long_book_is_asked_for_plain_tags_alone() -> None:
    text = "“走。”Alice说。“不走。”Alice说。“走。”村民甲说。"
    quoted = [match.span() for match in re.finditer("“.*?”", text)]
    assert tagged_subjects(text, quoted, ["Alice"], 2).speaks == {}
    assert tagged_subjects(text, quoted, [], 2).speaks == {"Alice": 2}


def test_a_common_word_is_a_name_where_it_acts_like_one() -> None:
    text = "平安把伞收起来。“走。”平安说。“去哪儿？”平安说。“继续。”继续说。“好。”继续说。"
    quoted = [match.span() for match in re.finditer("“.*?”", text)]
    found = tagged_subjects(text, quoted, [], 1).speaks
    assert found["平安"] >= 2 and "继续" not in found

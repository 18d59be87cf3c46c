"""What stands on a thing, names somebody or is a letter's form is told; who reads it aloud speaks."""

from __future__ import annotations

import pytest

from flows.casting.chinese.quoting import CONVENTIONS as CHINESE
from flows.casting.english.quoting import CONVENTIONS as ENGLISH
from flows.casting.quotes import find_quotes

WRITTEN = [
    "The sign said “Closed.”",
    "The notice on the gate read, in red, “Private road. Trespassers will be shot.”",
    "The letter began “Dear Sir” and ended “Yours truly.”",
    "“No Vacancies,” said the card in the window.",
    "A brass plate engraved “Ring twice.”",
    "The man they called “Stitch” was digging.",
    "Below it stood “Police Baffled.”",
]
SAID = [
    "Ben looked at the sign and said, “Closed.”",
    "“Closed,” said the man with the sign.",
    "He touched the board, and called, “Next!”",
    "Anna read the letter. “Dear me,” she said.",
    "They called, “Stitch!”",
]
WRITTEN_ZH = [
    "门上挂着一块小牌：“今日打烊”",
    "屏幕上跳出一行字：“余额不足。”",
    "门口的横幅是“热烈欢迎新同学！”",
    "落款是：“一个老兵”",
]
SAID_ZH = ["林风看了看招牌，说：“打烊了。”", "他指着牌子：“你看。”", "他放下信，叹道：“可惜。”"]


@pytest.mark.parametrize("text", WRITTEN)
def test_what_is_written_is_not_said(text: str) -> None:
    assert find_quotes([text], ENGLISH, "double") == []


@pytest.mark.parametrize("text", SAID)
def test_what_is_said_beside_a_sign_is_said(text: str) -> None:
    assert len(find_quotes([text], ENGLISH, "double")) == 1


def test_a_sign_may_stand_in_a_paragraph_of_its_own() -> None:
    assert find_quotes(["The sign read:", "“Keep out.”"], ENGLISH, "double") == []


@pytest.mark.parametrize("text", WRITTEN_ZH)
def test_chinese_signs(text: str) -> None:
    assert find_quotes([text], CHINESE, "double") == []


@pytest.mark.parametrize("text", SAID_ZH)
def test_chinese_speech_beside_a_sign(text: str) -> None:
    assert len(find_quotes([text], CHINESE, "double")) == 1

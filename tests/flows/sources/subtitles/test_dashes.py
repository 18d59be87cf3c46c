"""A dash within a line parts two people, unless it is an aside, a range, a minus or a title's."""

from __future__ import annotations

import pytest

from flows.sources.subtitles import spoken_lines
from tests.flows.sources.subtitles.cue_files import read, srt, words


@pytest.mark.parametrize(
    ("shown", "spoken"),
    [
        ("- Where to? - Home.", ["Where to?", "Home."]),
        ("-Where to? -Home. -Now?", ["Where to?", "Home.", "Now?"]),
        ("- Where to? <i>- Home.</i>", ["Where to?", "Home."]),
        ("- ¿Adónde? - ¡A casa!", ["¿Adónde?", "¡A casa!"]),
        ("—¿Adónde? —A casa.", ["¿Adónde?", "A casa."]),
        ("Where to? -Home.", ["Where to?", "Home."]),
        ("- How many? - 12.", ["How many?", "12."]),
        ("去哪儿 -回家", ["去哪儿", "回家"]),
        ("-去哪儿  -回家", ["去哪儿", "回家"]),
        ("- 去哪儿 - 回家", ["去哪儿", "回家"]),
        ("他问我\n去哪儿 -回家", ["他问我去哪儿", "回家"]),
        ("어디 가 -집에", ["어디 가", "집에"]),
    ],
)
def test_two_people_on_one_line_are_two_turns(shown: str, spoken: list[str]) -> None:
    assert words(shown) == spoken


@pytest.mark.parametrize(
    "shown",
    [
        "It takes 5 - 10 years.",
        "I told you - never go there.",
        "My brother - he is older - went there.",
        "It is -10 degrees.",
        "A well-known man.",
        "What is it — Nothing.",
        "夜里 -10 度",
        "前奏 - 材料和基础理论",
        "周一 - 周五",
    ],
)
def test_another_dash_parts_nobody(shown: str) -> None:
    assert words(shown) == [shown]


def test_a_dash_between_blanks_parts_people_where_the_file_is_made_so() -> None:
    lines = ["去哪儿 - 回家", "是什么啊 - 优惠券", "你没事吧 - 没事"]
    assert words(*lines, "走吧")[:2] == ["去哪儿", "回家"]
    assert words(lines[0], *["走吧"] * 60)[0] == lines[0]


def test_people_on_one_line_have_two_voices_and_share_the_time() -> None:
    first, second = spoken_lines(read(srt("去哪儿 -回家")))
    assert first.lane != second.lane
    assert (first.start_ms, second.end_ms) == (4000, 7000) and first.end_ms == second.start_ms

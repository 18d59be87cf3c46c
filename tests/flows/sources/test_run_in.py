"""Files that lost their line breaks."""

from __future__ import annotations

import itertools
from pathlib import Path

from flows.sources import read
from flows.sources.run_in import run_in_headings
from tests.flows.sources.epub_files import titles

NUMBERS = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]
STORY = "话说那日天色将晚，众人都下了山，见前面一座小桥，桥边有个老者。"


def heads(text: str) -> list[str]:
    return [text[begin:end] for begin, end in run_in_headings(text)]


def test_a_heading_that_lost_the_full_stop_before_it_still_counts() -> None:
    wanted = [f"第{n}回 山路" for n in NUMBERS]
    text = "".join(f"{head}{STORY}" for head in wanted).replace(f"。{wanted[6]}", wanted[6])
    assert heads(text) == wanted


def test_a_heading_that_is_nowhere_does_not_end_the_series() -> None:
    wanted = [f"第{n}回" for n in NUMBERS if n != "七"]
    assert heads("".join(head + STORY for head in wanted)) == wanted


def test_words_that_refer_to_a_heading_are_none() -> None:
    told = "".join(f"第{n}回{STORY}且听第{m}回分解。" for n, m in itertools.pairwise(NUMBERS))
    assert heads(told) == [f"第{n}回" for n in NUMBERS[:-1]]


def test_contents_at_the_head_give_way_to_the_chapters(tmp_path: Path) -> None:
    listed = "目录" + " ".join(f"第{n}章 灯火{n}" for n in NUMBERS)
    text = listed + "".join(f"。第{n}章{STORY * 20}" for n in NUMBERS)
    (tmp_path / "b.txt").write_text(text, "utf-8")
    assert titles(read(tmp_path / "b.txt"))[-12:] == [f"第{n}章" for n in NUMBERS]


def test_english_chapters_in_one_line() -> None:
    text = " ".join(f"Chapter {n} The rain went on. We read chapter {n} aloud." for n in range(1, 6))
    assert heads(text) == [f"Chapter {n}" for n in range(1, 6)]

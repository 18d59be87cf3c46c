"""Titles without what stands around and behind them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.sources import read
from flows.sources.titles import dressed, notes_in, without
from tests.flows.sources.epub_files import assert_tiles, reasons, titles

ZH = "    码头上的灯一盏接一盏地亮了，挑水的人从石阶上走下来，嘴里哼着一支没有名字的小调。"


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("第1章 雨夜（求订阅！）", "第1章 雨夜"),
        ("第一章 灯火 求月票！", "第一章 灯火"),
        ("第二章 枣树（第三更，求推荐票）", "第二章 枣树"),
        ("第四章 掌柜（下）【二合一】", "第四章 掌柜（下）"),
        ("第1章 灯火(5000字大章)", "第1章 灯火"),
        ("第三章 渡口（为盟主某某加更）", "第三章 渡口"),
        ("第三章（求月票） 渡口", "第三章 渡口"),
        ("第九章 旧信 2019-01-01 12:00", "第九章 旧信"),
        ("Chapter 2: Blossom [Updated]", "Chapter 2: Blossom"),
        ("Chapter 3: The Ledger (2,345 words)", "Chapter 3: The Ledger"),
    ],
)
def test_begging_and_bookkeeping(line: str, bare: str) -> None:
    assert without(line, notes_in(line)) == bare


@pytest.mark.parametrize(
    "line",
    [
        "第4章 远行（上）", "第三章 三更", "第二章 三更灯火", "第三章 求月老", "第四章 加更的夜", "（求月票）",
        "第五章 求婚", "第六章 两千字的信", "Chapter 4: Snow (Part 1)", "Chapter 5 (I Thank the Rain)", "1984",
    ],
)  # fmt: skip
def test_true_titles_stay(line: str) -> None:
    assert notes_in(line) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("## 第一章 灯火", "第一章 灯火"), ("**第1章 灯火**", "第1章 灯火"), ("☆、第1章 灯火", "第1章 灯火"),
        ("== Rain ==", "Rain"), ("----第一章----", "第一章"), ("第一章 灯火", "第一章 灯火"), ("***", "***"),
    ],
)  # fmt: skip
def test_ornaments(line: str, words: str) -> None:
    begin, end = dressed(line)
    assert line[begin:end] == words


def test_what_a_title_loses_is_listed_and_not_read(tmp_path: Path) -> None:
    text = f"## 第一章 灯火（求订阅）\n{ZH}\n## 第二章 枣树\n{ZH}\n"
    (tmp_path / "b.txt").write_text(text, "utf-8")
    made = read(tmp_path / "b.txt")
    assert_tiles(made, {"b.txt": text})
    assert titles(made) == ["第一章 灯火", "第二章 枣树"]
    assert [c.paragraphs[0].text for c in made.chapters] == titles(made)
    assert reasons(made) == {"markup": "## ## ", "title-note": "（求订阅）"}

"""Headings by their words: which lines are chapters, and which only look so."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.sources import read
from flows.sources.headings import parse_heading
from tests.flows.sources.epub_files import assert_tiles, reasons, titles

BODY = "    那一天很长，河边的屋子里什么事也没有发生。老人坐在门口，看着水，一句话也没有说。"
PROSE = "It was a long day and nothing much happened in the house by the river."


@pytest.mark.parametrize(
    "line",
    [
        "第一章", "第一章 初见", "第1章 初见", "第１２章：初见", "第一百二十回 薦杜預老將獻新謀", "第兩章",
        "第壹回", "第〇三章 夜", "第廿四回",
        "第十二折 長亭", "第三卷 江湖", "第二部分 山雨", "第一节", "卷一 周文", "卷上", "序", "序章", "楔子",
        "尾声", "番外 旧事", "番外三：旧事", "后记", "正文 第一章 初见",
        "第一卷 少年 第一章 山村", "【第一章 初见】", "【第一章】 初见", "Chapter 3 初见", "第十二章 你是谁？", "引子",
        "CHAPTER I", "Chapter 1", "Chapter One", "CHAPTER XII. The Duel", "Chapter 3: The Duel",
        "Chapter Twenty-One", "PART THE FIRST", "Book II",
        "STAVE ONE.", "Part Two — The Sea", "Prologue", "EPILOGUE", "Preface", "Interlude: Night", "Chapter the Last",
    ],
)  # fmt: skip
def test_headings(line: str) -> None:
    heading = parse_heading(line)
    assert heading is not None and heading.style in ("separated", "glued", "special")


@pytest.mark.parametrize(
    "line",
    [
        "第一封信", "第一次见面", "第三天早上，他又来了。", "第一章的内容很多", "第二部分的内容",
        "第二回，他又来了。", "第三节课下课以后，他走了。",
        "序幕拉开了，灯光亮起来。", "尾声音", "他读完了第一章 初见", "一章一章地读",
        "Part of the reason was money.", "Chapter and verse", "Book a room", "Part 2 was worse than part 1.",
        "Chapter 3 of the book says so.",
        "Introduction to him was easy.", "part one of us", "Stave off the cold", "Scenes of old", "",
    ],
)  # fmt: skip
def test_lines_that_are_none(line: str) -> None:
    heading = parse_heading(line)
    assert heading is None or heading.style in ("bare", "numbered")


def read_lines(tmp_path: Path, *lines: str) -> list[str]:
    path = tmp_path / "novel.txt"
    text = "\n".join(lines)
    path.write_text(text, "utf-8")
    manuscript = read(path)
    assert_tiles(manuscript, {"novel.txt": text})
    return [c.title for c in manuscript.chapters if c.kind != "front" or c.title != manuscript.title]


def test_a_sentence_that_begins_like_a_heading_is_none(tmp_path: Path) -> None:
    lines = [
        "第一回 山村",
        BODY,
        "第二回他又来了",
        BODY,
        "第一封信",
        BODY,
        "第二回 下山",
        BODY,
        "第三回 江湖",
        BODY,
    ]
    assert read_lines(tmp_path, *lines) == ["第一回 山村", "第二回 下山", "第三回 江湖"]


def test_titles_without_a_space_where_all_are_written_so(tmp_path: Path) -> None:
    lines = ["第一章重生", BODY, "第二章归来", BODY, "第三章拜师", BODY]
    assert read_lines(tmp_path, *lines) == ["第一章重生", "第二章归来", "第三章拜师"]


def test_one_title_without_a_space_fills_its_gap(tmp_path: Path) -> None:
    lines = ["第一章 重生", BODY, "第二章归来", BODY, "第三章 拜师", BODY]
    assert read_lines(tmp_path, *lines) == ["第一章 重生", "第二章归来", "第三章 拜师"]


def test_web_novel_with_volumes_extras_and_repeated_titles(tmp_path: Path) -> None:
    lines = [
        "《长夜》", "作者：某人", "", "内容简介：", BODY, "", "正文 第一卷 少年", "", "第1章 山村",
        "第1章 山村", BODY, BODY, "", "第2章 下山", BODY,
        "第二卷 江湖", "第3章 江湖", BODY, "番外 旧事", BODY, "完本感言", BODY,
    ]  # fmt: skip
    path = tmp_path / "novel.txt"
    path.write_text("\n".join(lines), "utf-8")
    manuscript = read(path)
    assert (manuscript.title, manuscript.authors) == ("长夜", ("某人",))
    assert titles(manuscript)[-6:] == [
        "第1章 山村",
        "第2章 下山",
        "第二卷 江湖",
        "第3章 江湖",
        "番外 旧事",
        "完本感言",
    ]
    assert "repeated-heading" in reasons(manuscript)
    assert manuscript.chapters[-1].kind == "back"


def test_end_marks_of_web_sites_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "novel.txt"
    path.write_text(
        "\n".join(["第1章 山", BODY, "（本章完）", "第2章 水", BODY, "“完了。”他说。", "全书完"]), "utf-8"
    )
    assert reasons(read(path)) == {"end-mark": "（本章完）全书完"}


def test_contents_at_the_head_of_a_file_are_no_chapters(tmp_path: Path) -> None:
    heads = [f"第{n}回 山路" for n in "一二三四五"]
    lines = ["长夜", "目录", *heads, ""]
    for head in heads:
        lines += [head, BODY, BODY]
    assert read_lines(tmp_path, *lines) == heads


def test_bare_numerals_count_as_a_series_only(tmp_path: Path) -> None:
    series = [x for n in ("一", "二", "三", "四") for x in ("", n, "", BODY)]
    assert read_lines(tmp_path, *series) == ["一", "二", "三", "四"]
    roman = [x for n in ("I", "II", "III") for x in ("", n, "", PROSE)]
    assert read_lines(tmp_path, *roman) == ["I", "II", "III"]
    single = ["", "I", "", PROSE, "", PROSE]
    assert len(read_lines(tmp_path, *single)) <= 1


def test_the_manner_of_the_classics(tmp_path: Path) -> None:
    heads = ["逍遥游第一", "齐物论第二", "养生主第三"]
    assert read_lines(tmp_path, *[x for head in heads for x in (head, BODY, "他考了第一", BODY)]) == heads


def test_titles_on_the_line_below(tmp_path: Path) -> None:
    lines = [
        x
        for n, t in enumerate(["Loomings.", "The Carpet-Bag.", "The Spouter-Inn."], 1)
        for x in (f"CHAPTER {n}", "", t, "", PROSE, "")
    ]
    assert read_lines(tmp_path, *lines) == [
        "CHAPTER 1: Loomings.",
        "CHAPTER 2: The Carpet-Bag.",
        "CHAPTER 3: The Spouter-Inn.",
    ]
    dialogue = [x for n in (1, 2, 3) for x in (f"CHAPTER {n}", "", "“Yes,” he said.", "", PROSE, "")]
    assert read_lines(tmp_path, *dialogue) == ["CHAPTER 1", "CHAPTER 2", "CHAPTER 3"]


def test_a_doubtful_title_counts_where_it_fills_a_gap(tmp_path: Path) -> None:
    titles_of_ahab = [
        "CHAPTER 49. The Hyena.",
        "CHAPTER 50. Ahab’s Boat and Crew. Fedallah.",
        "CHAPTER 51. The Spirit-Spout.",
    ]
    lines = [x for t in titles_of_ahab for x in (t, "", PROSE, "")]
    assert read_lines(tmp_path, *lines) == titles_of_ahab


def test_numbered_titles(tmp_path: Path) -> None:
    lines = [x for n, t in enumerate(["山村", "下山", "江湖", "归来"], 1) for x in (f"{n}、{t}", BODY)]
    assert read_lines(tmp_path, *lines) == ["1、山村", "2、下山", "3、江湖", "4、归来"]


def test_english_text_with_parts(tmp_path: Path) -> None:
    lines: list[str] = []
    for part in ("PART ONE", "PART TWO"):
        lines += ["", part, ""]
        for number in ("I", "II"):
            lines += ["", f"CHAPTER {number}. A Walk", "", PROSE, ""]
    path = tmp_path / "novel.txt"
    path.write_text("\n".join(lines), "utf-8")
    manuscript = read(path)
    assert titles(manuscript) == [
        "PART ONE",
        "CHAPTER I. A Walk",
        "CHAPTER II. A Walk",
        "PART TWO",
        "CHAPTER I. A Walk",
        "CHAPTER II. A Walk",
    ]
    assert [c.kind for c in manuscript.chapters] == [
        "part",
        "chapter",
        "chapter",
        "part",
        "chapter",
        "chapter",
    ]


def test_an_appendix_between_chapters_is_a_section(tmp_path: Path) -> None:
    lines = ["第八回 山", BODY, "附录 旧事", BODY, "第九回 水", BODY, "附录 年表", BODY]
    assert read_lines(tmp_path, *lines) == ["第八回 山", "第九回 水", "附录 年表"]


@pytest.mark.parametrize(
    "heads",
    [
        ["One", "Two", "Three"],
        ["ONE", "TWO", "THREE"],
        ["一、开始", "二、重逢", "三、离别"],
        ["一 开始", "二 重逢", "三 离别"],
    ],
)
def test_numbers_in_words_are_chapters_as_a_series(tmp_path: Path, heads: list[str]) -> None:
    text = "\n\n".join(f"{head}\n\n{PROSE}" for head in heads)
    (tmp_path / "b.txt").write_text(text, encoding="utf-8")
    made = read(tmp_path / "b.txt")
    assert titles(made) == heads
    assert_tiles(made, {"b.txt": text})


def test_two_numbers_in_words_are_no_chapters(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text(f"{PROSE}\n\nTwo\n\n{PROSE}\n\nOne\n\n{PROSE}", encoding="utf-8")
    assert titles(read(tmp_path / "b.txt")) == ["b"]

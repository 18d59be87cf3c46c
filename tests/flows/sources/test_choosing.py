"""Which lines of a book are chapters: series of numbers against the marks around them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.sources import read
from tests.flows.sources.epub_files import assert_tiles, page, titles, write_epub

ZH = "    码头上的灯一盏接一盏地亮了，挑水的人从石阶上走下来，嘴里哼着一支没有名字的小调。"
EN = "The lamps along the quay were lit one after another, and the porters came down the steps."


def chapters_of(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "novel.txt"
    path.write_text(text, "utf-8")
    manuscript = read(path)
    assert_tiles(manuscript, {"novel.txt": text})
    return titles(manuscript)


def book(heads: list[str], prose: str = ZH) -> str:
    return "".join(f"{head}\n\n{prose}\n\n{prose}\n\n" for head in heads)


@pytest.mark.parametrize(
    "heads",
    [
        ["1章 灯火", "2章 枣树", "3章 掌柜"],
        ["三十章灯火", "三十一章枣树", "三十二章掌柜"],
        ["第一章 灯火", "二章 枣树", "第三章 掌柜", "四章：雪路"],
        ["章一 灯火", "章二 枣树"],
        ["第1章灯火", "2章枣树", "第3章掌柜", "4章雪路"],
        ["1章 灯火", "5章 枣树", "6章 掌柜", "20章 雪路"],
        ["第（1）章 灯火", "第（2）章 枣树"],
        ["第一章 灯火", "番外第一章 枣树", "番外（二）掌柜", "番外之雪路", "番外旧信"],
        ["第一夜", "第二夜", "第三夜"],
    ],
)
def test_chinese_series(tmp_path: Path, heads: list[str]) -> None:
    assert chapters_of(tmp_path, book(heads)) == heads


@pytest.mark.parametrize(
    "heads",
    [
        ["chapter.001", "chapter.002"],
        ["Ch. 1", "Ch. 2"],
        ["C1", "C2", "C3"],
        ["CH 12: Lamps", "CH 13: Blossom"],
        ["Chap. IV", "Chap. V"],
        ["ch1", "ch2"],
        ["Chapter 1", "Side Story 1: The Ledger", "Bonus Chapter: Snow"],
        ["I. Lamps", "II. Blossom", "III. The Ledger"],
        ["1. Lamps", "2. Blossom", "3. Who Is There?"],
        ["Day 1", "Day 2", "Day 3"],
    ],
)
def test_english_series(tmp_path: Path, heads: list[str]) -> None:
    assert chapters_of(tmp_path, book(heads, EN)) == heads


@pytest.mark.parametrize(
    "lines",
    [
        ["第一节", "第二节", "第三节"],
        ["第一幕", "第二幕"],
        ["第一回合", "第二回合"],
        ["一回生，二回熟。", "两集电视剧"],
        ["Act One", "Act Two"],
        ["Scene 1", "Scene 2"],
        ["Chapter 9"],
    ],
)
def test_what_is_counted_inside_a_chapter_stays_inside(tmp_path: Path, lines: list[str]) -> None:
    inside = "".join(f"{line}\n\n谁也没有说话。\n\n" for line in lines)
    heads = [f"第{n}章 灯火" for n in "一二三"] if lines[0][0] not in "ASC" else ["Chapter 1", "Chapter 2"]
    text = book(heads[:1]) + inside + book(heads[1:])
    assert chapters_of(tmp_path, text) == heads


def test_quarters_in_a_book_whose_chapters_are_numbers_only(tmp_path: Path) -> None:
    heads = ["1、主场", "2、客场", "3、决赛"]
    inner = "第一节\n打平。\n第二节\n落后。\n"
    text = "".join(f"{head}\n{ZH}\n{inner}{ZH}\n" for head in heads)
    assert chapters_of(tmp_path, text) == heads


def test_a_tale_in_another_unit_stays_in_its_chapter(tmp_path: Path) -> None:
    text = (
        book(["第一章 灯火"])
        + "第一回\n他拍了一下木头。\n第二回\n人散了。\n"
        + book(["第二章 枣树", "第三章 掌柜"])
    )
    assert chapters_of(tmp_path, text) == ["第一章 灯火", "第二章 枣树", "第三章 掌柜"]


def test_sections_under_every_chapter_are_chapters_where_they_are_long(tmp_path: Path) -> None:
    heads = [x for n in "一二三" for x in (f"第{n}章", "第一节 灯", "第二节 花")]
    text = "".join(f"{head}\n" + ("" if head[2] == "章" else f"{ZH}\n" * 10) for head in heads)
    assert chapters_of(tmp_path, text) == heads


def test_bare_numbers_within_parts(tmp_path: Path) -> None:
    heads = ["PART ONE", "1", "2", "3", "PART TWO", "1", "2", "3"]
    text = "".join(f"{head}\n\n" + ("" if "P" in head else f"{EN}\n\n{EN}\n\n") for head in heads)
    assert chapters_of(tmp_path, text) == heads


@pytest.mark.parametrize("dress", ["☆、{}", "★{}★", "【{}】", "== {} ==", "章节-{}", "~ {} ~"])
def test_titles_known_by_a_sign_that_recurs(tmp_path: Path, dress: str) -> None:
    words = ["纸船", "木桥", "石塔"]
    got = chapters_of(tmp_path, book([dress.format(word) for word in words]))
    assert [title.strip("【】").removeprefix("章节-") for title in got] == words


def test_a_sign_in_a_book_that_counts_its_chapters_is_none(tmp_path: Path) -> None:
    text = book(["第一章 系统"]) + "【叮】\n【任务完成】\n【奖励】\n" + book(["第二章 枣树"])
    assert chapters_of(tmp_path, text) == ["第一章 系统", "第二章 枣树"]


def test_signs_within_a_chapter_that_the_contents_name_are_none(tmp_path: Path) -> None:
    inner = "".join(
        f"<p>【{word}】</p>" + f"<p>{ZH.strip() * 40}</p>" * 4 for word in ("任务", "奖励", "失败")
    )
    documents = {f"{n}.xhtml": page(f"<h1>灯火{n}</h1>{inner}") for n in "甲乙丙"}
    toc = "".join(f'<li><a href="{name}">灯火{name[0]}</a></li>' for name in documents)
    made = titles(read(write_epub(tmp_path / "b.epub", documents, toc=toc)))
    assert made == ["灯火甲", "灯火乙", "灯火丙"]


def omnibus(tmp_path: Path, volumes: list[str], heads: list[str]) -> list[str]:
    """Titles of an EPUB whose volumes share the file of their first chapter."""
    documents, toc = {}, ""
    for v, volume in enumerate(volumes):
        inner = ""
        for c, head in enumerate(heads):
            name = f"v{v}c{c}.xhtml"
            documents[name] = page(f"<h1>长夜</h1><h2>{head}</h2><p>{ZH.strip()}</p>")
            inner += f'<li><a href="{name}">{head}</a></li>'
        toc += f'<li><a href="v{v}c0.xhtml">{volume}</a><ol>{inner}</ol></li>'
    return titles(
        read(write_epub(tmp_path / "b.epub", documents, toc=toc, metadata="<dc:title>长夜</dc:title>"))
    )


def test_volumes_of_an_omnibus_are_told_apart(tmp_path: Path) -> None:
    assert omnibus(tmp_path, ["Volume One", "Volume Two"], ["Chapter 1", "Chapter 2"]) == [
        "Volume One, Chapter 1",
        "Volume One, Chapter 2",
        "Volume Two, Chapter 1",
        "Volume Two, Chapter 2",
    ]


def test_parts_of_one_name_are_told_apart_by_their_books(tmp_path: Path) -> None:
    documents, toc = {}, ""
    for book_name in ("Book One", "Book Two"):
        inner = ""
        for part in ("Part 1", "Part 2"):
            name = f"{book_name}{part}.xhtml".replace(" ", "")
            documents[name] = page(f"<h2>Chapter 1</h2><p>{EN}</p>")
            inner += f'<li><span>{part}</span><ol><li><a href="{name}">Chapter 1</a></li></ol></li>'
        toc += f"<li><span>{book_name}</span><ol>{inner}</ol></li>"
    assert titles(read(write_epub(tmp_path / "b.epub", documents, toc=toc)))[-1] == (
        "Book Two, Part 2, Chapter 1"
    )


def test_a_number_in_a_heading_and_its_title_in_a_paragraph(tmp_path: Path) -> None:
    documents = {f"{n}.xhtml": page(f"<h1>{n}</h1><p>The Lamps</p><p>{EN}</p>") for n in (1, 2, 3)}
    toc = "".join(f'<li><a href="{name}">{name[0]}</a></li>' for name in documents)
    made = titles(read(write_epub(tmp_path / "b.epub", documents, toc=toc)))
    assert made == [f"{n}: The Lamps" for n in (1, 2, 3)]


def test_the_books_title_over_every_file_is_no_chapter(tmp_path: Path) -> None:
    assert omnibus(tmp_path, ["上卷", "下卷"], ["第一章 灯火", "第二章 枣树"])[0] == "上卷 第一章 灯火"


def test_a_heading_of_two_lines_tells_more_than_the_contents(tmp_path: Path) -> None:
    documents = {
        f"{n}.xhtml": page(f"<h1>CHAPTER {n}<br/>{word}</h1><p>{EN}</p>")
        for n, word in (("ONE", "Lamps"), ("TWO", "Snow"))
    }
    toc = '<li><a href="ONE.xhtml">Chapter 1</a></li><li><a href="TWO.xhtml">Chapter 2</a></li>'
    made = titles(read(write_epub(tmp_path / "b.epub", documents, toc=toc)))
    assert made == ["CHAPTER ONE Lamps", "CHAPTER TWO Snow"]


@pytest.mark.parametrize(("number", "title"), [("01", "THE RIVER"), ("I", "The Lamps"), ("第一章", "灯火")])
def test_number_and_title_in_two_headings(tmp_path: Path, number: str, title: str) -> None:
    documents = {
        f"{n}.xhtml": page(f"<h1>{number}</h1><h2>{title}</h2><p>{EN} {n}</p>") for n in ("a", "b", "c")
    }
    toc = "".join(f'<li><a href="{name}">{number}</a></li>' for name in documents)
    (first, *_) = titles(read(write_epub(tmp_path / "b.epub", documents, toc=toc)))
    assert number in first and title in first


LONG = [
    "Capítulo {}. De lo que le sucedió al barquero cuando salió de la venta",
    "Capítulo {}. Del largo y grave escrutinio que el cura y la barbera hicieron en la casa de la isla, y de otras "
    "cosas que nadie había visto nunca en aquella ribera ni en ninguna otra parte del mundo",
]


def test_a_long_title_behind_a_number_that_goes_on(tmp_path: Path) -> None:
    numbers = ["I", "II", "III", "IV", "V"]
    heads = [LONG[n % 2].format(numeral) for n, numeral in enumerate(numbers)]

    parts = book(["Parte I", *heads, "Parte II", *heads], EN)

    assert chapters_of(tmp_path, parts) == ["Parte I", *heads, "Parte II", *heads]


def test_a_long_sentence_behind_a_part_or_a_number_out_of_turn_is_text(tmp_path: Path) -> None:
    heads = ["Chapter 1. The Quay", "Chapter 2. The Steps", "Chapter 3. The Lamps"]
    sentence = f"Chapter 9: {EN} {EN}"
    text = book(heads, f"{EN}\n\n{sentence}\n\nPart One: {EN} {EN}")

    assert chapters_of(tmp_path, text) == heads


@pytest.mark.parametrize(
    "heads",
    [
        [f"{number}." for number in range(214, 228)],
        [*"一二三四五六", *"八九", "十"],
        [*"ABCDEFGHIJKLMNOPQRSTUVW", "Y", "Z"],
        ["自序（1）", "自序（2）", "开店（1）", "开店（2）", "灯火?（1）", "灯火?（2）"],
        ["上篇", "下篇"],
        ["上卷 灯火", "下卷 枣树"],
        ["卷一‧灯火", "卷一‧枣树", "卷二‧掌柜", "卷二‧雪路"],
    ],
)
def test_series_that_begin_late_or_miss_one_or_count_otherwise(tmp_path: Path, heads: list[str]) -> None:
    assert chapters_of(tmp_path, book(heads)) == heads


def test_headings_in_a_wrapped_text_without_a_blank_line(tmp_path: Path) -> None:
    lines = [
        "碼頭上的燈一盞接一盞地亮了，挑水的人從石階上走下來，嘴裡哼著一支沒有名字的小",
        "調，誰也不知道他從哪裡來，也不知道他要往哪裡去，只有看門的老人記得他的樣子，",
        "說他年年都來，年年都在這個時候，挑著同一副擔子，走同一條路。",
    ]
    heads = ["第一回 燈火滿江人不語 石階三級水生波", "第二回 看門人夜話舊事", "第三回 小調無名"]
    text = "".join(f"{head}\n" + "\n".join(lines * 4) + "\n" for head in heads)

    assert chapters_of(tmp_path, text) == heads


def test_the_pages_of_a_site_are_no_chapters(tmp_path: Path) -> None:
    text = "".join(f"分节阅读 {n}\n\n{n}、灯火\n\n{ZH}\n\n{ZH}\n\n" for n in range(1, 5))

    assert chapters_of(tmp_path, text) == [f"{n}、灯火" for n in range(1, 5)]

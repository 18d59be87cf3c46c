"""Plain text: wrapped lines, hyphens, layouts, metadata, and files that lost their line breaks."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.script.manuscript import Manuscript
from flows.sources import ReadOptions, read
from tests.flows.sources.epub_files import assert_tiles, reasons, texts, titles

ENGLISH = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, "
    "it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the "
    "season of Darkness."
)
CHINESE = (
    "我不见他，已是三十多年；今天见了，精神分外爽快。才知道以前的三十多年，全是发昏；然而须十分小心。"
    "不然，那赵家的狗，何以看我两眼呢？"
)


def read_text(
    tmp_path: Path,
    text: str,
    options: ReadOptions | None = None,
    name: str = "novel.txt",
) -> Manuscript:
    path = tmp_path / name
    path.write_bytes(text.encode())
    manuscript = read(path, options or ReadOptions())
    assert_tiles(manuscript, {name: text})
    return manuscript


def test_wrapped_english_is_joined_with_spaces(tmp_path: Path) -> None:
    text = "\n\n".join(textwrap.fill(ENGLISH, 70) for _ in range(4))
    assert texts(read_text(tmp_path, text)) == [ENGLISH] * 4


def test_wrapped_chinese_is_joined_without_spaces(tmp_path: Path) -> None:
    wrapped = "\n".join(CHINESE[i : i + 20] for i in range(0, len(CHINESE), 20))
    assert texts(read_text(tmp_path, f"{wrapped}\n\n{wrapped}\n\n{wrapped}")) == [CHINESE] * 3


def test_wrapped_paragraphs_told_apart_by_indents_only(tmp_path: Path) -> None:
    text = "\n".join(textwrap.fill(ENGLISH, 70, initial_indent="    ") for _ in range(4))
    assert texts(read_text(tmp_path, text)) == [ENGLISH] * 4
    wrapped = "\n".join(["　　" + CHINESE[:18], *[CHINESE[i : i + 20] for i in range(18, len(CHINESE), 20)]])
    assert texts(read_text(tmp_path, "\n".join([wrapped] * 3))) == [CHINESE] * 3


def test_one_line_a_paragraph_stays_so(tmp_path: Path) -> None:
    lines = [
        "　　“你来了。”",
        "　　“我来了。”",
        "　　风停了，雨也停了，院子里只剩下一盏灯。",
        "　　谁也没有再说话。",
    ]
    assert texts(read_text(tmp_path, "\n".join(lines))) == [line.strip() for line in lines]
    assert texts(read_text(tmp_path, f"{ENGLISH}\n{ENGLISH}\nShort.\n{ENGLISH}")) == [
        ENGLISH,
        ENGLISH,
        "Short.",
        ENGLISH,
    ]


def test_hyphens_at_line_ends(tmp_path: Path) -> None:
    hyphenated = (
        "The old gentleman was the most extraor-\ndinary person in the whole neighbour-\nhood, and he knew "
        "it, and every-\n"
        "body else was told of it at every oppor-\ntunity. He was well-known and a well-\nknown man talks. "
        "The neighbourhood\nlistened."
    )
    got = texts(read_text(tmp_path, hyphenated))
    assert got == [
        "The old gentleman was the most extraordinary person in the whole neighbourhood, and he knew it, and everybody "
        "else was told of it at every opportunity. He was well-known and a well-known man talks. The "
        "neighbourhood listened."
    ]


def test_hyphens_are_the_authors_in_a_text_without_hyphenation(tmp_path: Path) -> None:
    text = (
        textwrap.fill(ENGLISH, 70)
        + "\n\n"
        + "He was a man of sixty, tall and straight and rather old-\nfashioned in his dress, as men of the "
        "sea often are on land\nwhen they have been away for long years."
    )
    assert "rather old-fashioned in" in texts(read_text(tmp_path, text))[-1]


def test_verse_in_wrapped_prose_keeps_its_lines(tmp_path: Path) -> None:
    verse = "The curfew tolls the knell\nOf parting day,\nThe lowing herd winds slowly\nO'er the lea."
    manuscript = read_text(tmp_path, "\n\n".join([textwrap.fill(ENGLISH, 70)] * 3 + [verse]))
    assert texts(manuscript)[-4:] == verse.split("\n")
    assert manuscript.chapters[-1].paragraphs[-1].kind == "verse"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path: Path, end: str) -> None:
    lines = ["第一章 山", "风停了。", "", "雨也停了。", "第二章 水", "天亮了。"]
    assert titles(read_text(tmp_path, end.join(lines))) == ["第一章 山", "第二章 水"]


def test_scene_breaks_and_markup(tmp_path: Path) -> None:
    manuscript = read_text(
        tmp_path, "One.\n\n* * *\n\nTwo _very_ big.\n\n[Illustration: A boat]\n\nThree snake_case."
    )
    assert [p.kind for p in manuscript.chapters[0].paragraphs] == ["text", "scene-break", "text", "text"]
    assert texts(manuscript) == ["One.", "Two very big.", "Three snake_case."]
    assert reasons(manuscript) == {"scene-break": "* * *", "markup": "__", "image": "[Illustration: A boat]"}


def test_gutenberg_text(tmp_path: Path) -> None:
    text = (
        "The Project Gutenberg EBook of A Tale, by A. Writer\n\nTitle: A Tale\n\nAuthor: A. Writer\n\n"
        "*** START OF THIS PROJECT GUTENBERG EBOOK A TALE ***\n\nProduced by Volunteers\n\nA TALE\n\nBy A. Writer\n\n"
        "CONTENTS\n\nCHAPTER I. The Door\nCHAPTER II. The Stair\nCHAPTER III. The Roof\n\n"
        + "".join(
            f"CHAPTER {n}. The {t}\n\n{textwrap.fill(ENGLISH, 70)}\n\n"
            for n, t in [("I", "Door"), ("II", "Stair"), ("III", "Roof")]
        )
        + "End of the Project Gutenberg EBook of A Tale\n\n*** END OF THIS PROJECT GUTENBERG EBOOK A TALE "
        "***\n\nLicence.\n"
    )
    manuscript = read_text(tmp_path, text)
    assert (manuscript.title, manuscript.authors) == ("A Tale", ("A. Writer",))
    assert titles(manuscript) == ["CHAPTER I. The Door", "CHAPTER II. The Stair", "CHAPTER III. The Roof"]
    assert set(reasons(manuscript)) == {"gutenberg", "title-page", "contents"}
    assert manuscript.chapters[1].source == f"line {text[: text.rindex('CHAPTER II.')].count(chr(10)) + 1}"


@pytest.mark.parametrize(
    ("head", "title", "authors"),
    [
        ("《水浒传》施耐庵\n\n楔子　山\n风停了。", "水浒传", ("施耐庵",)),
        ("长夜\n\n勒庞 著 冯克利 译\n\n第一章 山\n风停了。", "长夜", ("勒庞",)),
        ("《长夜》作者：某人\n\n第一章 山\n风停了。", "长夜", ("某人",)),
        ("【书名】：长夜\n【作者】：某人\n\n第一章 山\n风停了。", "长夜", ("某人",)),
        ("书名：长夜\n作者：某人\n\n第一章 山\n风停了。", "长夜", ("某人",)),
        ("老残游记\n[清]刘鹗\n\n第一回 山\n风停了。", "老残游记", ("刘鹗",)),
        ("《西游记》吴承恩（明）\n\n第一回 山\n风停了。", "西游记", ("吴承恩",)),
        ("A Tale\nby Jane Doe\n\nChapter 1\n\nIt rained.", "A Tale", ("Jane Doe",)),
        ("It rained all day.\n\nThen it stopped.", "novel", ()),
        ("书名：长夜\n作家：某人，一九八一年起任专业作家。\n\n第一章 山\n风停了。", "长夜", ("某人",)),
        ("母亲的信（代序）\n\n儿啊，保重。\n\n第一章 山\n风停了。", "novel", ()),
        ("作品篇目（29篇）\n\n第一章 山\n风停了。", "novel", ()),
        ("--------\n\n第一章 山\n风停了。", "novel", ()),
    ],
)
def test_title_and_author(tmp_path: Path, head: str, title: str, authors: tuple[str, ...]) -> None:
    manuscript = read_text(tmp_path, head)
    assert (manuscript.title, manuscript.authors) == (title, authors)


@pytest.mark.parametrize(
    ("name", "title", "authors"),
    [
        ("金庸-射雕英雄传txt精校版", "金庸-射雕英雄传", ()),
        ("人生的枷锁_www.example.com", "人生的枷锁", ()),
        ("《长夜》（全本）作者：某人", "长夜", ("某人",)),
        ("全本", "全本", ()),
        ("The Web of www", "The Web of www", ()),
    ],
)
def test_what_a_file_is_called_without_what_sites_put_to_it(
    tmp_path: Path, name: str, title: str, authors: tuple[str, ...]
) -> None:
    manuscript = read_text(tmp_path, "风停了。雨也停了。\n\n他走了。", name=f"{name}.txt")
    assert (manuscript.title, manuscript.authors) == (title, authors)


def test_a_book_without_line_breaks_is_cut_at_its_headings_and_sentences(tmp_path: Path) -> None:
    numbers = "一二三四五"
    text = "長夜長夜長夜" + "".join(
        f"第{n}回山高水長人心不古話說{CHINESE * 30}且聽下回分解。" for n in numbers
    )
    manuscript = read_text(tmp_path, text)
    assert titles(manuscript) == [f"第{n}回山高水長人心不古" for n in numbers]
    assert max(len(t) for t in texts(manuscript)) < 2000
    assert manuscript.title == "長夜"


def test_long_paragraphs_are_cut_at_sentence_ends_outside_quotes(tmp_path: Path) -> None:
    speech = "“" + "你听我说。" * 60 + "”"
    got = texts(read_text(tmp_path, (CHINESE + speech) * 20, ReadOptions(split_long_paragraphs=1000)))
    assert len(got) > 10
    assert all(t.count("“") == t.count("”") for t in got)


def test_language(tmp_path: Path) -> None:
    assert read_text(tmp_path, ENGLISH).language == "en"
    assert read_text(tmp_path, CHINESE + " OK").language == "zh"
    assert read_text(tmp_path, "雨が降っていた。彼は黙って窓の外を見ていた。").language == "ja"


def test_large_files_take_linear_time(tmp_path: Path) -> None:
    """Six times the text may take at most fifteen times the time (a quadratic reader takes thirty-six)."""

    def seconds(repeats: int) -> float:
        text = "".join(f"第{n}章 山路\n" + (CHINESE * 20 + "\n") * 3 for n in range(1, repeats + 1))
        path = tmp_path / f"{repeats}.txt"
        path.write_text(text, "utf-8")
        start = time.process_time()
        read(path)
        return time.process_time() - start

    seconds(5)
    small, large = seconds(25), seconds(150)
    assert large < 15 * max(small, 0.02)


PARAGRAPHS = st.lists(
    st.lists(
        st.sampled_from(
            [
                "the",
                "old",
                "man",
                "walked",
                "down",
                "to",
                "harbour",
                "where",
                "boats",
                "lay",
                "sleeping",
                "under",
                "a",
                "grey",
                "and",
                "quiet",
                "morning",
                "sky",
            ]
        ),
        min_size=30,
        max_size=80,
    ),
    min_size=3,
    max_size=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PARAGRAPHS, st.integers(50, 90))
def test_rejoining_inverts_wrapping(tmp_path: Path, words: list[list[str]], width: int) -> None:
    paragraphs = [" ".join(p).capitalize() + "." for p in words]
    text = "\n\n".join(textwrap.fill(p, width) for p in paragraphs)
    assert texts(read_text(tmp_path, text)) == paragraphs


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(
        alphabet=st.sampled_from("第一二三章回 \n\n　abcX.。，“”-_*\u00ad\u200b\u2060\t[1]I V"),
        min_size=1,
        max_size=400,
    )
)
def test_no_text_loses_a_character(tmp_path: Path, text: str) -> None:
    if text.strip():
        read_text(tmp_path, text)


def test_web_markup_and_references_in_a_text_file(tmp_path: Path) -> None:
    made = read_text(
        tmp_path,
        "　　&nbsp;&nbsp;他走了。<br />\n　　&ldquo;好&rdquo;&mdash;&mdash;她说。\n<p>R&D; 部门&amp;他，a < "
        "b。</p>\n[b]走[/b]吧。\n",
    )
    assert texts(made) == ["他走了。", "“好”——她说。", "R&D; 部门&他，a < b。", "走吧。"]
    assert made.language == "zh"


def test_control_characters_are_not_spoken(tmp_path: Path) -> None:
    assert texts(read_text(tmp_path, "He\x00llo,\x07 she\x9d said.\x1a")) == ["Hello, she said."]


def test_pages_and_notes_of_gutenberg_texts(tmp_path: Path) -> None:
    text = (
        "The road[1] was long[A] and [Pg 12]dark; see [2] there.\n\n[Pg 13]\n\n[Footnote 1: So they "
        "say.\n\nAnd others.]\n\n"
        "[A] Forty miles.\n\n[2] A list begins so.\n\nHe went on.\n"
    )
    made = read_text(tmp_path, text)
    assert texts(made) == [
        "The road was long and dark; see [2] there.",
        "[2] A list begins so.",
        "He went on.",
    ]
    left = reasons(made)
    assert left["page-number"] == "[Pg 12][Pg 13]" and left["note-mark"] == "[1][A]"
    kept = texts(read_text(tmp_path, text, ReadOptions(notes="chapter", page_numbers=True)))
    assert "[A] Forty miles." in kept and "[Pg 13]" in kept


def test_braced_page_numbers_that_count_up(tmp_path: Path) -> None:
    counted = " ".join(f"He {{{n}}}went on." for n in range(3, 9))
    assert texts(read_text(tmp_path, counted)) == [" ".join(["He went on."] * 6)]
    assert texts(read_text(tmp_path, "He {3}went on {2}.")) == ["He {3}went on {2}."]


def test_a_wrapped_text_with_a_blank_line_after_every_line(tmp_path: Path) -> None:
    lines = textwrap.wrap(ENGLISH, 70)
    text = (
        "Chapter 1\n\n"
        + "\n\n\n".join("\n\n".join(lines) for _ in range(3))
        + "\n\nChapter 2\n\n"
        + "\n\n".join(lines)
    )
    made = read_text(tmp_path, text)
    assert titles(made) == ["Chapter 1", "Chapter 2"]
    assert texts(made) == ["Chapter 1", ENGLISH, ENGLISH, ENGLISH, "Chapter 2", ENGLISH]


def test_titles_in_capitals_where_no_chapter_is_counted(tmp_path: Path) -> None:
    prose = f"{ENGLISH}\n\n" * 6
    heads = ["THE ROAD", "THE INN", "A LETTER"]
    assert titles(read_text(tmp_path, "".join(f"{head}\n\n{prose}" for head in heads))) == heads
    shouts = f"{prose}NO ENTRY\n\nHe read it.\n\nKEEP OUT\n\nHe read that, too.\n\nTHE END\n"
    assert titles(read_text(tmp_path, shouts)) == ["novel"]


def test_titles_that_only_blank_lines_set_apart(tmp_path: Path) -> None:
    story = f"    {CHINESE * 9}\n\n    “走罢。”\n\n    {CHINESE * 9}\n"
    heads = ["刷子李", "死 鸟", "蓝 眼", "背头杨", "泥人张", "小杨月楼义结李金鏊"]
    apart = "".join(f"\n\n\n {head}\n\n{story}" for head in heads)
    assert titles(read_text(tmp_path, f"《俗世》\n{apart}")) == heads
    inner = "".join(f"    {number}\n\n    {CHINESE * 6}\n\n" for number in "一二三")
    sections = "".join(f"\n\n\n {head}\n\n{inner if head == '死 鸟' else story}" for head in heads)
    assert titles(read_text(tmp_path, f"《俗世》\n{sections}")) == heads, "一, 二, 三 are within one story"
    scenes = "".join(f"\n\n\n    {CHINESE}\n\n{story}" for _ in heads)
    assert titles(read_text(tmp_path, f"《俗世》\n{scenes}")) == ["俗世"]


def test_bare_numbers_of_which_two_in_a_row_are_lost(tmp_path: Path) -> None:
    numbers = ["一", "二", "三", "四", "五", "六", "七", "十", "十一", "十二", "十三"]
    text = "".join(f"{number}\n\n{CHINESE * 3}\n\n" for number in numbers)
    assert titles(read_text(tmp_path, text)) == numbers
    assert titles(read_text(tmp_path, text.replace("十一", "十九"))) == numbers[:7]


def test_line_numbers_of_old_macintosh_files(tmp_path: Path) -> None:
    made = read_text(tmp_path, "Chapter 1\r\rOne.\r\rChapter 2\r\rTwo.\r")
    assert [chapter.source for chapter in made.chapters] == ["line 1", "line 5"]

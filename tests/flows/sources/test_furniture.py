"""Page numbers and running heads of a scan are left out, and the sentences that they cut are whole again."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from flows.script.manuscript import Manuscript
from flows.sources import ReadOptions, read
from tests.flows.sources.epub_files import (
    assert_tiles,
    document_texts,
    page,
    reasons,
    texts,
    write_epub,
)

ENGLISH = (
    "The ferry left at noon with the keeper and his two lamps, and nobody stood on the quay to see the smoke go, for",
    "the rain had come over the hill again, and the children counted the stones of the bridge from their windows.",
)
PLAIN = (
    "“Two boats,” said the keeper. “It is not five yet.” He lit a lamp and went down to look for the third."
)
CHINESE = (
    "渡船在正午离开了码头，守桥人带着他的两盏灯坐在船尾，谁也没有站在岸边看那一缕烟慢慢散去，因为山那边的雨又下起来"
    "了，镇上的人都躲在家里，隔着窗户数桥上的石头，一块一块地数下去，数到第三十七块的时候，老人忽然想起了许多年前的一件",
    "旧事，那时候桥还没有修好，过河的人都要等渡船，一等就是一个下午，等的人坐在柳树底下说话，说的都是收成和天气，没有人着急。",
)


def scan(
    pages: int, halves: tuple[str, str] = ENGLISH, number: str = "{}", head: str = ""
) -> list[list[str]]:
    """Pages of two paragraphs; each ends in the midst of a sentence that the next goes on with.

    Args:
        number, head: what is printed at the foot and at the head of a page, `{}` for its number.
    """
    made = []
    for at in range(pages):
        lines = [head.format(at + 7)] if head else []
        lines += [halves[1]] if at else []
        lines += [PLAIN, halves[0]] if at + 1 < pages else []
        made.append([*lines, *([number.format(at + 7)] if number else [])])
    return made


def text_of(tmp_path: Path, pages: list[list[str]], wrapped: bool = True) -> Manuscript:
    path = tmp_path / "b.txt"
    blocks = [textwrap.fill(line, 72) if wrapped else line for page in pages for line in page]
    path.write_text("\n\n".join(blocks), encoding="utf-8")
    manuscript = read(path)
    assert_tiles(manuscript, {"b.txt": path.read_text(encoding="utf-8")})
    return manuscript


@pytest.mark.parametrize(
    ("number", "head"),
    [
        ("{}", ""),
        ("- {} -", ""),
        ("Page {} of 240", ""),
        ("", "{}   THE FERRY"),
        ("", "THE FERRY   {}"),
        ("{}", "THE FERRY"),
    ],
)
def test_page_numbers_and_running_heads_are_not_read(tmp_path: Path, number: str, head: str) -> None:
    manuscript = text_of(tmp_path, scan(12, number=number, head=head))
    read_ = texts(manuscript)
    assert read_.count(" ".join(ENGLISH)) == 11, "each sentence is one again"
    assert not [text for text in read_ if any(c.isdigit() for c in text)]
    assert sum("THE FERRY" in text for text in read_) <= 1, "the first may be the title"


def test_chinese_halves_are_joined_without_a_space(tmp_path: Path) -> None:
    manuscript = text_of(tmp_path, scan(12, CHINESE, number="第 {} 页"), wrapped=False)
    assert texts(manuscript).count("".join(CHINESE)) == 11
    assert set(reasons(manuscript)) == {"page-number"}


def test_a_word_cut_at_the_end_of_a_page_is_whole(tmp_path: Path) -> None:
    halves = (ENGLISH[0].removesuffix("for") + "for the quay re-", "membered " + ENGLISH[1])
    pages = scan(12, halves)
    pages[0].insert(0, "He remembered the quay.")
    manuscript = text_of(tmp_path, pages)
    assert any("for the quay remembered the rain" in text for text in texts(manuscript))
    assert "hyphenation" in reasons(manuscript)


def test_a_scanners_mistakes_and_the_marks_of_sheets_are_left_out_too(tmp_path: Path) -> None:
    pages = scan(12, number="{}", head="THE FERRY.")
    pages[5][0], pages[7][-1], pages[8][-1] = "TIIE FEKRY.", "l4", "C 2"
    pages[3][-2:] = [*pages[3][-2:], "J59"]
    read_ = texts(text_of(tmp_path, pages))
    assert not {"TIIE FEKRY.", "C 2", "J59"} & set(read_)
    assert read_.count(" ".join(ENGLISH)) >= 10


def test_a_chapters_title_behind_a_page_number_stays(tmp_path: Path) -> None:
    pages = scan(12)
    for at, title in ((4, "THE BRIDGE"), (8, "THE QUAY")):
        pages[at - 1][-2] = PLAIN
        pages[at][0] = title
    assert {"THE BRIDGE", "THE QUAY"} <= set(texts(text_of(tmp_path, pages)))


def test_numbers_of_chapters_and_of_few_pages_stay(tmp_path: Path) -> None:
    """Chapters never begin in the midst of a sentence; seven numbers are too few to tell."""
    chapters = [[str(n + 1), ENGLISH[1].capitalize(), "He went home. " * 30] for n in range(12)]
    assert "page-number" not in reasons(text_of(tmp_path, chapters))
    assert "page-number" not in reasons(text_of(tmp_path, scan(7)))


def test_page_numbers_are_read_where_they_are_asked_for(tmp_path: Path) -> None:
    text_of(tmp_path, scan(12))
    assert "12" in texts(read(tmp_path / "b.txt", ReadOptions(page_numbers=True)))


@pytest.mark.parametrize("number", ["{}", ""])
def test_a_book_of_a_file_a_page_is_read_across_its_files(tmp_path: Path, number: str) -> None:
    path = tmp_path / "b.epub"
    pages = scan(12, number=number)
    write_epub(
        path,
        {f"p{n}.xhtml": page("".join(f"<p>{line}</p>" for line in lines)) for n, lines in enumerate(pages)},
    )
    manuscript = read(path)
    assert_tiles(manuscript, document_texts(path))
    assert texts(manuscript).count(" ".join(ENGLISH)) == 11
    numbers = "".join(str(n + 7) for n in range(12))
    assert reasons(manuscript) == ({"page-number": numbers} if number else {})

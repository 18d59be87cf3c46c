"""What a heading announces, and when two headings name one chapter."""

from __future__ import annotations

import pytest

from flows.script.headings import announcement, chapter_number, same_chapter


@pytest.mark.parametrize(
    ("heading", "language", "said"),
    [
        ("3", "en", "Chapter 3"), ("XII.", "en", "Chapter XII"), ("ONE", "en", "Chapter One"), ("Twenty-one",
        "zh", "Chapter Twenty-One"),
        ("3", "zh", "第3章"), ("三", "zh", "第三章"), ("三", "en", "第三章"), ("one", "en", ""), ("Chapter 3",
        "en", ""), ("The Road", "en", ""), ("", "en", ""),
    ],
)  # fmt: skip
def test_a_bare_numeral_is_announced_in_its_own_language_or_the_books(
    heading: str, language: str, said: str
) -> None:
    assert announcement(heading, language) == said


@pytest.mark.parametrize(
    ("title", "unit", "number"),
    [
        ("CHAPTER IV. The Duel", "chapter", 4), ("Part the First", "part", 1), ("第十二回 春归", "回", 12),
        ("第三節", "节", 3), ("正文 第一章 初见", "章", 1),
        ("第一卷 第三章 山村", "章", 3), ("【第一章】 初见", "章", 1), ("卷上", "卷", 1), ("XII", "", 12),
        ("(3)", "", 3), ("3. The Road", "numbered", 3),
    ],
)  # fmt: skip
def test_unit_and_number_of_a_heading(title: str, unit: str, number: int) -> None:
    found = chapter_number(title)
    assert found is not None and (found.unit, found.number) == (unit, number)


@pytest.mark.parametrize("title", ["Prologue", "楔子", "The Road", "1984!", ""])
def test_headings_without_a_number(title: str) -> None:
    assert chapter_number(title) is None


@pytest.mark.parametrize(
    ("title", "printed", "same"),
    [
        ("Chapter 1", "CHAPTER ONE", True),
        ("Chapter 1", "1", True),
        ("第一章", "第1章", True),
        ("Chapter 1", "Book 1", False),
        ("Chapter 1", "II", False),
    ],
)
def test_two_headings_of_one_chapter(title: str, printed: str, same: bool) -> None:
    assert same_chapter(title, printed) is same


def test_a_word_of_the_books_language_is_no_number_of_another() -> None:
    assert announcement("Once", "en") == "" and chapter_number("Once") is None
    assert announcement("Once", "es") == "Capítulo once"
    assert announcement("三", "en") == "第三章"

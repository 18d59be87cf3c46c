"""Lengths that say that headings were not found are told before the night."""

from __future__ import annotations

from flows.script.manuscript import Chapter, Paragraph
from flows.sources.lengths import doubtful_lengths


def chapter(title: str, characters: int) -> Chapter:
    text = "那" * characters
    return Chapter(title, (Paragraph(text),), "line 1")


def test_a_chapter_ten_times_as_long_as_its_fellows_is_told() -> None:
    (told,) = doubtful_lengths(
        [*(chapter(f"第{n}回", 3000) for n in range(1, 7)), chapter("第七回", 392_000)]
    )
    assert "chapter 7" in told and "131 times" in told and "chapters_pattern" in told


def test_a_long_book_of_one_chapter_is_told() -> None:
    (told,) = doubtful_lengths([chapter("长夜", 100_000)])
    assert "one chapter" in told and "chapters_pattern" in told


def test_a_story_and_even_chapters_are_not() -> None:
    assert doubtful_lengths([chapter("狂人日记", 4000)]) == []
    assert doubtful_lengths([chapter("序", 200), chapter("一", 3000), chapter("二", 9000)]) == []
    assert doubtful_lengths([chapter(f"第{n}章", 3000 * n) for n in range(1, 9)]) == []

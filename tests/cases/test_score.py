"""The scorer says what a case misses, in words, for every kind of case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cases.score import KINDS, Result, score, table

BOOK = "第一章 雨夜\n\n　　小梅说：“你好。”\n\n　　她走了。\n\n第二章 河边\n\n　　天亮了。\n"
TALE = "Chapter 1\n\nAnna came in. Peter stood up.\n\n“Sit down, Peter,” said Anna.\n\nIt rained.\n"
CUES = "1\n00:00:01,000 --> 00:00:02,000\nGood morning, all.\n"
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "inspect": (
        {"file": "book.txt", "expect": {"chapters": ["第一章 雨夜", "第二章 河边"]}},
        {"file": "book.txt", "expect": {"chapters": ["第一章 雨夜"]}},
        "chapters",
    ),
    "readings_zh": (
        {"text": "{银行|yin2 hang2}在河边。"},
        {"text": "{银行|yin2 xing2}在河边。"},
        "not xing2",
    ),
    "heard_en": (
        {"text": "The river rose.", "expect": {"words": [{"word": "river", "heard": ["R IH1 V ER0"]}]}},
        {"text": "The river rose.", "expect": {"words": [{"word": "river", "heard": ["R AY1 V ER0"]}]}},
        "not R AY1 V ER0",
    ),
    "normalize": (
        {"text": "3 cats", "language": "en", "expect": {"spoken": ["three cats"]}},
        {"text": "3 cats", "language": "en", "expect": {"spoken": ["free cats"]}},
        "not 'free cats'",
    ),
    "cast": (
        {"file": "tale.txt", "expect": {"lines": [["Sit down", "Anna"]], "not_dialogue": ["It rained"]}},
        {"file": "tale.txt", "expect": {"lines": [["Sit down", "Peter"]]}},
        "not Peter",
    ),
    "dub": (
        {"file": "cues.srt", "expect": {"lines": [[1.0, "Good morning, all."]]}},
        {"file": "cues.srt", "expect": {"lines": [[2.0, "Good morning, all."]]}},
        "spoken",
    ),
}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "book.txt").write_text(BOOK, encoding="utf-8")
    (tmp_path / "tale.txt").write_text(TALE, encoding="utf-8")
    (tmp_path / "cues.srt").write_text(CUES, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_is_right_or_says_what_it_misses(kind: str, files: Path) -> None:
    named = {"id": "T1", "class": "T", "title": "a test", "kind": kind}
    right, wrong, missed = CASES[kind]
    results = score([{**named, **right}, {**named, **wrong}], files)
    assert results[0].right, results[0].wrong
    assert missed in " ".join(results[1].wrong)


def test_a_crash_is_a_wrong_answer(tmp_path: Path) -> None:
    case = {"id": "T1", "class": "T", "title": "a test", "kind": "cast", "file": "none.txt", "expect": {}}
    (result,) = score([case], tmp_path)
    assert not result.right and "none.txt" in result.wrong[0]


def test_the_table_counts_by_class() -> None:
    results = [Result("A-1", "A", "first", "cast", ()), Result("A-2", "A", "first", "cast", ("by nobody",))]
    assert table(results) == "A        1/2   first"
    assert "A-2: by nobody" in table(results, errors=True)

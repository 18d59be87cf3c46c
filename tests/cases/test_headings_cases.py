"""Headings of web novels and files, in variants of our own."""

from __future__ import annotations

from tests.cases.score import REPORTS, read_cases, score


def test_variants_of_headings() -> None:
    folder = REPORTS / "headings"
    wrong = {
        result.id: result.wrong for result in score(read_cases(folder), folder / "files") if not result.right
    }
    assert not wrong

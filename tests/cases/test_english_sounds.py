"""English words, letters and figures of the reports' kinds, in variants of our own."""

from __future__ import annotations

from tests.cases.score import REPORTS, read_cases, score


def test_variants_of_the_english_kinds() -> None:
    folder = REPORTS / "english"
    wrong = {
        result.id: result.wrong for result in score(read_cases(folder), folder / "files") if not result.right
    }
    assert not wrong

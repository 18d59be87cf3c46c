"""A long line is cut where one would pause, so that it can be heard before its take is there."""

from __future__ import annotations

import pytest

from flows.making.clauses import clauses
from flows.script.line import Line
from normalizers import Hint

ENGLISH = (
    "It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a "
    "wife; however little known the feelings or views of such a man may be on his first entering a neighbourhood."
)
CHINESE = "话说天下大势，分久必合，合久必分：周末七国分争，并入于秦；及秦灭之后，楚、汉分争，又并入于汉。"


def a_line(text: str, language: str, say: str = "", hints: tuple[Hint, ...] = ()) -> Line:
    return Line(
        "0" * 12, 0, 0, 0, len(text), "narration", "narrator", text, language, 0.5, say=say, hints=hints
    )


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (CHINESE, "zh")])
def test_the_clauses_are_the_line_and_end_at_marks(text: str, language: str) -> None:
    found = clauses(a_line(text, language))
    assert len(found) >= 3 and found[0].start == 0
    assert "".join(text.split()) == "".join("".join(clause.line.text.split()) for clause in found)
    assert all(text[clause.start :].startswith(clause.line.text) for clause in found)
    assert {clause.line.text[-1] for clause in found} <= set(",;.，：；。")
    assert len(found[0].line.text) < 60


@pytest.mark.parametrize(
    ("text", "say"), [("It is nine.", ""), (ENGLISH, "Something else."), ("word " * 40, "")]
)
def test_what_cannot_be_cut_is_one_clause(text: str, say: str) -> None:
    line = a_line(text.strip(), "en", say)
    assert [clause.line for clause in clauses(line)] == [line]


def test_readings_that_the_book_gives_go_with_their_clause() -> None:
    at = ENGLISH.index("wife")
    found = clauses(a_line(ENGLISH, "en", hints=(Hint(at, at + 4, "ipa", "waɪf", "ruby"),)))
    hinted = [clause.line for clause in found if clause.line.hints]
    assert [line.text[line.hints[0].start : line.hints[0].end] for line in hinted] == ["wife"]

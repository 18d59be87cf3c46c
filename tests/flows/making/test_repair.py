"""Doubtful takes are taken again: at most twice, the best is kept, and what a person chose is never touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from flows.making.plan import PlannedLine, other_take, plan_lines
from flows.making.proof import by_line
from flows.making.repair import FEW, Repaired, repair
from flows.proof.verdict import Fault, Finding, Outcome, Proof, Verdict
from flows.script.line import Line
from normalizers import Lexicon
from tests.engines import ToneEngine
from tts_core.description import EngineDescription
from tts_core.takes import Keys

KEYS = Keys()


class Drawing(ToneEngine):
    """Draws its takes at random, by its description."""

    description = EngineDescription("drawing", "", draws=True)


ENGINES = {"tests.engines:ToneEngine": ToneEngine(), f"{__name__}:Drawing": Drawing()}
TONE, DRAWING = ENGINES


def planned(*texts: str, engine: str = TONE, **of_line: Any) -> list[PlannedLine]:
    lines = [
        replace(Line(f"id{i}", 0, i, 0, len(t), "narration", "narrator", t, "en", 0.5), **of_line)
        for i, t in enumerate(texts)
    ]
    return plan_lines(
        lines, {"narrator": "low"}, Lexicon.empty(), lambda voice: (engine, ENGINES[engine], voice)
    )


def other(line: PlannedLine, number: int) -> PlannedLine | None:
    return other_take(line, number, ENGINES[line.engine], KEYS)


Judge = Callable[[PlannedLine], tuple[float, tuple[Finding, ...]]]


class Ear:
    """Gives each take the score that a test says, doubtful below 0; `rounds` are the texts it was asked for."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.rounds: list[list[tuple[str, int]]] = []

    def verdict(self, line: PlannedLine) -> Verdict:
        score, findings = self.judge(line)
        return Verdict(line.key, Outcome.DOUBTFUL if score < 0 else Outcome.CLEAN, findings, score=score)

    def proof(self, lines: Sequence[PlannedLine]) -> Proof:
        return Proof("ear 1", {line.key: self.verdict(line) for line in lines if line.key})

    def hear(self, lines: Sequence[PlannedLine]) -> Mapping[str, Verdict]:
        self.rounds.append([(line.line.text, line.take) for line in lines])
        return {line.key: self.verdict(line) for line in lines}

    def repair(self, lines: Sequence[PlannedLine]) -> Repaired:
        return repair(lines, self.proof(lines), other=other, hear=self.hear)


def scores(table: Mapping[str, Sequence[float]], *findings: Finding) -> Judge:
    """By text: the score of take 1, 2 and 3; clean where nothing is said."""
    return lambda line: (table.get(line.line.text, (1.0,) * 9)[line.take - 1], findings)


DROPPED = Finding(Fault.DROPPED, 0.9, said="cat")


def doubtful(made: Repaired) -> list[str]:
    """The keys of the kept takes that are doubtful, the worst first."""
    return [line.key for line, _ in by_line(made.proof, made.lines, Outcome.DOUBTFUL)]


def test_a_doubtful_take_is_taken_again_and_the_first_clean_one_is_kept() -> None:
    ear = Ear(scores({"One.": (-1, 1)}, DROPPED))
    lines = planned("One.", "Two.")
    made = ear.repair(lines)
    assert ear.rounds == [[("One.", 2)]]
    assert [line.take for line in made.lines] == [2, 1] and made.lines[1] == lines[1]
    assert set(made.proof.verdicts) == {line.key for line in made.lines} and not doubtful(made)
    (told,) = made.proof.repairs
    assert (told.was, told.now, told.take, told.tried, told.mended) == (
        lines[0].key, made.lines[0].key, 2, 1, True,
    )  # fmt: skip
    assert told.because == "dropped “cat”"


def test_a_line_that_stays_doubtful_is_taken_twice_and_keeps_its_best() -> None:
    ear = Ear(scores({"One.": (-0.8, -0.5, -0.6)}, DROPPED))
    made = ear.repair(planned("One.", "Two."))
    assert ear.rounds == [[("One.", 2)], [("One.", 3)]]
    assert made.lines[0].take == 2
    assert doubtful(made) == [made.lines[0].key]
    assert not made.proof.repairs[0].mended


def test_of_equals_the_first_take_wins() -> None:
    lines = planned("One.")
    made = Ear(scores({"One.": (-0.5, -0.5, -0.5)}, DROPPED)).repair(lines)
    assert list(made.lines) == lines


def test_a_clean_take_is_better_than_a_doubtful_one_whatever_their_scores() -> None:
    def judge(line: PlannedLine) -> Verdict:
        outcome = Outcome.DOUBTFUL if line.take == 1 else Outcome.CLEAN
        return Verdict(line.key, outcome, score=5.0 - line.take)

    lines = planned("One.")
    proof = Proof("ear 1", {lines[0].key: judge(lines[0])})
    made = repair(lines, proof, other=other, hear=lambda heard: {line.key: judge(line) for line in heard})
    assert made.lines[0].take == 2


def test_what_is_unsure_is_neither_taken_again_nor_preferred() -> None:
    unsure = Verdict("", Outcome.INCONCLUSIVE, score=-0.9)
    lines = planned("One.", "Two.")
    first = Verdict(lines[1].key, Outcome.DOUBTFUL, (DROPPED,), score=-0.5)
    proof = Proof("ear 1", {lines[0].key: replace(unsure, key=lines[0].key), lines[1].key: first})
    made = repair(
        lines,
        proof,
        other=other,
        hear=lambda heard: {line.key: replace(unsure, key=line.key) for line in heard},
    )
    assert list(made.lines) == lines and made.proof.repairs[0].tried == 2


def test_what_a_person_chose_is_heard_and_never_touched() -> None:
    ear = Ear(scores({"One.": (-1, -1, -1)}, DROPPED))
    lines = planned("One.", take=1)
    made = ear.repair(lines)
    assert not ear.rounds and list(made.lines) == lines
    assert doubtful(made) == [lines[0].key], "it is still told"


def test_lines_of_one_take_get_the_same_one_but_for_a_pinned_one() -> None:
    ear = Ear(scores({"Yes.": (-1, 1)}, DROPPED))
    lines = [*planned("Yes.", "No.", "Yes."), *planned("Yes.", take=1)]
    made = ear.repair(lines)
    assert ear.rounds == [[("Yes.", 2)]], "it is spoken and heard once"
    assert [line.take for line in made.lines] == [2, 1, 2, 1]
    assert [line.line.id for line in made.lines] == ["id0", "id1", "id2", "id0"]
    assert lines[0].key in made.proof.verdicts, "the pinned line still has the first take"


def test_a_wrong_reading_is_taken_again_only_where_chance_may_mend_it() -> None:
    wrong = Finding(Fault.READING, 0.9, said="lead", heard="led")
    for engine, rounds in ((TONE, 0), (DRAWING, 2)):
        ear = Ear(scores({"One.": (-1, -1, -1)}, wrong))
        made = ear.repair(planned("One.", engine=engine))
        assert len(ear.rounds) == rounds
        assert len(doubtful(made)) == 1, "and it is told in any case"


def test_a_word_that_the_model_says_wrong_twice_is_not_taken_a_third_time() -> None:
    swapped = Finding(Fault.SWAPPED, 0.6, said="ship", heard="sheep")
    for engine, rounds in ((TONE, 1), (DRAWING, 2)):
        ear = Ear(scores({"One.": (-1, -1, -1)}, swapped))
        ear.repair(planned("One.", engine=engine))
        assert len(ear.rounds) == rounds


def test_where_there_is_no_other_take_nothing_is_tried() -> None:
    lines = planned("One.")
    proof = Ear(scores({"One.": (-1,)}, DROPPED)).proof(lines)

    def never(_: Sequence[PlannedLine]) -> Mapping[str, Verdict]:
        pytest.fail("nothing is to be heard")

    made = repair(lines, proof, other=lambda *_: None, hear=never)
    assert list(made.lines) == lines and not made.proof.repairs


def test_where_a_tenth_of_a_book_is_doubtful_nothing_is_repaired_and_it_says_so() -> None:
    bad = {f"Line {i}.": (-1.0, 1.0) for i in range(FEW + 5)}
    ear = Ear(scores(bad, DROPPED))
    lines = planned(*bad, *(f"Good {i}." for i in range(150)))
    made = ear.repair(lines)
    assert not ear.rounds and list(made.lines) == lines
    assert "25 of 175 takes are doubtful" in made.proof.unrepaired and len(doubtful(made)) == 25

    more = planned(*bad, *(f"Good {i}." for i in range(300)))
    assert not ear.repair(more).proof.unrepaired, "25 of 325 are fewer than a tenth"


def test_nothing_doubtful_changes_nothing() -> None:
    lines = planned("One.", "Two.")
    proof = Ear(scores({})).proof(lines)
    made = Ear(scores({})).repair(lines)
    assert (list(made.lines), made.proof) == (lines, proof)
    assert Ear(scores({})).repair(lines).proof.repairs == ()


def test_where_nobody_listened_nothing_is_repaired() -> None:
    lines = planned("One.")
    made = repair(lines, Proof(reason="proof is off"), other=other, hear=lambda _: {})
    assert list(made.lines) == lines

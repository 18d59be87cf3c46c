"""When a run will be late: said once, in words, and again when that changes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from flows.making import deadline as module
from flows.making.deadline import STEADY_SECONDS, WORSE_SECONDS, Deadline
from flows.workspace.progress import Silent, reporting
from flows.workspace.project import open_project

SEVEN = datetime(2026, 11, 30, 7).timestamp()
HOUR = 3600.0


class Heard(Silent):
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(SEVEN - 5 * HOUR)
    monkeypatch.setattr(module, "time", made)
    return made


def heard_of(told: Sequence[tuple[float, float | None]], clock: Clock, after: float = 0.0) -> list[str]:
    """What is said of forecasts: seconds since the one before, and what is to be spoken still."""
    heard, due = Heard(), Deadline(SEVEN, after)
    with reporting(heard):
        for later, left in told:
            clock.now += later
            due.foresee(left, 1_000.0)
    return heard.warnings


def test_a_run_that_will_be_late_is_told_before_it_begins(clock: Clock) -> None:
    heard = Heard()
    with reporting(heard):
        Deadline(SEVEN).foresee(6 * HOUR, 0.0, first=True)
    assert heard.warnings == ["this will be late: it is to be done by 07:00, and will be at about 08:00"]


def test_it_is_told_once_and_again_when_it_gets_worse_and_when_it_is_over(clock: Clock) -> None:
    late, worse, good = 5.5 * HOUR, 5.5 * HOUR + WORSE_SECONDS + 60, 4 * HOUR
    steady = STEADY_SECONDS
    told = heard_of(
        [(0, good), (0, late), (steady, late), (1, late), (60, late), (1, worse), (steady, worse),
         (1, good), (steady, good)],
        clock,
    )  # fmt: skip
    assert [words.partition(":")[0] for words in told] == [
        "this will be late", "this will be late", "this will be in time after all"
    ]  # fmt: skip


def test_what_is_said_of_the_first_lines_only_is_no_news(clock: Clock) -> None:
    assert heard_of([(0, 9 * HOUR), (STEADY_SECONDS / 2, 4 * HOUR), (STEADY_SECONDS, 9 * HOUR)], clock) == []
    assert heard_of([(0, None), (STEADY_SECONDS, None)], clock) == []


def test_what_comes_after_speaking_counts(clock: Clock) -> None:
    nearly = [(0.0, 5 * HOUR - 100), (STEADY_SECONDS, 5 * HOUR - 100 - STEADY_SECONDS)]
    assert heard_of(nearly, clock) == []
    clock.now = SEVEN - 5 * HOUR
    assert len(heard_of(nearly, clock, after=0.2)) == 1


def test_a_run_that_is_done_says_whether_it_is_in_time(clock: Clock) -> None:
    assert Deadline(None).missed() == Deadline(SEVEN).missed() == ""
    clock.now = SEVEN + 26 * HOUR
    assert Deadline(SEVEN).missed() == "it was to be done by 2026-11-30 07:00, and was at 09:00"


def test_the_time_is_that_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "book.md").write_text("# A book\n\nWords.\n", encoding="utf-8")
    soon = (datetime.now() + timedelta(hours=2)).strftime("%H:%M")
    for settings, due in (("", False), (f'finish_by: "{soon}"\n', True)):
        (tmp_path / "project.yaml").write_text(f"source: book.md\n{settings}", encoding="utf-8")
        found = Deadline.of(open_project(tmp_path)).due
        assert (found is not None) == due
        assert found is None or 0 < found - time.time() <= 2 * HOUR

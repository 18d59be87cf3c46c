"""The log of synthesis only grows: whatever is changed, removed or put in by hand shows."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from flows.workspace.ledger import Ledger
from flows.workspace.log import LogEnd, broken
from flows.workspace.logs import logs_below

ENTRIES = 6


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with Ledger(tmp_path / "books" / "emma" / "ledger.sqlite") as ledger:
        for number in range(1, ENTRIES):
            ledger.record_take(
                f"take {number}",
                samples=1,
                sample_rate=24_000,
                digest="d",
                cpu_seconds=1.0,
                uses=[(f"line {number}", "anna", "kokoro", "By letter")],
            )
        ledger.record_delivery("e" * 64, "audiobook", "Emma.m4b", {"anna": "By letter"})
    return ledger.file


def found(file: Path) -> list[str]:
    with Ledger(file) as ledger:
        return list(broken(*ledger.log()))


def test_a_log_that_nobody_touched_is_whole(file: Path) -> None:
    assert found(file) == []


@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
def test_each_entry_that_is_removed_is_missed(file: Path, number: int) -> None:
    with sqlite3.connect(file) as by_hand:
        by_hand.execute("DELETE FROM log WHERE number = ?", (number,))
    assert f"entry {number} is missing" in found(file)


@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
def test_each_entry_that_is_changed_is_noticed(file: Path, number: int) -> None:
    with sqlite3.connect(file) as by_hand:
        by_hand.execute(
            "UPDATE log SET text = replace(text, 'By letter', 'By word') WHERE number = ?", (number,)
        )
    assert found(file) == [f"entry {number} is not the one that was written"]


def test_entries_removed_with_their_numbers_closed_up_are_noticed(file: Path) -> None:
    with sqlite3.connect(file) as by_hand:
        by_hand.execute("DELETE FROM log WHERE number = 3")
        by_hand.execute("UPDATE log SET number = number - 1 WHERE number > 3")
    assert found(file)


def test_an_end_that_is_taken_back_with_the_entries_is_noticed_by_the_entries_digests(file: Path) -> None:
    with sqlite3.connect(file) as by_hand:
        by_hand.execute("DELETE FROM log_end")
    assert found(file) == ["the log ends with another entry than was noted (number 0)"]


def test_an_empty_log_is_whole_only_where_nothing_was_noted() -> None:
    assert list(broken([], LogEnd())) == []
    assert list(broken([], LogEnd(2, "d"))) == ["entries 1 to 2 are missing"]


def test_two_open_ledgers_write_one_chain(file: Path) -> None:
    with Ledger(file) as one, Ledger(file) as other:
        for number in range(20):
            (one, other)[number % 2].record_delivery(f"{number:064}", "audiobook", f"{number}.m4b", {})
    assert found(file) == []


def test_the_logs_of_all_projects_below_a_folder_are_found(file: Path) -> None:
    (log,) = logs_below(file.parent.parent)
    assert log.project == file.parent and log.problems() == []
    assert [(made["file"], made["voices"]) for made in log.deliveries()] == [
        ("Emma.m4b", {"anna": "By letter"})
    ]
    assert len(list(log.spoken())) == ENTRIES - 1

"""The ledger: what was made, chosen and used, and what a damaged one says."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.workspace.ledger import Choice, Ledger, Why
from normalizers import DuoyinError


def record(ledger: Ledger, key: str, *, cpu_seconds: float, uses: list[tuple[str, str, str, str]]) -> None:
    ledger.record_take(
        key, samples=48_000, sample_rate=24_000, digest="d", cpu_seconds=cpu_seconds, uses=uses
    )


def test_what_was_made_and_for_whom_is_found_again(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    with Ledger(file) as ledger:
        assert ledger.speed() is None and ledger.take("k") is None
        record(
            ledger,
            "k",
            cpu_seconds=1.0,
            uses=[("l1", "anna", "kokoro", "CC0"), ("l2", "anna", "kokoro", "CC0")],
        )
    with Ledger(file) as ledger:
        take = ledger.take("k")
        assert take is not None and (take.samples, take.sample_rate) == (48_000, 24_000)
        assert ledger.speed() == 0.5, "one second of processor for two of audio"
        ((entry,), end) = ledger.log()
        assert [(use["line"], use["consent"]) for use in entry.facts["uses"]] == [
            ("l1", "CC0"),
            ("l2", "CC0"),
        ]
        assert (end.number, end.digest) == (1, entry.digest) and ledger.log_end() == end


def test_takes_that_were_not_noted_are_told_from_those_that_were(tmp_path: Path) -> None:
    keys = [f"key {number}" for number in range(1_200)]
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        for key in keys[::400]:
            record(ledger, key, cpu_seconds=1.0, uses=[("line", "anna", "kokoro", "CC0")])
        assert ledger.unnoted(keys) == set(keys) - set(keys[::400])
        assert ledger.unnoted([]) == set()


def test_each_take_that_lines_use_is_named_once(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.choose([Choice("l1", "a", "anna"), Choice("l2", "a", "anna"), Choice("l3", "b", "tom")])
        ledger.choose([Choice("l3", "c", "tom")])
        assert sorted(ledger.chosen()) == ["a", "c"]


def test_the_choices_of_a_line_have_a_history_with_who_when_and_why(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.choose([Choice("l1", "a", "anna"), Choice("l2", "b", "tom")])
        ledger.choose([Choice("l1", "a", "anna")])
        repaired = Choice("l1", "c", "anna", 2, Why.REPAIRED, "“cat” is not heard")
        ledger.choose([repaired])
        ledger.choose(
            [Choice("l1", "c", "anna", 2, Why.CHOSEN, changes={"take": (0, 2), "speed": (1.0, 0.9)})]
        )
        history = ledger.history("l1")
        assert [(c.key, c.take, c.why) for c in history] == [
            ("a", 1, Why.PLANNED), ("c", 2, Why.REPAIRED), ("c", 2, Why.CHOSEN),
        ]  # fmt: skip
        assert history[1].reason == "“cat” is not heard"
        assert history[2].changes == {"take": (0, 2), "speed": (1.0, 0.9)}
        assert all(c.user and c.at for c in history)


def test_what_a_line_had_lately_is_found_for_as_long_as_it_may_be_wanted_back(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    with Ledger(file) as ledger:
        for key in "abc":
            ledger.choose([Choice("l1", key, "anna")])
        ledger.choose([Choice("l2", "d", "anna")])
    with sqlite3.connect(file) as raw:
        raw.execute("UPDATE choice_log SET at = '2020-01-01T00:00:00+00:00' WHERE key IN ('a', 'b', 'd')")
    with Ledger(file) as ledger:
        assert ledger.chosen_since(datetime(2025, 1, 1, tzinfo=UTC)) == {"b", "c"}, (
            "a gave way to b before that moment, b to c after it"
        )
        assert ledger.choices() == {"l1": "c", "l2": "d"}
        ledger.forget(["d"])
        assert ledger.choices() == {"l1": "c"} and ledger.history("l2"), "what was, is still told"


def test_a_ledger_of_an_older_version_is_used_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    with sqlite3.connect(file) as old:
        old.execute("CREATE TABLE checks (key TEXT, name TEXT)")
    with Ledger(file) as ledger:
        ledger.choose([Choice("l1", "a", "anna")])
        assert ledger.chosen() == ["a"]


def test_the_usage_that_an_older_version_noted_is_the_beginning_of_the_log(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    with sqlite3.connect(file) as old:
        old.execute(
            "CREATE TABLE usage (id INTEGER PRIMARY KEY, key, line, voice, engine, consent, user, at)"
        )
        old.execute("INSERT INTO usage VALUES (1, 'k', 'l1', 'anna', 'kokoro', 'CC0', 'li', '2026-01-01')")
    for _ in range(2):
        with Ledger(file) as ledger:
            record(ledger, "n", cpu_seconds=1.0, uses=[("l2", "anna", "kokoro", "CC0")])
    with Ledger(file) as ledger:
        entries, end = ledger.log()
    assert [entry.facts["take"] for entry in entries] == ["k", "n", "n"] and end.number == 3
    assert entries[0].facts["user"] == "li" and entries[0].facts["at"] == "2026-01-01"


def test_a_damaged_ledger_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    file.write_bytes(b"this is no database" * 100)
    with pytest.raises(DuoyinError, match="ledger") as caught:
        Ledger(file)
    assert "move it away" in (caught.value.hint or "")


def test_a_ledger_whose_pages_are_damaged_says_so_wherever_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    with Ledger(file) as ledger:
        ledger.choose(Choice(f"line {n}", f"key {n}", "anna") for n in range(500))
        ledger.record_delivery("d" * 64, "audiobook")
        record(ledger, "k", cpu_seconds=1.0, uses=[("l1", "anna", "kokoro", "CC0")])
        ledger.record_verdicts("ear", {"k": "{}"})
    data = file.read_bytes()
    file.write_bytes(
        data[:4096] + b"\x5a" * (len(data) - 4096)
    )  # the first page, which holds the tables, stays
    with Ledger(file) as ledger:
        for ask in (
            ledger.chosen,
            ledger.log,
            ledger.speed,
            lambda: ledger.take("k"),
            lambda: ledger.deliveries("d" * 64),
            lambda: ledger.verdicts("ear"),
        ):
            with pytest.raises(DuoyinError, match="ledger"):
                ask()


def test_the_take_that_was_made_last_for_a_line_is_known_before_it_is_chosen(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        for key, lines in (("a", ("one", "two")), ("b", ("two",))):
            uses = [(line, "low", "tone", "") for line in lines]
            ledger.record_take(
                key, samples=48_000, sample_rate=24_000, digest="d", cpu_seconds=0.1, uses=uses
            )
        assert ledger.last_used() == {"one": "a", "two": "b"} and ledger.choices() == {}
        assert ledger.lengths() == {"a": 2.0, "b": 2.0}
        ledger.record_verdicts("first", {"a": "1"})
        ledger.record_verdicts("second", {"a": "2"})
        assert ledger.latest_verdicts() == {"a": "2"}

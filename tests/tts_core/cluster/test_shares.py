"""Which book gets how many speakers of a fleet, and which."""

from __future__ import annotations

import itertools
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts_core.cluster import shares
from tts_core.cluster.shares import Claim, Shares, allot

MORNING, NOON = 1_000_000.0, 1_018_000.0


def book(name: str = "", most: int = 100, **more: Any) -> Claim:
    return Claim(name, "GPU", "duoyin/an engine/", most, **more)


def test_a_book_that_is_alone_gets_what_it_can_use() -> None:
    assert allot({"a": book(most=5)}, 8) == {"a": 5}
    assert allot({"a": book()}, 8) == {"a": 8}


def test_books_of_one_rank_get_the_same() -> None:
    assert allot({"a": book(), "b": book()}, 16) == {"a": 8, "b": 8}
    assert allot({"a": book(), "b": book(), "c": book(most=2)}, 12) == {"a": 5, "b": 5, "c": 2}


def test_what_is_due_first_goes_first_and_then_what_is_urgent() -> None:
    claims = {
        "backlog": book(priority=2),
        "noon": book(most=4, due=NOON),
        "morning": book(most=6, due=MORNING, priority=2),
        "urgent": book(priority=0),
    }
    assert allot(claims, 8) == {"morning": 5, "noon": 1, "urgent": 1, "backlog": 1}
    assert allot(claims, 16) == {"morning": 6, "noon": 4, "urgent": 5, "backlog": 1}


def test_what_a_book_owes_goes_to_others_of_its_rank_that_can_use_it() -> None:
    claims = {"a": book(), "b": book(), "due": book(most=2, due=MORNING)}
    assert allot(claims, 10) == {"a": 4, "b": 4, "due": 2}
    assert allot(claims, 10, owed={"a": 2}) == {"a": 2, "b": 6, "due": 2}
    assert allot(claims, 10, owed={"a": 9}) == {"a": 1, "b": 7, "due": 2}
    assert allot({"a": book(), "b": book(most=5)}, 8, owed={"a": 3}) == {"a": 3, "b": 5}
    assert allot(claims, 10, owed={"due": 1}) == {"a": 4, "b": 4, "due": 2}, "nobody else is due"


def test_where_there_are_too_few_who_has_one_keeps_it() -> None:
    claims = {"old": book(priority=2), "new": book(due=MORNING), "newer": book(due=MORNING)}
    assert allot(claims, 2, seated={"old"}) == {"old": 1, "new": 1, "newer": 0}


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(0, 2), st.sampled_from([None, MORNING, NOON])), max_size=8
    ),
    st.integers(1, 40),
)
def test_no_seat_is_given_twice_and_none_stays_empty_that_a_book_could_use(
    asked: list[tuple[int, int, float | None]], seats: int
) -> None:
    fleet = Shares()
    had: dict[str, tuple[int, ...]] = {}
    for _ in range(2):  # from the second time on each knows of all
        for number, (most, priority, due) in enumerate(asked):
            claim = asdict(book(most=most, priority=priority, due=due))
            had[str(number)] = fleet.claim(str(number), claim, seats)
    if len(asked) <= seats:
        given_away = [seat for seats in had.values() for seat in seats]
        assert len(given_away) == len(set(given_away)) == min(seats, sum(most for most, _, _ in asked))
        assert all(had.values())


def ends_of_two_books(seats: int, batch_seconds: float, batches: int) -> tuple[float, float]:
    """When each of two equal books is done, of which the first has a batch at every speaker before the second comes.
    Nobody's batch is taken from a speaker in the middle; then it goes on with one of the book that has it."""
    fleet, clock = Shares(), 0.0
    left = {"first": batches, "second": batches}
    at: dict[int, tuple[str, float]] = {}
    ended: dict[str, float] = {}
    while len(ended) < len(left):
        at = {seat: (run, until) for seat, (run, until) in at.items() if clock < until}
        for run in left:
            busy = tuple(seat for seat, (whose, _) in at.items() if whose == run)
            if not busy and not left[run]:
                fleet.release(run)
                ended.setdefault(run, clock)
                continue
            claim = book(most=left[run] + len(busy), busy=busy, there=busy)
            for seat in fleet.claim(run, asdict(claim), seats):
                if seat not in at and left[run]:
                    at[seat] = run, clock + batch_seconds
                    left[run] -= 1
        clock += 2.0
    return ended["first"], ended["second"]


@pytest.mark.parametrize("seats, batch_seconds, batches", [(8, 8.0, 16), (8, 30.0, 64), (16, 120.0, 64)])
def test_two_equal_books_begun_together_are_done_together(
    seats: int, batch_seconds: float, batches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(0.0, 1.0)  # a book says every two seconds how it is
    monkeypatch.setattr("tts_core.cluster.shares.time.monotonic", lambda: next(clock))
    first, second = ends_of_two_books(seats, batch_seconds, batches)
    fair = 2 * batches / seats * batch_seconds
    assert max(abs(first - fair), abs(second - fair)) <= batch_seconds / 4


def claimed(fleet: Shares, run: str, seats: int = 8, **more: Any) -> tuple[int, ...]:
    return fleet.claim(run, asdict(book(run, **more)), seats)


def test_a_book_that_comes_is_given_speakers_of_one_that_is_there() -> None:
    fleet = Shares()
    assert claimed(fleet, "a") == tuple(range(8))
    assert claimed(fleet, "b") == (4, 5, 6, 7)
    assert claimed(fleet, "a") == (0, 1, 2, 3)
    assert set(claimed(fleet, "due", due=MORNING, most=5)) & {0, 1, 2, 3, 4, 5, 6, 7}
    assert [len(claimed(fleet, run)) for run in ("a", "b")] == [2, 1]
    fleet.release("due")
    assert [len(claimed(fleet, run)) for run in ("a", "b")] == [4, 4]


def test_a_book_keeps_the_speakers_that_are_at_work_for_it() -> None:
    fleet = Shares()
    claimed(fleet, "a")
    claimed(fleet, "b")
    assert claimed(fleet, "a", most=2, there=(3, 1, 0, 2)) == (3, 1)


def test_warm_speakers_are_taken_first() -> None:
    assert claimed(Shares(), "a", most=3, there=(5, 2)) == (5, 2, 0)


def test_others_stand_in_for_speakers_that_are_lost() -> None:
    fleet = Shares()
    assert claimed(fleet, "a", 4, most=2) == (0, 1)
    assert claimed(fleet, "a", 4, most=2, away=(0,)) == (1, 2)
    assert claimed(fleet, "a", 2, most=2, away=(0, 3)) == (1, 2), "the others of the host that is lost"


def test_a_book_that_is_silent_for_a_minute_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("tts_core.cluster.shares.time.monotonic", lambda: now)
    fleet = Shares()
    claimed(fleet, "killed")
    assert len(claimed(fleet, "a")) == 4
    now += shares.LEASE_SECONDS + 1
    assert len(claimed(fleet, "a")) == 8
    assert [each["book"] for each in fleet.books()] == ["a"]


def test_more_books_than_speakers_share_those_of_their_engine() -> None:
    fleet = Shares()
    assert claimed(fleet, "a", 2) == (0, 1)
    other = Claim("other", "GPU", "duoyin/another engine/", 1)
    assert fleet.claim("other", asdict(other), 2) == (1,)
    assert claimed(fleet, "b", 2, due=MORNING) == (0,), "with a, who keeps it"
    third = Claim("third", "GPU", "duoyin/a third engine/", 1)
    assert fleet.claim("third", asdict(third), 2) == ()


def test_books_that_share_speakers_are_spread_over_them() -> None:
    fleet = Shares()
    for run in "abcdefg":
        claimed(fleet, run, 3)
    own, shared = ([claimed(fleet, run, 3) for run in runs] for runs in ("abc", "defg"))
    assert sorted(own) == sorted(shared[:3]) == [(0,), (1,), (2,)] and shared[3] == shared[0]


def test_books_on_processors_and_books_on_gpus_do_not_meet() -> None:
    fleet = Shares()
    claimed(fleet, "a")
    cores = Claim("cores", "CPU", "duoyin/an engine/", 3)
    assert fleet.claim("cores", asdict(cores), 4) == (0, 1, 2)
    assert len(claimed(fleet, "a")) == 8

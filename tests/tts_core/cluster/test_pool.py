"""Which speaker of a fleet gets a batch. What comes of it is in tests/tts_core/test_speech_pool.py."""

from __future__ import annotations

import threading
from importlib.util import find_spec
from types import SimpleNamespace

import pytest

if find_spec("ray") is None:
    pytest.skip("pip install 'duoyin[cluster]'", allow_module_level=True)

from tts_core.cluster.pool import SECOND_SECONDS, ClusterPool, _Hired, _least_busy


def speakers(count: int) -> list[_Hired]:
    return [_Hired(seat, f"speaker {seat}", None, None) for seat in range(count)]


def given(there: list[_Hired], now: float) -> list[int]:
    """The seats that get batches at a time, one after another, until none has room."""
    seats = []
    while (chosen := _least_busy(there, now)) is not None:
        chosen.batches += 1
        seats.append(chosen.seat)
    return seats


def test_each_has_a_batch_before_one_has_two() -> None:
    there = speakers(3)
    assert given(there, 10.0) == [0, 1, 2]
    assert given(there, 10.0 + SECOND_SECONDS / 2) == [], "they begin what they have first"
    assert given(there, 10.0 + SECOND_SECONDS) == [0, 1, 2]
    assert given(there, 20.0) == [], "one that is spoken and one that waits"


def test_who_is_at_the_second_gets_another_at_once() -> None:
    (only,) = there = speakers(1)
    assert given(there, 10.0) + given(there, 11.0) == [0, 0]
    only.batches -= 1
    assert given(there, 11.0) == [0]


def test_the_fleet_is_left_when_nobody_asks_it_anything_any_more() -> None:
    asking, told = threading.Event(), list[str]()

    def ask() -> None:
        asking.wait(10)
        told.append("asked")

    pool = ClusterPool.__new__(ClusterPool)
    pool._closed, pool._changed = threading.Event(), threading.Condition()
    pool._hired, pool._rendering, pool._probe = [], 0, None
    pool._connection = SimpleNamespace(lost=True, close=lambda: told.append("left"))  # type: ignore[assignment]
    pool._sharing = threading.Thread(target=ask)
    pool._sharing.start()
    threading.Timer(0.2, asking.set).start()
    pool.close()
    assert told == ["asked", "left"]

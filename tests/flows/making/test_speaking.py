"""Threads carry batches: each is tried again where it fails, and none begins once the block is left."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from flows.making import speaking
from flows.making.plan import Batch
from flows.making.speaking import RETRIES, threads
from flows.workspace.progress import Progress
from normalizers import DuoyinError
from tts_core.pool import PoolClosed

PROGRESS = Progress(lines=1, expected_seconds=1.0, kept=0)


def batch(number: int) -> Batch:
    return Batch(number, "tones", (), {}, 1.0)


class Failing:
    """Work that fails so many times before it is done."""

    def __init__(self, times: int, error: type[DuoyinError] = DuoyinError) -> None:
        self.times, self.error, self.tries = times, error, 0

    def __call__(self, batch: Batch) -> dict[str, Any]:
        self.tries += 1
        if self.tries <= self.times:
            raise self.error("this line cannot be spoken")
        return {"batch": batch.number}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaking, "RETRY_SECONDS", 0.0)


def test_what_fails_is_tried_again() -> None:
    work = Failing(RETRIES)
    with threads(work, 1, PROGRESS) as submit:
        assert submit(batch(7)).result(10) == {"batch": 7}
    assert work.tries == RETRIES + 1


def test_what_fails_for_good_says_why() -> None:
    work = Failing(RETRIES + 1)
    with threads(work, 1, PROGRESS) as submit, pytest.raises(DuoyinError, match="cannot be spoken"):
        submit(batch(1)).result(10)
    assert work.tries == RETRIES + 1


def test_a_closed_pool_is_not_asked_again() -> None:
    work = Failing(5, PoolClosed)
    with threads(work, 1, PROGRESS) as submit, pytest.raises(PoolClosed):
        submit(batch(1)).result(10)
    assert work.tries == 1


def test_leaving_begins_no_other_batch() -> None:
    begun, go_on = threading.Event(), threading.Event()
    done: list[int] = []

    def work(batch: Batch) -> dict[str, Any]:
        begun.set()
        go_on.wait(10)
        done.append(batch.number)
        return {}

    with threads(work, 1, PROGRESS) as submit:
        submitted = [submit(batch(number)) for number in range(3)]
        assert begun.wait(10)
        submitted[2].add_done_callback(lambda _: go_on.set())
    assert done == [0] and [one.cancelled() for one in submitted] == [False, True, True]

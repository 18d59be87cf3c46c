"""Threads carry batches: each is tried again where it fails, and none begins once the block is left."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from flows.making import speaking
from flows.making.audiobook import make
from flows.making.plan import Batch
from flows.making.producing import produce
from flows.making.speaking import RETRIES, threads
from flows.workspace.ledger import Ledger
from flows.workspace.progress import Progress
from flows.workspace.project import create_project, open_project
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


def test_a_book_keeps_the_options_it_is_first_spoken_with(tmp_path: Path) -> None:
    book = tmp_path / "ferry.md"
    book.write_text("# The Ferry\n\nThe ferry left at nine.\n", encoding="utf-8")
    options = {"engine": "tests.engines:ToneEngine", "voice": "high", "format": "flac", "workers": 1}
    folder = create_project(book, None, options).folder
    for given in (options, {"workers": 1, "format": "mp3"}):
        assert produce("audiobook", make, folder, given, speak=speaking.speak, step=speaking.step).passed
    kept = open_project(folder).settings
    assert (kept.engine, kept.voice, kept.format) == ("tests.engines:ToneEngine", "high", "flac")
    with Ledger(folder / "ledger.sqlite") as ledger:
        assert len(ledger.chosen()) == 2, "the heading and the line, in one voice"

"""The pool: work is shared out, failures are named, and no process outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from normalizers import DuoyinError
from tests.engines import ToneEngine
from tts_core.engine import Utterance
from tts_core.pool import EnginePool, Job, PoolClosed, Spoken
from tts_core.sound import pcm
from tts_core.takes import FolderTakes

ENGINE = "tests.engines:ToneEngine"


def jobs(*texts: str) -> list[Job]:
    lines = [ToneEngine().read(Utterance(text, "en", "low")) for text in texts]
    return [Job(f"{i:02x}" + "0" * 62, line) for i, line in enumerate(lines)]


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def wait_until(condition: object, seconds: float = 10.0) -> bool:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_takes_are_stored_and_told_one_by_one(tmp_path: Path) -> None:
    told: list[Spoken] = []
    with EnginePool(ENGINE, tmp_path) as pool:
        spoken = pool.render(jobs("one", "two words"), told.append)
    assert told == spoken
    store = FolderTakes(tmp_path)
    assert [store.info(s.key).samples for s in spoken] == [s.samples for s in spoken] == [3 * 1440, 9 * 1440]


def test_a_take_is_heard_while_it_is_made_where_its_engine_can_do_that(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    heard: list[bytes] = []

    def hear(samples: bytes, rate: int) -> None:
        assert rate == ToneEngine.sample_rate and not FolderTakes(tmp_path / "takes").usable([job.key])
        heard.append(samples)
        gate.touch()

    (job,) = jobs("a line of some words")
    options = {"gate": str(gate)}
    with EnginePool("tests.engines:StreamingEngine", tmp_path / "takes", options=options) as pool:
        told: list[Spoken] = []
        assert pool.render([job], told.append, on_heard=hear) == told
    (take,) = ToneEngine().speak([job.prepared])
    assert len(heard) == 3 and b"".join(heard) == pcm(take.samples)
    with EnginePool(ENGINE, tmp_path / "others") as pool:
        (whole,) = pool.render([job], on_heard=lambda samples, rate: pytest.fail("it gives its sound whole"))
    assert whole == replace(told[0], cpu_seconds=whole.cpu_seconds)


def test_two_threads_use_two_workers(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with EnginePool(ENGINE, tmp_path, workers=2, options={"delay": 0.3, "log": str(log)}) as pool:
        work = [jobs("a", "b", "c"), jobs("d", "e", "f")]
        threads = [threading.Thread(target=pool.render, args=(batch,)) for batch in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len({line.split("\t")[0] for line in log.read_text().splitlines()}) == 2


def test_a_line_that_fails_is_named_and_the_worker_lives_on(tmp_path: Path) -> None:
    with EnginePool(ENGINE, tmp_path, options={"fail_on": "unspeakable"}) as pool:
        with pytest.raises(DuoyinError, match="cannot speak this line") as caught:
            pool.render(jobs("fine", "the unspeakable line", "never reached"))
        assert "the unspeakable line" in str(caught.value)
        before = pool.pids()
        assert len(pool.render(jobs("fine again"))) == 1
        assert pool.pids() == before
    assert FolderTakes(tmp_path).has(jobs("fine")[0].key)


def test_an_engine_that_is_not_there_is_said_once_for_all(tmp_path: Path) -> None:
    with EnginePool("no-such-engine", tmp_path) as pool, pytest.raises(DuoyinError, match="no engine"):
        pool.render(jobs("hello"))


def test_a_killed_worker_fails_its_batch_and_is_replaced(tmp_path: Path) -> None:
    with EnginePool(ENGINE, tmp_path, options={"delay": 0.2}) as pool:

        def kill(_: Spoken) -> None:
            os.kill(pool.pids()[0], signal.SIGKILL)

        with pytest.raises(DuoyinError, match="ended with code -9"):
            pool.render(jobs("one", "two", "three", "four"), kill)
        assert len(pool.render(jobs("again"))) == 1


def test_closing_stops_work_at_once_and_leaves_no_process(tmp_path: Path) -> None:
    pool = EnginePool(ENGINE, tmp_path, options={"delay": 30})
    caught: list[BaseException] = []

    def render() -> None:
        try:
            pool.render(jobs("slow"))
        except DuoyinError as error:
            caught.append(error)

    thread = threading.Thread(target=render)
    thread.start()
    assert wait_until(pool.pids)
    pids = pool.pids()
    time.sleep(1.0)
    began = time.monotonic()
    pool.close()
    thread.join(5)
    assert time.monotonic() - began < 3
    assert isinstance(caught[0], PoolClosed)
    assert all(gone(pid) for pid in pids)
    with pytest.raises(PoolClosed):
        pool.render(jobs("late"))


def test_workers_leave_when_their_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, threading\n"
        "from tts_core.pool import EnginePool, Job\nfrom tests.engines import ToneEngine\nfrom "
        "tts_core.engine import Utterance\n"
        "pool = EnginePool(sys.argv[1], pathlib.Path(sys.argv[2]), options={'delay': 60})\n"
        "job = Job('00' * 32, ToneEngine().read(Utterance('slow', 'en', 'low')))\n"
        "threading.Thread(target=pool.render, args=([job],)).start()\n"
        "while not pool.pids(): pass\n"
        "print(pool.pids()[0], flush=True)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, ENGINE, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    time.sleep(1.0)  # let it be in the middle of its line
    assert not gone(worker)
    parent.kill()
    parent.wait()
    assert wait_until(lambda: gone(worker), 5)


def test_no_workers_is_an_error_for_people(tmp_path: Path) -> None:
    with pytest.raises(DuoyinError, match="0 workers"):
        EnginePool(ENGINE, tmp_path, workers=0)

"""What is lost when something dies under a book: takes never, and the next run speaks only what is missing.

Hosts are processes of this machine (`tts_core.cluster.simulated`). `test_losses` runs this in a process of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from normalizers import DuoyinError
from tests.conftest import REPOSITORY
from tests.engines import ToneEngine
from tests.tts_core.test_pool import wait_until
from tests.tts_core.test_speech_pool import ENGINE, jobs, spoken_by
from tts_core.pool import Job, Spoken
from tts_core.takes import FolderTakes

if TYPE_CHECKING:
    from tts_core.cluster.pool import ClusterPool
    from tts_core.cluster.simulated import SimulatedFleet

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="pip install 'duoyin[cluster]'"),
]

LINES = [f"this is line {number}" for number in range(120)]

FLOW = """
import sys
from tests.tts_core.cluster.losses import LINES, opened, spoken_together
from pathlib import Path
address, folder, delay = sys.argv[1:]
print("begun", flush=True)
with opened(address, Path(folder), delay=float(delay)) as pool:
    wrong = spoken_together(pool, Path(folder))
sys.exit("; ".join(map(str, wrong)) or 0)
"""
"""The flow of a book, as a process that may be killed or cut off."""


@pytest.fixture
def fleet() -> Iterator[SimulatedFleet]:
    from tts_core.cluster.simulated import simulated_fleet

    with simulated_fleet(hosts=2, gpus=1) as made:
        yield made


def opened(address: str, folder: Path, engine: str = ENGINE, delay: float = 0.25) -> ClusterPool:
    from tts_core.cluster.pool import ClusterPool

    return ClusterPool(
        engine,
        folder / "takes",
        fingerprint=ToneEngine().fingerprint(),
        options={"delay": delay, "log": str(folder / "log")},
        address=address,
        on_gpu=True,
    )


def spoken_together(pool: ClusterPool, folder: Path) -> list[DuoyinError]:
    """Have what is not stored of the book spoken, four batches of it at once; what went wrong."""
    wrong: list[DuoyinError] = []
    takes = FolderTakes(folder / "takes")

    def speak(part: list[Job]) -> None:
        try:
            pool.render([job for job in part if not takes.has(job.key)])
        except DuoyinError as error:
            wrong.append(error)

    threads = [threading.Thread(target=speak, args=(jobs(*LINES[at::4]),)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def twice(folder: Path) -> int:
    """How many lines were spoken again."""
    counts = Counter(text for _, text in spoken_by(folder))
    assert set(counts) == set(LINES)
    return counts.total() - len(counts)


def test_a_lost_head_ends_the_run_in_one_message_and_the_next_run_speaks_what_is_missing(
    tmp_path: Path,
) -> None:
    from tts_core.cluster.fleet import HEAD_SECONDS, FleetLost
    from tts_core.cluster.simulated import simulated_fleet

    wrong: list[DuoyinError] = []
    with simulated_fleet(hosts=2, gpus=1) as fleet:
        pool = opened(fleet.address, tmp_path, delay=1.0)
        thread = threading.Thread(target=lambda: wrong.extend(spoken_together(pool, tmp_path)))
        thread.start()
        assert wait_until(lambda: len(spoken_by(tmp_path)) > 3, 90)
        fleet.kill_head()
        killed = time.monotonic()
        thread.join(HEAD_SECONDS + 30)
        assert not thread.is_alive(), "the run ended"
        assert time.monotonic() - killed < HEAD_SECONDS + 15
        pool.close()
    assert wrong and all(isinstance(error, FleetLost) for error in wrong)
    assert "duoyin fleet up" in str(wrong[0].hint)
    stored = set(FolderTakes(tmp_path / "takes").keys())
    assert 3 <= len(stored) < len(LINES)
    before = len(spoken_by(tmp_path))
    with simulated_fleet(hosts=2, gpus=1) as fleet, opened(fleet.address, tmp_path, delay=0.0) as pool:
        assert spoken_together(pool, tmp_path) == []
    assert set(FolderTakes(tmp_path / "takes").keys()) == {job.key for job in jobs(*LINES)}
    assert len(spoken_by(tmp_path)) - before <= len(LINES) - len(stored)
    assert twice(tmp_path) <= 2, "the line that each speaker was at"


def test_after_the_host_of_a_flow_was_lost_the_next_run_speaks_what_is_missing(
    fleet: SimulatedFleet, tmp_path: Path
) -> None:
    flow = subprocess.Popen(
        [sys.executable, "-c", FLOW, fleet.address, str(tmp_path), "0.25"],
        cwd=REPOSITORY,
        env=dict(os.environ),
    )
    try:
        assert wait_until(lambda: len(spoken_by(tmp_path)) > 5, 120)
    finally:
        flow.send_signal(signal.SIGKILL)
        flow.wait()
    assert len(set(FolderTakes(tmp_path / "takes").keys())) < len(LINES)
    with opened(fleet.address, tmp_path) as pool:
        assert spoken_together(pool, tmp_path) == []
    assert set(FolderTakes(tmp_path / "takes").keys()) == {job.key for job in jobs(*LINES)}
    assert twice(tmp_path) <= 2, "batches of the lost flow are finished; again only what a speaker was at"


def test_a_host_that_never_comes_back_costs_the_lines_it_was_at(
    fleet: SimulatedFleet, tmp_path: Path
) -> None:
    with opened(fleet.address, tmp_path, delay=0.1) as pool:
        wrong: list[DuoyinError] = []
        thread = threading.Thread(target=lambda: wrong.extend(spoken_together(pool, tmp_path)))
        thread.start()
        assert wait_until(lambda: len({process for process, _ in spoken_by(tmp_path)}) == 2, 90)
        fleet.kill()
        thread.join(120)
        assert not thread.is_alive() and wrong == []
    assert set(FolderTakes(tmp_path / "takes").keys()) == {job.key for job in jobs(*LINES)}
    assert twice(tmp_path) <= 1


def test_two_books_that_want_one_line_on_two_hosts_get_one_take(
    fleet: SimulatedFleet, tmp_path: Path
) -> None:
    """The engine speaks otherwise on either host; both ledgers hold the digest of what is stored."""
    from flows.workspace.ledger import Ledger
    from tts_core.cluster.fleet import speakers

    line = jobs("the one line")[0]
    told: dict[str, list[Spoken]] = {"one": [], "other": []}
    with opened(fleet.address, tmp_path, "tests.engines:MoodyEngine", delay=1.0) as pool:
        assert wait_until(lambda: all(state and state.fingerprint for state in speakers().values()), 90)
        threads = [
            threading.Thread(target=pool.render, args=([line], ledger.append)) for ledger in told.values()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len({process for process, _ in spoken_by(tmp_path)}) == 2, "both hosts spoke it"
    stored = FolderTakes(tmp_path / "takes")
    assert list(stored.keys()) == [line.key]
    digest = stored.info(line.key).digest
    for book, spoken in told.items():
        with Ledger(tmp_path / book / "ledger.sqlite") as ledger:
            for take in spoken:
                ledger.record_spoken(take, [("line", "low", ENGINE, "")])
            row = ledger.take(line.key)
        assert row is not None and row.digest == digest

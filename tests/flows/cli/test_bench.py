"""`duoyin bench scale`: a row for each number of workers and each carrier; and what is lost when hosts are killed."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest

from flows.cli.bench import measured
from tests.flows.conftest import Duoyin
from tts_core.scale import Load


def test_the_command_gives_a_row_for_each_number_of_workers(duoyin: Duoyin) -> None:
    done = duoyin(
        "bench",
        "scale",
        "--carriers",
        "pool",
        "--workers",
        "1,2",
        "--batch-seconds",
        "1",
        "--batches",
        "2",
        "--json",
    )
    told = json.loads(done.out)
    assert [(row["carrier"], row["workers"], row["simulated"]) for row in told["rows"]] == [
        ("pool", 1, False),
        ("pool", 2, False),
    ]
    assert {"efficiency", "null_ms", "lost", "spoken_twice"} <= told["rows"][0].keys()
    assert told["scale"] == 20 and told["cores"] >= 1


@pytest.mark.parametrize("workers", ["none", "0", ""])
def test_no_number_of_workers_is_one_message(duoyin: Duoyin, workers: str) -> None:
    done = duoyin("bench", "scale", "--workers", workers)
    assert done.code == 2 and "Write 1,2,4" in done.err


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="pip install 'duoyin[cluster]'")
def test_hosts_that_are_killed_lose_no_take() -> None:
    load = Load(workers=4, seconds=1.0, batches=20, lines=4, take_seconds=0.05, kill_every=8.0)
    found = measured("ray", load, gpus=2)
    assert found.kills >= 2 and found.simulated
    assert (found.lost, found.changed) == (0, 0)
    assert found.spoken_twice <= 2 * found.kills

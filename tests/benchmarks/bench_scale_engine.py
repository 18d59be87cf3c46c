"""The embedded engine on a fleet of this machine beside the same in processes, in turns:

    python -m tests.benchmarks.bench_scale_engine [--lines 24] [--turns 2]

Two speakers each, warm, each turn into a new folder. Wall time from the first batch to the last take; the takes must be the
same bytes. Wants Ray (extra `cluster`) and a machine with nothing beside it.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import psutil

from flows.making.engines import default_workers
from normalizers.languages import language
from tests.fleets import some_fleet
from tts_core.engine import Utterance
from tts_core.kokoro.engine import KokoroEngine
from tts_core.pool import EnginePool, Job, SpeechPool
from tts_core.takes import FolderTakes, Keys

ENGINE, VOICE, SPEAKERS, BATCH = "kokoro", "af_heart", 2, 4
READY_SECONDS = 120


def jobs(lines: int) -> tuple[list[Job], str]:
    """Lines of English, each another, and the engine's fingerprint."""
    engine, keys = KokoroEngine(), Keys()
    record = language("en")
    texts = [record.probe, *record.auditions]
    read = [
        engine.read(Utterance(f"{texts[at % len(texts)]} That was number {at}.", "en", VOICE))
        for at in range(lines)
    ]
    return [Job(keys.key(ENGINE, engine, line), line) for line in read], engine.fingerprint()


@contextmanager
def on_the_fleet(address: str, folder: Path, fingerprint: str) -> Iterator[SpeechPool]:
    """Speakers of a fleet, all ready."""
    from tts_core.cluster import fleet
    from tts_core.cluster.pool import ClusterPool

    with ClusterPool(ENGINE, folder, fingerprint=fingerprint, address=address, speakers=SPEAKERS) as pool:
        until = time.monotonic() + READY_SECONDS
        while sum(bool(each and each.fingerprint) for each in fleet.speakers().values()) < SPEAKERS:
            if time.monotonic() > until:
                raise SystemExit("the speakers were not ready in time")
            time.sleep(0.2)
        yield pool


@contextmanager
def in_processes(folder: Path) -> Iterator[SpeechPool]:
    """Processes of this machine, all ready."""
    with EnginePool(ENGINE, folder, workers=SPEAKERS) as pool:
        with ThreadPoolExecutor(SPEAKERS) as threads:
            wait([threads.submit(pool.warm) for _ in range(SPEAKERS)])
        yield pool


def measured(pool: SpeechPool, asked: Sequence[Job]) -> tuple[float, float]:
    """Wall seconds, and processor seconds of the machine."""
    batches = [asked[at : at + BATCH] for at in range(0, len(asked), BATCH)]
    before, began = _spent(), time.monotonic()
    with ThreadPoolExecutor(2 * SPEAKERS) as threads:
        for done in [threads.submit(pool.render, batch) for batch in batches]:
            done.result()
    return time.monotonic() - began, _spent() - before


def _spent() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system)


def digests(folder: Path, asked: Sequence[Job]) -> list[str]:
    """Of the takes' sound."""
    store = FolderTakes(folder)
    return [store.info(job.key).digest for job in asked]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=24)
    parser.add_argument("--turns", type=int, default=2)
    given = parser.parse_args()
    asked, fingerprint = jobs(given.lines)
    print(
        f"{given.lines} lines in batches of {BATCH}, {default_workers()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(
        "| turn | processes: wall, processor | fleet: wall, processor | wall | processor |\n|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as scratch, some_fleet(cores=SPEAKERS) as address:
        for turn in range(1, given.turns + 1):
            here, there = Path(scratch) / f"here-{turn}", Path(scratch) / f"there-{turn}"
            with in_processes(here) as pool:
                wall, spent = measured(pool, asked)
            with on_the_fleet(address, there, fingerprint) as pool:
                fleet_wall, fleet_spent = measured(pool, asked)
            if digests(here, asked) != digests(there, asked):
                raise SystemExit("the takes differ")
            print(
                f"| {turn} | {wall:.1f} s, {spent:.1f} s | {fleet_wall:.1f} s, {fleet_spent:.1f} s "
                f"| {fleet_wall / wall:.3f} | {fleet_spent / spent:.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()

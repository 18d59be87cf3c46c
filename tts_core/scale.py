"""How well work is shared out over many workers: they sleep, and what is spoken is counted.

See `tts_core.sleeping` for what that shows and what not.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from normalizers.languages import DEFAULT_LANGUAGE
from tts_core.engine import Utterance
from tts_core.pool import Job, SpeechPool, Spoken
from tts_core.sleeping import PLACE, SleepingEngine, read_log
from tts_core.take_stores import open_takes
from tts_core.takes import Keys, TakePlace

NULL_BATCHES = 500
"""Empty batches of which the cost of one is the mean."""

LOOK_SECONDS = 0.1

_WARM = "warm"
"""How the texts begin that are spoken before anything is measured."""


@dataclass(frozen=True, slots=True)
class Load:
    """What workers are given.

    Args:
        workers: that speak at once. seconds: that a batch sleeps. lines: of a batch. batches: for each worker.
        take_seconds: length of a take.
        kill_every: seconds between two kills of a host; None: none is killed.
    """

    workers: int
    seconds: float
    batches: int
    lines: int = 1
    take_seconds: float = 0.5
    kill_every: float | None = None

    @property
    def work(self) -> float:
        """Seconds of sleep in all."""
        return self.workers * self.batches * self.seconds


@dataclass(frozen=True, slots=True)
class ScaleRow:
    """One measurement.

    Args:
        carrier: `pool` (processes of this machine) or `ray`. simulated: whether hosts and GPUs were.
        workers, batch_seconds, lines, batches: see `Load`; batches in all.
        efficiency: sleep in all by the time for which there were workers; without kills that is `workers` times the
            wall time, with kills the time for which each engine's process lived.
        null_ms: wall milliseconds an empty batch, all workers at once.
        start_seconds: until every worker was ready. wall_seconds: of the work.
        memory_mb: of this process and all below it, shared parts counted once. driver_mb: the most that this process
            had resident. cpu_ms: processor milliseconds a batch, of this process alone.
        lost: takes that are not stored. spoken_twice: lines that were spoken again. changed: takes whose digest is
            not the one that was told.
        kills: hosts that were killed. load: of the machine, of the last minute, before and after.
    """

    carrier: str
    workers: int
    batch_seconds: float
    lines: int
    batches: int
    efficiency: float
    null_ms: float
    start_seconds: float
    wall_seconds: float
    memory_mb: int
    driver_mb: int
    cpu_ms: float
    lost: int
    spoken_twice: int
    changed: int
    kills: int
    load: tuple[float, float]
    simulated: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """Workers that are ready. `kill`: ends the host that was there longest, and brings another; None: cannot."""

    pool: SpeechPool
    kill: Callable[[], None] | None = None


def measure(
    opened: Opened, load: Load, *, carrier: str, simulated: bool, place: TakePlace, log: Path, started: float
) -> ScaleRow:
    """Have workers speak, and count what came of it.

    Args:
        opened: workers of `SleepingEngine`, with `options(load, log)`. place: an empty store of takes.
        started: seconds that it took to have them ready.
    """
    before = os.getloadavg()[0]
    pool = opened.pool
    batches = [_batch("line", number, load) for number in range(load.workers * load.batches)]
    digests: dict[str, str] = {}

    def told(spoken: Spoken) -> None:
        digests[spoken.key] = spoken.digest

    with ThreadPoolExecutor(pool.in_flight) as threads:
        # whatever is done the first time only is no cost of a batch
        wait([threads.submit(pool.render, _batch(_WARM, each, load)[:1]) for each in range(load.workers)])
        began = time.monotonic()
        wait([threads.submit(pool.render, []) for _ in range(NULL_BATCHES)])
        null = (time.monotonic() - began) / NULL_BATCHES
        began, cpu = time.monotonic(), time.process_time()
        with _looking(log if load.kill_every else None) as seen:
            rendered = [threads.submit(pool.render, batch, told) for batch in batches]
            kills = _kill(opened, load, lambda: all(each.done() for each in rendered))
            wait(rendered)
        wall, cpu = time.monotonic() - began, time.process_time() - cpu
        memory = _memory()
    for each in rendered:
        each.result()
    keys = [job.key for batch in batches for job in batch]
    store = open_takes(place)
    stored = store.present(keys)
    spoken = Counter(text for text in read_log(log).spoken if not text.startswith(_WARM))
    return ScaleRow(
        carrier=carrier,
        workers=load.workers,
        batch_seconds=load.seconds,
        lines=load.lines,
        batches=len(batches),
        efficiency=round(load.work / (seen.worker_seconds if kills else load.workers * wall), 3),
        null_ms=round(1_000 * null, 2),
        start_seconds=round(started, 1),
        wall_seconds=round(wall, 1),
        memory_mb=round(memory / 1e6),
        driver_mb=round(seen.most_memory / 1e6),
        cpu_ms=round(1_000 * cpu / len(batches), 1),
        lost=len(keys) - len(stored),
        spoken_twice=spoken.total() - len(spoken),
        changed=sum(digests.get(key) != store.info(key).digest for key in stored),
        kills=kills,
        load=(round(before, 1), round(os.getloadavg()[0], 1)),
        simulated=simulated,
    )


def options(load: Load, log: Path) -> dict[str, object]:
    """Of the engine that is measured with."""
    return {"seconds": load.seconds / load.lines, "take_seconds": load.take_seconds, "log": str(log)}


def _kill(opened: Opened, load: Load, over: Callable[[], bool]) -> int:
    """Kill hosts until all is spoken; how many."""
    if opened.kill is None or load.kill_every is None:
        return 0
    kills, due = 0, time.monotonic() + load.kill_every
    while not over():
        time.sleep(LOOK_SECONDS)
        if time.monotonic() >= due:
            due += load.kill_every
            opened.kill()
            kills += 1
    return kills


def _batch(name: str, number: int, load: Load) -> Sequence[Job]:
    engine, keys = SleepingEngine(take_seconds=load.take_seconds), Keys()
    numbers = range(number * load.lines, (number + 1) * load.lines)
    lines = [engine.read(Utterance(f"{name} {each}", DEFAULT_LANGUAGE, "nobody")) for each in numbers]
    return [Job(keys.key(PLACE, engine, line), line) for line in lines]


@dataclass(slots=True)
class _Seen:
    """What was seen from time to time. `worker_seconds`: for which engines' processes lived, all together."""

    worker_seconds: float = 0.0
    most_memory: int = 0


@contextmanager
def _looking(log: Path | None) -> Iterator[_Seen]:
    """Look at this process and at the engines that have a log while the block runs."""
    seen, over, own = _Seen(), threading.Event(), psutil.Process()

    def look() -> None:
        last = time.monotonic()
        while not over.wait(LOOK_SECONDS):
            alive = sum(_lives(process) for process in read_log(log).processes) if log else 0
            now = time.monotonic()
            seen.worker_seconds += alive * (now - last)
            seen.most_memory = max(seen.most_memory, own.memory_info().rss)
            last = now

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _lives(process: int) -> bool:
    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _memory() -> int:
    """Bytes that this process and all below it hold, shared parts counted once."""
    own = psutil.Process()
    total = 0
    for each in (own, *own.children(recursive=True)):
        try:
            total += each.memory_full_info().pss
        except psutil.Error:  # ended meanwhile
            continue
    return total

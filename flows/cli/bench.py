"""`duoyin bench`: what is measured on this machine."""

from __future__ import annotations

import contextlib
import os
import platform
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.options import Json, one_of
from flows.cli.results import Result, show, table
from normalizers import DuoyinError

if TYPE_CHECKING:
    from tts_core.scale import Load, Opened, ScaleRow
    from tts_core.takes import TakePlace

CARRIERS = ("pool", "ray")
LOOK_SECONDS = 0.25
READY_SECONDS = 600.0
"""How long speakers of a simulated fleet may take until all are ready."""

bench = typer.Typer()


@bench.callback()
def _several() -> None:
    """What is measured on this machine."""


@bench.command("scale")
def scale(
    workers: Annotated[str, typer.Option(help="How many speak at once, a row each.")] = "1,2,4",
    carriers: Annotated[
        str, typer.Option(help="pool (processes of this machine), ray (a fleet).")
    ] = "pool,ray",
    batch_seconds: Annotated[float, typer.Option(help="Work of a batch.")] = 20.0,
    faster: Annotated[float, typer.Option("--scale", help="Sleep so many times less than that.")] = 20.0,
    batches: Annotated[int, typer.Option(help="For each worker.")] = 8,
    lines: Annotated[int, typer.Option(help="Of a batch.")] = 1,
    take_seconds: Annotated[float, typer.Option(help="Length of a take.")] = 0.5,
    gpus: Annotated[int, typer.Option(help="Of a simulated host (ray).")] = 8,
    repeats: Annotated[int, typer.Option(help="Measure so often, keep the middle.")] = 1,
    store: Annotated[
        str | None, typer.Option(help="s3://bucket/prefix for the takes; default: a folder that is deleted.")
    ] = None,
    kill_every: Annotated[
        float | None,
        typer.Option(
            help="Kill a simulated host every so many seconds (ray), and bring another; not scaled."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Share sleep out over many workers, on hosts that are only processes: what the carrier costs, not what GPUs do."""
    from tts_core.scale import Load

    chosen = [one_of(name.strip(), CARRIERS, "carrier") for name in carriers.split(",")]
    asked = [
        Load(count, batch_seconds / faster, batches, lines, take_seconds, kill_every)
        for count in _counts(workers)
    ]
    rows = [
        _middle([measured(carrier, load, store=store, gpus=gpus) for _ in range(repeats)])
        for load in asked
        for carrier in chosen
    ]
    data = {
        "machine": platform.platform(),
        "cores": os.cpu_count(),
        "versions": {
            "python": platform.python_version(),
            **({"ray": version("ray")} if "ray" in chosen else {}),
        },
        "engine": "sleep",
        "scale": faster,
        "store": "object store" if store else "folder",
        "rows": [asdict(row) for row in rows],
    }
    show(Result(data, _text(rows), not any(row.lost or row.changed for row in rows)), as_json=as_json)


def measured(carrier: str, load: Load, *, store: str | None = None, gpus: int = 8) -> ScaleRow:
    """Have sleepers work in a store that is empty; a folder is deleted afterwards.

    Args:
        carrier: of `CARRIERS`. store: the address of an object store. gpus: of a simulated host.

    Raises:
        DuoyinError: there are fewer workers than were asked for, or none.
    """
    from tts_core.files import scratch_folder
    from tts_core.scale import measure
    from tts_core.takes import TakePlace

    with scratch_folder() as scratch:
        log = scratch / "log"
        place = TakePlace(
            scratch / "takes", f"{store}/{scratch.name.strip('.')}" if store else "", copies=not store
        )
        began = time.monotonic()
        ready = _processes(load, place, log) if carrier == "pool" else _fleet(load, place, log, gpus)
        with ready as opened:
            return measure(
                opened,
                load,
                carrier=carrier,
                simulated=carrier != "pool",
                place=place,
                log=log,
                started=time.monotonic() - began,
            )


@contextlib.contextmanager
def _processes(load: Load, place: TakePlace, log: Path) -> Iterator[Opened]:
    """Sleepers in processes of this machine."""
    from concurrent.futures import ThreadPoolExecutor, wait

    from tts_core.pool import EnginePool
    from tts_core.scale import Opened, options
    from tts_core.sleeping import PLACE

    with EnginePool(PLACE, place, workers=load.workers, options=options(load, log)) as pool:
        with ThreadPoolExecutor(load.workers) as threads:
            wait([threads.submit(pool.warm) for _ in range(load.workers)])
        yield Opened(pool)


@contextlib.contextmanager
def _fleet(load: Load, place: TakePlace, log: Path, gpus: int) -> Iterator[Opened]:
    """Sleepers on simulated hosts."""
    from tts_core.extras import extra

    with extra("cluster"):
        from tts_core.cluster import fleet
        from tts_core.cluster.pool import ClusterPool
        from tts_core.cluster.simulated import simulated_fleet
    from tts_core.scale import Opened, options
    from tts_core.sleeping import PLACE, SleepingEngine

    with simulated_fleet(-(-load.workers // gpus), min(load.workers, gpus)) as simulated:

        def replace() -> None:
            simulated.kill()
            simulated.add()

        pool = ClusterPool(
            PLACE,
            place,
            fingerprint=SleepingEngine(take_seconds=load.take_seconds).fingerprint(),
            options=options(load, log),
            address=simulated.address,
            speakers=load.workers,
            on_gpu=True,
        )
        with pool:
            deadline = time.monotonic() + READY_SECONDS
            while sum(bool(each and each.fingerprint) for each in fleet.speakers().values()) < load.workers:
                if time.monotonic() > deadline:
                    raise DuoyinError(
                        f"not all of {load.workers} speakers were ready within {READY_SECONDS:.0f} seconds",
                        hint="Ask for fewer: --workers.",
                    )
                time.sleep(LOOK_SECONDS)
            yield Opened(pool, replace)


def _counts(text: str) -> list[int]:
    try:
        counts = [int(part) for part in text.split(",")]
    except ValueError:
        counts = []
    if not counts or min(counts) < 1:
        raise DuoyinError(f"“{text}” are no numbers of workers", where="--workers", hint="Write 1,2,4.")
    return counts


def _middle(rows: Sequence[ScaleRow]) -> ScaleRow:
    """Of measurements of the same the one in the middle by efficiency."""
    middle = statistics.median_low(row.efficiency for row in rows)
    return next(row for row in rows if row.efficiency == middle)


def _text(rows: Sequence[ScaleRow]) -> str:
    columns = [
        "carrier", "workers", "batch", "efficiency", "empty batch", "start", "wall", "memory", "lost", "twice",
        "kills", "load",
    ]  # fmt: skip
    cells: list[list[Any]] = [
        [
            row.carrier,
            row.workers,
            f"{row.batch_seconds:g} s",
            f"{row.efficiency:.3f}",
            f"{row.null_ms:.1f} ms",
            f"{row.start_seconds:.0f} s",
            f"{row.wall_seconds:.1f} s",
            f"{row.memory_mb} MB",
            row.lost + row.changed,
            row.spoken_twice,
            row.kills,
            f"{row.load[0]:.0f} to {row.load[1]:.0f}",
        ]
        for row in rows
    ]
    drawn = table("", columns, cells, right=range(1, len(columns)))
    return f"{drawn}\n\nSimulated: workers sleep. This shows what sharing out costs, not what GPUs do."

"""What `duoyin bench scale` counts: all that was asked for, what was spoken twice, and what is not what was told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tts_core.pool import EnginePool, Job, Spoken
from tts_core.scale import Load, Opened, ScaleRow, measure, options
from tts_core.sleeping import PLACE
from tts_core.takes import FolderTakes, TakePlace

LOAD = Load(workers=2, seconds=0.1, batches=3, lines=2, take_seconds=0.05)


def row(folder: Path, kind: type[EnginePool] = EnginePool) -> ScaleRow:
    log, place = folder / "log", TakePlace(folder / "takes")
    with kind(PLACE, place, workers=2, options=options(LOAD, log)) as pool:
        return measure(Opened(pool), LOAD, carrier="pool", simulated=False, place=place, log=log, started=1.0)


class Forgetful(EnginePool):
    """Speaks every batch twice, throws the take of its last line away, and tells of another digest than is stored."""

    def __init__(self, engine: str, store: TakePlace | Path, **given: Any) -> None:
        super().__init__(engine, store, **given)
        self.takes = FolderTakes(store.folder if isinstance(store, TakePlace) else store)

    def render(
        self, jobs: Sequence[Job], on_spoken: Callable[[Spoken], None] | None = None, **_: object
    ) -> list[Spoken]:
        super().render(jobs)
        spoken = super().render(jobs, lambda take: on_spoken and on_spoken(replace(take, digest="other")))
        for job in jobs[-1:]:
            self.takes.delete(job.key)
        return spoken


def test_a_pool_that_keeps_its_promises(tmp_path: Path) -> None:
    found = row(tmp_path)
    assert (found.lost, found.spoken_twice, found.changed, found.kills, found.batches) == (0, 0, 0, 0, 6)
    assert 0 < found.efficiency <= 1 and found.null_ms > 0
    assert found.memory_mb > 10 and found.driver_mb > 10


def test_a_pool_that_does_not_is_seen(tmp_path: Path) -> None:
    found = row(tmp_path, Forgetful)
    assert (found.lost, found.spoken_twice, found.changed) == (6, 12, 6)

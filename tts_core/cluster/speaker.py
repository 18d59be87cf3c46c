"""A speaker: an actor that keeps one engine warm on one GPU (or one core) of a host, for every book that asks.

The engine runs in a process of its own below the actor, the same as on one machine. So the actor answers while a
batch is spoken, and outlives whatever a line does to the engine.
"""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue
from typing import Any

from normalizers import DuoyinError
from tts_core.engine import Prepared
from tts_core.files import cache_folder
from tts_core.pool import HALT_SECONDS, EnginePool, Halted, Job, Spoken, WorkerLost
from tts_core.take_stores import open_takes
from tts_core.takes import TakePlace

LOOK_SECONDS = 0.05

REMEMBERED_RUNS = 1_000
"""Runs that were ended and whose late batches are refused."""


@dataclass(eq=False, slots=True)
class _Waiting:
    """A batch that is not begun. `told`: what whoever asked for it reads."""

    run: str
    told: Queue[dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class SpeakerState:
    """What a speaker says of itself.

    Args:
        host: its machine. devices: the GPUs it may use, as CUDA names them; "" for a processor.
        waiting: batches it has, spoken and not begun. takes: spoken since it began.
        idle_seconds: since it had something to do; 0 while it has.
    """

    host: str
    devices: str
    fingerprint: str
    waiting: int
    takes: int
    idle_seconds: float


class Speaker:
    """What Ray makes an actor of; its methods are called from several threads at once.

    Args:
        engine, options: for `tts_core.registry.load_engine`.
        environment: of the engine's process.
    """

    def __init__(self, engine: str, options: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self._pool = EnginePool(
            engine, TakePlace(cache_folder() / "speaker"), options=options, environments=(environment,)
        )
        self._turn = threading.Lock()
        self._looking = threading.Lock()
        self._ended: dict[str, None] = {}
        self._queue: list[_Waiting] = []
        self._run = ""
        self._leaving = False
        self._waiting = self._takes = 0
        self._idle_since = time.monotonic()
        self._fingerprint = ""

    def ready(self, probe: str = "") -> dict[str, Any]:
        """Load the engine; `fingerprint` of it, or `error`, `where` and `hint`.

        Args:
            probe: a file in the folder of takes, which must be the same folder here; "" for takes in an object store.
        """
        if probe and not Path(probe).is_file():
            return _told(
                DuoyinError(
                    f"{platform.node()} does not see the folder of takes",
                    where=str(Path(probe).parent),
                    hint="Takes of a fleet lie where every host writes: `takes: s3://bucket/takes` in project.yaml, "
                    "or a folder on a disk that all share.",
                )
            )
        try:
            self._fingerprint = self._pool.warm()
        except DuoyinError as error:
            return _told(error)
        return {"fingerprint": self._fingerprint, "host": platform.node()}

    def speak(
        self, run: str, jobs: Sequence[tuple[str, Mapping[str, Any]]], store: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Speak a batch and store its takes; tells of each as it is stored, and at the end what went wrong, if so.
        After `leave` nothing is spoken, and `leaving` is all that is told; `given_back` is, after `give_back`.

        Args:
            run: who asks; see `end`.
            jobs: keys, and lines as `Prepared.to_json` gives them. store: as `TakePlace.to_json` gives it.
        """
        if self._leaving:
            yield {"leaving": True}
            return
        told: Queue[dict[str, Any] | None] = Queue()
        batch = [Job(key, Prepared.from_json(prepared)) for key, prepared in jobs]
        place = _here(TakePlace.from_json(dict(store)))
        # the batch goes on to its end where whoever asked is gone: its takes are found by the next run
        threading.Thread(target=self._speak, args=(run, batch, place, told), daemon=True).start()
        while (answer := told.get()) is not None:
            yield answer

    def _speak(
        self, run: str, batch: Sequence[Job], place: TakePlace, told: Queue[dict[str, Any] | None]
    ) -> None:
        def tell(spoken: Spoken) -> None:
            self._takes += 1
            told.put(asdict(spoken))

        self._waiting += 1
        waiting = _Waiting(run, told)
        with self._looking:
            self._queue.append(waiting)
        try:
            with self._turn:
                if not self._begun(waiting):
                    return
                self._run = run
                try:
                    if run not in self._ended:
                        missing = _untold(batch, place, told)
                        self._pool.render(missing, tell, store=place, planned_elsewhere=True)
                finally:
                    self._run = ""
        except Halted:
            return
        except DuoyinError as error:
            told.put(_told(error))
        finally:
            self._waiting -= 1
            self._idle_since = time.monotonic()
            told.put(None)

    def _begun(self, waiting: _Waiting) -> bool:
        """Take a batch that has its turn from those that wait; whether it was not given back meanwhile."""
        with self._looking:
            there = waiting in self._queue
            if there:
                self._queue.remove(waiting)
            return there

    def give_back(self, run: str) -> None:
        """Give back the batches of a run that are not begun: another book has this speaker now."""
        with self._looking:
            back = [waiting for waiting in self._queue if waiting.run == run]
            self._queue = [waiting for waiting in self._queue if waiting not in back]
        for waiting in back:
            waiting.told.put({"given_back": True})
            waiting.told.put(None)

    def end(self, run: str) -> None:
        """Give up the batches of a run, what is spoken and what waits; the engine stays warm."""
        self._ended[run] = None
        while len(self._ended) > REMEMBERED_RUNS:
            del self._ended[next(iter(self._ended))]
        deadline = time.monotonic() + 2 * HALT_SECONDS
        while self._run == run and time.monotonic() < deadline:
            self._pool.halt()
            time.sleep(LOOK_SECONDS)

    def leave(self) -> None:
        """Take no more batches."""
        self._leaving = True

    def end_engine(self) -> None:
        """End the engine's process, which hangs; the next batch starts another."""
        self._pool.halt(0.0)

    def dismiss(self) -> None:
        """End the engine for good."""
        self._pool.close()

    def state(self) -> dict[str, Any]:
        """A `SpeakerState`, as plain data."""
        idle = 0.0 if self._waiting else time.monotonic() - self._idle_since
        devices = os.environ.get("CUDA_VISIBLE_DEVICES", "")
        return asdict(
            SpeakerState(platform.node(), devices, self._fingerprint, self._waiting, self._takes, idle)
        )


def _untold(batch: Sequence[Job], place: TakePlace, told: Queue[dict[str, Any] | None]) -> Sequence[Job]:
    """What of a batch is still to be spoken. A batch waits for its turn, and others may have stored its takes
    meanwhile: another book, or what was left of a run that is gone. These are told."""
    store = open_takes(place)
    stored = store.present(job.key for job in batch)
    for key in sorted(stored):
        told.put(asdict(Spoken.before(store.info(key))))
    return [job for job in batch if job.key not in stored]


def _here(place: TakePlace) -> TakePlace:
    """A store as this host opens it: of an object store no copies are kept where nobody reads them."""
    return TakePlace(cache_folder() / "speaker", place.url, copies=False) if place.url else place


def _told(error: DuoyinError) -> dict[str, Any]:
    return {
        "error": error.message,
        "where": error.where,
        "hint": error.hint,
        "lost": isinstance(error, WorkerLost),
    }

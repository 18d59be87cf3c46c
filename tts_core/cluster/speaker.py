"""A speaker: an actor that keeps one engine warm on one GPU (or one core) of a host, for every book that asks.

The engine runs in a process of its own below the actor, the same as on one machine. So the actor answers while a
batch is spoken, and outlives whatever a line does to the engine.

An engine that looks at a window of lines together is idle in most of its rows while it speaks a short batch. So what
several books have waiting here is spoken as one batch, as far as its window goes, and each book is told of its own.
"""

from __future__ import annotations

import contextlib
import os
import platform
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from normalizers import DuoyinError
from tts_core.engine import Prepared
from tts_core.files import cache_folder
from tts_core.pool import HALT_SECONDS, EnginePool, Halted, Job, Spoken, WorkerLost
from tts_core.take_stores import open_takes
from tts_core.takes import TakePlace

LOOK_SECONDS = 0.05

TOGETHER_SECONDS = 0.2
"""Takes that are stored within so long of each other are told together: a GPU has dozens of them in a second, and each
message costs some milliseconds of processor here and there. The last of a batch are told at once where nothing waits
behind it; else the next batch is begun first."""

REMEMBERED_RUNS = 1_000
"""Runs that were ended and whose late batches are refused."""


class _Batch:
    """A batch of a run. What is told of it is read by whoever asked for it.

    Args:
        place: where its takes go.
        others_wait: whether there are batches to be begun, which comes before telling of the end of this one.
    """

    def __init__(
        self, run: str, jobs: Sequence[Job], place: TakePlace, others_wait: Callable[[], bool]
    ) -> None:
        self.run = run
        self.place = place
        self._others_wait = others_wait
        self._unhurried = False
        self._missing = {job.key: job for job in jobs}
        self._told: Queue[dict[str, Any] | None] = Queue()
        self.ended = False

    def __len__(self) -> int:
        return len(self._missing)

    @property
    def keys(self) -> Collection[str]:
        return self._missing.keys()

    @property
    def jobs(self) -> Sequence[Job]:
        """What is still to be spoken of it."""
        return list(self._missing.values())

    def shares(self, keys: Collection[str]) -> bool:
        """Whether one of these takes is still wanted."""
        return not self._missing.keys().isdisjoint(keys)

    def tell(self, spoken: Spoken) -> None:
        """A take is stored; with the last one that was missing the batch ends."""
        if self._missing.pop(spoken.key, None) is not None:
            self._told.put(asdict(spoken))
            if not self._missing:
                self.end()

    def tell_stored(self) -> None:
        """A batch waits for its turn, and others may have stored its takes meanwhile: another book, or what was left of
        a run that is gone."""
        store = open_takes(self.place)
        for key in sorted(store.present(self._missing)):
            self.tell(Spoken.before(store.info(key)))

    def end(self, answer: dict[str, Any] | None = None) -> None:
        """Nothing more comes of it."""
        self.ended = True
        self._unhurried = answer is None and self._others_wait()
        if answer is not None:
            self._told.put(answer)
        self._told.put(None)

    def answers(self) -> Iterator[list[dict[str, Any]]]:
        """What is told, as it comes; what comes shortly after each other, together."""
        over = False
        while not over:
            answers = [self._told.get()]
            until = time.monotonic() + TOGETHER_SECONDS
            with contextlib.suppress(Empty):
                while answers[-1] is not None:
                    answers.append(self._told.get(timeout=max(0.0, until - time.monotonic())))
            over = answers[-1] is None
            if over and len(answers) > 1 and self._unhurried:
                time.sleep(max(0.0, until - time.monotonic()))
            if found := [answer for answer in answers if answer is not None]:
                yield found


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
        self._window = 0
        self._turn = threading.Lock()
        self._looking = threading.Lock()
        self._ended: dict[str, None] = {}
        self._queue: list[_Batch] = []
        self._at: list[_Batch] = []
        self._leaving = False
        self._takes = 0
        self._idle_since = time.monotonic()
        self._fingerprint = ""

    def ready(self, probe: str = "", window: int = 0) -> dict[str, Any]:
        """Load the engine; `fingerprint` of it, or `error`, `where` and `hint`.

        Args:
            window: lines that the engine looks at together, at most; 0: it takes one after another.
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
        self._window = window
        try:
            self._fingerprint = self._pool.warm()
        except DuoyinError as error:
            return _told(error)
        return {"fingerprint": self._fingerprint, "host": platform.node()}

    def speak(
        self, run: str, jobs: Sequence[tuple[str, Mapping[str, Any]]], store: Mapping[str, Any]
    ) -> Iterator[list[dict[str, Any]]]:
        """Speak a batch and store its takes; tells of them as they are stored, and at the end what went wrong, if so.
        After `leave` nothing is spoken, and `leaving` is all that is told; `given_back` is, after `give_back`.

        Args:
            run: who asks; see `end`.
            jobs: keys, and lines as `Prepared.to_json` gives them. store: as `TakePlace.to_json` gives it.
        """
        if self._leaving:
            yield [{"leaving": True}]
            return
        lines = [Job(key, Prepared.from_json(prepared)) for key, prepared in jobs]
        batch = _Batch(run, lines, _here(TakePlace.from_json(dict(store))), lambda: bool(self._queue))
        with self._looking:
            self._queue.append(batch)
        # the batch goes on to its end where whoever asked is gone: its takes are found by the next run
        threading.Thread(target=self._take_turn, daemon=True).start()
        yield from batch.answers()

    def _take_turn(self) -> None:
        """Speak what waits first, and what may be spoken together with it. A thread comes for each batch, and finds
        nothing to do where that was spoken with another or was given back."""
        with self._turn:
            with self._looking:
                together = self._next()
                self._at = [*together]
            try:
                if together:
                    self._speak(together)
            finally:
                with self._looking:
                    self._at = []
                    self._idle_since = time.monotonic()

    def _next(self) -> list[_Batch]:
        """The batch that waits first and, for an engine that speaks many lines at once, those of other books that its
        window has room for; they wait no more."""
        together: list[_Batch] = self._queue[:1]
        for batch in self._queue[1:]:
            room = self._window - sum(map(len, together))
            alike = any(batch.run == other.run or batch.shares(other.keys) for other in together)
            if len(batch) <= room and not alike:
                together.append(batch)
        self._queue = [batch for batch in self._queue if batch not in together]
        return together

    def _speak(self, together: Sequence[_Batch]) -> None:
        """Speak batches as one. What goes wrong there is the fault of one of them: then each is spoken by itself."""
        wanted = [batch for batch in together if batch.run not in self._ended]
        for batch in together:
            if batch not in wanted:
                batch.end()
        if not wanted:
            return
        try:
            for batch in wanted:
                batch.tell_stored()
            self._render(wanted)
            for batch in wanted:
                batch.end()
        except Halted:
            for batch in wanted:
                batch.end()
        except DuoyinError as error:
            if len(wanted) > 1:
                for batch in wanted:
                    self._speak([batch])
            else:
                wanted[0].end(_told(error))

    def _render(self, batches: Sequence[_Batch]) -> None:
        asked = {key: batch for batch in batches for key in batch.keys}

        def tell(spoken: Spoken) -> None:
            self._takes += 1
            self._idle_since = time.monotonic()
            asked[spoken.key].tell(spoken)

        self._pool.render(
            [job for batch in batches for job in batch.jobs],
            tell,
            places={key: batch.place for key, batch in asked.items()},
            planned_elsewhere=True,
        )

    def give_back(self, run: str) -> None:
        """Give back the batches of a run that are not begun: another book has this speaker now."""
        with self._looking:
            back = [batch for batch in self._queue if batch.run == run]
            self._queue = [batch for batch in self._queue if batch.run != run]
        for batch in back:
            batch.end({"given_back": True})

    def end(self, run: str) -> None:
        """Give up the batches of a run, what is spoken and what waits; the engine stays warm. What is spoken together
        with other books' lines is finished with them."""
        self._ended[run] = None
        while len(self._ended) > REMEMBERED_RUNS:
            del self._ended[next(iter(self._ended))]
        deadline = time.monotonic() + 2 * HALT_SECONDS
        while self._at_alone(run) and time.monotonic() < deadline:
            self._pool.halt()
            time.sleep(LOOK_SECONDS)

    def _at_alone(self, run: str) -> bool:
        """Whether what is spoken now is of this run, and of no other that wants it."""
        with self._looking:
            runs = {batch.run for batch in self._at}
        return run in runs and all(each in self._ended for each in runs)

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
        with self._looking:
            waiting = len(self._queue) + sum(not batch.ended for batch in self._at)
        idle = 0.0 if waiting else time.monotonic() - self._idle_since
        devices = os.environ.get("CUDA_VISIBLE_DEVICES", "")
        return asdict(SpeakerState(platform.node(), devices, self._fingerprint, waiting, self._takes, idle))


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

"""Who speaks batches of lines (`SpeechPool`), and the one that this machine needs: a pool of speech processes, one
single-threaded worker a core, or one a GPU. Speakers on several hosts are in `tts_core.cluster`.

Two single-threaded processes are faster than one with two threads (0.17 against 0.19 to 0.21 seconds of
wall time a second of audio for the embedded engine), and a process that dies takes no other with it.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from normalizers import DuoyinError
from tts_core.engine import Prepared, Utterance
from tts_core.takes import TakeInfo, TakePlace

T = TypeVar("T")

POLL_SECONDS = 0.2
"""How often a waiting thread looks whether the pool was closed."""

HALT_SECONDS = 3.0
"""How long a worker that is to give up its batch may take to end its line before it is ended itself."""

NOWHERE_ELSE: Mapping[str, TakePlace] = {}

SINGLE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


OnHeard = Callable[[bytes, int], None]
"""Is given sound while a take is made: 16-bit little-endian samples (`tts_core.sound.pcm`), and how many a second."""


class PoolClosed(DuoyinError):
    """The pool was closed while a batch was waiting or being spoken."""


class Halted(DuoyinError):
    """A batch was given up because somebody asked for that; the pool goes on."""


class WorkerLost(DuoyinError):
    """A speech process ended in the middle of its work. What it was saying may be to blame, or memory, or nobody."""


@dataclass(frozen=True, slots=True)
class Job:
    """A line as read, and the key its take is stored under."""

    key: str
    prepared: Prepared


@dataclass(frozen=True, slots=True)
class Spoken:
    """A take that has just been stored. `cpu_seconds`: processor time of the worker for this line."""

    key: str
    samples: int
    sample_rate: int
    digest: str
    cpu_seconds: float
    evidence: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def before(cls, info: TakeInfo) -> Spoken:
        """A take that was stored already: it costs no more."""
        return cls(info.key, info.samples, info.sample_rate, info.digest, 0.0, info.evidence)

    @property
    def seconds(self) -> float:
        return self.samples / self.sample_rate


class SpeechPool(Protocol):
    """Speaks batches. `render` may be called from several threads, `in_flight` of them to keep everybody busy.

    Args:
        engine: as projects write it. size: how many speak at a time.
        in_flight: batches that may be in `render` at once; more only wait.
    """

    engine: str
    size: int

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def in_flight(self) -> int: ...

    @property
    def closed(self) -> bool: ...

    def render(self, jobs: Sequence[Job], on_spoken: Callable[[Spoken], None] | None = None) -> list[Spoken]:
        """Speak a batch where there is room; returns when each take is stored.

        Args:
            on_spoken: told of each take when it is stored, in this thread.

        Raises:
            PoolClosed: the pool is closed meanwhile. DuoyinError: a line fails; it is named.
        """
        ...

    def close(self) -> None:
        """Give up what is being spoken, within seconds. Takes already stored stay; a line in the middle is given up."""
        ...


class EnginePool(SpeechPool):
    """Worker processes that share a take store.

    Args:
        engine: a name of `tts_core.registry.ENGINES`.
        store: where the takes go; a folder may be named by its path.
        workers: how many processes.
        options: engine options, the same for each worker.
        environments: one mapping of extra environment variables a worker (`CUDA_VISIBLE_DEVICES`); shorter
            lists repeat.

    Workers start when first needed. `render` may be called from several threads.
    """

    def __init__(
        self,
        engine: str,
        store: TakePlace | Path,
        *,
        workers: int = 1,
        options: Mapping[str, Any] | None = None,
        environments: Sequence[Mapping[str, str]] = ({},),
    ) -> None:
        if workers < 1:
            raise DuoyinError(f"{workers} workers cannot speak", hint="Set workers to 1 or more.")
        self.engine = engine
        self.size = workers
        place = store if isinstance(store, TakePlace) else TakePlace(store)
        self._setup = {"engine": engine, "options": dict(options or {}), "store": place.to_json()}
        self._environments = list(environments) or [{}]
        self._idle: Queue[_Worker | None] = Queue()
        for _ in range(workers):
            self._idle.put(None)  # a place to start a worker in
        self._lock = threading.Lock()
        self._alive: set[_Worker] = set()
        self._started = 0
        self._closed = threading.Event()

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    @property
    def in_flight(self) -> int:
        return self.size

    def render(
        self,
        jobs: Sequence[Job],
        on_spoken: Callable[[Spoken], None] | None = None,
        *,
        places: Mapping[str, TakePlace] = NOWHERE_ELSE,
        planned_elsewhere: bool = False,
        on_heard: OnHeard | None = None,
    ) -> list[Spoken]:
        """Speak a batch on the next idle worker; see `SpeechPool.render`.

        Args:
            on_heard: given the sound of the lines while they are made, where the engine can (`Streaming`); in this
                thread. Each line is spoken by itself then.
            places: by key, where a take goes, if not where those of the pool do.
            planned_elsewhere: keys were made on another machine: the worker makes each anew, of its own weights and
                voices, and refuses where it comes to another.

        Raises:
            Halted: somebody called `halt`. WorkerLost: the process ended.
        """
        return self._on_a_worker(
            lambda worker: worker.render(jobs, on_spoken, places, planned_elsewhere, on_heard)
        )

    def warm(self) -> str:
        """Have a worker that is ready; returns its engine's fingerprint. Raises as `render`."""
        return self._on_a_worker(lambda worker: worker.fingerprint)

    def halt(self, seconds: float = HALT_SECONDS) -> None:
        """Give up the batches that are being spoken, and go on with others. A worker ends its line and stays; one that
        takes longer than `seconds` is ended, and the next batch starts another."""
        with self._lock:
            workers = [(worker, worker.batch) for worker in self._alive if worker.batch]
        for worker, batch in workers:
            worker.halt(batch)
        deadline = time.monotonic() + seconds
        for worker, batch in workers:
            while worker.batch == batch and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS / 10)
            if worker.batch == batch:
                worker.kill()

    def read(self, utterances: Sequence[Utterance]) -> list[Prepared]:
        """Read lines on the next idle worker; no acoustic model is loaded there for it. Raises as `render`."""
        return self._on_a_worker(lambda worker: worker.read(utterances))

    def _on_a_worker(self, act: Callable[[_Worker], T]) -> T:
        worker = self._take_worker()
        try:
            done = act(worker)
        except DuoyinError:
            if worker.process.poll() is not None:
                self._forget(worker)
                self._idle.put(None)
                if self.closed:
                    raise PoolClosed("stopped before the batch was finished") from None
            else:
                self._idle.put(worker)
            raise
        self._idle.put(worker)
        return done

    def close(self) -> None:
        """End every worker now. Takes already stored stay; a line in the middle is given up."""
        self._closed.set()
        with self._lock:
            workers, self._alive = list(self._alive), set()
        for worker in workers:
            worker.kill()

    def pids(self) -> list[int]:
        """Process ids of the living workers."""
        with self._lock:
            return [w.process.pid for w in self._alive if w.process.poll() is None]

    def _take_worker(self) -> _Worker:
        while not self.closed:
            try:
                worker = self._idle.get(timeout=POLL_SECONDS)
            except Empty:
                continue
            if worker is not None:
                return worker
            try:
                return self._start()
            except DuoyinError:
                self._idle.put(None)
                if self.closed:
                    break
                raise
        raise PoolClosed("stopped before the batch was begun")

    def _start(self) -> _Worker:
        with self._lock:
            if self.closed:
                raise PoolClosed("stopped before the batch was begun")
            extra = self._environments[self._started % len(self._environments)]
            self._started += 1
            worker = _Worker(self._setup, extra)
            self._alive.add(worker)
        try:
            worker.wait_ready()
        except DuoyinError:
            self._forget(worker)
            worker.kill()
            raise
        return worker

    def _forget(self, worker: _Worker) -> None:
        with self._lock:
            self._alive.discard(worker)


class _Worker:
    """A speech process. `batch`: the number of the batch it speaks, 0 for none. `fingerprint`: of its engine."""

    def __init__(self, setup: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self.batch = 0
        self.fingerprint = ""
        self._numbers = itertools.count(1)
        self._halted = 0
        self._sending = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tts_core.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, **SINGLE_THREAD, "PYTHONUNBUFFERED": "1", **environment},
            # Ctrl-C in the terminal is the parent's to handle: it ends the workers in order.
            start_new_session=True,
        )
        self._send(setup)

    def wait_ready(self) -> None:
        self.fingerprint = self._receive()["ready"]

    def render(
        self,
        jobs: Sequence[Job],
        on_spoken: Callable[[Spoken], None] | None,
        places: Mapping[str, TakePlace],
        planned_elsewhere: bool,
        on_heard: OnHeard | None,
    ) -> list[Spoken]:
        self.batch = next(self._numbers)
        stores = list(dict.fromkeys(places.values()))
        try:
            self._send(
                {
                    "batch": self.batch,
                    "jobs": [{"key": job.key, "prepared": job.prepared.to_json()} for job in jobs],
                    "stores": [place.to_json() for place in stores],
                    "into": [stores.index(places[job.key]) if job.key in places else None for job in jobs],
                    "planned_elsewhere": planned_elsewhere,
                    "aloud": on_heard is not None,
                }
            )
            spoken: list[Spoken] = []
            while "done" not in (answer := self._receive(jobs[len(spoken) :])):
                if "heard" in answer:
                    if on_heard is not None:
                        on_heard(base64.b64decode(answer["heard"]), answer["rate"])
                    continue
                take = Spoken(**answer)
                spoken.append(take)
                if on_spoken:
                    on_spoken(take)
        except WorkerLost:
            if self._halted == self.batch:
                raise self._given_up() from None
            raise
        finally:
            halted, self.batch = self._halted == self.batch, 0
        if halted and len(spoken) < len(jobs):
            raise self._given_up()
        return spoken

    def halt(self, batch: int) -> None:
        """Ask for the end of a batch after its line."""
        self._halted = batch
        with contextlib.suppress(WorkerLost):
            self._send({"halt": batch})

    def _given_up(self) -> Halted:
        return Halted("stopped before the batch was finished")

    def read(self, utterances: Sequence[Utterance]) -> list[Prepared]:
        self._send({"read": [utterance.to_json() for utterance in utterances]})
        return [Prepared.from_json(row) for row in self._receive()["prepared"]]

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                with contextlib.suppress(OSError, ValueError):
                    stream.close()

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin
        try:
            with self._sending:
                self.process.stdin.write(json.dumps(message, ensure_ascii=True) + "\n")
                self.process.stdin.flush()
        except (OSError, ValueError) as error:
            raise self._gone() from error

    def _receive(self, waiting: Sequence[Job] = ()) -> dict[str, Any]:
        assert self.process.stdout
        try:
            line = self.process.stdout.readline()
        except (OSError, ValueError) as error:
            raise self._gone() from error
        if not line:
            raise self._gone()
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            spoken = f"line “{waiting[0].prepared.text[:80]}”" if waiting else None
            raise DuoyinError(answer["error"], where=answer["where"] or spoken, hint=answer["hint"])
        return answer

    def _gone(self) -> WorkerLost:
        code = self.process.wait()
        return WorkerLost(
            f"a speech process ended with code {code} in the middle of its work",
            hint="Its finished lines are kept; run again. If it happens again, use fewer workers: memory may be short.",
        )

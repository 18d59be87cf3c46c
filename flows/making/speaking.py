"""Lines become takes: batches of lines over a pool of speech processes.

A batch is 20 s to 3 min of work, never a line; what it leaves is in the take store and in the ledger, so resume of
single lines is theirs. A batch runner has them worked on beside each other: threads of this process (`threads`), or
the task runner of Prefect where a run is a flow run (`flows.synthesis`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TypeVar

from flows.making.deadline import Deadline
from flows.making.engines import Crew, Engines
from flows.making.plan import Batch, PlannedLine, batches
from flows.making.takes import adopt
from flows.making.voices import Voices
from flows.workspace import stopping
from flows.workspace.ledger import Ledger
from flows.workspace.progress import Progress, reporter
from flows.workspace.project import Project, keep_options
from normalizers import DuoyinError
from tts_core.durations import clock
from tts_core.pool import PoolClosed, SpeechPool, Spoken
from tts_core.takes import TakeStore

RETRIES = 2
"""How often a batch that failed is tried again; then the run fails."""
RETRY_SECONDS = 5.0
"""Between two tries: what another process does to a disk or a card may be over."""
LOOK_SECONDS = 0.25
"""How often the run looks at its batches and shows progress."""

_Made = TypeVar("_Made")

Work = Callable[[Batch], dict[str, Any]]
"""Speaks a batch; what it returns is keys and places, never sound."""


class Submitted(Protocol):
    """A batch on its way."""

    def done(self) -> bool:
        """Whether it has ended, for good or ill."""
        ...

    def result(self) -> object:
        """Of a batch that has ended. Raises what it failed of after its last try."""
        ...


class BatchRunner(Protocol):
    """Has batches worked on beside each other, each tried again where it fails.

    `at_once`: how many. The block that is entered is given the function that hands a batch over; leaving it waits for
    those in work, which the closing of their pool has ended, and begins none of the others.
    """

    def __call__(
        self, work: Work, at_once: int, progress: Progress
    ) -> AbstractContextManager[Callable[[Batch], Submitted]]: ...


def step(name: str, work: Callable[[], _Made]) -> _Made:
    """A step of a production, here and now."""
    return work()


def speak(
    project: Project,
    lines: Sequence[PlannedLine],
    engines: Engines,
    voices: Voices,
    ledger: Ledger,
    runner: BatchRunner | None = None,
) -> None:
    """Synthesize the lines whose takes are not there.

    Args:
        runner: of the batches; threads of this process where none is given.

    Raises:
        DuoyinError: a line cannot be spoken after the retries; it is named. Takes made so far are kept.
    """
    if not ledger.chosen():  # nothing of it was ever spoken
        keep_options(project)
    todo = batches(
        lines,
        project.takes,
        seconds=engines.batch_seconds,
        window=engines.window,
        workers=lambda engine: engines.crew(engine).workers,
    )
    missing = sum(batch.needs for batch in todo)
    kept = sum(1 for line in lines if line.key) - missing
    reporter().stage("Speaking", f"{missing} lines, {kept} kept")
    progress = Progress(lines=missing, expected_seconds=sum(batch.seconds for batch in todo), kept=kept)
    engines.deadline.foresee(_first_guess(todo, engines, ledger), progress.expected_seconds, first=True)
    # engines take turns, so that only one holds memory at a time
    for engine in dict.fromkeys(batch.engine for batch in todo):
        mine = [batch for batch in todo if batch.engine == engine]
        _speak(
            mine,
            project.takes,
            ledger,
            engines.crew(engine),
            engines.deadline,
            voices.consents,
            progress,
            runner or threads,
        )
    adopt(project, lines, voices, ledger)
    if missing:
        reporter().stage("Spoken", _summary(progress))


def _speak(
    batches: Sequence[Batch],
    store: TakeStore,
    ledger: Ledger,
    crew: Crew,
    deadline: Deadline,
    consents: Mapping[str, str],
    progress: Progress,
    runner: BatchRunner,
) -> None:
    """Speak the batches of one engine."""
    pool = crew.pool(store.place, batches=len(batches))

    def work(batch: Batch) -> dict[str, Any]:
        return speak_batch(batch, store, ledger, pool, progress, consents)

    # The pool closes first, so that no thread waits for a batch when they are to end.
    with runner(work, pool.in_flight, progress) as submit, pool:
        submitted = [submit(batch) for batch in batches]
        while True:
            stopping.check()
            reporter().update(progress)
            deadline.foresee(progress.eta_seconds, progress.expected_seconds)
            # what has ended is let go, and with it the places of its takes
            submitted = _not_ended(submitted)
            if not submitted:
                return
            time.sleep(LOOK_SECONDS)


def _first_guess(todo: Sequence[Batch], engines: Engines, ledger: Ledger) -> float | None:
    """Wall seconds that speaking will take, by what takes have cost here; None where none was made."""
    speed = ledger.speed()
    if speed is None:
        return None
    return sum(batch.seconds * speed / engines.crew(batch.engine).workers for batch in todo)


def _not_ended(submitted: Sequence[Submitted]) -> list[Submitted]:
    """Batches that have not ended. Raises what the first of the others failed of, if one did."""
    waiting = []
    for one in submitted:
        if one.done():
            one.result()
        else:
            waiting.append(one)
    return waiting


def speak_batch(
    batch: Batch,
    store: TakeStore,
    ledger: Ledger,
    pool: SpeechPool,
    progress: Progress,
    consents: Mapping[str, str],
) -> dict[str, Any]:
    """Speak what is not stored of one batch.

    Args:
        consents: by voice, the licence or consent it is used under (for the usage log).

    Raises:
        DuoyinError: a line cannot be spoken; it is named.
    """
    keys = [line.key for line in batch.lines]
    stored = store.present(keys)
    jobs = [job for job in batch.jobs if job.key not in stored]
    uses_of = batch.uses

    def record(spoken: Spoken) -> None:
        uses = uses_of[spoken.key]
        ledger.record_spoken(
            spoken, [(line, voice, pool.engine, consents.get(voice, "")) for line, voice in uses]
        )
        progress.spoken(len(uses), spoken.seconds)

    pool.render(jobs, record)
    return {
        "batch": batch.number,
        "engine": batch.engine,
        "takes": {key: str(store.path(key)) for key in keys},
    }


@contextmanager
def threads(work: Work, at_once: int, progress: Progress) -> Iterator[Callable[[Batch], Future[Any]]]:
    """The batch runner that needs nothing but this process."""
    leaving = threading.Event()

    def tried(batch: Batch) -> dict[str, Any]:
        for _ in range(RETRIES):
            try:
                return work(batch)
            except PoolClosed:
                raise
            except DuoyinError:
                if leaving.wait(RETRY_SECONDS):
                    raise
        return work(batch)

    with ThreadPoolExecutor(at_once, thread_name_prefix="batch") as executor:
        try:
            yield lambda batch: executor.submit(tried, batch)
        finally:
            leaving.set()
            executor.shutdown(wait=False, cancel_futures=True)


def _summary(progress: Progress) -> str:
    """One line about a finished synthesis."""
    wall = time.monotonic() - progress.began
    return (
        f"{progress.done} lines spoken, {progress.kept} kept; "
        f"{clock(progress.audio_seconds)} of audio in {clock(wall)}"
    )  # fmt: skip

"""Synthesis as Prefect tasks: batches of lines over a pool of speech processes.

Shared by every flow that speaks. A task is a batch (20 s to 3 min of work), never a line; what it returns
is keys and lengths, never sound. Resume of single lines is the take store's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

from prefect import task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from flows.making.engines import Crew, Engines
from flows.making.plan import Batch, PlannedLine, batches
from flows.making.takes import adopt
from flows.making.voices import Voices
from flows.workspace import stopping
from flows.workspace.ledger import Ledger
from flows.workspace.progress import Progress, reporter
from flows.workspace.project import Project
from normalizers import DuoyinError
from tts_core.durations import clock
from tts_core.pool import PoolClosed, SpeechPool, Spoken
from tts_core.takes import TakeStore

RETRIES = 2
RETRY_SECONDS = 5
LOOK_SECONDS = 0.25
"""How often the run looks at its batches and shows progress."""


_Made = TypeVar("_Made")


def step(name: str, work: Callable[[], _Made]) -> _Made:
    """A step of a production as a Prefect task."""
    return task(name=name, cache_policy=NO_CACHE)(work)()


def speak(
    project: Project, lines: Sequence[PlannedLine], engines: Engines, voices: Voices, ledger: Ledger
) -> None:
    """Synthesize the lines whose takes are not there."""
    todo = batches(
        lines,
        project.takes,
        seconds=engines.batch_seconds,
        workers=lambda engine: engines.crew(engine).workers,
    )
    missing = sum(len(uses) for batch in todo for uses in batch.uses.values())
    kept = sum(1 for line in lines if line.key) - missing
    reporter().stage("Speaking", f"{missing} lines, {kept} kept")
    progress = synthesize(
        todo,
        project.takes,
        ledger,
        crew=engines.crew,
        consents=voices.consents,
        kept=kept,
        progress_artifact=bool(flow_run.get_id()),
    )
    adopt(project, lines, voices, ledger)
    if missing:
        reporter().stage("Spoken", summary(progress))


def synthesize(
    batches: Sequence[Batch],
    store: TakeStore,
    ledger: Ledger,
    *,
    crew: Callable[[str], Crew],
    consents: Mapping[str, str],
    kept: int = 0,
    progress_artifact: bool = False,
) -> Progress:
    """Speak every batch; returns the counts.

    Raises `DuoyinError` naming the line when one cannot be spoken after the retries; takes made so far are kept.

    Args:
        crew: the processes that speak for an engine; engines take turns, so that only one holds memory at a time.
        consents: by voice, the licence or consent it is used under (for the usage log).
        kept: lines whose takes were there already, for the display.
    """
    progress = Progress(
        lines=sum(len(lines) for batch in batches for lines in batch.uses.values()),
        expected_seconds=sum(batch.seconds for batch in batches),
        kept=kept,
    )
    if not batches:
        return progress
    artifact = _progress_artifact() if progress_artifact else None
    for engine in dict.fromkeys(batch.engine for batch in batches):
        mine = [batch for batch in batches if batch.engine == engine]
        _speak(mine, store, ledger, crew(engine), consents, progress, artifact)
    return progress


def _speak(
    batches: Sequence[Batch],
    store: TakeStore,
    ledger: Ledger,
    crew: Crew,
    consents: Mapping[str, str],
    progress: Progress,
    artifact: UUID | None,
) -> None:
    """Speak the batches of one engine."""
    failures: dict[int, DuoyinError] = {}
    pool = crew.pool(store.place, batches=len(batches))
    # The pool closes first, so that no thread waits for a batch when they are to end.
    with ThreadPoolTaskRunner[dict[str, Any]](pool.in_flight) as threads, pool:
        given = {
            "store": store,
            "ledger": ledger,
            "pool": pool,
            "progress": progress,
            "consents": consents,
            "failures": failures,
        }
        futures = {
            batch.number: threads.submit(synthesize_batch, {"batch": batch, **given}) for batch in batches
        }
        finished = 0
        while True:
            stopping.check()
            failed = _first_failure(futures, failures)
            if failed is not None:
                raise failed
            done = sum(1 for future in futures.values() if _is_done(future))
            if artifact is not None and done != finished:
                update_progress_artifact(artifact, 100.0 * progress.done / max(progress.lines, 1))
            finished = done
            reporter().update(progress)
            if done == len(futures):
                return
            time.sleep(LOOK_SECONDS)


def _progress_artifact() -> UUID:
    made: Any = create_progress_artifact(0.0, key="synthesis", description="Lines spoken")
    return cast(UUID, made)


def _worth_another_try(task: Any, run: Any, state: State[Any]) -> bool:
    error = state.result(raise_on_failure=False)
    return not isinstance(error, PoolClosed)


@task(
    name="synthesize-batch",
    task_run_name="batch-{batch.number}",
    cache_policy=NO_CACHE,  # a take is found by its content; a cached result could only dangle
    persist_result=True,
    result_serializer="json",
    retries=RETRIES,
    retry_delay_seconds=RETRY_SECONDS,
    retry_jitter_factor=0.5,
    retry_condition_fn=_worth_another_try,
    tags=["tts"],
    log_prints=False,
)
def synthesize_batch(
    batch: Batch,
    store: TakeStore,
    ledger: Ledger,
    pool: SpeechPool,
    progress: Progress,
    consents: Mapping[str, str],
    failures: dict[int, DuoyinError],
) -> dict[str, Any]:
    """Speak one batch. A retry speaks only what is not stored yet.

    `failures` gets what went wrong, by batch: Prefect keeps only the words of an exception.
    """
    stored = store.present(job.key for job in batch.jobs)
    jobs = [job for job in batch.jobs if job.key not in stored]

    def record(spoken: Spoken) -> None:
        uses = batch.uses[spoken.key]
        ledger.record_spoken(
            spoken, [(line, voice, pool.engine, consents.get(voice, "")) for line, voice in uses]
        )
        progress.spoken(len(uses), spoken.seconds)

    try:
        pool.render(jobs, record)
    except DuoyinError as error:
        failures[batch.number] = error
        raise
    return {
        "batch": batch.number,
        "engine": batch.engine,
        "takes": {job.key: str(store.path(job.key)) for job in batch.jobs},
    }


def summary(progress: Progress) -> str:
    """One line about a finished synthesis."""
    wall = time.monotonic() - progress.began
    return (
        f"{progress.done} lines spoken, {progress.kept} kept; "
        f"{clock(progress.audio_seconds)} of audio in {clock(wall)}"
    )  # fmt: skip


def _is_done(future: PrefectFuture[Any]) -> bool:
    inner = getattr(future, "wrapped_future", None)
    return bool(inner.done()) if inner is not None else future.state.is_final()


def _first_failure(
    futures: Mapping[int, PrefectFuture[Any]], failures: Mapping[int, DuoyinError]
) -> DuoyinError | None:
    """The error of the first batch that failed for good; None while none has."""
    for number, future in futures.items():
        if not _is_done(future):
            continue
        future.wait()  # returns at once, and lets the future take its state from the thread instead of the server
        if not future.state.is_completed():
            unknown = DuoyinError(
                f"a batch failed: {future.state.message}", hint="Run again; finished lines are kept."
            )
            return failures.get(number, unknown)
    return None

"""Steps and batches as Prefect tasks, for productions that are flow runs.

A task is a batch (20 s to 3 min of work), never a line; what it returns is keys and places, never sound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast
from uuid import UUID

from prefect import get_run_logger, task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from flows.making import speaking
from flows.making.engines import Engines
from flows.making.plan import Batch, PlannedLine
from flows.making.voices import Voices
from flows.workspace.ledger import Ledger
from flows.workspace.progress import Progress, Reporter, reporter, reporting
from flows.workspace.project import Project
from normalizers import DuoyinError
from tts_core.pool import PoolClosed

_Made = TypeVar("_Made")


class RunLog:
    """A reporter that writes a flow run's warnings into its log, and tells everything on.

    Args:
        on: who is told, too.
    """

    def __init__(self, on: Reporter) -> None:
        self._on = on
        self._log = get_run_logger()

    def stage(self, name: str, detail: str = "") -> None:
        self._on.stage(name, detail)

    def update(self, progress: Progress) -> None:
        self._on.update(progress)

    def share(self, done: float, detail: str = "") -> None:
        self._on.share(done, detail)

    def warn(self, message: str) -> None:
        self._log.warning("%s", message)
        self._on.warn(message)


@contextmanager
def logged() -> Iterator[None]:
    """What the block warns of is in the log of the flow run, too."""
    with reporting(RunLog(reporter())):
        yield


def step(name: str, work: Callable[[], _Made]) -> _Made:
    """A step of a production as a Prefect task."""
    return task(name=name, cache_policy=NO_CACHE)(work)()


def speak(
    project: Project, lines: Sequence[PlannedLine], engines: Engines, voices: Voices, ledger: Ledger
) -> None:
    """`flows.making.speaking.speak` with a Prefect task a batch."""
    speaking.speak(project, lines, engines, voices, ledger, tasks)


@contextmanager
def tasks(
    work: speaking.Work, at_once: int, progress: Progress
) -> Iterator[Callable[[Batch], speaking.Submitted]]:
    """The batch runner that makes a batch a task run, with its retries; lines spoken are an artifact of the run."""
    failures: dict[int, Exception] = {}
    artifact = _progress_artifact() if flow_run.get_id() else None

    def told(batch: Batch) -> dict[str, Any]:
        try:
            done = work(batch)
        except Exception as error:  # Prefect keeps only the words of an exception
            failures[batch.number] = error
            raise
        if artifact is not None:
            update_progress_artifact(artifact, 100.0 * progress.done / max(progress.lines, 1))
        return done

    with ThreadPoolTaskRunner[dict[str, Any]](at_once) as runner:

        def submit(batch: Batch) -> speaking.Submitted:
            return _TaskRun(runner.submit(synthesize_batch, {"batch": batch, "work": told}), batch, failures)

        yield submit


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
    retries=speaking.RETRIES,
    retry_delay_seconds=speaking.RETRY_SECONDS,
    retry_jitter_factor=0.5,
    retry_condition_fn=_worth_another_try,
    tags=["tts"],
    log_prints=False,
)
def synthesize_batch(batch: Batch, work: speaking.Work) -> dict[str, Any]:
    """Speak one batch. A retry speaks only what is not stored yet."""
    return work(batch)


class _TaskRun:
    """A batch as a task run."""

    def __init__(self, future: PrefectFuture[Any], batch: Batch, failures: dict[int, Exception]) -> None:
        self._future, self._batch, self._failures = future, batch, failures

    def done(self) -> bool:
        inner = getattr(self._future, "wrapped_future", None)
        return bool(inner.done()) if inner is not None else self._future.state.is_final()

    def result(self) -> None:
        # returns at once, and lets the future take its state from the thread instead of the server
        self._future.wait()
        if not self._future.state.is_completed():
            raise self._failures.get(self._batch.number) or DuoyinError(
                f"a batch failed: {self._future.state.message}", hint="Run again; finished lines are kept."
            )

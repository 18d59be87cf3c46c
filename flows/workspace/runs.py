"""The run journal of a project: how far a run is, how the ones before ended; read by whoever opens a page later.

A run notes itself once a second in one file, which is written whole. When it ends it becomes a line of another. A run
that was killed could note nothing more: its process is not there, and the next one that begins writes that down.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from flows.workspace import stopping
from flows.workspace.progress import Progress, Reporter, reporter, reporting
from flows.workspace.project import Project
from normalizers import DuoyinError
from tts_core.files import CannotWrite, write_atomically

NOTE_SECONDS = 1.0
"""Between two notes of how far a run is."""
MOST_KEPT = 200
"""Runs that are remembered of a project."""
MOST_WARNINGS = 50
LAST_WORDS = 12
"""Lines of what a run said that ended before it was at work."""
STALE_SECONDS = 900.0
"""A run of another machine that has said nothing for so long is taken for dead; one of this machine is looked for."""


class State(StrEnum):
    """How a run stands."""

    STARTING = "starting"
    """It was asked for, and its process has not come so far as to say anything."""
    RUNNING = "running"
    DONE = "done"
    MISSED = "missed"
    """Made, but a limit of its profile is missed."""
    FAILED = "failed"
    STOPPED = "stopped"
    """By Ctrl-C, or a person's word in the studio."""
    KILLED = "killed"
    """It ended without a word."""


AT_WORK = (State.STARTING, State.RUNNING)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a project.

    Args:
        product: `audiobook` or `dub`.
        began, told: when it began, and when it last said something; ISO 8601, UTC.
        pid, process: number and start time (seconds since 1970) of its process; `host`: where that is.
        stage, detail: what it does. share: how much of that is done, 0 to 1; None where nobody knows.
        lines, done, kept: to be spoken, spoken, and there before. seconds: of sound that were spoken.
        eta: seconds of speaking that are left; None until known.
        result: the finished file. problem: what has to be mended.
    """

    product: str
    began: str
    state: State
    pid: int
    process: float
    host: str
    told: str = ""
    stage: str = ""
    detail: str = ""
    share: float | None = None
    lines: int = 0
    done: int = 0
    kept: int = 0
    seconds: float = 0.0
    eta: float | None = None
    warnings: tuple[str, ...] = ()
    result: str = ""
    problem: str = ""

    @property
    def at_work(self) -> bool:
        return self.state in AT_WORK

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Run:
        """The inverse of `asdict`. Raises `TypeError`, `ValueError` or `KeyError` for what is of another form."""
        return cls(**{**data, "state": State(data["state"]), "warnings": tuple(data["warnings"])})


def last_run(project: Project) -> Run | None:
    """The run that is at work, or the last one; None where there was none."""
    try:
        run = Run.from_json(json.loads(project.run_file.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # none yet, or one of another version: the next run writes it again
    if not run.at_work or _lives(run):
        return run
    if run.state is State.RUNNING:
        return replace(run, state=State.KILLED)
    words = _texts(project.run_log_file)[-LAST_WORDS:]
    return replace(run, state=State.FAILED, problem="\n".join(words))


def past_runs(project: Project, most: int = 20) -> list[Run]:
    """The runs that ended, newest first."""
    last = last_run(project)
    runs = [last] if last is not None and not last.at_work else []
    for text in reversed(_texts(project.runs_file)):
        with contextlib.suppress(ValueError, KeyError, TypeError):  # torn by a kill, or of another version
            if (run := Run.from_json(json.loads(text))).began not in {run.began for run in runs}:
                runs.append(run)
        if len(runs) >= most:
            break
    return runs


def note_start(project: Project, product: str, pid: int) -> Run:
    """A process was started that will make the product: it is at work before it can say so. Raises `CannotWrite`."""
    _remember(project, pid)
    run = _new(product, pid, State.STARTING)
    _write(project, run)
    return run


def note_stop(project: Project) -> None:
    """A run was stopped that had not come so far as to say so itself. Raises `CannotWrite`."""
    run = last_run(project)
    if run is not None and run.state is State.STARTING:
        _write(project, replace(run, state=State.STOPPED))


class Recorder:
    """A reporter that notes what it is told in a project's journal, and tells it on. Used from several threads.

    Raises:
        KeyboardInterrupt: this run was stopped before it had come so far (`note_stop`).
    """

    def __init__(self, project: Project, product: str, on: Reporter) -> None:
        self._project = project
        self._on = on
        self._lock = threading.Lock()
        self._noted = 0.0
        self._passed = True
        before = last_run(project)
        self._run = _new(product, os.getpid(), State.RUNNING)
        if before is not None and _was_stopped_early(before) and _same_process(before, self._run):
            signal.raise_signal(signal.SIGINT)  # it came while Python was starting, and nobody heard it
        if before is not None and before.at_work and before.pid == os.getpid():
            self._run = replace(self._run, began=before.began)
        _remember(project, os.getpid())
        self._note(at_once=True)

    def stage(self, name: str, detail: str = "") -> None:
        self._on.stage(name, detail)
        self._note(stage=name, detail=detail, share=None, eta=None, at_once=True)

    def update(self, progress: Progress) -> None:
        self._on.update(progress)
        self._note(
            lines=progress.lines,
            done=progress.done,
            kept=progress.kept,
            seconds=round(progress.audio_seconds, 2),
            eta=progress.eta_seconds,
            share=progress.done / progress.lines if progress.lines else 1.0,
        )

    def share(self, done: float, detail: str = "") -> None:
        self._on.share(done, detail)
        self._note(share=done, detail=detail)

    def warn(self, message: str) -> None:
        self._on.warn(message)
        self._note(warnings=(*self._run.warnings, message)[-MOST_WARNINGS:], at_once=True)

    def finished(self, result: Path, *, passed: bool) -> None:
        """It is made: where it is, and whether it holds what is asked of it."""
        self._passed = passed
        self._note(result=str(result), at_once=True)

    def end(self, state: State | None = None, problem: str = "") -> None:
        """Nothing more comes. `state`: None for what `finished` said."""
        ended = state or (State.DONE if self._passed else State.MISSED)
        self._note(at_once=True, share=None, eta=None, problem=problem, state=ended)
        with contextlib.suppress(CannotWrite, OSError):
            _keep(self._project, self._run)

    def _note(self, *, at_once: bool = False, **values: Any) -> None:
        with self._lock:
            self._run = replace(self._run, **values, told=_now())
            now = time.monotonic()
            if not at_once and now - self._noted < NOTE_SECONDS:
                return
            self._noted = now
            # a full disk ends the work itself, with its own words; that nobody can look on is no reason to
            with contextlib.suppress(CannotWrite):
                _write(self._project, self._run)


@contextlib.contextmanager
def recorded(project: Project, product: str) -> Iterator[Recorder]:
    """Note in the project's journal how the block goes; it holds the project (`locked`)."""
    recorder = Recorder(project, product, reporter())
    try:
        with reporting(recorder):
            yield recorder
    except BaseException as error:
        stopped = stopping.asked() or not isinstance(error, Exception)
        told = str(error) if isinstance(error, DuoyinError) else f"{type(error).__name__}: {error}"
        recorder.end(State.STOPPED if stopped else State.FAILED, "" if stopped else told)
        raise
    recorder.end()


def _was_stopped_early(run: Run) -> bool:
    """Whether it was stopped before it said anything."""
    return run.state is State.STOPPED and not run.stage


def _same_process(one: Run, other: Run) -> bool:
    return (one.pid, one.host) == (other.pid, other.host) and abs(one.process - other.process) < 1.0


def _new(product: str, pid: int, state: State) -> Run:
    return Run(product, _now(), state, pid, _process_began(pid), platform.node(), told=_now())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _process_began(pid: int) -> float:
    import psutil  # not for free at the start of a command

    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0


def _lives(run: Run) -> bool:
    """Whether the process of a run is there: the same one, not another that got its number."""
    import psutil

    if run.host != platform.node():
        return (datetime.now(UTC) - datetime.fromisoformat(run.told)).total_seconds() < STALE_SECONDS
    try:
        process = psutil.Process(run.pid)
        same = abs(process.create_time() - run.process) < 1.0
        return bool(same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _remember(project: Project, pid: int) -> None:
    """Keep the last run where it could not do so itself: it was killed, or had not come so far."""
    before = last_run(project)
    if before is not None and not before.at_work and before.pid != pid:
        with contextlib.suppress(CannotWrite, OSError):
            _keep(project, before)


def _keep(project: Project, run: Run) -> None:
    kept = _texts(project.runs_file)
    if any(f'"began": "{run.began}"' in text for text in kept):
        return
    texts = [*kept, json.dumps(asdict(run), ensure_ascii=False)][-MOST_KEPT:]
    write_atomically(project.runs_file, "".join(f"{text}\n" for text in texts).encode())


def _texts(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return []


def _write(project: Project, run: Run) -> None:
    write_atomically(project.run_file, json.dumps(asdict(run), ensure_ascii=False).encode())

"""Tiny books and dubs, made in a child of this process that something is done to.

A child is forked from this process, which has everything imported: a run costs half a second instead of six. It does
what the command does below Prefect: opens the project, holds it, calls `make`, and tells an error as the command
tells it.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from flows.making import audiobook, dubbing
from flows.making.engines import Engines
from flows.making.plan import PlannedLine, batches
from flows.making.voices import Voices
from flows.workspace import stopping
from flows.workspace.ledger import Ledger
from flows.workspace.project import Project, open_locked
from normalizers import DuoyinError
from tests.abuse.injector import Plan

KINDS = ("audiobook", "dub")
BUG, STOPPED = 70, 130
PATIENCE = 1800.0
"""Seconds after which a run counts as hanging. A run takes half a second, and minutes where the machine leaves it
little of its processors."""
MAKE: Mapping[str, Callable[..., Any]] = {"audiobook": audiobook.make, "dub": dubbing.make}

BOOK = "# Doors\n\n## One\n\n“Yes,” said Ann.\n\n## Two\n\n“No,” said Ben. It rained.\n"
CUES = "".join(f"{cue + 1}\n00:00:0{cue},000 --> 00:00:0{cue},900\nLine {cue}.\n\n" for cue in range(3))


_MESSAGE = re.compile(r"(?<!\.)\bduoyin: ")
"""Begins a message; a folder `.duoyin` that one is about ends with the same letters."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Args:
        code: the command's exit code; negative, the signal that ended it.
        said: what it wrote to its terminal. seconds: how long it took.
    """

    code: int
    said: str
    seconds: float

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL

    @property
    def clear(self) -> bool:
        """Whether it ended as the manual says: done, a check missed, or one message."""
        told = len(_MESSAGE.findall(self.said)) == 1
        return "Traceback" not in self.said and (self.code in (0, 1) or (self.code in (2, STOPPED) and told))


@dataclass(frozen=True, slots=True)
class Production:
    """A project folder with its source, made or to be made.

    Args:
        kind: `audiobook` or `dub`.
        beside: where its logs and temporary files are; beside the folder when not given.
    """

    folder: Path
    kind: str
    beside: Path | None = None

    @property
    def out(self) -> Path:
        return self.folder / "finished" / ("book.m4b" if self.kind == "audiobook" else "dub.flac")

    def _beside(self, suffix: str) -> Path:
        return (self.beside or self.folder.parent) / f"{self.folder.name}.{suffix}"

    @property
    def log(self) -> Path:
        return self._beside("log")

    @property
    def source(self) -> Path:
        return self.folder / ("book.md" if self.kind == "audiobook" else "cues.srt")

    def create(self, text: str | None = None) -> Production:
        """Write the project; what was there before is gone."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.log.unlink(missing_ok=True)
        self.folder.mkdir(parents=True)
        self.source.write_text(text or (BOOK if self.kind == "audiobook" else CUES), encoding="utf-8")
        settings = {
            "source": self.source.name,
            "engine": "tests.engines:ToneEngine",
            "engine_options": f"{{log: {self.log}}}",
            "proof": '"off"',  # tones are no speech
        }
        lines = "".join(f"{name}: {value}\n" for name, value in settings.items())
        (self.folder / "project.yaml").write_text(lines, encoding="utf-8")
        return self

    def takes(self) -> set[str]:
        """Keys of the takes that are there."""
        return {path.stem for path in (self.folder / "takes").glob("??/*.flac")}

    def spoken(self) -> list[str]:
        """Texts that were spoken, in order, over all runs."""
        if not self.log.exists():
            return []
        return [row.split("\t", 1)[1] for row in self.log.read_text(encoding="utf-8").splitlines()]

    def digest(self) -> str | None:
        """SHA-256 of the file at the delivered place; None where there is none."""
        return hashlib.sha256(self.out.read_bytes()).hexdigest() if self.out.exists() else None

    def leftovers(self) -> list[Path]:
        """Half-written files and scratch folders that nobody will want."""
        scratch = self.scratch
        return [
            *(path for path in self.folder.rglob("*") if path.name.endswith((".partial", ".tmp"))),
            *(scratch.iterdir() if scratch.is_dir() else ()),
        ]

    @property
    def scratch(self) -> Path:
        """`TMPDIR` of its runs."""
        return self._beside("scratch")

    def processes(self) -> list[psutil.Process]:
        """Processes that still work on it."""
        return [
            process
            for process in psutil.process_iter(["cmdline", "pid"])
            if process.pid != os.getpid() and str(self.folder) in " ".join(process.info["cmdline"] or ())
        ]

    def run(
        self,
        plan: Plan | None = None,
        *,
        before: Callable[[], None] = lambda: None,
        kill_after: float | None = None,
        interrupt_after: float | None = None,
        patience: float = PATIENCE,
        work: Callable[[Production], bool] | None = None,
    ) -> Outcome:
        """Make it in a child.

        Args:
            plan: the fault that it meets. before: what else is done to the child before it begins.
            kill_after, interrupt_after: seconds until its whole group gets SIGKILL, or it alone SIGINT.
            patience: seconds after which it counts as hanging and is killed.
            work: what is done instead of making it; whether it is as it should be.
        """
        began = time.monotonic()
        said = self._beside("said")
        self.scratch.mkdir(exist_ok=True)
        sys.stdout.flush()
        child = os.fork()
        if not child:
            self._child(said, plan, before, work or _made)
        asked = False
        while True:
            pid, status = os.waitpid(child, os.WNOHANG)
            passed = time.monotonic() - began
            if pid:
                break
            if passed > (kill_after if kill_after is not None else patience):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(child, signal.SIGKILL)
            elif interrupt_after is not None and passed > interrupt_after and not asked:
                os.kill(child, signal.SIGINT)
                asked = True
            time.sleep(0.002)
        return Outcome(
            os.waitstatus_to_exitcode(status), said.read_text(encoding="utf-8", errors="replace"), passed
        )

    def _child(
        self,
        said: Path,
        plan: Plan | None,
        before: Callable[[], None],
        work: Callable[[Production], bool],
    ) -> None:
        """The life of a child. Does not return."""
        code = BUG
        try:
            os.setsid()
            gc.freeze()
            os.environ["TMPDIR"] = str(self.scratch)
            tempfile.tempdir = None
            to = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            os.dup2(to, 1)
            os.dup2(to, 2)
            code = _told(self, plan, before, work)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _made(production: Production) -> bool:
    return bool(make(production).passed)


def _leave() -> None:
    """End where the main thread cannot be reached, as the command does."""
    os.write(1, b"duoyin: stopped\n")
    os._exit(STOPPED)


def _told(
    production: Production,
    plan: Plan | None,
    before: Callable[[], None],
    work: Callable[[Production], bool],
) -> int:
    """The exit code of a run, whose error is told as the command tells it."""
    # a pair of its own: what another child was told to stop by must not stop this one
    stopping._news, stopping._ears = socket.socketpair()
    stopping.listen(at_last=_leave)
    try:
        before()
        if plan is not None:
            plan.arm()
        return 0 if work(production) else 1
    except DuoyinError as error:
        if stopping.asked():
            print("duoyin: stopped")
            return STOPPED
        print(f"duoyin: {error}")
        return error.exit_code
    except BaseException:  # noqa: BLE001 - the last border, as in the command
        if stopping.asked():
            print("duoyin: stopped")
            return STOPPED
        traceback.print_exc()
        print("duoyin: this is a bug")
        return BUG


def make(production: Production) -> Any:
    """What the command does below Prefect."""
    options = {"output": str(production.out), "workers": 1}
    with (
        open_locked(production.folder, options, product=production.kind) as project,
        Ledger(project.ledger_file) as ledger,
    ):
        return MAKE[production.kind](project, ledger, speak=_speak, step=lambda name, work: work())


def _speak(
    project: Project, lines: Sequence[PlannedLine], engines: Engines, voices: Voices, ledger: Ledger
) -> None:
    """Speaks in this process what is not there, as a speech process does."""
    for batch in batches(lines, project.takes):
        prepared, uses = [job.prepared for job in batch.jobs], batch.uses
        for job, take in zip(batch.jobs, engines.engine(batch.engine).speak(prepared), strict=True):
            info = project.takes.write(job.key, take)
            ledger.record_take(
                job.key,
                samples=info.samples,
                sample_rate=info.sample_rate,
                digest=info.digest,
                cpu_seconds=0.01,
                uses=[(line, voice, batch.engine, "") for line, voice in uses[job.key]],
            )


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What a production gives when nothing is done to it.

    Args:
        digest: of the finished file. keys: take key of each text. operations: file operations that change something.
    """

    digest: str
    keys: Mapping[str, str]
    operations: int
    seconds: float

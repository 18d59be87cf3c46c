"""library/overnight: everything that is ready, one book after another, or each as a run of its own; a book that fails
never stops the next."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.deployments import run_deployment
from prefect.runtime import flow_run

from flows.audiobook import AudiobookOptions, audiobook
from flows.sources import SOURCES
from flows.workspace.progress import reporter
from flows.workspace.project import SETTINGS_FILE, create_project, open_project
from normalizers import DuoyinError
from tts_core.durations import clock

EAR_SECONDS = 20.0
"""What a person needs for a doubtful line besides hearing it: to find it, to hear it again, to decide."""

AUDIOBOOK = "audiobook/audiobook"
"""The deployment that makes one book."""

URGENCY = ("failed", "missed", "submitted", "done")
"""States of a book, what is to be done first."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one book ended.

    Args:
        status: `done`, `missed` (made, but a limit of its profile is missed), `submitted` (a run of its own makes it)
            or `failed`.
        detail: the finished file, the run's name, or what went wrong and what to do about it.
        seconds: of work.
        doubtful: lines that need an ear. ear_seconds: about how long that takes.
        unheard: why nobody listened to it; '' where somebody did.
        page: its report. late: what is said where it was to be done sooner.
    """

    project: str
    status: str
    detail: str
    seconds: float
    doubtful: int = 0
    ear_seconds: float = 0.0
    unheard: str = ""
    page: str = ""
    late: str = ""

    @property
    def clean(self) -> bool:
        """Whether it is made, within its limits, and was heard without a doubt."""
        return self.status == "done" and not self.doubtful and not self.unheard

    @property
    def told(self) -> str:
        """What a person should know of it."""
        return "; ".join(filter(None, (self.detail, self.late)))

    @property
    def heard(self) -> str:
        """What listening found, in a few words."""
        if self.status in ("failed", "submitted"):
            return ""
        if self.unheard:
            return f"nobody listened ({self.unheard})"
        if not self.doubtful:
            return "clean"
        return f"{_lines(self.doubtful)} to hear, {minutes(self.ear_seconds)}"


@flow(name="library", persist_result=False)
def library(inbox: str = "inbox", projects: str = "projects", submit: bool = False) -> list[dict[str, Any]]:
    """Make every project under `projects` marked `ready: true` and every book in `inbox`.

    A project that is done stays done: its next run finds every take and the finished file, and costs seconds.

    Args:
        inbox: a folder of books; each gets a project folder beside it. It need not exist.
        projects: a folder of project folders. It need not exist.
        submit: do not make the books here, but submit a run for each, which any worker may take: several at once. What
            is urgent is taken first, see `priority:` in project.yaml.

    Returns:
        One row a book, as it was made: see `Outcome`.
    """
    outcomes: list[Outcome] = []
    for name, folder in _ready(Path(projects)) + new_books(Path(inbox)):
        reporter().stage("Book", name)
        make = _submit if submit else _make
        outcomes.append(folder if isinstance(folder, Outcome) else make(name, folder))
        reporter().stage(outcomes[-1].status.capitalize(), f"{name}: {outcomes[-1].detail}")
    told = summary(outcomes)
    create_markdown_artifact(key="overnight", markdown=told, description="What the night brought")
    get_run_logger().info("%s", told)
    reporter().stage("Night", headline(outcomes))
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if failed:
        get_run_logger().error("%d of %d books failed", len(failed), len(outcomes))
    return [asdict(outcome) for outcome in outcomes]


def summary(outcomes: list[Outcome]) -> str:
    """The night in one sentence, and as a table: first what failed and what to do, then what needs an ear, then the
    rest."""
    if not outcomes:
        return "Nothing was ready: no project has `ready: true` and the inbox holds no book."
    order = sorted(outcomes, key=lambda o: (URGENCY.index(o.status), -o.ear_seconds, not o.unheard))
    rows = "\n".join(
        f"| {o.project} | {o.status} | {o.told} | {clock(o.seconds)} | {o.heard} | {o.page} |" for o in order
    )
    return f"{headline(outcomes)}\n\n| book | status | | time | heard | report |\n|---|---|---|---|---|---|\n{rows}\n"


def headline(outcomes: Sequence[Outcome]) -> str:
    """How many books failed, need an ear and for how long, and are clean."""
    ear = [o for o in outcomes if o.doubtful]
    counts = {
        "failed": sum(o.status == "failed" for o in outcomes),
        "missed a limit": sum(o.status == "missed" for o in outcomes),
        f"to hear in parts, {minutes(sum(o.ear_seconds for o in ear))}": len(ear),
        "not listened to": sum(bool(o.unheard) for o in outcomes),
        "submitted": sum(o.status == "submitted" for o in outcomes),
        "late": sum(bool(o.late) for o in outcomes),
        "clean": sum(o.clean for o in outcomes),
    }
    return (
        f"{len(outcomes)} books: "
        + "; ".join(f"{count} {what}" for what, count in counts.items() if count)
        + "."
    )


def minutes(seconds: float) -> str:
    """A length for people: 1 minute, 14 minutes."""
    count = max(1, math.ceil(seconds / 60))
    return f"{count} minute" + ("s" if count > 1 else "")


def _lines(count: int) -> str:
    return f"{count} line" + ("s" if count > 1 else "")


def _ready(folder: Path) -> list[tuple[str, Path | Outcome]]:
    found: list[tuple[str, Path | Outcome]] = []
    for file in sorted(folder.glob(f"*/{SETTINGS_FILE}")):
        try:
            if open_project(file.parent).settings.ready:
                found.append((file.parent.name, file.parent))
        except DuoyinError as error:
            found.append((file.parent.name, Outcome(file.parent.name, "failed", _one_line(error), 0.0)))
    return found


def new_books(inbox: Path) -> list[tuple[str, Path | Outcome]]:
    """Each book of a folder and its own project, made where there is none, or why it has none."""
    found: list[tuple[str, Path | Outcome]] = []
    for book in sorted(inbox.glob("*")):
        if not book.is_file() or book.suffix.lower() not in SOURCES:
            continue
        try:
            found.append((book.name, create_project(book).folder))
        except DuoyinError as error:
            found.append((book.name, Outcome(book.name, "failed", _one_line(error), 0.0)))
    return found


def _make(name: str, folder: Path) -> Outcome:
    began = time.monotonic()
    try:
        made = audiobook(str(folder), AudiobookOptions())
    except Exception as error:  # noqa: BLE001 - whatever one book does, the next has its turn; the summary tells
        return Outcome(name, "failed", _one_line(error), time.monotonic() - began)
    proof = made["proof"]
    doubtful = proof["doubtful_lines"]
    return Outcome(
        name,
        "done" if made["passed"] else "missed",
        made["path"],
        time.monotonic() - began,
        doubtful=len(doubtful),
        ear_seconds=sum(2 * line["seconds"] + EAR_SECONDS for line in doubtful),
        unheard="" if proof["listener"] else proof["reason"],
        page=made["page"],
        late=made["late"],
    )


def _submit(name: str, folder: Path) -> Outcome:
    """Submit a run that makes a book, to the queue of its priority."""
    try:
        run: Any = run_deployment(
            AUDIOBOOK,
            parameters={"project": str(folder.resolve())},
            work_queue_name=open_project(folder).settings.priority,
            idempotency_key=f"{flow_run.get_id()} {folder.resolve()}",  # this run may be tried again
            timeout=0,
            as_subflow=False,
        )
    except Exception as error:  # noqa: BLE001 - whatever one book does, the next has its turn; the summary tells
        return Outcome(name, "failed", _one_line(error), 0.0)
    return Outcome(name, "submitted", f"run {run.name}", 0.0)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__

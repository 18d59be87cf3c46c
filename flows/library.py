"""library/overnight: everything that is ready, one book after another; one that fails never stops the next."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact

from flows.audiobook import AudiobookOptions, audiobook
from flows.sources import SOURCES
from flows.workspace.progress import reporter
from flows.workspace.project import SETTINGS_FILE, create_project, open_project
from normalizers import DuoyinError
from tts_core.durations import clock


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one book ended: `done`, `missed` (made, but a limit of its profile is missed) or `failed`."""

    project: str
    status: str
    detail: str
    seconds: float


@flow(name="library", persist_result=False)
def library(inbox: str = "inbox", projects: str = "projects") -> list[dict[str, Any]]:
    """Make every project under `projects` marked `ready: true` and every book in `inbox`.

    A project that is done stays done: its next run finds every take and the finished file, and costs seconds.

    Args:
        inbox: a folder of books; each gets a project folder beside it. It need not exist.
        projects: a folder of project folders. It need not exist.

    Returns:
        One row a book: project, status (done, missed, failed), detail, seconds of work.
    """
    outcomes: list[Outcome] = []
    for name, folder in _ready(Path(projects)) + new_books(Path(inbox)):
        reporter().stage("Book", name)
        outcomes.append(folder if isinstance(folder, Outcome) else _make(name, folder))
        reporter().stage(outcomes[-1].status.capitalize(), f"{name}: {outcomes[-1].detail}")
    create_markdown_artifact(
        key="overnight", markdown=summary(outcomes), description="What the night brought"
    )
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if failed:
        get_run_logger().error("%d of %d books failed", len(failed), len(outcomes))
    return [asdict(outcome) for outcome in outcomes]


def summary(outcomes: list[Outcome]) -> str:
    """The night as a table."""
    if not outcomes:
        return "Nothing was ready: no project has `ready: true` and the inbox holds no book."
    rows = "\n".join(f"| {o.project} | {o.status} | {o.detail} | {clock(o.seconds)} |" for o in outcomes)
    return f"| book | status | | time |\n|---|---|---|---|\n{rows}\n"


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
    return Outcome(name, "done" if made["passed"] else "missed", made["path"], time.monotonic() - began)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__

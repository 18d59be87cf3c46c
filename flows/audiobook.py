"""audiobook/audiobook: read → script → cast → synthesize → stitch → master → report.

Line-level resume is the take store's and chapter-level resume the mastering room's, both by content; so a
run that is killed at any moment is simply run again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from flows.making import production
from flows.making.delivery import Delivery, deliver, output_place
from flows.making.engines import Engines, default_workers
from flows.making.plan import PlannedLine, batches
from flows.making.production import Book, Voices
from flows.synthesis import summary, synthesize
from flows.workspace.ledger import Ledger
from flows.workspace.progress import clock, reporter, share_told
from flows.workspace.project import Project, open_locked
from flows.workspace.settings import RunOptions, options_model
from tts_core.takes import CorruptTake

CORRUPT_ROUNDS = 3
"""How often takes that turn out to be damaged are made anew before the run gives up."""


if TYPE_CHECKING:
    AudiobookOptions = RunOptions
else:
    AudiobookOptions = options_model("audiobook")


@flow(
    name="audiobook",
    flow_run_name="{project}",
    task_runner=ThreadPoolTaskRunner(max_workers=default_workers()),  # type: ignore[arg-type]
    persist_result=False,
)
def audiobook(project: str, options: AudiobookOptions = AudiobookOptions()) -> dict[str, Any]:  # noqa: B008
    """Make the audiobook of a project folder.

    Args:
        project: the project folder.
        options: what to change of its settings for this run.

    Returns:
        The delivery as plain data: paths, digests, measurements, `passed`.
    """
    with (
        open_locked(Path(project), options.model_dump()) as workspace,
        Ledger(workspace.ledger_file) as ledger,
    ):
        book = read_and_cast(workspace)
        delivery = speak_and_master(workspace, book, ledger)
        report(delivery)
        return delivery.to_json()


@task(name="read-and-cast", cache_policy=NO_CACHE)
def read_and_cast(project: Project) -> Book:
    """Read the source and write its script."""
    reporter().stage("Reading", project.source.name)
    book = production.write_script(project, production.read_manuscript(project))
    output_place(project, book.manuscript)  # better now than after a night of speaking
    for message in production.warnings(book):
        reporter().warn(message)
    return book


def speak_and_master(project: Project, book: Book, ledger: Ledger) -> Delivery:
    """Synthesize what is missing, stitch and master; a take found damaged on the way is made anew."""
    engines = Engines(project)
    voices = production.choose_voices(project, book, engines)
    planned = production.plan_book(project, book, engines, voices.by_speaker)
    for note in dict.fromkeys(note for item in planned for note in item.notes):
        reporter().warn(note)
    ledger.choose((item.line.id, item.key, item.voice) for item in planned if item.key)
    for round_ in range(1, CORRUPT_ROUNDS + 1):
        speak(project, planned, engines, voices, ledger)
        try:
            return master(project, book, planned, voices, engines.main.sample_rate)
        except CorruptTake as error:
            if round_ == CORRUPT_ROUNDS:
                raise
            reporter().warn(f"{error.message}; it is made anew")
    raise AssertionError("unreachable")


def speak(
    project: Project, planned: list[PlannedLine], engines: Engines, voices: Voices, ledger: Ledger
) -> None:
    """Synthesize the lines whose takes are not there."""
    todo = batches(planned, project.takes, seconds=engines.batch_seconds)
    missing = sum(len(uses) for batch in todo for uses in batch.uses.values())
    kept = sum(1 for item in planned if item.key) - missing
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
    if missing:
        reporter().stage("Spoken", summary(progress))


@task(name="master", cache_policy=NO_CACHE)
def master(
    project: Project, book: Book, planned: list[PlannedLine], voices: Voices, sample_rate: int
) -> Delivery:
    """Stitch the chapters, master them, and measure the delivered file."""
    reporter().stage("Mastering")
    delivery = deliver(
        project,
        book,
        planned,
        voices,
        sample_rate=sample_rate,
        workers=project.settings.workers or default_workers(),
        share=share_told(),
    )
    for message in delivery.warnings:
        reporter().warn(message)
    reporter().stage("Delivered", str(delivery.path))
    return delivery


def report(delivery: Delivery) -> None:
    """Leave a chapter table and the acceptance report with the run."""
    create_table_artifact(
        key="chapters",
        table=[
            {"chapter": number, "title": title, "starts": clock(start), "length": clock(length)}
            for number, (title, start, length) in enumerate(delivery.chapter_times, 1)
        ],
        description="Chapters as delivered",
    )
    create_markdown_artifact(
        key="report", markdown=delivery.to_markdown(), description="Acceptance of the delivered file"
    )

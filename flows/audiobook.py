"""audiobook/audiobook: read → script → cast → synthesize → stitch → master → report.

Line-level resume is the take store's and chapter-level resume the mastering room's, both by content; so a
run that is killed at any moment is simply run again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact

from flows.making.audiobook import make
from flows.making.delivery import Delivery
from flows.making.producing import produce
from flows.synthesis import logged, speak, step
from flows.workspace.settings import RunOptions, options_model
from tts_core.durations import clock

if TYPE_CHECKING:
    AudiobookOptions = RunOptions
else:
    AudiobookOptions = options_model("audiobook")


@flow(
    name="audiobook",
    flow_run_name="{project}",
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
    with logged():
        delivery = produce("audiobook", make, Path(project), options.model_dump(), speak=speak, step=step)
    report(delivery)
    return delivery.to_json()


def report(delivery: Delivery) -> None:
    """Leave a chapter table, the acceptance report and the way to its page with the run."""
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
    create_link_artifact(
        key="report-page",
        link=delivery.page_file.as_uri(),
        link_text=delivery.page_file.name,
        description=f"The whole report: {delivery.page_file}",
    )

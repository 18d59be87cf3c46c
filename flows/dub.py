"""dub/dub: cues → script → voices → plan → speak at the planned tempo → plan again → render, mix, mux → judge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow
from prefect.artifacts import create_link_artifact, create_markdown_artifact

from flows.making.dub.delivery import summary
from flows.making.dubbing import make
from flows.making.producing import produce
from flows.synthesis import logged, speak, step
from flows.workspace.settings import RunOptions, options_model

if TYPE_CHECKING:
    DubOptions = RunOptions
else:
    DubOptions = options_model("dub")


@flow(
    name="dub",
    flow_run_name="{project}",
    persist_result=False,
)
def dub(project: str, options: DubOptions = DubOptions()) -> dict[str, Any]:  # noqa: B008
    """Make the dub of a project folder.

    Args:
        project: the project folder.
        options: what to change of its settings for this run.

    Returns:
        The delivery as plain data: path, gates, metrics, lines, `passed`.
    """
    with logged():
        delivery = produce("dub", make, Path(project), options.model_dump(), speak=speak, step=step)
    create_markdown_artifact(
        key="dub-report", markdown=summary(delivery), description="Acceptance of the dub"
    )
    create_link_artifact(
        key="dub-report-page",
        link=delivery.page_file.as_uri(),
        link_text=delivery.page_file.name,
        description=f"The whole report: {delivery.page_file}",
    )
    return {**delivery.to_json(), "summary": summary(delivery)}

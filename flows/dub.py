"""dub/dub: cues → script → voices → plan → speak at the planned tempo → plan again → render, mix, mux → judge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner

from flows.audiobook import CORRUPT_ROUNDS, speak
from flows.making.dub import dubbing
from flows.making.dub.dubbing import Programme
from flows.making.dub.wording import write_alternatives
from flows.making.engines import Engines, default_workers
from flows.mastering.dub.deliver import DubDelivery
from flows.workspace.ledger import Ledger
from flows.workspace.progress import reporter, share_told
from flows.workspace.project import Project, open_locked
from flows.workspace.settings import DubSettings, RunOptions, options_model
from tts_core.takes import CorruptTake

if TYPE_CHECKING:
    DubOptions = RunOptions
else:
    DubOptions = options_model("dub")


@flow(
    name="dub",
    flow_run_name="{project}",
    task_runner=ThreadPoolTaskRunner(max_workers=default_workers()),  # type: ignore[arg-type]
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
    with (
        open_locked(Path(project), options.model_dump(), product="dub") as workspace,
        Ledger(workspace.ledger_file) as ledger,
    ):
        programme = read_cues(workspace, workspace.dub)
        delivery = speak_and_place(workspace, workspace.dub, programme, ledger)
        create_markdown_artifact(
            key="dub-report", markdown=summary(delivery), description="Acceptance of the dub"
        )
        return {**delivery.to_json(), "summary": summary(delivery)}


@task(name="read-cues", cache_policy=NO_CACHE)
def read_cues(project: Project, config: DubSettings) -> Programme:
    """Read the subtitles and write their script."""
    reporter().stage("Reading", project.source.name)
    programme = dubbing.read_programme(project, config)
    dubbing.output_place(project, config, programme)  # better now than after everything is spoken
    for message in programme.warnings:
        reporter().warn(message)
    return programme


def speak_and_place(
    project: Project, config: DubSettings, programme: Programme, ledger: Ledger
) -> DubDelivery:
    """Plan, speak at the planned tempo, plan again on what was spoken, deliver."""
    engines = Engines(project)
    voices = dubbing.choose_voices(project, config, programme, engines)
    natural = dubbing.ask_takes(project, programme.lines, voices, engines)
    predicted = dubbing.predict(natural, engines)
    forecast, _ = dubbing.first_plan(project, config, programme, natural, predicted)
    texts = {take.line.id: take.line.text for take in natural}
    proposals = dubbing.propose_shorter(project, config, forecast, natural, predicted)
    for note in proposals.notes:
        reporter().warn(note)
    asked = write_alternatives(project.alternatives_file, forecast, texts, proposals.wordings)
    shorter = dubbing.use_alternatives(project, config, programme, forecast, predicted, voices, engines)
    if shorter is not programme:
        programme = shorter
        natural = dubbing.ask_takes(project, programme.lines, voices, engines)
        predicted = dubbing.predict(natural, engines)
        forecast, _ = dubbing.first_plan(project, config, programme, natural, predicted)
    if forecast.flagged and asked is not None:
        reporter().warn(
            f"{len(forecast.flagged)} lines are too long for their place; shorter wordings can be given in {asked}"
        )
    lines = dubbing.paced(natural, forecast, predicted, engines)
    takes = dubbing.ask_takes(project, lines, voices, engines)
    ledger.choose((take.line.id, take.key, take.voice) for take in takes if take.key)
    for round_ in range(1, CORRUPT_ROUNDS + 1):
        speak(project, takes, engines, voices, ledger)
        try:
            plan, asked_lines = dubbing.replan(project, config, programme, natural, takes, predicted)
            delivery = deliver(project, config, programme, takes, plan, asked_lines)
        except CorruptTake as error:
            if round_ == CORRUPT_ROUNDS:
                raise
            reporter().warn(f"{error.message}; it is made anew")
            continue
        dubbing.keep_plan(project, forecast, "forecast")
        for moved in dubbing.keep_plan(project, plan, "timeline"):
            reporter().warn(f"moved: {moved}")
        return delivery
    raise AssertionError("unreachable")


@task(name="deliver-dub", cache_policy=NO_CACHE)
def deliver(
    project: Project, config: DubSettings, programme: Programme, takes: Any, plan: Any, lines: Any
) -> DubDelivery:
    """Render the timeline, mix, mux, and judge the delivered file."""
    reporter().stage("Mixing")
    delivery = dubbing.deliver(project, config, programme, takes, plan, lines, tell=share_told())
    for message in delivery.warnings:
        reporter().warn(message)
    reporter().stage("Delivered", str(delivery.path))
    return delivery


def summary(delivery: DubDelivery) -> str:
    """A few lines for people."""
    metrics = delivery.scorecard.metrics
    missed = [
        f"  missed: {g.name} is {g.value:g}, limit {g.limit}"
        for g in delivery.scorecard.gates
        if not g.passed
    ]
    return "\n".join(
        [
            str(delivery.path),
            f"  {metrics['lines']:g} lines, {metrics['flagged']:g} flagged; onsets within their class {metrics['onsets_in_window']:.0%}, "
            f"tempo up to {metrics['rate_max']:.2f}, drift {metrics['drift_ms_per_minute']:+.1f} ms/min",
            f"  dialogue {delivery.loudness.dialogue:.1f} LUFS, programme {delivery.loudness.programme:.1f} LUFS, "
            f"true peak {delivery.loudness.peak:.1f} dBTP",
            *missed,
            f"  report: {delivery.page_file}",
        ]
    )

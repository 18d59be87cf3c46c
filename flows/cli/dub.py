"""`duoyin dub`: the flow dub/dub, here and now; with `--plan`, only where each line would stand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import Json, Quiet, project_folder, run_options
from flows.cli.results import Result, show
from flows.cli.server import run_here
from flows.cli.terminal import reporter


@run_options("dub")
def dub(
    source: Annotated[Path, typer.Argument(help="Subtitles (SRT, VTT, ASS) or a project folder.")],
    options: Mapping[str, Any],
    project: Annotated[
        Path | None, typer.Option(help="The project folder; default: <subtitles>.duoyin.")
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Only where each line would stand, without speaking.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make the dub, or print where each line would stand."""
    folder = project_folder(source, project, options, product="dub")
    with reporter(quiet=quiet or as_json) as progress:
        result = _forecast(folder, options) if plan else run_here("dub", folder, options, progress)
    show(result, as_json=as_json)


def _forecast(folder: Path, options: Mapping[str, Any]) -> Result:
    from flows.making.dub import dubbing
    from flows.making.engines import Engines
    from flows.workspace.project import open_locked

    with open_locked(folder, options, product="dub") as project:
        config = project.dub
        programme = dubbing.read_programme(project, config)
        dubbing.output_place(project, config, programme)
        engines = Engines(project)
        voices = dubbing.choose_voices(project, config, programme, engines)
        takes = dubbing.ask_takes(project, programme.lines, voices, engines)
        predicted = dubbing.predict(takes, engines, exact=dubbing.EXACT_PREDICTIONS)
        forecast, _ = dubbing.first_plan(project, config, programme, takes, predicted)
    return Result(dubbing.forecast_json(forecast, programme), dubbing.forecast_text(forecast))

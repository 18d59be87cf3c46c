"""`duoyin dub`: the flow dub/dub, here and now; with `--plan`, only where each line would stand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.here import run_here
from flows.cli.options import Json, Quiet, project_folder, run_options
from flows.cli.results import Result, show
from flows.cli.terminal import reporter
from flows.sources.subtitles.formats import FORMATS

CUE_NAMES = ", ".join(item.name.upper() for item in FORMATS)


@run_options("dub")
def dub(
    source: Annotated[Path, typer.Argument(help=f"Subtitles ({CUE_NAMES}) or a project folder.")],
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
    from flows.making.dubbing import forecast
    from flows.workspace.ledger import Ledger
    from flows.workspace.project import open_locked

    with open_locked(folder, options, product="dub") as project, Ledger(project.ledger_file) as ledger:
        expected = forecast(project, ledger)
    return Result(expected.to_json(), expected.to_text())

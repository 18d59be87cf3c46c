"""`duoyin audiobook`: the flow audiobook/audiobook, here and now; with `--plan`, only its forecast."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.here import run_here
from flows.cli.options import Json, Quiet, project_folder, run_options
from flows.cli.results import Result, show
from flows.cli.terminal import reporter
from flows.sources import BOOKS

BOOK_NAMES = ", ".join(book.name for book in BOOKS)


@run_options("audiobook")
def audiobook(
    source: Annotated[Path, typer.Argument(help=f"A book ({BOOK_NAMES}) or a project folder.")],
    options: Mapping[str, Any],
    project: Annotated[
        Path | None, typer.Option(help="The project folder; default: <book>.duoyin beside the book.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only forecast: audio hours, time, disk.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make the audiobook, or print what making it would take."""
    folder = project_folder(source, project, options)
    with reporter(quiet=quiet or as_json) as progress:
        result = _forecast(folder, options) if plan else run_here("audiobook", folder, options, progress)
    show(result, as_json=as_json)


def _forecast(folder: Path, options: Mapping[str, Any]) -> Result:
    from flows.making.audiobook import forecast
    from flows.workspace.ledger import Ledger
    from flows.workspace.project import open_locked

    with open_locked(folder, options) as project, Ledger(project.ledger_file) as ledger:
        expected = forecast(project, ledger)
    return Result(expected.to_json(), expected.to_text(), expected.fits)

"""`duoyin run`: submit a deployment by its short or full name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from normalizers import DuoyinError

DEPLOYMENTS = {"audiobook": "audiobook/audiobook", "dub": "dub/dub", "library": "library/overnight"}
"""Short names of what prefect.yaml deploys."""

NEEDS_NO_PROJECT = "library/overnight"


def run(
    flow: Annotated[str, typer.Argument(help="audiobook, dub or library.")],
    project: Annotated[Path | None, typer.Argument(help="The project folder.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Wait for the run and follow its state.")] = False,
) -> None:
    """Print the run and its state; with `watch`, once it has ended."""
    name = DEPLOYMENTS.get(flow, flow)
    if name not in DEPLOYMENTS.values():
        raise DuoyinError(f"there is no deployment “{flow}”", hint=f"There are {', '.join(DEPLOYMENTS)}.")
    if name != NEEDS_NO_PROJECT and project is None:
        raise DuoyinError("which project?", hint=f"duoyin run {flow} PROJECT")
    made = _submit(name, project, watch=watch)
    if watch and (made.state is None or not made.state.is_completed()):
        raise DuoyinError(
            f"the run {made.name} ended as {made.state_name}", hint=f"See `prefect flow-run logs {made.id}`."
        )
    typer.echo(f"{name}: run {made.name} ({made.id}) is {made.state_name}")


def _submit(name: str, project: Path | None, *, watch: bool) -> Any:
    """Prefect's own record of the run."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    from prefect.deployments import run_deployment
    from prefect.exceptions import ObjectNotFound

    parameters = {"project": str(project.resolve())} if project is not None else {}
    try:
        return run_deployment(name, parameters=parameters, timeout=None if watch else 0)
    except ObjectNotFound as error:
        raise DuoyinError(
            f"the deployment {name} is not there",
            hint="Run `prefect --no-prompt deploy --all` in the repository first.",
        ) from error
    except (RuntimeError, OSError) as error:
        raise DuoyinError(
            f"the Prefect server does not answer ({error})",
            hint="Start one with `prefect server start`, and a worker with "
            "`prefect worker start --pool audiobook-gpu`.",
        ) from error

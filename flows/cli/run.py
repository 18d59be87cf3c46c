"""`duoyin run`: submit a deployment by its short or full name."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.words import say
from normalizers import DuoyinError

DEPLOYMENTS = {
    "audiobook": "audiobook/audiobook",
    "dub": "dub/dub",
    "library": "library/overnight",
    "voice": "voice/train",
}
"""Short names of what prefect.yaml deploys."""

NEEDS_NO_PROJECT = "library/overnight"
NEEDS_A_NAME = "voice/train"

ANSWER_SECONDS = 5.0
"""Longest wait for the server's first answer."""

ASKS_WHO_CALLS = (401, 403)
"""Answers of a server that wants to know who calls; Prefect tells it."""

START = (
    "docs/how-to/schedule.md has the lines that start a server and a worker. One elsewhere is named by "
    "`prefect config set PREFECT_API_URL=http://HOST:4200/api`. `duoyin audiobook` needs none."
)


def run(
    flow: Annotated[str, typer.Argument(help="audiobook, dub, library or voice.")],
    project: Annotated[
        Path | None,
        typer.Argument(help="The project folder; of voice, the name of one whose training goes on."),
    ] = None,
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
    typer.echo(say(f"{name}: run {made.name} ({made.id}) is {made.state_name}"))


def _submit(name: str, project: Path | None, *, watch: bool) -> Any:
    """Prefect's own record of the run."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    from prefect.settings import PREFECT_API_URL, temporary_settings

    url = server()
    from httpx import HTTPError
    from prefect.deployments import run_deployment
    from prefect.exceptions import ObjectNotFound

    parameters = {}
    if project is not None:
        parameters = {"name": str(project)} if name == NEEDS_A_NAME else {"project": str(project.resolve())}
    try:
        with temporary_settings(updates={PREFECT_API_URL: url}):
            return run_deployment(name, parameters=parameters, timeout=None if watch else 0)
    except ObjectNotFound as error:
        raise DuoyinError(
            f"the deployment {name} is not there",
            where=url,
            hint="Run `prefect --no-prompt deploy --all` in the repository first.",
        ) from error
    except (RuntimeError, OSError, HTTPError) as error:
        raise DuoyinError(f"the Prefect server does not answer ({error})", where=url, hint=START) from error


def server() -> str:
    """Address of the server: as Prefect's settings name it, else where `prefect server start` starts one.

    Without an address Prefect would start a server of its own, with nothing deployed in it, which stays. Raises
    `DuoyinError` when none answers.
    """
    from prefect.settings import get_current_settings

    settings = get_current_settings()
    url = str(settings.api.url or f"http://{settings.server.api.host}:{settings.server.api.port}/api")
    if url.startswith(
        "http:"
    ):  # with TLS the certificates are Prefect's business, and so is whether it answers
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=ANSWER_SECONDS):
                pass
        except urllib.error.HTTPError as error:
            if error.code not in ASKS_WHO_CALLS:
                raise DuoyinError(f"no Prefect server answers ({error})", where=url, hint=START) from error
        except (OSError, HTTPException) as error:
            raise DuoyinError("no Prefect server answers", where=url, hint=START) from error
    return url

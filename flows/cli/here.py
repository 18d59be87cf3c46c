"""A production in this process: by itself, or as a flow run where the environment names a Prefect server."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flows.cli.results import Result
from flows.workspace.progress import Reporter, reporting

QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_CLI_PROMPT": "false",
}
"""No telemetry, and no tracebacks on the terminal: progress and errors are shown by Duoyin."""


def run_here(name: str, project: Path, options: Mapping[str, Any], reporter: Reporter) -> Result:
    """Make what `name` says of a project folder; of `voice`, of the voice that `project` names.

    The same work either way. Prefect is asked for by its own variable, `PREFECT_API_URL`: then the run shows at that
    server, and its reports with it. Without it nothing of Prefect is loaded, which a short run would mostly be.

    Args:
        options: what this run changes of its settings.
        reporter: is told how far the run is.

    Raises:
        DuoyinError: as `flows.making`; or the server that is named does not answer.
    """
    with reporting(reporter):
        data = (_flow if os.environ.get("PREFECT_API_URL") else _by_itself)(name, project, dict(options))
    return Result(data, data["summary"], bool(data["passed"]))


def _flow(name: str, project: Path, options: dict[str, Any]) -> dict[str, Any]:
    for variable, value in QUIET.items():  # before Prefect is imported: it reads its settings once
        os.environ.setdefault(variable, value)
    from flows.cli.run import server

    server()
    made: dict[str, Any] = getattr(importlib.import_module(f"flows.{name}"), name)(str(project), options)
    return made


def _by_itself(name: str, project: Path, options: dict[str, Any]) -> dict[str, Any]:
    from flows.making.producing import produce
    from flows.making.speaking import speak, step

    if name == "voice":
        from flows.making.training.making import make as train
        from flows.making.training.order import order_of

        return train(order_of(str(project), options), step=step).to_json()
    if name == "dub":
        from flows.making.dub.delivery import summary
        from flows.making.dubbing import make as dub

        dubbed = produce(name, dub, project, options, speak=speak, step=step)
        return {**dubbed.to_json(), "summary": summary(dubbed)}
    from flows.making.audiobook import make as audiobook

    return produce(name, audiobook, project, options, speak=speak, step=step).to_json()

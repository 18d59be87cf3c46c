"""A Prefect server for the length of one command, where the user has set up none.

Prefect would start one itself, but that one outlives a killed parent. This one watches a pipe and leaves
with its parent, however that ends.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flows.cli.results import Result
from flows.workspace.progress import Reporter, reporting
from normalizers import DuoyinError

START_SECONDS = 120.0
"""Longest wait for a server to answer: the first start makes its database."""

QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_CLI_PROMPT": "false",
}
"""No telemetry, and no tracebacks on the terminal: progress and errors are shown by Duoyin."""


def run_here(name: str, project: Path, options: Mapping[str, Any], reporter: Reporter) -> Result:
    """Run the flow `name` of the module `flows.name` in this process.

    Args:
        project: the project folder.
        options: what this run changes of its settings.
        reporter: is told how far the run is.
    """
    server = LocalServer()  # starts while Python imports Prefect
    try:
        flow = getattr(importlib.import_module(f"flows.{name}"), name)
        server.ready()
        with reporting(reporter):
            data = flow(str(project), dict(options))
    except BaseException:
        server.stop()
        raise
    return Result(data, data["summary"], bool(data["passed"]))


class LocalServer:
    """Starts in the background when made; `ready()` waits for it and points Prefect at it."""

    def __init__(self) -> None:
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        self._process: subprocess.Popen[bytes] | None = None
        if os.environ.get("PREFECT_API_URL"):
            return  # the user has a server
        self.port = _free_port()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "flows.cli.server", str(self.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                "PREFECT_UI_ENABLED": "0",
                "PREFECT__SERVER_EPHEMERAL": "1",
                "PREFECT__SERVER_FINAL": "1",
            },
            start_new_session=True,
        )
        # Set before Prefect is imported: it reads its settings once.
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{self.port}/api"
        # Registered before Prefect's own handlers, so it runs after they have sent their last events.
        atexit.register(self.stop)

    def ready(self) -> None:
        """Wait until the server answers. Raises `DuoyinError` when it does not."""
        if self._process is None:
            return
        url = f"{os.environ['PREFECT_API_URL']}/health"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if (code := self._process.poll()) is not None:
                raise DuoyinError(
                    f"the local Prefect server ended with code {code}",
                    hint="Run `prefect server start` to see why; "
                    "a full disk or a damaged ~/.prefect/prefect.db are usual.",
                )
            with (
                contextlib.suppress(urllib.error.URLError, OSError),
                urllib.request.urlopen(url, timeout=2) as answer,
            ):
                if answer.status == 200:
                    return
            time.sleep(0.1)
        raise DuoyinError(
            "the local Prefect server does not answer", hint="Try again; the machine may be very busy."
        )

    def stop(self) -> None:
        """End the server. May be called twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _leave_with_parent() -> None:
    sys.stdin.buffer.read()  # returns when the parent closes the pipe or is gone
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    import uvicorn

    uvicorn.run(
        "prefect.server.api.server:create_app",
        factory=True,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="critical",
        lifespan="on",
    )

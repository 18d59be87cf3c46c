"""What a Prefect server runs and will run, asked through its API: where a person has one, it plans the night.

The server is the one that Prefect's own settings name, in the environment or in its profile; Prefect itself is not
imported, it takes seconds to be.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import threading
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import Any

from flows.workspace.daytime import time_of_day
from normalizers import DuoyinError

ANSWER_SECONDS = 4.0
"""Longest wait for an answer."""
FRESH_SECONDS = 3.0
"""An answer is good for so long; pages ask every second."""
NAMES = {"audiobook": "audiobook/audiobook", "dub": "dub/dub"}
NIGHT = "library/overnight"
MOST_RUNS = 30
AHEAD = ("SCHEDULED", "PENDING")
AT_WORK = ("RUNNING", "CANCELLING", "PAUSED")
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
DAILY = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* \*")


class Server:
    """A Prefect server.

    Args:
        url: of its API. authorization: the header that says who asks; "" for nobody.
    """

    def __init__(self, url: str, authorization: str = "") -> None:
        self.url = url.rstrip("/")
        self._headers = {"content-type": "application/json"}
        if authorization:
            self._headers["authorization"] = authorization
        self._lock = threading.Lock()
        self._seen: tuple[float, dict[str, Any]] = (0.0, {})

    def seen(self) -> dict[str, Any]:
        """What it plans and runs: `url`, `problem`, `runs` (id, name, project, state, at), `nights` (its schedules)."""
        with self._lock:
            if not self._seen[1] or time.monotonic() - self._seen[0] > FRESH_SECONDS:
                self._seen = (time.monotonic(), self._look())
            return self._seen[1]

    def submit(self, product: str, project: Path, at: datetime | None = None) -> None:
        """Have a project made, now or at a time. Raises `DuoyinError`: it cannot be reached, or deploys nothing."""
        name = NAMES[product]
        try:
            deployment = self._ask("GET", f"deployments/name/{name}")
        except DuoyinError as error:
            raise DuoyinError(
                f"the deployment {name} is not there ({error.message})",
                where=self.url,
                hint="Run `prefect --no-prompt deploy --all` in the repository first.",
            ) from error
        state = {"type": "SCHEDULED"} | (
            {"name": "Scheduled", "state_details": {"scheduled_time": at.astimezone().isoformat()}}
            if at
            else {}
        )
        data = {"parameters": {"project": str(project)}, "state": state}
        self._ask("POST", f"deployments/{deployment['id']}/create_flow_run", data)
        self._forget()

    def cancel(self, run: str) -> None:
        """Stop a run, or plan it no more. Raises `DuoyinError`."""
        now = self._ask("GET", f"flow_runs/{run}")
        running = now.get("state_type") in AT_WORK
        state = (
            {"type": "CANCELLING", "name": "Cancelling"}
            if running
            else {"type": "CANCELLED", "name": "Cancelled"}
        )
        self._ask("POST", f"flow_runs/{run}/set_state", {"state": state})
        self._forget()

    def change_night(self, schedule: str, *, active: bool, clock: str) -> None:
        """Switch the nightly run on or off, or to another time (`HH:MM`). Raises `DuoyinError`."""
        at = time_of_day(clock)
        deployment = self._ask("GET", f"deployments/name/{NIGHT}")
        found = next((row for row in deployment["schedules"] if row["id"] == schedule), None)
        if found is None:
            raise DuoyinError("this schedule is not there any more", where=self.url)
        when = {**found["schedule"], "cron": f"{at.minute} {at.hour} * * *"}
        self._ask(
            "PATCH",
            f"deployments/{deployment['id']}/schedules/{schedule}",
            {"active": active, "schedule": when},
        )
        self._forget()

    def _forget(self) -> None:
        with self._lock:
            self._seen = (0.0, {})

    def _look(self) -> dict[str, Any]:
        try:
            wanted = {"type": {"any_": [*AHEAD, *AT_WORK, *ENDED]}}
            runs = self._ask(
                "POST", "flow_runs/filter",
                {"sort": "EXPECTED_START_TIME_DESC", "limit": MOST_RUNS, "flow_runs": {"state": wanted}},
            )  # fmt: skip
        except DuoyinError as error:
            return {"url": self.url, "problem": error.message, "runs": [], "nights": []}
        nights: list[dict[str, Any]] = []
        with contextlib.suppress(DuoyinError):  # nothing is deployed there
            nights = [
                _night(row) for row in self._ask("GET", f"deployments/name/{NIGHT}").get("schedules", [])
            ]
        return {"url": self.url, "problem": "", "runs": [_run(row) for row in runs], "nights": nights}

    def _ask(self, method: str, path: str, data: Mapping[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            f"{self.url}/{path}",
            method=method,
            headers=self._headers,
            data=json.dumps(data).encode() if data is not None else None,
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
                text = answer.read()
            return json.loads(text) if text else None
        except (OSError, HTTPException, ValueError) as error:
            raise DuoyinError(f"the Prefect server does not answer ({error})", where=self.url) from error


def configured() -> Server | None:
    """The server that Prefect's settings name, the same one each time; None where they name none."""
    told = {**_profile(), **os.environ}
    url = told.get("PREFECT_API_URL", "")
    if not url.startswith(("http://", "https://")):
        return None
    authorization = ""
    if login := told.get("PREFECT_API_AUTH_STRING"):
        authorization = f"Basic {base64.b64encode(login.encode()).decode()}"
    elif key := told.get("PREFECT_API_KEY"):
        authorization = f"Bearer {key}"
    return _server(url, authorization)


_server = cache(Server)
"""One for all pages and requests: it keeps what it was answered last."""


def _profile() -> dict[str, str]:
    """The settings that `prefect config set` keeps."""
    home = Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()
    try:
        data = tomllib.loads((home / "profiles.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    name = os.environ.get("PREFECT_PROFILE") or data.get("active", "")
    found = data.get("profiles", {}).get(name, {})
    return {key: str(value) for key, value in found.items()}


def _run(row: Mapping[str, Any]) -> dict[str, Any]:
    parameters = row.get("parameters") or {}
    kind = row.get("state_type", "")
    return {
        "id": row["id"],
        "name": row.get("name", ""),
        "project": Path(str(parameters.get("project", ""))).name,
        "state": "planned" if kind in AHEAD else "running" if kind in AT_WORK else str(kind).lower(),
        "late": row.get("state_name") == "Late",
        "at": row.get("start_time") or row.get("expected_start_time") or "",
        "seconds": row.get("total_run_time") or 0.0,
    }


def _night(row: Mapping[str, Any]) -> dict[str, Any]:
    schedule = row.get("schedule") or {}
    daily = DAILY.fullmatch(str(schedule.get("cron", "")))
    clock = f"{int(daily[2]):02}:{int(daily[1]):02}" if daily else ""
    return {
        "id": row["id"],
        "active": bool(row.get("active")),
        "clock": clock,
        "cron": schedule.get("cron") or "",
        "timezone": schedule.get("timezone") or "UTC",
    }

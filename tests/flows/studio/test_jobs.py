"""Runs from the page: started, queued, planned, stopped; a Prefect server's beside them."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import psutil
import pytest

from flows.studio import jobpages
from flows.studio.book import Book
from flows.studio.deployments import configured
from flows.studio.jobpages import JobPages
from flows.studio.jobs import Jobs, bare
from flows.studio.planned import LATE, Planned
from flows.studio.shelf import Shelf
from flows.workspace.project import locked, open_project
from flows.workspace.runs import Run, State, last_run, past_runs
from normalizers import DuoyinError
from tests.flows.studio.conftest import client
from tts_core.files import CannotWrite

WAITS = """
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(3))
time.sleep(600)
"""
NIGHT = datetime(2026, 11, 29, 22, 15)


def waiting(product: str, folder: Path) -> list[str]:
    """A run that does nothing until it is stopped."""
    return [sys.executable, "-c", WAITS]


@pytest.fixture
def jobs(spoken: Path, tmp_path: Path) -> Iterator[Jobs]:
    """Two books, and runs of them that wait."""
    for name in ("clocks", "towers"):
        shutil.copytree(spoken / "clocks", tmp_path / name)
    made = Jobs(Shelf(tmp_path), waiting)
    yield made
    for book in made.shelf.books():
        run = last_run(bare(book))
        if run is not None and run.at_work:
            os.kill(run.pid, signal.SIGKILL)


def books(jobs: Jobs) -> tuple[Book, Book]:
    one, two = jobs.shelf.books()
    return one, two


def state_of(book: Book) -> State:
    run = last_run(bare(book))
    assert run is not None
    return run.state


def test_one_is_made_at_a_time_and_the_next_has_its_turn(jobs: Jobs) -> None:
    one, two = books(jobs)
    first = jobs.start(one)
    assert first is not None and state_of(one) is State.STARTING
    with pytest.raises(DuoyinError, match="already"):
        jobs.start(one)
    assert jobs.start(two) is None and jobs.start(two) is None
    assert [row["state"] for row in jobs.seen()["waiting"]] == ["queued"], "it stands in line once"
    jobs.look()
    assert last_run(bare(two)) is None
    jobs.stop(one)
    psutil.wait_procs([psutil.Process(first.pid)], timeout=10)
    assert state_of(one) is State.STOPPED
    jobs.look()
    assert state_of(two) is State.STARTING and jobs.seen()["waiting"] == []
    assert [row["book"] for row in jobs.seen()["running"]] == [two.id]


def test_a_run_outlives_the_studio_and_is_seen_by_the_next(jobs: Jobs) -> None:
    one, _ = books(jobs)
    jobs.start(one)
    later = Jobs(Shelf(jobs.shelf.root), waiting)
    assert [row["title"] for row in later.seen()["running"]] == ["book"]
    later.stop(one)
    assert past_runs(bare(one))[0].state is State.STOPPED
    with pytest.raises(DuoyinError, match="nothing"):
        later.stop(one)


def test_a_project_that_something_else_holds_is_not_begun(jobs: Jobs) -> None:
    one, _ = books(jobs)
    with locked(open_project(one.folder)), pytest.raises(DuoyinError, match="another run"):
        jobs.start(one)
    assert last_run(bare(one)) is None


def test_what_cannot_be_begun_stays_to_be_seen(jobs: Jobs) -> None:
    one, _ = books(jobs)
    jobs.planned.add(one.id)
    one.folder.joinpath("project.yaml").write_text("sauce: x\n", encoding="utf-8")
    jobs.look()
    (row,) = jobs.seen()["waiting"]
    assert row["state"] == "failed" and "no setting “sauce”" in row["problem"]
    jobs.planned.drop(row["id"])
    assert jobs.seen()["waiting"] == []


def test_a_night_without_room_on_the_disk_is_not_the_last_one(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobpages, "LOOK_SECONDS", 0.0)
    full: list[str] = []

    async def watched() -> None:
        again, loop = asyncio.Event(), asyncio.get_running_loop()

        def look() -> None:
            if not full:
                full.append("now")
                raise CannotWrite("cannot write (No space left on device)")
            loop.call_soon_threadsafe(again.set)

        monkeypatch.setattr(jobs, "look", look)
        watch = asyncio.create_task(JobPages(jobs, lambda request: books(jobs)[0]).watch())
        await asyncio.wait_for(again.wait(), 10)
        watch.cancel()

    asyncio.run(watched())
    assert full == ["now"]


def test_what_the_machine_cannot_begin_stays_to_be_seen(jobs: Jobs) -> None:
    one, _ = books(jobs)
    jobs.planned.add(one.id)
    (one.folder / ".duoyin" / "run.log").mkdir(parents=True)
    jobs.look()
    (row,) = jobs.seen()["waiting"]
    assert row["state"] == "failed" and "run.log" in row["problem"]


def test_tonight_at_one_is_the_next_time_that_clocks_show_it(tmp_path: Path) -> None:
    planned = Planned(tmp_path)
    assert planned.add("a", at="01:00", now=NIGHT).at == "2026-11-30T01:00"
    assert planned.add("a", at="23:30", now=NIGHT).at == "2026-11-29T23:30"
    for clock in ("25:00", "1:00", "now", "01:00; rm"):
        with pytest.raises(DuoyinError, match="no time of day"):
            planned.add("a", at=clock, now=NIGHT)


def test_what_is_planned_comes_in_line_at_its_time(tmp_path: Path) -> None:
    planned = Planned(tmp_path)
    planned.add("once", at="01:00", now=NIGHT)
    planned.add("nightly", at="01:00", daily=True, now=NIGHT)
    planned.come(NIGHT)
    assert planned.take() is None
    planned.come(NIGHT + timedelta(hours=2, minutes=50))
    assert [planned.take(), planned.take(), planned.take()].count(None) == 1
    (left,) = Planned(tmp_path).all()
    assert (left.book, left.at, left.daily) == ("nightly", "2026-12-01T01:00", True)


def test_what_nobody_was_there_to_begin_is_told_and_not_made_by_day(tmp_path: Path) -> None:
    planned = Planned(tmp_path)
    planned.add("once", at="01:00", now=NIGHT)
    planned.add("nightly", at="01:00", daily=True, now=NIGHT)
    planned.come(datetime(2026, 11, 30, 1) + LATE + timedelta(minutes=1))
    assert planned.take() is None
    once, nightly = sorted(planned.all(), key=lambda start: start.book, reverse=True)
    assert once.missed == nightly.missed == "2026-11-30T01:00"
    assert nightly.at == "2026-12-01T01:00" and once.at == ""


def test_the_page_starts_plans_and_stops(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(jobs.shelf.root))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    from flows.studio.app import Studio

    studio = Studio(jobs.shelf)
    studio.jobs.jobs = jobs
    visitor = client(jobs.shelf.root, studio)
    one, _ = books(jobs)
    assert visitor.get("/jobs").status_code == 200
    assert visitor.post("/jobs/start", json={"book": one.id}).json() == {"state": "started"}
    assert visitor.get(f"/book/{one.id}/run").json()["run"]["at_work"] is True
    seen = visitor.get("/jobs/state").json()
    assert seen["server"] is None and [row["book"] for row in seen["running"]] == [one.id]
    assert str(jobs.shelf.root) not in json.dumps(seen["running"]), "no path of the machine"
    assert visitor.post("/jobs/start", json={"book": one.id}).status_code == 409
    assert (
        visitor.post("/jobs/start", json={"book": one.id, "at": "01:00", "daily": True}).json()["state"]
        == "planned"
    )
    (row,) = visitor.get("/jobs/state").json()["waiting"]
    assert visitor.post("/jobs/drop", json={"start": row["id"]}).status_code == 200
    assert visitor.post("/jobs/stop", json={"book": one.id}).status_code == 200
    for bad in ({}, {"book": "../x"}, {"book": one.id, "at": "soon"}, {"book": one.id, "server": True}):
        assert visitor.post("/jobs/start", json=bad).status_code == 409
    for path in ("cancel", "night"):
        assert visitor.post(f"/jobs/{path}", json={"run": "../admin", "schedule": "x"}).status_code == 409


def test_a_book_is_really_made_and_its_run_followed_and_stopped(spoken: Path, tmp_path: Path) -> None:
    shutil.copytree(spoken, tmp_path / "shelf")
    made = Jobs(Shelf(tmp_path / "shelf"))
    (book,) = made.shelf.books()

    def ended() -> Run:
        run = last_run(bare(book))
        assert run is not None
        psutil.wait_procs([psutil.Process(run.pid)], timeout=120) if psutil.pid_exists(run.pid) else None
        run = last_run(bare(book))
        assert run is not None
        return run

    made.start(book)
    done = ended()
    assert done.state in (State.DONE, State.MISSED), done
    assert done.stage == "Delivered" and Path(done.result).is_file() and "Mastering" in last_words(book)
    made.start(book)
    made.stop(book)
    assert ended().state is State.STOPPED
    assert [run.state for run in past_runs(bare(book))] == [State.STOPPED, done.state]


def last_words(book: Book) -> str:
    return bare(book).run_log_file.read_text("utf-8")


# -- a Prefect server ------------------------------------------------------------------------------------

RUN = "5e4b2b8c-0000-4000-8000-000000000001"


class Api(BaseHTTPRequestHandler):
    """Answers as Prefect's API does, and keeps what it was asked."""

    asked: ClassVar[list[tuple[str, str, Any]]] = []

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.asked.append((self.command, self.path, json.loads(body) if body else None))
        path = self.path.removeprefix("/api/")
        schedule = {
            "id": RUN,
            "active": False,
            "schedule": {"cron": "0 1 * * *", "timezone": "Europe/Berlin"},
        }
        runs = [
            {"id": RUN, "name": "wise-owl", "state_type": "SCHEDULED", "state_name": "Late",
             "parameters": {"project": "/books/clocks"}, "expected_start_time": "2026-11-30T00:00:00Z"},
        ]  # fmt: skip
        told: Any = {"id": "d1", "schedules": [schedule]}
        if path == "flow_runs/filter":
            told = runs
        elif path == f"flow_runs/{RUN}":
            told = {"id": RUN, "state_type": "RUNNING"}
        self.send_response(404 if "dub/dub" in path else 200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    do_GET = do_POST = do_PATCH = _answer

    def log_message(self, format: str, *given: Any) -> None:
        """Say nothing."""


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Api]]:
    """A server that `prefect config set` named."""

    Api.asked.clear()
    server = HTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.delenv("PREFECT_PROFILE", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    address = f"http://127.0.0.1:{server.server_port}/api"
    (tmp_path / "profiles.toml").write_text(
        f'active = "mine"\n[profiles.mine]\nPREFECT_API_URL = "{address}"\nPREFECT_API_AUTH_STRING = "me:pw"\n',
        "utf-8",
    )
    yield Api
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_configured_server_holds_the_plan_of_the_night(api: type[Api], tmp_path: Path) -> None:
    server = configured()
    assert server is not None
    seen = server.seen()
    assert seen["runs"] == [
        {"id": RUN, "name": "wise-owl", "project": "clocks", "state": "planned", "late": True,
         "at": "2026-11-30T00:00:00Z", "seconds": 0.0}
    ]  # fmt: skip
    assert seen["nights"] == [
        {"id": RUN, "active": False, "clock": "01:00", "cron": "0 1 * * *", "timezone": "Europe/Berlin"}
    ]
    server.change_night(RUN, active=True, clock="02:30")
    method, path, data = api.asked[-1]
    assert (method, path) == ("PATCH", f"/api/deployments/d1/schedules/{RUN}")
    assert data == {"active": True, "schedule": {"cron": "30 2 * * *", "timezone": "Europe/Berlin"}}
    server.submit("audiobook", tmp_path / "clocks", datetime(2026, 11, 30, 1))
    data = api.asked[-1][2]
    assert data["parameters"] == {"project": str(tmp_path / "clocks")}
    assert data["state"]["state_details"]["scheduled_time"].startswith("2026-11-30T01:00:00")
    server.cancel(RUN)
    assert api.asked[-1][2] == {"state": {"type": "CANCELLING", "name": "Cancelling"}}
    with pytest.raises(DuoyinError, match="deployment dub/dub is not there"):
        server.submit("dub", tmp_path)


def test_however_many_pages_look_the_server_is_asked_once(api: type[Api], jobs: Jobs) -> None:
    one, other = client(jobs.shelf.root), client(jobs.shelf.root)
    seen = [visitor.get("/jobs/state").json()["server"] for visitor in (one, other, one)]
    assert [path for _, path, _ in api.asked] == [
        "/api/flow_runs/filter",
        "/api/deployments/name/library/overnight",
    ]
    assert seen[0] == seen[1] == seen[2] and seen[0]["problem"] == ""
    assert one.post("/jobs/cancel", json={"run": RUN}).status_code == 200
    before = len(api.asked)
    one.get("/jobs/state")
    assert len(api.asked) == before + 2, "what a person changed is looked at anew"


def test_a_server_that_does_not_answer_is_told_of_and_hides_nothing(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    seen = client(jobs.shelf.root).get("/jobs/state").json()
    assert "does not answer" in seen["server"]["problem"] and len(seen["books"]) == 2

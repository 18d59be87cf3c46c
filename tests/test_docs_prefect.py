"""The pages' commands around a Prefect server run as they are shown, one after another, without network."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import REPOSITORY, PrefectHome, free_port
from tests.flows.conftest import BOOK
from tests.pages import commands, environment, processes, typed

DOCUMENTED_PORT = "4200"
WAITS_FOR_WORK = "prefect worker start"
SUBMITS = ("prefect deployment run", "duoyin run")
STARTS_NIGHTS = "prefect deployment schedule resume"
WITH_A_SERVER = ("prefect ", "nohup prefect ", "duoyin run ", "curl ", "CUDA_VISIBLE_DEVICES=", "PREFECT_")
PAGES = ("README.md", "docs/how-to/schedule.md", "docs/how-to/several-gpus.md")
"""In the order in which a person comes by; what was typed on one page is not typed again on the next."""
SCHEDULE, QUEUES = "docs/how-to/schedule.md", "docs/how-to/queues.md"

SETTINGS = "source: book.md\nengine: tests.engines:ToneEngine\n"

NIGHTLY = 'cron: "0 1 * * *"'
SOON = 'cron: "* * * * * */30"'
"""What the schedule of prefect.yaml becomes: every half minute (the sixth field counts seconds)."""

NO_NETWORK = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9"),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
}
"""Whatever is sent elsewhere than to this machine meets a port that nobody listens on."""

ASKING_OFTEN = {"PREFECT_WORKER_QUERY_SECONDS": "1"}
"""Workers ask for work each second instead of each ten, which a person waits for and a test need not."""


@dataclass
class Terminal:
    """A checkout of the repository with short projects that a tone engine speaks, and what was started in it."""

    folder: Path
    port: int
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def type(self, command: str) -> str:
        """Run a command; one that stays is left running. Fails where it fails."""
        command = command.replace(DOCUMENTED_PORT, str(self.port))
        if WAITS_FOR_WORK in command:
            return self._start_worker(command)
        if STARTS_NIGHTS in command:
            self.project("tonight", "ready: true\n")
        done = typed(command, self.folder, PREFECT_SERVER_API_PORT=str(self.port), **NO_NETWORK)
        assert done.returncode == 0, f"{command}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"
        if command.startswith(SUBMITS):
            self.wait_for_runs()
        if STARTS_NIGHTS in command:
            self._wait_for_the_night()
        return done.stdout

    def project(self, name: str, more: str = "") -> None:
        """Add a project folder."""
        folder = self.folder / "projects" / name
        folder.mkdir(parents=True)
        (folder / "book.md").write_text(BOOK, encoding="utf-8")
        (folder / "project.yaml").write_text(SETTINGS + more, encoding="utf-8")

    def made(self, name: str) -> bool:
        return (self.folder / "projects" / name / "output" / "The Two Clocks.m4b").is_file()

    def ask(self, path: str) -> Any:
        url = f"http://127.0.0.1:{self.port}/api/{path}"
        request = urllib.request.Request(url, b"{}", {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def _start_worker(self, command: str) -> str:
        before = len(self.ask("work_pools/audiobook-gpu/workers/filter"))
        with (self.folder / "workers.log").open("a") as log:
            self.workers.append(
                subprocess.Popen(
                    command,
                    shell=True,
                    cwd=self.folder,
                    env={**environment(self.folder), **NO_NETWORK, **ASKING_OFTEN},
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    text=True,
                )
            )

        def has_come() -> bool:
            assert self.workers[-1].poll() is None, self.log()
            return len(self.ask("work_pools/audiobook-gpu/workers/filter")) > before

        self._wait_until(has_come)
        return self.log()

    def _wait_until(self, happened: Callable[[], bool]) -> None:
        """Ask twice a second, for four minutes: a server tells nobody by itself."""
        deadline = time.monotonic() + 240
        while not happened():
            assert time.monotonic() < deadline, self.log()[-4000:]
            time.sleep(0.5)

    def log(self) -> str:
        """What the workers said, and the end of what the server said."""
        workers, server = self.folder / "workers.log", self.folder / "prefect-server.log"
        return workers.read_text(encoding="utf-8") + server.read_text(encoding="utf-8")[-2000:]

    def wait_for_runs(self) -> None:
        def all_are_completed() -> bool:
            states = {run["state_type"] for run in self.ask("flow_runs/filter")}
            assert not states & {"FAILED", "CRASHED"}, self.log()[-4000:]
            return states <= {"COMPLETED"}

        self._wait_until(all_are_completed)

    def _wait_for_the_night(self) -> None:
        """Until the schedule has started a run and that has made what was ready."""
        self._wait_until(lambda: self.made("tonight"))
        assert any(run["auto_scheduled"] for run in self.ask("flow_runs/filter"))

    def close(self) -> None:
        """End whatever was started: the server, the workers and what they run."""
        for process in processes(self.folder):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        for worker in self.workers:
            worker.wait()


@pytest.fixture
def terminal(tmp_path: Path, prefect_home: PrefectHome) -> Iterator[Terminal]:
    for name in ("flows", "normalizers", "tts_core", "tests", "deploy", "prefect.toml"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    deployments = (REPOSITORY / "prefect.yaml").read_text(encoding="utf-8")
    assert NIGHTLY in deployments
    (tmp_path / "prefect.yaml").write_text(deployments.replace(NIGHTLY, SOON), encoding="utf-8")
    prefect_home(Path(environment(tmp_path)["PREFECT_HOME"]))
    opened = Terminal(tmp_path, free_port())
    opened.project("example-en")
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.timeout(900)
def test_the_pages_around_a_server_can_be_typed_as_they_stand(terminal: Terminal) -> None:
    shown = [c for page in PAGES for at, c in commands() if at == page and c.startswith(WITH_A_SERVER)]
    for command in dict.fromkeys(shown):
        terminal.type(command)
    assert terminal.made("example-en"), terminal.log()[-4000:]
    assert terminal.made("tonight"), terminal.log()[-4000:]
    terminal.wait_for_runs()  # a second night may have begun before the schedule was paused
    names = {run["deployment_id"] for run in terminal.ask("flow_runs/filter") if run["deployment_id"]}
    assert len(names) == 2  # audiobook/audiobook and library/overnight
    assert len(terminal.workers) == 3


@pytest.fixture
def database() -> Iterator[str]:
    """An empty database `prefect` of a PostgreSQL of its own: `USER:PASSWORD@HOST`."""
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))]
    here = next(
        (path for path in (*reversed(found), *_on_path("initdb")) if (path / "initdb").exists()), None
    )
    if here is None:
        pytest.skip("there is no PostgreSQL on this machine (initdb): apt-get install postgresql")
    # it does not run as root, and not in a folder that only root may enter
    person: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []}
    person = person if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        (folder / "password").write_text("secret", encoding="utf-8")
        if person:
            try:
                for path in (folder, folder / "password"):
                    shutil.chown(path, "postgres", "postgres")
            except LookupError:
                pytest.skip("PostgreSQL does not run as root, and this machine has no user postgres")
        port = free_port()

        def run(*words: str) -> None:
            done = subprocess.run(
                [here / words[0], *words[1:]],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=120,
                **person,
            )
            assert done.returncode == 0, done.stdout + done.stderr

        data = str(folder / "data")
        run("initdb", "-D", data, "-U", "prefect", "-A", "scram-sha-256", "--pwfile", "password")
        server = subprocess.Popen(
            [
                here / "postgres",
                "-D",
                data,
                "-p",
                str(port),
                "-k",
                scratch,
                "-c",
                "listen_addresses=127.0.0.1",
            ],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **person,
        )
        try:
            address = f"postgresql://prefect:secret@127.0.0.1:{port}"
            deadline = time.monotonic() + 120
            while subprocess.run([here / "pg_isready", "-q", "-d", address], timeout=60).returncode:
                assert server.poll() is None and time.monotonic() < deadline, "PostgreSQL does not start"
                time.sleep(0.2)
            run("psql", f"{address}/postgres", "-qc", "create database prefect")
            yield f"prefect:secret@127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait(60)


def _on_path(name: str) -> list[Path]:
    found = shutil.which(name)
    return [Path(found).parent] if found else []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_several_workers_make_a_night_from_queues_with_postgresql(terminal: Terminal, database: str) -> None:
    books = {"soon": "urgent", "usual": "night", "some-time": "backlog"}
    for name, queue in books.items():
        terminal.project(name, f"ready: true\npriority: {queue}\n")
    shown = [command for at, command in commands() if at == QUEUES]
    tables, rest = shown[:2], shown[2:]
    assert "DATABASE" in tables[0] and "upgrade" in tables[1]
    for command in tables:
        terminal.type(command.replace("USER:PASSWORD@HOST", database))
    start = [command for at, command in commands() if at == SCHEDULE and command.startswith(WITH_A_SERVER)]
    for command in start[
        : next(at for at, command in enumerate(start) if command.startswith(WAITS_FOR_WORK))
    ]:
        terminal.type(command)
    for command in rest:
        terminal.type(command)
    assert all(terminal.made(name) for name in books), terminal.log()[-4000:]
    queues = {queue["name"]: queue for queue in terminal.ask("work_pools/audiobook-gpu/queues/filter")}
    assert [queues[name]["priority"] for name in ("urgent", "night", "backlog")] == [1, 2, 3]
    made = {
        Path(run["parameters"]["project"]).name: run["work_queue_name"]
        for run in terminal.ask("flow_runs/filter")
        if "project" in run["parameters"]
    }
    assert made == books
    assert [each["name"] for each in terminal.ask("automations/filter")] == ["crash-runs-without-a-heartbeat"]
    assert len(terminal.workers) == 2
    log = (terminal.folder / "prefect-server.log").read_text(encoding="utf-8")
    assert "locked" not in log
    with contextlib.closing(sqlite3.connect(terminal.folder / "prefect" / "prefect.db")) as unused:
        assert unused.execute("SELECT count(*) FROM flow_run").fetchone() == (0,), (
            "nothing was kept in SQLite"
        )


def test_every_page_with_a_server_is_one_of_these() -> None:
    pages = {at for at, command in commands() if command.startswith(WITH_A_SERVER)}
    assert pages == {*PAGES, QUEUES}

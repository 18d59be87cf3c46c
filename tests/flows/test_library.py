"""library/overnight and the deployments: the night goes on whatever one book does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from flows import library as module
from flows.library import Outcome, headline, new_books, summary
from tests.flows.conftest import BOOK, REPOSITORY, ended, spoken, tone_project
from tests.warm import Warm
from tts_core.yamlfile import read_mapping


def night() -> None:
    """What a child of the warm process does: a night."""
    from flows.library import library
    from flows.synthesis import synthesize_batch

    synthesize_batch.retry_delay_seconds = [0.0]
    print("RESULT" + json.dumps(library(inbox=sys.argv[1], projects=sys.argv[2])))


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Two ready projects, one of them broken, one not ready; an inbox with a book that cannot be read."""
    (tmp_path / "book.md").write_text(BOOK, encoding="utf-8")
    for name, ready, options in (
        ("a-broken", True, {"fail_on": "clock"}),
        ("b-fine", True, {}),
        ("c-later", False, {}),
    ):
        folder = tone_project(tmp_path / "projects" / name, tmp_path / "book.md", **options)
        with (folder / "project.yaml").open("a") as settings:
            settings.write(f"ready: {str(ready).lower()}\n")
    (tmp_path / "projects" / "d-wrong").mkdir()
    (tmp_path / "projects" / "d-wrong" / "project.yaml").write_text("reedy: true\n")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "torn.epub").write_bytes(b"PK\x03\x04 not a zip file")
    (tmp_path / "inbox" / "notes.pdf").write_bytes(b"not a kind of book that is read")
    return tmp_path


def test_one_book_that_fails_never_stops_the_next(
    shelf: Path, warm: Warm, prefect_environment: Mapping[str, str]
) -> None:
    work = f"{__name__}:{night.__name__}"
    done = ended(
        warm.start([shelf / "inbox", shelf / "projects"], main=work, environment=prefect_environment), 300
    )
    assert "RESULT" in done.out, done.err[-2000:]
    rows = {row["project"]: row for row in json.loads(done.out.split("RESULT")[1])}
    assert {name: row["status"] for name, row in rows.items()} == {
        "a-broken": "failed",
        "b-fine": rows["b-fine"]["status"],
        "d-wrong": "failed",
        "torn.epub": "failed",
    }
    assert rows["b-fine"]["status"] in ("done", "missed")
    assert Path(rows["b-fine"]["detail"]).is_file() and Path(rows["b-fine"]["page"]).is_file()
    assert rows["b-fine"]["unheard"] == "there is no speech to listen to", "tones are not called clean"
    assert "no setting “reedy”" in rows["d-wrong"]["detail"]
    assert not spoken(shelf / "projects" / "c-later")


def test_books_of_one_stem_are_all_made(tmp_path: Path) -> None:
    for name in ("novel.epub", "novel.md", "novel.txt"):
        (tmp_path / name).write_text(BOOK, encoding="utf-8")
    rows = new_books(tmp_path)
    assert [(name, folder.name) for name, folder in rows if isinstance(folder, Path)] == [
        ("novel.epub", "novel.duoyin"),
        ("novel.md", "novel.md.duoyin"),
        ("novel.txt", "novel.txt.duoyin"),
    ]
    assert new_books(tmp_path) == rows, "the next night finds the same projects"


def test_the_summary_is_a_table_and_an_empty_night_says_why() -> None:
    text = summary([Outcome("emma", "done", "output/Emma.m4b", 3725)])
    assert "| emma | done | output/Emma.m4b | 1:02:05 |" in text
    assert "ready: true" in summary([])


def test_a_night_that_submits_gives_each_book_a_run_in_the_queue_of_its_priority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Mapping[str, Any]]] = []

    def run_deployment(name: str, **how: Any) -> SimpleNamespace:
        asked.append((name, how))
        if "torn" in how["parameters"]["project"]:
            raise RuntimeError("the server\ndoes not answer")
        return SimpleNamespace(name="brave-fox")

    monkeypatch.setattr(module, "run_deployment", run_deployment)
    (tmp_path / "book.md").write_text(BOOK, encoding="utf-8")
    rows = []
    for name, more in (("plain", ""), ("first", "priority: urgent\n"), ("torn", "")):
        folder = tone_project(tmp_path / name, tmp_path / "book.md")
        with (folder / "project.yaml").open("a") as settings:
            settings.write(more)
        rows.append(module._submit(name, folder))
    assert [(row.status, row.detail) for row in rows] == [
        ("submitted", "run brave-fox"), ("submitted", "run brave-fox"), ("failed", "the server does not answer")
    ]  # fmt: skip
    assert [how["work_queue_name"] for _, how in asked] == ["night", "urgent", "night"]
    assert {name for name, _ in asked} == {"audiobook/audiobook"}
    assert all(how["timeout"] == 0 and not how["as_subflow"] for _, how in asked), "nobody waits for them"
    assert headline(rows) == "3 books: 1 failed; 2 submitted."


def test_the_automations_are_such_as_prefect_takes() -> None:
    from prefect.events.schemas.automations import AutomationCore

    told = read_mapping(REPOSITORY / "deploy" / "automations.yaml")
    (crashed,) = [AutomationCore.model_validate(each) for each in told["automations"]]
    (action,) = crashed.actions
    assert action.type == "change-flow-run-state" and action.state == "CRASHED"


def test_a_book_that_was_late_says_so() -> None:
    late = Outcome("emma", "done", "Emma.m4b", 60, late="it was to be done by 07:00, and was at 08:10")
    assert "Emma.m4b; it was to be done by 07:00" in summary([late])
    assert headline([late]) == "1 books: 1 late; 1 clean."


NIGHT_OF_FIVE = [
    Outcome("emma", "done", "Emma.m4b", 3725, page="Emma.m4b.report.html"),
    Outcome("loud", "missed", "Loud.m4b", 60, page="Loud.m4b.report.html"),
    Outcome("odd", "done", "Odd.m4b", 60, doubtful=1, ear_seconds=30, page="Odd.m4b.report.html"),
    Outcome("odder", "done", "Odder.m4b", 60, doubtful=4, ear_seconds=130, page="Odder.m4b.report.html"),
    Outcome("deaf", "done", "Deaf.m4b", 60, unheard="proof is off in project.yaml"),
    Outcome("torn", "failed", "no book.epub → Put the file back.", 1),
]


def test_the_summary_says_first_what_failed_then_which_books_need_an_ear_and_for_how_long() -> None:
    text = summary(NIGHT_OF_FIVE)
    books = [row.split(" | ")[0].removeprefix("| ") for row in text.splitlines() if row.startswith("| ")]
    assert books == ["book", "torn", "loud", "odder", "odd", "deaf", "emma"]
    assert "no book.epub → Put the file back." in text
    assert "4 lines to hear, 3 minutes | Odder.m4b.report.html" in text
    assert "1 line to hear, 1 minute | Odd.m4b.report.html" in text
    assert "nobody listened (proof is off in project.yaml)" in text


def test_the_night_in_one_sentence_calls_nothing_clean_that_nobody_heard() -> None:
    assert headline(NIGHT_OF_FIVE) == (
        "6 books: 1 failed; 1 missed a limit; 2 to hear in parts, 3 minutes; 1 not listened to; 1 clean."
    )
    assert [outcome.project for outcome in NIGHT_OF_FIVE if outcome.clean] == ["emma"]


@pytest.fixture
def worker(
    prefect_environment: Mapping[str, str], tmp_path: Path
) -> Iterator[tuple[psutil.Process, dict[str, str]]]:
    """A process worker that runs the deployments of this repository, and the environment to ask it from."""
    environment = dict(prefect_environment)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"

    def prefect(*arguments: str) -> str:
        done = subprocess.run(
            ["prefect", *arguments],
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    prefect("work-pool", "create", "audiobook-gpu", "--type", "process", "--overwrite")
    prefect("--no-prompt", "deploy", "--all")
    process = subprocess.Popen(
        ["prefect", "worker", "start", "--pool", "audiobook-gpu"],
        cwd=REPOSITORY,
        env=environment,
        stdout=(tmp_path / "worker.log").open("w"),
        stderr=subprocess.STDOUT,
    )
    try:
        yield psutil.Process(process.pid), environment
    finally:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.wait()


def speech_processes(worker: psutil.Process) -> list[psutil.Process]:
    """Those that speak for this worker: tests beside this one have some of their own."""
    found = []
    for process in worker.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "tts_core.worker" in process.cmdline():
                found.append(process)
    return found


@pytest.mark.slow
def test_the_deployment_runs_from_both_command_lines_and_a_cancel_leaves_no_process(
    worker: tuple[psutil.Process, dict[str, str]], tmp_path: Path
) -> None:
    process, environment = worker
    (tmp_path / "book.md").write_text(BOOK, encoding="utf-8")
    first = tone_project(tmp_path / "first", tmp_path / "book.md")
    command = [
        "prefect",
        "deployment",
        "run",
        "audiobook/audiobook",
        "--param",
        f"project={first}",
        "--watch",
    ]
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (first / "output" / "The Two Clocks.m4b").is_file()

    refused = subprocess.run(
        ["prefect", "deployment", "run", "audiobook"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert refused.returncode != 0

    second = tone_project(tmp_path / "second", tmp_path / "book.md", delay=3.0)
    submitted = subprocess.run(
        [sys.executable, "-m", "flows.cli", "run", "audiobook", str(second)],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert submitted.returncode == 0, submitted.stderr
    run_id = submitted.stdout.split("(")[1].split(")")[0]
    deadline = time.monotonic() + 120
    while not spoken(second) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert spoken(second)
    speaking = speech_processes(process)
    assert speaking
    subprocess.run(
        ["prefect", "flow-run", "cancel", run_id],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        check=True,
        timeout=60,
    )
    _, alive = psutil.wait_procs(speaking, timeout=30)
    assert not alive

"""The run journal: what a page that is opened later knows of a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.workspace.progress import Progress, Silent, reporter, reporting
from flows.workspace.project import Project
from flows.workspace.runs import MOST_KEPT, State, last_run, note_start, note_stop, past_runs, recorded
from flows.workspace.settings import Settings
from normalizers import DuoyinError


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, Settings())


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process of another's."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.wait()


def test_a_run_is_seen_while_it_is_at_work_and_after_it(project: Project) -> None:
    assert last_run(project) is None and past_runs(project) == []
    with recorded(project, "audiobook") as run:
        reporter().stage("Speaking", "20 lines, 3 kept")
        progress = Progress(20, 60.0, kept=3)
        reporter().warn("the second line is long")
        seen = last_run(project)
        assert seen is not None and seen.state is State.RUNNING and seen.stage == "Speaking"
        assert seen.warnings == ("the second line is long",) and past_runs(project) == []
        progress.spoken(20, 58.0)
        reporter().update(progress)
        run.finished(project.folder / "book.m4b", passed=True)
    (ended,) = past_runs(project)
    assert ended.state is State.DONE and (ended.done, ended.kept, ended.seconds) == (20, 3, 58.0)
    assert ended.result.endswith("book.m4b") and ended.began <= ended.told


def test_what_it_is_told_goes_on_to_the_terminal(project: Project) -> None:
    told: list[str] = []

    class Terminal(Silent):
        def stage(self, name: str, detail: str = "") -> None:
            told.append(name)

    with reporting(Terminal()), recorded(project, "dub"):
        reporter().stage("Mixing")
    assert told == ["Mixing"]


@pytest.mark.parametrize(
    ("error", "state", "told"),
    [(DuoyinError("no such voice", where="cast.yaml, line 3"), State.FAILED, "cast.yaml, line 3: no such voice"),
     (ZeroDivisionError("division by zero"), State.FAILED, "ZeroDivisionError"),
     (KeyboardInterrupt(), State.STOPPED, "")],
)  # fmt: skip
def test_how_it_ended_is_written_down(
    error: BaseException, state: State, told: str, project: Project
) -> None:
    with pytest.raises(type(error)), recorded(project, "audiobook"):
        raise error
    (ended,) = past_runs(project)
    assert ended.state is state and ended.problem.startswith(told) and bool(ended.problem) is bool(told)


def test_a_killed_run_is_told_apart_by_its_process(project: Project, child: subprocess.Popen[bytes]) -> None:
    note_start(project, "audiobook", child.pid)
    text = project.run_file.read_text("utf-8").replace('"starting"', '"running"')
    project.run_file.write_text(text, encoding="utf-8")
    seen = last_run(project)
    assert seen is not None and seen.at_work
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    seen = last_run(project)
    assert seen is not None and seen.state is State.KILLED, "also before anybody took note of its end"
    child.wait()
    with recorded(project, "audiobook"):
        pass
    assert [run.state for run in past_runs(project)] == [State.DONE, State.KILLED]


def test_a_run_that_ended_before_it_was_at_work_leaves_its_last_words(
    project: Project, child: subprocess.Popen[bytes]
) -> None:
    note_start(project, "audiobook", child.pid)
    project.run_log_file.write_text("duoyin: project.yaml, line 2: no such engine\n", encoding="utf-8")
    child.kill()
    child.wait()
    (ended,) = past_runs(project)
    assert ended.state is State.FAILED and "no such engine" in ended.problem


def test_a_start_that_was_taken_back_is_stopped(project: Project, child: subprocess.Popen[bytes]) -> None:
    note_start(project, "audiobook", child.pid)
    note_stop(project)
    assert [run.state for run in past_runs(project)] == [State.STOPPED]


def test_a_process_that_got_the_number_of_a_dead_one_is_not_taken_for_it(project: Project) -> None:
    note_start(project, "audiobook", os.getpid())
    text = project.run_file.read_text("utf-8")
    began = text.split('"process": ')[1].split(",")[0]
    project.run_file.write_text(text.replace(began, str(float(began) - 1000)), encoding="utf-8")
    seen = last_run(project)
    assert seen is not None and not seen.at_work


def test_what_was_damaged_or_is_of_another_version_does_no_harm(project: Project) -> None:
    project.cache.mkdir()
    project.run_file.write_text('{"product": "audiobook"}', encoding="utf-8")
    project.runs_file.write_text('{"torn', encoding="utf-8")
    assert last_run(project) is None and past_runs(project) == []
    with recorded(project, "audiobook"):
        pass
    assert len(past_runs(project)) == 1


def test_old_runs_are_forgotten(project: Project) -> None:
    with recorded(project, "audiobook"):
        pass
    (text,) = project.runs_file.read_text("utf-8").splitlines()
    project.runs_file.write_text(
        "".join(text.replace("began", f"began{n}", 1) + "\n" for n in range(MOST_KEPT)), encoding="utf-8"
    )
    with recorded(project, "audiobook"):
        pass
    assert len(project.runs_file.read_text("utf-8").splitlines()) == MOST_KEPT


@pytest.fixture
def heeding_ctrl_c() -> Iterator[None]:
    """Also where these tests were begun in the background, and a shell had them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding_ctrl_c")
def test_a_run_that_was_stopped_while_python_started_stops_when_it_begins(project: Project) -> None:
    note_start(project, "audiobook", os.getpid())
    note_stop(project)
    with pytest.raises(KeyboardInterrupt), recorded(project, "audiobook"):
        raise AssertionError("it went on")
    run = last_run(project)
    assert run is not None and run.state is State.STOPPED

"""The audiobook flow from the command line: made, made again, changed, stopped and killed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest

from flows.mastering import ffmpeg
from tests.conftest import free_port
from tests.flows.conftest import (
    BOOK,
    REPOSITORY,
    Duoyin,
    Start,
    ended,
    from_a_shell,
    impatient,
    spoken,
    tone_project,
)
from tests.warm import Warm


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def takes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (folder / "takes").rglob("*.flac")}


def delivered(folder: Path) -> Path:
    return folder / "output" / "The Two Clocks.m4b"


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a book and the project whose audiobook has been made of it, undisturbed."""
    folder = tmp_path_factory.mktemp("first")
    (folder / "book.md").write_text(BOOK, encoding="utf-8")
    project = tone_project(folder / "made", folder / "book.md")
    done = from_a_shell("audiobook", project, "--quiet")
    assert done.code in (0, 1), done.err
    return folder


@pytest.fixture
def made(tmp_path: Path, first_run: Path) -> Path:
    """A copy of the project whose audiobook has been made."""
    shutil.copytree(first_run, tmp_path / "copy")
    project = tmp_path / "copy" / "made"
    settings = project / "project.yaml"
    settings.write_text(settings.read_text().replace(str(first_run), str(tmp_path / "copy")))
    return project


def test_a_book_becomes_a_chaptered_tagged_file(made: Path) -> None:
    info = ffmpeg.probe(delivered(made))
    assert [mark.title for mark in info.chapters] == [
        "Chapter 1. The First Clock",
        "Chapter 2. The Second Clock",
        "Chapter 3. The End",
    ]
    assert info.tags["title"] == "The Two Clocks"
    report = json.loads((made / "output" / "The Two Clocks.m4b.report.json").read_text())
    assert report["passed"] == all(limit["passed"] for check in report["checks"] for limit in check["limits"])
    assert sum(entry["lines"] for entry in report["speakers"].values()) == len(spoken(made))
    assert {"narrator", "Ann"} <= set(report["speakers"])
    assert report["speakers"]["Ann"]["voice"] == "high"


def test_a_second_run_speaks_nothing_and_delivers_the_same_file(made: Path, duoyin: Duoyin) -> None:
    before, lines = digest(delivered(made)), len(spoken(made))
    duoyin("audiobook", made)
    assert digest(delivered(made)) == before
    assert len(spoken(made)) == lines


def test_only_what_changed_is_spoken_again(made: Path, duoyin: Duoyin) -> None:
    lines = len(spoken(made))
    book = made.parent / "book.md"
    book.write_text(book.read_text().replace("Nobody asked the cat.", "Nobody asked the dog."))
    duoyin("audiobook", made)
    assert spoken(made)[lines:] == ["Nobody asked the dog."]

    lines = len(spoken(made))
    script = made / "script.jsonl"
    script.write_text(script.read_text().replace("In the morning it had stopped.", "At dawn it had stopped."))
    duoyin("audiobook", made)
    assert spoken(made)[lines:] == ["At dawn it had stopped."]

    lines = len(spoken(made))
    narration = sum(
        1
        for record in map(json.loads, script.read_text().splitlines())
        if record.get("speaker", "narrator") == "narrator"
    )
    duoyin("audiobook", made, "--voice", "middle")
    assert 0 < len(spoken(made)) - lines < narration
    assert not any("nine" in text for text in spoken(made)[lines:])


def test_a_damaged_take_is_made_anew_and_the_file_is_the_same(made: Path, duoyin: Duoyin) -> None:
    before, lines = digest(delivered(made)), len(spoken(made))
    damaged = next((made / "takes").rglob("*.flac"))
    data = bytearray(damaged.read_bytes())
    data[-40] ^= 0xFF
    damaged.write_bytes(data)
    for cached in (made / ".duoyin").rglob("*"):
        if cached.is_file() and cached.name != "lock" and "script" not in cached.name:
            cached.unlink()
    run = duoyin("audiobook", made)
    assert "made anew" in run.err
    assert len(spoken(made)) == lines + 1
    assert digest(delivered(made)) == before


STAGES: dict[str, Callable[[Path], bool]] = {
    "reading": lambda folder: (folder / ".duoyin" / "lock").exists(),
    "speaking": lambda folder: len(takes(folder)) >= 4,
    "stitching": lambda folder: any((folder / ".duoyin" / "chapters").glob("*")),
    "encoding": lambda folder: any((folder / ".duoyin" / "encoded").glob("*")),
}


@pytest.mark.parametrize(
    "stage", [pytest.param(stage, marks=[pytest.mark.slow] * (stage != "speaking")) for stage in STAGES]
)
def test_killed_at_any_stage_a_run_goes_on_where_it_was(
    stage: str, tmp_path: Path, book: Path, first_run: Path, start: Start, duoyin: Duoyin
) -> None:
    folder = tone_project(tmp_path / "killed", book, delay=0.15 if stage == "speaking" else 0.0)
    process = start("audiobook", folder)
    deadline = time.monotonic() + 120
    while not STAGES[stage](folder) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    assert process.poll() is None, process.communicate()[1]
    process.kill()
    process.communicate()
    kept, lines = takes(folder), spoken(folder)
    run = duoyin("audiobook", folder)
    assert run.code in (0, 1), run.err
    after = takes(folder)
    assert all(after[name] == written for name, written in kept.items())
    assert len(spoken(folder)) - len(lines) == len(after) - len(kept)
    assert digest(delivered(folder)) == digest(delivered(first_run / "made"))


def test_ctrl_c_stops_within_seconds_and_leaves_no_process(
    tmp_path: Path, book: Path, start: Start, duoyin: Duoyin
) -> None:
    folder = tone_project(tmp_path / "stopped", book, delay=1.0)
    process = start("audiobook", folder)
    deadline = time.monotonic() + 120
    while len(takes(folder)) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    os.kill(process.pid, signal.SIGINT)
    began, spoken = time.monotonic(), len(takes(folder))
    _, err = process.communicate(timeout=60)
    assert time.monotonic() - began < 30  # three seconds on a quiet machine; tests share theirs
    assert len(takes(folder)) - spoken < 10  # a few lines in hand, not the rest of the batch
    assert process.returncode == 130
    assert "run the same command again" in err
    assert "Traceback" not in err
    _, alive = psutil.wait_procs(children, timeout=3)
    assert not alive


def test_a_run_at_a_server_delivers_the_same_and_shows_there(
    tmp_path: Path, book: Path, first_run: Path, prefect_environment: Mapping[str, str]
) -> None:
    folder = tone_project(tmp_path / "flow", book)
    done = from_a_shell("audiobook", folder, environment=prefect_environment)
    assert done.code in (0, 1), done.err
    assert digest(delivered(folder)) == digest(delivered(first_run / "made"))
    asked = urllib.request.Request(
        f"{prefect_environment['PREFECT_API_URL']}/artifacts/filter",
        data=json.dumps({"artifacts": {"key": {"any_": ["chapters", "report", "synthesis"]}}}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        left = {row["key"]: row for row in json.load(answer)}
    assert set(left) == {"chapters", "report", "synthesis"}
    assert left["synthesis"]["data"] == 100.0 and left["report"]["flow_run_id"]


def test_a_server_that_is_named_and_does_not_answer_is_told_before_anything_is_made(
    tmp_path: Path, book: Path
) -> None:
    folder = tone_project(tmp_path / "flow", book)
    nowhere = f"http://127.0.0.1:{free_port()}/api"
    done = from_a_shell("audiobook", folder, environment={**os.environ, "PREFECT_API_URL": nowhere})
    assert done.code == 2 and f"{nowhere}: no Prefect server answers" in done.err
    assert not takes(folder)


def test_a_line_that_cannot_be_spoken_fails_the_run_and_is_named(
    tmp_path: Path, book: Path, warm: Warm
) -> None:
    folder = tone_project(tmp_path / "failing", book, fail_on="asked the cat")
    run = ended(warm.start(["audiobook", folder], main=f"{impatient.__module__}:{impatient.__name__}"), 180)
    assert run.code == 2
    assert "Nobody asked the cat" in run.err
    assert "Traceback" not in run.err
    assert len(takes(folder)) > 0
    assert not delivered(folder).exists()


def test_a_disk_that_takes_no_more_is_said_and_the_next_run_goes_on(
    tmp_path: Path, book: Path, first_run: Path, duoyin: Duoyin
) -> None:
    folder = tone_project(tmp_path / "full", book)
    command = [
        "prlimit",
        "--fsize=60000",
        sys.executable,
        "-m",
        "flows.cli",
        "audiobook",
        str(folder),
        "--quiet",
    ]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "run again" in done.stderr
    kept = takes(folder)
    assert duoyin("audiobook", folder).code in (0, 1)
    assert all(takes(folder)[name] == written for name, written in kept.items())
    assert digest(delivered(folder)) == digest(delivered(first_run / "made"))


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, book: Path, duoyin: Duoyin) -> None:
    folder = tone_project(tmp_path / "project", book)
    (tmp_path / "taken").write_text("a file where the folder should be")
    run = duoyin("audiobook", folder, "--out", tmp_path / "taken" / "book.m4b")
    assert run.code == 2
    assert "taken" in run.err
    assert "Traceback" not in run.err


def test_chapters_format_and_output_are_chosen_on_the_command_line(
    tmp_path: Path, book: Path, duoyin: Duoyin
) -> None:
    folder = tone_project(tmp_path / "some", book)
    out = tmp_path / "elsewhere" / "mine.mp3"
    run = duoyin("audiobook", folder, "--chapters", "2-3", "--format", "mp3", "--out", out, "--json")
    result = json.loads(run.out)
    assert [chapter["title"] for chapter in result["chapters"]] == [
        "Chapter 2. The Second Clock",
        "Chapter 3. The End",
    ]
    assert [path.name for path in sorted((tmp_path / "elsewhere" / "mine").glob("*.mp3"))] == [
        "01 Chapter 2. The Second Clock.mp3",
        "02 Chapter 3. The End.mp3",
    ]
    assert not any("Ann" in text and "nine" in text for text in spoken(folder))


def test_a_character_may_speak_with_another_engine(made: Path, duoyin: Duoyin) -> None:
    lines = len(spoken(made))
    seconds = ffmpeg.probe(delivered(made)).duration or 0
    cast = made / "cast.yaml"
    other = "tests.engines:LowRateEngine/high"
    cast.write_text(cast.read_text().replace("voice: high", f"voice: {other}", 1))
    run = duoyin("audiobook", made, "--json")
    assert run.code in (0, 1), run.err
    assert json.loads(run.out)["speakers"]["Ann"]["voice"] == other
    assert len(spoken(made)) == lines  # the log is an option of the first engine; it spoke nothing anew
    assert abs((ffmpeg.probe(delivered(made)).duration or 0) - seconds) < 0.2


def test_the_plan_speaks_nothing(tmp_path: Path, book: Path, duoyin: Duoyin) -> None:
    folder = tone_project(tmp_path / "planned", book)
    run = duoyin("audiobook", folder, "--plan", "--json")
    assert run.code == 0, run.err
    plan = json.loads(run.out)
    assert plan["chapters"] == 3
    assert plan["to_speak_lines"] == plan["lines"] > 8
    assert plan["audio_seconds"] > plan["to_speak_seconds"] > 10
    assert plan["wall_seconds"] > 0
    assert takes(folder) == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such-book.epub"], "no such file"),
        (["{project}", "--chapters", "9"], "chapters 1 to 3"),
        (["{project}", "--profile", "loud"], "profile"),
        (["{project}", "--engine", "parrot"], "no engine"),
        (["{project}", "--voice", "nobody"], "no voice"),
        (["--no-such-option"], "No such option"),
    ],
)
def test_wrong_words_get_one_clear_message_and_exit_code_2(
    arguments: list[str], message: str, tmp_path: Path, book: Path, duoyin: Duoyin
) -> None:
    folder = tone_project(tmp_path / "project", book)
    run = duoyin("audiobook", *(a.format(project=folder) for a in arguments))
    assert run.code == 2
    assert message in run.err
    assert "Traceback" not in run.err


def test_captions_are_made_beside_it_and_nothing_is_spoken_for_them(made: Path, duoyin: Duoyin) -> None:
    lines, before = len(spoken(made)), digest(delivered(made))
    duoyin("audiobook", made, "--captions", "srt, json")
    assert (len(spoken(made)), digest(delivered(made))) == (lines, before)
    book = delivered(made)
    data = json.loads(book.with_suffix(".captions.json").read_text(encoding="utf-8"))
    marks = ffmpeg.probe(book).chapters
    assert [chapter["title"] for chapter in data["chapters"]] == [mark.title for mark in marks]
    for chapter, mark in zip(data["chapters"], marks, strict=True):
        shown = [caption for caption in chapter["captions"] if caption["words"]]
        assert mark.start <= shown[0]["start"] and shown[-1]["end"] <= mark.end
        starts = [start for caption in shown for _, start, _ in caption["words"]]
        assert starts == sorted(starts)
    script = [json.loads(line) for line in (made / "script.jsonl").read_text(encoding="utf-8").splitlines()]
    printed = "".join("".join(line.get("text", "").split()) for line in script)
    rows = book.with_suffix(".srt").read_text(encoding="utf-8").split("\n\n")
    shown_text = "".join("".join("".join(cue.strip().splitlines()[2:]).split()) for cue in rows)
    assert shown_text == printed


def test_a_file_that_is_there_is_no_caption_file_of_ours(made: Path, duoyin: Duoyin) -> None:
    own = delivered(made).with_suffix(".srt")
    own.write_text("my own\n", encoding="utf-8")
    done = duoyin("audiobook", made, "--captions", "srt,vtt")
    assert own.read_text(encoding="utf-8") == "my own\n"
    assert "is kept" in done.err
    assert delivered(made).with_suffix(".vtt").is_file()

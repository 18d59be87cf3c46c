"""dub/dub from the command line: delivered in sync, resumed, and only what changed spoken again."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import pytest
import soundfile

from tests.flows.conftest import Duoyin, Start, from_a_shell, spoken, tone_project

CUES = """\
1
00:00:01,000 --> 00:00:03,500
ANN: The ferry leaves at nine.

2
00:00:04,000 --> 00:00:06,500
TOM: Then we have ten minutes.

3
00:00:08,000 --> 00:00:10,000
ANN: Run!

4
00:00:12,000 --> 00:00:14,000
[door slams]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "film.srt").write_text(CUES, encoding="utf-8")
    return tone_project(tmp_path / "project", tmp_path / "film.srt")


def test_a_subtitle_file_becomes_a_track_and_a_scorecard(
    project: Path, duoyin: Duoyin, tmp_path: Path
) -> None:
    out = tmp_path / "dub.wav"
    run = from_a_shell("dub", project, "--out", out, "--json")
    assert run.code in (0, 1), run.err
    result = json.loads(run.out)
    assert result["passed"] == (run.code == 0)
    assert soundfile.info(out).duration > 10
    assert len(spoken(project)) == 3
    assert not any("door" in text for text in spoken(project))

    before = hashlib.sha256(out.read_bytes()).hexdigest()
    duoyin("dub", project, "--out", out)
    assert hashlib.sha256(out.read_bytes()).hexdigest() == before
    assert len(spoken(project)) == 3

    subtitles = tmp_path / "film.srt"
    subtitles.write_text(subtitles.read_text().replace("Run!", "Run now!"))
    duoyin("dub", project, "--out", out)
    assert spoken(project)[3:] == ["Run now!"]


def test_the_plan_is_printed_without_speaking(project: Path, duoyin: Duoyin) -> None:
    run = duoyin("dub", project, "--plan", "--json")
    assert run.code == 0, run.err
    plan = json.loads(run.out)
    assert len(plan["lines"]) == 3
    assert set(plan["lines"][0]) >= {
        "id",
        "cue",
        "lane",
        "start",
        "end",
        "rate",
        "shift",
        "excess_ms",
        "reason",
    }
    assert set(plan["metrics"]) >= {
        "overrun_ms", "overlap_ms", "hard_rate_violations", "flagged", "rate_jump_p95", "shift_p95",
        "speech_iou", "solve_seconds",
    }  # fmt: skip
    assert spoken(project) == []


def test_killed_while_speaking_it_goes_on(tmp_path: Path, duoyin: Duoyin, start: Start) -> None:
    (tmp_path / "film.srt").write_text(CUES, encoding="utf-8")
    folder = tone_project(tmp_path / "killed", tmp_path / "film.srt", delay=1.5)
    process = start("dub", folder, "--out", tmp_path / "dub.wav")
    deadline = time.monotonic() + 120
    while not spoken(folder) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.2)
    process.kill()
    process.communicate()
    kept = {p.name: p.stat().st_mtime_ns for p in (folder / "takes").rglob("*.flac")}
    run = duoyin("dub", folder, "--out", tmp_path / "dub.wav")
    assert run.code in (0, 1), run.err
    after = {p.name: p.stat().st_mtime_ns for p in (folder / "takes").rglob("*.flac")}
    assert all(after[name] == written for name, written in kept.items())


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("dub.txt", ".txt cannot be written"),
        ("dub.mkv", "no video is given"),
        ("dub", "does not say what kind"),
        ("film.srt/dub.wav", "cannot be written there"),
    ],
)
def test_an_output_that_cannot_be_made_is_refused_before_anything_is_spoken(
    project: Path, duoyin: Duoyin, tmp_path: Path, out: str, message: str
) -> None:
    for plan in ("--plan", "--json"):
        run = duoyin("dub", project, "--out", tmp_path / out, plan)
        assert run.code == 2 and message in run.err
    assert spoken(project) == []


def test_subtitles_that_cannot_be_dubbed_are_refused_in_words(tmp_path: Path, duoyin: Duoyin) -> None:
    empty = tmp_path / "empty.srt"
    empty.write_text("nothing here\n", encoding="utf-8")
    run = duoyin("dub", empty, "--out", tmp_path / "dub.wav")
    assert run.code == 2
    assert "Traceback" not in run.err

"""A wish to stop is obeyed within seconds, also where Python or a library loses its exception."""

from __future__ import annotations

import hashlib
import importlib
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from flows.mastering import ffmpeg
from tests.flows.conftest import Duoyin, ended, spoken, tone_project
from tests.flows.workspace.careless import AT_WORK
from tests.warm import Warm

CARELESS = "tests.flows.workspace.careless:main"
MESSAGE = "duoyin: stopped; run the same command again to go on from here"
IN_FLIGHT = 4
"""Lines that the two speech processes may have spoken and not stored when a run is stopped; mostly there is none."""
WITHIN = 15.0
"""Seconds for a stop: one or two on a quiet machine; tests share theirs. The last resort comes after 20."""

CUES = (
    "1\n00:00:01,000 --> 00:00:03,500\nANN: The ferry leaves at nine.\n\n2\n00:00:04,000 --> 00:00:06,"
    "500\nTOM: Then we have ten minutes.\n"
)

# Where a signal is lost: what never ends there (see `careless`), and whether ffmpeg is then at work.
AUDIOBOOK = {
    "reading": ("SIGINT", "without_end", "flows.sources:read", False),
    "casting": ("SIGTERM", "without_end", "flows.making.book:gather", False),
    "speaking": ("SIGINT", "without_end", "flows.making.speaking:_not_ended", False),
    "stitching": ("SIGINT", "without_end", "flows.mastering.stitch:_edged", False),
    "between chapters": ("SIGTERM", "heard_elsewhere_first", "flows.making.chapters:stitch", False),
    "measuring": ("SIGTERM", "stream_of_threads_without_end", "flows.mastering.measured:blocks", False),
    "encoding": ("SIGINT", "stream_of_threads_without_end", "flows.mastering.encode:_bytes", True),
    "joining": ("SIGTERM", "stream_without_end", "flows.mastering.exports.m4b:_packets", True),
    "checking": ("SIGINT", "stream_without_end", "flows.mastering.check:_reported", True),
}
DUB = {
    "reading": ("SIGTERM", "without_end", "flows.making.dub.lines:read_subtitles", False),
    "planning": ("SIGINT", "without_end", "flows.making.dub.timing:plan_timeline", False),
    "planning again": ("SIGTERM", "without_end", "flows.making.dub.timing:measure", False),
    "rendering": ("SIGINT", "stream_without_end", "flows.mastering.dub.deliver:timeline", False),
    "mixing": ("SIGTERM", "stream_without_end", "flows.mastering.dub.deliver:mixed", True),
    "muxing": ("SIGINT", "stream_without_end", "flows.mastering.dub.mux:_bytes", True),
    "listening": ("SIGTERM", "stream_without_end", "flows.mastering.dub.deliver:decode_aligned", True),
    "judging": ("SIGINT", "without_end", "flows.mastering.dub.deliver:score", False),
}


COMPRESS = {
    "the teacher": ("SIGINT", "without_end", "tts_core.gpt_sovits.training.teaching:token_flags", False),
    "learning": ("SIGTERM", "without_end", "tts_core.gpt_sovits.training.run:_look", False),
    "exporting": ("SIGTERM", "without_end", "flows.making.compressing:export_onnx", False),
    "the table": ("SIGINT", "without_end", "flows.making.weighing:_heard_of", False),
}


def test_the_places_where_a_signal_is_lost_are_there() -> None:
    """What moved is missed at once, not only where the slow tests run."""
    with_torch = COMPRESS.values() if find_spec("torch") and find_spec("onnx") else ()
    for _, _, place, _ in (*AUDIOBOOK.values(), *DUB.values(), *with_torch):
        module, _, name = place.partition(":")
        assert callable(getattr(importlib.import_module(module), name, None)), place


@pytest.mark.slow
def test_an_audiobook_stopped_in_every_stage_is_the_same_in_the_end(
    tmp_path: Path, book: Path, warm: Warm, duoyin: Duoyin
) -> None:
    undisturbed = tone_project(tmp_path / "undisturbed", book)
    assert duoyin("audiobook", undisturbed).code in (0, 1)
    folder = tone_project(tmp_path / "stopped", book)
    for stage in AUDIOBOOK:
        stop(stage, AUDIOBOOK, warm, "audiobook", folder)
        assert not list((folder / "output").glob("*.m4b"))
    run = duoyin("audiobook", folder)
    assert run.code in (0, 1), run.err
    name = "The Two Clocks.m4b"
    assert digest(folder / "output" / name) == digest(undisturbed / "output" / name)
    assert set(spoken(folder)) == set(spoken(undisturbed))
    assert len(spoken(folder)) <= len(spoken(undisturbed)) + IN_FLIGHT
    assert not list(folder.rglob("*.partial"))


@pytest.mark.slow
def test_a_dub_stopped_in_every_stage_is_the_same_in_the_end(
    tmp_path: Path, warm: Warm, duoyin: Duoyin
) -> None:
    (tmp_path / "film.srt").write_text(CUES, encoding="utf-8")
    film = tmp_path / "film.mkv"
    make = [ffmpeg.find(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=60", "-f", "lavfi"]
    make += ["-i", "anoisesrc=r=48000:a=0.05:d=60", "-c:v", "mpeg4", "-c:a", "flac", str(film)]
    subprocess.run(make, check=True)
    undisturbed = tone_project(tmp_path / "undisturbed", tmp_path / "film.srt")
    assert duoyin("dub", undisturbed, "--video", film).code in (0, 1)
    folder = tone_project(tmp_path / "stopped", tmp_path / "film.srt")
    for stage in DUB:
        stop(stage, DUB, warm, "dub", folder, "--video", film)
    run = duoyin("dub", folder, "--video", film)
    assert run.code in (0, 1), run.err
    name = "film.dub.mkv"
    assert digest(folder / "output" / name) == digest(undisturbed / "output" / name)
    assert not list(folder.rglob("*.partial"))


@pytest.mark.slow
def test_a_model_whose_halving_was_stopped_in_every_stage_is_the_same_in_the_end(
    tmp_path: Path, warm: Warm
) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from tests.tts_core.gpt_sovits.tiny_home import make_home
    from tts_core.gpt_sovits.files.imported import T2S_FILE

    (tmp_path / "home").mkdir()
    home = make_home(tmp_path / "home")
    (home / "models").rename(home / "gpt-sovits")
    text = tmp_path / "text.txt"
    text.write_text("\n\n".join(f"院子里有{number}只钟。" for number in "两三四五六七八九"), encoding="utf-8")
    places = {"MODELS": home, "VOICES": home / "voices", "GPT_SOVITS_SUPPORT": home / "support"}
    environment = warm.environment | {f"DUOYIN_{name}": str(place) for name, place in places.items()}

    def command(name: str, *more: str) -> tuple[object, ...]:
        asked = ("--to", "half", "--text", text, "--name", name, "--updates", "4", *more)
        return ("models", "compress", "anna", *asked)

    def made(name: str) -> str:
        run = ended(warm.start(command(name), environment=environment), 120)
        assert run.code == 0, run.err
        return digest(home / "gpt-sovits" / name / T2S_FILE)

    for stage in COMPRESS:
        stop(stage, COMPRESS, warm, *command("stopped", "--table"), environment=environment)
    assert made("stopped") == made("undisturbed")


def stop(
    stage: str,
    stages: Mapping[str, tuple[str, str, str, bool]],
    warm: Warm,
    *arguments: object,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run `duoyin`, let it lose a signal in a stage, and see it stop all the same, with all its processes."""
    number, kind, place, encoder = stages[stage]
    process = warm.start([number, kind, place, *arguments], main=CARELESS, environment=environment)
    told: list[str] = []
    children: dict[int, str] = {}
    came = 0.0
    for line in process.stderr:
        told.append(line)
        if line.startswith(AT_WORK):
            came = time.monotonic()
            listed = line.removeprefix(AT_WORK).strip()
            children = {
                int(pid): name for pid, _, name in (one.partition(" ") for one in listed.split(", ") if one)
            }
    process.wait()
    took, err = time.monotonic() - came, "".join(told)
    assert came, (stage, err)
    assert any("ffmpeg" in name for name in children.values()) == encoder, (stage, children)
    assert took < WITHIN, stage
    assert process.returncode == 130, (stage, err)
    assert told[-1] == f"{MESSAGE}\n", (stage, err)
    assert err.count("Traceback") == err.count("Exception ignored in"), (stage, err)
    deadline = time.monotonic() + 5
    while any(psutil.pid_exists(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [name for pid, name in children.items() if psutil.pid_exists(pid)], stage


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


ALONE = """
import hashlib, os, signal, sys, threading, time
from flows.workspace import stopping

def end():
    print("ended", flush=True)
    os._exit(7)

class Careless:
    def __del__(self):  # what is raised in here, Python forgets
        os.kill(os.getpid(), signal.SIGINT)

def forever():
    while True:
        time.sleep(0.01)

stopping.listen(at_last=end)
began = time.monotonic()
try:
    {body}
except KeyboardInterrupt:
    stopping.leave()
    print("stopped", flush=True)
    os.kill(os.getpid(), signal.SIGINT)  # nothing is interrupted any more
    time.sleep(1.5)
    print("left", flush=True)
"""


def alone(body: str, **constants: float) -> list[str]:
    """What a program prints whose work is `body`."""
    program = "".join(f"    stopping.{name} = {value}\n" for name, value in constants.items())
    code = ALONE.replace("    {body}\n", program + body)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr
    return done.stdout.split()


def test_a_signal_in_a_finalizer_is_raised_again() -> None:
    assert alone("    Careless()\n    print('on', flush=True)\n    forever()\n") == ["on", "stopped", "left"]


def test_a_signal_that_a_bare_except_takes_is_raised_again() -> None:
    body = (
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        forever()\n"
        "    except BaseException:\n"
        "        print('on', flush=True)\n"
        "    forever()\n"
    )
    assert alone(body) == ["on", "stopped", "left"]


def test_a_signal_that_somebody_keeps_and_does_not_heed_is_raised_again() -> None:
    body = (
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        forever()\n"
        "    except BaseException as error:\n"
        "        kept = error\n"
        "    print('on', flush=True)\n"
        "    forever()\n"
    )
    assert alone(body, PATIENCE_SECONDS=1.0) == ["on", "stopped", "left"]


def test_loops_that_look_hear_of_it_at_once() -> None:
    body = "    Careless()\n    stopping.check()\n"
    assert alone(body, LOST_LOOKS=10_000) == ["stopped", "left"]


def test_tidying_up_is_not_interrupted_by_the_same_wish_nor_by_a_second_one() -> None:
    body = (
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        forever()\n"
        "    finally:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        time.sleep(2)\n"
        "        print('tidied', flush=True)\n"
    )
    assert alone(body) == ["tidied", "stopped", "left"]


def test_a_wish_that_a_library_took_in_another_form_is_raised_again() -> None:
    """As Prefect does with SIGTERM while a flow runs."""
    body = (
        "    def theirs(number, frame):\n"
        "        raise SystemExit\n"
        "    signal.signal(signal.SIGTERM, theirs)\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        forever()\n"
        "    except SystemExit:\n"
        "        print('on', flush=True)\n"
        "    forever()\n"
    )
    assert alone(body) == ["on", "stopped", "left"]


def test_a_process_that_cannot_be_reached_ends_at_last() -> None:
    body = (
        "    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()\n"
        "    hashlib.pbkdf2_hmac('sha256', b'', b'', 10**9)\n"  # minutes in C
    )
    assert alone(body, LAST_SECONDS=1.0) == ["ended"]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_the_command_says_so_and_exits_with_130(name: str, warm: Warm) -> None:
    """Here without a flow: while a command waits for an answer of a program."""
    process = warm.start([name, "without_end", "flows.cli.doctor:_disk", "doctor"], main=CARELESS)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.endswith(f"{MESSAGE}\n")

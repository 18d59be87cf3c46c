"""The ffmpeg that is run keeps every sample; another is told from it, and never silently used."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.mastering import ffmpeg, programs
from flows.mastering.exports.m4b import master_book
from flows.mastering.profiles import AUDIOBOOK
from flows.mastering.tags import BookMetadata
from normalizers.errors import DuoyinError
from tests.flows.mastering.dub.test_deliver import dub
from tests.flows.mastering.sounds import babble, chapter


@pytest.fixture(autouse=True)
def nothing_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No program was tried yet, and none is named."""
    monkeypatch.setattr(programs, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.delenv(programs.EXPLICIT, raising=False)
    programs.chosen.cache_clear()
    yield
    programs.chosen.cache_clear()


def bundled() -> str:
    found = programs.bundled()
    if found is None:
        pytest.skip("imageio-ffmpeg brings no ffmpeg for this machine")
    return found


def stand_in(folder: Path, words: str) -> str:
    """A program called ffmpeg that does the bundled one's work but for what `words` (of sh) do before."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "ffmpeg"
    program.write_text(f'#!/bin/sh\n{words}\nexec "{bundled()}" "$@"\n')
    program.chmod(0o755)
    return str(program)


def test_the_bundled_program_is_used_whatever_is_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in ("exit 1", "echo nonsense; exit 0", ""):
        monkeypatch.setenv("PATH", str(Path(stand_in(tmp_path / "bin", words)).parent), prepend=":")
        programs.chosen.cache_clear()
        assert ffmpeg.find() == bundled()
        assert programs.chosen().lacks == ()


def test_where_nothing_is_bundled_the_path_has_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = stand_in(tmp_path / "bin", "")
    monkeypatch.setattr(programs, "bundled", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert ffmpeg.find() == program
    Path(program).write_text("#!/bin/sh\nexit 1\n")
    programs.chosen.cache_clear()
    with pytest.raises(DuoyinError, match="no ffmpeg was found that starts"):
        ffmpeg.find()


def test_of_two_that_lack_something_the_better_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = 'case "$*" in -version) echo ffmpeg version {}; exit;; *-encoders*) echo {}; exit;; esac'
    no_opus = stand_in(tmp_path / "a", told.format("a", "aac flac libmp3lame mjpeg pam pcm_s24le"))
    nothing = stand_in(tmp_path / "b", told.format("b", ""))
    for order in ((no_opus, nothing), (nothing, no_opus)):
        monkeypatch.setattr(programs, "_candidates", lambda both=order: iter(both))
        programs.chosen.cache_clear()
        assert programs.chosen().path == no_opus
        assert programs.chosen().lacks == ("has no encoder libopus",)


def test_a_program_that_is_named_is_used_whatever_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = stand_in(tmp_path, 'case "$*" in *matroska*) exit 1;; esac')
    monkeypatch.setenv(programs.EXPLICIT, program)
    assert ffmpeg.find() == program
    assert programs.chosen().lacks == ("does not write Opus in Matroska",)
    monkeypatch.setenv(programs.EXPLICIT, str(tmp_path / "nowhere"))
    programs.chosen.cache_clear()
    with pytest.raises(DuoyinError) as caught:
        ffmpeg.find()
    assert caught.value.where == str(tmp_path / "nowhere")


def test_what_a_program_keeps_is_found_out_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = stand_in(tmp_path, f'echo "$*" >> "{log}"')
    first = programs.examined(program)
    calls = log.read_text().splitlines()
    assert programs.examined(program) == first
    assert log.read_text().splitlines()[len(calls) :] == ["-version"]


def test_a_failure_that_may_pass_is_not_remembered(tmp_path: Path) -> None:
    failing = programs.examined(stand_in(tmp_path, 'case "$*" in *matroska*) exit 1;; esac'))
    assert failing is not None and failing.lacks
    mended = programs.examined(stand_in(tmp_path, ""))
    assert mended is not None and not mended.lacks


@pytest.fixture(params=["bundled", "on the PATH"])
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> programs.Program:
    """Each ffmpeg of this machine in turn, made the one that is run."""
    path = bundled() if request.param == "bundled" else shutil.which("ffmpeg")
    found = programs.examined(path) if path else None
    if found is None:
        pytest.skip("there is no ffmpeg on the PATH to run this with a second time")
    monkeypatch.setenv(programs.EXPLICIT, found.path)
    return found


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_a_dub_shows_what_a_program_was_found_to_keep(
    program: programs.Program, tmp_path: Path, suffix: str
) -> None:
    video = tmp_path / "film.mkv"
    made = [bundled(), "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=5.2"]
    made += ["-f", "lavfi", "-i", "sine=duration=5.17", "-c:v", "mpeg4", "-c:a", "aac", str(video)]
    subprocess.run(made, check=True)
    done = dub(tmp_path / f"out{suffix}", video, tmp_path)
    missed = {gate.name for gate in done.scorecard.gates if not gate.passed}
    track = "Opus in Matroska" if suffix == ".mkv" else "AAC in MP4"
    kept = f"does not keep every sample of {track}" not in program.lacks
    assert kept == ("length_delta_samples" not in missed), (program, missed)
    assert missed <= {"length_delta_samples", "mux_delay_max_ms"}


def test_a_book_is_whole_with_either(program: programs.Program, tmp_path: Path) -> None:
    sounds = [
        chapter(tmp_path, f"Chapter {n}", [babble(2.0 + n / 7, n, level=0.2)], pause=0, head=0.3, tail=0.4)
        for n in range(3)
    ]
    told = BookMetadata("The Book", ("A",), language="en", series="Tales", series_index="1")
    made = master_book(sounds, told, AUDIOBOOK, tmp_path / "book.m4b")
    missed = {limit.name for limit in made.check.limits if not limit.passed}
    assert missed <= {"noise floor"}, made.check.table()  # babble has no pauses to be silent in
    assert made.check.tags["sort_name"] == "Book, The" and made.check.tags["series-part"] == "1"

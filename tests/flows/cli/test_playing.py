"""Sound goes to whatever program plays it here, a file whole and a stream as it comes."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import numpy as np
import pytest
import soundfile

from flows.cli.playing import Pipe, play, sounding
from normalizers import DuoyinError
from tts_core.sound import pcm, wav_head

RATE = 24_000
SOUND = np.linspace(-0.9, 0.9, 40_000, dtype=np.float32)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for programs that play; no other is found."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for tool in ("sh", "cat", "cp", "sleep"):
        (folder / tool).symlink_to(f"/bin/{tool}")
    monkeypatch.setenv("PATH", str(folder))
    return folder


def player(file: Path, script: str) -> None:
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def test_a_take_is_played_by_what_is_there(tmp_path: Path, programs: Path) -> None:
    take = tmp_path / "take.flac"
    soundfile.write(take, [0.0, 0.5, -0.5] * 100, RATE)
    assert "nothing here plays sound (ffplay, afplay, aplay)" in play(take)
    asked = tmp_path / "asked"
    player(programs / "aplay", f'echo "$@" > {asked}; cp "$2" {tmp_path}/played.wav')
    assert play(take, ["aplay"]) == "played by aplay"
    assert soundfile.info(tmp_path / "played.wav").format == "WAV" and asked.read_text().startswith("-q ")
    player(programs / "ffplay", "echo no device >&2; exit 1")
    assert play(take).startswith("ffplay could not play it (no device)")


def test_a_stream_arrives_at_the_player_as_a_wav_file_without_an_end(tmp_path: Path, programs: Path) -> None:
    player(programs / "ffplay", f"cat > {tmp_path}/heard.wav")
    with sounding(RATE) as pipe:
        for part in np.array_split(SOUND, 5):
            pipe.write(pcm(part))
    heard, rate = soundfile.read(tmp_path / "heard.wav", dtype="float32")
    assert rate == RATE and np.abs(heard - SOUND).max() < 1e-4


def test_paplay_is_given_bare_samples(tmp_path: Path, programs: Path) -> None:
    player(programs / "paplay", f'echo "$@" > {tmp_path}/asked; cat > {tmp_path}/heard')
    with sounding(RATE) as pipe:
        pipe.write(pcm(SOUND))
    assert (tmp_path / "heard").read_bytes() == pcm(SOUND)
    assert (tmp_path / "asked").read_text() == "--raw --format=s16le --channels=1 --rate=24000\n"


def test_no_player_and_one_that_fails_are_said_with_what_to_do(programs: Path) -> None:
    with (
        pytest.raises(DuoyinError, match=r"nothing here plays sound as it comes[\s\S]*--out -"),
        sounding(RATE),
    ):
        pass
    player(programs / "aplay", "echo no soundcards found >&2; exit 1")
    with pytest.raises(DuoyinError, match="aplay could not play it \\(no soundcards found\\)"):  # noqa: SIM117
        with sounding(RATE) as pipe:
            for _ in range(100):  # more than a pipe holds
                pipe.write(pcm(SOUND))


def test_an_error_silences_the_player(programs: Path) -> None:
    player(programs / "ffplay", "exec sleep 1000")
    with pytest.raises(KeyboardInterrupt), sounding(RATE) as pipe:
        pipe.write(pcm(SOUND))
        raise KeyboardInterrupt


def test_what_is_too_loud_is_cut_off_and_not_turned_over() -> None:
    assert np.frombuffer(pcm(np.array([1.5, -1.5, 0.0], np.float32)), "<i2").tolist() == [32767, -32767, 0]


def test_a_pipe_does_not_wait_for_its_reader_and_tells_when_it_has_left() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as end:
        pipe = Pipe(end)
        for _ in range(20):
            pipe.write(pcm(SOUND))  # far more than the system holds back, and nobody reads yet
        os.close(reading)
        with pytest.raises(BrokenPipeError):
            pipe.finish()
        with pytest.raises(BrokenPipeError):
            pipe.write(b"more")


def test_the_head_is_that_of_a_16_bit_mono_wav_file() -> None:
    found = soundfile.info(io.BytesIO(wav_head(RATE) + pcm(SOUND)))
    assert (found.format, found.subtype, found.channels, found.samplerate) == ("WAV", "PCM_16", 1, RATE)

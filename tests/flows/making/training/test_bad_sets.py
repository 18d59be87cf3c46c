"""Sets that cannot be trained on are each one clear message, heard by the real recogniser and speaker encoder."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("torch")

from flows.making.training.looking import look_through
from flows.making.training.material import material
from normalizers import DuoyinError
from tts_core.sound import Samples, resampled

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in ("faster_whisper", "resemblyzer")),
        reason="needs the extra proof and a speaker encoder",
    ),
]
RATE = 22_050


@pytest.fixture
def speech(in_shared: Callable[[str], Path]) -> Samples:
    """Ten seconds of one woman."""
    path = in_shared("corpus/voices/en_LJ001-0001.wav")
    return np.asarray(soundfile.read(path, dtype="float32")[0], np.float32)


def message(folder: Path, samples: Samples, rate: int = RATE, language: str = "en") -> str:
    soundfile.write(folder / "a.wav", samples, rate)
    with pytest.raises(DuoyinError) as told:
        look_through(material([folder]), language)
    return str(told.value)


def test_all_noise(tmp_path: Path) -> None:
    noise = (0.1 * np.random.default_rng(0).standard_normal(20 * RATE)).astype(np.float32)
    assert "no speech is heard in it" in message(tmp_path, noise)


def test_eight_kilohertz_whatever_the_file_says(tmp_path: Path, speech: Samples) -> None:
    narrow = resampled(speech, RATE, 8_000)
    assert "8000 Hz; at least 16000 Hz are needed" in message(tmp_path, narrow, 8_000)
    widened = resampled(narrow, 8_000, 44_100)
    assert "nothing above 4.0 kHz, as from a telephone" in message(tmp_path, widened, 44_100)


def test_clipped(tmp_path: Path, speech: Samples) -> None:
    assert "of the samples stand at full scale" in message(tmp_path, np.clip(8 * speech, -0.99, 0.99))


def test_another_language(tmp_path: Path, in_shared: Callable[[str], Path]) -> None:
    clip = min(in_shared("corpus/voices").glob("zh_aishell3_SSB00[05]*.wav"))
    samples, rate = soundfile.read(clip, dtype="float32")
    assert "Chinese is spoken, not English" in message(tmp_path, samples, rate)


def test_a_dead_side_is_left_out_and_too_little_speech_is_counted(tmp_path: Path, speech: Samples) -> None:
    stereo = np.stack([np.zeros_like(speech), speech], axis=1)
    told = message(tmp_path, stereo)
    assert "10 s are needed at least" in told
    assert "clipped" not in told and "noisy" not in told


def test_two_people(tmp_path: Path, shared: Path, speech: Samples) -> None:
    other, rate = soundfile.read(
        shared / "corpus" / "voices" / "en_librispeech_60-121082-0000.flac", dtype="float32"
    )
    soundfile.write(tmp_path / "b.wav", other, rate)
    assert "more than one person speaks" in message(tmp_path, speech)


def test_shuffled_labels(tmp_path: Path, shared: Path, speech: Samples) -> None:
    (tmp_path / "a.txt").write_text(
        "The quick brown fox had never cared for grapes, and so it went home hungry in the evening.",
        encoding="utf-8",
    )
    told = message(tmp_path, speech)
    assert "heard otherwise" in told or "is not in the text" in told


def test_nothing_in_a_file_and_nothing_that_is_a_recording(tmp_path: Path) -> None:
    told = message(tmp_path, np.zeros(0, np.float32))
    assert "nothing of the recordings can be used" in told and "the recording is empty" in told
    (tmp_path / "a.wav").write_bytes(b"")
    with pytest.raises(DuoyinError, match="nothing of the recordings can be used"):
        look_through(material([tmp_path]), "en")


def test_one_clip_is_refused_where_it_is_short_and_a_set_with_a_warning_where_it_is_long_enough(
    tmp_path: Path, speech: Samples, in_shared: Callable[[str], Path]
) -> None:
    assert "10 s are needed at least" in message(tmp_path, speech[: 5 * RATE])
    made = look_through(material([in_shared("corpus/voices/en_jfk.flac")]), "en")
    assert len(made.clips) >= 1 and made.seconds >= 10
    assert any("a minute or more" in warning for warning in made.warnings), "nobody is told that it is little"


def test_a_recording_of_54_seconds_is_cut_at_the_ends_of_sentences(
    tmp_path: Path, in_shared: Callable[[str], Path]
) -> None:
    said, rate = soundfile.read(in_shared("corpus/voices/en_jfk.flac"), dtype="float32")
    long = np.concatenate([said] * 5)[: 54 * rate]
    soundfile.write(tmp_path / "long.wav", long, rate)
    made = look_through(material([tmp_path]), "en")
    assert made.clips and all(3 <= clip.seconds <= 12 for clip in made.clips)
    told = made.seconds + sum(row.end - row.start for row in made.left_out)
    assert told > 40, f"{len(long) / rate - told:.0f} s are neither used nor accounted for"

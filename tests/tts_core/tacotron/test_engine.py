"""Tacotron 2 on the seam; what every engine keeps is in `test_contract`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import torch

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits.tiny_home import loaded as cloning
from tests.tts_core.tacotron.home import loaded, make_home
from tests.tts_core.tacotron.tiny import TINY, tiny_size
from tts_core.engine import Utterance
from tts_core.gpt_sovits.voice.voicefile import load_voice, save_voice
from tts_core.registry import describe
from tts_core.tacotron.engine import _times
from tts_core.tacotron.model import SAMPLE_RATE, Said, fresh, write_model
from tts_core.tacotron.vocoder import SOURCES, VOCODER_FILE, fresh_vocoder, write_vocoder

LINE = Utterance("Look, a grey cat!", "en", "anna", seed=3)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("voices"))


def test_it_is_a_baseline_and_says_so() -> None:
    assert describe("tacotron2").baseline
    assert not describe("gpt-sovits").baseline and not describe("kokoro").baseline


def test_a_seed_is_a_take_whatever_stands_beside_it(home: Path) -> None:
    engine = loaded(home)
    line, other = engine.read(LINE), engine.read(replace(LINE, text="Nobody asked.", seed=8))
    (alone,) = engine.speak([line])
    together = list(loaded(home).speak([other, line]))
    assert np.array_equal(alone.samples, together[1].samples)
    (again,) = engine.speak([replace(line, seed=4)])
    assert not np.array_equal(alone.samples[: len(again.samples)], again.samples[: len(alone.samples)])


def test_a_line_that_does_not_end_is_stopped_and_flagged(home: Path, tmp_path: Path) -> None:
    engine = loaded(home)
    (take,) = engine.speak([engine.read(LINE)])
    assert "limit" in take.evidence["flags"] and 4 < take.seconds < 12
    short = loaded(make_home(tmp_path, ends_at_once=True))
    (take,) = short.speak([short.read(LINE)])
    assert "limit" not in take.evidence["flags"] and take.seconds < 0.3


def test_tempo_changes_the_length_and_not_the_words(home: Path) -> None:
    engine = loaded(home)
    line = engine.read(LINE)
    (usual,), (fast,) = engine.speak([line]), engine.speak([replace(line, speed=1.25)])
    assert fast.seconds == pytest.approx(usual.seconds / 1.25, rel=0.05)


def test_a_phoneme_begins_where_the_attention_comes_to_it() -> None:
    looked_at = torch.tensor([0, 0, 1, 1, 0, 3, 3, 3])
    attention = torch.nn.functional.one_hot(looked_at, 5).float()
    assert _times(Said(torch.zeros(80, 8), attention, True), 8.0) == (0.0, 2.0, 5.0, 5.0, 8.0, 8.0)


def test_another_model_is_another_voice_and_one_that_was_withdrawn_is_silent(tmp_path: Path) -> None:
    engine = loaded(make_home(tmp_path))
    line, digest = engine.read(LINE), engine.voice_digest("anna", "en")
    write_model(fresh(TINY, 7).net, TINY, "tiny", tmp_path / "anna" / "model.pth")
    assert engine.voice_digest("anna", "en") != digest
    voice = load_voice(tmp_path / "anna")
    save_voice(replace(voice, consent=replace(voice.consent, withdrawn=date(2026, 1, 1))))
    with pytest.raises(DuoyinError, match="may not speak"):
        list(engine.speak([line]))


def test_what_is_asked_of_the_wrong_voice_or_engine_is_refused(home: Path) -> None:
    engine = loaded(home)
    with pytest.raises(DuoyinError, match=r"no voice 'nobody'[\s\S]*anna, bao"):
        engine.read(replace(LINE, voice="nobody"))
    with pytest.raises(DuoyinError, match="trained on zh alone"):
        engine.read(replace(LINE, voice="bao"))
    other = cloning(home.parent)
    other._voices = home
    assert other.voices() == [] and engine.sample_rate == SAMPLE_RATE
    with pytest.raises(DuoyinError, match="spoken by tacotron2, not by gpt-sovits"):
        other.voice_digest("anna", "en")


def test_a_vocoder_beside_a_voice_makes_its_sound_and_another_take(tmp_path: Path) -> None:
    engine = loaded(make_home(tmp_path))
    line = engine.read(LINE)
    (plain,) = engine.speak([line])
    digests = [engine.voice_digest("anna", "en")]
    for source, by in zip(SOURCES, ("HiFi-GAN", "NSF-HiFi-GAN"), strict=True):
        size = tiny_size(source)
        write_vocoder(size, fresh_vocoder(size, 1), "tiny", tmp_path / "anna" / VOCODER_FILE)
        (take,) = engine.speak([line])
        (again,) = loaded(tmp_path).speak([line])
        assert take.evidence["sound"] == by and np.array_equal(take.samples, again.samples)
        assert take.seconds == pytest.approx(plain.seconds, abs=0.1) and take.times[-1] == take.seconds
        digests.append(engine.voice_digest("anna", "en"))
    assert len(set(digests)) == 3
    (tmp_path / "anna" / VOCODER_FILE).unlink()
    assert engine.voice_digest("anna", "en") == digests[0]
    (take,) = engine.speak([line])
    assert take.evidence["sound"] == "Griffin-Lim" and np.array_equal(take.samples, plain.samples)


def test_a_vocoder_of_other_mels_is_refused_with_the_way_out(tmp_path: Path) -> None:
    engine = loaded(make_home(tmp_path))
    size = replace(tiny_size("none"), mel=replace(TINY.mel, high=7_000.0))
    write_vocoder(size, fresh_vocoder(size), "tiny", tmp_path / "anna" / VOCODER_FILE)
    with pytest.raises(DuoyinError, match="other mels") as caught:
        list(engine.speak([engine.read(LINE)]))
    assert caught.value.hint and "remove the file" in caught.value.hint

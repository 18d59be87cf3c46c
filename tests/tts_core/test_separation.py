"""Voices out of a mix, in segments: as long as before, without a seam, and with a clear word where something is
missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from normalizers import DuoyinError
from tts_core.separation import MODEL_RATE, SEGMENT_SECONDS, load_background, without_voices
from tts_core.sound import Samples


def music(seconds: float, channels: int, rate: int) -> Samples:
    t = np.arange(round(seconds * rate)) / rate
    sound = [0.3 * np.sin(2 * np.pi * (110 + 70 * c) * t) * (0.6 + 0.4 * np.sin(t)) for c in range(channels)]
    return np.stack(sound, axis=1).astype(np.float32)


def through(sound: Samples, rate: int, background: Any, block: int = 40_000) -> Samples:
    blocks = (sound[k : k + block] for k in range(0, len(sound), block))
    return np.concatenate(list(without_voices(blocks, rate, sound.shape[1], background)))


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("seconds", [0.3, 9.9, 10.0, 31.7])
def test_segments_add_up_to_the_whole(seconds: float, channels: int) -> None:
    sound = music(seconds, channels, MODEL_RATE)
    out = through(sound, MODEL_RATE, lambda segment: segment)
    assert out.shape == sound.shape
    np.testing.assert_allclose(out, sound, atol=1e-6)


def test_a_model_that_differs_from_segment_to_segment_leaves_no_click() -> None:
    sound = music(35.0, 2, MODEL_RATE)
    gains = iter(np.linspace(0.5, 1.0, 8))
    out = through(sound, MODEL_RATE, lambda segment: segment * np.float32(next(gains)))
    assert np.abs(np.diff(out, axis=0)).max() <= np.abs(np.diff(sound, axis=0)).max() * 1.01


@pytest.mark.parametrize("seconds", [0.5, 2 * SEGMENT_SECONDS + 0.123])
def test_another_rate_keeps_length_and_place(seconds: float) -> None:
    sound = music(seconds, 2, 48_000)
    out = through(sound, 48_000, lambda segment: segment)
    assert out.shape == sound.shape
    inner = slice(2_000, -2_000)
    np.testing.assert_allclose(out[inner], sound[inner], atol=2e-3)


def test_the_network_runs_on_weights_from_disk(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    models = pytest.importorskip("torchaudio.models")

    def network() -> Any:
        return models.HDemucs(["drums", "bass", "other", "vocals"], channels=4)

    torch.manual_seed(0)
    weights = tmp_path / "tiny.pt"
    torch.save(network().state_dict(), weights)
    sound = music(12.0, 2, 48_000)
    out = through(sound, 48_000, load_background(weights, model=network()))
    assert out.shape == sound.shape and np.isfinite(out).all()
    assert np.abs(out - sound).max() > 0, "something was taken out"
    silence = np.zeros((48_000, 2), np.float32)
    assert not through(silence, 48_000, load_background(weights, model=network())).any()
    with pytest.raises(DuoyinError, match="no weights of Hybrid Demucs"):
        load_background(weights)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(DuoyinError, match="not on this disk") as told:
        load_background(tmp_path / "absent.pt")
    assert "bed: duck" in str(told.value.hint)

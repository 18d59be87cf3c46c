"""The model's files, its mels, and the sound that is made of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from normalizers import DuoyinError
from tests.tts_core.tacotron.tiny import TINY
from tts_core.tacotron.model import (
    SAMPLE_RATE,
    SILENCE,
    SIZES,
    SMALL,
    fresh,
    mel_of,
    read_model,
    say,
    sounded,
    write_model,
)


def test_the_published_size_has_the_published_parameters() -> None:
    with torch.device("meta"):
        net = fresh(SIZES["published"]).net
    symbols = 148  # of the published model; ours has those of the GPT-SoVITS models
    own = sum(tensor.numel() for tensor in net.parameters()) - (net.embedding.num_embeddings - symbols) * 512
    assert round(own / 1e6, 1) == 28.2


def test_a_model_comes_back_from_its_file(tmp_path: Path) -> None:
    made = fresh(TINY, 5)
    write_model(made.net, TINY, "u", tmp_path / "a.pth")
    back = read_model(tmp_path / "a.pth")
    assert back.size == TINY
    assert all(
        torch.equal(back.net.state_dict()[name], tensor) for name, tensor in made.net.state_dict().items()
    )
    torch.save({"weight": {}}, tmp_path / "b.pth")
    with pytest.raises(DuoyinError, match="no model of Tacotron 2"):
        read_model(tmp_path / "b.pth")


def test_a_seed_is_a_take_and_a_line_that_does_not_end_is_told() -> None:
    model, phones = fresh(TINY, 5), torch.arange(10, 20)
    model.net.eval()
    with torch.no_grad():
        model.net.decoder.gate_layer.bias.fill_(-9.0)
    made = say(model, phones, seed=1, most=12)
    assert made.mel.shape == (80, 12) and made.attention.shape == (12, 10) and not made.ended
    again, other = say(model, phones, seed=1, most=12), say(model, phones, seed=2, most=12)
    assert torch.equal(made.mel, again.mel) and not torch.equal(made.mel, other.mel)
    with torch.no_grad():
        model.net.decoder.gate_layer.bias.fill_(9.0)
    assert say(model, phones, seed=1, most=12).ended


@pytest.mark.parametrize("size", [SIZES["published"], SMALL])
def test_a_sound_comes_back_from_its_mel(size: object) -> None:
    """Pitch and level; not the samples, whose phases are lost."""
    assert isinstance(size, type(SMALL))
    places = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    harmonics = [0.2 / n * np.sin(2 * np.pi * 200 * n * places) for n in range(1, 6)]
    tone = np.sum(harmonics, axis=0).astype(np.float32)
    mel = mel_of(torch.from_numpy(tone), size)
    assert mel.shape == (80, SAMPLE_RATE // size.hop)
    assert mel.min() >= SILENCE
    made = sounded(mel, size, seed=1)
    again = sounded(mel, size, seed=1)
    assert torch.equal(made, again) and len(made) == (mel.shape[1] - 1) * size.hop
    inside = made[4 * size.fft : -4 * size.fft].numpy()
    spectrum = np.abs(np.fft.rfft(inside * np.hanning(len(inside))))
    loudest = np.fft.rfftfreq(len(inside), 1 / SAMPLE_RATE)[spectrum.argmax()]
    assert abs(loudest - 200) < 20
    assert 0.7 < float(np.sqrt(np.mean(inside**2)) / np.sqrt(np.mean(tone**2))) < 1.4


def test_a_single_frame_is_a_sound_too() -> None:
    made = sounded(torch.zeros(80, 1), TINY, seed=1)
    assert len(made) >= TINY.fft and bool(torch.isfinite(made).all())

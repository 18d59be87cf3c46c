"""The fundamental frequency of sounds whose frequency is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tts_core.tacotron.pitch import pitch, pitch_errors

RATE, HOP = 22_050, 256


def voiced(hertz: np.ndarray) -> torch.Tensor:
    """Seven harmonics of a frequency, sample by sample."""
    turns = np.cumsum(hertz) / RATE
    waves = np.sum([0.2 / k * np.sin(2 * np.pi * k * turns) for k in range(1, 8)], axis=0)
    return torch.from_numpy(waves.astype(np.float32))


@pytest.mark.parametrize("hertz", [80.0, 110.0, 200.0, 333.0, 450.0])
def test_a_steady_voice_is_found_within_a_cent_and_never_an_octave_off(hertz: float) -> None:
    found = pitch(voiced(np.full(RATE, hertz)), RATE, HOP)
    assert len(found) == RATE // HOP
    off = 1200 * torch.log2(found[4:-6] / hertz)
    assert off.abs().max() < 1.0


def test_a_gliding_voice_is_followed() -> None:
    hertz = np.linspace(100, 250, 2 * RATE)
    found = pitch(voiced(hertz), RATE, HOP)
    wanted = torch.from_numpy(hertz[HOP // 2 :: HOP][: len(found)].astype(np.float32))
    errors = pitch_errors(wanted[4:-8], found[4:-8])
    assert errors.cents < 12 and errors.gross == errors.voicing == 0


def test_noise_and_silence_have_none() -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    assert (pitch(torch.from_numpy(noise), RATE, HOP) > 0).double().mean() < 0.02
    assert not pitch(torch.zeros(RATE), RATE, HOP).any()
    assert len(pitch(torch.zeros(HOP - 1), RATE, HOP)) == 0


def test_voicing_counts_in_all_frames_and_frequency_where_both_are_voiced() -> None:
    wanted = torch.tensor([100.0, 100.0, 100.0, 0.0, 0.0])
    errors = pitch_errors(wanted, torch.tensor([200.0, 100.0, 0.0, 50.0, 0.0]))
    assert errors.cents == pytest.approx(1200 / 2**0.5) and (errors.gross, errors.voicing) == (0.5, 0.4)
    none = pitch_errors(wanted, torch.zeros(5))
    assert np.isnan(none.cents) and none.voicing == 0.6

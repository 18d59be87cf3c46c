"""Log mel spectrograms that sounds are compared by (module/mel_processing.py)."""

from __future__ import annotations

import torch
from torch import Tensor

from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE
from tts_core.gpt_sovits.model.spectrogram import (
    REFERENCE_FFT,
    REFERENCE_HOP,
    MelSettings,
    linear_spectrogram,
    mel_filters,
)

TRAINING_MEL = MelSettings(SAMPLE_RATE, REFERENCE_FFT, REFERENCE_HOP, 128)
FLOOR = 1e-5


def log_mel(spectrogram: Tensor, settings: MelSettings = TRAINING_MEL) -> Tensor:
    """Linear magnitudes `[B, fft / 2 + 1, T]` → natural logarithm `[B, bands, T]`, not below log `FLOOR`."""
    return torch.log((mel_filters(settings).to(spectrogram) @ spectrogram).clamp_min(FLOOR))


def sound_mel(samples: Tensor, settings: MelSettings = TRAINING_MEL) -> Tensor:
    """Samples `[B, N]` → `[B, bands, N / hop]`, the edges reflected: what is made of a segment alone, so at its ends it
    differs from a cut of the whole utterance's."""
    return log_mel(linear_spectrogram(samples, settings.fft, settings.hop), settings)

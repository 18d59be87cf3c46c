"""Linear and mel spectrograms as the published models were trained on them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True, slots=True)
class MelSettings:
    """Rate in Hz, FFT and hop in samples (the window is as long as the FFT), mel bands from `low` Hz to `high` (None
    = half the rate)."""

    sample_rate: int
    fft: int
    hop: int
    bands: int
    low: float = 0.0
    high: float | None = None


REFERENCE_FFT, REFERENCE_HOP = 2048, 640  # of the speaker vector's spectrogram at 32 kHz
REFERENCE_BINS = REFERENCE_FFT // 2 + 1


def linear_spectrogram(samples: Tensor, fft: int = REFERENCE_FFT, hop: int = REFERENCE_HOP) -> Tensor:
    """Magnitudes `[B, fft / 2 + 1, N // hop]` of samples `[B, N]`: Hann window, reflected edges of (fft - hop) / 2
    samples, √(re² + im² + 1e-8) (mel_processing.py)."""
    edge = (fft - hop) // 2
    padded = F.pad(samples[:, None], (edge, edge), mode="reflect")[:, 0]
    window = torch.hann_window(fft, dtype=samples.dtype, device=samples.device)
    spectrum = torch.stft(padded, fft, hop, fft, window, center=False, onesided=True, return_complex=True)
    return torch.sqrt(spectrum.real.square() + spectrum.imag.square() + 1e-8)


@cache
def mel_filters(settings: MelSettings) -> Tensor:
    """Triangles `[bands, fft / 2 + 1]` of equal area on Slaney's mel scale (Auditory Toolbox, 1998): linear to 1 kHz
    (200/3 Hz a mel), then logarithmic with 27 mels per factor 6.4."""
    linear, corner, step = 200.0 / 3, 1000.0, np.log(6.4) / 27.0

    def to_mel(hertz: float) -> float:
        return hertz / linear if hertz < corner else corner / linear + float(np.log(hertz / corner)) / step

    top = settings.high or settings.sample_rate / 2
    mels = np.linspace(to_mel(settings.low), to_mel(top), settings.bands + 2)
    edges = np.where(mels < corner / linear, mels * linear, corner * np.exp(step * (mels - corner / linear)))
    bins = np.linspace(0, settings.sample_rate / 2, settings.fft // 2 + 1)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return torch.from_numpy(filters.astype(np.float32))

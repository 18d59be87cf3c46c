"""The source of a neural source-filter vocoder (Wang, Takaki & Yamagishi 2019, “Neural source-filter waveform models
for statistical parametric speech synthesis”, section III-A): sines of the fundamental frequency and its harmonics where
a sound has one, noise where it has none. Names are those of the published generators (`m_source`)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

LEVEL, BREATH = 0.1, 0.003
"""Amplitude of a sine, and deviation of the noise on it (α and σ there); noise alone has a deviation of α / 3."""


def sines(frequency: Tensor, harmonics: int, hop: int, sample_rate: int) -> Tensor:
    """The fundamental and its harmonics, one a channel; those above half the rate are left out.

    The fundamental begins at phase 0, the others anywhere; torch's own source of chance is drawn from.

    Args:
        frequency: Hz of each frame, `[B, T]`; 0: unvoiced.
        harmonics: how many, the fundamental among them.
        hop: samples a frame.

    Returns: `[B, harmonics, T · hop]`.
    """
    hertz = frequency.float().repeat_interleave(hop, dim=1)[:, None]
    numbers = torch.arange(1, harmonics + 1, device=frequency.device)[None, :, None]
    begun = torch.rand(len(frequency), harmonics, 1, device=frequency.device)
    begun[:, 0] = 0
    turns = (hertz / sample_rate).double().cumsum(dim=2) * numbers
    tone = LEVEL * torch.sin(2 * math.pi * (turns % 1.0 + begun).float())
    tone = tone * (numbers * hertz < sample_rate / 2)
    noise = torch.randn_like(tone)
    return torch.where(hertz > 0, tone + BREATH * noise, LEVEL / 3 * noise)


class HarmonicSource(nn.Module):
    """Sines mixed to one signal, the weights of the harmonics learned."""

    def __init__(self, harmonics: int) -> None:
        super().__init__()
        self.l_linear = nn.Linear(harmonics, 1)

    def forward(self, waves: Tensor) -> Tensor:
        """`[B, harmonics, N]` → `[B, 1, N]`."""
        mixed: Tensor = torch.tanh(self.l_linear(waves.transpose(1, 2))).transpose(1, 2)
        return mixed

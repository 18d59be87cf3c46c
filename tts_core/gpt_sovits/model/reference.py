"""Reference spectrogram → the voice's vector: the style encoder of SoVITS (Meta-StyleSpeech, Min et al. 2021)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STYLE_WIDTH = 128
STYLE_HEADS = 2


class _Linear(nn.Module):
    def __init__(self, wide: int, narrow: int) -> None:
        super().__init__()
        self.fc = nn.Linear(wide, narrow)


class _Convolution(nn.Module):
    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(channels, 2 * channels, kernel, padding=kernel // 2)


class _GatedConvolution(nn.Module):
    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.conv1 = _Convolution(channels, kernel)


class _SelfAttention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.w_qs = nn.Linear(width, width)
        self.w_ks = nn.Linear(width, width)
        self.w_vs = nn.Linear(width, width)
        self.fc = nn.Linear(width, width)


class ReferenceEncoder(nn.Module):
    """`ref_enc`."""

    def __init__(self, bins: int, voice: int, kernel: int = 5) -> None:
        super().__init__()
        self.bins = bins
        # Indices 0 and 3 are the published ones: activations and dropouts sit between.
        self.spectral = nn.ModuleDict(
            {"0": _Linear(bins, STYLE_WIDTH), "3": _Linear(STYLE_WIDTH, STYLE_WIDTH)}
        )
        self.temporal = nn.ModuleList(_GatedConvolution(STYLE_WIDTH, kernel) for _ in range(2))
        self.slf_attn = _SelfAttention(STYLE_WIDTH)
        self.fc = _Linear(STYLE_WIDTH, voice)

    def forward(self, spectrogram: Tensor) -> Tensor:
        """Linear spectrogram `[1, bins or more, F]` → `[1, voice, 1]`: the mean over time."""
        x = spectrogram[:, : self.bins].transpose(1, 2)
        for layer in self.spectral.values():
            assert isinstance(layer, _Linear)
            x = F.mish(layer.fc(x))
        x = x.transpose(1, 2)
        for gated in self.temporal:
            assert isinstance(gated, _GatedConvolution)
            x = x + F.glu(gated.conv1.conv(x), dim=1)
        x = x.transpose(1, 2)
        attention = self.slf_attn
        batch, frames, width = x.shape

        def split(tensor: Tensor) -> Tensor:
            return tensor.view(batch, frames, STYLE_HEADS, width // STYLE_HEADS).transpose(1, 2)

        q, k, v = split(attention.w_qs(x)), split(attention.w_ks(x)), split(attention.w_vs(x))
        # The scale is the whole width's root, not a head's: the published weights were trained so.
        weights = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(width), dim=-1)
        heard = attention.fc((weights @ v).transpose(1, 2).reshape(batch, frames, width))
        x = self.fc.fc(heard + x)
        mean: Tensor = x.mean(dim=1)[..., None]
        return mean

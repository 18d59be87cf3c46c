"""Reference spectrogram → the voice's vector: the style encoder of SoVITS (Meta-StyleSpeech, Min et al. 2021)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STYLE_WIDTH = 128
STYLE_HEADS = 2
DROPPED_SHARE = 0.1  # while it learns


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
        self.dropout = nn.Dropout(DROPPED_SHARE)


class _SelfAttention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.w_qs = nn.Linear(width, width)
        self.w_ks = nn.Linear(width, width)
        self.w_vs = nn.Linear(width, width)
        self.fc = nn.Linear(width, width)
        self.attention = nn.ModuleDict({"dropout": nn.Dropout(DROPPED_SHARE)})
        self.dropout = nn.Dropout(DROPPED_SHARE)


class ReferenceEncoder(nn.Module):
    """`ref_enc`."""

    def __init__(self, bins: int, voice: int, kernel: int = 5) -> None:
        super().__init__()
        self.bins = bins
        # The indices are the published ones: activations sit between.
        self.spectral = nn.ModuleDict(
            {
                "0": _Linear(bins, STYLE_WIDTH),
                "2": nn.Dropout(DROPPED_SHARE),
                "3": _Linear(STYLE_WIDTH, STYLE_WIDTH),
                "5": nn.Dropout(DROPPED_SHARE),
            }
        )
        self.temporal = nn.ModuleList(_GatedConvolution(STYLE_WIDTH, kernel) for _ in range(2))
        self.slf_attn = _SelfAttention(STYLE_WIDTH)
        self.fc = _Linear(STYLE_WIDTH, voice)

    def forward(self, spectrogram: Tensor, mask: Tensor | None = None) -> Tensor:
        """Linear spectrogram `[B, bins or more, F]` → `[B, voice, 1]`: the mean over time.

        Args:
            mask: `[B, 1, F]`, 1 where the spectrogram is real; None where it is everywhere.
        """
        x = spectrogram[:, : self.bins].transpose(1, 2)
        for layer in self.spectral.values():
            x = F.mish(layer.fc(x)) if isinstance(layer, _Linear) else layer(x)
        x = x.transpose(1, 2)
        for gated in self.temporal:
            assert isinstance(gated, _GatedConvolution)
            x = x + gated.dropout(F.glu(gated.conv1.conv(x), dim=1))
        x = x.transpose(1, 2)
        if mask is not None:
            x = x * mask.transpose(1, 2)
        attention = self.slf_attn
        batch, frames, width = x.shape

        def split(tensor: Tensor) -> Tensor:
            return tensor.view(batch, frames, STYLE_HEADS, width // STYLE_HEADS).transpose(1, 2)

        q, k, v = split(attention.w_qs(x)), split(attention.w_ks(x)), split(attention.w_vs(x))
        # The scale is the whole width's root, not a head's: the published weights were trained so.
        scores = q @ k.transpose(2, 3) / math.sqrt(width)
        if mask is not None:
            scores = scores.masked_fill(mask[:, None] == 0, -torch.inf)
        weights = attention.attention["dropout"](torch.softmax(scores, dim=-1))
        heard = attention.dropout(attention.fc((weights @ v).transpose(1, 2).reshape(batch, frames, width)))
        x = self.fc.fc(heard + x)
        if mask is None:
            mean: Tensor = x.mean(dim=1)[..., None]
            return mean
        # Divided before it is summed: the other way round overflowed in float16 (the reference's issue 2454).
        shares = mask.transpose(1, 2).float() / mask.sum(dim=2).float()[..., None]
        weighed: Tensor = (x.float() * shares).sum(dim=1).to(x.dtype)[..., None]
        return weighed

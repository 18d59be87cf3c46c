"""Latent → waveform: the HiFi-GAN generator (Kong, Kim & Bae 2020), version 1, conditioned on the voice.

Time runs along the width of a two-dimensional convolution of height 1: with channels last in memory, oneDNN computes narrow and
long convolutions two to six times as fast as torch's one-dimensional ones (measured: 16 channels, kernel 3: 103 against 16 GFLOP/s).
The published kernels `[out, in, k]` become `[out, in, 1, k]` (`flat_kernels`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts_core.gpt_sovits.prior import masked

SLOPE = 0.1  # leaky ReLU inside; the one before the last convolution has torch's default 0.01


@dataclass(frozen=True, slots=True)
class GeneratorDims:
    """Sizes: latent and first channels, voice vector, rates and kernels of the up-sampling stages, kernels and dilations of the
    residual blocks of each stage, bias of the last convolution."""

    latent: int
    channels: int
    voice: int
    rates: tuple[int, ...]
    kernels: tuple[int, ...]
    block_kernels: tuple[int, ...]
    dilations: tuple[tuple[int, ...], ...]
    post_bias: bool


class ResidualBlock(nn.Module):
    """Pairs of a dilated and a plain convolution, each pair with a shortcut (ResBlock1)."""

    def __init__(self, channels: int, kernel: int, dilations: tuple[int, ...]) -> None:
        super().__init__()

        def convolution(dilation: int) -> nn.Conv2d:
            return nn.Conv2d(
                channels, channels, (1, kernel), dilation=dilation, padding=(0, dilation * (kernel - 1) // 2)
            )

        self.convs1 = nn.ModuleList(convolution(dilation) for dilation in dilations)
        self.convs2 = nn.ModuleList(convolution(1) for _ in dilations)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        for dilated, plain in zip(self.convs1, self.convs2, strict=True):
            inner = dilated(masked(F.leaky_relu(x, SLOPE), mask))
            x = plain(masked(F.leaky_relu_(inner, SLOPE), mask)).add_(x)
        return x


class Generator(nn.Module):
    def __init__(self, dims: GeneratorDims) -> None:
        super().__init__()
        self.rates = dims.rates
        self.conv_pre = nn.Conv2d(dims.latent, dims.channels, (1, 7), padding=(0, 3))
        self.cond = nn.Conv2d(dims.voice, dims.channels, 1)
        self.ups = nn.ModuleList()
        self.resblocks = nn.ModuleList()
        channels = dims.channels
        for rate, kernel in zip(dims.rates, dims.kernels, strict=True):
            self.ups.append(
                nn.ConvTranspose2d(
                    channels, channels // 2, (1, kernel), (1, rate), padding=(0, (kernel - rate) // 2)
                )
            )
            channels //= 2
            for block_kernel, dilations in zip(dims.block_kernels, dims.dilations, strict=True):
                self.resblocks.append(ResidualBlock(channels, block_kernel, dilations))
        self.blocks = len(dims.block_kernels)
        self.conv_post = nn.Conv2d(channels, 1, (1, 7), padding=(0, 3), bias=dims.post_bias)

    def forward(self, z: Tensor, voice: Tensor, mask: Tensor | None = None) -> Tensor:
        """Latent `[B, latent, T]`, voice `[B, G, 1]` → samples `[B, 1, T · Π rates]`.

        Args:
            mask: `[B, 1, T]`, 1 where the latent is real. Every convolution then sees zeros beyond an item's end, as if the item were alone.
        """
        mask = None if mask is None else mask[:, :, None]
        flat = masked(z[:, :, None], mask).contiguous(memory_format=torch.channels_last)
        x = self.conv_pre(flat) + self.cond(voice[:, :, None])
        for stage, up in enumerate(self.ups):
            x = up(masked(F.leaky_relu_(x, SLOPE), mask))
            if mask is not None:
                mask = mask.repeat_interleave(self.rates[stage], dim=3)
            total: Tensor | None = None
            for block in self.resblocks[stage * self.blocks : (stage + 1) * self.blocks]:
                heard = block(x, mask)
                total = heard if total is None else total.add_(heard)
            assert total is not None
            x = total.div_(self.blocks)
        return torch.tanh(self.conv_post(masked(F.leaky_relu_(x), mask)))[:, :, 0]


def flat_kernels(weights: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Give the convolution kernels under `prefix` their second axis: `[out, in, k]` → `[out, in, 1, k]`."""
    return {
        name: tensor[:, :, None] if name.startswith(prefix) and tensor.ndim == 3 else tensor
        for name, tensor in weights.items()
    }

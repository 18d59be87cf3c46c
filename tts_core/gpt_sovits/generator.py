"""Latent → waveform: the HiFi-GAN generator (Kong, Kim & Bae 2020), version 1, conditioned on the voice.

Time runs along the width of a two-dimensional convolution of height 1: with channels last in memory, oneDNN computes narrow and
long convolutions two to six times as fast as torch's one-dimensional ones (measured: 16 channels, kernel 3: 103 against 16 GFLOP/s).
The published kernels `[out, in, k]` become `[out, in, 1, k]` (`flat_kernels`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

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

    def forward(self, x: Tensor, ends: Sequence[int]) -> Tensor:
        for dilated, plain in zip(self.convs1, self.convs2, strict=True):
            inner = dilated(silenced(F.leaky_relu(x, SLOPE), ends))
            x = plain(silenced(F.leaky_relu_(inner, SLOPE), ends)).add_(x)
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

    def forward(self, z: Tensor, voice: Tensor, ends: Sequence[int] = ()) -> Tensor:
        """Latent `[B, latent, T]`, voice `[B, G, 1]` → samples `[B, 1, T · Π rates]`.

        Args:
            ends: frames of each item, where they are not all T. Every convolution then sees zeros beyond an item's end, as if the item
                were alone.
        """
        flat = silenced(z[:, :, None].clone(memory_format=torch.channels_last), ends)
        x = self.conv_pre(flat) + self.cond(voice[:, :, None])
        for stage, up in enumerate(self.ups):
            x = up(silenced(F.leaky_relu_(x, SLOPE), ends))
            ends = [end * self.rates[stage] for end in ends]
            total: Tensor | None = None
            for block in self.resblocks[stage * self.blocks : (stage + 1) * self.blocks]:
                heard = block(x, ends)
                total = heard if total is None else total.add_(heard)
            assert total is not None
            x = total.div_(self.blocks)
        return torch.tanh(self.conv_post(silenced(F.leaky_relu_(x), ends)))[:, :, 0]


def silenced(x: Tensor, ends: Sequence[int]) -> Tensor:
    """Zero beyond each item's end, in place: only the padding is touched. `[B, C, 1, T]`."""
    for row, end in enumerate(ends):
        if end < x.shape[3]:
            x[row, :, :, end:] = 0
    return x


def flat_kernels(weights: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Give the convolution kernels under `prefix` their second axis: `[out, in, k]` → `[out, in, 1, k]`."""
    return {
        name: tensor[:, :, None] if name.startswith(prefix) and tensor.ndim == 3 else tensor
        for name, tensor in weights.items()
    }

"""Latent → waveform: the HiFi-GAN generator (Kong, Kim & Bae 2020), version 1, conditioned on the voice."""

from __future__ import annotations

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

        def convolution(dilation: int) -> nn.Conv1d:
            return nn.Conv1d(channels, channels, kernel, dilation=dilation, padding=dilation * (kernel - 1) // 2)

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
        self.conv_pre = nn.Conv1d(dims.latent, dims.channels, 7, padding=3)
        self.cond = nn.Conv1d(dims.voice, dims.channels, 1)
        self.ups = nn.ModuleList()
        self.resblocks = nn.ModuleList()
        channels = dims.channels
        for rate, kernel in zip(dims.rates, dims.kernels, strict=True):
            self.ups.append(nn.ConvTranspose1d(channels, channels // 2, kernel, rate, padding=(kernel - rate) // 2))
            channels //= 2
            for block_kernel, dilations in zip(dims.block_kernels, dims.dilations, strict=True):
                self.resblocks.append(ResidualBlock(channels, block_kernel, dilations))
        self.blocks = len(dims.block_kernels)
        self.conv_post = nn.Conv1d(channels, 1, 7, padding=3, bias=dims.post_bias)

    def forward(self, z: Tensor, voice: Tensor, mask: Tensor | None = None) -> Tensor:
        """Latent `[B, latent, T]`, voice `[B, G, 1]` → samples `[B, 1, T · Π rates]`.

        Args:
            mask: `[B, 1, T]`, 1 where the latent is real. Every convolution then sees zeros beyond an item's end, as if the item were alone.
        """
        x = self.conv_pre(masked(z, mask)) + self.cond(voice)
        for stage, up in enumerate(self.ups):
            x = up(masked(F.leaky_relu_(x, SLOPE), mask))
            if mask is not None:
                mask = mask.repeat_interleave(self.rates[stage], dim=2)
            total: Tensor | None = None
            for block in self.resblocks[stage * self.blocks : (stage + 1) * self.blocks]:
                heard = block(x, mask)
                total = heard if total is None else total.add_(heard)
            assert total is not None
            x = total.div_(self.blocks)
        return torch.tanh(self.conv_post(masked(F.leaky_relu_(x), mask)))

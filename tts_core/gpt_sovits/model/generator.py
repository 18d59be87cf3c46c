"""Latent → waveform: the HiFi-GAN generator (Kong, Kim & Bae 2020), version 1, conditioned on the voice, or on nothing;
with a harmonic source (`source.py`) it is the generator that is published as NSF-HiFiGAN.

Its convolutions are flat (`convolutions.py`): the published kernels `[out, in, k]` become `[out, in, 1, k]`
(`flat_kernels`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tts_core.gpt_sovits.loops.convolutions import FlatConvolution, Upsampling, filters
from tts_core.gpt_sovits.model.source import HarmonicSource

SLOPE = 0.1  # leaky ReLU inside
LAST_SLOPE = 0.01  # before the last convolution: torch's default
_EDGE_KERNEL = 7  # of the first and the last convolution
_EDGE = _EDGE_KERNEL // 2


@dataclass(frozen=True, slots=True)
class GeneratorDims:
    """Sizes: latent and first channels, voice vector (0: no voice), rates and kernels of the up-sampling stages,
    kernels and dilations of the residual blocks of each stage, bias of the last convolution, sines of the source (0:
    none)."""

    latent: int
    channels: int
    voice: int
    rates: tuple[int, ...]
    kernels: tuple[int, ...]
    block_kernels: tuple[int, ...]
    dilations: tuple[tuple[int, ...], ...]
    post_bias: bool
    harmonics: int = 0

    @property
    def hop(self) -> int:
        """Samples a frame of the latent."""
        return math.prod(self.rates)

    @property
    def reach(self) -> int:
        """Frames of the latent on either side that a frame's samples hang on: further away nothing is heard of it."""
        reach = _EDGE  # in steps of the stage, from the last convolution back to the first
        widest = max(
            sum((kernel - 1) // 2 * (dilation + 1) for dilation in dilations)
            for kernel, dilations in zip(self.block_kernels, self.dilations, strict=True)
        )
        for rate, kernel in zip(reversed(self.rates), reversed(self.kernels), strict=True):
            # step i of a stage reaches steps rate · i - padding + [0, kernel) of the next one
            padding = (kernel - rate) // 2
            before, after = kernel - 1 - padding, rate - 1 + padding
            reach += widest
            reach = max(-(-(reach + before) // rate), (reach + after) // rate)
        return reach + _EDGE


class ResidualBlock(nn.Module):
    """Pairs of a dilated and a plain convolution, each pair with a shortcut (ResBlock1)."""

    def __init__(self, channels: int, kernel: int, dilations: tuple[int, ...]) -> None:
        super().__init__()

        def convolution(dilation: int) -> FlatConvolution:
            return FlatConvolution(
                channels, channels, (1, kernel), dilation=dilation, padding=(0, dilation * (kernel - 1) // 2)
            )

        self.convs1 = nn.ModuleList(convolution(dilation) for dilation in dilations)
        self.convs2 = nn.ModuleList(convolution(1) for _ in dilations)

    def forward(
        self,
        x: Tensor,
        ends: Sequence[int],
        total: Tensor | None,
        parts: int,
        rooms: Sequence[Tensor | None],
    ) -> Tensor:
        """(block of x + total) / parts, the total overwritten. Rooms: for the sum, and two for what comes in
        between."""
        pairs = list(zip(self.convs1, self.convs2, strict=True))
        for number, (dilated, plain) in enumerate(pairs, 1):
            last = number == len(pairs)
            x = plain(
                dilated(x, ends, slope=SLOPE, room=rooms[1]),
                ends,
                slope=SLOPE,
                spent=True,
                shortcut=x,
                total=total if last else None,
                parts=parts if last else 1,
                room=rooms[0] if last else rooms[2],
            )
        return x


class Generator(nn.Module):
    def __init__(self, dims: GeneratorDims) -> None:
        super().__init__()
        self.rates = dims.rates
        self.conv_pre = FlatConvolution(dims.latent, dims.channels, (1, _EDGE_KERNEL), padding=(0, _EDGE))
        self.cond = nn.Conv2d(dims.voice, dims.channels, 1) if dims.voice else None
        self.m_source = HarmonicSource(dims.harmonics) if dims.harmonics else None
        self.noise_convs = nn.ModuleList()
        self.ups = nn.ModuleList()
        self.resblocks = nn.ModuleList()
        channels, left = dims.channels, dims.hop
        for rate, kernel in zip(dims.rates, dims.kernels, strict=True):
            self.ups.append(
                Upsampling(channels, channels // 2, (1, kernel), (1, rate), padding=(0, (kernel - rate) // 2))
            )
            channels, left = channels // 2, left // rate
            if dims.harmonics:  # the source at the stage's own rate
                wide, edge = (2 * left, -(-left // 2)) if left > 1 else (1, 0)
                self.noise_convs.append(nn.Conv2d(1, channels, (1, wide), (1, left), (0, edge)))
            for block_kernel, dilations in zip(dims.block_kernels, dims.dilations, strict=True):
                self.resblocks.append(ResidualBlock(channels, block_kernel, dilations))
        self.blocks = len(dims.block_kernels)
        self.conv_post = FlatConvolution(
            channels, 1, (1, _EDGE_KERNEL), padding=(0, _EDGE), bias=dims.post_bias
        )

    def forward(
        self,
        z: Tensor,
        voice: Tensor | None = None,
        ends: Sequence[int] = (),
        waves: Tensor | None = None,
    ) -> Tensor:
        """Latent `[B, latent, T]`, voice `[B, G, 1]` → samples `[B, 1, T · Π rates]`.

        Args:
            waves: of the source, `[B, harmonics, T · Π rates]`; None where there is none.
            ends: frames of each item, where they are not all T. Every convolution then sees zeros beyond an item's
                end, as if the item were alone; samples beyond it mean nothing.
        """
        x = self.conv_pre(z[:, :, None].clone(memory_format=torch.channels_last), ends)
        if self.cond is not None:
            assert voice is not None
            x = x + self.cond(voice[:, :, None])
        source = self.m_source(waves)[:, :, None] if self.m_source is not None else None
        rooms = self._rooms(x)
        for stage, up in enumerate(self.ups):
            x = up(x, ends, slope=SLOPE, room=rooms[3])
            if source is not None:
                x = x + self.noise_convs[stage](source)
            ends = [end * self.rates[stage] for end in ends]
            total: Tensor | None = None
            for number, block in enumerate(
                self.resblocks[stage * self.blocks : (stage + 1) * self.blocks], 1
            ):
                total = block(x, ends, total, self.blocks if number == self.blocks else 1, rooms)
            assert total is not None
            x = total
        return torch.tanh(self.conv_post(x, ends, slope=LAST_SLOPE, spent=True, room=rooms[1]))[:, :, 0]

    def _rooms(self, x: Tensor) -> list[Tensor | None]:
        """Memory for four of the largest tensors between layers, `[B, C, 1, T]` being the first: filters write into
        it by turns.

        New memory for each of a hundred layers would be handed over page by page, a tenth of the time.
        """
        if not filters(self.conv_pre, x):
            return [None] * 4
        batch, channels, _, length = x.shape
        size = 0
        for rate in self.rates:
            channels, length = channels // 2, length * rate
            size = max(size, batch * length * channels)
        return [torch.empty(size) for _ in range(4)]


def flat_kernels(weights: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Give the convolution kernels under `prefix` their second axis: `[out, in, k]` → `[out, in, 1, k]`."""
    return {
        name: tensor[:, :, None] if name.startswith(prefix) and tensor.ndim == 3 else tensor
        for name, tensor in weights.items()
    }

"""Latent → waveform: the HiFi-GAN generator (Kong, Kim & Bae 2020), version 1, conditioned on the voice.

Time runs along the width of a two-dimensional convolution of height 1: with channels last in memory, oneDNN computes narrow and
long convolutions two to six times as fast as torch's one-dimensional ones (measured: 16 channels, kernel 3: 103 against 16 GFLOP/s).
The published kernels `[out, in, k]` become `[out, in, 1, k]` (`flat_kernels`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from tts_core.gpt_sovits.winograd import ALIGNED, Filter, transposed_kernel

SLOPE = 0.1  # leaky ReLU inside
LAST_SLOPE = 0.01  # before the last convolution: torch's default


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


class Convolution(nn.Conv2d):
    """A convolution along time of the leaky ReLU of its input. On a CPU in float32 a `Filter` computes it, else torch."""

    _filter: Filter | None = None
    _filtered: tuple[int, ...] = ()

    def forward(  # type: ignore[override]
        self,
        x: Tensor,
        ends: Sequence[int] = (),
        *,
        slope: float = 1.0,
        spent: bool = False,
        shortcut: Tensor | None = None,
        total: Tensor | None = None,
        parts: int = 1,
    ) -> Tensor:
        """(convolved + shortcut + total) / parts, the total overwritten.

        Args:
            x: `[B, in, 1, T]`; overwritten where `spent`.
            ends: length of each item where they are not all T; x counts as zero beyond. What y holds there does not matter.
            slope: of the leaky ReLU; 1 leaves x as it is.
            shortcut, total: `[B, out, 1, T]`.
        """
        if not _filters(self, x):
            y: Tensor = super().forward(silenced(_heard(x, slope, spent), ends))
            if shortcut is not None:
                y = y.add_(shortcut)
            if total is not None:
                y = total.add_(y)
            return y.div_(parts) if parts > 1 else y
        if self._filtered != (state := _state(self)):
            kernel = self.weight.detach()[:, :, 0].permute(2, 1, 0).numpy()
            self._filter = Filter(
                _widened(kernel),
                None if self.bias is None else _widened(self.bias.detach().numpy()),
                lead=self.padding[1],  # type: ignore[arg-type]
                dilation=self.dilation[1],
            )
            self._filtered = state
        assert self._filter is not None
        batch, _, _, length = x.shape
        y = _flat(batch, length, self._filter.across) if total is None else total
        self._filter(
            _rows(x),
            ends or [length] * batch,
            _rows(y),
            slope=slope,
            shortcut=None if shortcut is None else _rows(shortcut),
            summed=total is not None,
            gain=1 / parts,
        )
        return y[:, : self.out_channels]


class Upsampling(nn.ConvTranspose2d):
    """A transposed convolution along time of the leaky ReLU of its input, which is overwritten; computed as `Convolution` is."""

    _filter: Filter | None = None
    _filtered: tuple[int, ...] = ()

    def forward(self, x: Tensor, ends: Sequence[int] = (), *, slope: float = 1.0) -> Tensor:  # type: ignore[override]
        """`[B, in, 1, T]` → `[B, out, 1, T · rate]`; arguments as of `Convolution`."""
        if not _filters(self, x):
            y: Tensor = super().forward(silenced(_heard(x, slope, True), ends))
            return y
        rate = self.stride[1]
        if self._filtered != (state := _state(self)):
            self._filter = Filter(
                transposed_kernel(self.weight.detach()[:, :, 0].permute(2, 0, 1).numpy(), rate),
                None if self.bias is None else self.bias.detach().numpy(),
                lead=-(-self.kernel_size[1] // rate) - 1,
                rate=rate,
                before=self.padding[1],  # type: ignore[arg-type]
            )
            self._filtered = state
        assert self._filter is not None
        batch, _, _, length = x.shape
        y = _flat(batch, length * rate, self.out_channels)
        self._filter(_rows(x), ends or [length] * batch, _rows(y), slope=slope)
        return y


def _filters(layer: Convolution | Upsampling, x: Tensor) -> bool:
    """Whether a `Filter` computes this layer: on a CPU, in float32, with nothing to learn and channels that fill vectors."""
    return (
        x.device.type == "cpu"
        and x.dtype == layer.weight.dtype == torch.float32
        and not (torch.is_grad_enabled() and (x.requires_grad or layer.weight.requires_grad))
        and layer.in_channels % ALIGNED == 0
        and (layer.out_channels % ALIGNED == 0 or layer.out_channels == 1)
    )


def _state(layer: Convolution | Upsampling) -> tuple[int, ...]:
    """Differs where the layer's weights are no longer those it was last asked of."""
    parameters = [layer.weight] if layer.bias is None else [layer.weight, layer.bias]
    return tuple(
        number
        for tensor in parameters
        for number in (tensor.data_ptr(), 0 if tensor.is_inference() else tensor._version)
    )


def _heard(x: Tensor, slope: float, spent: bool) -> Tensor:
    if slope == 1:
        return x
    return F.leaky_relu_(x, slope) if spent else F.leaky_relu(x, slope)


def _flat(batch: int, length: int, channels: int) -> Tensor:
    """Room for `[B, C, 1, T]`, channels last in memory."""
    return torch.empty(batch, length, channels).transpose(1, 2)[:, :, None]


def _rows(x: Tensor) -> NDArray[np.float32]:
    """`[B, C, 1, T]` as `[B, T, C]`, contiguous; the same memory where its channels are last."""
    rows: NDArray[np.float32] = x[:, :, 0].transpose(1, 2).contiguous().numpy()
    return rows


def _widened(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Zeros added to the last axis until it fills vectors."""
    return np.pad(kernel, [(0, 0)] * (kernel.ndim - 1) + [(0, -kernel.shape[-1] % ALIGNED)])


class ResidualBlock(nn.Module):
    """Pairs of a dilated and a plain convolution, each pair with a shortcut (ResBlock1)."""

    def __init__(self, channels: int, kernel: int, dilations: tuple[int, ...]) -> None:
        super().__init__()

        def convolution(dilation: int) -> Convolution:
            return Convolution(
                channels, channels, (1, kernel), dilation=dilation, padding=(0, dilation * (kernel - 1) // 2)
            )

        self.convs1 = nn.ModuleList(convolution(dilation) for dilation in dilations)
        self.convs2 = nn.ModuleList(convolution(1) for _ in dilations)

    def forward(self, x: Tensor, ends: Sequence[int], total: Tensor | None = None, parts: int = 1) -> Tensor:
        """(block of x + total) / parts, the total overwritten."""
        pairs = list(zip(self.convs1, self.convs2, strict=True))
        for number, (dilated, plain) in enumerate(pairs, 1):
            inner = dilated(x, ends, slope=SLOPE)
            last = number == len(pairs)
            x = plain(
                inner,
                ends,
                slope=SLOPE,
                spent=True,
                shortcut=x,
                total=total if last else None,
                parts=parts if last else 1,
            )
        return x


class Generator(nn.Module):
    def __init__(self, dims: GeneratorDims) -> None:
        super().__init__()
        self.rates = dims.rates
        self.conv_pre = Convolution(dims.latent, dims.channels, (1, 7), padding=(0, 3))
        self.cond = nn.Conv2d(dims.voice, dims.channels, 1)
        self.ups = nn.ModuleList()
        self.resblocks = nn.ModuleList()
        channels = dims.channels
        for rate, kernel in zip(dims.rates, dims.kernels, strict=True):
            self.ups.append(
                Upsampling(channels, channels // 2, (1, kernel), (1, rate), padding=(0, (kernel - rate) // 2))
            )
            channels //= 2
            for block_kernel, dilations in zip(dims.block_kernels, dims.dilations, strict=True):
                self.resblocks.append(ResidualBlock(channels, block_kernel, dilations))
        self.blocks = len(dims.block_kernels)
        self.conv_post = Convolution(channels, 1, (1, 7), padding=(0, 3), bias=dims.post_bias)

    def forward(self, z: Tensor, voice: Tensor, ends: Sequence[int] = ()) -> Tensor:
        """Latent `[B, latent, T]`, voice `[B, G, 1]` → samples `[B, 1, T · Π rates]`.

        Args:
            ends: frames of each item, where they are not all T. Every convolution then sees zeros beyond an item's end, as if the item
                were alone; samples beyond it mean nothing.
        """
        x = self.conv_pre(z[:, :, None].clone(memory_format=torch.channels_last), ends)
        x = x + self.cond(voice[:, :, None])
        for stage, up in enumerate(self.ups):
            x = up(x, ends, slope=SLOPE)
            ends = [end * self.rates[stage] for end in ends]
            total: Tensor | None = None
            for number, block in enumerate(
                self.resblocks[stage * self.blocks : (stage + 1) * self.blocks], 1
            ):
                total = block(x, ends, total, self.blocks if number == self.blocks else 1)
            assert total is not None
            x = total
        return torch.tanh(self.conv_post(x, ends, slope=LAST_SLOPE, spent=True))[:, :, 0]


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

"""Convolutions along time of the leaky ReLU of their input. On a CPU in float32 a `Filter` computes them, on a GPU in
half precision one of Triton's kernels, anywhere else torch.

The generator's time runs along the width of a two-dimensional convolution of height 1: with channels last in memory,
torch computes narrow and long convolutions two to six times as fast as its one-dimensional ones (measured on a CPU:
16 channels, kernel 3: 103 against 16 GFLOP/s), and filters want their channels last, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from tts_core.gpt_sovits.loops.cpu.winograd import ALIGNED, Filter, transposed_kernel
from tts_core.gpt_sovits.loops.gpu.triton import triton_works

Made = TypeVar("Made")
LEAST_ON_GPU = 16  # channels: rows and columns of a tensor core's product
Layer = nn.Conv1d | nn.Conv2d | nn.ConvTranspose2d


class Convolution(nn.Conv1d):
    """A one-dimensional convolution `[B, in, T]` → `[B, out, T]` as torch has it; a filter returns it with channels
    last in memory."""

    _kept: tuple[tuple[int, ...], Any] | None = None

    def forward(self, x: Tensor) -> Tensor:
        if not filters(self, x):
            y: Tensor = super().forward(x)
            return y

        def make() -> Filter:
            return Filter(_taps(self.weight), _bias(self), lead=_padding(self))

        batch, _, length = x.shape
        y = torch.empty(batch, length, self.out_channels).transpose(1, 2)
        _made_of(self, make)(_rows(x), [length] * batch, _rows(y))
        return y


class FlatConvolution(nn.Conv2d):
    """A convolution `[B, in, 1, T]` → `[B, out, 1, T]`, channels last in memory."""

    _kept: tuple[tuple[int, ...], Any] | None = None

    def forward(
        self,
        x: Tensor,
        ends: Sequence[int] = (),
        *,
        slope: float = 1.0,
        spent: bool = False,
        shortcut: Tensor | None = None,
        total: Tensor | None = None,
        parts: int = 1,
        room: Tensor | None = None,
    ) -> Tensor:
        """(convolved + shortcut + total) / parts, the total overwritten.

        Args:
            x: `[B, in, 1, T]`; overwritten where `spent`.
            ends: length of each item where they are not all T; x counts as zero beyond. What the result holds there
                does not matter.
            slope: of the leaky ReLU; 1 leaves x as it is.
            shortcut, total: `[B, out, 1, T]`.
            room: memory that a filter may write into, the shortcut's own if need be.
        """
        if kernels := _kernels(self, x):

            def put() -> tuple[Tensor, Tensor]:
                return _on_gpu(self.weight[:, :, 0].permute(2, 1, 0), self.bias, 1)

            weights, bias = _made_of(self, put)
            made: Tensor = kernels.convolve(
                _last(x),
                weights,
                bias,
                ends or [x.shape[3]] * len(x),
                lead=_padding(self),
                dilation=self.dilation[1],
                slope=slope,
                shortcut=None if shortcut is None else _last(shortcut),
                total=None if total is None else _last(total),
                parts=parts,
            )
            return made.transpose(1, 2)[:, :, None]
        if not filters(self, x):
            y: Tensor = super().forward(silenced(_heard(x, slope, spent), ends))
            if shortcut is not None:
                y = y.add_(shortcut)
            if total is not None:
                y = total.add_(y)
            return y.div_(parts) if parts > 1 else y

        def make() -> Filter:
            lead, dilation = _padding(self), self.dilation[1]
            # One channel becomes as many as came in: a shape that is compiled already.
            width = self.in_channels if self.out_channels == 1 else self.out_channels
            return Filter(
                _widened(_taps(self.weight[:, :, 0]), width),
                None if self.bias is None else _widened(_numbers(self.bias), width),
                lead=lead,
                dilation=dilation,
            )

        filter_ = _made_of(self, make)
        batch, _, _, length = x.shape
        y = _flat(room, batch, length, filter_.across) if total is None else total
        filter_(
            _rows(x[:, :, 0]),
            ends or [length] * batch,
            _rows(y[:, :, 0]),
            slope=slope,
            shortcut=None if shortcut is None else _rows(shortcut[:, :, 0]),
            summed=total is not None,
            gain=1 / parts,
        )
        return y[:, : self.out_channels]


class Upsampling(nn.ConvTranspose2d):
    """A transposed convolution `[B, in, 1, T]` → `[B, out, 1, T · rate]`, channels last in memory; the input is
    overwritten."""

    _kept: tuple[tuple[int, ...], Any] | None = None

    def forward(  # type: ignore[override]
        self, x: Tensor, ends: Sequence[int] = (), *, slope: float = 1.0, room: Tensor | None = None
    ) -> Tensor:
        """Arguments as of `FlatConvolution`."""
        rate = self.stride[1]
        lead = -(-self.kernel_size[1] // rate) - 1
        if kernels := _kernels(self, x):

            def put() -> tuple[Tensor, Tensor]:
                kernel = self.weight[:, :, 0].permute(2, 0, 1).float().cpu().numpy()
                turned = np.ascontiguousarray(transposed_kernel(kernel, rate))
                return _on_gpu(torch.from_numpy(turned).to(x), self.bias, rate)

            weights, bias = _made_of(self, put)
            made: Tensor = kernels.convolve(
                _last(x),
                weights,
                bias,
                ends or [x.shape[3]] * len(x),
                lead=lead,
                rate=rate,
                before=_padding(self),
                slope=slope,
            )
            return made.transpose(1, 2)[:, :, None]
        if not filters(self, x):
            y: Tensor = super().forward(silenced(_heard(x, slope, True), ends))
            return y

        def make() -> Filter:
            return Filter(
                transposed_kernel(_numbers(self.weight[:, :, 0].permute(2, 0, 1)), rate),
                _bias(self),
                lead=lead,
                rate=rate,
                before=_padding(self),
            )

        batch, _, _, length = x.shape
        y = _flat(room, batch, length * rate, self.out_channels)
        _made_of(self, make)(_rows(x[:, :, 0]), ends or [length] * batch, _rows(y[:, :, 0]), slope=slope)
        return y


def filters(layer: Layer, x: Tensor) -> bool:
    """Whether a filter computes this layer: on a CPU, in float32, with nothing to learn and channels that fill
    vectors."""
    return (
        x.device.type == "cpu"
        and x.dtype == layer.weight.dtype == torch.float32
        and not _learns(layer, x)
        and layer.in_channels % ALIGNED == 0
        and (layer.out_channels % ALIGNED == 0 or layer.out_channels == 1)
    )


def _learns(layer: Layer, x: Tensor) -> bool:
    """Whether gradients are wanted, which only torch's own operations have."""
    return torch.is_grad_enabled() and (x.requires_grad or layer.weight.requires_grad)


def silenced(x: Tensor, ends: Sequence[int]) -> Tensor:
    """Zero beyond each item's end, in place: only the padding is touched. `[B, C, 1, T]`."""
    for row, end in enumerate(ends):
        if end < x.shape[3]:
            x[row, :, :, end:] = 0
    return x


def _padding(layer: Layer) -> int:
    """Zeros before the first moment of time."""
    assert not isinstance(layer.padding, str), "layers here are padded by numbers"
    return layer.padding[-1]


def _made_of(layer: Convolution | FlatConvolution | Upsampling, make: Callable[[], Made]) -> Made:
    """What a layer's weights were turned into, made anew where they are no longer those it was made of."""
    state = tuple(
        number
        for tensor in (layer.weight, layer.bias)
        if tensor is not None
        # torch tells in no public way that a tensor was written to in place; inference tensors do not count it.
        for number in (tensor.data_ptr(), 0 if tensor.is_inference() else tensor._version)
    )
    if layer._kept is None or layer._kept[0] != state:
        layer._kept = state, make()
    made: Made = layer._kept[1]
    return made


def _kernels(layer: Layer, x: Tensor) -> Any:
    """Triton's (`loops.gpu.convolutions`) where they compute this layer: on a GPU, in half precision, with nothing to
    learn and channels that fill its products."""
    if (
        x.dtype not in (torch.float16, torch.bfloat16)
        or _learns(layer, x)
        or min(layer.in_channels, layer.out_channels) < LEAST_ON_GPU
        or not triton_works(x.device)
    ):
        return None
    from tts_core.gpt_sovits.loops.gpu import convolutions as gpu_convolutions

    return gpu_convolutions


def _on_gpu(taps: Tensor, bias: Tensor | None, rate: int) -> tuple[Tensor, Tensor]:
    """A kernel `[taps, in, rate · out]`, contiguous, and a bias for each of its columns."""
    columns = taps.shape[2]
    return taps.contiguous(), taps.new_zeros(columns) if bias is None else bias.repeat(rate)


def _last(x: Tensor) -> Tensor:
    """`[B, C, 1, T]` as `[B, T, C]`, contiguous; the same memory where its channels are last."""
    return x[:, :, 0].transpose(1, 2).contiguous()


def _heard(x: Tensor, slope: float, spent: bool) -> Tensor:
    if slope == 1:
        return x
    if torch.is_grad_enabled() and x.requires_grad:
        return F.leaky_relu_(x if spent else x.clone(), slope)  # the way back needs the result alone, not x
    return F.leaky_relu_(x, slope) if spent else F.leaky_relu(x, slope)


def _flat(room: Tensor | None, batch: int, length: int, channels: int) -> Tensor:
    """`[B, C, 1, T]`, channels last in memory, in that room or in new memory."""
    size = batch * length * channels
    flat = torch.empty(size) if room is None else room[:size]
    return flat.view(batch, length, channels).transpose(1, 2)[:, :, None]


def _rows(x: Tensor) -> NDArray[np.float32]:
    """`[B, C, T]` as `[B, T, C]`, contiguous; the same memory where its channels are last."""
    return _numbers(x.transpose(1, 2).contiguous())


def _numbers(tensor: Tensor) -> NDArray[np.float32]:
    numbers: NDArray[np.float32] = tensor.detach().numpy()
    return numbers


def _bias(layer: Layer) -> NDArray[np.float32] | None:
    return None if layer.bias is None else _numbers(layer.bias)


def _taps(kernel: Tensor) -> NDArray[np.float32]:
    """`[out, in, taps]` → `[taps, in, out]`."""
    return _numbers(kernel.permute(2, 1, 0))


def _widened(kernel: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """The last axis filled up with zeros."""
    return np.pad(kernel, [(0, 0)] * (kernel.ndim - 1) + [(0, width - kernel.shape[-1])])

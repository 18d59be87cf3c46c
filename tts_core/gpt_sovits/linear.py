"""Matrix products of the decoder, packed once for the machine they run on.

A decode step reads every weight for a handful of rows, so the layout of the weights decides the speed. What is chosen here
also decides whether a row's numbers depend on how many rows are computed with it:

- CPU float32: oneDNN with pre-packed weights. Sums of up to 512 terms come out as the same bits for any number of rows
  (test_decode.py), which is what makes a line's tokens independent of its batch; longer sums, whose order oneDNN fits to the
  number of rows, are added up here.
- CPU int8: symmetric weights per output channel, activations scaled per row (per tensor would let neighbours in).
- otherwise (GPU, or a torch without oneDNN): torch's own linear.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

Precision = Literal["float32", "float16", "bfloat16", "int8"]
Product = Callable[[Tensor], Tensor]
"""`[rows, in]` → `[rows, out]`."""

SUMMED = 512  # terms of a sum left to oneDNN
_INT8_LIMIT = 127.0


def pack(
    weight: Tensor, bias: Tensor | None = None, *, relu: bool = False, precision: Precision = "float32"
) -> Product:
    """The product `x @ weight.T + bias`, with ReLU on top if asked.

    Args:
        weight: `[out, in]`, on the device the product runs on.
        bias: `[out]` or None.
    """
    if precision == "int8":
        if weight.device.type != "cpu":
            raise ValueError("int8 is for CPUs; use float16 or bfloat16 on a GPU")
        return _int8(weight.float(), bias, relu)
    packable = weight.device.type == "cpu" and weight.dtype == torch.float32
    if packable and torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return _prepacked(weight, bias, relu)
    if relu:
        return lambda x: F.relu_(F.linear(x, weight, bias))
    return lambda x: F.linear(x, weight, bias)


def _prepacked(weight: Tensor, bias: Tensor | None, relu: bool) -> Product:
    pieces = torch.split(weight.detach(), SUMMED, dim=1)
    packed = [torch.ops.mkldnn._reorder_linear_weight(piece.contiguous(), None) for piece in pieces]
    held = None if bias is None else bias.detach().contiguous()
    product = torch.ops.mkldnn._linear_pointwise
    if len(packed) == 1:
        (only,) = packed
        after = "relu" if relu else "none"

        def run(x: Tensor) -> Tensor:
            out: Tensor = product(x, only, held, after, [], "")
            return out

        return run

    def run_in_pieces(x: Tensor) -> Tensor:
        parts = torch.split(x, SUMMED, dim=-1)
        out: Tensor = product(parts[0], packed[0], held, "none", [], "")
        for part, piece in zip(parts[1:], packed[1:], strict=True):
            out += product(part, piece, None, "none", [], "")
        return out.relu_() if relu else out

    return run_in_pieces


def _int8(weight: Tensor, bias: Tensor | None, relu: bool) -> Product:
    scale = (weight.abs().amax(dim=1) / _INT8_LIMIT).clamp_min(1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # torch announces that eager quantization moves to torchao; the op stays in 2.11
        quantized = torch.quantize_per_channel(
            weight, scale.double(), torch.zeros(len(scale), dtype=torch.int64), axis=0, dtype=torch.qint8
        )
    packed = torch.ops.quantized.linear_prepack(quantized, None)
    held = None if bias is None else bias.detach().clone()
    width = weight.shape[1]
    # The kernel takes one scale for all rows, from their extremes. Each row is divided by its own peak, and one more row holds
    # the extremes -1 and 1, so that scale never depends on the neighbours; the exact integer sums then do not either.
    sentinel = torch.zeros(1, width)
    sentinel[0, 0], sentinel[0, width - 1] = -1.0, 1.0

    def run(x: Tensor) -> Tensor:
        shape = x.shape
        rows = x.reshape(-1, width)
        peak = rows.abs().amax(dim=1, keepdim=True).clamp_min(1e-12)
        out: Tensor = (
            torch.ops.quantized.linear_dynamic(torch.cat([rows / peak, sentinel]), packed, True)[:-1] * peak
        )
        if held is not None:
            out += held
        if relu:
            out.relu_()
        return out.view(*shape[:-1], out.shape[-1])

    return run

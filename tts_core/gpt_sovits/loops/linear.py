"""Matrix products of the decoder, packed once for the machine they run on.

A decode step reads every weight for a handful of rows, so the layout of the weights decides the speed. What is chosen
here
also decides whether a row's numbers depend on how many rows are computed with it:

- CPU float32: our own (`products.py`), whose rows come out as the same bits for any number of rows.
- CPU int8: symmetric weights per output channel, activations scaled per row (per tensor would let neighbours in).
- otherwise (GPU): torch's own linear.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from normalizers import DuoyinError
from tts_core.gpt_sovits.loops.cpu.eight_bit import (
    EIGHT_BIT_ZERO,
    finish_rows,
    quantize_rows,
)
from tts_core.gpt_sovits.loops.cpu.products import RowProduct
from tts_core.loops.machine import cpu

Precision = Literal["float32", "float16", "bfloat16", "int8"]
Product = Callable[[Tensor], Tensor]
"""`[rows, in]` → `[rows, out]`."""


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
        if not torch.backends.mkldnn.is_available():
            raise DuoyinError("int8 needs oneDNN, which this torch lacks", hint="Use precision: float32.")
        return _int8(weight.float(), bias, relu)
    if weight.device.type == "cpu" and weight.dtype == torch.float32:
        return RowProduct(weight, bias, relu=relu)
    if relu and bias is not None and weight.device.type == "cuda":  # in one launch
        # cuBLAS adds the bias and cuts below zero while it multiplies; torch has no public name for that product.
        turned, added = weight.T, bias
        return lambda x: torch._addmm_activation(added, x, turned)
    if relu:
        return lambda x: F.relu_(F.linear(x, weight, bias))
    return lambda x: F.linear(x, weight, bias)


def _int8(weight: Tensor, bias: Tensor | None, relu: bool) -> Product:
    scale = (weight.abs().amax(dim=1) / cpu().weight_limit).clamp_min(1e-12)
    # The product that torch's own quantized layers and its compiler call; those layers would scale a whole batch as
    # one.
    packed = torch.ops.onednn.qlinear_prepack((weight / scale[:, None]).round().to(torch.int8), None)
    zeros = torch.zeros(len(scale), dtype=torch.int32)
    held = (torch.zeros(len(scale)) if bias is None else bias.detach().clone()).numpy()
    product = torch.ops.onednn.qlinear_pointwise

    def run(x: Tensor) -> Tensor:
        rows, row_scales = quantize_rows(x)
        out: Tensor = product(
            rows, 1.0, EIGHT_BIT_ZERO, packed, scale, zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        finish_rows(out, row_scales, held, relu=relu)
        return out

    return run

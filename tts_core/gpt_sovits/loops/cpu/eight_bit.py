"""Rows of numbers in eight bits and back, compiled by numba: what torch takes longer for than for the product
between."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray
from torch import Tensor

from tts_core.gpt_sovits.loops.cpu.keeping import kept_loop

Floats = NDArray[np.float32]


def _reinterpreted(given: Any, wanted: Any, machine: Any) -> Any:
    """A function, for compiled code only, that takes the bits of one type as another's."""

    def reinterpret(typing: Any, number: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], machine)

        return wanted(given), code

    return intrinsic(reinterpret)


_float_of_bits = _reinterpreted(types.uint32, types.float32, ir.FloatType())
_bits_of_float = _reinterpreted(types.float32, types.uint32, ir.IntType(32))


EIGHT_BIT_LIMIT = 127  # symmetric: -127 … 127
EIGHT_BIT_ZERO = 128  # what 0 is written as in an unsigned byte


@kept_loop(fastmath=True)
def _quantize(rows: Any, packed: Any, scales: Any) -> None:
    for r in range(rows.shape[0]):
        row, out = rows[r], packed[r]
        highest = np.uint32(
            0
        )  # without the sign, floats are ordered as their bits are, and whole numbers compare in vectors
        for i in range(row.shape[0]):
            highest = max(highest, np.uint32(_bits_of_float(row[i]) & np.uint32(0x7FFFFFFF)))
        peak = max(_float_of_bits(highest), np.float32(1e-30))
        factor = np.float32(EIGHT_BIT_LIMIT) / peak
        for i in range(row.shape[0]):
            out[i] = np.uint8(np.int32(row[i] * factor + np.float32(EIGHT_BIT_ZERO + 0.5)))
        scales[r] = peak / np.float32(EIGHT_BIT_LIMIT)


@kept_loop(fastmath=True)
def _finish(products: Any, scales: Any, bias: Any, least: Any) -> None:
    for r in range(products.shape[0]):
        row, scale = products[r], scales[r]
        for i in range(row.shape[0]):
            row[i] = max(row[i] * scale + bias[i], least)


def quantize_rows(rows: Tensor) -> tuple[Tensor, Floats]:
    """Each row in eight bits with a scale of its own: float32 `[B, N]` → (uint8 `[B, N]`, 128 is zero; scales
    `[B]`)."""
    packed = torch.empty(rows.shape, dtype=torch.uint8)
    scales = np.empty(len(rows), dtype=np.float32)
    _quantize(rows.numpy(), packed.numpy(), scales)
    return packed, scales


def finish_rows(products: Tensor, scales: Floats, bias: Floats, *, relu: bool) -> None:
    """Scale each row of `[B, N]`, add the bias `[N]` and cut below zero if asked, in place."""
    _finish(products.numpy(), scales, bias, np.float32(0 if relu else np.finfo(np.float32).min))

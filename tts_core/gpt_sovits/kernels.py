"""What torch leaves slow in a CPU's decode step, compiled by numba: attention of one new position a line, and rows in eight bits.

torch's attention of a single query costs several times the reading of its keys. Here each head's scores are summed straight from the
arena, whose keys lie `[head width, positions]` so that sixteen positions fill a vector register. A row's numbers depend on that row
alone: on its own length, never on its neighbours or on the room the arena has.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numba
import numpy as np
import torch
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float32]
Attention = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]

_LOG2_E = np.float32(1.44269504)
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
_LEAST_EXPONENT = np.float32(-87.0)  # below, float32 has no normal numbers


def _reinterpreted(given: Any, wanted: Any, machine: Any) -> Any:
    """A function, for compiled code only, that takes the bits of one type as another's."""

    def reinterpret(typing: Any, number: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], machine)

        return wanted(given), code

    return intrinsic(reinterpret)


_float_of_bits = _reinterpreted(types.uint32, types.float32, ir.FloatType())
_bits_of_float = _reinterpreted(types.float32, types.uint32, ir.IntType(32))


@numba.njit(inline="always")
def _exponential(x: Any) -> Any:
    """e^x for x ≤ 0 to float32's last bit or two: 2^n times a polynomial (Moshier, Cephes, `expf`)."""
    x = max(x, _LEAST_EXPONENT)
    n = np.floor(x * _LOG2_E + np.float32(0.5))
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    p = np.float32(1.9875691500e-4)
    p = p * r + np.float32(1.3981999507e-3)
    p = p * r + np.float32(8.3334519073e-3)
    p = p * r + np.float32(4.1665795894e-2)
    p = p * r + np.float32(1.6666665459e-1)
    p = p * r + np.float32(5.0000001201e-1)
    p = p * r * r + r + np.float32(1)
    return p * _float_of_bits(np.uint32(np.int32(n) + np.int32(127)) << np.uint32(23))


@numba.njit(inline="always")
def _same(number: Any) -> Any:
    return number


@numba.njit(inline="always")
def _from_bfloat16(bits: Any) -> Any:
    return _float_of_bits(np.uint32(bits) << np.uint32(16))


@numba.njit(inline="always")
def _to_bfloat16(number: Any) -> Any:
    """Rounded to nearest, ties to even, as torch does it."""
    bits = _bits_of_float(number)
    return np.uint16((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16))


@cache
def _compiled(half: bool) -> Any:
    """The attention kernel for an arena in float32, or in bfloat16 held as uint16."""
    load, store = (_from_bfloat16, _to_bfloat16) if half else (_same, _same)

    @numba.njit(fastmath=True, boundscheck=False, error_model="numpy", nogil=True)
    def attend(
        qkv: Any, keys: Any, values: Any, lengths: Any, seen: Any, scores: Any, first: Any, last: Any
    ) -> None:
        heads, width = keys.shape[1], keys.shape[2]
        scale = np.float32(1.0 / math.sqrt(width))
        for pair in range(first, last):
            row, head = pair // heads, pair % heads
            at = lengths[row]
            total = at + 1
            k, v, q = keys[row, head], values[row, head], qkv[row, 0, head]
            for d in range(width):
                k[d, at] = store(qkv[row, 1, head, d])
                v[at, d] = store(qkv[row, 2, head, d])
            for t in range(total):
                scores[t] = np.float32(0)
            for d in range(0, width - width % 4, 4):
                q0, q1, q2, q3 = q[d] * scale, q[d + 1] * scale, q[d + 2] * scale, q[d + 3] * scale
                for t in range(total):
                    scores[t] += (q0 * load(k[d, t]) + q1 * load(k[d + 1, t])) + (
                        q2 * load(k[d + 2, t]) + q3 * load(k[d + 3, t])
                    )
            for d in range(width - width % 4, width):
                for t in range(total):
                    scores[t] += q[d] * scale * load(k[d, t])
            highest = scores[0]
            for t in range(1, total):
                highest = max(highest, scores[t])
            weight = np.float32(0)
            for t in range(total):
                scores[t] = _exponential(scores[t] - highest)
                weight += scores[t]
            out = seen[row, head]
            for d in range(width):
                out[d] = np.float32(0)
            for t in range(0, total - total % 4, 4):
                p0, p1, p2, p3 = scores[t], scores[t + 1], scores[t + 2], scores[t + 3]
                for d in range(width):
                    out[d] += (p0 * load(v[t, d]) + p1 * load(v[t + 1, d])) + (
                        p2 * load(v[t + 2, d]) + p3 * load(v[t + 3, d])
                    )
            for t in range(total - total % 4, total):
                for d in range(width):
                    out[d] += scores[t] * load(v[t, d])
            for d in range(width):
                out[d] /= weight

    return attend


class StepAttention:
    """Attention of each line's next position over the positions before it, on a CPU.

    Args:
        length: positions a line may have, at most.
    """

    def __init__(self, length: int) -> None:
        self._threads = torch.get_num_threads()
        self._scores = [np.zeros(length, dtype=np.float32) for _ in range(self._threads)]
        self._pool = ThreadPoolExecutor(self._threads - 1) if self._threads > 1 else None

    def __call__(self, qkv: Tensor, keys: Tensor, values: Tensor, lengths: Tensor) -> Tensor:
        """Store the new keys and values, and attend.

        Args:
            qkv: float32 `[B, 3, heads, head width]`, contiguous.
            keys: float32 or bfloat16 `[≥ B, heads, head width, length]`; position `lengths` of each row is written.
            values: as keys, `[≥ B, heads, length, head width]`.
            lengths: int64 `[B]`, positions already there.

        Returns:
            float32 `[B, heads · head width]`.
        """
        rows, _, heads, width = qkv.shape
        seen = torch.empty(rows, heads, width)
        half = keys.dtype == torch.bfloat16
        kernel = _compiled(half)
        arrays: tuple[Any, ...] = (qkv.numpy(), _array(keys), _array(values), lengths.numpy(), seen.numpy())
        pairs = rows * heads
        share = -(-pairs // self._threads)

        def work(thread: int) -> None:
            kernel(*arrays, self._scores[thread], thread * share, min(pairs, (thread + 1) * share))

        waiting = [
            self._pool.submit(work, thread)
            for thread in range(1, self._threads)
            if self._pool is not None and thread * share < pairs
        ]
        work(0)
        for piece in waiting:
            piece.result()
        return seen.view(rows, -1)


def _array(tensor: Tensor) -> NDArray[Any]:
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.uint16).numpy()
    return tensor.numpy()


EIGHT_BIT_LIMIT = 127  # symmetric: -127 … 127
EIGHT_BIT_ZERO = 128  # what 0 is written as in an unsigned byte


@numba.njit(fastmath=True, boundscheck=False, error_model="numpy", nogil=True)
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


@numba.njit(fastmath=True, boundscheck=False, error_model="numpy", nogil=True)
def _finish(products: Any, scales: Any, bias: Any, least: Any) -> None:
    for r in range(products.shape[0]):
        row, scale = products[r], scales[r]
        for i in range(row.shape[0]):
            row[i] = max(row[i] * scale + bias[i], least)


def quantize_rows(rows: Tensor) -> tuple[Tensor, Floats]:
    """Each row in eight bits with a scale of its own: float32 `[B, N]` → (uint8 `[B, N]`, 128 is zero; scales `[B]`)."""
    packed = torch.empty(rows.shape, dtype=torch.uint8)
    scales = np.empty(len(rows), dtype=np.float32)
    _quantize(rows.numpy(), packed.numpy(), scales)
    return packed, scales


def finish_rows(products: Tensor, scales: Floats, bias: Floats, *, relu: bool) -> None:
    """Scale each row of `[B, N]`, add the bias `[N]` and cut below zero if asked, in place."""
    _finish(products.numpy(), scales, bias, np.float32(0 if relu else np.finfo(np.float32).min))

"""Room for keys and values: one allocation for all lines, rows that are written in place and never grown."""

from __future__ import annotations

import torch
from torch import Tensor

from tts_core.gpt_sovits.text2semantic import T2SDims

CPU_STEP, GPU_STEP = 16, 64
"""Attention lengths are rounded up to this. On a GPU few shapes mean few CUDA graphs; on a CPU every position costs."""


class KvArena:
    """Keys and values of `rows` lines of up to `length` positions.

    Position p of a line is row position p; a line's length says what is valid, and nothing beyond it is ever read
    unmasked.
    """

    def __init__(
        self, dims: T2SDims, rows: int, length: int, *, device: torch.device, dtype: torch.dtype
    ) -> None:
        self.dims, self.rows = dims, rows
        self.length = padded_length(length, GPU_STEP)
        # Zeros, not garbage: a masked position has weight 0, and 0 · NaN would still be NaN.
        shape = (dims.layers, 2, rows, dims.heads, self.length, dims.head_width)
        self.store = torch.zeros(shape, device=device, dtype=dtype)

    @property
    def bytes(self) -> int:
        return self.store.numel() * self.store.element_size()

    def keep(self, row: int, layer: int, keys: Tensor, values: Tensor) -> None:
        """Store a line's first positions: keys and values `[heads, n, head width]`."""
        self.store[layer, 0, row, :, : keys.shape[1]] = keys
        self.store[layer, 1, row, :, : values.shape[1]] = values

    def move(self, source: int, target: int, count: int) -> None:
        """Copy the first `count` positions of one row to another."""
        self.store[:, :, target, :, :count] = self.store[:, :, source, :, :count]


def padded_length(length: int, step: int) -> int:
    """`length` rounded up to a multiple of `step`."""
    return -(-length // step) * step

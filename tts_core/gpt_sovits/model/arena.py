"""Room for keys and values: one allocation for all lines, rows that are written in place and never grown."""

from __future__ import annotations

import torch
from torch import Tensor

from tts_core.gpt_sovits.loops.cpu.attention import BLOCK, in_blocks
from tts_core.gpt_sovits.model.text2semantic import T2SDims

GPU_STEP = 64
"""On a GPU attention lengths are rounded up to this: few shapes mean few CUDA graphs. A CPU reads what is there."""


class KvArena:
    """Keys and values of `rows` lines of up to `length` positions.

    Position p of a line is row position p; a line's length says what is valid, and nothing beyond it is ever read
    unmasked.

    Args:
        blocked: keys as `[length / 16, head width, 16]`, which is how the CPU's attention reads them; else `[length,
            head width]`.
    """

    def __init__(
        self,
        dims: T2SDims,
        rows: int,
        length: int,
        *,
        device: torch.device,
        dtype: torch.dtype,
        blocked: bool = False,
    ) -> None:
        self.dims, self.rows, self.blocked = dims, rows, blocked
        self.length = padded_length(length, GPU_STEP)
        # Zeros, not garbage: a masked position has weight 0, and 0 · NaN would still be NaN.
        heads = (dims.layers, rows, dims.heads)
        plain = (self.length, dims.head_width)
        blocks = (self.length // BLOCK, dims.head_width, BLOCK)
        self.values = torch.zeros((*heads, *plain), device=device, dtype=dtype)
        self.keys = torch.zeros((*heads, *(blocks if blocked else plain)), device=device, dtype=dtype)

    @property
    def bytes(self) -> int:
        return 2 * self.values.numel() * self.values.element_size()

    def keep(self, row: int, layer: int, keys: Tensor, values: Tensor) -> None:
        """Store a line's first positions: keys and values `[heads, n, head width]`."""
        count = keys.shape[1]
        if self.blocked:
            self.keys[layer, row, :, : -(-count // BLOCK)] = in_blocks(keys)
        else:
            self.keys[layer, row, :, :count] = keys
        self.values[layer, row, :, :count] = values

    def keep_together(self, rows: Tensor, layer: int, keys: Tensor, values: Tensor) -> None:
        """Store the first positions of several rows `[B]`: keys and values `[B, heads, n, head width]`."""
        count = keys.shape[2]
        self.keys[layer][rows, :, :count] = keys
        self.values[layer][rows, :, :count] = values

    def move(self, source: int, target: int, count: int) -> None:
        """Copy the first `count` positions of one row to another."""
        held = -(-count // BLOCK) if self.blocked else count
        self.keys[:, target, :, :held] = self.keys[:, source, :, :held]
        self.values[:, target, :, :count] = self.values[:, source, :, :count]


def padded_length(length: int, step: int) -> int:
    """`length` rounded up to a multiple of `step`."""
    return -(-length // step) * step

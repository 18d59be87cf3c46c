"""The generator's convolutions on a GPU in half precision, in Triton: leaky ReLU, convolution, bias, shortcut and sum
in one launch.

Torch needs a launch and a pass through memory for each of them, and one more a line to silence what lies beyond its
end. A program makes a tile of times by channels: at each tap a product of inputs `[times, channels in]` and weights
`[channels in, channels out]` on the tensor cores, summed in float32. A transposed convolution of rate r is a plain
one with r times the channels out (`winograd.transposed_kernel`).

Without a GPU the kernel runs in Triton's interpreter, which is how the tests run it, and compiles for any card.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
import triton
import triton.language as tl
from torch import Tensor

TIMES = 128  # of a tile
MOST_CHANNELS = 128  # of a tile
DEPTH = 64  # channels in of one product
LEAST = 16  # rows and columns the tensor cores take


@triton.jit(do_not_specialize=["length", "rows", "before", "lead", "dilation", "taps", "shortened", "summed"])
def _convolve(
    x,
    weights,
    bias,
    ends,
    shortcut,
    total,
    y,
    length,
    rows,
    before,
    lead,
    dilation,
    taps,
    shortened,
    summed,
    slope,
    gain,
    channels: tl.constexpr,
    columns: tl.constexpr,
    each: tl.constexpr,
    depth: tl.constexpr,
    times: tl.constexpr,
    across: tl.constexpr,
):
    # Only sizes are compiled in: a model's hundred layers are a dozen kernels. Offsets are written so that Triton
    # sees their sixteens.
    line = tl.program_id(2).to(tl.int64)
    end = tl.load(ends + line)
    at = tl.program_id(0) * times + tl.arange(0, times)
    column = tl.program_id(1) * across + tl.arange(0, across)
    wanted = column < columns
    inputs = x + line * length * channels
    sums = tl.zeros((times, across), tl.float32)
    blocks: tl.constexpr = (channels + depth - 1) // depth
    for step in range(taps * blocks):
        tap = step // blocks
        channel = (step % blocks) * depth + tl.arange(0, depth)
        known = channel < channels
        time = at - lead + tap * dilation
        heard = (time >= 0) & (time < end)
        value = tl.load(
            inputs + time[:, None] * channels + channel[None, :],
            mask=heard[:, None] & known[None, :],
            other=0.0,
        ).to(tl.float32)
        value = tl.where(value > 0, value, value * slope).to(x.dtype.element_ty)
        weight = tl.load(
            weights + (tap * channels + channel[:, None]) * columns + column[None, :],
            mask=known[:, None] & wanted[None, :],
            other=0.0,
        )
        sums = tl.dot(value, weight, sums, input_precision="ieee")
    sums += tl.load(bias + column, mask=wanted, other=0.0).to(tl.float32)[None, :]
    # Where a rate makes several samples of a row, the row's columns are those samples, one after another.
    cells = (at.to(tl.int64) * columns - before * each)[:, None] + column[None, :]
    stored = (cells >= 0) & (cells < length * columns) & (at < rows)[:, None] & wanted[None, :]
    cells += line * length * columns
    if shortened != 0:
        sums += tl.load(shortcut + cells, mask=stored, other=0.0).to(tl.float32)
    if summed != 0:
        sums += tl.load(total + cells, mask=stored, other=0.0).to(tl.float32)
    tl.store(y + cells, (sums * gain).to(y.dtype.element_ty), mask=stored)


def convolve(
    x: Tensor,
    weights: Tensor,
    bias: Tensor,
    ends: Sequence[int],
    *,
    lead: int,
    dilation: int = 1,
    rate: int = 1,
    before: int = 0,
    slope: float = 1.0,
    shortcut: Tensor | None = None,
    total: Tensor | None = None,
    parts: int = 1,
) -> Tensor:
    """(convolved leaky ReLU of x + shortcut + total) / parts; what it holds beyond a line's end means nothing.

    Args:
        x: `[B, T, channels in]`, contiguous.
        weights: `[taps, channels in, rate · channels out]` in x's dtype.
        bias: `[rate · channels out]`.
        ends: of each line, at most T; x counts as zero beyond.
        lead: inputs before t that the first tap sees.
        rate: samples a row makes, of which the first `before` of a line are not wanted.
        shortcut, total: as the result.

    Returns:
        `[B, T · rate, channels out]` in x's dtype.
    """
    batch, length, channels = x.shape
    taps, _, columns = weights.shape
    y = torch.empty(batch, length * rate, columns // rate, dtype=x.dtype, device=x.device)
    rows = (length * rate - 1 + before) // rate + 1
    across = max(LEAST, min(MOST_CHANNELS, triton.next_power_of_2(columns)))
    if columns % across and columns % (across // 2) == 0 and across // 2 >= DEPTH:
        across //= 2  # 192 columns are three times 64, and not one and a half times 128
    depth = max(LEAST, min(DEPTH, triton.next_power_of_2(channels)))
    grid = (triton.cdiv(rows, TIMES), triton.cdiv(columns, across), batch)
    _convolve[grid](
        x,
        weights,
        bias,
        _on_device(tuple(ends), x.device),
        y if shortcut is None else shortcut,
        y if total is None else total,
        y,
        length,
        rows,
        before,
        lead,
        dilation,
        taps,
        int(shortcut is not None),
        int(total is not None),
        slope,
        1 / parts,
        channels=channels,
        columns=columns,
        each=columns // rate,
        depth=depth,
        times=TIMES,
        across=across,
        num_warps=8 if across == MOST_CHANNELS else 4,
        num_stages=3,
    )
    return y


@lru_cache(maxsize=64)
def _on_device(ends: tuple[int, ...], device: torch.device) -> Tensor:
    """Brought over once for the hundred layers that share them."""
    return torch.tensor(ends, dtype=torch.int32, device=device)

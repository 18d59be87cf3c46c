"""A decode step's loops on a GPU, in Triton: what stands between the matrix products, each in one launch.

A step of published size has 24 layers and a few rows, so what it costs is launches and the reading of keys and
values. Attention reads each row up to that row's own length, whatever the others have: nothing is masked, padded or
read in vain, and one CUDA graph serves every length. Sums are in float32 whatever the model's precision.

Triton comes with torch on Linux; where it is missing `decode.py` takes torch's own operations. Without a GPU the
kernels run in Triton's interpreter (`TRITON_INTERPRET=1`), which is how the tests run them, and compile for any card.
"""

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl
from torch import Tensor

from tts_core.gpt_sovits.loops.rows import RowState

BLOCK = 64
"""Positions a program of one warp reads at a time: eight loads of 16 bytes a thread for keys and for values,
no barriers."""
WARPS = 4  # for rows of a few hundred numbers

_GOLDEN = tl.constexpr(0x9E3779B97F4A7C15)  # splitmix64, as in sampling.py
_MIX_1 = tl.constexpr(0xBF58476D1CE4E5B9)
_MIX_2 = tl.constexpr(0x94D049BB133111EB)


# -- attention ------------------------------------------------------------------------------------------


@triton.jit
def _attend(
    qkv,
    keys,
    values,
    lengths,
    seen,
    room,
    scale,
    heads: tl.constexpr,
    width: tl.constexpr,
    padded: tl.constexpr,
    block: tl.constexpr,
):
    row, head = tl.program_id(0).to(tl.int64), tl.program_id(1)
    d = tl.arange(0, padded)
    inside = d < width
    length = tl.load(lengths + row)
    new = qkv + row * 3 * heads * width + head * width + d
    q = tl.load(new, mask=inside, other=0.0).to(tl.float32) * scale
    k = tl.load(new + heads * width, mask=inside, other=0.0)
    v = tl.load(new + 2 * heads * width, mask=inside, other=0.0)
    place = (row * heads + head) * room * width
    tl.store(keys + place + length * width + d, k, mask=inside)
    tl.store(values + place + length * width + d, v, mask=inside)
    # The new position opens the running softmax; those before it follow block by block, and are added up at the end.
    first = tl.sum(q * k.to(tl.float32), 0)
    highest = first
    weights = tl.zeros((block,), tl.float32)
    heard = tl.zeros((block, padded), tl.float32)
    for start in range(0, length, block):
        at = start + tl.arange(0, block)
        there = at < length
        cells = place + at[:, None] * width + d[None, :]
        mask = there[:, None] & inside[None, :]
        known = tl.load(keys + cells, mask=mask, other=0.0).to(tl.float32)
        told = tl.load(values + cells, mask=mask, other=0.0).to(tl.float32)
        scores = tl.where(there, tl.sum(known * q[None, :], 1), float("-inf"))
        higher = tl.maximum(highest, tl.max(scores, 0))
        fading = tl.exp(highest - higher)
        shares = tl.exp(scores - higher)
        weights = weights * fading + shares
        heard = heard * fading + shares[:, None] * told
        highest = higher
    share = tl.exp(first - highest)
    weight = tl.sum(weights, 0) + share
    whole = tl.sum(heard, 0) + share * v.to(tl.float32)
    out = seen + (row * heads + head) * width + d
    tl.store(out, (whole / weight).to(seen.dtype.element_ty), mask=inside)


def attend(qkv: Tensor, keys: Tensor, values: Tensor, lengths: Tensor) -> Tensor:
    """Store each row's new key and value and attend from its new position to all it has.

    Args:
        qkv: `[B, 3, heads, head width]`, contiguous.
        keys, values: of one layer, `[≥ B, heads, room, head width]`, contiguous, in qkv's dtype; position `lengths`
            is written.
        lengths: int64 `[≥ B]`, positions already there, fewer than room.

    Returns:
        `[B, heads · head width]` in qkv's dtype.
    """
    rows, _, heads, width = qkv.shape
    seen = torch.empty(rows, heads * width, dtype=qkv.dtype, device=qkv.device)
    _attend[(rows, heads)](
        qkv,
        keys,
        values,
        lengths,
        seen,
        keys.shape[2],
        1.0 / math.sqrt(width),
        heads=heads,
        width=width,
        padded=triton.next_power_of_2(width),
        block=BLOCK,
        num_warps=1,
    )
    return seen


# -- norms and embeddings -------------------------------------------------------------------------------


@triton.jit
def _add_norm(x, y, gain, bias, out, epsilon, width: tl.constexpr, padded: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * width
    d = tl.arange(0, padded)
    inside = d < width
    both = tl.load(x + row + d, mask=inside, other=0.0).to(tl.float32)
    both += tl.load(y + row + d, mask=inside, other=0.0).to(tl.float32)
    mean = tl.sum(both, 0) / width
    off = tl.where(inside, both - mean, 0.0)
    normed = off * tl.rsqrt(tl.sum(off * off, 0) / width + epsilon)
    normed = normed * tl.load(gain + d, mask=inside, other=0.0).to(tl.float32)
    normed += tl.load(bias + d, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + row + d, normed.to(out.dtype.element_ty), mask=inside)


def add_norm(x: Tensor, y: Tensor, gain: Tensor, bias: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Layer norm of x + y over the last axis: `[rows, D]` each; gain and bias `[D]`."""
    rows, width = x.shape
    out = torch.empty_like(x)
    padded = triton.next_power_of_2(width)
    _add_norm[(rows,)](x, y, gain, bias, out, epsilon, width=width, padded=padded, num_warps=WARPS)
    return out


@triton.jit
def _embed(table, positions, last, prompts, steps, out, width: tl.constexpr, padded: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    d = tl.arange(0, padded)
    inside = d < width
    at = tl.maximum(tl.load(prompts + row) + tl.load(steps + row) - 1, 0)  # a row without a line has none
    token = tl.load(last + row)
    x = tl.load(table + token * width + d, mask=inside, other=0.0).to(tl.float32)
    x += tl.load(positions + at * width + d, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + row * width + d, x.to(out.dtype.element_ty), mask=inside)


def embed(
    table: Tensor, positions: Tensor, last: Tensor, prompts: Tensor, steps: Tensor, rows: int
) -> Tensor:
    """Each row's last token and where it stands: `table[last] + positions[prompts + steps - 1]`, `[rows, D]`."""
    width = table.shape[1]
    out = torch.empty(rows, width, dtype=table.dtype, device=table.device)
    padded = triton.next_power_of_2(width)
    _embed[(rows,)](table, positions, last, prompts, steps, out, width=width, padded=padded, num_warps=WARPS)
    return out


# -- drawing a token ------------------------------------------------------------------------------------


@triton.jit
def _mixed(value):
    value = (value ^ (value >> 30)) * _MIX_1
    value = (value ^ (value >> 27)) * _MIX_2
    return value ^ (value >> 31)


@triton.jit
def _ordered(number):
    """Integers in the order of the floats: what is negative is turned around."""
    bits = number.to(tl.int32, bitcast=True)
    return tl.where(bits < 0, bits ^ 0x7FFFFFFF, bits)


@triton.jit
def _draw(
    logits,
    places,
    heard,
    seeds,
    steps,
    ended,
    last,
    lengths,
    drawn,
    drawn_room,
    penalty,
    temperature,
    top_k,
    end: tl.constexpr,
    fewest: tl.constexpr,
    vocabulary: tl.constexpr,
    padded: tl.constexpr,
):
    line = tl.program_id(0).to(tl.int64)
    row = tl.load(places + line)
    if tl.load(ended + row) == 0:
        token_ids = tl.arange(0, padded)
        known = token_ids < vocabulary
        step = tl.load(steps + row)
        x = tl.load(logits + line * vocabulary + token_ids, mask=known, other=float("-inf")).to(tl.float32)
        x = tl.where((token_ids == end) & (step < fewest), float("-inf"), x)
        before = tl.load(heard + row * vocabulary + token_ids, mask=known, other=0) != 0
        x = tl.where(before, tl.where(x < 0, x * penalty, x / penalty), x)
        likeliest = tl.argmax(x, 0)
        token = likeliest
        if top_k > 1:
            x = x / temperature
            # The k-th highest, bit by bit: the largest number that at least k of them reach. Ties with it stay in.
            order = tl.where(known, _ordered(x), -2147483648)
            least = tl.where(tl.sum((order >= 0).to(tl.int32), 0) >= top_k, 0, -2147483648)
            for index in tl.static_range(31):
                higher = least + (1 << (30 - index))
                least = tl.where(tl.sum((order >= higher).to(tl.int32), 0) >= top_k, higher, least)
            kept = known & (order >= least)
            odds = tl.where(kept, tl.exp(x - tl.max(x, 0)), 0.0)
            seed = tl.load(seeds + row).to(tl.uint64) + _mixed((step + 1).to(tl.uint64))
            bits = _mixed(_mixed(seed + (token_ids + 1).to(tl.uint64) * _GOLDEN)) >> 40
            uniform = (bits.to(tl.int32).to(tl.float32) + 0.5) * (1.0 / 16777216.0)
            token = tl.argmax(odds / -tl.log(uniform), 0)
        tl.store(drawn + row * drawn_room + step, token.to(tl.int64))
        tl.store(heard + row * vocabulary + token, 1)
        tl.store(last + row, token.to(tl.int64))
        tl.store(lengths + row, tl.load(lengths + row) + 1)
        tl.store(steps + row, step + 1)
        tl.store(ended + row, ((token == end) | (likeliest == end)).to(tl.int8))


def draw(
    logits: Tensor,
    places: Tensor,
    state: RowState,
    *,
    top_k: int,
    temperature: float,
    repetition_penalty: float,
    end: int,
    fewest: int,
) -> None:
    """Draw the next tokens as `sampling.next_tokens` does with top_p 1, and note them as `RowState.take` does.

    Args:
        logits: float32 `[B, V]`, contiguous.
        places: int64 `[B]`, the rows they belong to.
        top_k, temperature, repetition_penalty: as in `sampling.Sampling`.
        end: the token that ends a line, out of reach for its first `fewest` tokens.
    """
    rows, vocabulary = logits.shape
    _draw[(rows,)](
        logits,
        places,
        state.heard.view(torch.int8),
        state.seeds,
        state.steps,
        state.ended.view(torch.int8),
        state.last,
        state.lengths,
        state.drawn,
        state.drawn.shape[1],
        repetition_penalty,
        max(temperature, 1e-5),
        max(1, min(top_k, vocabulary)),
        end=end,
        fewest=fewest,
        vocabulary=vocabulary,
        padded=triton.next_power_of_2(vocabulary),
        num_warps=8,
    )


def probe(device: torch.device) -> None:
    """Make code and run it: raises whatever keeps Triton from doing so."""
    x = torch.zeros(1, 16, device=device)
    add_norm(x, x, x[0], x[0]).sum().item()

"""From logits to the next token: the reference's order of operations, with randomness that belongs to the line.

The random numbers are a hash of (line seed, step, token), not the state of a generator: a line draws the same numbers
in any batch, at any row, on any device, in a CUDA graph or out of it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tts_core.gpt_sovits.model.tokens import END, FEWEST_TOKENS, Sampling

_GOLDEN = -7046029254386353131  # 0x9E3779B97F4A7C15 as a signed 64-bit number: splitmix64, Steele et al. 2014
_MIX_1 = -4658895280553007687  # 0xBF58476D1CE4E5B9
_MIX_2 = -7723592293110705685  # 0x94D049BB133111EB


def penalize(logits: Tensor, heard: Tensor, penalty: float) -> Tensor:
    """Push down tokens heard before (Keskar et al. 2019): negative logits times `penalty`, positive ones divided by it.

    Args:
        logits: `[B, V]` float32.
        heard: `[B, V]` bool.
    """
    if penalty == 1.0:
        return logits
    return torch.where(heard, torch.where(logits < 0, logits * penalty, logits / penalty), logits)


def distribution(logits: Tensor, sampling: Sampling) -> Tensor:
    """Probabilities `[B, V]` from penalized logits: top-p, then temperature, then top-k, then softmax.

    Top-p drops the token that crosses the threshold, too: that is what the published sound was tuned with.
    """
    if sampling.top_p < 1.0:
        ordered, order = torch.sort(logits, dim=-1, descending=True)
        beyond = torch.cumsum(torch.softmax(ordered, dim=-1), dim=-1) > sampling.top_p
        beyond[:, 0].fill_(False)
        logits = logits.masked_fill(torch.zeros_like(beyond).scatter(1, order, beyond), -torch.inf)
    logits = logits / max(sampling.temperature, 1e-5)
    if sampling.top_k < logits.shape[-1]:
        least = torch.topk(logits, max(1, sampling.top_k), dim=-1).values[:, -1:]
        logits = logits.masked_fill(logits < least, -torch.inf)
    return torch.softmax(logits, dim=-1)


def next_tokens(
    logits: Tensor, heard: Tensor, seeds: Tensor, steps: Tensor, sampling: Sampling
) -> tuple[Tensor, Tensor]:
    """Draw one token a row.

    Args:
        logits: `[B, V]`.
        heard: `[B, V]` bool, tokens of the prompt and of the line so far.
        seeds: `[B]` int64, one a line.
        steps: `[B]` int64, tokens the line has so far.

    Returns:
        (tokens `[B]`, ended `[B]`): a line ends when the end token is drawn, or is the likeliest.
    """
    logits = logits.float()
    end = torch.arange(logits.shape[-1], device=logits.device) == END
    logits = logits.masked_fill(end & (steps < FEWEST_TOKENS)[:, None], -torch.inf)
    logits = penalize(logits, heard, sampling.repetition_penalty)
    if sampling.top_k == 1:  # the one that survives always wins: the same token without the work
        tokens = likeliest = logits.argmax(dim=-1)
    else:
        likeliest = logits.argmax(dim=-1)
        waiting = exponential(seeds, steps, logits.shape[-1])
        tokens = (distribution(logits, sampling) / waiting).argmax(dim=-1)
    return tokens, (tokens == END) | (likeliest == END)


def exponential(seeds: Tensor, steps: Tensor, count: int) -> Tensor:
    """Exp(1) numbers `[B, count]` for (seed, step), each `[B]` int64: float32, never 0."""
    state = (
        seeds[:, None] + _mix(steps[:, None] + 1) + torch.arange(1, count + 1, device=seeds.device) * _GOLDEN
    )
    bits = (_mix(_mix(state)) >> 40) & 0xFFFFFF  # 24 random bits, as many as a float32 holds
    uniform = (bits.to(torch.float32) + 0.5) * 2.0**-24
    return -torch.log(uniform)


def _mix(value: Tensor) -> Tensor:
    """splitmix64's finalizer; int64 arithmetic wraps, and shifts are made logical by masking."""
    value = (value ^ ((value >> 30) & 0x3FFFFFFFF)) * _MIX_1
    value = (value ^ ((value >> 27) & 0x1FFFFFFFFF)) * _MIX_2
    return value ^ ((value >> 31) & 0x1FFFFFFFF)

"""The two ways of training, and what is dropped out on the way."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional as F

Recipe = Literal["compatible", "fixed"]
"""`compatible`: what the reference computes, its mistakes included. `fixed`: without them."""

Precision = Literal["float32", "bfloat16"]
"""What products are computed in while a stage learns. Weights, sums of losses and what the optimisers remember stay in
float32, and bfloat16 has float32's range, so nothing is scaled."""
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


def computing_in(precision: Precision, device: torch.device) -> AbstractContextManager[object]:
    """Where products are computed in `precision`."""
    return nullcontext() if precision == "float32" else torch.autocast(device.type, torch.bfloat16)


class Dropout:
    """What forgets numbers between layers while a model learns.

    Args:
        share: of the numbers that are dropped.
        attention: the same for attention weights. Above 0 torch keeps matrices of positions × positions, which are
            most of the memory of a long line; `fixed` does without.
    """

    def __init__(self, share: float = 0.0, attention: float = 0.0) -> None:
        self.share, self.attention = share, attention

    def __call__(self, x: Tensor, place: str) -> Tensor:
        """Args: place: the name of the dropout in the reference; nothing here depends on it."""
        return F.dropout(x, self.share) if self.share else x

    def attended(self, q: Tensor, k: Tensor, v: Tensor, visible: Tensor, place: str) -> Tensor:
        """What queries `[B, H, S, W]` find where `visible` `[B, 1, S, S]` allows; place: as above, of the weights."""
        return F.scaled_dot_product_attention(q, k, v, attn_mask=visible, dropout_p=self.attention)


NOTHING_DROPPED = Dropout()

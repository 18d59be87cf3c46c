"""Semantic tokens: what the transformer writes and the decoder reads; how they are drawn. Nothing here needs torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TOKENS_PER_SECOND = 25
FRAMES_PER_TOKEN = 2  # of HuBERT, 20 ms each
NOISE_SCALE = 0.5  # of what the decoder makes of tokens; the reference's at inference
VOCABULARY = 1025  # 1024 codes of the quantizer, and the end
END = VOCABULARY - 1
"""The token that ends a line."""
FEWEST_TOKENS = 11
"""The end token is out of reach for the first 11 steps, so a line has at least 0.44 s of speech (t2s_model.py)."""
MOST_TOKENS = 1500  # 60 s of speech, the reference's own ceiling
Stop = Literal["end", "limit"]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn. The defaults are those of the reference's API.

    Args:
        top_k: only the k likeliest tokens (1 = greedy); ties with the k-th stay in.
        top_p: only the likeliest tokens that together reach this probability, before temperature; the likeliest
            always stays.
        temperature: above 0; lower is plainer.
        repetition_penalty: 1 = none; logits of every token heard before, prompt included, are pushed down.
    """

    top_k: int = 15
    top_p: float = 1.0
    temperature: float = 1.0
    repetition_penalty: float = 1.35


@dataclass(frozen=True, slots=True)
class TokenLine:
    """What was drawn: every token but the end token, and why it stopped."""

    tokens: list[int]
    stop: Stop

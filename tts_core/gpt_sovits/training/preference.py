"""Learning from lines made worse: what was said is preferred to the same with a span repeated or left out.

Direct preference optimisation (Rafailov et al. 2023, eq. 7) without a reference model, as AR/models/utils.py has it. An
option: it doubles the memory, and helps against repeated words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from tts_core.gpt_sovits.model.text2semantic import Text2Semantic
from tts_core.gpt_sovits.model.tokens import END
from tts_core.gpt_sovits.training.recipe import NOTHING_DROPPED, Dropout, Recipe
from tts_core.gpt_sovits.training.text_batch import TextBatch
from tts_core.gpt_sovits.training.text_stage import Foretold, foretell

STRENGTH = 0.2  # β of eq. 7

DrawSpan = Callable[[int], tuple[bool, int, int]]
"""Length of a line → whether a span is left out (else repeated), and two places in it."""


@dataclass(frozen=True, slots=True)
class Preferred:
    """Args:
    chosen, rejected: what the model foretells of either.
    chosen_likelihoods, rejected_likelihoods: `[B]`, log probability of each line.
    preference: the loss of preferring.
    """

    chosen: Foretold
    rejected: Foretold
    chosen_likelihoods: Tensor
    rejected_likelihoods: Tensor
    preference: Tensor


def random_span(length: int) -> tuple[bool, int, int]:
    """Both kinds of damage are as likely; the places are uniform."""
    left_out = bool(torch.randint(0, 2, (1,)))
    first, second = torch.randint(0, length, (2,)).tolist()
    return left_out, first, second


def damaged(tokens: Tensor, left_out: bool, one: int, other: int) -> Tensor:
    """Tokens `[Y]` with what lies between two places left out, or said twice."""
    start, end = sorted((one, other))
    if left_out:
        return torch.cat([tokens[:start], tokens[end:]])
    return torch.cat([tokens[:end], tokens[start:]])


def rejected_lines(batch: TextBatch, recipe: Recipe, draw: DrawSpan = random_span) -> TextBatch:
    """The batch with every line damaged.

    As in the reference, `compatible` damages a line together with its padding, which then counts as said, and pads the
    rest with token 0; `fixed` damages what is said and pads as always.
    """
    lines = []
    for tokens, count in zip(batch.tokens, batch.token_counts.tolist(), strict=True):
        said = tokens if recipe == "compatible" else tokens[:count]
        lines.append(damaged(said, *draw(len(said))))
    padding = 0 if recipe == "compatible" else END
    counts = torch.tensor([len(line) for line in lines], device=batch.token_counts.device)
    tokens = pad_sequence(lines, batch_first=True, padding_value=padding)
    return TextBatch(batch.phones, batch.phone_counts, tokens, counts, batch.bert)


def prefer(
    model: Text2Semantic,
    batch: TextBatch,
    rejected: TextBatch,
    recipe: Recipe,
    dropout: Dropout = NOTHING_DROPPED,
) -> Preferred:
    """Foretell both and compare them; the loss to learn from is `chosen.loss() + preference`."""
    better, worse = (
        foretell(model, batch, recipe, dropout),
        foretell(model, rejected, recipe, dropout),
    )
    high, low = better.log_likelihoods(len(batch)), worse.log_likelihoods(len(batch))
    return Preferred(better, worse, high, low, -F.logsigmoid(STRENGTH * (high - low)).mean())

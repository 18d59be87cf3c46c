"""Lines for the text stage, padded to a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from tts_core.gpt_sovits.model.text2semantic import BERT_WIDTH
from tts_core.gpt_sovits.model.tokens import END


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line to learn.

    Args:
        phones: int64 `[X]`.
        tokens: int64 `[Y]`, without the end token.
        bert: `[1024, X]`, or None where the language has none.
    """

    phones: Tensor
    tokens: Tensor
    bert: Tensor | None = None


@dataclass(frozen=True, slots=True)
class TextBatch:
    """Lines padded on the right.

    Args:
        phones: int64 `[B, X]`, 0 beyond a line's end; phone_counts `[B]`.
        tokens: int64 `[B, Y]`; token_counts `[B]`. What lies beyond a line's end counts as `END`.
        bert: `[B, 1024, X]`, 0 where a line has none.
    """

    phones: Tensor
    phone_counts: Tensor
    tokens: Tensor
    token_counts: Tensor
    bert: Tensor

    def __len__(self) -> int:
        return len(self.phones)

    def to(self, device: torch.device) -> TextBatch:
        """The same batch on a device."""
        moved = (getattr(self, name).to(device) for name in self.__slots__)
        return TextBatch(*moved)

    def ended_tokens(self) -> Tensor:
        """The tokens with `END` beyond each line's end, whatever stands there."""
        at = torch.arange(self.tokens.shape[1], device=self.tokens.device)
        return self.tokens.masked_fill(at >= self.token_counts[:, None], END)


def text_batch(lines: Sequence[TextLine]) -> TextBatch:
    """Pad lines to the longest of them, as AR/data/dataset.py does."""
    phones = pad_sequence([line.phones for line in lines], batch_first=True)
    tokens = pad_sequence([line.tokens for line in lines], batch_first=True, padding_value=END)
    bert = torch.zeros(len(lines), BERT_WIDTH, phones.shape[1])
    for row, line in zip(bert, lines, strict=True):
        if line.bert is not None:
            row[:, : line.bert.shape[1]] = line.bert
    return TextBatch(
        phones,
        torch.tensor([len(line.phones) for line in lines]),
        tokens,
        torch.tensor([len(line.tokens) for line in lines]),
        bert,
    )

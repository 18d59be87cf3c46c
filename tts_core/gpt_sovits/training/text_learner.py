"""The text stage's updates: gradients gathered over batches, one step of ScaledAdam."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TypeVar

from torch import Tensor
from torch.nn.utils import get_total_norm

from tts_core.gpt_sovits.model.text2semantic import Text2Semantic
from tts_core.gpt_sovits.training.preference import prefer, rejected_lines
from tts_core.gpt_sovits.training.ranks import ALONE, Ranks, gathering
from tts_core.gpt_sovits.training.recipe import Dropout, Precision, Recipe, computing_in
from tts_core.gpt_sovits.training.scaled_adam import ScaledAdam, pinned_rate, set_rate, warmed_up_rate
from tts_core.gpt_sovits.training.text_batch import TextBatch
from tts_core.gpt_sovits.training.text_stage import DROPPED_SHARE, foretell

GATHERED = 4  # batches an update, in the reference

Batch = TypeVar("Batch")


@dataclass(frozen=True, slots=True)
class TextSettings:
    """How the text stage learns.

    Args:
        recipe: `compatible` or `fixed`.
        dropped: share of what dropout forgets.
        preference: learn from damaged lines, too.
        warm_up: updates over which `fixed` raises its rate.
        precision: of products.
    """

    recipe: Recipe = "compatible"
    dropped: float = DROPPED_SHARE
    preference: bool = False
    warm_up: int = 20
    precision: Precision = "float32"


@dataclass(frozen=True, slots=True)
class Said:
    """What a batch came to: its loss (summed in `compatible`, the mean of a token in `fixed`) and the share of tokens
    among the three likeliest."""

    loss: float
    accuracy: float


class TextLearner:
    """A text-to-semantic model and what ScaledAdam remembers of it."""

    def __init__(
        self,
        model: Text2Semantic,
        settings: TextSettings,
        dropout: Dropout | None = None,
        ranks: Ranks = ALONE,
    ) -> None:
        self.model, self.settings, self.ranks = model.requires_grad_(True).train(), settings, ranks
        whole = settings.recipe == "compatible"
        self.dropout = dropout or Dropout(settings.dropped, settings.dropped if whole else 0.0)
        self.optimizer = ScaledAdam(model.parameters())
        self.steps = 0
        self._learned = ranks.together(self.model.parameters(), self._loss)

    def gather(self, batch: TextBatch, share: float = 1.0, *, last: bool = True) -> Said:
        """Add a batch's gradients to what is there.

        Args:
            share: of its loss, where a mean over batches is wanted.
            last: of an update's.
        """
        with nullcontext() if last else gathering(self._learned):
            with computing_in(self.settings.precision, batch.phones.device):
                made: tuple[Tensor, Said] = self._learned(batch)
            (made[0] * share).backward()
        return made[1]

    def _loss(self, batch: TextBatch) -> tuple[Tensor, Said]:
        recipe = self.settings.recipe
        mean = recipe == "fixed"
        if self.settings.preference:
            both = prefer(self.model, batch, rejected_lines(batch, recipe), recipe, self.dropout)
            foretold, loss = both.chosen, both.chosen.loss(mean=mean) + both.preference
        else:
            foretold = foretell(self.model, batch, recipe, self.dropout)
            loss = foretold.loss(mean=mean)
        return loss, Said(float(loss.detach()), foretold.accuracy())

    def rate(self) -> float:
        """Of the next step."""
        if self.settings.recipe == "compatible":
            return pinned_rate(self.steps)
        return warmed_up_rate(self.steps, self.settings.warm_up)

    def step(self) -> float:
        """Learn from the gathered gradients; returns the rate used."""
        rate = self.rate()
        set_rate(self.optimizer, rate)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.steps += 1
        return rate

    def gradients_are_finite(self) -> bool:
        found = [parameter.grad for parameter in self.model.parameters() if parameter.grad is not None]
        return self.ranks.all(bool(get_total_norm(found).isfinite()))


def updates_as_in_the_reference(epochs: Iterable[Iterable[Batch]]) -> Iterator[list[Batch]]:
    """What each update gathers.

    The reference steps after batch 4, 8, 12, … of each epoch, so never in an epoch of four batches or fewer, and what
    comes after the last step goes into the next epoch's first. What is left at the end is never learned from.

    Args:
        epochs: the batches of each.
    """
    gathered: list[Batch] = []
    for epoch in epochs:
        for number, batch in enumerate(epoch):
            gathered.append(batch)
            if number > 0 and number % GATHERED == 0:
                yield gathered
                gathered = []

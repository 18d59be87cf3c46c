"""Processes that learn one run together, each on a device of its own with its share of every batch.

torch's own DistributedDataParallel exchanges the gradients. Every process holds the same weights and knows the same
batches, so all that is left to agree on is what only one of them can know: whether to stop, what the held-out lines
say, whether a number was none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from tts_core.gpt_sovits.training.weights import CPU


@dataclass(frozen=True, slots=True)
class Ranks:
    """A process among those that learn together.

    Args:
        number: of this one, from 0, which alone writes files and is heard; count: of all of them.
        device: that this one learns on.
    """

    number: int = 0
    count: int = 1
    device: torch.device = CPU

    @property
    def first(self) -> bool:
        return self.number == 0

    def rows(self, lines: int) -> list[int]:
        """This process's share of a batch, by places in it. Empty where there are fewer lines than processes."""
        return list(range(self.number, lines, self.count))

    def together(self, tensors: Iterable[Tensor], call: Callable[..., Any]) -> Callable[..., Any]:
        """`call`, after which the gradients of `tensors`, all of which it must use, are their means over the
        processes."""
        if self.count == 1:
            return call
        return DistributedDataParallel(_Called(tensors, call), broadcast_buffers=False)

    def all(self, true: bool) -> bool:
        """Whether it is true in every process."""
        if self.count == 1:
            return true
        told = torch.tensor(float(true), device=self.device)
        distributed.all_reduce(told, distributed.ReduceOp.MIN)
        return bool(told)

    def of_first(self, ask: Callable[[], float]) -> float:
        """What the first process answers, which alone is asked."""
        if self.count == 1:
            return ask()
        told = torch.tensor(ask() if self.first else 0.0, dtype=torch.float64, device=self.device)
        distributed.broadcast(told, 0)
        return float(told)

    def seed_apart(self) -> None:
        """From here on another source of random numbers than the other processes', decided by what they share."""
        if self.count > 1:
            torch.manual_seed(torch.initial_seed() + self.number)


ALONE = Ranks()


def gathering(call: Callable[..., Any]) -> AbstractContextManager[object]:
    """Where gradients are added up without being exchanged, as another call follows before they are used."""
    return call.no_sync() if isinstance(call, DistributedDataParallel) else nullcontext()


class _Called(nn.Module):
    """A function of parameters as a module."""

    def __init__(self, tensors: Iterable[Tensor], call: Callable[..., Any]) -> None:
        super().__init__()
        self.learned, self.call = nn.ParameterList(tensors), call

    def forward(self, *given: Any) -> Any:
        return self.call(*given)

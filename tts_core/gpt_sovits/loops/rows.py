"""Where the lines of a batch stand: one entry a row of the arena, on the model's device, changed in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor


@dataclass(slots=True)
class RowState:
    """What a decode step reads and writes besides keys and values. CUDA graphs hold on to these tensors."""

    last: Tensor
    """int64 `[R]`: the token drawn last."""
    lengths: Tensor
    """int64 `[R]`: positions written."""
    steps: Tensor
    """int64 `[R]`: tokens drawn."""
    prompts: Tensor
    """int64 `[R]`: prompt tokens; the positions of what is drawn go on from there."""
    seeds: Tensor
    """int64 `[R]`."""
    ended: Tensor
    """bool `[R]`: the line is over, or there is none."""
    heard: Tensor
    """bool `[R, V]`: tokens of the prompt and of the line so far."""
    drawn: Tensor
    """int64 `[R, room]`: the line's tokens; the last place takes what rows that have ended write."""

    @classmethod
    def empty(cls, rows: int, vocabulary: int, room: int, device: torch.device) -> RowState:
        """No row has a line yet. `room`: tokens a line may draw."""

        def zeros(*shape: int, dtype: torch.dtype = torch.int64) -> Tensor:
            return torch.zeros(shape, dtype=dtype, device=device)

        return cls(
            last=zeros(rows),
            lengths=zeros(rows),
            steps=zeros(rows),
            prompts=zeros(rows),
            seeds=zeros(rows),
            ended=torch.ones(rows, dtype=torch.bool, device=device),
            heard=zeros(rows, vocabulary, dtype=torch.bool),
            drawn=zeros(rows, room + 1),
        )

    @property
    def tensors(self) -> list[Tensor]:
        return [getattr(self, field.name) for field in fields(self)]

    def move(self, source: int, target: int) -> None:
        """Copy one row's state to another."""
        for tensor in self.tensors:
            tensor[target] = tensor[source]

    def start(
        self, places: Sequence[int], seeds: Sequence[int], starts: Sequence[int], prompts: Sequence[Tensor]
    ) -> None:
        """Lines begin in the rows `places`: their seeds, the positions of phonemes and prompt, and the prompts' tokens.

        The last of those positions draws the first token, as every later position draws the next, so it does not
        count as written yet.
        """
        device = self.last.device
        counts = [len(prompt) for prompt in prompts]
        owners = [place for place, count in zip(places, counts, strict=True) for _ in range(count)]
        rows, known, filled, told = torch.tensor([places, seeds, starts, counts], device=device)
        self.heard[rows] = False
        self.heard[torch.tensor(owners, dtype=torch.int64, device=device), torch.cat(list(prompts))] = True
        self.seeds[rows], self.prompts[rows], self.lengths[rows] = known, told, filled - 1
        self.steps[rows] = 0
        self.ended[rows] = False

    def take(self, rows: Tensor, tokens: Tensor, ended: Tensor) -> None:
        """Note the token each of `rows` `[n]` drew. A row that had ended stands still, so it cannot write beyond the
        arena."""
        going = ~self.ended[rows]
        tokens = torch.where(going, tokens, self.last[rows])
        steps = self.steps[rows]
        slot = torch.where(going, steps, torch.full_like(steps, self.drawn.shape[1] - 1))
        self.drawn[rows, slot] = tokens
        self.heard[rows, tokens] = torch.ones_like(going)  # a plain True would come from the host
        self.last[rows] = tokens
        self.lengths[rows] = self.lengths[rows] + going
        self.steps[rows] = steps + going
        self.ended[rows] = self.ended[rows] | ended

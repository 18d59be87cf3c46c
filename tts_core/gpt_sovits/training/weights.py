"""A model's weights under their published names while they learn.

The models are modules with plain kernels; what is published, and learned, are the kernels' directions and gains (weight
norm, Salimans & Kingma 2016). Here the published tensors are the parameters, the kernels are computed from them when a
module is called, and gradients go back the same way. So the names of files, optimiser and exports are one set, and the
modules stay those of inference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.utils import get_total_norm

from tts_core.gpt_sovits.files.checkpoints import fold_weight_norm

CPU = torch.device("cpu")

Shaped = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]
"""Kernels as published → as the module has them."""


class PublishedWeights:
    """Named parameters and the module that computes with them.

    Args:
        module: on any device, `meta` too; its own parameters are not used.
        weights: published name → tensor; copied as float32 to `device`.
        fixed: prefixes of what is not to be learned.
        shaped: brings folded kernels into the module's shapes.
    """

    def __init__(
        self,
        module: nn.Module,
        weights: Mapping[str, Tensor],
        *,
        fixed: Sequence[str] = (),
        shaped: Shaped | None = None,
        device: torch.device = CPU,
    ) -> None:
        self.module, self._shaped = module, shaped
        self.tensors = {
            name: nn.Parameter(
                tensor.detach().to(device, torch.float32, copy=True),
                requires_grad=not name.startswith(tuple(fixed)),
            )
            for name, tensor in weights.items()
        }

    def __call__(self, *arguments: Any) -> Any:
        """Call the module with the kernels as they are now."""
        return self.with_kernels(self.kernels(), *arguments)

    def kernels(self) -> dict[str, Tensor]:
        """The module's tensors, computed from the published ones; for several calls between two steps."""
        folded = fold_weight_norm(self.tensors, _product)
        return self._shaped(folded) if self._shaped else folded

    @torch.no_grad()
    def frozen_kernels(self) -> dict[str, Tensor]:
        """The same, through which nothing is learned: biases, too, which are the parameters themselves above."""
        return {name: kernel.detach() for name, kernel in self.kernels().items()}

    def with_kernels(self, kernels: Mapping[str, Tensor], *arguments: Any) -> Any:
        """Call the module with kernels from before."""
        return functional_call(self.module, dict(kernels), arguments, strict=True)

    def learning(self) -> Iterator[tuple[str, nn.Parameter]]:
        """What is to be learned, by name."""
        return ((name, tensor) for name, tensor in self.tensors.items() if tensor.requires_grad)

    def part(self, prefix: str, module: nn.Module) -> PublishedWeights:
        """The same parameters with this prefix, without it, and the module that computes with them."""
        part = PublishedWeights(module, {}, shaped=self._shaped)
        part.tensors = {
            name.removeprefix(prefix): tensor
            for name, tensor in self.tensors.items()
            if name.startswith(prefix)
        }
        return part

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Take over the numbers of tensors with the same names."""
        with torch.no_grad():
            for name, tensor in self.tensors.items():
                tensor.copy_(tensors[name])

    def gradient_norm(self) -> Tensor:
        """Length of all gradients together; not a number where one is not."""
        return get_total_norm([tensor.grad for tensor in self.tensors.values() if tensor.grad is not None])


def _product(g: Tensor, v: Tensor) -> Tensor:
    """g · v / ‖v‖, the norm over every axis but the first: torch's own, whose way back is a quarter of the work of the
    separate steps'."""
    made: Tensor = torch._weight_norm(v, g, 0)
    return made


def on_cpu(content: Any) -> Any:
    """Nested dictionaries and lists with their tensors on the CPU, where files are written from."""
    if isinstance(content, Tensor):
        return content.detach().cpu()
    if isinstance(content, dict):
        return {key: on_cpu(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return type(content)(on_cpu(value) for value in content)
    return content


class Averaged:
    """A running mean of weights, which forgets slower the more it has seen.

    Args:
        decay: the most that is kept of the mean in an update.
    """

    def __init__(self, tensors: Mapping[str, Tensor], decay: float = 0.99) -> None:
        self.decay, self.updates = decay, 0
        self.tensors = {name: tensor.detach().clone() for name, tensor in tensors.items()}

    @torch.no_grad()
    def follow(self, tensors: Mapping[str, Tensor]) -> None:
        """Take in the weights after an update."""
        self.updates += 1
        share = 1 - min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, mean in self.tensors.items():
            mean.lerp_(tensors[name].detach(), share)

    def state(self) -> dict[str, Any]:
        """All that going on needs."""
        return {"updates": self.updates, "tensors": self.tensors}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`."""
        self.updates = state["updates"]
        for name, tensor in self.tensors.items():
            tensor.copy_(state["tensors"][name])

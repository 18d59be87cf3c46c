"""ScaledAdam: the optimiser of the text stage, and the rate it is run at.

Adam whose step is relative to a tensor's own size, and which learns the size itself, too (icefall's optimiser, Povey et
al. 2023, "Zipformer", section 3.4; constants and order of operations as in the reference's AR/modules/optim.py).

What it means for a run: a step moves a tensor by about rate × its root mean square, however large the loss is, so it
does not matter whether the loss is a sum or a mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, overload

import torch
from torch import Tensor

FIRST_RATE = 0.01
"""Rate of the very first step: what the reference's constructor is given."""
PINNED_RATE = 0.002
"""Rate of every later step: its scheduler overwrites its own warm-up and cosine with this."""


class ScaledAdam(torch.optim.Optimizer):
    """Args:
    params: tensors to learn. One of a single number is a scalar: plain Adam at a tenth of the rate, kept within
        ± `scalar_max`.
    lr: relative step.
    betas: decay of the step's and of the squared gradient's running means.
    clipping_scale: gradients beyond this × the median norm of the last `clipping_update_period` steps are scaled
        down, from step `clipping_update_period` on. It acts on the learning of sizes only, as in the reference.
    scalar_lr_scale: rate of sizes and scalars as a share of `lr`.
    param_min_rms, param_max_rms: bounds of a tensor's root mean square; below the size stays, above it shrinks.
    size_update_period: steps between two changes of size.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        *,
        lr: float = FIRST_RATE,
        betas: tuple[float, float] = (0.9, 0.95),
        clipping_scale: float = 2.0,
        clipping_update_period: int = 1000,
        scalar_lr_scale: float = 0.1,
        eps: float = 1e-8,
        param_min_rms: float = 1e-5,
        param_max_rms: float = 3.0,
        scalar_max: float = 10.0,
        size_update_period: int = 4,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "clipping_scale": clipping_scale,
                "clipping_update_period": clipping_update_period,
                "scalar_lr_scale": scalar_lr_scale,
                "eps": eps,
                "param_min_rms": param_min_rms,
                "param_max_rms": param_max_rms,
                "scalar_max": scalar_max,
                "size_update_period": size_update_period,
                "clip": 1.0,
            },
        )

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One step from the gradients; `param_groups[i]["clip"]` then tells the factor they were clipped by."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            learning = [parameter for parameter in group["params"] if parameter.grad is not None]
            for parameter in learning:
                if parameter not in self.state:
                    self.state[parameter] = _first_state(parameter, group["size_update_period"])
            group["clip"] = self._clip_factor(group, learning)
            for parameter in learning:
                if parameter.numel() == 1:
                    _step_scalar(parameter, self.state[parameter], group)
                else:
                    _step_tensor(parameter, self.state[parameter], group)
                self.state[parameter]["step"] += 1
        return loss

    def _clip_factor(self, group: dict[str, Any], learning: list[Tensor]) -> float:
        """Factor for the gradients, from norms weighted by the tensors' sizes; the first step sees none yet."""
        if not learning:
            return 1.0
        holder = self.state[learning[0]]  # one ring of norms a group, kept where state_dict() finds it
        at, period = holder["step"], group["clipping_update_period"]
        if at == 0:
            return 1.0
        norms = []
        for parameter in learning:
            assert parameter.grad is not None
            norm = torch.linalg.vector_norm(parameter.grad)
            norms.append(norm if parameter.numel() == 1 else norm * self.state[parameter]["rms"])
        total = torch.linalg.vector_norm(torch.stack(norms))
        ring: Tensor = holder.setdefault("norms", torch.zeros(period))
        ring[at % period] = total
        if at % period == 0:
            holder["threshold"] = group["clipping_scale"] * float(ring.sort().values[period // 4 * 2])
        if at < period:
            return 1.0
        threshold: float = holder["threshold"]
        return min(1.0, threshold / (float(total) + 1e-20))


def pinned_rate(steps: int) -> float:
    """The rate of the step after `steps` others in the reference's recipe (AR/modules/lr_schedulers.py: what it
    computes is overwritten)."""
    return PINNED_RATE if steps else FIRST_RATE


def warmed_up_rate(steps: int, warm_up: int, rate: float = PINNED_RATE) -> float:
    """A rate that rises linearly over the first `warm_up` steps and stays."""
    return rate * min(1.0, (steps + 1) / max(1, warm_up))


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give every group of `optimizer` this rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def _first_state(parameter: Tensor, period: int) -> dict[str, Any]:
    state: dict[str, Any] = {
        "step": 0,
        "delta": torch.zeros_like(parameter),
        "squares": torch.zeros_like(parameter),
    }
    if parameter.numel() > 1:
        state["rms"] = _root_mean_square(parameter)
        state["size_gradients"] = torch.zeros(period, dtype=parameter.dtype, device=parameter.device)
        state["size_squares"] = torch.zeros((), dtype=parameter.dtype, device=parameter.device)
    return state


def _root_mean_square(parameter: Tensor) -> Tensor:
    size: Tensor = torch.linalg.vector_norm(parameter) / math.sqrt(parameter.numel())
    return size


def _step_tensor(parameter: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
    assert parameter.grad is not None
    momentum, decay = group["betas"]
    gradient, delta, at = parameter.grad, state["delta"], state["step"]
    delta.mul_(momentum)
    _learn_size(parameter, state, group)
    squares = state["squares"].mul_(decay).addcmul_(gradient, gradient, value=1 - decay)
    correction = 1 - decay ** (at + 1)
    root = (squares / correction).sqrt_() if correction < 0.99 else squares.sqrt()
    step = torch.div(gradient, root.add_(group["eps"]), out=root)
    size = state["rms"].clamp(min=group["param_min_rms"])
    delta.add_(step.mul_(size * (-group["lr"] * (1 - momentum))))
    parameter.add_(delta)


def _learn_size(parameter: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
    """Every few steps add to the coming step a share of the tensor itself: Adam on the logarithm of its size."""
    assert parameter.grad is not None
    momentum, decay = group["betas"]
    at, period = state["step"], group["size_update_period"]
    gradients: Tensor = state["size_gradients"]
    gradients[at % period] = (parameter * parameter.grad).sum() * group["clip"]
    if at % period != period - 1:
        return
    state["rms"].copy_(_root_mean_square(parameter))
    faded = decay**period
    squares = state["size_squares"].mul_(faded).add_(gradients.square().mean(), alpha=1 - faded)
    rate = group["lr"] * group["scalar_lr_scale"]
    correction = math.sqrt(1 - faded ** ((at + 1) // period))
    step = gradients.sum() / (squares.sqrt() + group["eps"]) * (-rate * correction)
    step = step.masked_fill(state["rms"] < group["param_min_rms"], 0.0)
    step = step.masked_fill(state["rms"] > group["param_max_rms"], -rate * period)
    state["delta"].add_(parameter * step, alpha=1 - momentum)


def _step_scalar(parameter: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
    assert parameter.grad is not None
    momentum, decay = group["betas"]
    gradient, at = parameter.grad, state["step"]
    squares = state["squares"].mul_(decay).addcmul_(gradient, gradient, value=1 - decay)
    root = (squares / (1 - decay ** (at + 1))).sqrt_().add_(group["eps"])
    rate = group["lr"] * group["scalar_lr_scale"]
    state["delta"].mul_(momentum).add_(gradient / root, alpha=-rate * (1 - momentum))
    parameter.clamp_(-group["scalar_max"], group["scalar_max"]).add_(state["delta"])

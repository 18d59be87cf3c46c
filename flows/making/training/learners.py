"""How a voice of each engine is trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flows.making.training import baseline, making
from flows.making.training.making import Trained, plain_step
from flows.making.training.order import Order
from tts_core.gpt_sovits.description import DESCRIPTION as GPT_SOVITS
from tts_core.gpt_sovits.training.chain import StageForecast
from tts_core.gpt_sovits.training.material.cleaning import CleanSet
from tts_core.tacotron.description import DESCRIPTION as TACOTRON


@dataclass(frozen=True, slots=True)
class Learner:
    """What trains a voice, and what tells beforehand what that would take."""

    make: Callable[..., Trained]
    forecast: Callable[[Order], tuple[CleanSet, list[StageForecast]]]


LEARNERS: Mapping[str, Learner] = {
    GPT_SOVITS.name: Learner(making.make, making.forecast),
    TACOTRON.name: Learner(baseline.make, baseline.forecast),
}


def make(order: Order, *, step: Any = plain_step) -> Trained:
    """Train the voice with the engine that was asked for. Raises as its own `make`."""
    return LEARNERS[order.engine].make(order, step=step)


def forecast(order: Order) -> tuple[CleanSet, list[StageForecast]]:
    """What the training would take. Raises as the engine's own `forecast`."""
    return LEARNERS[order.engine].forecast(order)

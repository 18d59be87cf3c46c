"""Learning with products in bfloat16: the same lessons, less exactly; weights and tokens as in float32."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from flows.making.training.order import Order
from tests.tts_core.gpt_sovits.training.test_run import text_course
from tests.tts_core.gpt_sovits.training.tiny_sound import recordings, tiny_learner
from tts_core.gpt_sovits.training.chain import Orders
from tts_core.gpt_sovits.training.recipe import NOTHING_DROPPED, Precision
from tts_core.gpt_sovits.training.sound_batch import sound_batch
from tts_core.gpt_sovits.training.sound_learner import SoundSettings
from tts_core.gpt_sovits.training.sound_model import SoundDraws

PRECISIONS: tuple[Precision, ...] = ("float32", "bfloat16")


def test_the_text_stage_learns_the_same_in_bfloat16() -> None:
    losses = {}
    for precision in PRECISIONS:
        course = text_course("fixed")
        course.learner.settings = replace(course.learner.settings, precision=precision)
        course.learner.dropout = NOTHING_DROPPED
        updates = course.schedule()
        losses[precision] = [course.learn(next(updates))[0]["loss"] for _ in range(2)]
        assert all(tensor.dtype == torch.float32 for tensor in course.learner.model.parameters())
    assert losses["bfloat16"] != losses["float32"]
    assert losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.02)


@pytest.mark.slow
def test_the_sound_stage_learns_the_same_in_bfloat16_from_the_same_tokens() -> None:
    batch = sound_batch(recordings(2))
    figures, codes = {}, {}
    for precision in PRECISIONS:
        torch.manual_seed(1)
        learner = tiny_learner("v2", SoundSettings("fixed", precision=precision))
        figures[precision], finite = learner.learn(batch, 1)
        assert finite
        assert all(tensor.dtype == torch.float32 for tensor in learner.generator.tensors.values())
        learner.generator.module.eval()
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            made = learner.sounded(batch, SoundDraws.drawn(batch, learner.model.dims.prior.latent))
        codes[precision] = made.codes
    assert figures["bfloat16"] != figures["float32"]
    assert figures["bfloat16"] == pytest.approx(figures["float32"], rel=0.05)
    assert torch.equal(codes["bfloat16"], codes["float32"])


def test_an_order_says_it_and_float32_is_what_nothing_said_means() -> None:
    assert Order("anna", precision="bfloat16").orders() == Orders(precision="bfloat16")
    assert Order("anna").orders() == Orders()

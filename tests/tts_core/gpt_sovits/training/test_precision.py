"""Learning with products in bfloat16: the same lessons, less exactly; weights and tokens as in float32."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from flows.making.training.order import ORDER_FILE, Order, order_of
from tests.tts_core.gpt_sovits.training.test_run import text_course
from tests.tts_core.gpt_sovits.training.test_together import lines
from tests.tts_core.gpt_sovits.training.tiny_base import NAME, make_base
from tests.tts_core.gpt_sovits.training.tiny_sound import recordings, tiny_learner
from tts_core.gpt_sovits.training.base import base_of
from tts_core.gpt_sovits.training.chain import Orders, faster_precision
from tts_core.gpt_sovits.training.courses import TextCourse
from tts_core.gpt_sovits.training.recipe import NOTHING_DROPPED, Precision
from tts_core.gpt_sovits.training.run import Update
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


def test_an_order_says_it_and_what_nothing_was_measured_for_is_float32() -> None:
    assert Order("anna", precision="bfloat16").orders() == Orders(precision="bfloat16")
    assert Order("anna").orders() == Order("anna", precision="float32").orders() == Orders()


def test_an_order_from_before_there_was_a_choice_goes_on_in_float32(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUOYIN_VOICES", str(tmp_path))
    made = order_of("anna", {"recordings": ["x"], "consent": "Anna agreed."})
    assert made.precision == "auto"
    path = made.folder / ORDER_FILE
    content = json.loads(path.read_text())
    del content["precision"]
    path.write_text(json.dumps(content))
    assert order_of("anna", {}).precision == "float32"
    assert order_of("anna", {"precision": "bfloat16"}).precision == "bfloat16"


@pytest.mark.parametrize(("narrow", "chosen"), [(0.95, "float32"), (0.8, "bfloat16")])
def test_bfloat16_is_chosen_where_it_takes_clearly_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, narrow: float, chosen: Precision
) -> None:
    pytest.importorskip("transformers")
    monkeypatch.setenv("DUOYIN_MODELS", str(make_base(tmp_path)))
    now = [0.0]
    ours = TextCourse.learn

    def learn(self: TextCourse, update: Update) -> Any:
        now[0] += narrow if self.learner.settings.precision == "bfloat16" else 1.0
        return ours(self, update)

    monkeypatch.setattr(TextCourse, "learn", learn)
    orders = Orders(("text",))
    assert faster_precision(base_of(NAME), lines(2), orders, clock=lambda: now[0]) == chosen

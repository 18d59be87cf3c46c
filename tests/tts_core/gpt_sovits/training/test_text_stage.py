"""The text stage learns as the reference's does; the fixed recipe keeps padding out of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.tts_core.gpt_sovits.parity import fixture, recipe_weights
from tests.tts_core.gpt_sovits.parity import names as inference_names
from tests.tts_core.gpt_sovits.training.recorded import (
    Recorded,
    kept,
    names,
    near,
    recorded,
    sampled,
    stats,
)
from tts_core.gpt_sovits.files.checkpoints import Checkpoint
from tts_core.gpt_sovits.model.text2semantic import T2SDims, Text2Semantic, load_text2semantic
from tts_core.gpt_sovits.model.tokens import END
from tts_core.gpt_sovits.training.preference import damaged, prefer, rejected_lines
from tts_core.gpt_sovits.training.recipe import NOTHING_DROPPED, Dropout, Recipe
from tts_core.gpt_sovits.training.text_batch import TextBatch, TextLine, text_batch
from tts_core.gpt_sovits.training.text_learner import (
    TextLearner,
    TextSettings,
    updates_as_in_the_reference,
)
from tts_core.gpt_sovits.training.text_stage import _as_in_the_reference, foretell

RECIPES: tuple[Recipe, ...] = ("compatible", "fixed")
STEPS = names("s1_*", "s1_tiny")
INFERRED = inference_names("ar_*tiny*", "ar_v1_tiny", "ar_v2_tiny")


@cache
def case_of(shared: Path, name: str) -> Recorded:
    return recorded(shared, name)


def model_of(case: Recorded) -> Text2Semantic:
    weights = {
        tensor.removeprefix("model."): values
        for tensor, values in recipe_weights(case.notes["weights_recipe"]).items()
    }
    checkpoint = Checkpoint("t2s", weights, case.notes["config"], "", "0" * 64, case.name)
    return load_text2semantic(checkpoint).requires_grad_(True).train()


def batch_of(case: Recorded, place: str) -> TextBatch:
    given = case.inputs
    return TextBatch(
        given[f"{place}.phoneme_ids"],
        given[f"{place}.phoneme_ids_len"],
        given[f"{place}.semantic_ids"],
        given[f"{place}.semantic_ids_len"],
        given[f"{place}.bert_feature"].float(),
    )


def gradients(model: Text2Semantic) -> dict[str, Tensor]:
    return {
        name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None
    }


class LaidOpen(Dropout):
    """Attention step by step, its weights dropped by name."""

    def attended(self, q: Tensor, k: Tensor, v: Tensor, visible: Tensor, place: str) -> Tensor:
        scores = (q @ k.transpose(2, 3)) * q.shape[-1] ** -0.5
        return self(torch.softmax(scores.masked_fill(~visible, -torch.inf), dim=-1), place) @ v


class RecordedDropout(LaidOpen):
    """Drops what the reference dropped."""

    def __init__(self, case: Recorded) -> None:
        super().__init__(case.notes["cases"]["drop"]["p"])
        self.case, self.called = case, list[str]()

    def __call__(self, x: Tensor, place: str) -> Tensor:
        self.called.append(place)
        return x * kept(self.case, "drop", place, tuple(x.shape)) / (1 - self.share)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("dropout", [Dropout(), LaidOpen()], ids=["fused", "laid open"])
def test_parity_train_text_step(shared: Path, name: str, dropout: Dropout) -> None:
    case, told = case_of(shared, name), case_of(shared, name).notes["cases"]["nodrop"]
    model, batch = model_of(case), batch_of(case, "main")
    foretold = foretell(model, batch, "compatible", dropout)
    expected = case.outputs["nodrop.logits"]
    near(foretold.logits.view(expected.shape), expected, absolute=1e-4)
    assert torch.equal(foretold.targets.view(len(batch), -1), case.outputs["nodrop.targets"])
    assert float(foretold.loss().detach()) == pytest.approx(told["loss"], rel=1e-5)
    assert foretold.accuracy() == pytest.approx(told["top3_acc"], abs=1e-7)
    foretold.loss().backward()
    found = gradients(model)
    assert sorted(found) == sorted(case.notes["param_order"])
    for tensor, gradient in found.items():
        wanted = case.outputs[f"nodrop.grad.{tensor}"]
        near(gradient, wanted, absolute=1e-4 * float(wanted.abs().max()))


@pytest.mark.parametrize("name", STEPS)
def test_parity_train_text_mask(shared: Path, name: str) -> None:
    case = case_of(shared, name)
    batch = batch_of(case, "main")
    empty = torch.zeros(len(batch), 1, 1)
    placed = _as_in_the_reference(batch, empty, empty)
    masked = case.outputs["nodrop.attn_mask_bool"].bool().unflatten(0, (len(batch), -1))
    assert all(torch.equal(~placed.visible, masked[:, head]) for head in range(masked.shape[1]))


@pytest.mark.parametrize("name", STEPS)
def test_parity_train_text_scaled_adam(shared: Path, name: str) -> None:
    case = case_of(shared, name)
    batch = batch_of(case, "main")
    learner = TextLearner(model_of(case), TextSettings(), NOTHING_DROPPED)
    for entry in case.notes["cases"]["scaled_adam"]["steps"]:
        said = learner.gather(batch)
        assert said.loss == pytest.approx(entry["loss_before"], rel=1e-5)
        assert said.accuracy == pytest.approx(entry["acc_before"], abs=1e-7)
        assert learner.step() == entry["lr_used"]
        assert learner.rate() == entry["lr_after"]
        apart = differences(case, f"scaled_adam.after{entry['step']}", learner.model)
        if entry["step"] == 1:
            assert float(apart.max()) <= 6e-4
            assert float((apart <= 1e-5).float().mean()) >= 0.999
        elif len(apart):
            assert float((apart <= 1e-4).float().mean()) >= 0.99


def differences(case: Recorded, place: str, model: Text2Semantic) -> Tensor:
    """From what is recorded of all parameters; where the whole is recorded, of the whole.

    The biases of the keys are left out: softmax does not feel them, their gradients are rounding noise, and the
    optimiser makes full steps of noise.
    """
    apart = [torch.empty(0)]
    for tensor, parameter in model.named_parameters():
        if (wanted := case.outputs.get(f"{place}.{tensor}")) is not None:
            whole = wanted.numel() == parameter.numel()
            telling = torch.ones_like(parameter, dtype=torch.bool)
            if tensor.endswith("in_proj_bias"):
                telling.view(3, -1)[1] = False
            made, told = (x.detach().flatten() if whole else sampled(tensor, x) for x in (parameter, telling))
            apart.append((made - wanted.flatten()).abs()[told])
    return torch.cat(apart)


@pytest.mark.parametrize("name", STEPS)
def test_parity_train_text_dropout(shared: Path, name: str) -> None:
    case, told = case_of(shared, name), case_of(shared, name).notes["cases"]["drop"]
    model, dropout = model_of(case), RecordedDropout(case)
    foretold = foretell(model, batch_of(case, "main"), "compatible", dropout)
    assert dropout.called == told["order"]
    assert float(foretold.loss().detach()) == pytest.approx(told["loss"], rel=1e-5)
    assert foretold.accuracy() == pytest.approx(told["top3_acc"], abs=1e-7)
    foretold.loss().backward()
    check_sampled_gradients(case, "drop", model, told["grad_stats"])


@pytest.mark.parametrize("name", STEPS)
def test_parity_train_text_preference(shared: Path, name: str) -> None:
    case, told = case_of(shared, name), case_of(shared, name).notes["cases"]["dpo"]
    model, batch = model_of(case), batch_of(case, "main")
    draws = iter(zip(told["reject_draws"][::2], told["reject_draws"][1::2], strict=True))

    def drawn(_length: int) -> tuple[bool, int, int]:
        (coin,), (one, other) = next(draws)
        return bool(coin), one, other

    rejected = rejected_lines(batch, "compatible", drawn)
    assert torch.equal(rejected.tokens, case.inputs["dpo.reject_y"])
    assert torch.equal(rejected.token_counts, case.inputs["dpo.reject_y_lens"])
    both = prefer(model, batch, rejected, "compatible")
    assert torch.equal(both.rejected.targets.view(len(batch), -1), case.outputs["dpo.reject_targets"])
    near(both.chosen_likelihoods, case.outputs["dpo.chosen_logps"], relative=1e-5)
    near(both.rejected_likelihoods, case.outputs["dpo.reject_logps"], relative=1e-5)
    assert float(both.preference.detach()) == pytest.approx(told["dpo_loss"], rel=1e-4)
    loss = both.chosen.loss() + both.preference
    assert float(loss.detach()) == pytest.approx(told["loss"], rel=1e-5)
    assert both.chosen.accuracy() == pytest.approx(told["top3_acc"], abs=1e-7)
    loss.backward()
    check_sampled_gradients(case, "dpo", model, told["grad_stats"])


@pytest.mark.parametrize("name", STEPS)
def test_parity_train_text_loop(shared: Path, name: str) -> None:
    case, told = case_of(shared, name), case_of(shared, name).notes["cases"]["loop"]
    batches = [batch_of(case, f"loop.{index}") for index in range(told["n_batches"])]
    epochs = [[(epoch, index) for index in range(len(batches))] for epoch in range(told["epochs"])]
    last = {update[-1] for update in updates_as_in_the_reference(epochs)}
    learner = TextLearner(model_of(case), TextSettings(), NOTHING_DROPPED)
    for entry in told["log"]:
        said = learner.gather(batches[entry["batch_idx"]])
        assert said.loss == pytest.approx(entry["loss"], rel=1e-4)
        assert said.accuracy == pytest.approx(entry["acc"], abs=1e-6)
        stepped = (entry["epoch"], entry["batch_idx"]) in last
        assert stepped == entry["stepped"]
        assert (learner.step() if stepped else None) == entry["lr_used"]
    apart = differences(case, "loop.final", learner.model)
    assert float((apart <= 1e-4).float().mean()) >= 0.99


@pytest.mark.parametrize("name", INFERRED)
def test_loss_recorded_beside_inference(shared: Path, name: str) -> None:
    case = fixture(shared, name)
    given = case.inputs
    batch = TextBatch(
        given["train.phones"],
        given["train.phone_lens"],
        given["train.semantic"],
        given["train.semantic_lens"],
        given["train.bert"],
    )
    loss = foretell(load_text2semantic(case.checkpoint()), batch, "compatible").loss()
    assert float(loss.detach()) == pytest.approx(float(case.outputs["train.loss_sum_ce"][0]), rel=1e-5)


def check_sampled_gradients(
    case: Recorded, place: str, model: Text2Semantic, told: dict[str, list[float]]
) -> None:
    found = gradients(model)
    assert sorted(found) == sorted(told)
    for tensor, gradient in found.items():
        norm, total, greatest, probe = told[tensor]
        near(sampled(tensor, gradient), case.outputs[f"{place}.grad.{tensor}"], absolute=1e-4 * greatest)
        made = stats(tensor, gradient)
        assert made[0] == pytest.approx(norm, rel=1e-3)
        assert made[3] == pytest.approx(probe, abs=1e-3 * norm)
        assert made[1] == pytest.approx(total, abs=1e-3 * norm * gradient.numel() ** 0.5)


def tiny_model(seed: int = 0) -> Text2Semantic:
    torch.manual_seed(seed)
    model = Text2Semantic(T2SDims(32, 4, 2, 60))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return model


def some_lines(*sizes: tuple[int, int]) -> list[TextLine]:
    source = torch.Generator().manual_seed(5)
    return [
        TextLine(
            torch.randint(1, 60, (phones,), generator=source),
            torch.randint(0, 1024, (tokens,), generator=source),
            torch.randn(1024, phones, generator=source) if phones % 2 else None,
        )
        for phones, tokens in sizes
    ]


def test_fixed_lines_do_not_feel_their_neighbours_or_their_padding() -> None:
    model, lines = tiny_model(), some_lines((9, 30), (4, 12), (6, 1))
    together = foretell(model, text_batch(lines), "fixed")
    for row, line in enumerate(lines):
        alone = foretell(model, text_batch([line]), "fixed")
        mine = together.rows == row
        torch.testing.assert_close(together.logits[mine], alone.logits, rtol=1e-4, atol=1e-5)
        assert together.targets[mine].tolist() == [*line.tokens.tolist(), END]


def test_a_single_line_is_the_same_in_both_recipes() -> None:
    model, batch = tiny_model(), text_batch(some_lines((7, 20)))
    compatible, fixed = (foretell(model, batch, recipe) for recipe in RECIPES)
    torch.testing.assert_close(compatible.logits, fixed.logits, rtol=1e-4, atol=1e-5)
    assert torch.equal(compatible.targets, fixed.targets)


def test_the_references_recipe_hides_a_short_lines_first_phones() -> None:
    model, lines = tiny_model(), some_lines((9, 10), (4, 10))
    changed = [lines[0], TextLine(lines[1].phones.clone(), lines[1].tokens)]
    changed[1].phones[0] = 59
    for recipe in RECIPES:
        one, other = (
            float(foretell(model, text_batch(pair), recipe).loss().detach()) for pair in (lines, changed)
        )
        assert (one != other) == (recipe == "fixed")


def test_the_references_updates_leave_batches_over() -> None:
    assert list(updates_as_in_the_reference(["abcdefg", "hijklmn"])) == [list("abcde"), list("fghijkl")]
    assert list(updates_as_in_the_reference(["abcd"] * 3)) == []


def test_damage_repeats_or_leaves_out() -> None:
    tokens = torch.arange(6)
    assert damaged(tokens, False, 4, 2).tolist() == [0, 1, 2, 3, 2, 3, 4, 5]
    assert damaged(tokens, True, 2, 4).tolist() == [0, 1, 4, 5]
    fixed = rejected_lines(
        text_batch(some_lines((5, 8), (5, 3))), "fixed", lambda length: (True, 0, length - 1)
    )
    assert fixed.token_counts.tolist() == [1, 1]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_few_lines_are_learned(recipe: Recipe) -> None:
    torch.manual_seed(1)
    batch = text_batch(some_lines((6, 12), (5, 9)))
    learner = TextLearner(tiny_model(), TextSettings(recipe, dropped=0.0, warm_up=5))
    before = learner.gather(batch)
    learner.step()
    for _ in range(80):
        learner.gather(batch)
        learner.step()
    after = learner.gather(batch)
    assert after.loss < 0.98 * before.loss
    assert after.accuracy >= before.accuracy + 0.1

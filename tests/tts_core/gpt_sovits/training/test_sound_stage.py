"""A whole step of the sound stage computes what the reference computed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits.parity import recipe_weights
from tests.tts_core.gpt_sovits.training.recorded import (
    Recorded,
    kept,
    names,
    near,
    recorded,
    sampled,
    stats,
)
from tts_core.gpt_sovits.files.checkpoints import kind_of
from tts_core.gpt_sovits.model.spectrogram import mel_filters
from tts_core.gpt_sovits.training.discriminators import periods_of
from tts_core.gpt_sovits.training.losses import divergence, features_apart, fooling, mels_apart, telling_apart
from tts_core.gpt_sovits.training.mel import TRAINING_MEL, log_mel, sound_mel
from tts_core.gpt_sovits.training.sound_batch import SoundBatch, SoundLine, sound_batch
from tts_core.gpt_sovits.training.sound_learner import (
    SoundLearner,
    SoundSettings,
    TaughtDiscriminators,
    TaughtGenerator,
    discriminators_of,
    segments,
)
from tts_core.gpt_sovits.training.sound_model import (
    SEGMENT_FRAMES,
    SoundDraws,
    Sounded,
    cut,
    sound_model,
)
from tts_core.gpt_sovits.training.weights import PublishedWeights

STEPS = names("s2_*", "s2_v2_tiny", "s2_v2pro_tiny")
FIRST_STEP = [
    pytest.param(name, marks=[] if name == min(STEPS, key=len) else pytest.mark.slow) for name in STEPS
]
"""One whole step among the tests of every day; half a minute each for the others."""
NOISE_ONLY = ("conv_k.bias", "w_ks.bias")
"""Softmax does not feel them: their gradients are rounding noise, and AdamW makes full steps of noise."""


def batch_of(case: Recorded) -> SoundBatch:
    lines, index = [], 0
    while f"raw.{index}.wav" in case.inputs:
        given = {part: case.inputs.get(f"raw.{index}.{part}") for part in ("wav", "ssl", "phones", "sv_emb")}
        wav, ssl, phones, speaker = given["wav"], given["ssl"], given["phones"], given["sv_emb"]
        assert wav is not None and ssl is not None and phones is not None
        lines.append(SoundLine(wav[0], ssl[0].float(), phones, None if speaker is None else speaker[0]))
        index += 1
    return sound_batch(lines)


@cache
def weights_of(shared: Path, name: str, part: str) -> dict[str, Tensor]:
    """A hundred million random numbers, drawn once."""
    return recipe_weights(recorded(shared, name).notes["weights_recipe"][part])


def learner_of(shared: Path, case: Recorded) -> SoundLearner:
    weights, config = weights_of(shared, case.name, "generator"), case.notes["config"]
    kind = kind_of(weights, config)
    generator = sound_model(weights, config, kind, where=case.name)
    discriminators = discriminators_of(weights_of(shared, case.name, "discriminator"), periods_of(kind))
    told = config["train"]
    settings = SoundSettings(rate=told["learning_rate"], text_share=told["text_low_lr_rate"])
    return SoundLearner(generator, discriminators, settings)


def draws_of(case: Recorded) -> SoundDraws:
    return SoundDraws(case.inputs["noise_q"], case.inputs["slice_u"])


@pytest.mark.parametrize("name", STEPS)
def test_parity_train_sound_batch(shared: Path, name: str) -> None:
    case = recorded(shared, name)
    batch = batch_of(case)
    made = {
        "ssl": batch.features,
        "spec": batch.spectrograms,
        "wav": batch.samples,
        "text": batch.phones,
        "ssl_lengths": batch.feature_counts,
        "spec_lengths": batch.frame_counts,
        "wav_lengths": batch.sample_counts,
        "text_lengths": batch.phone_counts,
    }
    if batch.speakers is not None:
        made["sv_emb"] = batch.speakers
    for part, shape in case.notes["collate_shapes"].items():
        assert list(made[part].shape) == shape, part
        if f"collate.{part}" in case.outputs:
            assert torch.equal(made[part], case.outputs[f"collate.{part}"]), part


@pytest.mark.parametrize("name", FIRST_STEP)
def test_parity_train_sound_step(shared: Path, name: str) -> None:
    case = recorded(shared, name)
    learner, batch = learner_of(shared, case), batch_of(case)
    learner.generator.module.eval()  # dropout off
    assert learner.set_epoch(1) == pytest.approx(case.notes["lrs_used"], rel=1e-9)
    before = {
        place: {tensor: values.detach().clone() for tensor, values in weights.tensors.items()}
        for place, weights in (("G", learner.generator), ("D", learner.discriminators))
    }
    made = learner.sounded(batch, draws_of(case))
    check_sounded(case, made)
    judged = learner.teach_discriminators(batch, made)
    check_gradients(case, "nodrop.D.grad", learner.discriminators, case.notes["grad_stats"]["D"], 5e-3)
    learner.step_discriminators()
    taught = learner.teach_generator(batch, made)
    check_gradients(case, "nodrop.G.grad", learner.generator, case.notes["grad_stats"]["G"], 1e-3)
    missing = [tensor for tensor, values in learner.generator.learning() if values.grad is None]
    assert set(missing) <= set(case.notes["grad_none"])
    learner.step_generator()
    check_losses(case.notes["cases"]["nodrop"]["losses"], judged, taught)
    check_answers(case, judged, taught)
    near(segments(batch, made), case.outputs["nodrop.y_slice"], absolute=1e-6)
    near(taught.mel_recorded, case.outputs["nodrop.y_mel"], absolute=1e-4)
    near(taught.mel_made, case.outputs["nodrop.y_hat_mel"], absolute=1e-4)
    near(mel_filters(TRAINING_MEL), case.outputs["mel_filterbank_128"], absolute=1e-6)
    check_probe(case, "mel", log_mel(batch.spectrograms))
    check_after(case, "G", learner.generator, before["G"])
    check_after(case, "D", learner.discriminators, before["D"])
    for tensor in case.notes["grad_none"]:
        assert torch.equal(learner.generator.tensors[tensor].detach(), before["G"][tensor])
    check_next(case, learner, batch)


@pytest.mark.slow
@pytest.mark.parametrize("name", STEPS)
def test_parity_train_sound_dropout(shared: Path, name: str) -> None:
    case = recorded(shared, name)
    told = case.notes["cases"].get("drop")
    if told is None:
        pytest.skip("recorded without dropout")
    learner, batch = learner_of(shared, case), batch_of(case)
    learner.set_epoch(1)
    learner.generator.module.eval()
    called = drop_as_recorded(case, told, learner.generator.module)
    made = learner.sounded(batch, draws_of(case))
    assert called == [place for place, _ in told["order"]]
    near(made.samples, case.outputs["drop.y_hat"], relative=1e-4, absolute=1e-5)
    judged = learner.teach_discriminators(batch, made)
    check_stats(learner.discriminators, told["D_grad_stats"])
    learner.step_discriminators()
    taught = learner.teach_generator(batch, made)
    check_stats(learner.generator, told["G_grad_stats"])
    check_losses(told["losses"], judged, taught)


def drop_as_recorded(case: Recorded, told: dict[str, Any], module: nn.Module) -> list[str]:
    """Let the module's dropouts forget what was recorded; the list fills with their names in the order of first
    calls."""
    called: list[str] = []

    def forget(place: str, share: float) -> Callable[[nn.Module, tuple[Tensor], Tensor], Tensor]:
        def hook(_module: nn.Module, given: tuple[Tensor], _made: Tensor) -> Tensor:
            (x,) = given
            if place not in called:
                called.append(place)
            shape = tuple(told["shapes"][place])
            mask = kept(case, "drop", place, shape)
            if len(shape) == 3 and x.ndim == 4:  # the reference encoder's heads come first there
                mask = mask.unflatten(0, (x.shape[1], x.shape[0])).transpose(0, 1)
            return x * mask / (1 - share)

        return hook

    for place, share in told["order"]:
        module.get_submodule(place).register_forward_hook(forget(place, share))
    return called


def check_sounded(case: Recorded, made: Sounded) -> None:
    outputs = case.outputs
    near(made.samples, outputs["nodrop.y_hat"], relative=1e-4, absolute=1e-5)
    assert torch.equal(made.starts, outputs["nodrop.ids_slice"])
    assert torch.equal(made.codes, outputs["nodrop.codes"])
    assert torch.equal(made.mask, outputs["nodrop.z_mask"].float())
    for part in ("z", "z_p", "m_p", "logs_p", "m_q", "logs_q", "quantized"):
        check_probe(case, part, getattr(made, part))


def check_probe(case: Recorded, part: str, tensor: Tensor) -> None:
    told = case.notes["probe_stats"][part]
    wanted = case.outputs[f"nodrop.{part}.sample"]
    if wanted.numel() == (tensor.numel() if tensor.numel() <= 512 else 128):
        near(sampled(part, tensor), wanted, relative=1e-4, absolute=1e-4 * told[2])
    made = stats(part, tensor)
    assert made[0] == pytest.approx(told[0], rel=1e-3), part
    assert made[3] == pytest.approx(told[3], abs=1e-3 * told[0]), part


def check_gradients(
    case: Recorded, place: str, weights: PublishedWeights, told: dict[str, list[float]], share: float
) -> None:
    check_stats(weights, told)
    least = cancelled(weights, told)
    for tensor, (_, _, greatest, _) in told.items():
        if not tensor.endswith(NOISE_ONLY):
            gradient = weights.tensors[tensor].grad
            assert gradient is not None, tensor
            scale = max(greatest, least.get(tensor, 0.0))
            near(sampled(tensor, gradient), case.outputs[f"{place}.{tensor}"], absolute=share * scale)


def cancelled(weights: PublishedWeights, told: dict[str, list[float]]) -> dict[str, float]:
    """A scale for tensors of a number or a few: the greatest gradient among them.

    They exist only because the recorded generator is so narrow. Each of their gradients is a sum over 40,960 samples
    that nearly cancels, so its error is of the size of the terms, not of what is left of them (computed in float64,
    ours agree with the recorded ones to 3e-4 of what is left).
    """
    few = [tensor for tensor in told if weights.tensors[tensor].numel() <= 4]
    greatest = max((told[tensor][2] for tensor in few), default=0.0)
    return dict.fromkeys(few, greatest)


def check_stats(weights: PublishedWeights, told: dict[str, list[float]]) -> None:
    least = cancelled(weights, told)
    for tensor, (norm, _, _, probe) in told.items():
        gradient = weights.tensors[tensor].grad
        if tensor.endswith(NOISE_ONLY) or gradient is None:
            assert gradient is None or float(gradient.abs().max()) < 1e-5
            continue
        made, scale = stats(tensor, gradient), max(norm, least.get(tensor, 0.0))
        assert made[0] == pytest.approx(norm, abs=1e-3 * scale), tensor
        assert made[3] == pytest.approx(probe, abs=1e-3 * scale), tensor


def check_losses(told: dict[str, Any], judged: TaughtDiscriminators, taught: TaughtGenerator) -> None:
    assert judged.loss == pytest.approx(told["loss_disc"], rel=1e-4)
    assert judged.on_recorded == pytest.approx(told["losses_disc_r"], rel=1e-4, abs=1e-6)
    assert judged.on_made == pytest.approx(told["losses_disc_g"], rel=1e-4, abs=1e-6)
    assert taught.fooling == pytest.approx(told["losses_gen"], rel=1e-4)
    assert sum(taught.fooling) == pytest.approx(told["loss_gen"], rel=1e-4)
    assert taught.features == pytest.approx(told["loss_fm"], rel=1e-4)
    assert taught.mel == pytest.approx(told["loss_mel"], rel=1e-4)
    assert taught.divergence == pytest.approx(told["loss_kl"], rel=1e-4)
    assert taught.commitment == told["kl_ssl"]
    assert taught.loss == pytest.approx(told["loss_gen_all"], rel=1e-4)
    assert judged.gradient_norm == pytest.approx(told["grad_norm_d"], rel=1e-3)
    assert taught.gradient_norm == pytest.approx(told["grad_norm_g"], rel=1e-3)


def check_answers(case: Recorded, judged: TaughtDiscriminators, taught: TaughtGenerator) -> None:
    for place, answers in (
        ("d_before.real", judged.recorded),
        ("d_before.gen", judged.made),
        ("d_after.gen", taught.made),
    ):
        for index, answer in enumerate(answers):
            wanted = case.outputs[f"nodrop.{place}.{index}"]
            near(answer.score, wanted, absolute=1e-4 * float(wanted.abs().max()))
    told = case.notes["cases"]["nodrop"]["fmap_gen_mean_std_after_d_step"]
    for answer, layers in zip(taught.made, told, strict=True):
        for feature, (mean, deviation) in zip(answer.features, layers, strict=True):
            assert float(feature.detach().mean()) == pytest.approx(mean, rel=1e-3, abs=1e-4)
            assert float(feature.detach().std()) == pytest.approx(deviation, rel=1e-3, abs=1e-4)


def check_after(case: Recorded, place: str, weights: PublishedWeights, before: dict[str, Tensor]) -> None:
    apart = []
    most = max(case.notes["lrs_used"])
    for tensor, told in case.notes["delta_stats"][place].items():
        if tensor.endswith(NOISE_ONLY):
            continue
        after = weights.tensors[tensor].detach()
        apart.append(
            (sampled(tensor, after) - case.outputs[f"nodrop.{place}.after1.{tensor}"].flatten()).abs()
        )
        assert float((after - before[tensor]).norm()) == pytest.approx(told[0], rel=0.02), tensor
    together = torch.cat(apart)
    assert float(together.max()) <= 2 * most
    assert float((together <= 2e-6).float().mean()) >= 0.99


def check_next(case: Recorded, learner: SoundLearner, batch: SoundBatch) -> None:
    """What both nets come to after their step."""
    told = case.notes["cases"]["after1_forward_losses"]
    made = learner.sounded(batch, draws_of(case))
    with torch.no_grad():
        recorded_part = segments(batch, made)
        real, fake = (learner.discriminators(x) for x in (recorded_part, made.samples))
        on_real, on_fake = telling_apart(real, fake)
        mel = mels_apart(
            cut(log_mel(batch.spectrograms), made.starts, SEGMENT_FRAMES), sound_mel(made.samples[:, 0])
        )
        numbers = {
            "loss_disc": sum(on_real) + sum(on_fake),
            "loss_gen": sum(fooling(fake)),
            "loss_fm": features_apart(real, fake),
            "loss_mel": mel,
            "loss_kl": divergence(made.z_p, made.logs_q, made.m_p, made.logs_p, made.mask),
        }
    for part, number in numbers.items():
        assert float(number) == pytest.approx(told[part], rel=1e-3), part


def test_features_of_another_recording_are_refused() -> None:
    line = SoundLine(torch.zeros(6400), torch.zeros(768, 4), torch.ones(3, dtype=torch.int64), name="a.wav")
    with pytest.raises(DuoyinError, match="4 frames of content features for 10 frames of sound"):
        sound_batch([line])


def test_an_export_cannot_be_trained_without_a_base(shared: Path) -> None:
    case = recorded(shared, STEPS[0])
    weights = weights_of(shared, case.name, "generator")
    spoken = {tensor: values for tensor, values in weights.items() if not tensor.startswith("enc_q.")}
    with pytest.raises(DuoyinError, match="no posterior encoder"):
        sound_model(spoken, case.notes["config"], "v2", where="voice.pth")

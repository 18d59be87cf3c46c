"""A decoder of half the width: channels pruned together, taught by the whole one, going on bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits import tiny
from tts_core.gpt_sovits.files.checkpoints import Checkpoint, fold_weight_norm, read_checkpoint
from tts_core.gpt_sovits.model.sovits import SpeechRequest, VoiceVector, load_sovits
from tts_core.gpt_sovits.training.narrowing import (
    NarrowCourse,
    NarrowSettings,
    channels_of,
    narrowed,
    waves_apart,
)
from tts_core.gpt_sovits.training.run import Plan, train

SETTINGS = NarrowSettings(warm_up=2, pieces=2, frames=8)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    path = tiny.save_sovits(tmp_path_factory.mktemp("teacher") / "a.pth", tiny.sovits_weights(), half=False)
    return read_checkpoint(path)


@pytest.fixture(scope="module")
def voice(teacher: Checkpoint) -> VoiceVector:
    width = load_sovits(teacher).dims.generator.voice
    return VoiceVector(torch.full((1, width, 1), 0.1), torch.zeros(1, 512, 1))


@pytest.fixture(scope="module")
def latents(teacher: Checkpoint) -> list[Tensor]:
    source = torch.Generator().manual_seed(3)
    latent = load_sovits(teacher).dims.prior.latent
    return [torch.randn(latent, 20, generator=source) for _ in range(4)]


def course(teacher: Checkpoint, latents: list[Tensor], voice: VoiceVector) -> NarrowCourse:
    return NarrowCourse(teacher, latents[:3], latents[3:], voice, SETTINGS)


def test_half_of_the_channels_are_left_in_every_stage(teacher: Checkpoint) -> None:
    small = narrowed(teacher)
    whole, half = (load_sovits(each).dims for each in (teacher, small))
    assert half.generator == replace(whole.generator, channels=whole.generator.channels // 2)
    assert replace(half, generator=whole.generator) == whole
    assert (
        small.config["model"]["upsample_initial_channel"] == channels_of(small) == channels_of(teacher) // 2
    )
    assert small.weights.keys() == teacher.weights.keys()


def test_a_decoder_of_which_half_says_nothing_sounds_the_same_without_it(
    teacher: Checkpoint, latents: list[Tensor], voice: VoiceVector
) -> None:
    """Channels that nothing is written to and nothing read from, every second of each stage, are the ones that go."""
    kernels = fold_weight_norm(teacher.weights)
    for name, kernel in kernels.items():
        if name.startswith("dec.resblocks.") and kernel.ndim == 3:
            kernel[1::2] = kernel[:, 1::2] = 0.0
        elif name.startswith("dec.ups.") and kernel.ndim == 3:
            kernel[1::2] = 0.0
    kernels["dec.conv_post.weight"][:, 1::2] = 0.0
    silent = replace(teacher, weights=kernels)
    whole, half = (load_sovits(each).dec for each in (silent, narrowed(silent)))
    with torch.no_grad():
        wanted, made = (each(latents[0][None], voice.decoder) for each in (whole, half))
    assert wanted.abs().max() > 0.01
    torch.testing.assert_close(made, wanted, atol=1e-5, rtol=1e-4)


def test_the_narrow_decoder_comes_nearer_and_leaves_the_rest_alone(
    tmp_path: Path, teacher: Checkpoint, latents: list[Tensor], voice: VoiceVector
) -> None:
    mine = course(teacher, latents, voice)
    before = mine.examine()
    record = train(mine, Plan(12, 0, 6, 6), tmp_path / "run", "narrow")
    assert record.done == 12 and record.best is not None and record.best.error < before
    mine.export(tmp_path / "narrow.pth", "narrow")
    read = read_checkpoint(tmp_path / "narrow.pth")
    assert load_sovits(read).dims.generator.channels == channels_of(teacher) // 2
    for name, tensor in teacher.weights.items():
        assert name.startswith("dec.") or read.weights[name].float().equal(tensor.half().float())


def test_a_run_that_was_stopped_goes_on_bit_for_bit(
    tmp_path: Path, teacher: Checkpoint, latents: list[Tensor], voice: VoiceVector
) -> None:
    one, other = course(teacher, latents, voice), course(teacher, latents, voice)
    train(one, Plan(6, 0, 2, 3), tmp_path / "one", "narrow")
    train(other, Plan(6, 0, 2, 3), tmp_path / "other", "narrow", stop=lambda: other.updates == 2)
    again = course(teacher, latents, voice)
    train(again, Plan(6, 0, 2, 3), tmp_path / "other", "narrow")
    for name, tensor in one.weights().items():
        assert again.weights()[name].equal(tensor), name


def test_what_has_no_half_or_nothing_to_learn_is_said(
    teacher: Checkpoint, latents: list[Tensor], voice: VoiceVector
) -> None:
    small = teacher
    with pytest.raises(DuoyinError, match="channels, and no half of them"):
        for _ in range(12):
            small = narrowed(small)
    with pytest.raises(DuoyinError, match="no lines that a decoder could learn from"):
        NarrowCourse(teacher, [latents[0][:, :7]], [], voice, SETTINGS)


def test_a_latent_is_what_the_sound_is_made_of(teacher: Checkpoint, voice: VoiceVector) -> None:
    model = load_sovits(teacher)
    request = SpeechRequest(torch.arange(9), torch.arange(5), voice, seed=4)
    latent = model.latent(request)
    with torch.no_grad():
        made = model.dec(latent[None], voice.decoder)[0, 0]
    torch.testing.assert_close(made, model.decode([request])[0], atol=1e-5, rtol=1e-4)


def test_silence_is_wholly_apart_from_a_sound() -> None:
    tone = torch.sin(torch.arange(8000) / 20.0)[None]
    assert float(waves_apart(tone, torch.zeros_like(tone))) == pytest.approx(1.0)
    assert float(waves_apart(tone, tone)) == 0.0

"""Vocoders: the source, the published computation and its file format, and what a small one learns."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from normalizers import DuoyinError
from tests.tts_core.tacotron.tiny import TINY, tiny_size
from tts_core.gpt_sovits.files.checkpoints import fold_weight_norm
from tts_core.gpt_sovits.model.source import BREATH, LEVEL, sines
from tts_core.gpt_sovits.training.run import Plan, Progress, Update, train
from tts_core.tacotron.model import SAMPLE_RATE
from tts_core.tacotron.vocoder import (
    HARMONICS,
    SOURCES,
    Source,
    VocoderSize,
    config_of,
    fresh_vocoder,
    read_vocoder,
    size_of,
    write_vocoder,
)
from tts_core.tacotron.vocoding import VocoderCourse, VocodingSettings, vocoder_line

HOP = TINY.hop


def test_the_source_has_sines_of_the_frequency_where_there_is_one_and_noise_where_there_is_none() -> None:
    torch.manual_seed(0)
    frequency = torch.tensor([[200.0] * 20 + [0.0] * 20])
    waves = sines(frequency, 3, 512, 22_050)
    assert waves.shape == (1, 3, 40 * 512)
    seconds = torch.arange(20 * 512).double().add(1) / 22_050
    wanted = LEVEL * torch.sin(2 * math.pi * 200 * seconds)
    assert float((waves[0, 0, : 20 * 512] - wanted).std()) == pytest.approx(BREATH, rel=0.05)
    for harmonic in range(3):  # the phase of a harmonic is free, its frequency is not
        spectrum = torch.fft.rfft(waves[0, harmonic, : 20 * 512])
        assert int(spectrum.abs().argmax()) == pytest.approx(200 * (harmonic + 1) * 20 * 512 / 22_050, abs=1)
    assert float(waves[0, :, 20 * 512 :].std()) == pytest.approx(LEVEL / 3, rel=0.02)


def test_a_harmonic_above_half_the_rate_is_left_out() -> None:
    waves = sines(torch.full((1, 20), 4_000.0), 3, 512, 22_050)
    assert waves[0, 1].abs().max() > 0.09 and waves[0, 2].abs().max() < 6 * BREATH


def published(weights: dict[str, Tensor], size: VocoderSize, mel: Tensor, waves: Tensor) -> Tensor:
    """What a published NSF-HiFiGAN computes, in float64, from its tensors as they are named in its file."""
    state = {name: tensor.double() for name, tensor in fold_weight_norm(weights).items()}

    def convolved(x: Tensor, name: str, dilation: int = 1) -> Tensor:
        weight = state[f"{name}.weight"]
        return F.conv1d(
            x, weight, state[f"{name}.bias"], padding=dilation * (weight.shape[2] // 2), dilation=dilation
        )

    mixed = (
        waves.double().transpose(1, 2) @ state["m_source.l_linear.weight"].T + state["m_source.l_linear.bias"]
    )
    source, x = torch.tanh(mixed).transpose(1, 2), convolved(mel.double(), "conv_pre")
    block, left = 0, size.mel.hop
    for stage, (rate, kernel) in enumerate(zip(size.rates, size.kernels, strict=True)):
        left //= rate
        x = F.conv_transpose1d(
            F.leaky_relu(x, 0.1),
            state[f"ups.{stage}.weight"],
            state[f"ups.{stage}.bias"],
            rate,
            (kernel - rate) // 2,
        )
        name = f"noise_convs.{stage}"
        x = x + F.conv1d(source, state[f"{name}.weight"], state[f"{name}.bias"], left, left // 2)
        total = torch.zeros_like(x)
        for dilations in size.dilations:
            heard = x
            for pair, dilation in enumerate(dilations):
                inner = convolved(F.leaky_relu(heard, 0.1), f"resblocks.{block}.convs1.{pair}", dilation)
                heard = heard + convolved(F.leaky_relu(inner, 0.1), f"resblocks.{block}.convs2.{pair}")
            total, block = total + heard, block + 1
        x = total / len(size.dilations)
    return torch.tanh(convolved(F.leaky_relu(x, 0.01), "conv_post"))


def test_a_checkpoint_of_the_published_format_is_read_and_computes_what_was_published(tmp_path: Path) -> None:
    """`model` and `config.json` as so-vits-svc and DiffSinger keep them: weight norm, no reader, other mels."""
    size = replace(
        tiny_size("nsf"), reads=False, channels=20, rates=(4, 2, 2), kernels=(8, 4, 4), block_kernels=(3, 5),
        dilations=((1, 3), (1, 3)),
    )  # fmt: skip
    size = replace(
        size, mel=replace(size.mel, sample_rate=44_100, fft=64, hop=16, bands=128, low=40.0, high=16_000.0)
    )
    weights = {name.removeprefix("dec."): tensor for name, tensor in fresh_vocoder(size, 3).items()}
    assert {
        "conv_pre.weight_g",
        "resblocks.0.convs1.0.weight_v",
        "noise_convs.2.weight",
        "m_source.l_linear.bias",
    } <= set(weights)
    assert weights["ups.0.weight_v"].shape == (20, 10, 8)
    assert weights["noise_convs.0.weight"].shape == (10, 1, 8)
    torch.save({"generator": weights}, tmp_path / "model")
    with pytest.raises(DuoyinError, match="sizes cannot be read"):
        read_vocoder(tmp_path / "model")
    config = {**config_of(size), "num_gpus": 0, "batch_size": 10, "discriminator_periods": [3, 5, 7]}
    (tmp_path / "config.json").write_text(json.dumps(config))
    vocoder = read_vocoder(tmp_path / "model").vocoder
    assert vocoder.size == size and vocoder.reader is None
    mel = torch.randn(128, 30)
    with pytest.raises(DuoyinError, match="cannot read its frequency"):
        vocoder.sound(mel, seed=0)
    hertz = torch.tensor([0.0] * 10 + [220.0] * 20)
    made = vocoder.sound(mel, seed=4, frequency=hertz)
    torch.manual_seed(4)
    waves = sines(hertz[None], HARMONICS, 16, 44_100)
    wanted = published(weights, size, mel[None], waves)[0, 0]
    torch.testing.assert_close(made.double(), wanted, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("change", "why"),
    [({"resblock": "2"}, "version 3"), ({"mini_nsf": True}, "newer kind"), ({"hop_size": 7}, "do not make up a hop"),
     ({"win_size": 8}, "shorter than"), ({"n_fft": None}, "cannot be read"), ({"num_mels": 81}, "cannot be read")],
)  # fmt: skip
def test_a_configuration_that_is_not_understood_is_refused(
    tmp_path: Path, change: dict[str, object], why: str
) -> None:
    size = tiny_size("nsf")
    weights = {
        name.removeprefix("dec."): tensor
        for name, tensor in fresh_vocoder(replace(size, reads=False)).items()
    }
    torch.save({"generator": weights}, tmp_path / "model")
    (tmp_path / "config.json").write_text(json.dumps({**config_of(size), **change}))
    with pytest.raises(DuoyinError, match=why):
        read_vocoder(tmp_path / "model")


def test_what_is_no_vocoder_is_refused(tmp_path: Path) -> None:
    torch.save({"weight": {}}, tmp_path / "model.pth")
    with pytest.raises(DuoyinError, match="holds no generator"):
        read_vocoder(tmp_path / "model.pth")


@pytest.mark.parametrize("source", SOURCES)
def test_a_file_comes_back_as_it_was_written_and_a_seed_is_a_sound(tmp_path: Path, source: Source) -> None:
    size = tiny_size(source)
    weights = fresh_vocoder(size, 1)
    write_vocoder(size, weights, "tiny", tmp_path / "vocoder.pth")
    found = read_vocoder(tmp_path / "vocoder.pth")
    assert (
        found.vocoder.size == size == size_of(config_of(size), source, size.reads) and len(found.sha256) == 64
    )
    assert set(found.weights) == set(weights)
    assert all(torch.equal(found.weights[name], weights[name]) for name in weights)
    mel = torch.randn(80, 12)
    one, again, other = (found.vocoder.sound(mel, seed=seed) for seed in (1, 1, 2))
    assert len(one) == 12 * HOP and torch.equal(one, again)
    assert torch.equal(one, other) == (source == "none")


def course(source: Source, settings: VocodingSettings | None = None) -> VocoderCourse:
    """Tones with silence between them; the last is held out."""
    size = tiny_size(source)
    lines = []
    for number in range(3):
        hertz = np.repeat([180.0 + 40 * number, 0.0, 240.0], SAMPLE_RATE // 2)
        tone = 0.3 * np.sin(2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE) * (hertz > 0)
        lines.append(vocoder_line(tone.astype(np.float32), SAMPLE_RATE, size))
    settings = settings or VocodingSettings(rate=5e-3, pieces=4, frames=8, judged_from=4, narrowing=64)
    return VocoderCourse(size, fresh_vocoder(size, 2), lines[:-1], lines[-1:], settings, seed=3)


@pytest.mark.parametrize("source", SOURCES)
def test_the_error_of_recordings_that_were_not_learned_falls(tmp_path: Path, source: Source) -> None:
    learning = course(source, VocodingSettings(rate=5e-3, pieces=4, frames=8))
    before = learning.examine()
    record = train(learning, Plan(updates=12, save_every=12, examine_every=12), tmp_path, "r1")
    assert record.best is not None and record.best.error < 0.7 * before
    assert read_vocoder(tmp_path / "kept" / record.best.file).vocoder.size == tiny_size(source)


def test_discriminators_judge_from_their_update_on(tmp_path: Path) -> None:
    told: list[set[str]] = []
    train(
        course("nsf"), Plan(updates=6, save_every=6, examine_every=6), tmp_path, "r1",
        told=lambda progress: told.append(set(progress.figures)),
    )  # fmt: skip
    before, after = {"mel", "voicing", "frequency"}, {"discriminators", "fooling", "features"}
    assert told == [before] * 4 + [before | after] * 2


def test_killed_between_updates_it_ends_with_the_same_bits(tmp_path: Path) -> None:
    plan = Plan(updates=7, seed=4, save_every=2, examine_every=4)
    whole = course("nsf")
    train(whole, plan, tmp_path / "whole", "r1")

    class Killed(BaseException):
        pass

    def kill(progress: Progress) -> None:
        if progress.done == 5:
            raise Killed

    with pytest.raises(Killed):
        train(course("nsf"), plan, tmp_path / "killed", "r1", told=kill)
    again = course("nsf")
    train(again, plan, tmp_path / "killed", "r1")
    one, other = ({**each.vocoder.tensors, **each.judges.tensors} for each in (whole, again))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_an_update_whose_numbers_are_none_leaves_no_trace() -> None:
    learning = course("nsf")
    before = {name: tensor.detach().clone() for name, tensor in learning.vocoder.tensors.items()}
    learning.lines[0].mel.fill_(torch.nan)
    _, finite = learning.learn(Update(1, ((0, 0),)))
    assert not finite
    assert all(torch.equal(tensor, before[name]) for name, tensor in learning.vocoder.tensors.items())


def test_recordings_shorter_than_a_piece_teach_nothing() -> None:
    size = tiny_size("none")
    short = vocoder_line(np.zeros(3 * HOP, np.float32), SAMPLE_RATE, size)
    with pytest.raises(DuoyinError, match="no recordings that a vocoder"):
        VocoderCourse(size, fresh_vocoder(size), [short], [])

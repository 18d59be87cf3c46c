"""Tacotron 2 learns: its loss falls, frames beyond an end count nowhere, and a killed run ends with the same bits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.tts_core.tacotron.tiny import TINY, course, tones
from tts_core.gpt_sovits.training.run import Plan, Progress, Update, train
from tts_core.tacotron.learning import LearnSettings, losses, mel_batch
from tts_core.tacotron.model import fresh, read_model


def test_the_error_of_lines_that_were_not_learned_falls(tmp_path: Path) -> None:
    learning = course(settings=LearnSettings(rate=1e-2, frames=60))
    before = learning.examine()
    plan = Plan(updates=12, save_every=12, examine_every=6)
    record = train(learning, plan, tmp_path, "r1")
    assert record.best is not None and record.best.error < 0.8 * before
    model = read_model(tmp_path / "kept" / record.best.file)
    assert model.size == TINY and len(model.sha256) == 64
    untaught = course(settings=LearnSettings(rate=0.0, decay=0.0, frames=60))
    same = train(untaught, replace(plan, updates=2, save_every=2, examine_every=2), tmp_path / "0", "r2")
    assert same.best is not None and same.best.error > record.best.error


def test_frames_beyond_the_end_of_a_line_count_nowhere() -> None:
    """Of what the model answers, whatever stands there in what is wanted."""
    batch = mel_batch(tones())
    torch.manual_seed(0)
    told = fresh(TINY, 1).net(batch.phones, batch.phone_counts, batch.mels, batch.frame_counts)
    noise = torch.where(batch.heard[:, None], batch.mels, torch.full_like(batch.mels, 9.0))
    assert not torch.equal(noise, batch.mels)
    before, after = (losses(lambda *_: told, replace(batch, mels=mels), 0.2) for mels in (batch.mels, noise))
    assert before == after


def test_an_attention_on_the_diagonal_costs_nothing_and_one_against_it_much() -> None:
    batch = mel_batch(tones(1))
    frames, phones = batch.mels.shape[2], batch.phones.shape[1]
    places = (torch.arange(frames) * phones) // frames

    def off(order: torch.Tensor) -> float:
        attention = torch.nn.functional.one_hot(order, phones)[None].float()
        told = (batch.mels, batch.mels, torch.zeros(1, frames), attention)
        return float(losses(lambda *_: told, batch, 0.2).off)

    assert off(places) < 0.2 < 0.5 < off(places.flip(0))


def test_killed_between_updates_it_ends_with_the_same_bits(tmp_path: Path) -> None:
    plan = Plan(updates=5, seed=4, save_every=2, examine_every=2)
    whole = course()
    train(whole, plan, tmp_path / "whole", "r1")

    class Killed(BaseException):
        pass

    def kill(progress: Progress) -> None:
        if progress.done == 3:
            raise Killed

    with pytest.raises(Killed):
        train(course(), plan, tmp_path / "killed", "r1", told=kill)
    again = course()
    train(again, plan, tmp_path / "killed", "r1")
    one, other = (learning.net.state_dict() for learning in (whole, again))
    assert all(torch.equal(one[name], other[name]) for name in one)
    kept = [
        sorted(path.name for path in (tmp_path / name / "kept").iterdir()) for name in ("whole", "killed")
    ]
    assert kept[0] == kept[1]


def test_an_update_whose_numbers_are_none_leaves_no_trace() -> None:
    learning = course()
    before = {name: tensor.clone() for name, tensor in learning.net.state_dict().items()}
    learning.lines[0].mel[:, 0] = torch.inf
    _, finite = learning.learn(Update(1, ((0, 1),)))
    assert not finite
    assert all(torch.equal(tensor, before[name]) for name, tensor in learning.net.state_dict().items())

"""Two processes with half of each batch learn what one learns with the whole, and one that is killed loses nothing."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, distributed, nn

from flows.making.training.order import order_of
from normalizers import DuoyinError
from tests.tts_core.gpt_sovits.training.test_run import same, text_course
from tests.tts_core.gpt_sovits.training.tiny_base import NAME, make_base
from tests.tts_core.gpt_sovits.training.tiny_sound import recordings, tiny_learner
from tts_core.gpt_sovits.files.archive import read_archive
from tts_core.gpt_sovits.training.base import base_of
from tts_core.gpt_sovits.training.chain import Chain, Orders, Stage
from tts_core.gpt_sovits.training.courses import SoundCourse, _only_fixed
from tts_core.gpt_sovits.training.material.features import Line
from tts_core.gpt_sovits.training.ranks import ALONE, Ranks
from tts_core.gpt_sovits.training.recipe import NOTHING_DROPPED
from tts_core.gpt_sovits.training.run import STATE_FILE, Plan, Progress, Update, read_record, train
from tts_core.gpt_sovits.training.sound_learner import SoundSettings
from tts_core.gpt_sovits.training.text_batch import TextLine
from tts_core.gpt_sovits.training.together import cards, train_together
from tts_core.gpt_sovits.training.weights import CPU

TWO = [CPU, CPU]


def sound_lesson(ranks: Ranks) -> dict[str, Any]:
    """What AdamW remembers of one update of three lines: a fifth of the gradients."""
    learner = tiny_learner("v2", SoundSettings("fixed", warm_up=2), ranks=ranks)
    for module in learner.model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    course = SoundCourse(learner, recordings(3), [], {}, frames=200)
    torch.manual_seed(1)
    figures, finite = course.learn(Update(1, ((0, 1, 2),)))
    assert finite and figures["mel"] > 0
    state = course.state()
    return {net: moments(state[f"{net}_optimizer"], "exp_avg") for net in ("generator", "discriminator")}


def text_lesson(ranks: Ranks) -> dict[str, Any]:
    """What ScaledAdam remembers of one update: squares of the gradients. A batch of two lines, and one of a single
    line, which leaves the second process without."""
    course = text_course(ranks=ranks)
    course.learner.dropout = NOTHING_DROPPED
    _, finite = course.learn(Update(1, ((0, 3), (4,))))
    assert finite
    return {"text": moments(course.state()["optimizer"], "squares")}


def moments(state: dict[str, Any], part: str) -> list[Tensor]:
    return [kept[part] for kept in state["state"].values()]


LESSONS: dict[str, Callable[[Ranks], dict[str, Any]]] = {"sound": sound_lesson, "text": text_lesson}


def _learn(number: int, meeting: str, lesson: str, out: str) -> None:
    ranks = _met(number, meeting)
    made = LESSONS[lesson](ranks)
    if ranks.first:
        torch.save(made, out)
    distributed.destroy_process_group()


def _train(number: int, meeting: str, folder: str, killed_at: int) -> None:
    """A run of the text stage, whose second process is killed inside an update."""
    ranks = _met(number, meeting)
    course = text_course(ranks=ranks)
    ours = course.learn

    def learn(update: Update) -> tuple[dict[str, float], bool]:
        if course.learner.steps == killed_at and not ranks.first:
            os.kill(os.getpid(), signal.SIGKILL)
        return ours(update)

    course.learn = learn  # type: ignore[method-assign]
    train(course, Plan(updates=9, seed=4, save_every=3, examine_every=2), Path(folder), "r1", ranks=ranks)
    distributed.destroy_process_group()


def _met(number: int, meeting: str) -> Ranks:
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=number, world_size=2)
    return Ranks(number, 2)


def two(work: Callable[..., None], *given: Any) -> list[int | None]:
    """Exit codes of two processes that do it."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=work, args=(number, *given)) for number in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]


@pytest.mark.slow
@pytest.mark.parametrize("lesson", list(LESSONS))
def test_two_processes_learn_what_one_learns(tmp_path: Path, lesson: str) -> None:
    alone = LESSONS[lesson](ALONE)
    out = tmp_path / "together.pt"
    assert two(_learn, str(tmp_path / "meeting"), lesson, str(out)) == [0, 0]
    together = torch.load(out, weights_only=True)
    for net, tensors in alone.items():
        assert len(together[net]) == len(tensors)
        most = max(float(tensor.abs().max()) for tensor in tensors)
        for tensor, other in zip(tensors, together[net], strict=True):
            limit = 1e-3 * float(tensor.abs().max()) + 1e-6 * most
            assert float((tensor - other).abs().max()) <= limit, net


def lines(count: int = 5) -> list[Line]:
    source = torch.Generator().manual_seed(7)
    return [
        Line(
            f"{at:02d}",
            f"line {at}",
            TextLine(each.phones, torch.randint(0, 1024, (20 + at,), generator=source)),
            each,
        )
        for at, each in enumerate(recordings(count))
    ]


def chain_of(folder: Path, stages: tuple[Stage, ...], updates: int) -> Chain:
    orders = Orders(stages, updates=tuple((stage, updates) for stage in stages))
    return Chain(base_of(NAME), lines(), orders, folder)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers")
    monkeypatch.setenv("DUOYIN_MODELS", str(make_base(tmp_path / "models")))


@pytest.mark.slow
@pytest.mark.usefixtures("models")
def test_a_chain_is_learned_by_two_and_what_one_raises_is_told(tmp_path: Path) -> None:
    heard: list[tuple[Stage, int]] = []

    def told(stage: Stage, progress: Progress) -> None:
        heard.append((stage, progress.done))

    whole = chain_of(tmp_path / "whole", ("sound", "text"), 2)
    records = train_together(whole, TWO, told)
    assert heard == [("sound", 1), ("sound", 2), ("text", 1), ("text", 2)]
    assert {stage: record.ended for stage, record in records.items()} == dict.fromkeys(
        ("sound", "text"), "all 2 updates made"
    )

    shutil.rmtree(base_of(NAME).folder)
    with pytest.raises(DuoyinError, match="there is no base model 'tiny' on this machine"):
        train_together(whole, TWO, told)


@pytest.mark.slow
def test_killed_inside_an_update_two_end_with_the_bits_of_two_that_were_not(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    first = two(_train, str(tmp_path / "meeting-1"), str(killed), 4)
    assert first[1] == -signal.SIGKILL
    assert first[0] not in (0, None)
    assert read_record(killed).done == 3
    assert two(_train, str(tmp_path / "meeting-2"), str(killed), -1) == [0, 0]
    assert two(_train, str(tmp_path / "meeting-3"), str(whole), -1) == [0, 0]
    states = [read_archive(folder / STATE_FILE).content["course"] for folder in (killed, whole)]
    assert same(*states)
    assert read_record(killed) == read_record(whole)


class Stopped(BaseException):
    """A wish to stop."""


@pytest.mark.slow
@pytest.mark.usefixtures("models")
def test_a_wish_to_stop_is_heeded_by_both_after_a_state_is_saved(tmp_path: Path) -> None:
    def told(_stage: Stage, progress: Progress) -> None:
        raise Stopped

    chain = chain_of(tmp_path / "stopped", ("text",), 100_000)
    with pytest.raises(Stopped):
        train_together(chain, TWO, told)
    record = chain.record("text")
    assert record is not None
    assert 0 < record.done < 100_000
    assert not record.ended


def test_what_is_not_there_or_cannot_be_shared_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DuoyinError, match="99 cards are asked for, and this machine has "):
        cards(99)
    monkeypatch.setenv("DUOYIN_VOICES", str(tmp_path))
    with pytest.raises(DuoyinError, match="2 cards are asked for, and the CPU shall learn"):
        order_of("anna", {"cards": 2, "recordings": ["x"], "consent": "Anna agreed."})
    with pytest.raises(DuoyinError, match="the recipe compatible learns on one device"):
        _only_fixed(False, Ranks(0, 2))

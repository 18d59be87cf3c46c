"""Half a text stage learns to think as the whole one, from what that says alone, and goes on bit for bit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits import tiny
from tts_core.gpt_sovits.files.checkpoints import Checkpoint, read_checkpoint
from tts_core.gpt_sovits.model.decode import SemanticDecoder, TokenRequest
from tts_core.gpt_sovits.model.text2semantic import Text2Semantic, load_text2semantic
from tts_core.gpt_sovits.training.courses import TextCourse
from tts_core.gpt_sovits.training.distilling import Student, agreement, halved, in_pairs, kept_layers
from tts_core.gpt_sovits.training.run import Plan, train
from tts_core.gpt_sovits.training.text_batch import TextLine
from tts_core.gpt_sovits.training.text_learner import TextSettings


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    weights = tiny.gpt_weights(layers=4)
    return read_checkpoint(tiny.save_gpt(tmp_path_factory.mktemp("teacher") / "a.ckpt", weights, half=False))


@pytest.fixture(scope="module")
def said(teacher: Checkpoint) -> list[TextLine]:
    """What the teacher says to phones that mean nothing."""
    source = torch.Generator().manual_seed(3)
    phones = [torch.randint(0, 732, (12,), generator=source) for _ in range(10)]
    nothing = torch.zeros(0, dtype=torch.int64)
    decoder = SemanticDecoder(load_text2semantic(teacher).prepare(), rows=5, length=128)
    drawn = dict(decoder.run(TokenRequest(each, nothing, most_tokens=25) for each in phones))
    return [TextLine(each, torch.tensor(drawn[at].tokens)) for at, each in enumerate(phones)]


def course(teacher: Checkpoint, lines: list[TextLine]) -> TextCourse:
    small = halved(teacher)
    student = Student(
        load_text2semantic(teacher), load_text2semantic(small), TextSettings("fixed", dropped=0.0, warm_up=2)
    )
    return TextCourse(student, lines[:8], lines[8:], small.config, positions=150)


def test_half_of_the_layers_are_every_second_with_the_last() -> None:
    assert kept_layers(24) == tuple(range(1, 24, 2))
    assert [kept_layers(layers) for layers in (2, 3, 5)] == [(1,), (0, 2), (0, 2, 4)]


def test_the_half_begins_as_layers_of_the_whole(teacher: Checkpoint) -> None:
    small = halved(teacher)
    model = load_text2semantic(small)
    assert model.dims.layers == 2 and small.config["model"]["n_layer"] == 2
    for at, layer in enumerate((1, 3)):
        weight = "self_attn.in_proj_weight"
        assert small.weights[f"h.layers.{at}.{weight}"].equal(teacher.weights[f"h.layers.{layer}.{weight}"])
    with pytest.raises(DuoyinError, match="one layer, and no half"):
        halved(halved(small))


def test_a_pupil_comes_to_think_as_its_teacher(
    teacher: Checkpoint, said: list[TextLine], tmp_path: Path
) -> None:
    whole = load_text2semantic(teacher)
    before = agreement(whole, load_text2semantic(halved(teacher)), said[8:])
    learning = course(teacher, said)
    record = train(learning, Plan(30, examine_every=10), tmp_path, "run")
    best = load_text2semantic(read_checkpoint(tmp_path / "kept" / record.kept[0].file))
    after = agreement(whole, best, said[8:])
    assert after[0] < 0.8 * before[0]
    assert agreement(whole, whole, said) == pytest.approx((0, 1), abs=1e-6)
    assert (
        agreement(whole, best, said[:8])[1]
        > agreement(whole, load_text2semantic(halved(teacher)), said[:8])[1]
    )


def test_a_stopped_pupil_goes_on_bit_for_bit(
    teacher: Checkpoint, said: list[TextLine], tmp_path: Path
) -> None:
    undisturbed, stopped = course(teacher, said), course(teacher, said)
    train(undisturbed, Plan(4), tmp_path / "one", "run")
    train(stopped, Plan(4), tmp_path / "two", "run", stop=lambda: stopped.learner.steps == 2)
    resumed = course(teacher, said)
    assert train(resumed, Plan(4), tmp_path / "two", "run").done == 4 and stopped.learner.steps == 2
    assert all(weights(resumed)[name].equal(tensor) for name, tensor in weights(undisturbed).items())


def weights(made: TextCourse) -> dict[str, Tensor]:
    model: Text2Semantic = made.learner.model
    return dict(model.named_parameters())


def test_lines_are_also_learned_behind_another() -> None:
    bert = torch.ones(1024, 2)
    lines = [
        TextLine(torch.tensor([1, 2]), torch.tensor([5, 6, 7])),
        TextLine(torch.tensor([3, 4]), torch.tensor([8]), bert),
        TextLine(torch.arange(600), torch.tensor([9])),
    ]
    made = in_pairs(lines)
    assert made[:3] == lines and len(made) == 4  # with the third it would be too long
    assert made[3].phones.tolist() == [1, 2, 3, 4] and made[3].tokens.tolist() == [5, 6, 7, 8]
    assert made[3].bert is not None and made[3].bert.sum(dim=0).tolist() == [0, 0, 1024, 1024]

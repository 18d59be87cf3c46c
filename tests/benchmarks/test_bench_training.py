"""The benchmark of what is learned, on tones: its content features are the codes of the models it makes, its controls
learn nothing of the voice, and its tables say what was measured."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.benchmarks import bench_training
from tests.benchmarks.bench_training_cost import sound_learner
from tests.benchmarks.pages import write_section
from tests.benchmarks.training.hearing import letter_errors
from tests.benchmarks.training.speech import (
    BASE_VOICES,
    GIVEN_WIDTH,
    NEW_VOICE,
    Material,
    Said,
    divided,
    pairs,
)
from tests.benchmarks.training.trials import Scale, Trials, shuffled
from tts_core.gpt_sovits.files.checkpoints import Checkpoint
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE, load_sovits
from tts_core.gpt_sovits.training.fresh import SoundSize, fresh_sound
from tts_core.gpt_sovits.training.recipe import Precision
from tts_core.gpt_sovits.training.sound_batch import sound_batch
from tts_core.gpt_sovits.training.sound_learner import SoundSettings

SMALL = SoundSize(
    latent=8,
    channels=16,
    hidden=16,
    decoder=16,
    flows=1,
    flow_layers=1,
    posterior_layers=1,
    periods=(3,),
    codes=16,
)


def tone(number: int, voice: str) -> Said:
    """A second of a tone of this voice's own pitch, with content of its own."""
    source = torch.Generator().manual_seed(number)
    pitch = 150 + 20 * (*BASE_VOICES, NEW_VOICE).index(voice)
    at = np.arange(SAMPLE_RATE + 640 * number) / SAMPLE_RATE
    samples = (0.3 * np.sin(2 * np.pi * pitch * at)).astype(np.float32)
    return Said(
        voice, f"Sentence {number} of {voice}.", samples, torch.randn(50, GIVEN_WIDTH, generator=source)
    )


@pytest.fixture(scope="module")
def tones() -> Material:
    said = [tone(number, voice) for voice in BASE_VOICES for number in range(2)]
    return divided([*said, *(tone(number, NEW_VOICE) for number in range(3))], SMALL.codes)


def test_nothing_that_is_listened_to_was_learned(tones: Material) -> None:
    assert [each.said.voice for each in tones.base] == list(BASE_VOICES)
    assert (len(tones.base_held_out), len(tones.new), len(tones.new_held_out)) == (6, 2, 1)
    with pytest.raises(AssertionError, match="held-out"):
        Material(tones.content, tones.base, tones.base_held_out, tones.new, tones.new[:1])


def test_tokens_are_the_codes_that_the_sound_stage_finds(tones: Material) -> None:
    weights = fresh_sound(SMALL, tones.content.codes)
    model = load_sovits(Checkpoint("v2", weights, SMALL.config(), "", "", "toy"))
    for line in (*tones.base, *tones.new_held_out):
        features = line.sound.features
        assert features.shape == (768, len(line.sound.samples) // 640)
        torch.testing.assert_close(model.ssl_proj(features[None])[0].T, pairs(features), atol=1e-5, rtol=1e-5)
        assert torch.equal(model.semantic_tokens(features[None]), line.text.tokens)


def test_shuffled_labels_are_anothers_and_as_long_as_the_recording(tones: Material) -> None:
    mine = [line.sound for line in tones.new]
    for own, other, line in zip(mine, [mine[-1], *mine], shuffled(mine), strict=False):
        assert line.samples is own.samples and line.features.shape == own.features.shape
        assert torch.equal(line.phones, other.phones)
        shared = min(own.features.shape[1], other.features.shape[1])
        assert torch.equal(line.features[:, :shared], other.features[:, :shared])


def test_an_arm_learns_and_its_controls_do_not(tones: Material, tmp_path: Path) -> None:
    scale = Scale(SMALL, base=1, tuned=1, unmoved=1, frames=120, batch=2)
    trials = Trials(tones, scale, tmp_path)
    before = {name: tensor.clone() for name, tensor in trials.base().weights().items()}
    moved = {}
    for arm in trials.arms():
        if arm.name in ("fixed", "rate 0", "frozen"):
            after = trials.tuned(arm).weights()
            moved[arm.name] = max(float((after[name] - before[name]).abs().max()) for name in before)
    assert moved["fixed"] > 1e-6
    assert moved["rate 0"] == moved["frozen"] == 0
    assert [update for update, _ in trials.figures["run fixed"]["looks"]] == [1]
    heard_elsewhere = Trials(tones, scale, tmp_path)
    heard_elsewhere.learn("fixed")
    assert heard_elsewhere._base is None, "what was learned is not learned again"
    assert heard_elsewhere.spoken_with("fixed").codebook.shape == (SMALL.codes, 768)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_wide_layers_of_a_decoder_learn_on_a_card(tones: Material, precision: Precision) -> None:
    """They have kernels of their own for speaking, which know no gradients."""
    size = replace(SMALL, decoder=256)
    learner = sound_learner(size, SoundSettings("fixed", precision=precision), torch.device("cuda"))
    before = {name: tensor.detach().clone() for name, tensor in learner.generator.tensors.items()}
    _, finite = learner.learn(sound_batch([line.sound for line in tones.new], torch.device("cuda")), 1)
    after = learner.generator.tensors
    kernels = [name for name in before if name.startswith("dec.") and name.endswith((".weight", "_v"))]
    assert finite and len(kernels) > 4
    assert all(bool((after[name] != before[name]).any()) for name in kernels)


@pytest.mark.parametrize(
    ("heard", "errors"),
    [("To be, or not.", 0), ("to be or knot", 1), ("Tobe ornot", 0), ("", 9), ("to be or not to", 2)],
)
def test_letters_are_counted_without_blanks_and_marks(heard: str, errors: int) -> None:
    score = letter_errors("To be, or not.", heard)
    assert (score.errors, score.total) == (errors, 9)


def test_the_tables_replace_only_their_own_section(tones: Material, tmp_path: Path) -> None:
    def heard(*likeness: float) -> dict[str, object]:
        one = {"likeness": list(likeness), "words": [1, 10], "letters": [3, 40], "texts": ["a"]}
        return {**one, "updates": 60, "mel": 30.0, "others": [one]}

    figures = {
        "labels": {
            "learned": {"base": [-6.0, -7.0], "fixed": [-4.0, -5.0], "shuffled labels": [-6.5, -6.5]},
        },
        "heard base": heard(0.5, 0.6),
        "heard fixed": heard(0.7, 0.9),
        "run fixed": {"start": 99.0, "looks": [[1, 50.0], [2, 25.0]], "updates": 2, "cpu_seconds": 3},
    }
    text = "\n".join(bench_training.tables(figures, tones))
    spread = 0.1 / math.sqrt(2) / math.sqrt(2)
    assert f"| tuned, `fixed` | 60 | 0.800 | +0.250 ± {spread:.3f} | 8 % | 30.0 |" in text
    assert "| learned | -6.50 | -4.50 | -6.50 | +2.00 ± 0.50, 2 of 2 lines |" in text
    assert "| fixed | 2 | 99.00 | 50.00 | 25.00 | 3 |" in text
    assert "compatible" not in text and "Text stage" not in text
    page = tmp_path / "training.md"
    page.write_text(f"# Training\n\n{bench_training.HEADING}\n\nold\n\n## After\n\nkept\n", encoding="utf-8")
    write_section(page, bench_training.HEADING, text)
    assert (
        page.read_text(encoding="utf-8")
        == f"# Training\n\n{bench_training.HEADING}\n\n{text}\n\n## After\n\nkept\n"
    )

"""What the stages learn is what the engine speaks with: lines come back token for token, mel error falls."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.tts_core.gpt_sovits.tiny import gpt_config, gpt_weights
from tests.tts_core.gpt_sovits.training.tiny_sound import recordings, tiny_learner
from tts_core.gpt_sovits.files.checkpoints import Checkpoint, read_checkpoint
from tts_core.gpt_sovits.model.decode import SemanticDecoder, TokenRequest
from tts_core.gpt_sovits.model.text2semantic import load_text2semantic
from tts_core.gpt_sovits.model.tokens import Sampling
from tts_core.gpt_sovits.training.courses import SoundCourse, TextCourse
from tts_core.gpt_sovits.training.material.cleaning import phones_of
from tts_core.gpt_sovits.training.run import Plan, train
from tts_core.gpt_sovits.training.sound_learner import SoundSettings
from tts_core.gpt_sovits.training.text_batch import TextLine
from tts_core.gpt_sovits.training.text_learner import TextLearner, TextSettings

pytestmark = pytest.mark.slow

LINES = (
    "There were two clocks in the house, and they never agreed.",
    "It is nine, said Ann.",
    "Nobody asked the cat.",
    "In the morning it had stopped.",
)
GREEDY = Sampling(top_k=1, repetition_penalty=1.0)


def test_learned_lines_come_back_token_for_token(tmp_path: Path) -> None:
    """Real phones and random tokens: nothing but what was learned can foretell them. Greedy, by the engine's own
    decoder, from the exported file."""
    source = torch.Generator().manual_seed(5)
    lines = [
        TextLine(phones_of(text, "en").ids, torch.randint(0, 1024, (len(text),), generator=source))
        for text in LINES
    ]
    layers = 3
    start = Checkpoint("t2s", gpt_weights(96, layers), gpt_config(layers), "", "0" * 64, "tiny")
    learner = TextLearner(load_text2semantic(start), TextSettings("fixed", dropped=0.0))
    course = TextCourse(learner, lines, lines, gpt_config(layers), positions=1000)
    before = course.examine()
    record = train(course, Plan(updates=300, save_every=300, examine_every=100), tmp_path, "r1")
    assert record.best is not None
    print(f"cross entropy of a token {before:.2f} → {record.best.error:.4f} in {record.best.update} updates")
    model = load_text2semantic(read_checkpoint(tmp_path / "kept" / record.best.file)).prepare("float32")
    decoder = SemanticDecoder(model, GREEDY, rows=4, length=256)
    spoken = dict(
        decoder.run([TokenRequest(line.phones, torch.zeros(0, dtype=torch.int64)) for line in lines])
    )
    for number, line in enumerate(lines):
        assert spoken[number].tokens == line.tokens.tolist(), LINES[number]
        assert spoken[number].stop == "end"


def test_the_mel_error_of_recordings_that_were_not_learned_falls(tmp_path: Path) -> None:
    """From random weights, with narrow discriminators: tones, not speech. A rate of 0 changes nothing."""
    errors = {}
    for rate in (1e-3, 0.0):
        lines = recordings(4)
        learner = tiny_learner("v2", SoundSettings("fixed", rate=rate, text_share=1.0, warm_up=2))
        course = SoundCourse(learner, lines[:3], lines[3:], {}, frames=400)
        before = course.examine()
        record = train(course, Plan(updates=12, save_every=12, examine_every=6), tmp_path / str(rate), "r1")
        assert record.best is not None
        errors[rate] = (before, record.best.error)
        print(f"rate {rate:g}: mel error {before:.1f} → {record.best.error:.1f}")
    assert errors[1e-3][1] < 0.9 * errors[1e-3][0]
    assert errors[0.0][1] == pytest.approx(errors[0.0][0], rel=1e-4)

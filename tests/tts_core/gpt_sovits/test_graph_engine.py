"""On a small device: from text to sound without torch, token for token and nearly sample for sample as with it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits.tiny_home import loaded, make_home
from tts_core.consent import Consent
from tts_core.engine import Engine, Utterance, read_and_speak
from tts_core.gpt_sovits.conversion.export import export_onnx
from tts_core.gpt_sovits.files.prepared import prepared_voice
from tts_core.gpt_sovits.graph_engine import GraphEngine, next_token, normal_noise
from tts_core.gpt_sovits.model.sampling import next_tokens
from tts_core.gpt_sovits.model.tokens import END, VOCABULARY, Sampling

LINES = (
    Utterance("你好，世界。", "zh", "anna", seed=1),
    Utterance("The quick brown fox jumps over the lazy dog.", "en", "anna", seed=2),
    Utterance("她一边走一边唱歌，走得很慢。", "zh", "anna", speed=0.8, seed=5),
    Utterance(
        f"The clock in the hall{', which stood' * 8}. {'It struck, ' * 8} one.", "en", "anna", 1.1, seed=6
    ),
    Utterance("……", "zh", "anna"),
)
PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "small-device.md"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("onnx")
    folder = make_home(tmp_path_factory.mktemp("home"))
    export_onnx(folder / "models" / "plain", folder / "graphs")
    loaded(folder).prepare("anna").save(folder / "graphs")
    return folder


@pytest.mark.parametrize(
    ("top_k", "lines"),
    [(1, LINES[:1]), pytest.param(15, LINES, marks=pytest.mark.slow)],
    ids=["greedy", "drawn"],
)
def test_its_takes_are_those_of_the_engine_with_torch(
    home: Path, top_k: int, lines: tuple[Utterance, ...]
) -> None:
    """A model that knows nothing goes round and round when it is greedy, up to its limit: one line is enough."""
    sampling = Sampling(top_k=top_k)
    small = GraphEngine(home / "graphs", sampling=sampling, retakes=top_k // 15, mark=False)
    large = loaded(home, sampling=sampling, retakes=top_k // 15)
    assert isinstance(small, Engine)
    prepared = [large.read(line) for line in lines]
    assert [small.read(line) for line in lines] == prepared
    compared = ("phonemes", "tokens", "stop", "flags", "tries", "seed")
    for ours, theirs in zip(small.speak(prepared), large.speak(prepared), strict=True):
        for one, two in zip(
            ours.evidence.get("pieces", [ours.evidence]),
            theirs.evidence.get("pieces", [theirs.evidence]),
            strict=True,
        ):
            assert {name: one.get(name) for name in compared} == {name: two.get(name) for name in compared}
        assert ours.samples.shape == theirs.samples.shape and ours.times == theirs.times
        assert float(np.abs(ours.samples - theirs.samples).max()) <= 1e-3
    assert [small.predict_seconds(line) for line in prepared] == pytest.approx(
        [large.predict_seconds(line) for line in prepared]
    )


def test_the_example_of_the_page_runs_where_torch_cannot_be_imported(home: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    guard = "import sys; sys.modules['torch'] = sys.modules['transformers'] = None\n"
    done = subprocess.run(
        [sys.executable, "-c", guard + example], cwd=home, capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
    assert re.match(r"\d+\.\d s, \d+ tokens, flags: \[", done.stdout)
    assert soundfile.info(home / "said.wav").duration > 0.4


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(),
        Sampling(top_k=1),
        Sampling(top_k=VOCABULARY),
        Sampling(top_k=20, top_p=0.6, temperature=0.6, repetition_penalty=1.0),
    ],
)
def test_tokens_are_drawn_as_with_torch(sampling: Sampling) -> None:
    chance = np.random.default_rng(0)
    for step in range(40):
        logits = (3 * chance.standard_normal(VOCABULARY)).astype(np.float32)
        logits[END] += 4 * (step % 3 == 0)
        heard, seed = chance.random(VOCABULARY) < 0.2, int(chance.integers(2**63))
        tokens, ended = next_tokens(
            torch.from_numpy(logits[None]),
            torch.from_numpy(heard[None]),
            torch.tensor([seed]),
            torch.tensor([step]),
            sampling,
        )
        assert next_token(logits, heard, seed, step, sampling) == (int(tokens), bool(ended))


@pytest.mark.parametrize("seed", [0, 2**40 + 123, 2**62 + 5])
@pytest.mark.parametrize("shape", [(1, 16, 2), (1, 192, 7), (1, 5, 13)])
def test_the_noise_is_torchs(seed: int, shape: tuple[int, ...]) -> None:
    expected = torch.randn(shape, generator=torch.Generator().manual_seed(seed)).numpy()
    assert np.abs(normal_noise(seed, shape) - expected).max() < 1e-6


def test_a_voice_keeps_its_consent_and_speaks_only_with_its_own_model(home: Path, tmp_path: Path) -> None:
    for file in (home / "graphs").iterdir():
        (tmp_path / file.name).symlink_to(file)
    voice = prepared_voice(home / "graphs" / "anna.voice.npz")
    assert voice.consent == Consent("Made by the tests.") and voice.language == "zh"
    replace(voice, name="late", consent=Consent("By letter.", until=date(2020, 1, 1))).save(tmp_path)
    loaded(home).prepare("ben").save(tmp_path)
    engine = GraphEngine(tmp_path, mark=False)
    assert [preset.name for preset in engine.voices()] == ["anna", "ben", "late"]
    with pytest.raises(DuoyinError, match="may not speak: the consent to its use ended on 2020-01-01"):
        list(read_and_speak(engine, [replace(LINES[0], voice="late")]))
    with pytest.raises(DuoyinError, match="prepared for another model"):
        engine.read(replace(LINES[0], voice="ben"))
    with pytest.raises(DuoyinError, match=r"no prepared voice 'carl'[\s\S]*anna, ben, late"):
        engine.read(replace(LINES[0], voice="carl"))


def test_what_is_no_export_and_no_voice_is_said(tmp_path: Path) -> None:
    with pytest.raises(DuoyinError, match="no exported graphs here"):
        GraphEngine(tmp_path)
    for content in (b"", b"PK\x03\x04", json.dumps({}).encode()):
        (tmp_path / "x.voice.npz").write_bytes(content)
        with pytest.raises(DuoyinError, match="this is no prepared voice"):
            prepared_voice(tmp_path / "x.voice.npz")

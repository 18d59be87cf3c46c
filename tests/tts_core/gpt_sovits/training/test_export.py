"""What is trained is written as others read it, and our own loader reads it back."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.tts_core.gpt_sovits.tiny import gpt_config, gpt_weights, sovits_config
from tests.tts_core.gpt_sovits.training.tiny_sound import base_weights
from tts_core.gpt_sovits.conversion.importing import import_checkpoints
from tts_core.gpt_sovits.files.checkpoints import Kind, read_checkpoint
from tts_core.gpt_sovits.model.sovits import load_sovits
from tts_core.gpt_sovits.model.text2semantic import load_text2semantic
from tts_core.gpt_sovits.training.export import export_sound, export_text


def test_text_stage_goes_round(tmp_path: Path) -> None:
    weights = gpt_weights()
    export_text(weights, gpt_config(), "GPT-e15", tmp_path / "anna.ckpt")
    read = read_checkpoint(tmp_path / "anna.ckpt")
    assert read.kind == "t2s"
    assert read.info == "GPT-e15"
    assert read.config == gpt_config()
    assert sorted(read.weights) == sorted(weights)
    assert all(torch.equal(tensor, weights[name].half()) for name, tensor in read.weights.items())
    load_text2semantic(read)


@pytest.mark.parametrize(("kind", "header"), [("v2", b"PK"), ("v2Pro", b"05"), ("v2ProPlus", b"06")])
def test_sound_stage_goes_round(tmp_path: Path, kind: Kind, header: bytes) -> None:
    weights = base_weights(speaker=kind != "v2")
    path = tmp_path / "anna.pth"
    export_sound(weights, sovits_config(kind), kind, "8e_200s", path)
    assert path.read_bytes()[:2] == header
    read = read_checkpoint(path)
    assert read.kind == kind
    assert not any(name.startswith("enc_q.") for name in read.weights)
    assert all(torch.equal(tensor, weights[name].half()) for name, tensor in read.weights.items())
    load_sovits(read)


def test_a_trained_pair_is_imported_like_any_other(tmp_path: Path) -> None:
    export_text(gpt_weights(), gpt_config(), "GPT-e1", tmp_path / "anna.ckpt")
    export_sound(base_weights(), sovits_config(), "v2", "1e_1s", tmp_path / "anna.pth")
    model = import_checkpoints(tmp_path / "anna.ckpt", tmp_path / "anna.pth", "anna", tmp_path / "models")
    assert model.version == "v2"

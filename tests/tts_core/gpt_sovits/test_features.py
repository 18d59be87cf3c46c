"""Front ends: spectrograms, HuBERT frames and speaker embeddings equal the recorded ones."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.tts_core.gpt_sovits.parity import close, fixture, names
from tts_core.gpt_sovits.features import Hubert
from tts_core.gpt_sovits.speaker import filter_banks, load_speaker_encoder, similarity
from tts_core.gpt_sovits.spectrogram import (
    TRAIN_MEL,
    V3_MEL,
    V4_MEL,
    linear_spectrogram,
    log_mel,
    normalize_mel,
)


def test_spectrograms_and_mels(shared: Path) -> None:
    case = fixture(shared, "spectrogram")
    at_32k, at_24k = case.inputs["wav32k"], case.inputs["wav24k"]
    found = {
        "spec_2048_640": linear_spectrogram(at_32k),
        "mel_train_128": log_mel(at_32k, TRAIN_MEL),
        "mel_v3_24k": log_mel(at_24k, V3_MEL),
        "mel_v4_32k": log_mel(at_32k, V4_MEL),
        "mel_v3_24k_normed": normalize_mel(log_mel(at_24k, V3_MEL)),
        "mel_v4_32k_normed": normalize_mel(log_mel(at_32k, V4_MEL)),
    }
    assert found.keys() == case.outputs.keys()
    for name, tensor in found.items():
        close(tensor, case.outputs[name], relative=1e-4, absolute=1e-4)


@pytest.mark.parametrize("name", names("hubert_*", "hubert_tiny", "hubert_base"))
def test_hubert_frames(shared: Path, name: str) -> None:
    pytest.importorskip("transformers")
    case = fixture(shared, name)
    frames = Hubert(case.weights(), case.notes["config"])(case.inputs["wav16k"])
    close(frames.transpose(1, 2), case.outputs["last_hidden_state"], relative=0, absolute=1e-3)


def test_hubert_reads_the_older_weight_norm_names(shared: Path) -> None:
    pytest.importorskip("transformers")
    case = fixture(shared, "hubert_tiny")
    older = {
        name.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        ): tensor
        for name, tensor in case.weights().items()
    }
    frames = Hubert(older, case.notes["config"])(case.inputs["wav16k"])
    close(frames.transpose(1, 2), case.outputs["last_hidden_state"], relative=0, absolute=1e-3)


@pytest.mark.parametrize("name", names("eres2netv2_*", "eres2netv2_real"))
def test_speaker_embedding(shared: Path, name: str) -> None:
    pytest.importorskip("torchaudio")
    case = fixture(shared, name)
    samples = case.inputs["wav16k"][0]
    close(filter_banks(samples), case.outputs["fbank"][0], relative=0, absolute=1e-3)
    encoder = load_speaker_encoder(case.weights())
    embedding = encoder.embed(samples)
    expected = case.outputs["sv_emb"]
    close(embedding, expected, relative=1e-3, absolute=1e-3 * float(expected.abs().max()))
    assert similarity(embedding, expected) == pytest.approx(1.0, abs=1e-5)
    assert torch.isfinite(embedding).all()

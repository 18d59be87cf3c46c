"""The first layers of the recognizer's encoder: how they are taken out of the model, and what they give."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from tts_core import encoder
from tts_core.encoder import LAYERS, Encoder
from tts_core.recognizer import TOKEN_SECONDS


def text(value: str) -> bytes:
    return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"


def model(variables: dict[str, bytes], aliases: dict[str, str], version: int = encoder.FORMAT) -> bytes:
    """A model file: each variable a row of bytes."""
    rows = [
        text(name) + struct.pack("<BIBI", 1, len(data), 1, len(data)) + data
        for name, data in variables.items()
    ]
    others = [text(name) + text(of) for name, of in aliases.items()]
    head = struct.pack("<I", version) + text("WhisperSpec") + struct.pack("<I", 3)
    return b"".join([head, struct.pack("<I", len(rows)), *rows, struct.pack("<I", len(others)), *others])


def stored(folder: Path, data: bytes) -> Path:
    folder.mkdir()
    for file in encoder.FILES:
        (folder / file).write_bytes(file.encode())
    (folder / "model.bin").write_bytes(data)
    return folder


def test_the_shortened_model_is_the_whole_one_without_its_later_layers(tmp_path: Path) -> None:
    kept = {
        "encoder/conv1/weight": b"spectrum",
        **{f"encoder/layer_{number}/ffn/weight": bytes([number]) for number in range(LAYERS)},
        "encoder/layer_norm/gamma": b"norm",
        "decoder/layer_0/ffn/weight": b"a decoder must be there",
        "decoder/layer_norm/gamma": b"norm",
    }
    left_out = {
        f"encoder/layer_{LAYERS}/ffn/weight": b"words",
        "encoder/layer_10/ffn/weight": b"words",
        "decoder/layer_1/ffn/weight": b"words",
    }
    aliases = {"decoder/projection/weight": "decoder/layer_norm/gamma"}
    whole = stored(
        tmp_path / "whole", model({**kept, **left_out}, {**aliases, "x": "decoder/layer_1/ffn/weight"})
    )
    short = tmp_path / "short"
    short.mkdir()
    encoder._shortened(whole, short)
    assert (short / "model.bin").read_bytes() == model(kept, aliases)
    assert {file: (short / file).read_bytes() for file in encoder.FILES[1:]} == {
        file: file.encode() for file in encoder.FILES[1:]
    }


def test_a_model_of_another_format_is_not_guessed_at(tmp_path: Path) -> None:
    whole = stored(tmp_path / "whole", model({}, {}, version=encoder.FORMAT + 1))
    (tmp_path / "short").mkdir()
    with pytest.raises(ValueError, match="format"):
        encoder._shortened(whole, tmp_path / "short")


@pytest.mark.slow
def test_each_moment_of_a_sound_is_heard_and_nothing_beside_it(shared: Path) -> None:
    pytest.importorskip("faster_whisper", reason="the proof extra is not installed")
    import soundfile

    samples, rate = soundfile.read(shared / "corpus/voices/en_jfk.flac", dtype="float32", always_2d=True)
    samples = samples.mean(axis=1)
    ear = Encoder()
    heard = ear.features(samples, rate)
    assert heard.shape == (round(len(samples) / rate / TOKEN_SECONDS), 512) and np.isfinite(heard).all()
    assert np.array_equal(ear.features(samples, rate), heard)
    thrice = np.concatenate([samples] * 3)
    assert len(ear.features(thrice, rate)) == round(len(thrice) / rate / TOKEN_SECONDS), "in two parts"

"""Recordings are cut where the reference cuts them."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tts_core.gpt_sovits.training.recorded import names, recorded
from tts_core.gpt_sovits.training.slicer import Piece, Slicing, slice_recording
from tts_core.sound import Samples

PREPARED = names("data_prep*", "data_prep")


def signal(rate: int, seed: int, tag: str) -> Samples:
    """By the fixtures' recipe: noise and near silence by turns."""
    source = np.random.RandomState(zlib.crc32(f"{seed}:slice:{tag}".encode()))
    parts = []
    for _ in range(source.randint(6, 10)):
        loud = int(rate * (0.4 + 4 * source.rand()))
        quiet = int(rate * [0.05, 0.2, 0.35, 0.6, 1.2, 3.0][source.randint(0, 6)])
        parts += [source.standard_normal(loud) * 0.1, source.standard_normal(quiet) * 0.001]
    return np.concatenate(parts).astype(np.float32)


def rules(told: dict[str, Any]) -> Slicing:
    return Slicing(
        threshold=told["threshold"],
        min_length=told["min_length"],
        min_interval=told["min_interval"],
        hop=told["hop_size"],
        max_silence=told["max_sil_kept"],
    )


@pytest.mark.parametrize("name", PREPARED)
def test_parity_train_slicer(shared: Path, name: str) -> None:
    told = recorded(shared, name).notes["slicer"]
    for case in told["cases"]:
        sound = signal(told["sr"], told["seed"], case["signal"])
        assert len(sound) == case["n"]
        pieces = slice_recording(sound, told["sr"], rules(case["kwargs"]))
        made = [[piece.start, piece.end, len(sound[piece.start : piece.end])] for piece in pieces]
        assert made == case["pieces"]


@pytest.mark.parametrize("samples", [0, 1, 399, 400, 401, 32_000])
def test_a_recording_shorter_than_a_piece_is_one(samples: int) -> None:
    (piece,) = slice_recording(np.full(samples, 0.1, np.float32), 32_000)
    assert piece.start == 0
    assert samples <= piece.end < samples + 320


def test_silence_alone_makes_no_long_pieces() -> None:
    assert slice_recording(np.zeros(32_000 * 10, np.float32), 32_000) == []


def test_steady_speech_stays_whole() -> None:
    sound = np.full(32_000 * 30, 0.1, np.float32)
    assert slice_recording(sound, 32_000) == [Piece(0, 3001 * 320)]

"""Sounds the mastering tests are made of: real voices, speech-like noise, clicks; and takes that hold them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from scipy.signal import lfilter

from flows.mastering.stitch import ChapterSound, PlacedTake, stitch
from tts_core.sound import Samples

RATE = 24_000
VOICES = (
    "en_LJ001-0001.wav",
    "en_librispeech_26-495-0000.flac",
    "en_librispeech_87-121553-0000.flac",
    "zh_aishell3_SSB00050112.wav",
)


@dataclass(frozen=True)
class ArrayTake:
    """A take in memory."""

    sound: Samples

    @property
    def key(self) -> str:
        return hashlib.sha256(self.sound.tobytes()).hexdigest()

    @property
    def samples(self) -> int:
        return len(self.sound)

    def load(self) -> Samples:
        return self.sound


def voices(shared: Path, rate: int = RATE) -> list[Samples]:
    """Real readers, mono, at `rate`."""
    found = []
    for name in VOICES:
        sound, source_rate = soundfile.read(
            shared / "corpus" / "voices" / name, dtype="float32", always_2d=True
        )
        found.append(soxr.resample(sound[:, 0], source_rate, rate).astype(np.float32))
    return found


def babble(seconds: float, seed: int = 0, rate: int = RATE, level: float = 0.05) -> Samples:
    """Speech-like: harmonics of a gliding voice through two formants, in syllables, with pauses and noise of breath."""
    random = np.random.default_rng(seed)
    count = round(seconds * rate)
    if not count:
        return np.zeros(0, np.float32)
    time = np.arange(count) / rate
    pitch = 120 + 30 * np.sin(2 * np.pi * 0.4 * time + seed)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    voice = sum(np.sin(k * phase) / k for k in range(1, 25))
    for centre, width in ((600, 120), (1700, 200)):
        radius = np.exp(-np.pi * width / rate)
        angle = 2 * np.pi * centre / rate
        voice = lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], voice)
    syllables = np.clip(np.sin(2 * np.pi * 3.7 * time + seed), 0, 1) ** 0.7
    phrases = (np.sin(2 * np.pi * 0.21 * time + 1 + seed) > -0.7).astype(float)
    breath = random.standard_normal(count) * 1e-3
    sound = voice / np.sqrt(np.mean(voice**2)) * syllables * phrases
    speech: Samples = (level * sound + level * breath).astype(np.float32)
    return speech


def click(samples: int, at: int = 4_800, length: int = 2_400) -> Samples:
    """Silence with one tone burst whose beginning can be found to the sample."""
    sound = np.zeros(samples, np.float32)
    sound[at : at + length] = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(length) / RATE)
    return sound


def chapter(
    folder: Path, title: str, takes: Sequence[Samples], pause: float = 0.4, **options: Any
) -> ChapterSound:
    """Takes stitched into a chapter."""
    lines = [PlacedTake(ArrayTake(t), pause) for t in takes]
    return stitch(lines, title=title, folder=folder, sample_rate=RATE, **options)


def book(folder: Path, count: int = 3, seconds: float = 6.0, level: float = 0.05) -> list[ChapterSound]:
    """A book of speech-like chapters."""
    return [
        chapter(
            folder,
            f"Chapter {n + 1}",
            [babble(seconds / 2, 2 * n, level=level), babble(seconds / 2, 2 * n + 1, level=level)],
        )
        for n in range(count)
    ]

"""A voice is told from music, noise and machines, so that a dub follows dialogue and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from flows.mastering.dub.media import decode_aligned
from flows.mastering.dub.render import DUB_RATE
from flows.mastering.dub.voice import RATE, VoiceFinder, spoken
from tests.flows.mastering.dub.takes import voiced
from tts_core.sound import Samples

T = np.arange(6 * RATE) / RATE
NOISE = np.random.default_rng(0).standard_normal(len(T))


def overtones(phase: np.ndarray, count: int = 6) -> np.ndarray:
    return sum((np.sin(k * phase) / k for k in range(1, count)), np.zeros(len(phase)))


def plucked() -> np.ndarray:
    """Notes a quarter of a second apart, each with its decay."""
    notes = np.random.default_rng(1).choice([220, 247, 262, 294, 330, 392], 24)
    since = T % 0.25
    return overtones(2 * np.pi * np.repeat(notes, RATE // 4) * since) * np.exp(-6 * since)


WORDLESS: dict[str, Callable[[], np.ndarray]] = {
    "silence": lambda: np.zeros(len(T)),
    "noise": lambda: NOISE,
    "wind": lambda: sosfilt(butter(2, 600, fs=RATE, output="sos"), NOISE) * (0.5 + 0.4 * np.sin(4.4 * T)),
    "hum": lambda: overtones(2 * np.pi * 100 * T),
    "chord": lambda: sum((overtones(2 * np.pi * f * T) for f in (220, 277, 330)), np.zeros(len(T))),
    "melody": plucked,
    "drums": lambda: NOISE * np.exp(-20 * (T % 0.25)),
    "siren": lambda: overtones(2 * np.pi * 300 * T + 150 * np.sin(np.pi * T)),
    "birds": lambda: np.sin(2 * np.pi * (2500 * T + 3000 * (T % 0.4) ** 2)) * (T % 0.4 < 0.15),
}


@pytest.mark.parametrize("name", WORDLESS)
def test_what_is_no_voice_is_none(name: str) -> None:
    sound = WORDLESS[name]()
    assert spoken((sound * 0.1 / max(1e-9, float(np.abs(sound).max()))).astype(np.float32)) == []


def test_people_are_heard_in_both_languages_and_over_music(shared: Path) -> None:
    readers = [
        path for path in sorted((shared / "corpus/voices").iterdir()) if path.suffix in (".wav", ".flac")
    ]
    assert len(readers) > 10
    music, shares = plucked(), []
    for path in readers:
        sound = np.concatenate(list(decode_aligned(path, channels=1, rate=RATE)))[: len(T), 0]
        level = float(np.sqrt(np.mean(sound**2)))
        under = music[: len(sound)] * 0.18 * level / float(np.sqrt(np.mean(music**2)))  # 15 dB below
        for heard in (sound, sound * np.float32(0.1), (sound + under).astype(np.float32)):
            shares.append(sum(int(last - first) for first, last in spoken(heard)) / len(heard))
    assert min(shares) > 0.15 and float(np.median(shares)) > 0.75, "enough of each to tell its level"


def test_a_battle_is_no_dialogue(shared: Path) -> None:
    clip = shared / "corpus/video/tears-of-steel-battle-clip.webm"
    sound = np.concatenate(list(decode_aligned(clip, channels=1, rate=RATE)))[:, 0]
    assert sum(last - first for first, last in spoken(sound)) / len(sound) < 0.05


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_voices_are_looked_for_within_the_cues_only(shared: Path, channels: int) -> None:
    reader = shared / "corpus/voices/en_jfk.flac"
    voice = np.concatenate(list(decode_aligned(reader, channels=1)))[: 5 * DUB_RATE]
    sound = np.zeros((15 * DUB_RATE, channels), np.float32)
    middle = min(2, channels - 1)
    for at in (0, 9 * DUB_RATE):
        sound[at : at + len(voice), middle] = voice[:, 0]
    cues = [(5 * DUB_RATE, 8 * DUB_RATE), (9 * DUB_RATE, 14 * DUB_RATE)]
    found: list[list[tuple[int, int]]] = []
    for size in (4_800, 100_003):
        finder = VoiceFinder(cues, channels)
        for start in range(0, len(sound), size):
            finder.push(sound[start : start + size] if channels > 1 else sound[start : start + size, 0])
        found.append(finder.finish())
    assert found[0] == found[1], "however the sound is cut into blocks"
    assert found[0] and all(9 * DUB_RATE <= first < last <= 14 * DUB_RATE for first, last in found[0])


def test_a_sound_of_no_length_has_no_voice() -> None:
    nothing: Samples = np.zeros(0, np.float32)
    assert spoken(nothing) == [] and spoken(voiced(0.1)) == []
    assert VoiceFinder([], 2).finish() == []

"""Speech over a bed: ducked in time, in its own channels, at the profile's loudness."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter

from flows.mastering.dub.media import decode_aligned
from flows.mastering.dub.mix import (
    DUCK_ATTACK,
    DUCK_DB,
    DUCK_RELEASE,
    LEAST_OVER_BED,
    DuckGain,
    Measured,
    SpeechLevel,
    duck_spans,
    judge_loudness,
    loudness_within,
    measure_parts,
    mix_gains,
    mixed,
    over_bed,
    speech_level,
)
from flows.mastering.dub.profiles import DUB_PROFILES, dub_profile
from flows.mastering.dub.render import DUB_RATE
from flows.mastering.loudness import integrated, measure
from normalizers.errors import DuoyinError
from tts_core.sound import Samples

SECONDS = 30
LENGTH = SECONDS * DUB_RATE
SPOKEN = [(4 * DUB_RATE, 9 * DUB_RATE), (12 * DUB_RATE, 20 * DUB_RATE)]


def noise(level: float, channels: int, seed: int) -> Samples:
    """Low-passed noise with an RMS of `level`."""
    white = np.random.default_rng(seed).standard_normal((LENGTH, channels))
    low = lfilter([1.0], [1.0, -0.9], white, axis=0)
    x: Samples = (low * level / float(np.std(low))).astype(np.float32)
    return x[:, 0] if channels == 1 else x


def cut(x: Samples, size: int = 50_000) -> Iterator[Samples]:
    for start in range(0, len(x), size):
        yield x[start : start + size]


def speech() -> Samples:
    x = noise(0.08, 1, 1)
    keep = np.zeros(LENGTH, bool)
    for first, last in SPOKEN:
        keep[first:last] = True
    return np.where(keep, x, np.float32(0.0)).astype(np.float32)


def test_the_bed_is_down_before_the_first_word_and_back_after_the_last() -> None:
    gain = DuckGain([(2 * DUB_RATE, 3 * DUB_RATE)])
    curve = np.concatenate(
        [
            np.ones(DUB_RATE, np.float32) if (part := gain.over(s, s + DUB_RATE)) is None else part
            for s in range(0, 5 * DUB_RATE, DUB_RATE)
        ]
    )
    down = 10 ** (DUCK_DB / 20)
    assert np.all(np.abs(curve[2 * DUB_RATE : 3 * DUB_RATE] - down) < 1e-3)
    assert curve[round((2 - DUCK_ATTACK) * DUB_RATE) - 2] == pytest.approx(1.0, abs=1e-3)
    assert curve[round((3 + DUCK_RELEASE) * DUB_RATE) + 2] == pytest.approx(1.0, abs=1e-3)
    assert np.abs(np.diff(20 * np.log10(curve))).max() < 0.01, "no step is heard"


def test_short_pauses_stay_ducked() -> None:
    second = DUB_RATE
    assert duck_spans([(0, second), (2 * second, 3 * second), (9 * second, 10 * second)]) == [
        (0, 3 * second),
        (9 * second, 10 * second),
    ]


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("name", sorted(DUB_PROFILES))
def test_a_mix_meets_its_profile(channels: int, name: str) -> None:
    profile, voice, bed = dub_profile(name), speech(), noise(0.03, channels, 2).reshape(LENGTH, channels)
    ducked = duck_spans(SPOKEN)
    measured = measure_parts(
        measure(cut(voice), DUB_RATE), lambda: cut(bed, 33_333), channels, ducked, SPOKEN, LENGTH
    )
    gains = mix_gains(measured, profile, channels)
    out = np.concatenate(list(mixed(cut(voice), cut(bed, 33_333), channels, ducked, gains)))
    assert out.shape == (LENGTH, channels)
    levels = measure([out if channels > 1 else out[:, 0]], DUB_RATE, channels)
    verdict = judge_loudness(levels, SPOKEN, measured, profile)
    assert verdict.passed, verdict


def test_the_bed_keeps_its_channels_and_the_speech_stands_in_the_centre() -> None:
    voice, bed = speech(), np.zeros((LENGTH, 6), np.float32)
    bed[:, 4] = noise(0.02, 1, 3)
    measured = measure_parts(measure(cut(voice), DUB_RATE), lambda: cut(bed), 6, [], SPOKEN, LENGTH)
    out = np.concatenate(
        list(mixed(cut(voice), cut(bed), 6, [], mix_gains(measured, dub_profile("match-source"), 6)))
    )
    quiet = slice(22 * DUB_RATE, 28 * DUB_RATE)
    np.testing.assert_allclose(out[quiet, 4], bed[quiet, 4], atol=1e-6)
    assert float(np.abs(out[:, [0, 1, 3, 5]]).max()) == 0.0
    assert float(np.abs(out[:, 2]).max()) > 0.02


def test_speech_alone_needs_no_bed() -> None:
    voice = speech()
    profile = dub_profile("podcast")
    measured = measure_parts(measure(cut(voice), DUB_RATE), None, 1, [], SPOKEN, LENGTH)
    out = np.concatenate(list(mixed(cut(voice), None, 1, [], mix_gains(measured, profile, 1))))[:, 0]
    assert judge_loudness(measure([out], DUB_RATE), SPOKEN, measured, profile).passed
    assert float(np.abs(out[: 3 * DUB_RATE]).max()) == 0.0


def talk(shared: Path, lufs: float) -> Samples:
    """Somebody talking throughout, at a loudness."""
    reader = shared / "corpus/voices/en_jfk.flac"
    voice = np.concatenate(list(decode_aligned(reader, channels=1)))[:, 0]
    sound: Samples = np.tile(voice, 1 + LENGTH // len(voice))[:LENGTH]
    return sound * np.float32(10 ** ((lufs - integrated([measure([sound], DUB_RATE)])) / 20))


def matched(bed: Samples, original: Samples | None = None) -> tuple[Measured, SpeechLevel]:
    profile, ducked = dub_profile("match-source"), duck_spans(SPOKEN)
    voice = measure(cut(speech()), DUB_RATE)
    whole = None if original is None else (lambda: cut(original), 1)
    measured = measure_parts(voice, lambda: cut(bed), 1, ducked, SPOKEN, LENGTH, whole)
    return measured, speech_level(measured, profile)


@pytest.mark.parametrize(
    ("original", "wanted", "said"),
    [(-23, -23, ""), (-27, -27, ""), (-39, -31, "quiet"), (-50, -31, "quiet"), (-10, -16, "loud")],
)
def test_speech_is_as_loud_as_the_originals_dialogue_within_bounds(
    shared: Path, original: float, wanted: float, said: str
) -> None:
    _, level = matched(talk(shared, original))
    assert level.lufs == pytest.approx(wanted, abs=0.6)
    assert (said in " ".join(level.notes)) and bool(level.notes) == bool(said)


@pytest.mark.parametrize(("rms", "wanted"), [(0.0, -23.0), (0.001, -23.0), (0.03, -23.0), (0.4, -16.0)])
def test_a_wordless_original_gives_no_level(rms: float, wanted: float) -> None:
    measured, level = matched(noise(rms, 1, 7))
    assert level.lufs == pytest.approx(wanted, abs=1.5)
    assert "nobody speaks" in level.notes[0] and "ebu-r128" in level.notes[0]
    assert over_bed(measured, mix_gains(measured, dub_profile("match-source"), 1)) > LEAST_OVER_BED


def test_dialogue_outside_the_cues_does_not_count(shared: Path) -> None:
    original = talk(shared, -23)
    for first, last in SPOKEN:
        original[first:last] = noise(0.002, 1, 9)[first:last]
    assert matched(original)[1].lufs == -23.0 and matched(original)[1].notes


def test_where_the_voices_are_taken_out_the_original_gives_the_level(shared: Path) -> None:
    original = talk(shared, -20)
    level = matched(noise(0.001, 1, 3), original)[1]
    assert level.lufs == pytest.approx(-20, abs=0.6) and not level.notes


def test_silence_has_no_loudness_to_miss() -> None:
    quiet = np.zeros(LENGTH, np.float32)
    measured = measure_parts(measure(cut(quiet), DUB_RATE), None, 1, [], [], LENGTH)
    gains = mix_gains(measured, dub_profile("ebu-r128"), 1)
    assert gains.speech_db == 0.0
    assert judge_loudness(measure([quiet], DUB_RATE), [], measured, dub_profile("ebu-r128")).passed


def test_the_dialogue_gate_hears_the_spoken_parts_only() -> None:
    x = noise(0.02, 1, 5)
    for first, last in SPOKEN:
        x[first:last] *= 10
    levels = measure([x], DUB_RATE)
    inside = measure([np.concatenate([x[a:b] for a, b in SPOKEN])], DUB_RATE)
    assert loudness_within(levels, SPOKEN) == pytest.approx(integrated([inside]), abs=0.3)


def test_an_unknown_profile_lists_those_there_are() -> None:
    with pytest.raises(DuoyinError, match="netflix-dialogue"):
        dub_profile("loud")

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.mastering.limiter import BLOCK, LOOK_AHEAD, limited
from flows.mastering.loudness import measure
from tests.flows.mastering.sounds import RATE, babble, voices
from tts_core.sound import Samples, amplitude, decibels


def run(
    sound: Samples, gain: float, ceiling: float, cuts: list[int] | None = None, rate: int = RATE
) -> Samples:
    pieces = np.split(sound, sorted(cuts or []))
    return np.concatenate(list(limited(pieces, rate, gain, ceiling)))


def peak_of(sound: Samples, rate: int = RATE) -> float:
    return decibels(measure([sound], rate, 1 if sound.ndim == 1 else sound.shape[1]).true_peak)


sounds = st.builds(
    lambda seed, bursts, count: _spiky(seed, bursts, count),
    st.integers(0, 10_000),
    st.integers(0, 12),
    st.integers(1, 3 * BLOCK),
)


def _spiky(seed: int, bursts: int, count: int) -> Samples:
    """Anything that can go wrong: quiet noise, single samples, bursts near Nyquist, edges, all up to +12 dBFS."""
    random = np.random.default_rng(seed)
    sound: Samples = (random.standard_normal(count) * random.choice([0.0, 0.01, 0.2])).astype(np.float32)
    for _ in range(bursts):
        at, length = random.integers(0, count), int(random.integers(1, 400))
        hertz = random.uniform(50, 11_500)
        burst = random.uniform(0.3, 4) * np.sin(
            2 * np.pi * hertz * np.arange(length) / RATE + random.uniform(0, 6)
        )
        sound[at : at + length] += burst[: count - at].astype(np.float32)
    return np.clip(sound, -4, 4)


@settings(max_examples=60, deadline=None)
@given(sound=sounds, gain_db=st.floats(-12, 12), ceiling=st.floats(-12, -0.5))
def test_no_true_peak_above_the_ceiling(sound: Samples, gain_db: float, ceiling: float) -> None:
    out = run(sound, amplitude(gain_db), ceiling)
    assert len(out) == len(sound)
    assert out.dtype == np.float32
    assert peak_of(out) <= ceiling + 0.1


@settings(max_examples=30, deadline=None)
@given(sound=sounds, cuts=st.lists(st.integers(0, 3 * BLOCK), max_size=8))
def test_the_sound_does_not_depend_on_how_it_is_cut(sound: Samples, cuts: list[int]) -> None:
    whole = run(sound, 1.7, -3.0)
    assert np.array_equal(run(sound, 1.7, -3.0, [c for c in cuts if c < len(sound)]), whole)


def test_below_the_ceiling_samples_pass_bit_exact(shared: Path) -> None:
    for voice in voices(shared):
        gain = np.float32(0.5)
        assert np.array_equal(run(voice, float(gain), -3.0), voice * gain)


def test_one_peak_changes_only_its_neighbourhood() -> None:
    sound = babble(4.0)
    at = 2 * RATE
    sound[at] = 1.5
    out = run(sound, 1.0, -6.0)
    changed = np.flatnonzero(out != sound)
    assert at in changed
    assert changed[0] >= at - round(LOOK_AHEAD * RATE) - 16
    assert changed[-1] <= at + RATE  # released to nothing within a second


def test_gain_falls_before_the_peak_and_has_no_step() -> None:
    sound = np.full(RATE, 0.25, np.float32)
    sound[RATE // 2] = 1.0
    gain = run(sound, 1.0, -6.0) / sound
    assert gain[RATE // 2] <= amplitude(-6.0)
    assert np.abs(np.diff(gain)).max() < 0.03
    assert np.abs(np.diff(gain, 2)).max() < 0.005


def test_channels_are_turned_down_together() -> None:
    left, right = babble(2.0, 1, level=0.3), babble(2.0, 2, level=0.03)
    sound = np.stack([left, right], axis=1)
    out = run(sound, 1.5, -6.0)
    assert peak_of(out) <= -5.9
    heard = np.abs(sound).min(axis=1) > 1e-3
    ratio = out[heard] / sound[heard]
    np.testing.assert_allclose(ratio[:, 0], ratio[:, 1], rtol=1e-5)


def test_real_voices_stay_under_the_ceiling_at_any_rate(shared: Path) -> None:
    for rate in (16_000, 44_100, 48_000):
        for voice in voices(shared, rate):
            assert peak_of(run(voice, 4.0, -3.8, rate=rate), rate) <= -3.7


@pytest.mark.parametrize("count", [0, 1, 5, BLOCK - 1, BLOCK, BLOCK + 1])
def test_any_length_comes_out_whole(count: int) -> None:
    sound = np.full(count, 0.9, np.float32)
    pieces = list(limited([sound], RATE, 1.0, -6.0))
    assert sum(map(len, pieces)) == count

from __future__ import annotations

import math
import re
import subprocess
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.mastering import ffmpeg
from flows.mastering.loudness import (
    Levels,
    integrated,
    k_weighting,
    loudness_range,
    measure,
    noise_floor,
    pause_level,
    rms,
    true_peak,
)
from tests.flows.mastering.sounds import RATE, babble, voices
from tts_core.sound import Samples


def tone(
    level: float, seconds: float, rate: int = 48_000, hertz: float = 1000.0, channels: int = 2
) -> Samples:
    """A sine whose peak is `level` dBFS, in every channel."""
    wave = 10 ** (level / 20) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


def levels(sound: Samples, rate: int, block: int = 10_000) -> Levels:
    channels = 1 if sound.ndim == 1 else sound.shape[1]
    return measure((sound[i : i + block] for i in range(0, len(sound), block)), rate, channels)


def ebur128(path: Path) -> dict[str, float]:
    """What ffmpeg's ebur128 filter says: I, LRA, true peak."""
    done = subprocess.run(
        [
            ffmpeg.find(),
            "-nostdin",
            "-i",
            str(path),
            "-af",
            "ebur128=peak=true:framelog=quiet",
            "-f",
            "null",
            "-",
        ],
        capture_output=True,
        check=True,
    )
    text = done.stderr.decode()
    summary = text[text.rindex("Summary:") :]
    return {
        name: float(re.search(rf"{name}:\s+(-?[\d.]+|-inf)", summary)[1])  # type: ignore[index]
        for name in ("I", "LRA", "Peak")
    }


def test_k_weighting_at_48_khz_is_the_table_of_bs_1770() -> None:
    shelf, high_pass = k_weighting(48_000)
    # ITU-R BS.1770-4 tables 1 and 2
    assert shelf == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        abs=1e-6,
    )
    assert high_pass == pytest.approx([1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621], abs=1e-6)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [  # EBU Tech 3341 table 1, cases 1 to 5: (dBFS, seconds) of a stereo 1 kHz tone → LUFS, +/- 0.1
        ([(-23, 20)], -23.0),
        ([(-33, 20)], -33.0),
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
    ],
)
def test_ebu_tech_3341_integrated_loudness(parts: list[tuple[float, float]], expected: float) -> None:
    sound = np.concatenate([tone(*part) for part in parts])
    assert integrated([levels(sound, 48_000)]) == pytest.approx(expected, abs=0.1)


def test_ebu_tech_3341_five_channels_weigh_the_surrounds_and_leave_out_the_lfe() -> None:
    # Case 6: L R -28, C -24, Ls Rs -30 dBFS → -23 LUFS; a loud LFE must change nothing.
    columns = [tone(db, 20, channels=1)[:, 0] for db in (-28, -28, -24, -6, -30, -30)]
    assert integrated([levels(np.stack(columns, axis=1), 48_000)]) == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [  # EBU Tech 3342 table 1, cases 1 to 4: 20 s each of a stereo tone → LU, +/- 1
        ((-20, -30), 10.0),
        ((-20, -15), 5.0),
        ((-40, -20), 20.0),
        ((-50, -35, -20, -35, -50), 15.0),
    ],
)
def test_ebu_tech_3342_loudness_range(steps: tuple[float, ...], expected: float) -> None:
    sound = np.concatenate([tone(level, 20) for level in steps])
    assert loudness_range([levels(sound, 48_000)]) == pytest.approx(expected, abs=0.5)


@pytest.mark.parametrize("rate", [16_000, 24_000, 32_000, 44_100, 48_000])
@pytest.mark.parametrize(("divisor", "phase"), [(4, 0.0), (4, 45.0), (6, 60.0), (8, 67.5)])
def test_ebu_tech_3341_true_peak_between_samples(rate: int, divisor: int, phase: float) -> None:
    # Cases 15 to 18: tones of fs/4, fs/6, fs/8 at 0.5 FFS whose samples miss the crest; tolerance +0.2 / -0.4 dB.
    time = np.arange(rate)
    sound = (0.5 * np.sin(2 * np.pi * time / divisor + math.radians(phase))).astype(np.float32)
    fade = np.minimum(1, np.minimum(time, time[::-1]) / 2000).astype(np.float32)
    assert -6.02 - 0.2 <= true_peak([levels(sound * fade, rate)]) <= -6.02 + 0.1


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 44_100, 48_000])
def test_real_voices_measure_as_in_pyloudnorm_and_ffmpeg(shared: Path, tmp_path: Path, rate: int) -> None:
    for index, voice in enumerate(voices(shared, rate)):
        ours = levels(voice, rate)
        theirs = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(voice.astype(np.float64))
        assert integrated([ours]) == pytest.approx(theirs, abs=0.1), index  # it counts a last, cut block
        path = tmp_path / "voice.wav"
        soundfile.write(path, voice, rate, subtype="FLOAT")
        peer = ebur128(path)
        assert integrated([ours]) == pytest.approx(peer["I"], abs=0.1), index
        assert loudness_range([ours]) == pytest.approx(peer["LRA"], abs=0.3), index
        assert true_peak([ours]) == pytest.approx(peer["Peak"], abs=0.15), index


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(1, 47_999), max_size=6), channels=st.sampled_from([1, 2]))
def test_the_measure_does_not_depend_on_how_sound_is_cut(cuts: list[int], channels: int) -> None:
    mono = babble(2.0, seed=3)
    sound = mono if channels == 1 else np.stack([mono, mono[::-1]], axis=1)
    whole = measure([sound], RATE, channels)
    pieces = measure(np.split(sound, sorted(cuts)), RATE, channels)
    assert pieces.samples == whole.samples
    for name in ("weighted", "plain", "peaks"):
        np.testing.assert_allclose(getattr(pieces, name), getattr(whole, name), rtol=1e-9, atol=1e-15)
    assert pieces.true_peak == pytest.approx(whole.true_peak, rel=1e-5)


def test_chapters_measured_apart_give_the_loudness_of_the_book() -> None:
    first, second = babble(20.0, 1, level=0.1), babble(30.0, 2, level=0.03)
    apart = [levels(first, RATE), levels(second, RATE)]
    together = levels(np.concatenate([first, second]), RATE)
    assert integrated(apart) == pytest.approx(integrated([together]), abs=0.05)
    assert rms(apart) == pytest.approx(rms([together]), abs=1e-6)
    assert integrated(apart) == integrated(apart[::-1])


def test_amplified_levels_are_those_of_the_amplified_sound() -> None:
    sound = babble(5.0)
    scaled, direct = levels(sound, RATE).amplified(0.25), levels(sound * np.float32(0.25), RATE)
    assert integrated([scaled]) == pytest.approx(integrated([direct]), abs=1e-4)
    assert scaled.true_peak == pytest.approx(direct.true_peak, rel=1e-4)


def test_noise_floor_reads_the_quietest_half_second() -> None:
    random = np.random.default_rng(0)
    room = (10 ** (-55 / 20) * random.standard_normal(RATE)).astype(np.float32)
    part = levels(np.concatenate([babble(3.0) + 0.05, room, babble(3.0) + 0.05]), RATE)
    assert noise_floor(part) == pytest.approx(-55, abs=0.5)


def test_digital_silence_has_no_noise_floor_but_does_not_hide_a_hissing_voice() -> None:
    random = np.random.default_rng(0)
    take = babble(4.0) + (10 ** (-45 / 20) * random.standard_normal(4 * RATE)).astype(np.float32)
    part = levels(np.concatenate([take, np.zeros(RATE, np.float32), take]), RATE)
    assert noise_floor(part) == -math.inf
    assert pause_level([part]) == pytest.approx(-45, abs=1.0)


def test_silence_and_nothing_at_all_measure_as_minus_infinity() -> None:
    for sound in (np.zeros(RATE, np.float32), np.zeros(0, np.float32)):
        part = levels(sound, RATE)
        assert integrated([part]) == rms([part]) == true_peak([part]) == noise_floor(part) == -math.inf
        assert loudness_range([part]) == 0.0

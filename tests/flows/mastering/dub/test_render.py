"""The timeline is exact to the sample, keeps every word, and needs little memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.mastering.dub.plan import PlacedLine
from flows.mastering.dub.render import DUB_RATE, Clip, clips, make_clip, timeline, with_room_tone
from flows.mastering.dub.speech import speech_bounds, speech_seconds, stretched
from normalizers.errors import DuoyinError
from tests.flows.mastering.dub.takes import HEAD, RATE, voiced
from tts_core.sound import Samples


def planned(start: float, end: float, *, stretch: float = 1.0, name: str = "a") -> PlacedLine:
    return PlacedLine(name, 1, "a", start, end, stretch, stretch, 0.0, "dialogue")


def test_speech_is_found_within_a_take() -> None:
    take = voiced(1.3)
    bounds = speech_bounds(take, RATE)
    assert bounds.first / RATE == pytest.approx(HEAD, abs=0.006)
    assert speech_seconds(take, RATE) == pytest.approx(1.3, abs=0.011)
    assert speech_bounds(np.zeros(100, np.float32), RATE).samples == 100


@pytest.mark.parametrize("tempo", [0.92, 1.03, 1.15, 1.30])
def test_a_stretch_has_the_asked_length_and_keeps_the_pitch(tempo: float) -> None:
    take = voiced(1.5)
    out = stretched(take, RATE, tempo)
    assert len(out) == round(len(take) / tempo)

    def pitch(x: Samples) -> float:
        spectrum = np.abs(np.fft.rfft(x[len(x) // 4 : 3 * len(x) // 4], 1 << 17))
        low, high = (round(f * (1 << 17) / RATE) for f in (100, 160))
        return float((low + int(np.argmax(spectrum[low:high]))) * RATE / (1 << 17))

    assert pitch(out) == pytest.approx(pitch(take), rel=0.01)


@pytest.mark.parametrize("tempo", [1.0, 0.95, 1.12])
def test_words_begin_and_end_where_the_plan_says(tempo: float) -> None:
    take = voiced(1.2)
    length = speech_seconds(take, RATE) / tempo
    clip = make_clip(planned(2.345, 2.345 + length, stretch=tempo), take, RATE)
    assert clip.onset == round(2.345 * DUB_RATE)
    assert clip.offset / DUB_RATE == pytest.approx(2.345 + length, abs=0.002)
    heard = speech_bounds(clip.samples, DUB_RATE)
    assert (clip.first + heard.first) / DUB_RATE == pytest.approx(2.345, abs=0.012)
    assert (clip.first + heard.last) / DUB_RATE == pytest.approx(2.345 + length, abs=0.035)


def test_no_sound_of_a_take_is_lost() -> None:
    take = voiced(0.8)
    clip = make_clip(planned(1.0, 1.0 + speech_seconds(take, RATE)), take, RATE)
    kept = float(np.sum(np.square(clip.samples, dtype=np.float64))) / DUB_RATE
    assert kept == pytest.approx(float(np.sum(np.square(take, dtype=np.float64))) / RATE, rel=0.01)


def test_a_line_at_the_very_start_loses_quiet_only() -> None:
    clip = make_clip(planned(0.0, 1.0), voiced(1.0), RATE)
    assert clip.first == 0 and clip.onset == 0
    assert speech_bounds(clip.samples, DUB_RATE).first <= 0.006 * DUB_RATE


def test_edges_are_faded() -> None:
    clip = make_clip(planned(1.0, 2.0), np.ones(RATE, np.float32) * 0.5, RATE)
    assert abs(clip.samples[0]) < 0.01 and abs(clip.samples[-1]) < 0.01


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 9000),
    st.lists(st.tuples(st.integers(0, 8000), st.integers(1, 900)), max_size=12),
    st.sampled_from([700, 1024, 5000]),
)
def test_the_stem_has_the_programmes_length_and_the_sum_of_its_clips(
    length: int, placed: list[tuple[int, int]], block: int
) -> None:
    source = [
        Clip(f"{k}", first, first, first + count, np.full(count, 0.01, np.float32), 1.0)
        for k, (first, count) in enumerate(sorted(placed))
        if first + count <= length
    ]
    out = np.concatenate(list(timeline(source, length, block=block)))
    expected = np.zeros(length, np.float32)
    for clip in source:
        expected[clip.first : clip.end] += clip.samples
    assert len(out) == length
    np.testing.assert_allclose(out, expected, atol=1e-6)


def test_words_past_the_programme_are_refused_not_cut() -> None:
    clip = Clip("late", 900, 900, 1100, np.ones(200, np.float32), 1.0)
    with pytest.raises(DuoyinError, match="100 samples after the programme"):
        list(timeline([clip], 1000))


def test_clips_come_in_order_and_without_unplaced_lines() -> None:
    lines = [planned(5.0, 6.0, name="b"), planned(1.0, 2.0, name="a")]
    silent = PlacedLine("c", 3, "a", 3.0, 3.0, 1.0, 1.0, 0.0, "dialogue", placed=False)
    asked: list[str] = []

    def sound(name: str) -> tuple[Samples, int]:
        asked.append(name)
        return voiced(1.0), RATE

    assert [clip.id for clip in clips([*lines, silent], sound)] == ["a", "b"] == asked


def test_a_take_without_sound_is_an_error_of_its_cue() -> None:
    with pytest.raises(DuoyinError, match="cue 1"):
        make_clip(planned(1, 2), np.full(10, np.nan, np.float32), RATE)


def test_room_tone_has_its_level_and_is_the_same_every_time() -> None:
    def blocks() -> list[Samples]:
        return [np.zeros(30_000, np.float32), np.zeros(7_001, np.float32)]

    one, two = (np.concatenate(list(with_room_tone(blocks(), -60.0))) for _ in range(2))
    assert np.array_equal(one, two)
    assert 20 * np.log10(np.sqrt(np.mean(one**2))) == pytest.approx(-60.0, abs=0.3)

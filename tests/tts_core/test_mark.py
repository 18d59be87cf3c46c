"""The inaudible mark: found where it was put, nowhere else, and no louder than promised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from normalizers import DuoyinError
from tests.engines import embedded
from tts_core.engine import Take, read_and_speak, utterance_of
from tts_core.kokoro.engine import KokoroEngine
from tts_core.mark import (
    FOUND,
    MODEL,
    STRETCH_SECONDS,
    WINDOW_SECONDS,
    Marked,
    Marker,
    marked,
    marker,
    stretches,
)
from tts_core.models import ModelStore, ModelUnavailable
from tts_core.sound import Samples, resampled

TEXT = (
    "The keeper climbed the stairs with a lamp in his hand, and counted them as he had done for forty years."
)


@pytest.fixture(scope="module")
def take() -> Take:
    (spoken,) = read_and_speak(embedded(), [utterance_of(TEXT, "en", "af_heart")])
    return spoken


def level(sound: Samples) -> float:
    return float(10 * np.log10(np.mean(sound.astype(np.float64) ** 2)))


def test_speech_is_found_marked_and_unmarked_speech_is_not(perth: Marker, take: Take) -> None:
    there = perth.confidence(perth.mark(take.samples, take.sample_rate), take.sample_rate)
    not_there = perth.confidence(take.samples, take.sample_rate)
    assert there is not None and there > 0.95
    assert not_there is not None and not_there < FOUND / 2


@pytest.mark.parametrize("rate", [16_000, 22_050, 32_000, 48_000])
def test_at_any_sample_rate_the_change_is_small_and_below_two_kilohertz(
    perth: Marker, take: Take, rate: int
) -> None:
    sound = resampled(take.samples, take.sample_rate, rate)
    changed = perth.mark(sound, rate)
    change = changed - sound
    assert changed.shape == sound.shape and changed.dtype == np.float32
    assert level(change) < level(sound) - 14.9, "dB below the speech"
    spectrum = np.abs(np.fft.rfft(change)) ** 2
    at = np.fft.rfftfreq(len(change), 1 / rate)
    assert spectrum[at > 2_200].sum() < 1e-3 * spectrum.sum()
    assert (perth.confidence(changed, rate) or 0.0) > FOUND


def test_silence_stays_silent_and_too_little_sound_is_not_judged(perth: Marker, take: Take) -> None:
    silence = np.zeros(24_000, np.float32)
    assert not perth.mark(silence, 24_000).any()
    assert perth.confidence(silence, 24_000) is None
    assert perth.confidence(take.samples[:12_000], take.sample_rate) is None
    assert len(perth.mark(silence[:0], 24_000)) == 0


def test_a_marked_line_is_found_in_a_long_file(perth: Marker, take: Take) -> None:
    """As in a book in which a cloned voice speaks now and then."""
    rate, plain = take.sample_rate, np.concatenate([take.samples] * 4)
    sound = np.concatenate([plain, perth.mark(plain, rate), plain])
    blocks = np.array_split(sound, 100)  # of whatever length
    (found,) = stretches(perth.listen(iter(blocks), rate))
    seconds = len(plain) / rate
    assert found[0] == pytest.approx(seconds, abs=2.5) and found[1] == pytest.approx(2 * seconds, abs=2.5)


def test_a_long_file_is_judged_from_its_begin_to_its_end(perth: Marker, take: Take) -> None:
    rate, plain = take.sample_rate, np.concatenate([take.samples] * 12)
    heard = list(perth.listen(np.array_split(plain, 60), rate))
    seconds = len(plain) / rate
    assert seconds > STRETCH_SECONDS and heard[0].start == 0.0
    assert heard[-1].end == pytest.approx(seconds, abs=0.02)
    steps = np.diff([each.start for each in heard])
    assert steps == pytest.approx([WINDOW_SECONDS / 2] * len(steps)), "no stretch is left out or judged twice"
    assert stretches(heard) == []


def test_stretches_that_touch_are_told_as_one() -> None:
    heard = [
        Marked(0, 10, 0.9),
        Marked(5, 15, 0.8),
        Marked(10, 20, 0.1),
        Marked(15, 25, None),
        Marked(20, 30, 0.7),
    ]
    assert stretches(heard) == [(0, 15), (20, 30)]


def test_the_embedded_engine_marks_on_request_and_its_takes_are_others(perth: Marker) -> None:
    asked = KokoroEngine(mark=True)
    assert asked.fingerprint() != embedded().fingerprint()
    (spoken,) = read_and_speak(asked, [utterance_of(TEXT, "en", "af_heart")])
    assert spoken.evidence["mark"].startswith(MODEL)
    assert (perth.confidence(spoken.samples, spoken.sample_rate) or 0.0) > FOUND


def test_without_the_extra_a_mark_that_was_asked_for_is_refused(
    take: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> Path:
        raise ModelUnavailable("the model could not be had")

    monkeypatch.setattr(ModelStore, "ensure", gone)
    monkeypatch.setattr("tts_core.mark.find_spec", lambda name: None)
    assert marker(None, ModelStore(tmp_path)) is None and marker(False) is None
    assert not list(tmp_path.iterdir()), "a store that may be read-only is not touched"
    assert marked(take, None) is take
    with pytest.raises(DuoyinError, match="needs the extra `mark`"):
        marker(True, ModelStore(tmp_path))


@pytest.mark.parametrize("block", [500, 4_000, 24_000])
def test_a_stream_is_marked_like_its_take(perth: Marker, take: Take, block: int) -> None:
    """In blocks of 20 ms to a second: found as surely, nowhere louder, and nothing jumps where blocks meet."""
    sound, rate = take.samples, take.sample_rate
    blocks = [sound[at : at + block] for at in range(0, len(sound), block)]
    heard = np.concatenate(list(perth.mark_stream(blocks, rate)))
    assert heard.shape == sound.shape and heard.dtype == np.float32
    there = perth.confidence(heard, rate)
    assert there is not None and there > 0.95
    change, whole = heard - sound, perth.mark(sound, rate) - sound
    assert level(change) < level(sound) - 14.5
    assert level(change - whole) < level(whole) - 3, "mostly the very same change"
    assert np.abs(np.diff(change)).max() <= 1.5 * np.abs(np.diff(whole)).max()


def test_a_stream_is_given_out_before_it_ends_and_may_be_short_or_silent(perth: Marker) -> None:
    second = np.zeros(24_000, np.float32)
    first = next(perth.mark_stream(iter([second, second]), 24_000))
    assert len(first) == 18_000 and not first.any()
    assert [len(block) for block in perth.mark_stream([second[:10]], 24_000)] == [10]
    assert not list(perth.mark_stream([], 24_000))

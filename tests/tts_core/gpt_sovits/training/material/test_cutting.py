"""Passages and clips end where sentences end and the voice rests."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts_core.gpt_sovits.training.material.cutting import (
    EDGE,
    LONGEST,
    LONGEST_PASSAGE,
    SHORTEST,
    Cut,
    Said,
    cuts,
    passages,
)
from tts_core.sound import Samples

RATE = 32_000


def spoken(words: list[tuple[str, float, float]]) -> tuple[Samples, list[Said], float]:
    """Noise for each (word, seconds of it, seconds of rest after it), and where the words are."""
    source = np.random.default_rng(0)
    parts, placed, at = [np.zeros(int(0.5 * RATE), np.float32)], list[Said](), 0.5
    for text, seconds, rest in words:
        parts.append((0.2 * source.standard_normal(int(seconds * RATE))).astype(np.float32))
        parts.append(np.zeros(int(rest * RATE), np.float32))
        placed.append(Said(at, at + seconds, f"{text} ", text))
        at += seconds + rest
    return np.concatenate(parts), placed, at


def made(words: list[tuple[str, float, float]]) -> list[Cut]:
    samples, placed, seconds = spoken(words)
    return cuts(samples, placed, (0.0, seconds))


def sentence(count: int, rest: float = 0.5) -> list[tuple[str, float, float]]:
    return [("word", 0.4, 0.05)] * (count - 1) + [("end.", 0.4, rest)]


def text_of(cut: Cut) -> str:
    return "".join(word.text for word in cut.words).strip()


def test_sentences_are_parted_where_they_end() -> None:
    found = made(sentence(14) + sentence(16) + sentence(15))
    assert [len(cut.words) for cut in found] == [14, 16, 15]
    assert all(cut.whole and not cut.why_not and SHORTEST <= cut.seconds <= LONGEST for cut in found)


def test_short_sentences_are_joined() -> None:
    found = made(sentence(3) + sentence(4) + sentence(8))
    assert not any(cut.why_not for cut in found)
    assert sum(len(cut.words) for cut in found) == 15
    assert all(cut.words[-1].ends_sentence for cut in found)


def test_a_long_sentence_is_cut_at_its_pause_and_says_so() -> None:
    found = made([("word", 0.4, 0.05)] * 15 + [("pause,", 0.4, 0.4)] + sentence(16))
    assert [len(cut.words) for cut in found] == [16, 16]
    assert not any(cut.whole for cut in found)


def test_no_cut_is_made_where_there_is_no_pause() -> None:
    (only,) = made(sentence(40))
    assert "s without a pause to cut at; at most 12 s can be used" in only.why_not


def test_what_is_too_short_says_so() -> None:
    (only,) = made(sentence(3))
    assert only.why_not == f"{only.seconds:.1f} s; at least 3 s are needed"


def test_a_little_silence_is_kept_at_both_ends_and_no_more() -> None:
    first, second = made(sentence(14, rest=2.0) + sentence(14, rest=2.0))
    assert first.start == pytest.approx(0.5 - EDGE, abs=0.05)
    assert first.end == pytest.approx(first.words[-1].end + EDGE, abs=0.05)
    assert second.start == pytest.approx(second.words[0].start - EDGE, abs=0.05)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(2, 20), min_size=1, max_size=5), st.floats(0.15, 1.0))
def test_every_word_is_in_one_clip_and_clips_do_not_overlap(counts: list[int], rest: float) -> None:
    found = made([word for count in counts for word in sentence(count, rest)])
    assert sum(len(cut.words) for cut in found) == sum(counts)
    assert all(one.end <= other.start + 1e-6 for one, other in itertools.pairwise(found))
    assert all(cut.why_not or cut.seconds <= LONGEST + 2 * EDGE for cut in found)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0.3, 30), st.floats(0.2, 5)), min_size=1, max_size=12))
def test_passages_hold_all_speech_and_are_short_enough_to_hear(stretches: list[tuple[float, float]]) -> None:
    speech, at = list[tuple[float, float]](), 1.0
    for seconds, rest in stretches:
        speech.append((at, at + seconds))
        at += seconds + rest
    found = passages(speech, at + 1)
    assert all(end - start <= LONGEST_PASSAGE + 2 * EDGE + 1e-6 for start, end in found)
    for start, end in speech:
        middle = (start + end) / 2
        assert any(first <= middle <= last for first, last in found)

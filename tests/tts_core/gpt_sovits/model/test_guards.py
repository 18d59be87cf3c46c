"""Guards: each known failure of sampled speech is told from good lines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts_core.gpt_sovits.model.guards import Expectation, severity, sound_flags, token_flags
from tts_core.gpt_sovits.model.tokens import Stop, TokenLine
from tts_core.sound import Samples

CHANCE = np.random.default_rng(0)
GOOD = CHANCE.integers(0, 1024, 75).tolist()  # 3 s
PROMPT = CHANCE.integers(0, 1024, 100).tolist()
THREE_SECONDS = Expectation(phonemes=30, seconds=3.0)


def flags_of(tokens: list[int], expected: Expectation = THREE_SECONDS, stop: Stop = "end") -> list[str]:
    return list(token_flags(TokenLine(tokens, stop), PROMPT, expected))


def test_a_good_line_has_no_flags() -> None:
    assert flags_of(GOOD) == []
    assert severity([]) == 0


@pytest.mark.parametrize(
    ("tokens", "expected", "flag"),
    [
        ([], THREE_SECONDS, "empty"),
        ([*GOOD[:40], *[486] * 35], THREE_SECONDS, "collapse"),
        (GOOD[:30] + GOOD[10:20] * 4, THREE_SECONDS, "loop"),
        (GOOD[:20] + GOOD[:25] * 3, THREE_SECONDS, "loop"),
        (PROMPT[60:90] + GOOD[:45], THREE_SECONDS, "leaked prompt"),
        (GOOD[:5] + PROMPT[-20:] + GOOD[:50], THREE_SECONDS, "leaked prompt"),
        (GOOD[:12], Expectation(40, 4.0), "too fast"),
        (GOOD[:25], Expectation(24, 3.0), "swallowed"),
        (GOOD * 4, THREE_SECONDS, "too slow"),
    ],
)
def test_known_failures(tokens: list[int], expected: Expectation, flag: str) -> None:
    assert flag in flags_of(tokens, expected)
    assert severity(token_flags(TokenLine(tokens, "end"), PROMPT, expected)) > 0


def test_a_line_that_ran_into_its_limit() -> None:
    assert flags_of(GOOD, stop="limit") == ["limit"]


def test_short_lines_may_be_mostly_pause() -> None:
    assert flags_of(GOOD[:20], Expectation(2, 0.4)) == []


def test_a_word_said_twice_is_no_loop() -> None:
    assert flags_of(GOOD[:30] + GOOD[20:30] + GOOD[40:75]) == []


@given(st.lists(st.integers(0, 1023), max_size=120), st.integers(1, 200), st.floats(0.4, 30))
def test_any_line_can_be_judged(tokens: list[int], phonemes: int, seconds: float) -> None:
    flags = token_flags(TokenLine(tokens, "end"), PROMPT, Expectation(phonemes, seconds))
    assert severity(flags) >= 0


def speech(seconds: float = 2.0, rate: int = 32_000) -> Samples:
    t = np.arange(int(rate * seconds)) / rate
    fade = np.minimum(1, np.minimum(t, seconds - t) / 0.2)
    samples: Samples = (0.3 * fade * np.sin(2 * np.pi * 180 * t)).astype(np.float32)
    return samples


def test_sound() -> None:
    whole = speech()
    assert sound_flags(whole, 32_000) == []
    assert sound_flags(whole[:40_000], 32_000) == ["cut end"]
    assert sound_flags(whole * np.float32(1e-4), 32_000) == ["silent"]
    assert sound_flags(whole[:0], 32_000) == ["empty"]
    assert sound_flags(np.full(1000, np.nan, np.float32), 32_000) == ["broken"]

"""The most that a process held is known after it was given back."""

from __future__ import annotations

import numpy as np

from tts_core.memory import most_held

LARGE = 400_000_000


def test_what_was_held_for_a_moment_counts() -> None:
    held = np.ones(LARGE, np.uint8)
    during = most_held()
    del held
    assert during > LARGE and most_held() >= during

"""Killed with -9 at random moments, training ends with the same bits; `kills.py` does it a hundred times."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.tts_core.gpt_sovits.training.kills import STAGES, disturbed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="processes are forked"),
]


@pytest.mark.parametrize("name", STAGES)
def test_killed_at_random_moments_it_ends_with_the_same_bits(name: str, tmp_path: Path) -> None:
    assert disturbed(STAGES[name], 4, tmp_path, seed=1) >= 1

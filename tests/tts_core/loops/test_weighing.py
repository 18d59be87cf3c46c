"""The meter's loop against scipy's filter and plain sums."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import sosfilt

from flows.mastering.loudness import k_weighting
from tts_core.loops.weighing import weigh

HOP = 2400


@pytest.mark.parametrize("cut", [0, HOP, 3 * HOP])
def test_hops_weigh_what_scipy_filters(cut: int) -> None:
    """Also when the sound comes in two parts; the last hop is short."""
    x = np.random.default_rng(5).standard_normal(10 * HOP + 77).astype(np.float32)
    sections, state = np.array(k_weighting(24_000)), np.zeros(4)
    found = np.concatenate([weigh(part, HOP, sections, state) for part in (x[:cut], x[cut:])])
    filtered = sosfilt(sections, x.astype(np.float64))
    for hop, (weighed, plain, peak) in enumerate(found):
        its = slice(hop * HOP, (hop + 1) * HOP)
        assert weighed == pytest.approx(float(np.sum(filtered[its] ** 2)), rel=1e-12)
        assert plain == pytest.approx(float(np.sum(x[its].astype(np.float64) ** 2)), rel=1e-12)
        assert peak == np.abs(x[its]).max()
    assert len(found) == 11


def test_no_sound_has_no_hops_and_leaves_the_state() -> None:
    state = np.ones(4)
    assert weigh(np.zeros(0, np.float32), HOP, np.array(k_weighting(24_000)), state).shape == (0, 3)
    assert state.tolist() == [1.0] * 4

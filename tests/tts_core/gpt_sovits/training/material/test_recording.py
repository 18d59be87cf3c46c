"""One channel of a recording is right, however it was recorded."""

from __future__ import annotations

import numpy as np
import pytest

from normalizers import DuoyinError
from tts_core.gpt_sovits.training.material.recording import one_channel, recording

TONE = (0.3 * np.sin(np.arange(4_800) / 7)).astype(np.float32)


def test_a_dead_side_is_left_out_and_told() -> None:
    stereo = np.stack([TONE, 1e-4 * np.ones_like(TONE)], axis=1)
    made, note = one_channel(stereo)
    assert np.array_equal(made, TONE)
    assert note == "1 of 2 channels hold nothing and are left out"


def test_sides_of_opposite_sign_do_not_cancel() -> None:
    made, note = one_channel(np.stack([TONE, -TONE], axis=1))
    assert np.array_equal(made, TONE)
    assert "opposite sign" in note


def test_two_living_sides_are_mixed_and_one_channel_is_taken_as_it_is() -> None:
    made, note = one_channel(np.stack([TONE, 0.5 * TONE], axis=1))
    assert made == pytest.approx(0.75 * TONE, abs=1e-6)
    assert note == ""
    assert one_channel(TONE)[0] is TONE


def test_a_recording_is_brought_to_32_khz_and_below_full_scale() -> None:
    made = recording("a.wav", 4 * TONE, 48_000, digest="0")
    assert len(made.samples) == 3_200
    assert np.abs(made.samples).max() <= 1.01
    assert made.rate == 48_000
    with pytest.raises(DuoyinError, match=r"a\.wav: the recording is empty"):
        recording("a.wav", np.zeros(0, np.float32), 48_000, digest="0")


def test_what_stands_at_full_scale_is_known_by_its_place() -> None:
    loud = np.concatenate([TONE, np.clip(9 * TONE, -0.99, 0.99)])
    made = recording("a.wav", loud, 48_000, digest="0")
    assert made.clipped_share(0.0, 0.1) == 0.0
    assert made.clipped_share(0.1, 0.2) > 0.3

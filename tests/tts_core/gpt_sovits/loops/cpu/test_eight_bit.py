"""Rows in eight bits and back: within half a step, and each row by itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tts_core.gpt_sovits.loops.cpu.eight_bit import EIGHT_BIT_ZERO, finish_rows, quantize_rows


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.floats(-1e4, 1e4, width=32), min_size=5, max_size=5),
        min_size=1,
        max_size=6,
    )
)
def test_eight_bits_are_within_half_a_step_of_every_row(rows: list[list[float]]) -> None:
    given_rows = torch.tensor(rows, dtype=torch.float32)
    packed, scales = quantize_rows(given_rows)
    again = (packed.float() - EIGHT_BIT_ZERO) * torch.from_numpy(scales)[:, None]
    steps = torch.from_numpy(scales)[:, None]
    assert bool(((again - given_rows).abs() <= 0.5001 * steps).all())
    alone, scale = quantize_rows(given_rows[-1:])
    assert torch.equal(alone[0], packed[-1]) and scale[0] == scales[-1]


@pytest.mark.parametrize("relu", [True, False])
def test_rows_are_scaled_and_biased(relu: bool) -> None:
    products, bias = torch.randn(3, 40), torch.randn(40)
    scales = np.array([0.5, 2.0, 0.01], dtype=np.float32)
    want = products * torch.from_numpy(scales)[:, None] + bias
    finish_rows(products, scales, bias.numpy(), relu=relu)
    torch.testing.assert_close(products, want.relu() if relu else want)

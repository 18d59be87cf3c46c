"""The compiled kernels compute what torch computes, row by row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from tts_core.gpt_sovits.kernels import EIGHT_BIT_ZERO, StepAttention, finish_rows, quantize_rows


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def expected(
    qkv: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, lengths: torch.Tensor
) -> torch.Tensor:
    """torch's attention of every row alone, over what was there and the new position."""
    rows = []
    for row, length in enumerate(lengths.tolist()):
        q, k, v = qkv[row]
        known = torch.cat([keys[row, :, :, :length].transpose(1, 2), k[:, None].to(keys)], dim=1).double()
        told = torch.cat([values[row, :, :length], v[:, None].to(values)], dim=1).double()
        q = q.double()
        rows.append(F.scaled_dot_product_attention(q[:, None], known, told).flatten())
    return torch.stack(rows).float()


@pytest.mark.parametrize(("heads", "width"), [(16, 32), (4, 8), (3, 6)])
@pytest.mark.parametrize("kept", [torch.float32, torch.bfloat16])
def test_attention_of_one_position(threads: int, heads: int, width: int, kept: torch.dtype) -> None:
    rows, room = 5, 96
    keys, values = (
        torch.randn(rows + 2, heads, width, room).to(kept),
        torch.randn(rows + 2, heads, room, width).to(kept),
    )
    lengths = torch.tensor([0, 1, 31, 64, room - 1])
    qkv = 3 * torch.randn(rows, 3, heads, width)
    want = expected(qkv, keys, values, lengths)
    beyond = keys.clone()
    seen = StepAttention(room)(qkv, keys, values, lengths)
    torch.testing.assert_close(seen, want, atol=1e-5, rtol=1e-5)
    for row, length in enumerate(lengths.tolist()):
        assert torch.equal(keys[row, :, :, length], qkv[row, 1].to(kept))  # rounded as torch rounds
        assert torch.equal(values[row, :, length], qkv[row, 2].to(kept))
        assert torch.equal(keys[row, :, :, length + 1 :], beyond[row, :, :, length + 1 :])
    assert torch.equal(keys[rows:], beyond[rows:])


def test_a_row_does_not_know_its_neighbours_or_the_room(threads: int) -> None:
    keys, values = torch.randn(4, 16, 32, 200), torch.randn(4, 16, 200, 32)
    qkv, lengths = torch.randn(4, 3, 16, 32), torch.tensor([150, 3, 77, 0])
    together = StepAttention(200)(qkv, keys, values, lengths)
    for row in range(4):
        one = slice(row, row + 1)
        wider = F.pad(keys[one], (0, 56)), F.pad(values[one], (0, 0, 0, 56))
        alone = StepAttention(256)(qkv[one].contiguous(), *wider, lengths[one])
        assert torch.equal(alone[0], together[row])


def test_far_apart_scores_neither_overflow_nor_vanish(threads: int) -> None:
    keys, values = torch.zeros(1, 1, 4, 8), torch.randn(1, 1, 8, 4)
    keys[..., 2] = 60.0
    qkv = torch.full((1, 3, 1, 4), 40.0)
    qkv[:, 1:] = 0
    seen = StepAttention(8)(qkv, keys, values, torch.tensor([7]))
    torch.testing.assert_close(seen[0], values[0, 0, 2])


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

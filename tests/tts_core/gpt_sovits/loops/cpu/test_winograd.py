"""Filters compute what the plain sum computes: for every kernel, dilation and length, in any company, on any number
of threads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from tts_core.gpt_sovits.loops.cpu.winograd import Filter, transposed_kernel
from tts_core.loops.interpolation import DIRECT, F23_F44, F32, F32_F44, F43, F44, F45, Scheme, toom_cook

BOUND = 10  # times the error of torch's own convolution in float32


@pytest.fixture(params=[1, 2, 3])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def filtered(filter_: Filter, x: Tensor, lengths: list[int], across: int, rate: int = 1,
**how: Any) -> Tensor:  # fmt: skip
    y = torch.full((x.shape[0], x.shape[1] * rate, across), torch.nan)
    filter_(x.numpy(), lengths, y.numpy(), **how)
    return y


def convolved(x: Tensor, kernel: Tensor, bias: Tensor, dilation: int, slope: float) -> Tensor:
    """torch's convolution of one line `[T, C]`; kernel `[taps, in, out]`."""
    heard = F.leaky_relu(x, slope).T[None]
    reach = dilation * (kernel.shape[0] - 1)
    padded = F.pad(heard, (reach // 2, reach - reach // 2))
    return F.conv1d(padded, kernel.permute(2, 1, 0), bias, dilation=dilation)[0].T


@settings(max_examples=30, deadline=None)
@given(
    taps=st.integers(1, 12),
    dilation=st.integers(1, 6),
    length=st.integers(1, 400),
    channels=st.sampled_from([(4, 4), (8, 16), (24, 24), (32, 12), (64, 64), (160, 48)]),
    loud=st.sampled_from([1e-3, 1.0, 30.0]),
    slope=st.sampled_from([0.0, 0.1, 1.0]),
    seed=st.integers(0, 99),
)
def test_a_filter_is_the_convolution(
    taps: int, dilation: int, length: int, channels: tuple[int, int], loud: float, slope: float, seed: int
) -> None:
    x = loud * drawn(length, channels[0], seed=seed)
    kernel = drawn(taps, *channels, seed=seed + 1) / (taps * channels[0]) ** 0.5
    bias = drawn(channels[1], seed=seed + 2)
    filter_ = Filter(kernel.numpy(), bias.numpy(), lead=dilation * (taps - 1) // 2, dilation=dilation)
    found = filtered(filter_, x[None], [length], channels[1], slope=slope)[0]
    wanted = convolved(x.double(), kernel.double(), bias.double(), dilation, slope)
    # Rounding is relative to what is summed, not to the sum, which may cancel.
    assert float((found - wanted).abs().max()) <= 5e-6 * (1 + loud) * (1 + (taps * channels[0]) ** 0.25)


@pytest.mark.parametrize("taps", [2, 3, 4, 5, 7, 11])
@pytest.mark.parametrize("dilation", [1, 3, 5])
@pytest.mark.parametrize("channels", [16, 128])
def test_the_error_is_a_few_times_that_of_torch(taps: int, dilation: int, channels: int) -> None:
    x, bias = 3 * drawn(1200, channels), drawn(channels, seed=2)
    kernel = drawn(taps, channels, channels, seed=1) / (taps * channels) ** 0.5
    filter_ = Filter(kernel.numpy(), bias.numpy(), lead=dilation * (taps - 1) // 2, dilation=dilation)
    exact = convolved(x.double(), kernel.double(), bias.double(), dilation, 0.1)
    ours = filtered(filter_, x[None], [1200], channels, slope=0.1)[0] - exact
    theirs = convolved(x, kernel, bias, dilation, 0.1) - exact
    assert float(ours.square().mean().sqrt()) <= BOUND * float(theirs.square().mean().sqrt())
    assert float(ours.abs().max()) <= BOUND * float(theirs.abs().max())


@pytest.mark.parametrize(("rate", "taps"), [(10, 16), (10, 20), (8, 16), (2, 8), (2, 2), (3, 7)])
def test_up_sampling(threads: int, rate: int, taps: int) -> None:
    before = (taps - rate) // 2
    weight, bias = drawn(32, 16, taps), drawn(16, seed=1)
    filter_ = Filter(
        transposed_kernel(weight.permute(2, 0, 1).numpy(), rate),
        bias.numpy(),
        lead=-(-taps // rate) - 1,
        rate=rate,
        before=before,
    )
    lengths = [37, 1, 20]
    x = drawn(3, 37, 32, seed=2)
    found = filtered(filter_, x, lengths, 16, rate)
    for line, length in enumerate(lengths):
        alone = x[line, :length].T[None].double()
        wanted = F.conv_transpose1d(alone, weight.double(), bias.double(), rate, before)[0].T
        torch.testing.assert_close(
            found[line, : length * rate].double(), wanted[: length * rate], atol=2e-5, rtol=2e-5
        )
        assert found[line, length * rate :].isnan().all()


def test_a_line_does_not_know_its_neighbours_the_room_or_the_threads() -> None:
    """To the last bit: batches, pieces and threads are only ways to get it done."""
    kernel, bias = drawn(11, 32, 32) / 18, drawn(32, seed=1)
    filter_ = Filter(kernel.numpy(), bias.numpy(), lead=15, dilation=3)
    x, shortcut = drawn(4, 5000, 32, seed=2), drawn(4, 5000, 32, seed=3)
    x[1, 700:], x[3, 4999:] = torch.nan, torch.nan  # beyond a line's end may lie anything
    lengths = [5000, 700, 0, 4999]
    before = torch.get_num_threads()
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        together = filtered(filter_, x, lengths, 32, slope=0.1, shortcut=shortcut.numpy())
        torch.set_num_threads(1)
        for line, length in enumerate(lengths):
            alone = filtered(
                filter_,
                x[line : line + 1, :length].contiguous(),
                [length],
                32,
                slope=0.1,
                shortcut=shortcut[line : line + 1, :length].contiguous().numpy(),
            )
            assert torch.equal(together[line, :length], alone[0])
            assert together[line, length:].isnan().all()
    torch.set_num_threads(before)


def test_shortcut_sum_and_gain(threads: int) -> None:
    kernel, bias = drawn(7, 16, 16) / 10, drawn(16, seed=1)
    filter_ = Filter(kernel.numpy(), bias.numpy(), lead=3)
    x, shortcut, total = drawn(2, 333, 16, seed=2), drawn(2, 333, 16, seed=3), drawn(2, 333, 16, seed=4)
    y = total.clone()
    filter_(x.numpy(), [333, 200], y.numpy(), slope=0.1, shortcut=shortcut.numpy(), summed=True, gain=1 / 3)
    for line, length in enumerate([333, 200]):
        plain = convolved(x[line, :length], kernel, bias, 1, 0.1)
        wanted = (plain + shortcut[line, :length] + total[line, :length]) / 3
        torch.testing.assert_close(y[line, :length], wanted, atol=1e-5, rtol=1e-5)
        assert torch.equal(y[line, length:], total[line, length:])


@pytest.mark.parametrize("scheme", [DIRECT, F32, F43, F44, F45, F32_F44, F23_F44])
def test_a_scheme_is_exact_where_there_is_no_rounding(scheme: Scheme) -> None:
    outer, inner = np.array(scheme.outer.enter), np.array(scheme.inner.enter)
    window = np.arange(1.0, scheme.window + 1) ** 2
    starts = range(0, outer.shape[1] * scheme.inner.outputs, scheme.inner.outputs)
    mapped = outer @ np.array([inner @ window[start : start + inner.shape[1]] for start in starts])
    leave = np.kron(np.array(scheme.outer.leave), np.array(scheme.inner.leave))
    taps = np.arange(1.0, scheme.taps + 1)
    wanted = [window[output : output + scheme.taps] @ taps for output in range(scheme.outputs)]
    np.testing.assert_allclose(leave @ ((scheme.kernel @ taps) * mapped.ravel()), wanted, rtol=1e-12)


def test_a_scheme_needs_one_point_less_than_its_multiplications() -> None:
    with pytest.raises(ValueError, match=r"F\(4, 4\) takes 6 finite points"):
        toom_cook(4, 4, [0, 1, -1])


def test_an_interpolation_within_another_shares_its_tiles() -> None:
    with pytest.raises(ValueError, match="as long as a chunk"):
        Scheme(F32.inner, F43.inner)


def test_channels_must_fill_vectors() -> None:
    with pytest.raises(ValueError, match="6 and 8 channels"):
        Filter(np.zeros((3, 6, 8)), None, lead=1)

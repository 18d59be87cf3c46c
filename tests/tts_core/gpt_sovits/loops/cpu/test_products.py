"""Products of rows and packed weights: exact sums, and a row's bits whatever stands beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tts_core.gpt_sovits.loops.cpu import machine, products
from tts_core.gpt_sovits.loops.cpu.products import RowProduct, fits_float16
from tts_core.loops.machine import cpu


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 40),
    terms=st.integers(1, 130),
    outputs=st.integers(1, 130),
    relu=st.booleans(),
    bias=st.booleans(),
    half=st.booleans(),
)
def test_it_is_the_product(rows: int, terms: int, outputs: int, relu: bool, bias: bool, half: bool) -> None:
    source = torch.Generator().manual_seed(rows * 1_000_003 + terms * 1009 + outputs)
    weight = torch.randn(outputs, terms, generator=source)
    weight = weight.half().float() if half else weight
    offset = torch.randn(outputs, generator=source) if bias else None
    x = torch.randn(rows, terms, generator=source)
    exact = x.double() @ weight.double().T + (0 if offset is None else offset.double())
    exact = exact.relu() if relu else exact
    got = RowProduct(weight, offset, relu=relu)(x)
    assert got.shape == (rows, outputs) and got.is_contiguous()
    torch.testing.assert_close(got.double(), exact, atol=1e-6 * terms, rtol=1e-5)


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize(("terms", "outputs"), [(512, 1536), (2048, 512), (512, 1025), (30, 7)])
def test_a_row_is_the_same_bits_in_any_company(terms: int, outputs: int, half: bool) -> None:
    weight = torch.randn(outputs, terms)
    product = RowProduct(weight.half().float() if half else weight, torch.randn(outputs), relu=True)
    rows = torch.randn(61, terms)
    whole = product(rows)
    for count in (1, 2, 3, 5, 8, 13, 16, 60):
        assert torch.equal(product(rows[:count]), whole[:count])
        assert torch.equal(product(rows[-count:]), whole[-count:])


def test_weights_from_float16_are_kept_in_half_the_memory_and_give_the_same_bits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weight, rows = torch.randn(96, 64).half().float(), torch.randn(9, 64)
    kept = RowProduct(weight, None)
    assert kept.half is cpu().reads_float16
    monkeypatch.setattr(products, "fits_float16", lambda _: False)
    wide = RowProduct(weight, None)
    assert not wide.half
    assert torch.equal(kept(rows), wide(rows))


def test_what_does_not_fit_float16_is_not_taken_for_it() -> None:
    assert fits_float16(torch.tensor([[1.0, -0.5, 6e-8, 0.0]]).half().float())
    for number in (1e-9, 1e6, 1 + 2**-12, torch.nan):
        assert not fits_float16(torch.tensor([[1.0, number]]))


def test_threads_share_the_work_and_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    product, rows = RowProduct(torch.randn(300, 77), torch.randn(300)), torch.randn(19, 77)
    monkeypatch.setattr(machine, "_WORTH_A_THREAD", 1)
    before, results = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            results.append(product(rows))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(results[0], results[1]) and torch.equal(results[0], results[2])


def test_what_is_not_a_number_stays_so() -> None:
    for relu in (False, True):
        got = RowProduct(torch.ones(3, 2), None, relu=relu)(torch.tensor([[torch.nan, 1.0], [1.0, 2.0]]))
        assert got[0].isnan().all() and torch.equal(got[1], torch.full((3,), 3.0))


@pytest.mark.parametrize(("lanes", "registers"), [(4, 16), (8, 16), (4, 32)])
def test_the_code_for_other_processors_is_right_too(
    monkeypatch: pytest.MonkeyPatch, lanes: int, registers: int
) -> None:
    """Narrower vectors run anywhere; what AVX or NEON would get is compiled for this machine and run."""
    other = replace(cpu(), lanes=lanes, registers=registers)
    monkeypatch.setattr(products, "cpu", lambda: other)
    products._code.cache_clear()
    try:
        weight, rows = torch.randn(50, 36), torch.randn(11, 36)
        torch.testing.assert_close(RowProduct(weight, None)(rows), rows @ weight.T)
    finally:
        products._code.cache_clear()

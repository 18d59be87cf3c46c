"""A filter gives what the plain sums of a convolution give: in float32 and in products of int16, in vectors of any
width."""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
import numpy as np
import pytest
from llvmlite import ir
from numpy.typing import NDArray

from tts_core.loops import compiler, filters
from tts_core.loops.filter_kernels import write_filter
from tts_core.loops.interpolation import F43
from tts_core.loops.machine import cpu
from tts_core.loops.shapes import LEAKY, PLAIN, SNAKE, Shape

CHANNELS, COLUMNS = 32, 64
FLOAT, WHOLE = filters.shape(whole=False), filters.shape(whole=True)
NARROW = Shape(rows=4, vectors=2, width=4, whole=False, depth=64)
"""Of a processor with vectors of four: what a machine without AVX2 runs."""
SHAPES = [
    FLOAT,
    NARROW,
    pytest.param(WHOLE, marks=pytest.mark.skipif(not cpu().pairs, reason="no int16 pairs")),
]

Numbers = NDArray[Any]


def named(its: Shape) -> str:
    return f"{its.rows}x{its.vectors}x{its.width}-{its.layout}"


def drawn(*size: int, seed: int = 0) -> Numbers:
    return np.random.default_rng(seed).standard_normal(size).astype(np.float32)


def plain(x: Numbers, kernel: Numbers, bias: Numbers, dilation: int) -> Numbers:
    """The convolution in float64, term by term."""
    lead = (len(kernel) - 1) // 2 * dilation
    room = np.zeros((lead + len(x) + len(kernel) * dilation, x.shape[1]))
    room[lead : lead + len(x)] = x
    taps = [room[tap * dilation :][: len(x)] @ kernel[tap] for tap in range(len(kernel))]
    told: Numbers = np.add(bias, np.sum(taps, axis=0))
    return told


def filter_of(kernel: Numbers, bias: Numbers, its: Shape, dilation: int = 1) -> filters.Filter:
    scheme = filters.scheme_for(len(kernel))
    made = filters.mapped(kernel, filters.SCHEMES[scheme], its)
    lead = (len(kernel) - 1) // 2 * dilation
    return filters.Filter(made, bias, scheme=scheme, its=its, lead=lead, dilation=dilation)


def run(one: filters.Filter, x: Numbers, **given: Any) -> Numbers:
    y: Numbers = given.pop("y", None)
    if y is None:
        y = np.full((len(x) + one.reach, one.columns), np.nan, np.float32)
    one(x, y, **given)
    return y[: len(x)]


def off(found: Numbers, wanted: Numbers) -> float:
    """The error's level in dB below the signal's."""
    return float(10 * np.log10(np.mean(wanted**2) / np.mean((found - wanted) ** 2)))


def bound(its: Shape) -> float:
    return 55.0 if its.whole else 115.0


@pytest.mark.parametrize("its", SHAPES, ids=named)
@pytest.mark.parametrize("taps", [1, 3, 5, 7, 11])
@pytest.mark.parametrize("dilation", [1, 3, 5])
def test_a_filter_gives_the_convolution(its: Shape, taps: int, dilation: int) -> None:
    x, kernel, bias = drawn(301, CHANNELS), drawn(taps, CHANNELS, COLUMNS, seed=1), drawn(COLUMNS, seed=2)
    found = run(filter_of(kernel, bias, its, dilation), x)
    assert off(found, plain(x, kernel, bias, dilation)) > bound(its)


@pytest.mark.parametrize("its", SHAPES, ids=named)
def test_shortcut_sum_gain_and_totals_are_in_the_same_pass(its: Shape) -> None:
    x, kernel, bias = drawn(500, CHANNELS), drawn(11, CHANNELS, COLUMNS, seed=1), drawn(COLUMNS, seed=2)
    one = filter_of(kernel, bias, its)
    shortcut, before = (drawn(500 + one.reach, COLUMNS, seed=seed) for seed in (3, 4))
    sums = np.ones((2, COLUMNS))
    found = run(one, x, y=before.copy(), shortcut=shortcut, summed=True, gain=0.5, sums=sums)
    wanted = 0.5 * (plain(x, kernel, bias, 1) + shortcut[:500] + before[:500])
    assert off(found, wanted) > bound(its)
    assert np.allclose(sums[0], 1 + found.sum(axis=0, dtype=float), rtol=1e-4, atol=1e-3)
    assert np.allclose(sums[1], 1 + (found.astype(float) ** 2).sum(axis=0), rtol=1e-5)


@pytest.mark.parametrize("its", SHAPES, ids=named)
def test_the_input_is_heard_through_snake_or_a_leaky_relu(its: Shape) -> None:
    x, kernel, bias = 3 * drawn(200, CHANNELS), drawn(7, CHANNELS, COLUMNS, seed=1), drawn(COLUMNS, seed=2)
    one = filter_of(kernel, bias, its)
    alpha = 0.2 + np.abs(drawn(CHANNELS, seed=5))
    heard = np.stack([drawn(CHANNELS, seed=3), 40 * drawn(CHANNELS, seed=4), alpha, 1 / alpha]).astype(
        np.float32
    )
    moved = x * heard[0].astype(float) + heard[1]
    wanted = plain(moved + heard[3] * np.sin(moved * heard[2]) ** 2, kernel, bias, 1)
    assert off(run(one, x, heard=heard, kind=SNAKE), wanted) > bound(its) - 15  # large angles
    leaky = np.where(x > 0, x, 0.1 * x) / 3
    found = run(one, x, heard=np.array([1 / 3, 0.1], np.float32), kind=LEAKY)
    assert off(found, plain(leaky, kernel, bias, 1)) > bound(its)


@pytest.mark.skipif(not cpu().pairs, reason="no int16 pairs")
def test_no_input_overflows_the_sums_of_whole_numbers() -> None:
    """The worst there is: every product of the same sign, as large as can be, at every point."""
    for taps in (1, 3, 7, 11):
        scheme = filters.SCHEMES[filters.scheme_for(taps)]
        kernel = np.ones((taps, 128, COLUMNS), np.float32)
        one = filter_of(kernel, np.zeros(COLUMNS, np.float32), WHOLE)
        for inner in np.array(scheme.inner.enter):
            pattern = np.resize(np.where(inner < 0, -1.0, 1.0), 240)
            x = np.repeat(pattern[:, None], 128, axis=1).astype(np.float32) * 1e3
            found, wanted = run(one, x), plain(x, kernel, np.zeros(COLUMNS), 1)
            assert np.abs(found - wanted).max() < 2e-3 * np.abs(wanted).max()


@pytest.mark.parametrize("its", SHAPES, ids=named)
def test_silence_is_silence(its: Shape) -> None:
    one = filter_of(drawn(11, CHANNELS, COLUMNS), np.zeros(COLUMNS, np.float32), its)
    assert not run(one, np.zeros((100, CHANNELS), np.float32), kind=PLAIN).any()


def test_an_empty_line_is_no_line() -> None:
    one = filter_of(drawn(3, CHANNELS, COLUMNS), drawn(COLUMNS), FLOAT)
    assert run(one, np.zeros((0, CHANNELS), np.float32)).shape == (0, COLUMNS)


@pytest.mark.skipif(cpu().lanes not in (8, 16), reason="code for another kind of processor")
def test_a_processor_with_vnni_multiplies_and_adds_pairs_in_one_instruction() -> None:
    """Compiled for it and looked at; run only where there is one."""
    module = ir.Module("vnni")
    write_filter(module, "f43", F43, Shape(rows=12, vectors=1, width=16, whole=True, depth=64))
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(cpu="icelake-server", opt=3)
    parsed = llvm.parse_assembly(str(module))
    compiler.optimize(parsed, machine)
    assert "vpdpwssd" in machine.emit_assembly(parsed)

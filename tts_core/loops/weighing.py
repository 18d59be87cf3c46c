"""The loop of a loudness meter: one pass over a channel for what it weighs, the plain energy and the peak of every hop.

A sample goes through two second-order sections (transposed direct form II) in float64, as `scipy.signal.sosfilt` takes
it through them, and nothing of the filtered sound is written to memory.
"""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tts_core.loops.compiler import Code, Loops

_P, _N = ctypes.c_void_p, ctypes.c_int64


@cache
def _weigh() -> Code:
    names = ("weighing", "writing")
    loops = Loops(_written, [Path(__file__).with_name(f"{name}.py") for name in names])
    return loops.function("weigh", _P, _N, _N, _P, _P, _P)


def _written() -> str:
    """`weigh(x, samples, hop, sections, state, energies)`."""
    from llvmlite import ir

    from tts_core.loops.writing import DOUBLE, FLOAT, SIZE, Function

    module = ir.Module("weighing")
    with Function(module, "weigh", "pnnppp", 1) as f:
        x, samples, hop, sections, state, energies = f.arguments
        b = f.builder
        numbers = [f.load(f.at(sections, place, DOUBLE), DOUBLE) for place in range(12)]
        zero = ir.Constant(DOUBLE, 0.0)

        def section(row: list[object], value: object, one: object, two: object) -> list[object]:
            """The output of a section and its two numbers of state."""
            b0, b1, b2, _, a1, a2 = row
            out = f.fma(b0, value, one)
            after = f.fma(b1, value, b.fsub(two, b.fmul(a1, out), flags=("contract",)))
            return [out, after, b.fsub(b.fmul(b2, value), b.fmul(a2, out), flags=("contract",))]

        def of_hop(start: object, number: object, *before: object) -> list[object]:
            end = f.add(start, hop)
            last = b.select(b.icmp_signed("<", end, samples), end, samples)

            def sample(index: object, *carried: object) -> list[object]:
                weighed, plain, peak, *memory = carried
                value = b.fpext(f.load(f.at(x, index), FLOAT), DOUBLE)
                first = section(numbers[:6], value, *memory[:2])
                second = section(numbers[6:], first[0], *memory[2:])
                size = f.intrinsic("llvm.fabs.f64", DOUBLE, value)
                higher = b.select(b.fcmp_ordered(">", size, peak), size, peak)
                sums = [f.fma(second[0], second[0], weighed), f.fma(value, value, plain), higher]
                return [*sums, *first[1:], *second[1:]]

            results = f.each(start, last, sample, [zero, zero, zero, *before])
            for place, result in enumerate(results[:3]):
                f.store(result, f.at(energies, f.add(f.mul(number, 3), place), DOUBLE))
            return [f.add(number, 1), *results[3:]]

        kept = [f.load(f.at(state, place, DOUBLE), DOUBLE) for place in range(4)]
        after = f.each(0, samples, of_hop, [SIZE(0), *kept], step=hop)
        for place, value in enumerate(after[1:]):
            f.store(value, f.at(state, place, DOUBLE))
    return str(module)


def weigh(
    x: NDArray[np.float32], hop: int, sections: NDArray[np.float64], state: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`[H, 3]`: of every hop the energy of what the sections leave, its plain energy, and its peak.

    Args:
        x: `[T]`, contiguous. hop: samples; the last one may be shorter.
        sections: `[2, 6]`, b and a of each, a₀ = 1.
        state: `[4]`, of the sections; what it is after x is written to it.
    """
    energies = np.empty((-(-len(x) // hop), 3))
    if len(x):
        _weigh()(x.ctypes.data, len(x), hop, sections.ctypes.data, state.ctypes.data, energies.ctypes.data)
    return energies

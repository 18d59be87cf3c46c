"""The inner loops of the generator's convolutions in registers: a tile of a matrix product, and small linear maps
over channels.

numba compiles loops well, but it cannot be told to keep a block of sums in registers. So these loops are written for
LLVM directly, in vectors of the host's width. The matrix tile holds `rows × vectors` sums and per step loads
`vectors` weights and `rows` inputs (Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication"):
on the machine of docs/benchmarks/gpt-sovits.md 101 to 113 GFLOP/s for any width from 16 channels up, where oneDNN's
convolutions reach 69 to 100.

Arrays are one-dimensional float32 and are addressed by element: `x, x_at` is a place in x.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import (
    cgutils,  # what numba's manual on extensions builds with; its public modules have no such loops
)
from numba.extending import intrinsic

from tts_core.loops.interpolation import Matrix
from tts_core.loops.machine import cpu, widest
from tts_core.loops.writing import FLOAT, SIZE, Vectors


@cache
def tile_shape(columns: int) -> tuple[int, int, int]:
    """Rows, vectors and lanes of the tile for a product of `columns` columns, a multiple of 4.

    The sums, a row's weights and an input must fit the registers: 32 with AVX-512 and on ARM, else 16. Narrower lanes
    are taken where the columns are no multiple of the widest: half-filled vectors would cost more.
    """
    width = widest(columns)
    heights = {4: 6, 3: 8, 2: 10, 1: 16} if cpu().registers >= 32 else {2: 6, 3: 4, 1: 10}
    vectors = next(number for number in heights if columns % (number * width) == 0)
    return heights[vectors], vectors, width


class _Code(Vectors):
    """What the loops below have in common: vectors of `width` floats at an element of an array."""

    def __init__(
        self, context: Any, builder: Any, signature: Any, arguments: Sequence[Any], width: int
    ) -> None:
        self.builder, self.width = builder, width
        self.vector = ir.VectorType(FLOAT, width)
        self.arguments = [
            context.make_array(kind)(context, builder, value=value).data
            if isinstance(kind, types.Array)
            else value
            for kind, value in zip(signature.args, arguments, strict=True)
        ]
        fma = ir.FunctionType(self.vector, [self.vector] * 3)
        self._fma: Any = cgutils.get_or_insert_function(builder.module, fma, f"llvm.fma.v{width}f32")

    def variable(self) -> Any:
        """A vector that changes; LLVM keeps it in a register."""
        return cgutils.alloca_once(self.builder, self.vector)

    def place(self, start: Any, elements: Any) -> Any:
        return self.builder.gep(start, [elements])

    def steps(self, start: Any, step: Any, count: int) -> list[Any]:
        """Places `step` elements apart."""
        return [self.place(start, self.builder.mul(step, SIZE(number))) for number in range(count)]

    def load(self, place: Any) -> Any:
        loaded = self.builder.load(self.builder.bitcast(place, self.vector.as_pointer()))
        loaded.align = 4
        return loaded

    def store(self, vector: Any, place: Any) -> None:
        stored = self.builder.store(vector, self.builder.bitcast(place, self.vector.as_pointer()))
        stored.align = 4

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        return self.builder.call(self._fma, [a, b, c])


def _compiled(width: int, emit: Callable[[_Code], None]) -> Any:
    """A function, for numba's compiled code only, whose body `emit` writes."""

    def function(typing: Any, *given: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            emit(_Code(context, builder, signature, arguments, width))
            return context.get_dummy_value()

        return types.void(*given), code

    return function


@cache
def product_tile(rows: int, vectors: int, width: int) -> Any:
    """`tile(x, x_at, x_step, w, w_at, y, y_at, y_step, depth, anew)`: y = x · w for `rows` rows, or y += x · w where
    not `anew`.

    Rows of x lie `x_step` elements apart, those of y `y_step`; w is `[depth, vectors · width]`.
    """

    def emit(code: _Code) -> None:
        b = code.builder
        x, x_at, x_step, w, w_at, y, y_at, y_step, depth, anew = code.arguments
        columns = vectors * width
        places = [
            [code.place(row, SIZE(vector * width)) for vector in range(vectors)]
            for row in code.steps(code.place(y, y_at), y_step, rows)
        ]
        sums = [[code.variable() for _ in range(vectors)] for _ in range(rows)]
        for total in chain.from_iterable(sums):
            b.store(code.constant(0.0), total)
        inputs = code.steps(code.place(x, x_at), x_step, rows)
        weights = code.place(w, w_at)
        with cgutils.for_range(b, depth) as loop:
            start = code.place(weights, b.mul(loop.index, SIZE(columns)))
            loaded = [code.load(code.place(start, SIZE(vector * width))) for vector in range(vectors)]
            for row in range(rows):
                one = code.spread(b.load(code.place(inputs[row], loop.index)))
                for vector in range(vectors):
                    b.store(code.fma(one, loaded[vector], b.load(sums[row][vector])), sums[row][vector])
        with b.if_then(b.not_(anew)):
            for row in range(rows):
                for vector in range(vectors):
                    b.store(
                        b.fadd(b.load(sums[row][vector]), code.load(places[row][vector])), sums[row][vector]
                    )
        for row in range(rows):
            for vector in range(vectors):
                code.store(b.load(sums[row][vector]), places[row][vector])

    body = _compiled(width, emit)

    @intrinsic
    def tile(
        typing: Any, x: Any, x_at: Any, x_step: Any, w: Any, w_at: Any, y: Any, y_at: Any, y_step: Any,
        depth: Any, anew: Any,
    ) -> Any:  # fmt: skip
        return body(typing, x, x_at, x_step, w, w_at, y, y_at, y_step, depth, anew)

    return tile


@cache
def input_map(outer: Matrix, inner: Matrix, step: int, width: int) -> Any:
    """`enter(x, x_at, x_step, u, u_at, u_step, channels, slope)`: u = (outer ⊗ inner) · leaky ReLU(x), channel by
    channel.

    Each column of the outer matrix stands for an inner window, `step` inputs after the one before. The inputs lie
    `x_step` elements apart, the outputs `u_step`; slope 1 leaves x as it is.
    """
    windows, window = len(outer[0]), len(inner[0])

    def emit(code: _Code) -> None:
        b = code.builder
        x, x_at, x_step, u, u_at, u_step, channels, slope = code.arguments
        inputs = code.steps(code.place(x, x_at), x_step, (windows - 1) * step + window)
        outputs = code.steps(code.place(u, u_at), u_step, len(outer) * len(inner))
        slopes = code.spread(slope)
        with cgutils.for_range_slice(b, SIZE(0), channels, SIZE(width), inc=True) as (channel, _):
            heard = []
            for place in inputs:
                value = code.load(code.place(place, channel))
                damped = b.fmul(value, slopes)
                heard.append(b.select(b.fcmp_ordered(">", value, damped), value, damped))
            for point, row in enumerate(inner):
                mapped = [
                    code.combined(row, heard[start : start + window])
                    for start in range(0, windows * step, step)
                ]
                for outer_point, outer_row in enumerate(outer):
                    place = outputs[outer_point * len(inner) + point]
                    code.store(code.combined(outer_row, mapped), code.place(place, channel))

    body = _compiled(width, emit)

    @intrinsic
    def enter(
        typing: Any, x: Any, x_at: Any, x_step: Any, u: Any, u_at: Any, u_step: Any, channels: Any, slope: Any
    ) -> Any:
        return body(typing, x, x_at, x_step, u, u_at, u_step, channels, slope)

    return enter


@cache
def output_map(outer: Matrix, inner: Matrix, width: int) -> Any:
    """`leave(v, v_at, v_step, y, y_at, y_step, bias, channels, shortcut, shortened, summed, gain)`, channel by channel:
    y = ((outer ⊗ inner) · v + bias + shortcut + y) · gain, the shortcut only where `shortened`, y itself only where
    `summed`.

    The inputs lie `v_step` elements apart, the outputs `y_step`; the shortcut lies as y does.
    """

    def emit(code: _Code) -> None:
        b = code.builder
        v, v_at, v_step, y, y_at, y_step, bias, channels, shortcut, shortened, summed, gain = code.arguments
        points, count = len(inner[0]), len(outer) * len(inner)
        inputs = code.steps(code.place(v, v_at), v_step, len(outer[0]) * points)
        outputs = code.steps(code.place(y, y_at), y_step, count)
        shortcuts = code.steps(code.place(shortcut, y_at), y_step, count)
        gains = code.spread(gain)
        sums = [code.variable() for _ in range(count)]
        with cgutils.for_range_slice(b, SIZE(0), channels, SIZE(width), inc=True) as (channel, _):
            vectors = [code.load(code.place(place, channel)) for place in inputs]
            offset = code.load(code.place(bias, channel))
            for number, outer_row in enumerate(outer):
                mapped = [code.combined(outer_row, vectors[point::points]) for point in range(points)]
                for row, total in zip(inner, sums[number * len(inner) :], strict=False):
                    b.store(b.fadd(code.combined(row, mapped), offset), total)
            for wanted, places in ((shortened, shortcuts), (summed, outputs)):
                with b.if_then(wanted):
                    for place, total in zip(places, sums, strict=True):
                        b.store(b.fadd(b.load(total), code.load(code.place(place, channel))), total)
            for place, total in zip(outputs, sums, strict=True):
                code.store(b.fmul(b.load(total), gains), code.place(place, channel))

    body = _compiled(width, emit)

    @intrinsic
    def leave(
        typing: Any, v: Any, v_at: Any, v_step: Any, y: Any, y_at: Any, y_step: Any, bias: Any, channels: Any,
        shortcut: Any, shortened: Any, summed: Any, gain: Any,
    ) -> Any:  # fmt: skip
        return body(
            typing, v, v_at, v_step, y, y_at, y_step, bias, channels, shortcut, shortened, summed, gain
        )

    return leave

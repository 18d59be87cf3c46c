"""The loops of a filter (`filters.py`), in vectors, for LLVM: what is heard of the input, into points, products at the
points, and back.

A piece of the line goes through all of them while it lies in the core's cache. Arrays are one-dimensional; an address
is that of an element. The product holds `rows × vectors` sums in registers and a step loads `vectors` weights and
`rows` inputs (Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication").

Whole numbers: a point's inputs in sixteen bits, two neighbouring channels multiplied and added to a sum of 32 bits in
one instruction, which AVX2 does for sixteen channels where it multiplies eight floats.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir

from tts_core.loops.interpolation import Scheme
from tts_core.loops.shapes import Shape
from tts_core.loops.writing import ADDRESS, DOUBLE, FLOAT, LANE, SHORT, SIZE, Function

ROUNDING = 12582912.0
"""1.5 · 2²³: added to a small number, leaves it rounded in the low bits."""

UNROLLED = 2
"""Steps of a product's inner loop a turn: channels are a multiple of twice as many."""

PLAN = (
    "weights",
    "bias",
    "scales",
    "factors",
    "channels",
    "blocks",
    "chunks",
    "lead",
    "dilation",
    "piece",
    "unit",
)
"""What a filter's plan holds, each eight bytes: four addresses and seven counts."""

# sin(r) = r + r³ · S(r²) for |r| ≤ π/2 (least squares in Chebyshev's points; error below 6e-9).
_SINE = (-1.6666656733e-1, 8.3330096677e-3, -1.9806133059e-4, 2.5991259918e-6)
# π in three parts, so that a multiple taken off loses nothing.
_PI_PARTS = (3.140625, 9.675025939941406e-4, 1.5099580252808664e-7)


def write_filter(module: ir.Module, name: str, scheme: Scheme, shape: Shape) -> None:
    """`name(plan, x, time, y, shortcut, summed, heard, kind, gain, scratch, sums)`.

    y = (filtered(heard(x)) + shortcut (where not null) + y (where `summed`)) · gain; where `sums` is not null, the sums
    of y and of y² over time are added to it, float64 `[2, columns]`.

    x is `[time, channels]`; y `[time and what a last tile reaches beyond, columns]`; heard `[4, channels]` for `SNAKE`
    (scale, shift, α, 1/α), `[2]` for `LEAKY` (gain, slope).
    """
    hear = _write_hear(module, f"{name}.hear", shape.width)
    enter = _write_enter(module, f"{name}.enter", scheme, shape)
    multiply = _write_multiply(module, f"{name}.multiply", shape)
    leave = _write_leave(module, f"{name}.leave", scheme, shape)
    total = _write_total(module, f"{name}.total", shape)
    points, outputs, window = scheme.points, scheme.outputs, scheme.window
    with Function(module, name, "ppnppnpnfpp", shape.width) as f:
        plan, x, time, y, shortcut, summed, heard, kind, gain, scratch, sums = f.arguments
        b = f.builder
        held = {
            word: f.load(f.at(plan, index, SIZE), ADDRESS if index < 4 else SIZE)
            for index, word in enumerate(PLAN)
        }
        channels, chunks, dilation = held["channels"], held["chunks"], held["dilation"]
        across = f.mul(held["blocks"], shape.columns)
        tile = f.mul(dilation, outputs)
        tiles = b.sdiv(f.add(time, tile, -1), tile)
        unit = held["unit"]
        rows = f.mul(b.sdiv(f.add(f.mul(tiles, dilation), unit, -1), unit), unit)
        shift = f.mul(f.add(chunks, -1), dilation)

        # The scratch: factors and units of the points, heard input, points, products.
        most = held["piece"]
        longest = f.mul(dilation, f.add(f.mul(f.add(b.sdiv(most, dilation), chunks), outputs), window))
        most_u = f.mul(f.mul(f.add(most, shift, 1), channels), points)
        t = f.at(scratch, 128)
        u = f.at(t, f.mul(longest, channels))
        v = f.at(u, f.add(b.sdiv(most_u, SIZE(2)), 16) if shape.whole else most_u)

        def piece(first: Any) -> None:
            count = _smaller(f, b.sub(rows, first), most)
            whole_tiles = b.sdiv(count, dilation)
            begin = f.mul(b.sdiv(first, dilation), tile)
            start = b.sub(begin, held["lead"])
            length = f.mul(f.add(f.mul(f.add(whole_tiles, chunks, -1), outputs), window - outputs), dilation)
            peak = b.call(hear, [x, time, start, length, channels, t, heard, kind])
            if shape.whole:
                _spread_factors(f, points, held["factors"], peak, scratch)
            u_rows = f.add(
                b.or_(f.add(count, shift), SIZE(1))
            )  # odd: points must not share sets of the cache
            b.call(enter, [t, u, channels, dilation, f.add(count, shift), u_rows, scratch])

            def block(k: Any) -> None:
                b.call(
                    multiply,
                    (
                        u, f.mul(u_rows, channels), held["weights"], v, count, k, channels, SIZE(points),
                        chunks, dilation, held["scales"], f.at(scratch, 64),
                    ),
                )  # fmt: skip
                column = f.mul(k, shape.columns)
                place = f.add(f.mul(begin, across), column)
                b.call(
                    leave,
                    (
                        v, f.at(y, place), f.at(shortcut, place), f.at(held["bias"], column), across, dilation,
                        count, summed, b.ptrtoint(shortcut, SIZE), gain,
                    ),
                )  # fmt: skip

            f.each(0, held["blocks"], block)

            def add_up() -> None:
                end = f.add(begin, f.mul(whole_tiles, tile))
                last = _smaller(f, end, time)
                b.call(total, [f.at(y, f.mul(begin, across)), b.sub(last, begin), across, sums])

            f.where(b.icmp_signed("!=", b.ptrtoint(sums, SIZE), SIZE(0)), add_up)

        f.each(0, rows, piece, step=most)


def _spread_factors(f: Function, points: int, factors: Any, peak: Any, scratch: Any) -> None:
    """A point's factor is that which makes its largest possible number `LARGEST`; its unit is the inverse."""
    b = f.builder
    least = ir.Constant(FLOAT, 1e-30)
    peak = b.select(b.fcmp_ordered(">", peak, least), peak, least)
    for point in range(points):
        unit = b.fmul(f.load(f.at(factors, point), FLOAT), peak)
        f.store(b.fdiv(ir.Constant(FLOAT, 1.0), unit), f.at(scratch, point))
        f.store(unit, f.at(scratch, 64 + point))


def _write_hear(module: ir.Module, name: str, width: int) -> ir.Function:
    """`peak = hear(x, time, start, length, channels, t, heard, kind)`: t = what is heard of x from `start` on, zero
    outside; its largest size."""
    with Function(module, name, "pnnnnppn", width, result=FLOAT) as f:
        x, time, start, length, channels, t, heard, kind = f.arguments
        b = f.builder
        zero = SIZE(0)
        before = b.select(b.icmp_signed("<", start, zero), b.sub(zero, start), zero)
        before = _smaller(f, before, length)
        inside = _smaller(f, b.sub(time, start), length)
        inside = b.select(b.icmp_signed(">", inside, before), inside, before)

        def silence(index: Any) -> None:
            f.store(f.constant(0.0), f.at(t, index))

        f.each(0, f.mul(before, channels), silence, step=width)
        f.each(f.mul(inside, channels), f.mul(length, channels), silence, step=width)

        def over(change: Any, vectors_of: Any) -> Any:
            def one(row: Any, high: Any) -> list[Any]:
                source = f.at(x, f.mul(f.add(start, row), channels))
                target = f.at(t, f.mul(row, channels))

                def some(channel: Any, highest: Any) -> list[Any]:
                    made = change(f.load(f.at(source, channel)), vectors_of(channel))
                    f.store(made, f.at(target, channel))
                    size = f.intrinsic(f"llvm.fabs.v{width}f32", f.vector, made)
                    return [b.select(b.fcmp_ordered(">", size, highest), size, highest)]

                return f.each(0, channels, some, [high], step=width)

            return f.each(before, inside, one, [f.constant(0.0)])[0]

        def leaky(value: Any, known: Any) -> Any:
            gain, slope = known
            value = b.fmul(value, gain)
            damped = b.fmul(value, slope)
            return b.select(b.fcmp_ordered(">", value, damped), value, damped)

        def snake(value: Any, known: Any) -> Any:
            scale, move, alpha, inverse = known
            value = f.fma(value, scale, move)
            sine = _sine_up_to_sign(f, b.fmul(value, alpha))
            return f.fma(b.fmul(sine, sine), inverse, value)

        def rows_of(channel: Any) -> list[Any]:
            return [f.load(f.at(heard, f.add(f.mul(channels, row), channel))) for row in range(4)]

        def two(_: Any) -> list[Any]:
            return [f.spread(f.load(f.at(heard, index), FLOAT)) for index in range(2)]

        peaks = []
        after = b.append_basic_block("heard")
        for number, (change, known) in enumerate(
            [(lambda value, _: value, lambda _: ()), (leaky, two), (snake, rows_of)]
        ):
            here, onward = b.append_basic_block(f"kind{number}"), b.append_basic_block("next")
            b.cbranch(b.icmp_signed("==", kind, SIZE(number)), here, onward)
            b.position_at_end(here)
            peak = over(change, known)
            peaks.append((peak, b.block))
            b.branch(after)
            b.position_at_end(onward)
        b.unreachable()
        b.position_at_end(after)
        highest = b.phi(f.vector)
        for peak, block in peaks:
            highest.add_incoming(peak, block)
        f.result = f.intrinsic(f"llvm.vector.reduce.fmax.v{width}f32", FLOAT, highest)
    return f.function


def _sine_up_to_sign(f: Function, angle: Any) -> Any:
    """sin(angle) or -sin(angle): multiples of π taken off, and a polynomial."""
    b = f.builder
    turns = b.fsub(f.fma(angle, f.constant(1 / math.pi), f.constant(ROUNDING)), f.constant(ROUNDING))
    rest = angle
    for part in _PI_PARTS:
        rest = f.fma(turns, f.constant(-part), rest)
    square = b.fmul(rest, rest)
    power = f.constant(_SINE[-1])
    for coefficient in _SINE[-2::-1]:
        power = f.fma(power, square, f.constant(coefficient))
    return f.fma(b.fmul(rest, square), power, rest)


def _write_enter(module: ir.Module, name: str, scheme: Scheme, shape: Shape) -> ir.Function:
    """`enter(t, u, channels, dilation, rows, u_rows, factors)`: u `[points, u_rows, channels]` from t `[time,
    channels]`, of float32, or of int16: the number times its point's factor, rounded."""
    outer, inner, step = scheme.outer.enter, scheme.inner.enter, scheme.inner.outputs
    windows, window = len(outer[0]), len(inner[0])
    element = SHORT if shape.whole else FLOAT
    # Sixteen at a time fill a register of int16.
    with Function(module, name, "ppnnnnp", 2 * shape.width if shape.whole else shape.width) as f:
        t, u, channels, dilation, rows, u_rows, factors = f.arguments
        b = f.builder
        t_step, u_step = f.mul(dilation, channels), f.mul(u_rows, channels)

        def row(index: Any) -> None:
            tile, phase = b.sdiv(index, dilation), b.srem(index, dilation)
            start = f.add(f.mul(f.mul(tile, scheme.outputs), dilation), phase)
            source = f.at(t, f.mul(start, channels))
            target = f.at(u, f.mul(index, channels), element)

            def some(channel: Any) -> None:
                inputs = [
                    f.load(f.at(source, f.add(f.mul(t_step, tap), channel))) for tap in range(scheme.window)
                ]
                for point, taps in enumerate(inner):
                    mapped = [
                        f.combined(taps, inputs[begin : begin + window])
                        for begin in range(0, windows * step, step)
                    ]
                    for outer_point, outer_taps in enumerate(outer):
                        place = outer_point * len(inner) + point
                        value = f.combined(outer_taps, mapped)
                        if shape.whole:
                            factor = f.spread(f.load(f.at(factors, place), FLOAT))
                            value = _rounded(f, b.fmul(value, factor))
                        f.store(value, f.at(target, f.add(f.mul(u_step, place), channel), element))

            f.each(0, channels, some, step=f.width)

        f.each(0, rows, row)
    return f.function


def _rounded(f: Function, value: Any) -> Any:
    """The nearest int16 of each float32."""
    b = f.builder
    shifted = b.bitcast(b.fadd(value, f.constant(ROUNDING)), f.whole)
    return b.trunc(shifted, ir.VectorType(SHORT, f.width))


def _write_multiply(module: ir.Module, name: str, shape: Shape) -> ir.Function:
    """`multiply(u, u_step, w, v, count, block, channels, points, chunks, shift, scales, units)`.

    v[point, row] = Σ over chunks and channels of u[point, row + chunk · shift] · w[block, point, chunk]. v is `[points,
    count, columns]`, `count` a multiple of the tile's rows; w `[blocks, points, chunks, channels, columns]`. With
    int16, w is `[blocks, points, chunks, channels / 2, columns, 2]`, and scales `[blocks, points, chunks, parts of
    depth, columns]` and units `[points]` say what a one of a column, and of a point's inputs, stands for.
    """
    width, whole, columns = shape.width, shape.whole, shape.columns
    element = SHORT if whole else FLOAT
    with Function(module, name, "pnppnnnnnnpp", width) as f:
        u, u_step, w, v, count, block, channels, points, chunks, shift, scales, units = f.arguments
        b = f.builder
        parts = b.sdiv(f.add(channels, shape.depth - 1), SIZE(shape.depth))

        def point(p: Any) -> None:
            def chunk(c: Any) -> None:
                panel = f.add(f.mul(f.add(f.mul(block, points), p), chunks), c)

                def part(number: Any) -> None:
                    channel = f.mul(number, shape.depth)
                    deep = _smaller(f, b.sub(channels, channel), SIZE(shape.depth))
                    fresh = b.icmp_signed("==", f.add(c, channel), SIZE(0))
                    weights = f.at(w, f.mul(f.add(f.mul(panel, channels), channel), columns), element)
                    moved = f.add(f.mul(p, u_step), f.mul(f.mul(c, shift), channels), channel)
                    source, target = f.at(u, moved, element), f.at(v, f.mul(f.mul(p, count), columns))
                    scale: list[Any] = []
                    if whole:
                        unit = f.spread(f.load(f.at(units, p), FLOAT))
                        its = f.at(scales, f.mul(f.add(f.mul(panel, parts), number), columns))
                        scale = [
                            b.fmul(unit, f.load(f.at(its, column))) for column in range(0, columns, width)
                        ]

                    def tile(row: Any) -> None:
                        inputs = f.at(source, f.mul(row, channels), element)
                        sums = _tile_sums(f, shape, inputs, weights, channels, deep)
                        if whole:
                            sums = [
                                b.fmul(b.sitofp(total, f.vector), scale[index % shape.vectors])
                                for index, total in enumerate(sums)
                            ]
                        start = f.at(target, f.mul(row, columns))
                        places = [f.at(start, index * width) for index in range(len(sums))]
                        with b.if_else(fresh) as (anew, more):
                            with anew:
                                for value, place in zip(sums, places, strict=True):
                                    f.store(value, place)
                            with more:
                                for value, place in zip(sums, places, strict=True):
                                    f.store(b.fadd(value, f.load(place)), place)

                    f.each(0, count, tile, step=shape.rows)

                f.each(0, parts, part)

            f.each(0, chunks, chunk)

        f.each(0, points, point)
    return f.function


def _tile_sums(f: Function, shape: Shape, inputs: Any, weights: Any, channels: Any, deep: Any) -> list[Any]:
    """A tile's sums over `deep` channels, row by row, in float32 or int32."""
    b, width, columns = f.builder, shape.width, shape.columns
    element = SHORT if shape.whole else FLOAT
    paired = ir.VectorType(SHORT, 2 * width)
    starts = [f.at(inputs, f.mul(channels, row), element) for row in range(shape.rows)]

    def floats(index: Any, sums: list[Any]) -> list[Any]:
        place = f.at(weights, f.mul(index, columns))
        loaded = [f.load(f.at(place, column)) for column in range(0, columns, width)]
        ones = [f.spread(f.load(f.at(start, index), FLOAT)) for start in starts]
        return [
            f.fma(one, weight, sums[row * len(loaded) + column])
            for row, one in enumerate(ones)
            for column, weight in enumerate(loaded)
        ]

    def pairs(index: Any, sums: list[Any]) -> list[Any]:
        place = f.at(weights, f.mul(index, 2 * columns), SHORT)
        loaded = [f.load(f.at(place, 2 * column, SHORT), paired) for column in range(0, columns, width)]
        ones = [b.bitcast(f.spread(f.load(f.at(start, index, LANE), LANE)), paired) for start in starts]
        return [
            _added_pairs(f, one, weight, sums[row * len(loaded) + column])
            for row, one in enumerate(ones)
            for column, weight in enumerate(loaded)
        ]

    def turn(index: Any, *sums: Any) -> list[Any]:
        given = list(sums)
        for step in range(UNROLLED):
            given = (pairs if shape.whole else floats)(f.add(index, step), given)
        return given

    nothing = ir.Constant(f.whole, [0] * width) if shape.whole else f.constant(0.0)
    steps = b.sdiv(deep, SIZE(2)) if shape.whole else deep
    return f.each(0, steps, turn, [nothing] * (shape.rows * shape.vectors), step=UNROLLED)


def _smaller(f: Function, one: Any, other: Any) -> Any:
    return f.builder.select(f.builder.icmp_signed("<", one, other), one, other)


def _added_pairs(f: Function, one: Any, other: Any, to: Any) -> Any:
    """to + the products of neighbouring int16, two and two."""
    name = {4: "sse2.pmadd.wd", 8: "avx2.pmadd.wd", 16: "avx512.pmaddw.d.512"}[f.width]
    return f.builder.add(f.intrinsic(f"llvm.x86.{name}", f.whole, one, other), to)


def _write_leave(module: ir.Module, name: str, scheme: Scheme, shape: Shape) -> ir.Function:
    """`leave(v, y, shortcut, bias, across, dilation, count, summed, shortened, gain)`: the columns of a block of y
    `[time, across]` from v `[points, count, columns]`."""
    outer, inner = scheme.outer.leave, scheme.inner.leave
    points, columns = len(inner[0]), shape.columns
    with Function(module, name, "ppppnnnnnf", shape.width) as f:
        v, y, shortcut, bias, across, dilation, count, summed, shortened, gain = f.arguments
        b = f.builder
        v_step, y_step = f.mul(count, columns), f.mul(dilation, across)
        gains = f.spread(gain)

        def row(index: Any) -> None:
            tile, phase = b.sdiv(index, dilation), b.srem(index, dilation)
            start = f.mul(f.add(f.mul(f.mul(tile, scheme.outputs), dilation), phase), across)
            source = f.at(v, f.mul(index, columns))

            def some(channel: Any) -> None:
                inputs = [
                    f.load(f.at(source, f.add(f.mul(v_step, place), channel)))
                    for place in range(len(outer[0]) * points)
                ]
                offset = f.load(f.at(bias, channel))
                totals, places = [], []
                for number, outer_row in enumerate(outer):
                    mapped = [f.combined(outer_row, inputs[point::points]) for point in range(points)]
                    for inner_number, inner_row in enumerate(inner):
                        totals.append(b.fadd(f.combined(inner_row, mapped), offset))
                        output = number * len(inner) + inner_number
                        places.append(f.add(f.mul(y_step, output), start, channel))

                def finish(*others: Any) -> None:
                    for total, place in zip(totals, places, strict=True):
                        for other in others:
                            total = b.fadd(total, f.load(f.at(other, place)))
                        f.store(b.fmul(total, gains), f.at(y, place))

                with b.if_else(b.icmp_signed("!=", shortened, SIZE(0))) as (short, alone):
                    with short, b.if_else(b.icmp_signed("!=", summed, SIZE(0))) as (both, one):
                        with both:
                            finish(shortcut, y)
                        with one:
                            finish(shortcut)
                    with alone:
                        finish()

            f.each(0, columns, some, step=f.width)

        f.each(0, count, row)
    return f.function


def _write_total(module: ir.Module, name: str, shape: Shape) -> ir.Function:
    """`total(y, time, across, sums)`: the sums over time of y and of y², added to `[2, across]` in float64."""
    width = shape.width
    wide = ir.VectorType(DOUBLE, width)
    with Function(module, name, "pnnp", width) as f:
        y, time, across, sums = f.arguments
        b = f.builder

        def some(channel: Any) -> None:
            def one(row: Any, plain: Any, square: Any) -> list[Any]:
                value = f.load(f.at(y, f.add(f.mul(row, across), channel)))
                return [b.fadd(plain, value), f.fma(value, value, square)]

            both = f.each(0, time, one, [f.constant(0.0)] * 2)
            for number, vector in enumerate(both):
                place = f.at(sums, f.add(f.mul(across, number), channel), DOUBLE)
                f.store(b.fadd(f.load(place, wide), b.fpext(vector, wide)), place)

        f.each(0, across, some, step=width)
    return f.function

"""Attention of one new position a line, over the positions before it, on a CPU.

torch's attention of a single query costs several times the reading of its keys. Here a head's scores are summed
straight from the arena, whose keys lie in blocks of sixteen positions, `[block, head width, 16]`: keys and values are
each one stream through memory, and while one is worked on, the other is fetched. A row's numbers depend on that row
alone: on its own length, never on its neighbours, on the room the arena has, or on what lies in positions nobody wrote.
"""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

from tts_core.gpt_sovits.loops.cpu.machine import (
    ADDRESS,
    COUNT,
    FETCHES,
    Code,
    added_product,
    at,
    compiled,
    counting,
    fetch,
    floats,
    real,
    same,
    shared_out,
    spread,
    threads_for,
)

BLOCK = 16
"""Positions in a block of keys: a vector register of AVX-512, two of AVX."""

_BLOCKS = 2  # at a time, so that additions of one hide the waiting of the other
_VALUES = 4  # positions of the values at a time, likewise

# e^x = 2^n · e^r with n = ⌊x / ln 2 + ½⌋, and a polynomial for e^r (Moshier, Cephes, `expf`).
_LOG2_E = 1.44269504
_LN2_HIGH, _LN2_LOW = 0.693359375, -2.12194440e-4
_POLYNOMIAL = (
    1.9875691500e-4,
    1.3981999507e-3,
    8.3334519073e-3,
    4.1665795894e-2,
    1.6666665459e-1,
    5.0000001201e-1,
)
_LEAST_EXPONENT = -87.0  # below, float32 has no normal numbers


class StepAttention:
    """Attention of each line's next position over the positions before it.

    Args:
        length: positions a line may have, at most; a multiple of 2 · `BLOCK`.
    """

    def __init__(self, length: int) -> None:
        if length % (_BLOCKS * BLOCK):
            raise ValueError(f"{length} positions are not whole pairs of blocks")
        self.length = length

    def __call__(self, qkv: Tensor, keys: Tensor, values: Tensor, lengths: Tensor) -> Tensor:
        """Store the new keys and values, and attend.

        Args:
            qkv: float32 `[B, 3, heads, head width]`, contiguous.
            keys: float32 or bfloat16 `[≥ B, heads, length / 16, head width, 16]`; position `lengths` of each row is
                written.
            values: as keys, `[≥ B, heads, length, head width]`.
            lengths: int64 `[B]`, positions already there, fewer than `length`.

        Returns:
            float32 `[B, heads · head width]`.
        """
        rows, _, heads, width = qkv.shape
        seen = torch.empty(rows, heads * width)
        code = _code(width, keys.dtype == torch.bfloat16)
        longest = int(lengths.max()) + 1

        def work(first: int, last: int) -> None:
            scores = torch.empty(self.length)
            code(
                qkv.data_ptr(),
                keys.data_ptr(),
                values.data_ptr(),
                lengths.data_ptr(),
                seen.data_ptr(),
                scores.data_ptr(),
                first,
                last,
                heads,
                self.length,
            )

        pairs = rows * heads
        shared_out(work, pairs, threads_for(4 * pairs * longest * width))
        return seen


def in_blocks(keys: Tensor) -> Tensor:
    """Keys `[…, n, head width]` → `[…, ⌈n / 16⌉, head width, 16]`; positions beyond n are zeros."""
    count = keys.shape[-2]
    blocks = -(-count // BLOCK)
    padded = F.pad(keys, (0, 0, 0, blocks * BLOCK - count)).contiguous()
    shaped: Tensor = padded.view(*keys.shape[:-2], blocks, BLOCK, keys.shape[-1]).transpose(-1, -2)
    return shaped


@cache
def _code(width: int, half: bool) -> Code:
    return compiled(_text(width, half), "attend", *[ADDRESS] * 6, *[COUNT] * 4)


def _text(width: int, half: bool) -> str:
    """For every (row, head): store the new key and value; scores; their exponentials; the weighted sum of the values.

    Parameters of `attend`: qkv, keys, values, lengths, seen as in `StepAttention`; room for the scores; first and
    last (row, head) pair; heads; positions a row has room for. `half`: keys and values are bfloat16.
    """
    size = 2 if half else 4
    element = "i16" if half else "float"
    block, vector = floats(BLOCK), floats(width)
    ints = f"<{BLOCK} x i32>"
    minus_infinity = same(BLOCK, f"float 0x{0xFFF0000000000000:016X}")

    def load(name: str, address: str, count: int) -> list[str]:
        """float32 from the arena: bfloat16 is the upper half of its bits."""
        if not half:
            return [f"%{name} = load {floats(count)}, ptr {address}, align 4"]
        wide = f"<{count} x i32>"
        return [
            f"%{name}.stored = load <{count} x i16>, ptr {address}, align 2",
            f"%{name}.wide = zext <{count} x i16> %{name}.stored to {wide}",
            f"%{name}.high = shl {wide} %{name}.wide, {same(count, 'i32 16')}",
            f"%{name} = bitcast {wide} %{name}.high to {floats(count)}",
        ]

    def rounded(name: str, number: str) -> list[str]:
        """To bfloat16, to nearest, ties to even, as torch does it."""
        wide = f"<{width} x i32>"
        return [
            f"%{name}.bits = bitcast {vector} {number} to {wide}",
            f"%{name}.upper = lshr {wide} %{name}.bits, {same(width, 'i32 16')}",
            f"%{name}.odd = and {wide} %{name}.upper, {same(width, 'i32 1')}",
            f"%{name}.half = add {wide} %{name}.bits, {same(width, 'i32 32767')}",
            f"%{name}.up = add {wide} %{name}.half, %{name}.odd",
            f"%{name}.kept = lshr {wide} %{name}.up, {same(width, 'i32 16')}",
            f"%{name} = trunc {wide} %{name}.kept to <{width} x i16>",
        ]

    together = _BLOCKS * BLOCK
    lines = [
        f"declare {block} @llvm.floor.v{BLOCK}f32({block})",
        f"declare float @llvm.vector.reduce.fmax.v{BLOCK}f32({block})",
        f"declare float @llvm.vector.reduce.fadd.v{BLOCK}f32(float, {block})",
        FETCHES,
        "define void @attend(ptr noalias %qkv, ptr noalias %keys, ptr noalias %values, ptr noalias %lengths,"
        " ptr noalias %seen, ptr noalias %scores, i64 %first, i64 %last, i64 %heads, i64 %room) {",
        "entry:",
        f"%head.size = mul i64 %room, {width * size}",
        f"%part.size = mul i64 %heads, {width * 4}",
        "%row.size = mul i64 %part.size, 3",
        "br label %pair",
        "pair:",
        "%pr = phi i64 [%first, %entry], [%pr.next, %finish]",
        "%row = udiv i64 %pr, %heads",
        "%head = urem i64 %pr, %heads",
        "%length.at = getelementptr i64, ptr %lengths, i64 %row",
        "%length = load i64, ptr %length.at, align 8",
        "%total = add i64 %length, 1",
        "%total.32 = trunc i64 %total to i32",
        spread("totals", "%total.32", BLOCK, "i32"),
        "%pair.offset = mul i64 %pr, %head.size",
        at("k", "%keys", "%pair.offset"),
        at("v", "%values", "%pair.offset"),
        at("k.next", "%k", "%head.size"),
        "%row.offset = mul i64 %row, %row.size",
        f"%head.offset = mul i64 %head, {width * 4}",
        "%q.offset = add i64 %row.offset, %head.offset",
        at("q.at", "%qkv", "%q.offset"),
        at("new.k.at", "%q.at", "%part.size"),
        at("new.v.at", "%new.k.at", "%part.size"),
        f"%new.k = load {vector}, ptr %new.k.at, align 4",
        f"%new.v = load {vector}, ptr %new.v.at, align 4",
        f"%q.plain = load {vector}, ptr %q.at, align 4",
        f"%q = fmul {vector} %q.plain, {same(width, real(1 / math.sqrt(width)))}",
        f"%here = mul i64 %length, {width * size}",
        at("v.here", "%v", "%here"),
    ]
    if half:
        lines += rounded("stored.v", "%new.v") + rounded("stored.k", "%new.k")
        stored = f"<{width} x i16>"
    else:
        stored = vector
    names = ("%stored.k", "%stored.v") if half else ("%new.k", "%new.v")
    lines += [
        f"store {stored} {names[1]}, ptr %v.here, align {size}",
        f"%its.block = udiv i64 %length, {BLOCK}",
        f"%its.lane = urem i64 %length, {BLOCK}",
        f"%its.block.offset = mul i64 %its.block, {BLOCK * width * size}",
        f"%its.lane.offset = mul i64 %its.lane, {size}",
        at("k.block", "%k", "%its.block.offset"),
        at("k.here", "%k.block", "%its.lane.offset"),
    ]
    for d in range(width):
        lines += [
            f"%stored.k.{d} = extractelement {stored} {names[0]}, i32 {d}",
            at(f"k.here.{d}", "%k.here", d * BLOCK * size),
            f"store {element} %stored.k.{d}, ptr %k.here.{d}, align {size}",
            f"%q.{d} = extractelement {vector} %q, i32 {d}",
        ]
    lines += [
        f"%groups.up = add i64 %total, {together - 1}",
        f"%groups = udiv i64 %groups.up, {together}",
        "br label %score",
        # Scores of two blocks a turn, in four sums; what is beyond the line's end counts as minus infinity.
        "score:",
        "%g = phi i64 [0, %pair], [%g.next, %score]",
        f"%high.0 = phi {block} [{minus_infinity}, %pair], [%high.{_BLOCKS}, %score]",
        f"%g.offset = mul i64 %g, {together * width * size}",
        at("kg", "%k", "%g.offset"),
        at("vg", "%v", "%g.offset"),
        fetch("ahead.v", "%vg", together * width * size),
    ]
    for d in range(width):
        lines.append(spread(f"qs.{d}", f"%q.{d}", BLOCK))
        for b in range(_BLOCKS):
            lines.append(at(f"k{b}.{d}.at", "%kg", (b * width + d) * BLOCK * size))
            lines += load(f"k{b}.{d}", f"%k{b}.{d}.at", BLOCK)
            if d < 2:
                lines.append(f"%s{b}.{d} = fmul {block} %qs.{d}, %k{b}.{d}")
            else:
                lines.append(added_product(f"s{b}.{d}", f"%qs.{d}", f"%k{b}.{d}", f"%s{b}.{d - 2}", BLOCK))
    lines += [
        f"%g.first = mul i64 %g, {together}",
        "%g.first.32 = trunc i64 %g.first to i32",
        spread("g.firsts", "%g.first.32", BLOCK, "i32"),
        "%sg = getelementptr float, ptr %scores, i64 %g.first",
    ]
    for b in range(_BLOCKS):
        lines += [
            f"%s{b} = fadd {block} %s{b}.{width - 1}, %s{b}.{width - 2}",
            f"%p{b} = add {ints} %g.firsts, {counting(BLOCK, b * BLOCK)}",
            f"%in{b} = icmp slt {ints} %p{b}, %totals",
            f"%seen{b} = select <{BLOCK} x i1> %in{b}, {block} %s{b}, {block} {minus_infinity}",
            at(f"sg{b}", "%sg", b * BLOCK * 4),
            f"store {block} %seen{b}, ptr %sg{b}, align 4",
            f"%more{b} = fcmp ogt {block} %seen{b}, %high.{b}",
            f"%high.{b + 1} = select <{BLOCK} x i1> %more{b}, {block} %seen{b}, {block} %high.{b}",
        ]
    lines += [
        "%g.next = add i64 %g, 1",
        "%more.groups = icmp ult i64 %g.next, %groups",
        "br i1 %more.groups, label %score, label %highest",
        "highest:",
        f"%high = call float @llvm.vector.reduce.fmax.v{BLOCK}f32({block} %high.{_BLOCKS})",
        spread("highs", "%high", BLOCK),
        f"%blocks.up = add i64 %total, {BLOCK - 1}",
        f"%blocks = udiv i64 %blocks.up, {BLOCK}",
        "br label %exponential",
        "exponential:",
        "%e = phi i64 [0, %highest], [%e.next, %exponential]",
        f"%sum = phi {block} [zeroinitializer, %highest], [%sum.next, %exponential]",
        f"%e.first = mul i64 %e, {BLOCK}",
        "%se = getelementptr float, ptr %scores, i64 %e.first",
        f"%score.e = load {block}, ptr %se, align 4",
        f"%below = fsub {block} %score.e, %highs",
        f"%tiny = fcmp olt {block} %below, {same(BLOCK, real(_LEAST_EXPONENT))}",
        f"%x = select <{BLOCK} x i1> %tiny, {block} {same(BLOCK, real(_LEAST_EXPONENT))}, {block} %below",
        f"%n.exact = fmul {block} %x, {same(BLOCK, real(_LOG2_E))}",
        f"%n.up = fadd {block} %n.exact, {same(BLOCK, real(0.5))}",
        f"%n = call {block} @llvm.floor.v{BLOCK}f32({block} %n.up)",
        added_product("r.high", "%n", same(BLOCK, real(-_LN2_HIGH)), "%x", BLOCK),
        added_product("r", "%n", same(BLOCK, real(-_LN2_LOW)), "%r.high", BLOCK),
    ]
    power = same(BLOCK, real(_POLYNOMIAL[0]))
    for index, coefficient in enumerate(_POLYNOMIAL[1:]):
        lines.append(added_product(f"e.{index}", power, "%r", same(BLOCK, real(coefficient)), BLOCK))
        power = f"%e.{index}"
    lines += [
        f"%r.square = fmul {block} %r, %r",
        added_product("e.r", power, "%r.square", "%r", BLOCK),
        f"%e.one = fadd {block} %e.r, {same(BLOCK, real(1.0))}",
        f"%n.int = fptosi {block} %n to {ints}",
        f"%n.biased = add {ints} %n.int, {same(BLOCK, 'i32 127')}",
        f"%n.bits = shl {ints} %n.biased, {same(BLOCK, 'i32 23')}",
        f"%two.n = bitcast {ints} %n.bits to {block}",
        f"%e.any = fmul {block} %e.one, %two.n",
        "%e.first.32 = trunc i64 %e.first to i32",
        spread("e.firsts", "%e.first.32", BLOCK, "i32"),
        f"%pe = add {ints} %e.firsts, {counting(BLOCK)}",
        f"%ine = icmp slt {ints} %pe, %totals",
        f"%exp = select <{BLOCK} x i1> %ine, {block} %e.any, {block} zeroinitializer",
        f"store {block} %exp, ptr %se, align 4",
        f"%sum.next = fadd {block} %sum, %exp",
        "%e.next = add i64 %e, 1",
        "%more.blocks = icmp ult i64 %e.next, %blocks",
        "br i1 %more.blocks, label %exponential, label %weigh",
        "weigh:",
        f"%weight = call reassoc float @llvm.vector.reduce.fadd.v{BLOCK}f32(float 0.0, {block} %sum.next)",
        f"%even = and i64 %total, {-_VALUES}",
        "%any = icmp ne i64 %even, 0",
        "br i1 %any, label %value, label %rest",
        # Positions beyond the end are not even read: 0 times what is not a number would be heard.
        "value:",
        "%t = phi i64 [0, %weigh], [%t.next, %value]",
    ]
    lines += [
        f"%sum.{u} = phi {vector} [zeroinitializer, %weigh], [%sum.{u}.next, %value]" for u in range(_VALUES)
    ]
    lines += [
        f"%t.offset = mul i64 %t, {width * size}",
        at("vt", "%v", "%t.offset"),
        "%st = getelementptr float, ptr %scores, i64 %t",
        at("kt", "%k.next", "%t.offset"),
        fetch("ahead.k", "%kt", _VALUES * width * size),
    ]
    for u in range(_VALUES):
        lines += [
            at(f"v{u}.at", "%vt", u * width * size),
            at(f"w{u}.at", "%st", u * 4),
            f"%w{u} = load float, ptr %w{u}.at, align 4",
            *load(f"v{u}", f"%v{u}.at", width),
            spread(f"ws{u}", f"%w{u}", width),
            added_product(f"sum.{u}.next", f"%ws{u}", f"%v{u}", f"%sum.{u}", width),
        ]
    lines += [
        f"%t.next = add i64 %t, {_VALUES}",
        "%more.values = icmp ult i64 %t.next, %even",
        "br i1 %more.values, label %value, label %join",
        "join:",
        f"%sum.01 = fadd {vector} %sum.0.next, %sum.1.next",
        f"%sum.23 = fadd {vector} %sum.2.next, %sum.3.next",
        f"%sum.even = fadd {vector} %sum.01, %sum.23",
        "br label %rest",
        "rest:",
        f"%base = phi {vector} [zeroinitializer, %weigh], [%sum.even, %join]",
        "%odd = icmp ult i64 %even, %total",
        "br i1 %odd, label %last.values, label %finish",
        "last.values:",
        "%u = phi i64 [%even, %rest], [%u.next, %last.values]",
        f"%sum.u = phi {vector} [%base, %rest], [%sum.u.next, %last.values]",
        f"%u.offset = mul i64 %u, {width * size}",
        at("vu.at", "%v", "%u.offset"),
        "%su = getelementptr float, ptr %scores, i64 %u",
        "%wu = load float, ptr %su, align 4",
        *load("vu", "%vu.at", width),
        spread("wus", "%wu", width),
        added_product("sum.u.next", "%wus", "%vu", "%sum.u", width),
        "%u.next = add i64 %u, 1",
        "%more.u = icmp ult i64 %u.next, %total",
        "br i1 %more.u, label %last.values, label %finish",
        "finish:",
        f"%whole = phi {vector} [%base, %rest], [%sum.u.next, %last.values]",
        spread("weights", "%weight", width),
        f"%heard = fdiv {vector} %whole, %weights",
        f"%out.offset = mul i64 %pr, {width * 4}",
        at("out.at", "%seen", "%out.offset"),
        f"store {vector} %heard, ptr %out.at, align 4",
        "%pr.next = add i64 %pr, 1",
        "%more.pairs = icmp ult i64 %pr.next, %last",
        "br i1 %more.pairs, label %pair, label %end",
        "end:",
        "ret void",
        "}",
    ]
    return "\n".join(lines)

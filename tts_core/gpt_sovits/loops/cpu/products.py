"""Matrix products in float32 on a CPU: rows of activations times weights that were packed once.

Weights lie in panels of a few columns, `[panel, term, column]`, so a product streams through them once and keeps the
sums of all rows in registers. Every sum is taken term by term in the same order whatever the number of rows: **a
row's bits do not depend on the rows beside it**, which is what makes a line's tokens independent of its batch.
Measured beside oneDNN's packed products, published sizes, one core: 8 rows through 24 layers 16 ms against 25, 180
rows 110 GFLOP/s against 107.

Published checkpoints are stored in float16. Weights that came from there are kept so and widened as they are read:
the same numbers, half the memory.
"""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor

from tts_core.gpt_sovits.loops.cpu.machine import (
    ADDRESS,
    COUNT,
    FETCHES,
    REAL,
    Code,
    added_product,
    at,
    compiled,
    fetch,
    floats,
    shared_out,
    spread,
    threads_for,
)
from tts_core.loops.machine import cpu

VECTORS = 2  # registers across a panel
UNROLLED = 4  # terms a turn of the inner loop
AHEAD = 8192
"""Bytes of weights asked for ahead of their use: the processor's own guess stops at each page of 4 KB (8 rows: 94
against 77 GFLOP/s)."""


class RowProduct:
    """`x @ weight.T + bias`, with ReLU on top if asked.

    Args:
        weight: float32 `[out, in]` on the CPU.
        bias: `[out]` or None.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, *, relu: bool = False) -> None:
        self.outputs, self.terms = weight.shape
        self.half = cpu().reads_float16 and fits_float16(weight)
        self._least = 0.0 if relu else -math.inf
        self._columns = VECTORS * cpu().lanes
        self._panels = -(-self.outputs // self._columns)
        room = self._panels * self._columns
        padded = torch.zeros(room, self.terms, dtype=torch.float16 if self.half else torch.float32)
        padded[: self.outputs] = weight.detach()
        self._weight = padded.view(self._panels, self._columns, self.terms).transpose(1, 2).contiguous()
        self._bias = torch.zeros(room)
        if bias is not None:
            self._bias[: self.outputs] = bias.detach()

    def __call__(self, x: Tensor) -> Tensor:
        """float32 `[rows, in]` → `[rows, out]`, contiguous."""
        rows = len(x)
        out = torch.empty(rows, self._panels * self._columns)
        done = 0
        while done < rows:
            together = next(count for count in _rows_together() if count <= rows - done)
            groups = (rows - done) // together
            stop = done + groups * together
            self._run(x[done:stop], together, groups, out[done:stop])
            done = stop
        return out if out.shape[1] == self.outputs else out[:, : self.outputs].contiguous()

    def _run(self, x: Tensor, together: int, groups: int, out: Tensor) -> None:
        # The rows of a group term by term: what the loop reads next lies next.
        turned = x.reshape(groups, together, self.terms).transpose(1, 2).contiguous()
        code = _code(together, self.half, self.terms % UNROLLED == 0)
        panel_bytes = self._weight[0].numel() * self._weight.element_size()

        def work(first: int, last: int) -> None:
            offset = 4 * first * self._columns
            code(
                turned.data_ptr(),
                self._weight.data_ptr() + first * panel_bytes,
                self._bias.data_ptr() + offset,
                out.data_ptr() + offset,
                out.shape[1],
                self.terms,
                last - first,
                groups,
                self._least,
            )

        shared_out(work, self._panels, threads_for(2 * len(x) * self._weight.numel()))


def fits_float16(weight: Tensor) -> bool:
    """Whether every weight is a float16 number already, as in the published checkpoints."""
    return bool(torch.equal(weight.half().float(), weight))


def _rows_together() -> tuple[int, ...]:
    """Rows whose sums fit the registers beside a term's weights, and what is left over."""
    return (8, 4, 2, 1) if cpu().registers >= 32 else (4, 2, 1)


@cache
def _code(rows: int, half: bool, unrolled: bool) -> Code:
    """Compiled: groups of `rows` rows times all panels of a share."""
    text = _text(rows, cpu().lanes, half, UNROLLED if unrolled else 1)
    return compiled(text, "multiply", ADDRESS, ADDRESS, ADDRESS, ADDRESS, COUNT, COUNT, COUNT, COUNT, REAL)


def _text(rows: int, lanes: int, half: bool, unrolled: int) -> str:
    """For every panel, for every group of rows: sum over the terms in registers, add the bias, cut off below `least`,
    store.

    Parameters of `multiply`: activations `[groups, terms, rows]`; weights `[panels, terms, columns]`; bias `[panels ·
    columns]`; out `[groups · rows, stride]`; stride, terms, panels, groups; least.
    """
    vector, size = floats(lanes), 2 if half else 4
    stored = f"<{lanes} x half>" if half else vector
    columns = VECTORS * lanes
    sums = [(row, part) for row in range(rows) for part in range(VECTORS)]
    lines = [
        FETCHES,
        "define void @multiply(ptr noalias %x, ptr noalias %weights, ptr noalias %bias, ptr noalias %out,"
        " i64 %stride, i64 %terms, i64 %panels, i64 %groups, float %least) {",
        "entry:",
        spread("lowest", "%least", lanes),
        f"%panel.size = mul i64 %terms, {columns * size}",
        f"%group.size = mul i64 %terms, {rows * 4}",
        "%row.size = mul i64 %stride, 4",
        f"%rows.size = mul i64 %row.size, {rows}",
        "br label %panel",
        "panel:",
        "%p = phi i64 [0, %entry], [%p.next, %panel.end]",
        "%p.offset = mul i64 %p, %panel.size",
        at("w", "%weights", "%p.offset"),
        f"%c.offset = mul i64 %p, {columns * 4}",
        at("b", "%bias", "%c.offset"),
        at("o", "%out", "%c.offset"),
        "br label %group",
        "group:",
        "%g = phi i64 [0, %panel], [%g.next, %store]",
        "%g.offset = mul i64 %g, %group.size",
        at("xg", "%x", "%g.offset"),
    ]
    for part in range(VECTORS):
        lines += [
            at(f"b{part}.at", "%b", part * lanes * 4),
            f"%b{part} = load {vector}, ptr %b{part}.at, align 4",
        ]
    lines += ["br label %term", "term:", "%k = phi i64 [0, %group], [%k.next, %term]"]
    lines += [
        f"%s{row}.{part}.0 = phi {vector} [%b{part}, %group], [%s{row}.{part}.{unrolled}, %term]"
        for row, part in sums
    ]
    lines += [
        f"%kw = mul i64 %k, {columns * size}",
        at("wk", "%w", "%kw"),
        f"%kx = mul i64 %k, {rows * 4}",
        at("xk", "%xg", "%kx"),
    ]
    lines.append(fetch("ahead", "%wk", unrolled * columns * size, AHEAD))
    for turn in range(unrolled):
        for part in range(VECTORS):
            name = f"w{turn}.{part}"
            lines.append(at(f"{name}.at", "%wk", (turn * VECTORS + part) * lanes * size))
            if half:
                lines.append(f"%{name}.half = load {stored}, ptr %{name}.at, align 2")
                lines.append(f"%{name} = fpext {stored} %{name}.half to {vector}")
            else:
                lines.append(f"%{name} = load {vector}, ptr %{name}.at, align 4")
        for row in range(rows):
            name = f"x{turn}.{row}"
            lines.append(at(f"{name}.at", "%xk", (turn * rows + row) * 4))
            lines.append(f"%{name}.read = load float, ptr %{name}.at, align 4")
            lines.append(spread(name, f"%{name}.read", lanes))
            lines += [
                added_product(
                    f"s{row}.{part}.{turn + 1}",
                    f"%{name}",
                    f"%w{turn}.{part}",
                    f"%s{row}.{part}.{turn}",
                    lanes,
                )
                for part in range(VECTORS)
            ]
    lines += [
        f"%k.next = add i64 %k, {unrolled}",
        "%more.terms = icmp ult i64 %k.next, %terms",
        "br i1 %more.terms, label %term, label %store",
        "store:",
        "%og.offset = mul i64 %g, %rows.size",
        at("og", "%o", "%og.offset"),
    ]
    for row, part in sums:
        if part == 0:
            lines += [f"%r{row} = mul i64 %row.size, {row}", at(f"o{row}", "%og", f"%r{row}")]
        last, name = f"%s{row}.{part}.{unrolled}", f"y{row}.{part}"
        lines += [
            f"%{name}.below = fcmp olt {vector} {last}, %lowest",  # not a number stays not a number
            f"%{name} = select <{lanes} x i1> %{name}.below, {vector} %lowest, {vector} {last}",
            at(f"{name}.at", f"%o{row}", part * lanes * 4),
            f"store {vector} %{name}, ptr %{name}.at, align 4",
        ]
    lines += [
        "%g.next = add i64 %g, 1",
        "%more.groups = icmp ult i64 %g.next, %groups",
        "br i1 %more.groups, label %group, label %panel.end",
        "panel.end:",
        "%p.next = add i64 %p, 1",
        "%more.panels = icmp ult i64 %p.next, %panels",
        "br i1 %more.panels, label %panel, label %done",
        "done:",
        "ret void",
        "}",
    ]
    return "\n".join(lines)

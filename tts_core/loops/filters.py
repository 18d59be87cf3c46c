"""One convolution along time with fewer multiplications, and what surrounds it in one pass: how its input is heard,
what its output is added to, and the sums that the next normalisation wants.

A kernel of more taps than its scheme's is cut into chunks: chunk j of tile t needs the inputs of tile t + j, so at each
point there is an ordinary convolution over the tiles. A dilation d makes d phases of every d-th sample, each filtered
alone; tile and phase count the rows of one matrix, and a chunk's step is d rows.

A sample's number depends on its place in its own line alone: not on threads, or on lines beside it.
"""

from __future__ import annotations

import ctypes
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tts_core.loops.compiler import POINTER_AND_COUNT, Code, Loops
from tts_core.loops.interpolation import DIRECT, F23_F44, F32_F44, F43, Scheme
from tts_core.loops.machine import cpu
from tts_core.loops.shapes import LARGEST, PLAIN, Shape

Floats = NDArray[np.float32]
_P, _N, _F = *POINTER_AND_COUNT, ctypes.c_float

SCHEMES: Mapping[str, Scheme] = {"direct": DIRECT, "f43": F43, "f32_f44": F32_F44, "f23_f44": F23_F44}
"""Schemes whose loops are compiled, by name."""

COLUMNS = 16
"""Of a tile."""
PIECE = 65_536
"""Numbers at the points that a piece has, about; the more, the fewer times weights are read, the fewer, the more stays
in the core's cache."""
LEAST_ROWS = 30  # of a piece: weights that many rows share


@cache
def shape(whole: bool | None = None) -> Shape:
    """The tile of this machine's products: as many rows as its registers hold beside a step's numbers. Its columns are
    sixteen everywhere, so that kernels mapped on one machine serve others.

    Args:
        whole: of int16; None = where the machine is faster with it.
    """
    its = cpu()
    rows = {(16, 32): 12, (8, 16): 6, (4, 32): 6, (4, 16): 2}[its.lanes, its.registers]
    return Shape(rows, COLUMNS // its.lanes, its.lanes, its.pairs if whole is None else whole, depth=64)


@cache
def _loops(its: Shape) -> Mapping[str, Code]:
    """The compiled filters of all schemes, and `total`."""

    def write() -> str:
        from llvmlite import ir

        from tts_core.loops import filter_kernels

        module = ir.Module("filters")
        for name, scheme in SCHEMES.items():
            filter_kernels.write_filter(module, name, scheme, its)
        return str(module)

    names = ("filter_kernels", "interpolation", "shapes", "writing", "filters")
    sources = [Path(__file__).with_name(f"{name}.py") for name in names]
    loops = Loops(write, [*sources, repr(its)])
    arguments = (_P, _P, _N, _P, _P, _N, _P, _N, _F, _P, _P)
    codes = {name: loops.function(name, *arguments) for name in SCHEMES}
    codes["total"] = loops.function("direct.total", _P, _N, _N, _P)
    return codes


def scheme_for(taps: int) -> str:
    """The fastest scheme for a kernel of so many taps."""
    return {3: "f43", 7: "f32_f44", 11: "f23_f44"}.get(taps, "direct")


@dataclass(frozen=True, slots=True)
class Mapped:
    """A kernel mapped to its scheme's points, as a machine's loops want it.

    Args:
        weights: `[blocks, points, chunks, channels, columns]`, or int16 `[blocks, points, chunks, channels / 2,
            columns, 2]`.
        scales: of int16: `[blocks, points, chunks, parts, columns]`; else empty.
    """

    weights: NDArray[Any]
    scales: Floats


def mapped(kernel: NDArray[Any], scheme: Scheme, its: Shape) -> Mapped:
    """A kernel `[taps, channels, columns]` mapped; channels even and a multiple of the vectors, columns of the tile's.

    With int16 a column's largest number at a point is as large as the sum of its sizes over `depth` channels allows:
    times the largest input that is below 2³¹, so that no sum overflows whatever the input.
    """
    taps, channels, across = kernel.shape
    chunks = -(-taps // scheme.taps)
    blocks = across // its.columns
    padded = np.zeros((chunks * scheme.taps, channels, across))
    padded[:taps] = kernel
    split = padded.reshape(chunks, scheme.taps, channels, blocks, its.columns)
    points = np.einsum("pk,jkcbo->bpjco", scheme.kernel, split)
    if not its.whole:
        return Mapped(np.ascontiguousarray(points, dtype=np.float32), np.zeros(0, np.float32))
    parts = -(-channels // its.depth)
    room = np.zeros((*points.shape[:3], parts * its.depth, its.columns))
    room[:, :, :, :channels] = points
    deep = np.abs(room).reshape(*points.shape[:3], parts, its.depth, its.columns)
    most = 2**31 // (LARGEST + 1) - its.depth  # rounding may add a half to each
    scales = np.maximum(deep.sum(axis=4) / most, deep.max(axis=4) / LARGEST)
    scales = np.maximum(scales, 1e-30).astype(np.float32)
    of_channel = np.repeat(scales, its.depth, axis=3)[:, :, :, :channels]
    whole = np.rint(points / of_channel).astype(np.int16)
    paired = whole.reshape(*whole.shape[:3], channels // 2, 2, its.columns).swapaxes(4, 5)
    return Mapped(np.ascontiguousarray(paired), np.ascontiguousarray(scales))


class Filter:
    """y[t] = (bias + Σ kernel[k] · heard(x)[t - lead + k · dilation] + …) · gain, zero outside x.

    Args:
        mapped: the kernel, by `mapped` for the same scheme and shape.
        bias: `[columns]`.
        lead: inputs before t that the first tap sees.
    """

    def __init__(
        self, mapped: Mapped, bias: Floats, *, scheme: str, its: Shape, lead: int, dilation: int = 1
    ) -> None:
        self._mapped, self._bias = mapped, np.ascontiguousarray(bias, dtype=np.float32)
        self.scheme, self._shape = SCHEMES[scheme], its
        blocks, points, chunks = mapped.weights.shape[:3]
        self.channels = mapped.weights[0, 0, 0].size // its.columns
        self.columns = blocks * its.columns
        unit = math.lcm(its.rows, dilation)
        piece = -(-max(LEAST_ROWS, PIECE // (points * self.channels)) // unit) * unit
        self._factors = (self.scheme.enter_sums / LARGEST).astype(np.float32)
        self._plan = np.array(
            [
                mapped.weights.ctypes.data,
                self._bias.ctypes.data,
                mapped.scales.ctypes.data,
                self._factors.ctypes.data,
                self.channels,
                blocks,
                chunks,
                lead,
                dilation,
                piece,
                unit,
            ],
            dtype=np.int64,
        )
        shift = (chunks - 1) * dilation
        span = dilation * ((piece // dilation + chunks) * self.scheme.outputs + self.scheme.window)
        self._scratch = (
            256
            + span * self.channels
            + (piece + shift + 1) * self.channels * points
            + 32
            + piece * points * its.columns
        )
        self.reach = (piece + unit) // dilation * dilation * self.scheme.outputs
        self._code = _loops(its)[scheme]

    def __call__(
        self,
        x: Floats,
        y: Floats,
        *,
        heard: Floats | None = None,
        kind: int = PLAIN,
        shortcut: Floats | None = None,
        summed: bool = False,
        gain: float = 1.0,
        sums: NDArray[np.float64] | None = None,
    ) -> None:
        """Filter x `[T, channels]`, contiguous, into y, whose memory goes on for `reach` rows of `columns` beyond T.

        Args:
            heard, kind: how the input is heard (`filter_kernels.PLAIN` …).
            shortcut: as y, read as far.
            summed: y is added to what it holds; only with a shortcut.
            sums: float64 `[2, columns]`: the sums over time of y and of its squares are added to it.
        """
        self._code(
            self._plan.ctypes.data, x.ctypes.data, len(x), y.ctypes.data,
            None if shortcut is None else shortcut.ctypes.data, int(summed),
            None if heard is None else heard.ctypes.data, kind, gain,
            _room(self._scratch).ctypes.data, None if sums is None else sums.ctypes.data,
        )  # fmt: skip


def add_up(y: Floats, sums: NDArray[np.float64], its: Shape) -> None:
    """Add the sums over time of y `[T, columns]` and of its squares to `sums` `[2, columns]`."""
    for begin in range(0, len(y), 256):  # float32 sums stay short
        part = y[begin : begin + 256]
        _loops(its)["total"](part.ctypes.data, len(part), y.shape[1], sums.ctypes.data)


_kept = threading.local()


def _room(size: int) -> Floats:
    """This thread's scratch memory, of at least `size` floats; its first numbers may be anything."""
    array: Floats | None = getattr(_kept, "scratch", None)
    if array is None or len(array) < size:
        array = _kept.scratch = np.empty(size, dtype=np.float32)
    return array

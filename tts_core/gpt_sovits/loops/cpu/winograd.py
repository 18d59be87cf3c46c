"""Convolutions along time on a CPU with fewer multiplications: minimal filtering in one dimension (Winograd 1980,
"Arithmetic Complexity of Computations"; Lavin & Gray 2016, "Fast Algorithms for Convolutional Neural Networks", whose
matrices G, Bᵀ and Aᵀ these are).

F(m, r) computes m outputs of a kernel of r taps with n = m + r - 1 multiplications instead of m · r: the inputs of a
tile are mapped to n points, multiplied there, and mapped back. With many channels a multiplication is a matrix
product and the maps cost little. A kernel of more taps is cut into chunks of r = m taps: chunk j of tile t needs the
inputs of tile t + j, so the chunks share the mapped inputs, and at each point there is an ordinary convolution over
the tiles, of as many taps as there are chunks. A dilation d makes d phases of every d-th sample, each filtered alone;
here tile and phase count the rows of one matrix, and a chunk's step is d rows.

Time is cut into pieces whose mapped inputs and outputs stay in the core's cache. A sample's number depends on its
place in its own line alone: not on the pieces, the threads, or the lines beside it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tts_core.gpt_sovits.loops.cpu.keeping import kept_loop
from tts_core.gpt_sovits.loops.cpu.machine import share
from tts_core.gpt_sovits.loops.cpu.microkernels import input_map, output_map, product_tile, tile_shape
from tts_core.loops.interpolation import F23_F44, F32, F32_F44, F43, F44, F45, Scheme
from tts_core.loops.machine import widest

Floats = NDArray[np.float32]

ALIGNED = 4  # channels must be a multiple of it: the narrowest vectors
DEPTH = 64
"""Of the inner products: a panel of weights this deep stays in the first cache, and shorter sums of sums
round less."""
SCRATCH = 256_000  # floats of mapped inputs and outputs a piece may have: about a second cache of 1 MiB
NESTED = 64
"""Channels from which a second interpolation pays: kernel 11, 32 to 256 channels: 1.00, 0.90, 0.81, 0.76 of
the time."""


def scheme_for(taps: int, channels: int) -> Scheme:
    """The fastest of these few for a kernel of so many taps, for these channels on the narrower side; each takes a
    second to compile."""
    if taps <= 3:
        return F43 if taps == 3 else F32  # whose points cost nothing where a second tap would be zero
    if taps == 5:
        return F45
    if taps == 4 or channels < NESTED:
        return F44
    return F32_F44 if taps <= 8 else F23_F44


def _compiled(*parameters: object) -> Callable[[Callable[..., None]], Any]:
    # no entrance for C: unused, it would have the body compiled once more
    return kept_loop(*parameters, no_cfunc_wrapper=True)


@_compiled()
def _take_edge(x: Any, length: Any, channels: Any, start: Any, step: Any, edge: Any, window: Any) -> None:
    """The inputs from `start` on, `step` apart, with zeros for those that are not in the line."""
    for tap in range(window):
        time = start + tap * step
        for channel in range(channels):
            edge[tap * channels + channel] = (
                x[time * channels + channel] if 0 <= time < length else np.float32(0)
            )


@_compiled()
def _give_edge(
    edge: Any, columns: Any, y: Any, start: Any, step: Any, outputs: Any,
    shortcut: Any, shortened: Any, summed: Any, gain: Any,
) -> None:  # fmt: skip
    """What the output map would have done with those outputs that are in the line."""
    for output in range(outputs):
        for column in range(columns):
            at = start + output * step + column
            if 0 <= at < y.shape[0]:
                value = edge[output * columns + column]
                if shortened:
                    value += shortcut[at]
                if summed:
                    value += y[at]
                y[at] = value * gain


@cache
def _entering(scheme: Scheme, width: int) -> Any:
    enter = input_map(scheme.outer.enter, scheme.inner.enter, scheme.inner.outputs, width)

    @_compiled(scheme, width)
    def entering(
        x: Any, length: Any, channels: Any, lead: Any, dilation: Any, slope: Any,
        first: Any, rows: Any, u: Any, u_rows: Any, edge: Any, window: Any, outputs: Any,
    ) -> None:  # fmt: skip
        for row in range(rows):
            tile, phase = (first + row) // dilation, (first + row) % dilation
            start = tile * outputs * dilation + phase - lead
            source, at, step = x, start * channels, dilation * channels
            if start < 0 or start + (window - 1) * dilation >= length:
                _take_edge(x, length, channels, start, dilation, edge, window)
                source, at, step = edge, 0, channels
            enter(source, at, step, u, row * channels, u_rows * channels, channels, slope)

    return entering


@cache
def _multiplying(rows: int, vectors: int, width: int) -> Any:
    tile, columns = product_tile(rows, vectors, width), vectors * width

    @_compiled(rows, vectors, width)
    def multiplying(
        u: Any, u_rows: Any, channels: Any, weights: Any, chunks: Any, dilation: Any, v: Any, v_rows: Any
    ) -> None:
        points, blocks, most = weights.shape[0], weights.shape[1], weights.shape[2]
        flat = weights.reshape(-1)
        for point in range(points):
            if chunks[point] == 0:
                v[point * v_rows * blocks * columns : (point + 1) * v_rows * blocks * columns] = np.float32(0)
            for block in range(blocks):
                for chunk in range(chunks[point]):
                    shifted = point * u_rows + chunk * dilation
                    for channel in range(0, channels, DEPTH):
                        depth = min(DEPTH, channels - channel)
                        panel = (((point * blocks + block) * most + chunk) * channels + channel) * columns
                        for row in range(0, v_rows, rows):
                            tile(
                                u, (shifted + row) * channels + channel, channels, flat, panel,
                                v, ((point * v_rows + row) * blocks + block) * columns, blocks * columns,
                                depth, chunk == 0 and channel == 0,
                            )  # fmt: skip

    return multiplying


@cache
def _leaving(scheme: Scheme, width: int) -> Any:
    leave = output_map(scheme.outer.leave, scheme.inner.leave, width)

    @_compiled(scheme, width)
    def leaving(
        v: Any, v_rows: Any, columns: Any, dilation: Any, bias: Any, first: Any, rows: Any,
        y: Any, before: Any, shortcut: Any, shortened: Any, summed: Any, gain: Any, edge: Any, outputs: Any,
    ) -> None:  # fmt: skip
        for row in range(rows):
            tile, phase = (first + row) // dilation, (first + row) % dilation
            start = (tile * outputs * dilation + phase) * columns - before
            inside = start >= 0 and start + (outputs - 1) * dilation * columns + columns <= y.shape[0]
            target, at, step, factor = y, start, dilation * columns, gain
            if not inside:
                target, at, step, factor = edge, 0, columns, np.float32(1)
            leave(
                v, row * columns, v_rows * columns, target, at, step, bias, columns,
                shortcut, shortened and inside, summed and inside, factor,
            )  # fmt: skip
            if not inside:
                _give_edge(
                    edge, columns, y, start, dilation * columns, outputs, shortcut, shortened, summed, gain
                )

    return leaving


class Filter:
    """One convolution along time, its kernel mapped to points: y[t] = bias + Σ kernel[k] · x[t - lead + k ·
    dilation], zero outside x.

    With a rate above 1 each t makes `rate` samples, of which the first `before` and those beyond the line's end are
    not wanted: an up-sampling (transposed) convolution.

    Args:
        kernel: `[taps, channels in, rate · channels out]`.
        bias: `[channels out]`, or None for zeros.
        lead: inputs before t that the first tap sees.
    """

    def __init__(
        self,
        kernel: NDArray[Any],
        bias: NDArray[Any] | None,
        *,
        lead: int,
        dilation: int = 1,
        rate: int = 1,
        before: int = 0,
        scheme: Scheme | None = None,
    ) -> None:
        taps, self._channels, self._columns = kernel.shape
        if self._channels % ALIGNED or self._columns % ALIGNED:
            raise ValueError(f"{self._channels} and {self._columns} channels: no multiples of {ALIGNED}")
        self._lead, self._dilation, self._rate, self._before = lead, dilation, rate, before
        self.across = self._columns // rate  # channels out
        self._scheme = scheme = (
            scheme_for(taps, min(self._channels, self._columns)) if scheme is None else scheme
        )
        offset = np.zeros(self._columns) if bias is None else np.tile(bias, rate)
        self._bias = np.ascontiguousarray(offset, dtype=np.float32)
        most = -(-taps // scheme.taps)
        rows, vectors, width = self._tile = tile_shape(self._columns)
        blocks = self._columns // (vectors * width)
        deep = (self._channels, vectors * width)
        padded = np.zeros((most * scheme.taps, blocks, *deep))
        padded[:taps] = kernel.reshape(taps, self._channels, blocks, -1).transpose(0, 2, 1, 3)
        chunked = padded.reshape(most, scheme.taps, blocks, -1)
        self._weights = np.empty((scheme.points, blocks, most, *deep), dtype=np.float32)
        for block in range(blocks):
            for chunk in range(most):
                mapped = scheme.kernel @ chunked[chunk, :, block]
                self._weights[:, block, chunk] = mapped.reshape(scheme.points, *deep)
        present = scheme.kernel[:, : taps - (most - 1) * scheme.taps]
        # Some points see only last taps, and the last chunk may have none of those.
        self._chunks = np.where(present.any(axis=1), most, most - 1)
        room = scheme.points * (self._channels + self._columns)
        self._rows = max(1, SCRATCH // (room * rows)) * rows
        self._enter = _entering(scheme, widest(self._channels))
        self._multiply = _multiplying(rows, vectors, width)
        self._leave = _leaving(scheme, widest(self._columns))

    def __deepcopy__(self, memo: object) -> Filter:
        return self  # nothing in it ever changes

    def __call__(
        self,
        x: Floats,
        lengths: Sequence[int],
        y: Floats,
        *,
        slope: float = 1.0,
        shortcut: Floats | None = None,
        summed: bool = False,
        gain: float = 1.0,
    ) -> None:
        """Filter leaky ReLU(x): y = (filtered + shortcut + y where `summed`) · gain. Beyond a line's end y is left as
        it was.

        Args:
            x: `[B, T, channels in]`, contiguous.
            lengths: of each line in x, at most T.
            y: `[B, T · rate, channels out]`, contiguous.
            shortcut: as y.
        """
        scheme, dilation, rate = self._scheme, self._dilation, self._rate
        height = self._tile[0]
        tile = scheme.outputs * dilation
        needed = [
            dilation * (-(-((length * rate - 1 + self._before) // rate + 1) // tile)) if length else 0
            for length in lengths
        ]
        threads = torch.get_num_threads()
        even = -(-sum(needed) // (threads * height)) * height
        size = max(height, min(self._rows, even))
        pieces = [
            (line, first, min(size, rows - first))
            for line, rows in enumerate(needed)
            for first in range(0, rows, size)
        ]
        shift = (self._weights.shape[2] - 1) * dilation

        def work(piece: tuple[int, int, int]) -> None:
            line, first, rows = piece
            v_rows = -(-rows // height) * height
            u_rows = (v_rows + shift) | 1  # odd: the points must not all fall into the same sets of the cache
            u = _scratch("u", scheme.points * u_rows * self._channels)
            v = _scratch("v", scheme.points * v_rows * self._columns)
            edge = _scratch("edge", max(scheme.window, scheme.outputs) * max(self._channels, self._columns))
            length = lengths[line]
            self._enter(
                x[line].reshape(-1), length, self._channels, self._lead, dilation, np.float32(slope),
                first, v_rows + shift, u, u_rows, edge, scheme.window, scheme.outputs,
            )  # fmt: skip
            self._multiply(u, u_rows, self._channels, self._weights, self._chunks, dilation, v, v_rows)
            target = y[line, : length * rate].reshape(-1)
            self._leave(
                v, v_rows, self._columns, dilation, self._bias, first, rows, target, self._before * self.across,
                target if shortcut is None else shortcut[line].reshape(-1), shortcut is not None, summed,
                np.float32(gain), edge, scheme.outputs,
            )  # fmt: skip

        share(work, pieces)


def transposed_kernel(kernel: NDArray[Any], rate: int) -> NDArray[Any]:
    """The kernel of a transposed convolution `[taps, channels in, channels out]` as one of `Filter`'s with that rate.

    Input t adds to the samples from t · rate on. Seen from the samples t · rate … t · rate + rate - 1, input t - j
    adds the taps from j · rate on.
    """
    taps, channels, across = kernel.shape
    seen = -(-taps // rate)
    padded = np.zeros((seen * rate, channels, across), dtype=kernel.dtype)
    padded[:taps] = kernel
    turned = padded.reshape(seen, rate, channels, across)[::-1].transpose(0, 2, 1, 3)
    return turned.reshape(seen, channels, rate * across)


_kept = threading.local()


def _scratch(name: str, size: int) -> Floats:
    """This thread's array of that name, of at least `size` floats."""
    array: Floats | None = getattr(_kept, name, None)
    if array is None or len(array) < size:
        array = np.empty(size, dtype=np.float32)
        setattr(_kept, name, array)
    return array

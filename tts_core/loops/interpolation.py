"""Minimal filtering in one dimension: m outputs of a kernel of r taps with n = m + r - 1 multiplications instead of
m · r (Winograd 1980, "Arithmetic Complexity of Computations"; Lavin & Gray 2016, "Fast Algorithms for Convolutional
Neural Networks", whose matrices G, Bᵀ and Aᵀ these are)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Interpolation:
    """F(outputs, taps) at some points.

    Args:
        kernel: G `[points, taps]`, from taps to points.
        enter: Bᵀ `[points, window]`, from the inputs of a tile to points.
        leave: Aᵀ `[outputs, points]`, from points to outputs.
    """

    outputs: int
    taps: int
    kernel: Matrix
    enter: Matrix
    leave: Matrix


@dataclass(frozen=True, slots=True)
class Scheme:
    """One interpolation within another: the inner one maps tiles of samples, and the convolutions over the tiles, one
    at each of its points, are done by the outer one."""

    outer: Interpolation
    inner: Interpolation

    def __post_init__(self) -> None:
        if len(self.outer.enter) > 1 and self.inner.outputs != self.inner.taps:
            raise ValueError("chunks share mapped inputs only where a tile is as long as a chunk")

    @property
    def outputs(self) -> int:
        return self.outer.outputs * self.inner.outputs

    @property
    def taps(self) -> int:
        return self.outer.taps * self.inner.taps

    @property
    def points(self) -> int:
        return len(self.outer.enter) * len(self.inner.enter)

    @property
    def window(self) -> int:
        return (len(self.outer.enter[0]) - 1) * self.inner.outputs + len(self.inner.enter[0])

    @property
    def kernel(self) -> NDArray[np.float64]:
        """`[points, taps]`, from taps to points."""
        return np.kron(np.array(self.outer.kernel), np.array(self.inner.kernel))

    @property
    def enter_sums(self) -> NDArray[np.float64]:
        """`[points]`: how much larger than its largest input a point's number can become."""
        outer = np.abs(np.array(self.outer.enter)).sum(axis=1)
        return np.kron(outer, np.abs(np.array(self.inner.enter)).sum(axis=1))


def toom_cook(outputs: int, taps: int, points: Sequence[Fraction | int]) -> Interpolation:
    """F(outputs, taps) by interpolation at `outputs + taps - 2` finite points and at infinity.

    It is the transpose of Toom and Cook's multiplication of polynomials: Bᵀ holds the coefficients of Π (x - other
    points), Aᵀ and G the powers of each point; what divides them all goes into G, which is rounded only once.
    """
    if len(points) != outputs + taps - 2:
        raise ValueError(f"F({outputs}, {taps}) takes {outputs + taps - 2} finite points")
    finite = [Fraction(point) for point in points]
    enter = [[*_product_of([other for other in finite if other != point]), Fraction(0)] for point in finite]
    enter.append(_product_of(finite))
    kernel = []
    for point in finite:
        divisor = Fraction(1)
        for other in finite:
            if other != point:
                divisor *= point - other
        kernel.append([point**power / divisor for power in range(taps)])
    kernel.append([Fraction(power == taps - 1) for power in range(taps)])
    leave = [
        [point**power for point in finite] + [Fraction(power == outputs - 1)] for power in range(outputs)
    ]
    return Interpolation(outputs, taps, _floats(kernel), _floats(enter), _floats(leave))


def _product_of(roots: Sequence[Fraction]) -> list[Fraction]:
    """Coefficients of Π (x - root), the lowest power first."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted = [Fraction(0), *coefficients]
        coefficients = [
            high - root * low for high, low in zip(shifted, [*coefficients, Fraction(0)], strict=True)
        ]
    return coefficients


def _floats(rows: Sequence[Sequence[Fraction]]) -> Matrix:
    return tuple(tuple(float(number) for number in row) for row in rows)


_HALF = Fraction(1, 2)
_PLAIN = Interpolation(1, 1, ((1.0,),), ((1.0,),), ((1.0,),))
_F44 = toom_cook(4, 4, [0, 1, -1, 2, -2, _HALF])

# The points keep the error three to four times that of the plain sum in blocks of 64, which is about that of
# oneDNN's convolutions.
DIRECT = Scheme(_PLAIN, _PLAIN)
F32 = Scheme(_PLAIN, toom_cook(3, 2, [0, 1, -1]))
F43 = Scheme(_PLAIN, toom_cook(4, 3, [0, 1, -1, 2, -_HALF]))
F44 = Scheme(_PLAIN, _F44)
F45 = Scheme(_PLAIN, toom_cook(4, 5, [0, 1, -1, 2, -2, _HALF, -_HALF]))
F32_F44 = Scheme(toom_cook(3, 2, [0, 1, -1]), _F44)
F23_F44 = Scheme(toom_cook(2, 3, [0, 1, -1]), _F44)

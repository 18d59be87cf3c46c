"""What is told to the loops of filters: whoever runs compiled ones does without what writes them."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST = 32767
"""Of int16."""

PLAIN, LEAKY, SNAKE = 0, 1, 2
"""How the input is heard: as it is; its leaky ReLU; normalised and through Snake (Ziyin, Hartwig & Ueda 2020,
"Neural Networks Fail to Learn Periodic Functions")."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a filter's loops are compiled for.

    Args:
        rows, vectors, width: sums of a tile of the product: rows × vectors of `width` floats.
        whole: products of int16 instead of float32.
        depth: channels summed in registers before they are added to memory; with int16, in 32 bits.
    """

    rows: int
    vectors: int
    width: int
    whole: bool
    depth: int

    @property
    def columns(self) -> int:
        return self.vectors * self.width

    @property
    def layout(self) -> str:
        """Names how kernels lie in memory for it."""
        return f"{self.columns}-{self.depth}-{'int16' if self.whole else 'float32'}"

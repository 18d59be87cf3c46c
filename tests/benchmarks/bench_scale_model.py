"""How many rows of a GPU are busy, and what one book gains from many GPUs: a model, nothing is run on a card.

`python -m tests.benchmarks.bench_scale_model`. A decoder of 64 rows takes the next line when a row is free, a window of 512 lines
at a time; a step takes as long however many rows are busy. Lines are log-normal with a median of 3.8 s (novels); what
is expected of a line is wrong by a log-normal factor. Table 3 of docs/benchmarks/scale.md.
"""

from __future__ import annotations

import argparse
import heapq
import random
from collections.abc import Sequence

from flows.making.plan import equal_ends
from tts_core.gpt_sovits.description import GPU_ROWS, WINDOW

MEDIAN_SECONDS, SPREAD, LONGEST_SECONDS = 3.8, 0.75, 15.0
WRONG = 0.15
"""Standard deviation of the logarithm of the length by the expected length."""

LINES = 7_000
"""Of a novel."""


def steps(lengths: Sequence[float]) -> float:
    """Time that one window takes: each line goes to the row that is free first."""
    rows = [0.0] * GPU_ROWS
    for length in lengths:
        heapq.heapreplace(rows, rows[0] + length)
    return max(rows)


def batch_time(lines: Sequence[tuple[float, float]], *, longest_first: bool) -> float:
    """Time of a batch of (length, expected length)."""
    window = WINDOW * GPU_ROWS
    parts = [list(lines[at : at + window]) for at in range(0, len(lines), window)]
    if longest_first:
        parts = [sorted(part, key=lambda line: -line[1]) for part in parts]
    return sum(steps([length for length, _ in part]) for part in parts)


def book(chance: random.Random, lines: int = LINES) -> list[tuple[float, float]]:
    """(length, expected length) of each line, in seconds."""
    lengths = [
        min(chance.lognormvariate(0.0, SPREAD) * MEDIAN_SECONDS, LONGEST_SECONDS) for _ in range(lines)
    ]
    return [(length, length * chance.lognormvariate(0.0, WRONG)) for length in lengths]


def busy(size: int, *, longest_first: bool) -> float:
    """Share of the rows that are busy over batches of `size` lines."""
    lines = book(random.Random(7), size * 40)
    batches = [lines[at : at + size] for at in range(0, len(lines), size)]
    time = sum(batch_time(batch, longest_first=longest_first) for batch in batches)
    return sum(length for length, _ in lines) / (time * GPU_ROWS)


def book_time(ends: Sequence[int], gpus: int) -> float:
    """Time until the last of a book's batches is spoken; each goes to the GPU that is free first."""
    lines, free, start = book(random.Random(7)), [0.0] * gpus, 0
    for end in ends:
        heapq.heapreplace(free, free[0] + batch_time(lines[start:end], longest_first=True))
        start = end
    return max(free)


def main() -> None:
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    sizes = (64, 128, 256, 512, 700, 1_024)
    print("lines a batch  " + "".join(f"{size:>7}" for size in sizes))
    for longest_first in (False, True):
        cells = "".join(f"{busy(size, longest_first=longest_first):7.2f}" for size in sizes)
        print(("longest first  " if longest_first else "reading order  ") + cells)
    gpus = (1, 2, 4, 8, 14, 16, 32, 64)
    window = WINDOW * GPU_ROWS
    alone = book_time(equal_ends(LINES, window, 1), 1)
    print("GPUs           " + "".join(f"{count:>7}" for count in gpus))
    gained = [alone / book_time(equal_ends(LINES, window, count), count) for count in gpus]
    print("a book's gain  " + "".join(f"{each:7.1f}" for each in gained))


if __name__ == "__main__":
    main()

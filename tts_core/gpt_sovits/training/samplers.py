"""Which lines are trained on, in which order and in which company.

The orders of the reference are reproduced number for number (AR/data/bucket_sampler.py, AR/data/dataset.py,
module/data_utils.py); `token_batches` is our own, bounded by memory instead of by a count.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from tts_core.gpt_sovits.model.tokens import TOKENS_PER_SECOND

LONGEST_SECONDS = 54.0
MOST_PHONES_A_TOKEN = 2.5  # a line of the longest duration may have its tokens / 2.5 phones
SLOWEST_PACE, FASTEST_PACE = 3.0, 25.0  # phones a second
FEWEST_LINES = 100  # a smaller set is repeated until it has about as many
TEXT_BUCKET = 2.0  # seconds
SOUND_EDGES = (32, *range(300, 2000, 100))  # frames of 20 ms


def trainable(phones: int, tokens: int, longest: float = LONGEST_SECONDS) -> str:
    """Why a line cannot be learned from, in words; empty where it can.

    Args:
        phones: how many phones its text has.
        tokens: how many semantic tokens its sound has, 25 a second.
        longest: seconds.
    """
    most_tokens = longest * TOKENS_PER_SECOND
    if tokens == 0 or phones == 0:
        return "no sound" if tokens == 0 else "no text"
    if tokens > most_tokens:
        return f"{tokens / TOKENS_PER_SECOND:.1f} s long; at most {longest:g} s"
    if phones > most_tokens / MOST_PHONES_A_TOKEN:
        return f"{phones} phones; at most {most_tokens / MOST_PHONES_A_TOKEN:.0f}"
    pace = phones * TOKENS_PER_SECOND / tokens
    if not SLOWEST_PACE <= pace <= FASTEST_PACE:
        return f"{pace:.1f} phones a second; speech has {SLOWEST_PACE:g} to {FASTEST_PACE:g}"
    return ""


def repetitions(lines: int) -> int:
    """How often a set of `lines` is gone through in what the reference calls one epoch."""
    return 1 if lines >= FEWEST_LINES else max(2, FEWEST_LINES // max(1, lines))


def text_buckets(seconds: Sequence[float], width: float = TEXT_BUCKET) -> list[list[int]]:
    """Lines of like duration, shortest first. The edge moves on by one width a bucket, however large the gap between
    two lines is, so after a gap the buckets hold one line each until the edge has caught up."""
    buckets: list[list[int]] = [[]]
    for line in sorted(range(len(seconds)), key=lambda at: seconds[at]):
        if seconds[line] < len(buckets) * width:
            buckets[-1].append(line)
        else:
            buckets.append([line])
    return buckets


def text_order(seconds: Sequence[float], batch: int, epoch: int, *, seed: int = 0) -> list[int]:
    """The order of one epoch of the text stage; batches are cut from it by `batch`.

    Args:
        seconds: of each line.
        epoch: with `seed`, decides the shuffle.
    """
    source = random.Random(seed + epoch)
    shuffled: list[int] = []
    for bucket in text_buckets(seconds):
        mixed = list(bucket)
        source.shuffle(mixed)
        shuffled += mixed
    groups = [shuffled[start : start + batch] for start in range(0, len(shuffled), batch)]
    source.shuffle(groups)
    return list(itertools.chain.from_iterable(groups))


def text_batch_size(asked: int, lines: int) -> int:
    """The reference trains on no more than a quarter of its lines at once, and on one at least."""
    return max(1, min(asked, lines // 4))


@dataclass(frozen=True, slots=True)
class SoundBuckets:
    """Lines by their frames.

    Args:
        edges: frames; a bucket holds what is longer than one edge and no longer than the next.
        lines: of each bucket.
        left_out: lines shorter than the first edge or longer than the last.
    """

    edges: tuple[int, ...]
    lines: tuple[tuple[int, ...], ...]
    left_out: tuple[int, ...]


def sound_buckets(frames: Sequence[int], edges: Sequence[int] = SOUND_EDGES) -> SoundBuckets:
    """Sort lines into buckets; buckets without a line are given up."""
    found: list[list[int]] = [[] for _ in edges[1:]]
    left_out: list[int] = []
    for line, length in enumerate(frames):
        place = next(
            (at for at, (low, high) in enumerate(itertools.pairwise(edges)) if low < length <= high), None
        )
        (left_out if place is None else found[place]).append(line)
    kept = [(edge, bucket) for edge, bucket in zip(edges[1:], found, strict=True) if bucket]
    return SoundBuckets(
        (edges[0], *(edge for edge, _ in kept)), tuple(tuple(bucket) for _, bucket in kept), tuple(left_out)
    )


def sound_batches(buckets: SoundBuckets, batch: int, epoch: int) -> list[list[int]]:
    """The batches of one epoch of the sound stage: every bucket filled up with lines of its own to a multiple of
    `batch`, the batches shuffled."""
    source = torch.Generator().manual_seed(epoch)
    orders = [torch.randperm(len(bucket), generator=source).tolist() for bucket in buckets.lines]
    batches = []
    for bucket, order in zip(buckets.lines, orders, strict=True):
        total = -(-len(order) // batch) * batch
        filled = list(itertools.islice(itertools.cycle(order), total))
        batches += [[bucket[at] for at in filled[start : start + batch]] for start in range(0, total, batch)]
    return [batches[at] for at in torch.randperm(len(batches), generator=source).tolist()]


def token_batches(sizes: Sequence[int], most: int, source: random.Random) -> list[list[int]]:
    """Batches bounded by what they take: number of lines × longest line ≤ `most`, every line once.

    Lines of like size share a batch, so little is padding; which those are changes from call to call, as sizes are
    jittered by a tenth before they are sorted. A line larger than `most` makes a batch of its own.

    Args:
        sizes: phones + tokens of each line (or frames, for the sound stage).
    """
    order = sorted(range(len(sizes)), key=lambda at: sizes[at] * source.uniform(0.95, 1.05))
    batches: list[list[int]] = []
    for line in order:
        if batches:
            longest = max(sizes[at] for at in (*batches[-1], line))
            if longest * (len(batches[-1]) + 1) <= most:
                batches[-1].append(line)
                continue
        batches.append([line])
    source.shuffle(batches)
    return batches

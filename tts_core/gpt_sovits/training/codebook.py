"""The quantizer while it learns: codes that follow the frames they stand for.

A running-mean codebook (van den Oord et al. 2017, appendix A.1, as in EnCodec's core_vq.py, which the reference uses):
first means by k-means, counts and sums that fade, and codes that nothing uses replaced by frames of the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from tts_core.gpt_sovits.model.sovits import nearest

DECAY = 0.99
SMOOTHING = 1e-5
FEWEST_USES = 2.0  # a code below this running count is given another place
KMEANS_ITERATIONS = 50
MOST_KMEANS_ROWS = 10_000

DrawRows = Callable[[int, int], Tensor]
"""(rows there are, rows wanted) → int64 indices of rows."""


def random_rows(there: int, wanted: int) -> Tensor:
    """`wanted` different rows of `there`, or any where there are too few."""
    if there >= wanted:
        return torch.randperm(there)[:wanted]
    return torch.randint(0, there, (wanted,))


@dataclass(frozen=True, slots=True)
class Quantized:
    """Args:
    frames: `[B, D, T]`, the codes' vectors; gradients pass through to what was quantized.
    codes: int64 `[B, T]`.
    commitment: mean squared distance to the codes, which pulls the frames towards them.
    """

    frames: Tensor
    codes: Tensor
    commitment: Tensor


class Codebook:
    """Codes `embed` `[K, D]`, their running counts `cluster_size` `[K]` and sums `embed_avg` `[K, D]`, under their
    published names; changed in place."""

    def __init__(
        self,
        embed: Tensor,
        cluster_size: Tensor | None = None,
        embed_avg: Tensor | None = None,
        *,
        ready: bool = True,
    ) -> None:
        self.embed = embed
        self.cluster_size = torch.zeros(len(embed)) if cluster_size is None else cluster_size
        self.embed_avg = embed.clone() if embed_avg is None else embed_avg
        self.ready = ready
        """Whether the codes have had their first places."""

    @torch.no_grad()
    def begin(self, frames: Tensor, draw: DrawRows = random_rows) -> None:
        """Give the codes their first places: k-means over frames `[B, D, T]`."""
        rows = _rows(frames)
        if len(rows) > MOST_KMEANS_ROWS:
            rows = rows[draw(len(rows), MOST_KMEANS_ROWS)]
        means, counts = k_means(rows, rows[draw(len(rows), len(self.embed))], KMEANS_ITERATIONS)
        self.embed.copy_(means)
        self.embed_avg.copy_(means)
        self.cluster_size.copy_(counts)
        self.ready = True

    def learn(self, frames: Tensor, draw: DrawRows = random_rows) -> Quantized:
        """Quantize frames `[B, D, T]` by the codes as they are, then let the codes follow.

        Args:
            draw: rows of the batch that take the places of unused codes; asked only where there are some.
        """
        if not self.ready:
            self.begin(frames, draw)
        made, rows = self.quantized(frames), _rows(frames).detach()
        self._follow(rows, made.codes.flatten())
        self._revive(rows, draw)
        return made

    def quantized(self, frames: Tensor) -> Quantized:
        """Frames `[B, D, T]` by the codes as they are; the codes stay."""
        rows = _rows(frames)
        with torch.no_grad():
            codes = nearest(rows, self.embed)
            chosen = self.embed[codes]
        batch, _, length = frames.shape
        near = chosen.view(batch, length, -1).transpose(1, 2)
        return Quantized(
            frames + (near - frames).detach(), codes.view(batch, length), F.mse_loss(near, frames)
        )

    @torch.no_grad()
    def _follow(self, rows: Tensor, codes: Tensor) -> None:
        counts = torch.bincount(codes, minlength=len(self.embed)).to(rows)
        sums = torch.zeros_like(self.embed).index_add_(0, codes, rows)
        self.cluster_size.mul_(DECAY).add_(counts, alpha=1 - DECAY)
        self.embed_avg.mul_(DECAY).add_(sums, alpha=1 - DECAY)
        total = self.cluster_size.sum()
        share = (self.cluster_size + SMOOTHING) / (total + len(self.embed) * SMOOTHING)
        self.embed.copy_(self.embed_avg / (share * total)[:, None])

    @torch.no_grad()
    def _revive(self, rows: Tensor, draw: DrawRows) -> None:
        """Put unused codes where frames of this batch are. Their counts and sums stay as they are, so until one is
        used it returns to its old place and is moved again with every batch."""
        unused = self.cluster_size < FEWEST_USES
        if wanted := int(unused.sum()):
            self.embed[unused] = rows[draw(len(rows), wanted)]


def k_means(rows: Tensor, means: Tensor, iterations: int) -> tuple[Tensor, Tensor]:
    """Lloyd's algorithm on rows `[N, D]` from `means` `[K, D]`: the means, and how many rows each had in the last
    iteration. A mean without rows stays where it is."""
    counts = torch.zeros(len(means), dtype=rows.dtype, device=rows.device)
    for _ in range(iterations):
        owners = nearest(rows, means)
        counts = torch.bincount(owners, minlength=len(means)).to(rows)
        sums = torch.zeros_like(means).index_add_(0, owners, rows)
        means = torch.where(counts[:, None] > 0, sums / counts.clamp_min(1)[:, None], means)
    return means, counts


def _rows(frames: Tensor) -> Tensor:
    return frames.transpose(1, 2).reshape(-1, frames.shape[1])

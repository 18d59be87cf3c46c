"""What torch keeps for a whole process, not for a model."""

from __future__ import annotations

import torch


def set_for_the_process(*, exact: bool, threads: int | None) -> None:
    """Set how this process computes, for all that use torch in it. A worker of the pool has one engine and
    nothing else.

    Args:
        exact: no 10-bit mantissas (TF32) inside a GPU's convolutions and products, from now on.
        threads: of the CPU, at least 1; None = torch's own choice.
    """
    if exact:
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False
    if threads is not None:
        torch.set_num_threads(max(1, threads))

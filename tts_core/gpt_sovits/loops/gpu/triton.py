"""Whether Triton makes code for a GPU; where it does not, torch's own operations do the work."""

from __future__ import annotations

import warnings
from functools import cache
from importlib.util import find_spec

import torch


@cache
def triton_works(device: torch.device) -> bool:
    """Whether Triton is here and makes code for this GPU; if it is and cannot, that is said once.

    It comes with torch on Linux, and wants a C compiler and Python's headers on the machine.
    """
    if device.type != "cuda" or find_spec("triton") is None:
        return False
    try:
        from tts_core.gpt_sovits.loops.gpu.kernels import (
            probe,  # imports triton itself, which is not on every machine
        )

        probe(device)
    except Exception as error:  # noqa: BLE001 - whatever keeps Triton from working, torch's own operations work
        warnings.warn(
            f"Triton makes no code for this GPU ({error}); speech takes longer."
            " It needs a C compiler and Python's headers (Debian: apt-get install gcc python3-dev).",
            stacklevel=2,
        )
        return False
    return True

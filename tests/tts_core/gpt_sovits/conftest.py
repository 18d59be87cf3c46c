"""Without torch (the extra `clone`) there is nothing to test here; without a GPU, Triton's kernels are interpreted."""

from __future__ import annotations

import importlib.util
import os

collect_ignore_glob = (
    [] if importlib.util.find_spec("torch") and importlib.util.find_spec("safetensors") else ["test_*.py"]
)
if not collect_ignore_glob:
    import torch

    if not torch.cuda.is_available():
        os.environ["TRITON_INTERPRET"] = "1"  # Triton looks at it when it is imported

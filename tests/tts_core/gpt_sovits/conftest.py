"""Without torch (the extra `clone`) there is nothing to test here; without a GPU, Triton's kernels are interpreted."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

collect_ignore_glob = (
    []
    if importlib.util.find_spec("torch") and importlib.util.find_spec("safetensors")
    else ["test_*.py", "*/test_*.py"]
)
if not collect_ignore_glob:
    import torch

    if not torch.cuda.is_available():
        os.environ["TRITON_INTERPRET"] = "1"  # Triton looks at it when it is imported


@pytest.fixture(scope="module", autouse=True)
def cases_are_forgotten(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a file of tests keeps of models of published size, gigabytes, goes with its last test: several processes
    test at once."""
    yield
    for kept in vars(request.module).values():
        if getattr(kept, "__module__", "") == request.module.__name__ and hasattr(kept, "cache_clear"):
            kept.cache_clear()
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)  # glibc keeps what was given back in pieces


@pytest.fixture(scope="module")
def interpreter() -> Iterator[None]:
    """Triton 3.6's interpreter makes an index of an array of one element in a way that numpy 2.4 no longer knows."""
    with pytest.MonkeyPatch.context() as patch:
        if os.environ.get("TRITON_INTERPRET"):
            from triton.runtime import interpreter

            rest = interpreter._patch_lang_tensor

            def patched(tensor: Any, scope: Any) -> None:
                rest(tensor, scope)
                scope.set_attr(tensor, "__index__", lambda self: self.handle.data.item())

            patch.setattr(interpreter, "_patch_lang_tensor", patched)
        yield

"""What torch and numba keep to themselves and the loops use all the same: each in one place, and noticed when it is
gone."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from numba.core import cgutils

import tts_core

ROOT = Path(tts_core.__file__).parent
PRIVATE = re.compile(
    r"\btorch\._\w+|\btorch\.ops\.\w+|(?<=\w\.)_version\b|\bnumba\.core\b|\btorch(?:\.\w+)+\._\w+"
)
KNOWN = {
    ("gpt_sovits/loops/linear.py", "torch._addmm_activation"),
    ("gpt_sovits/loops/linear.py", "torch.ops.onednn"),
    ("gpt_sovits/loops/convolutions.py", "_version"),
    ("gpt_sovits/training/weights.py", "torch._weight_norm"),
    ("gpt_sovits/loops/cpu/keeping.py", "numba.core"),
    ("gpt_sovits/loops/cpu/microkernels.py", "numba.core"),
    ("gpt_sovits/files/archive.py", "torch._utils"),  # a word of the pickles, nothing that is called
}


def test_private_names_stand_where_they_are_known() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in ROOT.rglob("*.py")
        for name in PRIVATE.findall(path.read_text(encoding="utf-8"))
    }
    assert found == KNOWN


def test_a_product_with_a_bias_that_is_cut_below_zero() -> None:
    """`linear.pack` takes it on a GPU; without it, `relu(linear(x))` is the same in two launches."""
    x, weight, bias = torch.randn(3, 4), torch.randn(5, 4), torch.randn(5)
    expected = torch.relu(torch.nn.functional.linear(x, weight, bias))
    torch.testing.assert_close(torch._addmm_activation(bias, x, weight.T), expected)


def test_a_direction_at_the_length_of_its_gain() -> None:
    """`weights` learns through it; without it, `g * v / norm(v)` is the same, and its way back four times the work."""
    v, g = torch.randn(3, 4, 5), torch.rand(3, 1, 1)
    expected = v * (g / v.flatten(1).norm(dim=1).view(-1, 1, 1))
    torch.testing.assert_close(torch._weight_norm(v, g, 0), expected)


def test_onednn_has_the_product_of_eight_bits() -> None:
    """`linear.pack` takes it for int8; without it, `precision: int8` must be refused."""
    assert torch.ops.onednn.qlinear_prepack.default and torch.ops.onednn.qlinear_pointwise.default


def test_a_tensor_counts_what_is_written_to_it() -> None:
    """`convolutions` makes its filters anew by it; without it, whoever changes weights in place must say so."""
    tensor = torch.zeros(2)
    before = tensor._version
    tensor.add_(1)
    assert tensor._version > before


def test_numba_has_the_loops_that_microkernels_are_built_with() -> None:
    """Without them, they are a dozen lines of llvmlite each."""
    for name in ("alloca_once", "for_range", "for_range_slice", "get_or_insert_function"):
        assert callable(getattr(cgutils, name))

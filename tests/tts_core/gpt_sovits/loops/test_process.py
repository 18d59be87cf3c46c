"""What is set for the whole process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from tts_core.gpt_sovits.loops.process import set_for_the_process


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threads = torch.get_num_threads()
    tf32 = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    yield
    torch.set_num_threads(threads)
    torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = tf32


def test_exact_products_have_whole_mantissas_and_stay_so() -> None:
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = True
    set_for_the_process(exact=False, threads=None)
    assert torch.backends.cudnn.allow_tf32 and torch.backends.cuda.matmul.allow_tf32
    for exact in (True, False):
        set_for_the_process(exact=exact, threads=None)
        assert not torch.backends.cudnn.allow_tf32 and not torch.backends.cuda.matmul.allow_tf32


def test_threads_are_as_many_as_asked_for_and_at_least_one() -> None:
    before = torch.get_num_threads()
    set_for_the_process(exact=False, threads=None)
    assert torch.get_num_threads() == before
    set_for_the_process(exact=False, threads=0)
    assert torch.get_num_threads() == 1

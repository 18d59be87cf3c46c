"""Code made for this CPU, and work shared out among threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from tts_core.gpt_sovits.loops.cpu import machine
from tts_core.gpt_sovits.loops.cpu.machine import (
    ADDRESS,
    COUNT,
    REAL,
    compiled,
    share,
    shared_out,
    threads_for,
)


@pytest.fixture(params=[1, 2, 3])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_a_function_in_llvms_language_runs() -> None:
    text = f"""
    define void @scale(ptr %x, i64 %at, float %by) {{
      %place = getelementptr float, ptr %x, i64 %at
      %old = load float, ptr %place
      %twice = fmul float %old, {machine.real(2.0).split()[1]}
      %new = fmul float %twice, %by
      store float %new, ptr %place
      ret void
    }}"""
    numbers = np.arange(4, dtype=np.float32)
    compiled(text, "scale", ADDRESS, COUNT, REAL)(numbers.ctypes.data, 3, 0.5)
    assert numbers.tolist() == [0, 1, 2, 3]
    compiled(text, "scale", ADDRESS, COUNT, REAL)(numbers.ctypes.data, 2, 5.0)
    assert numbers.tolist() == [0, 1, 20, 3]


def test_constants_are_exact() -> None:
    assert machine.real(0.1).endswith(f"{np.float64(np.float32(0.1)).view(np.uint64):016X}")
    assert machine.counting(3, 4) == "<i32 4, i32 5, i32 6>"


@pytest.mark.parametrize("count", [1, 2, 7, 64])
def test_every_share_is_done_once(threads: int, count: int) -> None:
    done, lock = np.zeros(count, dtype=int), threading.Lock()

    def work(first: int, last: int) -> None:
        with lock:
            done[first:last] += 1

    shared_out(work, count, threads)
    assert (done == 1).all()
    pieces: list[int] = []
    share(pieces.append, range(count))
    assert sorted(pieces) == list(range(count))


def test_what_goes_wrong_in_a_thread_is_heard_of(threads: int) -> None:
    def work(piece: int) -> None:
        if piece == 5:
            raise ArithmeticError("piece five")

    with pytest.raises(ArithmeticError, match="piece five"):
        share(work, range(9))


def test_small_work_wakes_no_thread(threads: int) -> None:
    assert threads_for(1000) == 1
    assert threads_for(10**12) == threads

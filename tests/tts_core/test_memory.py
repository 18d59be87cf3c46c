"""The most that a process held is known after it was given back."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import llvmlite.binding as llvm
import numpy as np
import pytest

from tests.tts_core.loops.test_compiler import doubling
from tts_core.loops.compiler import Loops
from tts_core.memory import most_held, release_code

LARGE = 400_000_000


def test_what_was_held_for_a_moment_counts() -> None:
    held = np.ones(LARGE, np.uint8)
    during = most_held()
    del held
    assert during > LARGE and most_held() >= during


def _held(library: Path) -> int:
    """Kilobytes of a library's code that are in this process' memory."""
    total, here = 0, False
    for row in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in row.split()[0]:
            here = row.endswith(f" {library}") and " r-xp " in row
        elif here and row.startswith("Rss:"):
            total += int(row.split()[1])
    return total


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can let go of code")
def test_code_that_is_let_go_of_runs_again_when_it_is_called() -> None:
    library = Path(llvm.ffi.lib._name)
    text = "define void @nothing() { ret void }"
    assert "nothing" in str(llvm.parse_assembly(text))
    before = _held(library)
    release_code(library)
    assert _held(library) < before / 2
    assert "nothing" in str(llvm.parse_assembly(text))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can let go of code")
def test_compiled_loops_leave_no_compiler_in_memory(tmp_path: Path) -> None:
    numbers = np.arange(8, dtype=np.float32)
    loops = Loops(doubling, [], tmp_path)
    assert _held(Path(llvm.ffi.lib._name)) < 8_000
    loops.function("double", ctypes.c_void_p, ctypes.c_int64)(numbers.ctypes.data, 8)
    assert numbers[7] == 14


def test_a_library_that_is_not_there_is_nothing_to_let_go_of() -> None:
    library = Path(llvm.ffi.lib._name)
    before = _held(library)
    release_code(library.with_name("no-library.so"))
    assert _held(library) >= before

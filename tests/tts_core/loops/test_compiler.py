"""Loops are compiled once a machine, and never run from a file that is not theirs."""

from __future__ import annotations

from pathlib import Path

import llvmlite.binding as llvm
import numpy as np
import pytest
from llvmlite import ir

from tts_core.loops import compiler
from tts_core.loops.compiler import Loops
from tts_core.loops.writing import Function

compiled: list[str] = []


def doubling() -> str:
    """`double(x, count)` in vectors of four."""
    compiled.append("once")
    module = ir.Module("double")
    with Function(module, "double", "pn", 4) as f:
        x, count = f.arguments

        def some(index: object) -> None:
            value = f.load(f.at(x, index))
            f.store(f.builder.fadd(value, value), f.at(x, index))

        f.each(0, count, some, step=4)
    return str(module)


@pytest.fixture(autouse=True)
def count() -> None:
    compiled.clear()


def doubled(folder: Path, part: str = "") -> list[float]:
    numbers = np.arange(8, dtype=np.float32)
    code = Loops(doubling, [part], folder).function("double", *compiler.POINTER_AND_COUNT)
    code(numbers.ctypes.data, 8)
    return numbers.tolist()


WANTED = [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0]


def test_the_second_start_does_not_compile(tmp_path: Path) -> None:
    assert doubled(tmp_path) == WANTED and len(compiled) == 1
    assert doubled(tmp_path) == WANTED and len(compiled) == 1
    assert len(list(tmp_path.glob("*.o"))) == 1


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_file_is_compiled_anew(tmp_path: Path, damage: str) -> None:
    doubled(tmp_path)
    (kept,) = tmp_path.glob("*.o")
    whole = kept.read_bytes()
    flipped = bytes([whole[-9] ^ 1])
    kept.write_bytes({"cut": whole[:-8], "flipped": whole[:-9] + flipped + whole[-8:], "empty": b""}[damage])
    assert doubled(tmp_path) == WANTED and len(compiled) == 2
    assert kept.read_bytes()[:32] != b"" and doubled(tmp_path) == WANTED and len(compiled) == 2


def test_a_folder_that_takes_no_files_costs_a_compilation_a_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for start in (1, 2):
        assert doubled(tmp_path / "file" / "loops") == WANTED and len(compiled) == start


def test_other_code_and_other_processors_have_files_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubled(tmp_path)
    doubled(tmp_path, "other code")
    monkeypatch.setattr(llvm, "get_host_cpu_name", lambda: "generic")
    assert doubled(tmp_path) == WANTED
    assert len(compiled) == len(list(tmp_path.glob("*.o"))) == 3


def test_a_function_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="triple"):
        Loops(doubling, [], tmp_path).function("triple")

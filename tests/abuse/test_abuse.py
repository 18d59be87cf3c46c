"""Kills, and a little of what is fuzzed; the other abuses in the slow half, and by `python -m tests.abuse`."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from normalizers import DuoyinError
from tests.abuse import fuzzing
from tests.abuse.__main__ import ABUSES
from tests.abuse.inputs import families
from tests.abuse.table import Bench, Row
from tests.flows.conftest import REPOSITORY


def done(*arguments: str) -> str:
    """What the command prints; it must find nothing wrong."""
    command = [sys.executable, "-m", "tests.abuse", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    ended = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-2000:]
    return ended.stdout


def test_killed_at_any_moment_a_production_is_finished_and_an_edit_is_whole() -> None:
    said = done("--only=kills", "--only=studio", "--seeds=4")
    assert "| SIGKILL of the process group" in said and "| SIGKILL of the studio's server" in said


A_FEW_TIMES = [name for name in ABUSES if name not in ("fuzz", "kills", "studio", "chapters", "paragraph")]


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("names", [A_FEW_TIMES[::2], A_FEW_TIMES[1::2]], ids=" ".join)
def test_every_abuse_a_few_times(names: list[str]) -> None:
    """Those of one process share the undisturbed productions that they are held against."""
    said = done(*(f"--only={name}" for name in names), "--seeds=2", "--first=500")
    assert all(f"\n{name}: " in f"\n{said}" for name in names) and "WRONG" not in said


@pytest.mark.parametrize("name", list(families()))
def test_changed_by_chance_what_is_read_is_read_or_refused_in_one_message(name: str, tmp_path: Path) -> None:
    chance, make = random.Random(f"quick {name}"), families()[name][1]
    for _ in range(30):
        data, do = make(chance, tmp_path)
        try:
            do()
        except DuoyinError as error:
            assert error.message, data


def test_the_fuzzer_tells_a_fault_by_its_place_and_keeps_its_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(chance: random.Random, folder: Path) -> tuple[bytes, object]:
        return b"input", lambda: 1 // 0

    monkeypatch.setattr(fuzzing, "families", lambda: {"broken": (1, broken)})
    monkeypatch.setattr(fuzzing, "KEPT", tmp_path / "faults")
    (row,) = fuzzing.fuzz(Bench(tmp_path, most=1, until=float("inf")))
    assert row.times == 10 and len(row.wrong) == 1 and "ZeroDivisionError at test_abuse.py" in row.wrong[0]
    assert [path.read_bytes() for path in (tmp_path / "faults").iterdir()] == [b"input"]


def test_a_row_counts_what_went_wrong() -> None:
    row = Row("x", times=3, finished=2, told=1, wrong=["seed 1: a wrong file"])
    assert row.cells() == ("x", "3", "", "2", "1", "1", "")

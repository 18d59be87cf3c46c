"""The studio killed at each file operation of an edit: either state, never half, and the journal knows which."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.abuse.injector import Kind
from tests.conftest import REPOSITORY

STATES = ["before", "after"]


def killed(project: Path, *edits: str) -> Sequence[dict[str, Any]]:
    """What stands after each kill, see `killed.py`; skips where no library can be built."""
    command = [sys.executable, "-m", "tests.flows.studio.killed", str(project), *edits]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    ended = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    rows = [json.loads(text) for text in ended.stdout.splitlines()]
    if not rows:
        pytest.skip("no C compiler here, or no Linux")
    return rows


def test_killed_at_each_file_operation_of_an_edit_it_is_one_or_the_other(spoken: Path) -> None:
    rows = killed(spoken / "clocks", "a pause")
    assert [row for row in rows if not row["whole"]] == []
    assert list(dict.fromkeys(row["state"] for row in rows)) == STATES, "first as it was, then as it is to be"
    *hits, (last, _) = [(row["hit"], row["state"]) for row in rows]
    assert last == "" and rows[-1]["answered"], "the last one is not killed"
    kinds = [(Kind(int(hit.split()[0])), hit.split()[1], state) for hit, state in hits]
    for kind in (Kind.CREATE, Kind.WRITE, Kind.SYNC):
        assert any(one == kind and name.endswith(".partial") for one, name, _ in kinds), kind
    assert (Kind.NAME, "/script.jsonl", "before") in kinds, "killed before the file has its name"
    journal = [state for kind, name, state in kinds if kind is Kind.WRITE and "sqlite" in name]
    assert set(journal) == set(STATES), "before the file, and after it"


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_killed_at_each_file_operation_of_every_edit_it_is_one_or_the_other(spoken: Path) -> None:
    rows = killed(spoken / "clocks")
    assert [row for row in rows if not row["whole"]] == []
    of_each = {(row["what"], row["first"]): set[str]() for row in rows}
    for row in rows:
        of_each[row["what"], row["first"]].add(row["state"])
    assert len(of_each) == 12 and all(states == set(STATES) for states in of_each.values())

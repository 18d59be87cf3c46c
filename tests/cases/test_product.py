"""Scorers and harnesses outside find what they ask for, and see no fewer cases right than before."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY

RIGHT_BEFORE = 124
"""Public cases without sound that were right when this was last raised; raise it with the score."""

FUZZ_SECONDS = 5


def run(tmp_path: Path, program: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A program of the shared folder, as a person runs it: from the root of the repository."""
    return subprocess.run(
        [sys.executable, str(program), *map(str, arguments)],
        cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_public_cases_are_no_worse(shared: Path, tmp_path: Path) -> None:
    folder, results = shared / "cases" / "public", tmp_path / "results.json"
    done = run(tmp_path, folder / "score_public.py", folder, "--fast", "--json", results)
    assert done.returncode == 0, done.stderr
    scored = json.loads(results.read_text(encoding="utf-8"))
    guards = {
        row["id"]: row["wrong"] for row in scored["results"] if row["class"] == "G" and not row["right"]
    }
    assert guards == {}, "right before, and wrong now"
    assert scored["right"] >= RIGHT_BEFORE, done.stdout


def test_damaged_files_end_in_an_error_for_people(shared: Path, tmp_path: Path) -> None:
    done = run(tmp_path, shared / "tools" / "fuzz.py", FUZZ_SECONDS, 1, shared)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert " inputs " in done.stdout


def test_every_name_that_is_asked_for_is_given(shared: Path) -> None:
    """What is missing would be looked for where it stood once, and every case would be wrong."""
    from tests.cases import product

    scorer = (shared / "cases" / "public" / "score_public.py").read_text(encoding="utf-8")
    fuzz = (shared / "tools" / "fuzz.py").read_text(encoding="utf-8")
    asked = {
        *re.findall(r"(?<![/\w])product\.([A-Za-z]\w*)", scorer),
        *re.findall(r'\bproduct\("(\w+)"', fuzz),
    }
    assert len(asked) > 10
    assert asked - set(product.__all__) == set()

"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Threads that wait for each other must not burn the cores that other tests run on. OpenMP looks at it when
# torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared corpus and cases: `DUOYIN_SHARED`, by default the folder `shared` beside the repository."""
    folder = Path(os.environ.get("DUOYIN_SHARED", REPOSITORY.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("shared corpus not found: set DUOYIN_SHARED to its folder to run this test")
    return folder

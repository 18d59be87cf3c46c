"""What is lost when a head, a flow's host or a host dies: `losses`, run by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_is_lost_when_what_dies() -> None:
    """In a process of its own: Ray keeps what it knew of a head and of its token for the life of a process."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    losses = Path(__file__).with_name("losses.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "slow", "-p", "no:cacheprovider", str(losses)],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout[-6000:]

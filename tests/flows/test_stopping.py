"""A wish to stop is not lost where Python loses the exception."""

from __future__ import annotations

import subprocess
import sys

import pytest

SWALLOWED = """
import os, signal
from flows import stopping

class Careless:
    def __del__(self):  # what is raised in here, Python prints and forgets
        os.kill(os.getpid(), signal.{name})

stopping.listen()
stopping.check()
Careless()
print("went on")
try:
    stopping.check()
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_in_a_finalizer_is_remembered(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWED.format(name=name)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split("\n")[:2] == ["went on", "stopped"]
    assert "KeyboardInterrupt" in done.stderr  # Python's own note that it was ignored

"""Triton's compiler needs no GPU: kernels become machine code for cards that are not here."""

from __future__ import annotations

import os
import subprocess
import sys


def compiled(code: str, *arguments: str) -> list[list[str]]:
    """Run a program that compiles kernels, with the interpreter off; the words of each line it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]

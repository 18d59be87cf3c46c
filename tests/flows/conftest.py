"""A small book, and the command line as a person runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.warm import Started, Warm

REPOSITORY = Path(__file__).resolve().parents[2]

BOOK = """\
# The Two Clocks

by Nobody Known

## Chapter 1. The First Clock

There were two clocks in the house, and they never agreed.

“It is nine,” said Ann.

“It is ten,” said her brother Tom. “I heard it strike.”

Nobody asked the cat.

## Chapter 2. The Second Clock

The second clock stood in the hall.

* * *

In the morning it had stopped.

“Now they agree,” said Ann, “twice a day.”

## Chapter 3. The End

Tom wound them both, and went out into the rain.
"""


@dataclass(frozen=True)
class Run:
    """A finished command."""

    code: int
    out: str
    err: str


Duoyin = Callable[..., Run]


Start = Callable[..., Started]


@pytest.fixture
def start(warm: Warm) -> Start:
    """Start `duoyin ARGUMENTS` and return at once."""

    def begin(*arguments: object) -> Started:
        return warm.start(arguments)

    return begin


def ended(process: Started, timeout: float) -> Run:
    """A command, when it has ended."""
    out, err = process.communicate(timeout=timeout)
    return Run(process.wait(), out, err)


@pytest.fixture
def duoyin(start: Start) -> Duoyin:
    """Run `duoyin ARGUMENTS` to its end."""

    def run(*arguments: object, timeout: float = 180) -> Run:
        return ended(start(*arguments), timeout)

    return run


def impatient() -> None:
    """`duoyin`, but what was not spoken is tried again without a pause."""
    from flows.cli.app import main
    from flows.making import speaking

    speaking.RETRY_SECONDS = 0.0
    main()


def from_a_shell(*arguments: object, environment: Mapping[str, str] | None = None) -> Run:
    """Run `duoyin ARGUMENTS` as a shell does, in a process that nothing was prepared for."""
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", *map(str, arguments)],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A book of three chapters, two speakers and a scene break, for the tone engine."""
    path = tmp_path / "book.md"
    path.write_text(BOOK, encoding="utf-8")
    return path


def tone_project(folder: Path, source: Path, **options: object) -> Path:
    """A project of `source` on the tone engine; every line spoken is logged in `spoken.log`."""
    folder.mkdir(parents=True)
    settings = {"log": str(folder / "spoken.log"), **options}
    place = os.path.relpath(source, folder)
    text = f"source: {place}\nengine: tests.engines:ToneEngine\nengine_options: {settings!r}\n"
    (folder / "project.yaml").write_text(text, encoding="utf-8")
    return folder


def spoken(folder: Path) -> list[str]:
    """Texts the engine has spoken for a project, in order."""
    log = folder / "spoken.log"
    return (
        [line.split("\t", 1)[1] for line in log.read_text(encoding="utf-8").splitlines()]
        if log.exists()
        else []
    )

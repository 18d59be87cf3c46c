"""What the process of a run holds in memory, from a book's file to its last take: nothing is spoken, takes are short noise.

`python -m tests.benchmarks.bench_run_memory --lines 100000`. Only this process counts, as a command has it: its book, its
plan, its ledger and the chapters that it puts together meanwhile. Speech processes, or the speakers of a fleet
(`--fleet`), have memory of their own. With `--read-by kokoro` lines are read as the embedded engine reads them.
"""

from __future__ import annotations

import argparse
import gc
import random
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import psutil

from flows.making import audiobook, speaking
from flows.making.engines import Engines
from flows.making.plan import PlannedLine
from flows.making.producing import produce
from flows.making.voices import Voices
from flows.workspace.ledger import Ledger
from flows.workspace.project import Project
from normalizers.languages import DEFAULT_LANGUAGE
from tts_core.engine import Prepared, Take
from tts_core.kokoro.description import DESCRIPTION
from tts_core.kokoro.engine import KokoroEngine
from tts_core.sleeping import PLACE, SleepingEngine

TAKE_SECONDS = 0.1
CHAPTER_LINES, PARAGRAPH_LINES = 1_000, 4
LOOK_SECONDS = 0.05
WORDS = (
    "the a clock river night stone he she said walked old town light door between window never another morning quiet "
    "street lamp bread water hands letter journey mountain captain garden silver winter remember together whispered "
    "nothing everything carriage station tomorrow yesterday house brother sister money paper voice silence evening"
)

READERS = {"sleep": PLACE, "kokoro": "tests.benchmarks.bench_run_memory:QuietKokoro"}

_Made = TypeVar("_Made")


class QuietKokoro(KokoroEngine):
    """Reads lines as the embedded engine does, and gives short noise in place of speech."""

    description = replace(DESCRIPTION, name="quiet", factory=READERS["kokoro"], speech=False)

    def __init__(self, take_seconds: float = TAKE_SECONDS) -> None:
        super().__init__()
        self._sleeper = SleepingEngine(take_seconds=take_seconds)

    def speak(self, batch: Sequence[Prepared]) -> Iterator[Take]:
        for prepared, take in zip(batch, self._sleeper.speak(batch), strict=True):
            units = max((word.end for word in prepared.words), default=0)
            yield replace(
                take, times=tuple(take.seconds * unit / units for unit in range(units + 1)) if units else ()
            )

    def predict_seconds(self, prepared: Prepared) -> float:
        return self._sleeper.predict_seconds(prepared)


class _Spoken(Exception):
    """The last take is there; what comes after is measured elsewhere."""


@dataclass(slots=True)
class Memory:
    """Megabytes that this process had resident at the end of each step, and the most that were seen until then."""

    steps: dict[str, tuple[float, float]] = field(default_factory=dict)
    most: float = 0.0

    def look(self) -> float:
        now = psutil.Process().memory_info().rss / 1e6
        self.most = max(self.most, now)
        return now

    def after(self, step: str) -> None:
        gc.collect()
        self.steps[step] = (self.look(), self.most)

    @contextmanager
    def watched(self) -> Iterator[None]:
        over = threading.Event()

        def watch() -> None:
            while not over.wait(LOOK_SECONDS):
                self.look()

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def write_project(folder: Path, lines: int, engine: str, more: str = "") -> None:
    """A book of about so many lines, 12 words each, and its settings."""
    chance, words = random.Random(7), WORDS.split()

    def sentence() -> str:
        count = max(3, int(chance.lognormvariate(2.35, 0.5)))
        return " ".join(chance.choice(words) for _ in range(count)).capitalize() + "."

    with (folder / "book.md").open("w", encoding="utf-8") as book:
        book.write("# A long book\n\n")
        for number in range(-(-lines // CHAPTER_LINES)):
            book.write(f"## Chapter {number + 1}\n\n")
            for _ in range(min(CHAPTER_LINES, lines - number * CHAPTER_LINES) // PARAGRAPH_LINES):
                book.write(" ".join(sentence() for _ in range(PARAGRAPH_LINES)) + "\n\n")
    settings = (
        f"source: book.md\nengine: {engine}\nengine_options: {{take_seconds: {TAKE_SECONDS}}}\n"
        "language: en\nsingle_voice: true\nproof: off\n"
    )
    (folder / "project.yaml").write_text(settings + more, encoding="utf-8")


def measured(folder: Path) -> Memory:
    """Run a project until its last take is there."""
    memory = Memory()
    memory.after("began")

    def step(name: str, work: Callable[[], _Made]) -> _Made:
        made = work()
        memory.after(name)
        return made

    def speak(
        project: Project, lines: Sequence[PlannedLine], engines: Engines, voices: Voices, ledger: Ledger
    ) -> None:
        memory.after("planned")
        with memory.watched():
            speaking.speak(project, lines, engines, voices, ledger)
        memory.after("spoken")
        raise _Spoken

    try:
        produce("audiobook", audiobook.make, folder, {}, speak=speak, step=step)
    except _Spoken:
        return memory
    raise AssertionError("nothing was spoken")


@contextmanager
def own_fleet() -> Iterator[str]:
    """The address of a fleet of this machine, with two cores."""
    from tts_core.cluster.fleet import own_address, start_host, stop_host

    with socket.socket() as free:
        free.bind(("", 0))
        port = free.getsockname()[1]
    try:
        yield start_host(None, port=port, cores=2, gpus=None, host=None)
    finally:
        stop_host(f"{own_address()}:{port}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--read-by", choices=READERS, default="sleep", help="whose readings the lines have")
    parser.add_argument(
        "--fleet", action="store_true", help="two speakers of a fleet of this machine, on Ray"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        more = ""
        if asked.fleet:
            more = f"cluster: {stack.enter_context(own_fleet())}\n"
        write_project(Path(scratch), asked.lines, READERS[asked.read_by], more)
        memory = measured(Path(scratch))
    print(
        f"{asked.lines} lines of {DEFAULT_LANGUAGE}, read by {asked.read_by}{', on Ray' if asked.fleet else ''}"
    )
    for name, (now, most) in memory.steps.items():
        print(f"  {name:14} {now:6.0f} MB, at most {most:.0f}")


if __name__ == "__main__":
    main()

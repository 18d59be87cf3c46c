"""What a whole run costs beyond synthesis: python -m tests.benchmarks.bench_audiobook [--book FILE]
[--chapters 1-3] [--write]

Processor and wall seconds of `duoyin audiobook` (Python, reading, casting, synthesis, mastering,
encoding, checking; nobody listens) against those of the engine alone on the same lines, in as many processes with the same
environment, which have loaded already; then of a second run that finds everything made. The first two take turns of
`TURN` seconds, in which the other is stopped, so that whatever else the machine does meets both alike; the wall time of
each is that of its own turns.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from flows.making.engines import default_workers
from tests.benchmarks.bench_kokoro import VOICE, begin, loaded
from tests.benchmarks.pages import write_section

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks" / "audiobook.md"
HEADING = "## The engine and the run in turns"
TURN = 5.0
"""Seconds for which one of two goes on while the other is stopped."""


class Turns:
    """Processes of this one that go on only in their turns. `wall`: seconds of their turns so far."""

    def __init__(self, processes: list[subprocess.Popen[str]]) -> None:
        self._processes = processes
        self.wall = 0.0
        self._signal(signal.SIGSTOP)

    @property
    def ended(self) -> bool:
        """Whether all have; they are left for whoever waits for them."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return all(os.waitid(os.P_PID, process.pid, flags) for process in self._processes)

    def take(self, seconds: float) -> None:
        """Go on for so long, or to the end."""
        began = time.perf_counter()
        self._signal(signal.SIGCONT)
        while not self.ended and time.perf_counter() < began + seconds:
            time.sleep(0.02)
        self.wall += time.perf_counter() - began
        self._signal(signal.SIGSTOP)

    def _signal(self, number: signal.Signals) -> None:
        for process in self._processes:
            with suppress(psutil.NoSuchProcess):
                parent = psutil.Process(process.pid)
                parent.send_signal(number)  # before its children are counted: it starts no others then
                for child in parent.children(recursive=True):
                    with suppress(psutil.NoSuchProcess):
                        child.send_signal(number)


def alternately(one: Turns, other: Turns) -> None:
    """Let both come to their ends in turns."""
    while not (one.ended and other.ended):
        for turns in (one, other):
            if not turns.ended:
                turns.take(TURN)


class Command:
    """A command of ours on its way, whose answers lie in a folder. `process`: its process."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        folder.mkdir()
        self._out, self._errors = folder / "out.json", folder / "errors.txt"
        with self._out.open("w") as out, self._errors.open("w") as errors:
            command = [sys.executable, "-m", "flows.cli", *arguments, "--json"]
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=errors, text=True)

    def result(self) -> tuple[dict[str, Any], float]:
        """What it printed, and its processor seconds with all that it started. Waits for it."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        code = self.process.wait()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if code not in (0, 1):
            raise SystemExit(self._errors.read_text())
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return json.loads(self._out.read_text()), cpu


def spoken_lines(project: Path, chapters: str) -> list[str]:
    """The texts that the run speaks, in order."""
    from flows.making.book import read_book
    from flows.making.engines import Engines
    from flows.making.plan import plan_lines
    from flows.workspace.project import open_project

    opened = open_project(project, {"chapters": chapters, "single_voice": True, "voice": VOICE})
    engines = Engines(opened)
    book = read_book(opened, engines)
    planned = plan_lines(
        book.lines, book.voices.by_speaker, book.lexicon, engines.of_voice, speed=opened.settings.speed
    )
    return [item.utterance.text for item in planned if item.utterance is not None]


def written_project(folder: Path, book: Path) -> Path:
    """A new project of a book."""
    folder.mkdir()
    settings = f"source: {json.dumps(str(book.resolve()))}\nproof: off\n"
    (folder / "project.yaml").write_text(settings, encoding="utf-8")
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--book", type=Path, default=next((ROOT / "projects" / "example-en").glob("*.epub")))
    parser.add_argument("--chapters", default="1-3")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    arguments = parser.parse_args()
    cores = default_workers()
    with tempfile.TemporaryDirectory() as folder:
        read = written_project(Path(folder) / "read", arguments.book)
        lines = spoken_lines(read, arguments.chapters)
        project = written_project(Path(folder) / "made", arguments.book)
        command = (
            "audiobook", str(project), "--chapters", arguments.chapters, "--single-voice", "--voice", VOICE
        )  # fmt: skip
        workers = loaded("ours", [lines[core::cores] for core in range(cores)])
        begin(workers)
        alone = Turns(workers)
        run = Command(Path(folder) / "run", *command)
        whole = Turns([run.process])
        alternately(alone, whole)
        made, run_cpu = run.result()
        answers = [json.loads(worker.communicate()[0]) for worker in workers]
        began = time.perf_counter()
        _, again_cpu = Command(Path(folder) / "again", *command).result()
        again_wall = time.perf_counter() - began
    alone_cpu = sum(answer["cpu"] for answer in answers)
    rows = [
        (f"the engine alone, {cores} processes", alone_cpu, alone.wall),
        ("`duoyin audiobook`, the whole run", run_cpu, whole.wall),
        ("the same again, everything made", again_cpu, again_wall),
    ]
    table = "\n".join(
        [
            f"{arguments.book.stem}, chapters {arguments.chapters}: {len(lines)} lines, {made['seconds'] / 60:.1f} minutes "
            f"of sound, voice {VOICE}, {cores} cores; the first two in turns of {TURN:g} s.",
            "",
            "| | CPU s | wall s | CPU against the engine alone | wall |",
            "|---|---|---|---|---|",
            *(
                f"| {name} | {cpu:.0f} | {wall:.0f} | {cpu / alone_cpu:.3f} | {wall / alone.wall:.3f} |"
                for name, cpu, wall in rows
            ),
        ]
    )
    print(table)
    if arguments.write:
        write_section(PAGE, HEADING, f"`python -m tests.benchmarks.bench_audiobook --write`\n\n{table}")


if __name__ == "__main__":
    main()

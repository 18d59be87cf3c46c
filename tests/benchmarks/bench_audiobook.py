"""What a whole run costs beyond synthesis: python -m tests.benchmarks.bench_audiobook [--book FILE]
[--chapters 1-3] [--write]

Processor and wall seconds of `duoyin audiobook` (Python, reading, casting, synthesis, mastering,
encoding, checking; nobody listens) against those of the engine alone on the same lines, in as many processes, which have
loaded already; then of a second run that finds everything made. One run after the other on one machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from flows.making.engines import default_workers
from tests.benchmarks.bench_kokoro import VOICE, run

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks" / "audiobook.md"


def duoyin(*arguments: str) -> tuple[dict[str, object], float, float]:
    """Result, processor seconds (with all children) and wall seconds of a command."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", *arguments, "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(done.stdout), cpu, wall


def spoken_lines(project: Path, chapters: str) -> list[str]:
    """The texts that the run spoke, in order."""
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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--book", type=Path, default=next((ROOT / "projects" / "example-en").glob("*.epub")))
    parser.add_argument("--chapters", default="1-3")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        project.mkdir()
        settings = f"source: {json.dumps(str(arguments.book.resolve()))}\nproof: off\n"
        (project / "project.yaml").write_text(settings, encoding="utf-8")
        command = (
            "audiobook", str(project), "--chapters", arguments.chapters, "--single-voice", "--voice", VOICE
        )  # fmt: skip
        first, first_cpu, first_wall = duoyin(*command)
        _, second_cpu, second_wall = duoyin(*command)
        lines = spoken_lines(project, arguments.chapters)
    cores = default_workers()
    alone = run("ours", [lines[core::cores] for core in range(cores)])
    audio = float(str(first["seconds"]))
    rows = [
        (f"the engine alone, {cores} processes", alone["cpu"], alone["wall"]),
        ("`duoyin audiobook`, the whole run", first_cpu, first_wall),
        ("the same again, everything made", second_cpu, second_wall),
    ]
    table = "\n".join(
        [
            f"{arguments.book.stem}, chapters {arguments.chapters}: {len(lines)} lines, {audio / 60:.1f} minutes of "
            f"sound, voice {VOICE}, {cores} cores.",
            "",
            "| | CPU s | wall s | CPU against the engine alone | wall |",
            "|---|---|---|---|---|",
            *(
                f"| {name} | {cpu:.0f} | {wall:.0f} | {cpu / alone['cpu']:.3f} | {wall / alone['wall']:.3f} |"
                for name, cpu, wall in rows
            ),
        ]
    )
    print(table)
    if arguments.write:
        intro = "# The cost of a whole run\n\n`python -m tests.benchmarks.bench_audiobook --write`\n\n"
        PAGE.write_text(f"{intro}{table}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""CPU seconds of mastering per second of audio, stage by stage, against ffmpeg's own two-pass loudnorm.

    python -m tests.benchmarks.bench_mastering [minutes] [--write]

The material is the readers of the shared corpus (`DUOYIN_SHARED`), repeated. CPU time is that of this process and of
its children. The peer is what most generators do: `loudnorm` measured, `loudnorm` applied (linear), AAC at the same
rate; it writes no chapters and is not judged afterwards, and `check` is given its file too.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import soundfile

from flows.mastering import ffmpeg
from flows.mastering.check import check
from flows.mastering.exports.m4b import master_book
from flows.mastering.master import MasterProgress
from flows.mastering.profiles import AUDIOBOOK
from flows.mastering.tags import BookMetadata
from tests.flows.mastering.sounds import RATE, chapter, voices
from tts_core.sound import Samples

SYNTHESIS = 0.35  # CPU seconds a second of audio of the embedded engine, one thread
CHAPTER_SECONDS = 300


def cpu() -> float:
    """CPU seconds of this process and its children that ended."""
    return sum(
        u.ru_utime + u.ru_stime
        for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def loudnorm(source: Path, out: Path) -> None:
    """Two passes of ffmpeg's loudnorm to -19 LUFS, -3 dBTP, then AAC 64 kbit/s."""
    aim = "loudnorm=I=-19:TP=-3:LRA=11"
    command = [ffmpeg.find(), "-nostdin", "-y", "-threads", "1", "-i", str(source)]
    first = subprocess.run(
        [*command, "-af", f"{aim}:print_format=json", "-f", "null", "-"], capture_output=True, check=True
    )
    found = re.search(rb"\{[^{}]*input_i[^{}]*\}", first.stderr)
    assert found
    m = json.loads(found[0])
    second = (
        f"{aim}:linear=true:measured_I={m['input_i']}:measured_TP={m['input_tp']}:measured_LRA={m['input_lra']}"
        f":measured_thresh={m['input_thresh']}:offset={m['target_offset']}"
    )
    subprocess.run(
        [*command, "-af", second, "-ar", str(RATE), "-c:a", "aac", "-b:a", "64k", str(out)],
        capture_output=True,
        check=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("minutes", type=int, nargs="?", default=20, help="of audio, at least 5")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/mastering.md")
    arguments = parser.parse_args()
    minutes = max(5, arguments.minutes)
    shared = Path(os.environ.get("DUOYIN_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    readers = voices(shared)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spent: dict[str, float] = {}
        before = cpu()
        chapters = []
        for number in range(minutes * 60 // CHAPTER_SECONDS):
            takes: list[Samples] = []
            seconds = 0.0
            while seconds < CHAPTER_SECONDS:
                # A different level each time, so that no two chapters are the same file.
                takes.append(readers[len(takes) % len(readers)] * np.float32(1 - 0.01 * number))
                seconds += len(takes[-1]) / RATE + 0.4
            chapters.append(chapter(folder / "chapters", f"Chapter {number + 1}", takes))
        spent["stitch"], before = cpu() - before, cpu()
        total = sum(c.seconds for c in chapters)

        stages: dict[str, float] = {}

        def mark(progress: MasterProgress) -> None:
            stages[progress.stage] = cpu()

        report = master_book(
            chapters, BookMetadata("Benchmark"), AUDIOBOOK, folder / "book.m4b", progress=mark
        )
        for stage, now in stages.items():
            spent[stage], before = now - before, now
        again = cpu()
        master_book(chapters, BookMetadata("Benchmark"), AUDIOBOOK, folder / "book.m4b")
        again = cpu() - again

        source = folder / "whole.wav"
        with soundfile.SoundFile(source, "w", RATE, 1, "FLOAT") as file:
            for sound in chapters:
                data, _ = soundfile.read(sound.path, dtype="float32")
                file.write(data * 4)
        peer = cpu()
        loudnorm(source, folder / "peer.m4a")
        peer = cpu() - peer
        peer_report = check(folder / "peer.m4a", AUDIOBOOK)

    whole = sum(spent.values())
    rows = [
        f"| {stage} | {seconds / total:.5f} | {100 * seconds / whole:.0f} % |"
        for stage, seconds in spent.items()
    ]
    ours, theirs = report.check, peer_report
    table = "\n".join(
        [
            f"{total / 60:.0f} minutes of audio, {len(chapters)} chapters, {RATE} Hz mono; CPU seconds a "
            f"second of audio.",
            "",
            "| stage | CPU s / s | share |",
            "| --- | --- | --- |",
            *rows,
            f"| **all** | **{whole / total:.5f}** | {100 * whole / total / SYNTHESIS:.1f} % of synthesis "
            f"({SYNTHESIS}) |",
            f"| all again, nothing changed | {again / total:.5f} | {100 * again / total / SYNTHESIS:.1f} % "
            f"of synthesis |",
            f"| peer: loudnorm twice + AAC, unjudged | {peer / total:.5f} | {peer / whole:.2f} x ours |",
            "",
            "| as delivered | LUFS | true peak dBTP | loudness range LU | passes `audiobook` |",
            "| --- | --- | --- | --- | --- |",
            f"| Duoyin | {ours.integrated:.2f} | {ours.true_peak:.2f} | {ours.loudness_range:.1f} | {ours.passed} |",
            f"| loudnorm two-pass | {theirs.integrated:.2f} | {theirs.true_peak:.2f} | {theirs.loudness_range:.1f} "
            f"| {theirs.passed} |",
            "",
            f"Gain {report.gain_db:+.1f} dB, {report.corrections} corrections. {ffmpeg.version()}.",
        ]
    )
    print(table)
    if arguments.write:
        out = Path(__file__).resolve().parents[2] / "docs" / "benchmarks" / "mastering.md"
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(
            "# What mastering costs\n\n`python -m tests.benchmarks.bench_mastering 20 --write`\n\n"
            + table
            + "\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()

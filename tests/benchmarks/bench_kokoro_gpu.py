"""The embedded engine on one GPU beside one core of the same machine, on the same lines; some minutes.

    python -m tests.benchmarks.bench_kokoro_gpu [--write]

Needs the extra `gpu` (docs/how-to/several-gpus.md). Loading is not counted: a line goes before. Nothing fails on a time;
`--write` puts the table into docs/benchmarks/kokoro.md. It was not yet run: no card was at hand.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from tests.benchmarks.bench_kokoro import LINES, VOICE
from tts_core.engine import Utterance, read_and_speak
from tts_core.kokoro.card import Device
from tts_core.kokoro.engine import KokoroEngine

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks" / "kokoro.md"
HEADING = "## On a card\n"
ROUNDS: dict[Device, int] = {"cpu": 1, "cuda": 8}
"""How often all lines are spoken: about a minute each."""


def spoken(device: Device) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and seconds of audio of all lines."""
    engine = KokoroEngine(device=device)
    lines = [Utterance(line, "en", VOICE) for line in LINES]
    next(read_and_speak(engine, lines))
    wall, cpu = time.perf_counter(), time.process_time()
    audio = sum(take.seconds for take in read_and_speak(engine, lines * ROUNDS[device]))
    return time.perf_counter() - wall, time.process_time() - cpu, audio


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    rows = [
        "| device | wall s | processor s | audio s | times real time |",
        "| --- | --- | --- | --- | --- |",
    ]
    for device in ROUNDS:
        wall, cpu, audio = spoken(device)
        rows.append(f"| {device} | {wall:.1f} | {cpu:.1f} | {audio:.1f} | {audio / wall:.1f} |")
    print("\n".join(rows))
    if write:
        text = PAGE.read_text(encoding="utf-8").partition(HEADING)[0].rstrip()
        PAGE.write_text(f"{text}\n\n{HEADING}\n" + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

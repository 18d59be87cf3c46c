"""What the inaudible mark survives, what it costs, and whether it is found where it is not:

    python -m tests.benchmarks.bench_mark TAKES… [--lines 40] [--unmarked 2000] [--hear en] [--json OUT] [--write]

TAKES are folders of takes (`takes/` of any project), which must be unmarked. Takes of five seconds and more are marked
and sent along each path; the table tells in how many of them the mark is found then, and how sure the listener is at
the least, beside the same for the unmarked takes along the same path. `--lines 0` only listens for the mark in unmarked
takes. `--hear` also counts what the recogniser
makes of marked and unmarked takes: words of either that the other does not have. `--write` writes docs/benchmarks/mark.md anew.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flows.mastering.ffmpeg import decode
from flows.mastering.programs import chosen
from tests.conftest import REPOSITORY
from tts_core.files import write_atomically
from tts_core.mark import FOUND, Marker
from tts_core.recognizer import Recognizer, errors
from tts_core.sound import Samples, amplitude, decibels, resampled
from tts_core.takes import FolderTakes, TakeStore

LONG_ENOUGH = 5.0
"""Seconds of a take that must be found."""
RATE = 44_100
"""Hz: what paths are given."""
CLONED_RATE = 32_000
"""Hz: what a cloned voice speaks at."""

Way = Callable[[Samples], Samples]


@dataclass(frozen=True)
class Row:
    """A path: how many of `takes` were found marked, how sure at the least; how sure at the most of unmarked ones."""

    path: str
    takes: int
    found: int
    least: float
    unmarked: float


def coded(suffix: str, *options: str) -> Way:
    """Through an encoder of ffmpeg and back."""

    def path(sound: Samples) -> Samples:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"sound{suffix}"
            given = ["-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", "pipe:"]
            command = [chosen().path, "-hide_banner", "-loglevel", "error", *given, *options, str(file)]
            subprocess.run(command, input=sound.astype("<f4").tobytes(), check=True)
            return np.concatenate(list(decode(file, RATE, 1)))

    return path


def filtered(chain: str) -> Way:
    """Through a filter of ffmpeg."""
    return coded(".wav", "-af", chain, "-acodec", "pcm_f32le")


def under_a_bed(sound: Samples) -> Samples:
    """Over a bed of falling chords, 12 dB below the speech."""
    seconds = np.arange(len(sound)) / RATE
    chords = sum(np.sin(2 * np.pi * tone * seconds) for tone in (110.0, 164.8, 220.0, 277.2, 329.6, 440.0))
    bed = np.asarray(chords * (1.1 - np.mod(seconds, 2.0) / 2), np.float32)
    level = np.sqrt(np.mean(sound**2)) / np.sqrt(np.mean(bed**2))
    return sound + bed * np.float32(level * amplitude(-12.0))


def with_noise(sound: Samples) -> Samples:
    """White noise, 20 dB below the speech."""
    noise = np.random.default_rng(0).standard_normal(len(sound)).astype(np.float32)
    return sound + noise * np.float32(np.sqrt(np.mean(sound**2)) * amplitude(-20.0))


PATHS: dict[str, Way] = {
    "as it is": lambda sound: sound,
    "M4B (AAC 64k)": coded(".m4a", "-c:a", "aac", "-b:a", "64k"),
    "MP3 64k": coded(".mp3", "-c:a", "libmp3lame", "-b:a", "64k"),
    "Opus 24k": coded(".opus", "-c:a", "libopus", "-b:a", "24k"),
    "feed (MP3 192k)": coded(".mp3", "-c:a", "libmp3lame", "-b:a", "192k"),
    "dub, bed 12 dB below": under_a_bed,
    "limited to -12 dB": filtered("volume=9dB,alimiter=limit=0.25"),
    "telephone (8 kHz)": filtered("aresample=8000"),
    "tempo 1.1": filtered("atempo=1.1"),
    "white noise 20 dB below": with_noise,
    "pitch and tempo + 3 %": filtered(f"asetrate={round(RATE * 1.03)},aresample={RATE}"),
}
REQUIRED = ("M4B (AAC 64k)", "MP3 64k", "Opus 24k", "feed (MP3 192k)")
"""Paths along which 98 % are to be found."""


def takes_of(stores: Sequence[TakeStore], shortest: float, most: int) -> Iterator[Samples]:
    """Sounds at `RATE` of takes of `shortest` seconds and more, each once, spread over the stores."""
    found = [(key, store) for store in stores for key in sorted(store.keys())]
    places = {key: store for key, store in found if store.info(key).seconds >= shortest}
    keys = sorted(places)
    for key in keys[:: max(1, len(keys) // max(1, most))][:most]:
        take = places[key].read(key)
        yield resampled(take.samples, take.sample_rate, RATE)


def listened(stores: Sequence[TakeStore], most: int, marker: Marker) -> str:
    """In how many unmarked takes the mark is found all the same."""
    found = [marker.confidence(sound, RATE) for sound in takes_of(stores, 0.0, most)]
    others = [value for value in found if value is not None]
    false = sum(value >= FOUND for value in others)
    return f"Unmarked takes of a second and more: {false} of {len(others)} taken for marked, most sure {max(others):.3f}."


def measure(path: str, sounds: Sequence[Samples], marked: Sequence[Samples], marker: Marker) -> Row:
    send = PATHS[path]
    there = [marker.confidence(send(sound), RATE) or 0.0 for sound in marked]
    not_there = [marker.confidence(send(sound), RATE) or 0.0 for sound in sounds]
    return Row(path, len(there), sum(value >= FOUND for value in there), min(there), max(not_there))


def main() -> None:
    parser = argparse.ArgumentParser(description="What the mark survives, costs, and is mistaken for.")
    parser.add_argument("takes", type=Path, nargs="+", help="folders of unmarked takes")
    parser.add_argument("--lines", type=int, default=40)
    parser.add_argument("--unmarked", type=int, default=2000)
    parser.add_argument("--hear", metavar="LANGUAGE", default="")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    marker, stores = Marker(), [FolderTakes(folder) for folder in arguments.takes]
    if not arguments.lines:
        print(listened(stores, arguments.unmarked, marker))
        return
    sounds = list(takes_of(stores, LONG_ENOUGH, arguments.lines))
    seconds = sum(map(len, sounds)) / RATE
    marked = [marker.mark(sound, RATE) for sound in sounds]
    cloned = [resampled(sound, RATE, CLONED_RATE) for sound in sounds]
    before = time.process_time()
    for sound in cloned:
        marker.mark(sound, CLONED_RATE)
    cost = (time.process_time() - before) / seconds
    below = [
        decibels(float(np.sqrt(np.mean(sound**2) / np.mean((other - sound) ** 2))))
        for sound, other in zip(sounds, marked)
    ]
    rows = [measure(path, sounds, marked, marker) for path in PATHS]
    lines = [
        "| path | takes | found | least sure | most sure of unmarked |",
        "|---|---|---|---|---|",
        *(f"| {r.path} | {r.takes} | {r.found} | {r.least:.3f} | {r.unmarked:.3f} |" for r in rows),
        "",
        listened(stores, arguments.unmarked, marker),
        f"Cost {cost:.4f} CPU seconds a second of speech at {CLONED_RATE / 1000:.0f} kHz. The change is {min(below):.1f} to {max(below):.1f} dB below the"
        f" speech ({len(sounds)} takes, {seconds:.0f} s).",
    ]
    data = {
        "paths": {r.path: {"takes": r.takes, "found": r.found, "least": r.least} for r in rows},
        "cpu_seconds_per_second": cost,
        "db_below": min(below),
    }
    if arguments.hear:
        listener = Recognizer()
        text = [listener.transcribe(sound, RATE, arguments.hear).text for sound in sounds]
        again = [listener.transcribe(sound, RATE, arguments.hear).text for sound in marked]
        told = [errors(one, other, arguments.hear) for one, other in zip(text, again)]
        otherwise, total = sum(each.errors for each in told), sum(each.total for each in told)
        lines.append(f"The recogniser writes {otherwise} of {total} units of the marked takes otherwise.")
        data["heard_otherwise"], data["heard"] = otherwise, total
    print("\n".join(lines))
    if arguments.json:
        write_atomically(arguments.json, json.dumps(data, indent=1).encode())
    if arguments.write:
        title = (
            "# The inaudible mark\n\n`python -m tests.benchmarks.bench_mark TAKES --write`: takes of the embedded engine"
            f" of {LONG_ENOUGH:.0f} s and more, found at a confidence of {FOUND}; to reach: 98 % along"
            f" {', '.join(REQUIRED)}, and no unmarked take taken for marked.\n\n"
        )
        target = REPOSITORY / "docs" / "benchmarks" / "mark.md"
        write_atomically(target, (title + "\n".join(lines) + "\n").encode())


if __name__ == "__main__":
    main()

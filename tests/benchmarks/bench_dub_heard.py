"""What a recognizer hears of delivered dubs: python -m tests.benchmarks.bench_dub_heard FILM.dub.mkv … [--lines]

The dub track of each file is decoded as it was delivered (bed and codec included) and heard by whisper-base
(the proof extra) in stretches of about 22 seconds; where nobody speaks for longer than a second only the
edges of the pause are heard. English is scored by words, Chinese by toneless pinyin, against the text of the
lines in the file's report.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from flows.mastering.dub.media import decode_aligned, inspect_media
from tts_core.engine import Language
from tts_core.recognizer import RECOGNIZER_RATE, Recognizer, Score, errors
from tts_core.sound import Samples

STRETCH_SECONDS = 22.0
EDGE_SECONDS = 0.3
"""Of a pause that is heard at either side of a line."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines that are heard together: their text and the delivered sound, `[T]` at 16 kHz."""

    cues: tuple[int, ...]
    text: str
    samples: Samples


def stretches(lines: Sequence[dict[str, Any]], track: Samples) -> Iterator[Stretch]:
    """The placed lines in order of start, a few at a time."""
    placed = sorted((line for line in lines if line["placed"]), key=lambda line: line["start"])
    group: list[dict[str, Any]] = []
    parts: list[Samples] = []
    heard_until = 0.0
    for k, line in enumerate(placed):
        following = placed[k + 1]["start"] if k + 1 < len(placed) else np.inf
        first = max(heard_until, line["start"] - EDGE_SECONDS)
        last = min(line["end"] + EDGE_SECONDS, max(line["end"], following - 0.02))
        parts.append(track[round(first * RECOGNIZER_RATE) : round(last * RECOGNIZER_RATE)])
        heard_until = max(heard_until, last)
        group.append(line)
        long = sum(len(part) for part in parts) >= STRETCH_SECONDS * RECOGNIZER_RATE
        overlapping = following < line["end"]
        if (long and not overlapping) or k + 1 == len(placed):
            cues = tuple(item["cue"] for item in group)
            yield Stretch(cues, " ".join(item["text"] for item in group), np.concatenate(parts))
            group, parts = [], []


def dub_track(file: Path) -> Samples:
    """The last audio track of a delivered file, mono at 16 kHz."""
    number = len(inspect_media(file).audio) - 1
    blocks = decode_aligned(file, stream=number, channels=1, rate=RECOGNIZER_RATE)
    return np.concatenate([block[:, 0] for block in blocks])


def language_of(lines: Sequence[dict[str, Any]]) -> Language:
    """Chinese where a third of the letters are Han."""
    text = "".join(line["text"] for line in lines)
    han = len(re.findall(r"[\u3400-\u9fff]", text))
    return "zh" if han * 3 > len(re.findall(r"\w", text)) else "en"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument(
        "--lines", action="store_true", help="print what was said and heard where they differ"
    )
    parser.add_argument("--every", type=int, default=1, help="hear only every n-th stretch")
    arguments = parser.parse_args()
    recognizer = Recognizer()
    print("| file | language | lines | units | errors | share |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for file in arguments.files:
        lines = json.loads(file.with_name(f"{file.name}.report.json").read_text("utf-8"))["lines"]
        language = language_of(lines)
        total = Score(0, 0)
        heard_lines = 0
        for stretch in list(stretches(lines, dub_track(file)))[:: arguments.every]:
            heard = recognizer.transcribe(stretch.samples, RECOGNIZER_RATE, language).text
            score = errors(stretch.text, heard, language)
            total += score
            heard_lines += len(stretch.cues)
            if arguments.lines and score.errors:
                print(
                    f"  cues {stretch.cues}: {score.errors}/{score.total}\n    said  {stretch.text}\n    heard {heard}"
                )
        print(
            f"| {file.name} | {language} | {heard_lines} | {total.total} | {total.errors} | {100 * total.rate:.1f} % |",
            flush=True,
        )


if __name__ == "__main__":
    main()

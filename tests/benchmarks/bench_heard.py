"""What a recognizer hears of a finished project: python -m tests.benchmarks.bench_heard PROJECT [--chapters
1-3] [--every 4]

Takes are joined to stretches of about 22 seconds and heard by whisper-base (the proof extra); English is
scored by words, Chinese by toneless pinyin, against the spoken text of the lines.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from flows.making.book import read_book
from flows.making.engines import Engines
from flows.making.plan import PlannedLine, plan_lines
from flows.workspace.project import Project, open_project
from tts_core.recognizer import Recognizer, Score, errors
from tts_core.sound import Samples

STRETCH_SECONDS = 22.0
GAP_SECONDS = 0.4


def stretches(project: Project, planned: list[PlannedLine]) -> Iterator[tuple[str, Samples, int]]:
    """Text, samples and sample rate of one stretch after another."""
    texts: list[str] = []
    parts: list[Samples] = []
    seconds = 0.0
    rate = 24_000
    for item in planned:
        if item.utterance is None:
            continue
        take = project.takes.read(item.key)
        rate = take.sample_rate
        texts.append(item.utterance.text)
        parts += [take.samples, np.zeros(round(GAP_SECONDS * rate), np.float32)]
        seconds += take.seconds + GAP_SECONDS
        if seconds >= STRETCH_SECONDS:
            yield " ".join(texts), np.concatenate(parts), rate
            texts, parts, seconds = [], [], 0.0
    if texts:
        yield " ".join(texts), np.concatenate(parts), rate


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("--chapters")
    parser.add_argument("--every", type=int, default=1, help="hear only every n-th stretch")
    arguments = parser.parse_args()
    project = open_project(arguments.project, {"chapters": arguments.chapters})
    engines = Engines(project)
    book = read_book(project, engines)
    planned = plan_lines(
        book.lines, book.voices.by_speaker, book.lexicon, engines.of_voice, speed=project.settings.speed
    )
    recognizer, total = Recognizer(), Score(0, 0)
    for text, samples, rate in list(stretches(project, planned))[:: arguments.every]:
        total += errors(text, recognizer.transcribe(samples, rate, book.language).text, book.language)
    unit = "words" if book.language == "en" else "syllables"
    print(f"{book.manuscript.title}: {total.errors} of {total.total} {unit} wrong, {100 * total.rate:.2f} %")


if __name__ == "__main__":
    main()

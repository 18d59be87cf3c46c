"""CPU and memory of a dub besides synthesis: python -m tests.benchmarks.bench_dub_cost [--minutes 120]
[--video FILM.mkv]

A programme of that length is filled with a dozen takes of the embedded engine over and over, in cues that
make an eighth of them faster than they were spoken; it is planned, rendered, mixed, delivered (FLAC, or a
further track of the video) and judged. CPU seconds are those of this process and of every ffmpeg it starts.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
from itertools import pairwise
from pathlib import Path

from flows.mastering.dub.deliver import MixSettings, deliver_dub
from flows.mastering.dub.media import inspect_media
from flows.mastering.dub.mux import DubTrack
from flows.mastering.dub.plan import PlanLine, PlanOptions
from flows.mastering.dub.planner import plan
from flows.mastering.dub.profiles import dub_profile
from flows.mastering.dub.speech import speech_seconds
from tts_core.engine import Take, Utterance, read_and_speak
from tts_core.registry import load_engine
from tts_core.sound import Samples

TEXTS = (
    "Where were you last night?", "At the station, waiting for a train that never came.",
    "You might have told somebody.",
    "I tried. Nobody answered, and after an hour I gave up.", "Come in.", "It is warmer by the fire than it looks.",
    "What brings you to this part of the country?", "I am looking for someone I used to know.", "Does he have a name?",
    "He had several, and none of them was his own.", "Then you will not find him here.", "We shall see about that.",
)  # fmt: skip
PAUSES = (0.1, 0.3, 0.6, 1.2, 4.0)
SEED = 3


def cpu() -> float:
    """CPU seconds of this process and its children that ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in used)


def programme(takes: list[Take], seconds: float) -> list[PlanLine]:
    """Lines of three speakers until `seconds` are full."""
    chance, at, lines = random.Random(SEED), 1.0, list[PlanLine]()
    lengths = [speech_seconds(take.samples, take.sample_rate) for take in takes]
    while at + 12 < seconds:
        k = len(lines)
        length = lengths[k % len(takes)] * chance.uniform(0.88, 1.15)
        lines.append(
            PlanLine(
                f"l{k}", k + 1, "abc"[k % 3], round(at, 3), round(at + length, 3), lengths[k % len(takes)]
            )
        )
        at += length + chance.choice(PAUSES)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--video", type=Path)
    arguments = parser.parse_args()
    engine = load_engine()
    takes = list(read_and_speak(engine, [Utterance(text, "en", "af_heart") for text in TEXTS]))
    marks = [("", cpu())]
    media = inspect_media(arguments.video) if arguments.video else None
    seconds = media.seconds if media else arguments.minutes * 60
    lines, options = programme(takes, seconds), PlanOptions(programme_seconds=seconds)
    planned = plan(lines, options)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)

        def sound(line_id: str) -> tuple[Samples, int]:
            take = takes[int(line_id[1:]) % len(takes)]
            return take.samples, take.sample_rate

        deliver_dub(
            planned,
            lines,
            {line.id: TEXTS[int(line.id[1:]) % len(TEXTS)] for line in lines},
            sound,
            work / ("out.mkv" if media else "out.flac"),
            MixSettings(dub_profile("match-source" if media else "ebu-r128"), DubTrack("en", "Dub")),
            media=media,
            work=work,
            options=options,
            tell=lambda share, what: marks.append((what, cpu())),
        )
    names = {
        "render": "read and plan",
        "measure": "render",
        "mix": "measure the original",
        "listen": "mix and encode",
    }
    print(
        f"{seconds / 60:.0f} minutes, {len(lines)} lines, {sum(p.stretch != 1.0 for p in planned.lines)} stretched"
    )
    for (_, before), (name, after) in pairwise(marks):
        print(f"  {names.get(name, 'listen, judge, page'):<22}{after - before:6.1f} s")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"  {'in all':<22}{marks[-1][1] - marks[0][1]:6.1f} s; {memory:.0f} MB with the engine loaded")


if __name__ == "__main__":
    main()

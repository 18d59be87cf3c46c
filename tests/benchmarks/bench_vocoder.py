"""Mels made sound, with a harmonic source and without: what each makes of the same minute of one voice.

    python -m tests.benchmarks.bench_vocoder [--folder build/bench-tacotron] [--seconds 60] [--updates 600] [--write]

A voice of the embedded engine speaks sentences of a novel, those of `bench_tacotron`: takes in its folder are used. A small
HiFi-GAN with a harmonic source and one without (`--sources`) learn to make its mels sound, both from nothing, with the same
losses and the same pieces of it; the discriminators begin at update `--judged-from`. Held-out lines are made of their mels,
by each and by Griffin and Lim's algorithm: the pitch of what comes out is compared with the recording's, and the recogniser
and the speaker encoder listen. `--weights FILE`, any number of times, adds a published NSF-HiFiGAN (`model` with its
`config.json` beside it), which makes mels of its own kind sound. Runs are kept and gone on with; more updates extend them.
Needs the extras `clone` and `proof`, resemblyzer's weights, and the shared corpus (`DUOYIN_SHARED`). One thread.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tests.benchmarks.bench_tacotron import Spoken, first, heard, speech
from tests.benchmarks.pages import write_section
from tests.benchmarks.training.speech import Content, Material, Said
from tests.benchmarks.training.trials import TOLD_EVERY, Scale, Trials
from tests.conftest import REPOSITORY
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE
from tts_core.gpt_sovits.training.run import Plan, Progress, run_id, train
from tts_core.sound import Samples, resampled
from tts_core.tacotron.model import SAMPLE_RATE as MEL_RATE
from tts_core.tacotron.model import SIZES, TacotronSize, mel_of, sounded
from tts_core.tacotron.pitch import pitch, pitch_errors
from tts_core.tacotron.vocoder import SOURCES, Source, Vocoder, fresh_vocoder, read_vocoder, vocoder_size
from tts_core.tacotron.vocoding import VocoderCourse, VocoderLine, VocodingSettings, vocoder_line

PAGE = REPOSITORY / "docs/benchmarks/vocoder.md"
HEADING = "## Figures"
HOP = 256  # samples between two frequencies that are compared, at `MEL_RATE`
GRIFFIN = "Griffin-Lim"
TITLES: Mapping[Source, str] = {"none": "HiFi-GAN, no source", "nsf": "HiFi-GAN, harmonic source"}
TOLD = "| made sound by | updates | CPU s to learn | mel error of held-out lines, before → after | frames voiced in one alone | frequency off, cents (RMS) | more than a fifth off | words heard otherwise | likeness | CPU s a second of sound |"


@dataclass(frozen=True, slots=True)
class Made:
    """Held-out lines made sound.

    Args:
        samples: of each, at `MEL_RATE`. cpu_seconds: for all of them.
    """

    samples: list[Samples]
    cpu_seconds: float


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--folder", type=Path, default=REPOSITORY / "build/bench-tacotron")
    asked.add_argument("--seconds", type=float, default=60, help="of speech that is learned")
    asked.add_argument("--lines", type=int, default=10, help="that are listened to")
    asked.add_argument("--size", choices=SIZES, default="small", help="of the Tacotron 2 whose mels they are")
    asked.add_argument("--sources", default=",".join(SOURCES))
    asked.add_argument("--updates", type=int, default=600)
    asked.add_argument("--rate", type=float, default=VocodingSettings().rate)
    asked.add_argument("--judged-from", type=int, default=VocodingSettings().judged_from, help="update")
    asked.add_argument("--precision", choices=("float32", "bfloat16"), default="float32", help="of products")
    asked.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="learns")
    asked.add_argument("--weights", type=Path, action="append", default=[], help="of a published NSF-HiFiGAN")
    asked.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    given = asked.parse_args()
    torch.set_num_threads(1)
    trials = Trials(
        Material(Content(*[torch.zeros(0)] * 3), (), (), (), ()),
        Scale(),
        given.folder,
        device=torch.device(given.device),
    )
    said = speech(given.folder, given.lines, given.seconds)
    held_out, learned = said[: given.lines], first(said[given.lines :], given.seconds)
    size = SIZES[given.size]
    keep_heard(trials, "vocoder recordings", held_out, learned, None)
    keep_heard(
        trials, f"vocoder {GRIFFIN} {size.hop}", held_out, learned, partial(by_griffin, held_out, size)
    )
    for source in given.sources.split(","):
        name = run_name(source, given)
        if trials.figures.get(f"heard {name}", {}).get("updates") != given.updates:
            course = learned_course(trials, source, name, learned, held_out, given)
            vocoder = read_vocoder(trials.folder / f"{name}{VocoderCourse.suffix}").vocoder
            spoken = partial(by, vocoder, course.held_out)
            keep_heard(
                trials, f"heard {name}", held_out, learned, partial(spoken, told=False), updates=given.updates
            )
            if source == "nsf":
                keep_heard(
                    trials,
                    f"heard {name} told",
                    held_out,
                    learned,
                    partial(spoken, told=True),
                    updates=given.updates,
                )
    for path in given.weights:
        vocoder = read_vocoder(path).vocoder
        own = [vocoder_line(each.samples, SAMPLE_RATE, vocoder.size) for each in held_out]
        keep_heard(
            trials, f"vocoder {path.parent.name}", held_out, learned, partial(by, vocoder, own, told=True)
        )
    text = "\n".join(table(trials.figures, given))
    print(text)
    if given.write:
        write_section(PAGE, HEADING, text)
    return 0


def run_name(source: str, given: argparse.Namespace) -> str:
    return f"vocoder {source} {given.size} {given.seconds:g} s"


def learned_course(
    trials: Trials,
    source: Source,
    name: str,
    learned: Sequence[Said],
    held_out: Sequence[Said],
    given: argparse.Namespace,
) -> VocoderCourse:
    """A vocoder after its updates; they are gone on with where they were stopped."""
    size = vocoder_size(SIZES[given.size], source)
    settings = VocodingSettings(rate=given.rate, judged_from=given.judged_from, precision=given.precision)
    mine, theirs = (
        [vocoder_line(each.samples, SAMPLE_RATE, size) for each in some] for some in (learned, held_out)
    )
    course = VocoderCourse(size, fresh_vocoder(size), mine, theirs, settings, device=trials.device)
    before = trials.figures.get(f"run {name}", {})
    start = before.get("start") or course.examine()
    cpu = time.process_time()
    every = max(1, given.updates // 4)

    def told(progress: Progress) -> None:
        if progress.done % TOLD_EVERY == 0:
            figures = ", ".join(f"{key} {value:.2f}" for key, value in progress.figures.items())
            print(f"  {name} {progress.done}/{progress.planned}: {figures}", flush=True)

    run = run_id(size=asdict(size), settings=asdict(settings), lines=[each.text for each in learned])
    record = train(
        course, Plan(given.updates, save_every=every, examine_every=every, save_seconds=60),
        trials.folder / "runs" / name, run, told=told,
    )  # fmt: skip
    spent = before.get("cpu_seconds", 0) + time.process_time() - cpu
    trials.keep(
        f"run {name}",
        {"start": start, "looks": record.looks, "updates": record.done, "cpu_seconds": round(spent),
         "device": trials.device.type},
    )  # fmt: skip
    course.export(trials.folder / f"{name}{VocoderCourse.suffix}", "bench")
    return course


def by_griffin(held_out: Sequence[Said], size: TacotronSize) -> Made:
    """Griffin and Lim's algorithm, on the mels that Tacotron 2 learns."""
    began = time.process_time()
    made = [sounded(mel_of(at_mel_rate(each), size), size, seed=1).numpy() for each in held_out]
    return Made(made, time.process_time() - began)


def by(vocoder: Vocoder, lines: Sequence[VocoderLine], *, told: bool) -> Made:
    """A vocoder, told the recordings' frequency or reading it from the mel."""
    vocoder.sound(lines[0].mel, seed=1, frequency=lines[0].frequency)  # compiles
    began = time.process_time()
    sounds = [
        vocoder.sound(line.mel, seed=1, frequency=line.frequency if told else None).numpy() for line in lines
    ]
    spent = time.process_time() - began
    return Made([resampled(each, vocoder.size.mel.sample_rate, MEL_RATE) for each in sounds], spent)


def at_mel_rate(said: Said) -> Tensor:
    return torch.from_numpy(resampled(said.samples, SAMPLE_RATE, MEL_RATE))


def keep_heard(
    trials: Trials,
    name: str,
    held_out: Sequence[Said],
    person: Sequence[Said],
    make: Callable[[], Made] | None,
    **more: Any,
) -> None:
    """What is heard of held-out lines, and how their pitch differs from the recordings'; None: of the recordings."""
    if name in trials.figures and trials.figures[name].get("updates") == more.get("updates"):
        return
    recorded = [at_mel_rate(each) for each in held_out]
    made = Made([each.numpy() for each in recorded], 0.0) if make is None else make()
    takes = [
        (said.text, resampled(samples, MEL_RATE, SAMPLE_RATE))
        for said, samples in zip(held_out, made.samples, strict=True)
    ]
    pitches = [
        pitches_of(wanted, torch.from_numpy(samples))
        for wanted, samples in zip(recorded, made.samples, strict=True)
    ]
    wanted, got = (torch.cat(each) for each in zip(*pitches, strict=True))
    found = heard(trials.listener, Spoken(takes, 0, made.cpu_seconds), person)
    trials.keep(name, {**found, **asdict(pitch_errors(wanted, got)), **more})


def pitches_of(recorded: Tensor, made: Tensor) -> tuple[Tensor, Tensor]:
    """Hz of both, as many of the one as of the other."""
    one, other = pitch(recorded, MEL_RATE, HOP), pitch(made, MEL_RATE, HOP)
    count = min(len(one), len(other))
    return one[:count], other[:count]


def table(figures: Mapping[str, Any], given: argparse.Namespace) -> list[str]:
    """What was measured, in Markdown; what was not, is not in it."""
    rows = [
        f"    python -m tests.benchmarks.{Path(__file__).stem} --seconds {given.seconds:g} --lines {given.lines} "
        f"--size {given.size} --updates {given.updates} --rate {given.rate:g} --judged-from {given.judged_from} "
        f"--precision {given.precision} --write",
        "",
        TOLD,
        "|" + "---|" * (TOLD.count("|") - 1),
    ]
    hop = SIZES[given.size].hop
    named = [
        ("the recordings themselves", "vocoder recordings", ""),
        (f"{GRIFFIN}, nothing learned", f"vocoder {GRIFFIN} {hop}", ""),
    ]
    for source in SOURCES:
        name = run_name(source, given)
        named.append((TITLES[source], f"heard {name}", f"run {name}"))
        named.append((f"{TITLES[source]}, told the recording's frequency", f"heard {name} told", ""))
    named += [
        (f"{path.parent.name}, told the recording's frequency", f"vocoder {path.parent.name}", "")
        for path in given.weights
    ]
    rows += [row(title, figures[name], figures.get(run, {})) for title, name, run in named if name in figures]
    return [*rows, ""]


def row(title: str, told: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    errors, total = told["words"]
    cents = told["cents"]
    cells = [
        title,
        str(run.get("updates", "")),
        str(run.get("cpu_seconds", "")),
        f"{run['start']:.1f} → {run['looks'][-1][1]:.1f}" if run else "",
        f"{100 * told['voicing']:.1f} %",
        "" if math.isnan(cents) else f"{cents:.0f}",
        "" if math.isnan(cents) else f"{100 * told['gross']:.1f} %",
        f"{100 * errors / total:.0f} %",
        f"{sum(told['likeness']) / len(told['likeness']):.3f}",
        f"{told['cpu a second']:.2f}" if told["cpu a second"] else "",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())

"""The older design beside the new one, in the small: both learn the same speech of one voice, and both are listened to.

    python -m tests.benchmarks.bench_tacotron [--folder build/bench-tacotron] [--minutes 1] [--write]

A voice of the embedded engine speaks sentences of a novel: as many minutes to learn as are asked for, and `--lines` others
that nothing learns. Tacotron 2 (`--size`, `--updates`) learns them from nothing, and so does a GPT-SoVITS of a toy's size
(`--sound-size`, `--text-updates`, `--sound-updates`), whose content features are a stand-in, see
`tests/benchmarks/training/speech.py`. The recogniser and the speaker encoder hear the lines that were not learned.
Everything is kept in the folder: a run that was stopped (`--stop-after`) goes on, and more updates extend it. `--designs`
names one of the two. Needs the extras `clone` and `proof`, resemblyzer's weights, and the shared corpus
(`DUOYIN_SHARED`). One thread.
"""

from __future__ import annotations

import argparse
import math
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch

from normalizers import normalize, normalize_spans
from tests.benchmarks.pages import write_section
from tests.benchmarks.planted import Speaker
from tests.benchmarks.training.hearing import Listener, spoken, voice_of
from tests.benchmarks.training.speech import (
    LANGUAGE,
    Content,
    Example,
    Material,
    Said,
    content_of,
    example_of,
    sentences,
)
from tests.benchmarks.training.toys import SIZES as SOUND_SIZES
from tests.benchmarks.training.toys import toy_text
from tests.benchmarks.training.trials import OutOfTime, Scale, Trials, decoded
from tests.conftest import REPOSITORY
from tts_core.consent import Consent
from tts_core.engine import Utterance, read_and_speak
from tts_core.files import file_digest
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE
from tts_core.gpt_sovits.training.courses import TextCourse
from tts_core.gpt_sovits.training.discriminators import discriminator_weights
from tts_core.gpt_sovits.training.fresh import fresh_sound
from tts_core.gpt_sovits.training.material.cleaning import phones_of
from tts_core.gpt_sovits.training.sound_learner import SoundSettings
from tts_core.gpt_sovits.voice.voicefile import Clip, ClonedVoice, save_voice
from tts_core.recognizer import Recognizer
from tts_core.registry import load_engine
from tts_core.sound import Samples, resampled
from tts_core.tacotron.engine import TacotronEngine
from tts_core.tacotron.learning import LearnSettings, MelCourse, mel_line
from tts_core.tacotron.model import SAMPLE_RATE as MEL_RATE
from tts_core.tacotron.model import SIZES, TacotronSize, fresh, mel_of, sounded
from tts_core.tacotron.vocoder import VOCODER_FILE

PAGE = REPOSITORY / "docs/benchmarks/tacotron.md"
HEADING = "## Figures"
VOICE = "af_heart"
RECORDINGS, THROUGH_MELS = "heard recordings", "heard recordings through mels"
LONG_SKIP = 2  # words of the line in a row that nothing is heard for
TOLD = "| speech learned | design | updates | CPU s to learn | error of held-out lines, before → after | words heard otherwise | likeness | CPU s a second of sound | in a hundred lines: skips | repeats | did not end |"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a design says of the lines that were not learned.

    Args:
        takes: (text, samples at `SAMPLE_RATE`). unended: lines that were stopped.
        cpu_seconds: of speaking them.
    """

    takes: list[tuple[str, Samples]]
    unended: int
    cpu_seconds: float


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--folder", type=Path, default=REPOSITORY / "build/bench-tacotron")
    asked.add_argument("--minutes", default="1", help="of speech, each learned by itself")
    asked.add_argument("--lines", type=int, default=10, help="that are listened to")
    asked.add_argument("--designs", default=",".join(DESIGNS))
    asked.add_argument("--size", choices=SIZES, default="small", help="of Tacotron 2")
    asked.add_argument("--updates", type=int, default=300, help="of Tacotron 2")
    asked.add_argument("--frames", type=int, default=3000, help="of mels in a batch of Tacotron 2")
    asked.add_argument("--vocoder", type=Path, help="of bench_vocoder, for Tacotron 2; else Griffin-Lim")
    asked.add_argument("--sound-size", choices=SOUND_SIZES, default="toy", help="of GPT-SoVITS's sound stage")
    asked.add_argument("--text-updates", type=int, default=100, help="of GPT-SoVITS")
    asked.add_argument("--sound-updates", type=int, default=100, help="of GPT-SoVITS")
    asked.add_argument("--width", type=int, default=128, help="of GPT-SoVITS's text stage")
    asked.add_argument("--layers", type=int, default=4, help="of GPT-SoVITS's text stage")
    asked.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="learns")
    asked.add_argument(
        "--stop-after", type=float, default=math.inf, metavar="MINUTES", help="the next time goes on"
    )
    asked.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    given = asked.parse_args()
    torch.set_num_threads(1)
    minutes = sorted(float(each) for each in given.minutes.split(","))
    scale = Scale(SOUND_SIZES[given.sound_size], given.width, given.layers)
    trials = Trials(
        Material(Content(*[torch.zeros(0)] * 3), (), (), (), ()),
        scale, given.folder, given.stop_after, torch.device(given.device),
    )  # fmt: skip
    said = speech(given.folder, given.lines, 60 * minutes[-1])
    held_out, rest = said[: given.lines], said[given.lines :]
    try:
        hear_recordings(trials, held_out, first(rest, 60 * minutes[0]), SIZES[given.size])
        for each in minutes:
            learned = first(rest, 60 * each)
            for design in given.designs.split(","):
                compare(trials, design, f"{design} {each:g} min", learned, held_out, given)
    except OutOfTime as stopped:
        print(f"stopped at {stopped}; the same command goes on there")
    text = "\n".join(table(trials.figures, minutes, given))
    print(text)
    if given.write:
        write_section(PAGE, HEADING, text)
    return 0


def speech(folder: Path, lines: int, seconds: float) -> list[Said]:
    """Sentences of the novel in the voice: so many lines, and as many more as make the seconds, without features."""
    speaker, made, total = Speaker(load_engine(), folder / "takes"), list[Said](), 0.0
    for text in sentences():
        written = normalize_spans(text, LANGUAGE)
        take, _ = speaker.take(speaker.read(written.text, LANGUAGE, VOICE, written.hints))
        made.append(
            Said(VOICE, written.text, resampled(take.samples, take.sample_rate, SAMPLE_RATE), torch.zeros(0))
        )
        total += take.seconds if len(made) > lines else 0.0
        if total >= seconds:
            return made
    raise SystemExit(f"the novel has only {total / 60:.0f} minutes of such sentences")


def first(said: Sequence[Said], seconds: float) -> list[Said]:
    """The fewest of the first sentences that make the seconds."""
    made, total = list[Said](), 0.0
    for each in said:
        if total >= seconds:
            break
        made.append(each)
        total += len(each.samples) / SAMPLE_RATE
    return made


def hear_recordings(
    trials: Trials, held_out: Sequence[Said], person: Sequence[Said], size: TacotronSize
) -> None:
    """The least errors and the most likeness that there can be: of the voice itself, and of its mels made sound."""
    takes = [(each.text, each.samples) for each in held_out]
    if RECORDINGS not in trials.figures:
        trials.keep(RECORDINGS, heard(trials.listener, Spoken(takes, 0, 0.0), person))
    name = f"{THROUGH_MELS} {size.hop}"
    if name not in trials.figures:
        began = time.process_time()
        through = [(text, through_mels(samples, size)) for text, samples in takes]
        spent = time.process_time() - began
        trials.keep(name, heard(trials.listener, Spoken(through, 0, spent), person))


def through_mels(samples: Samples, size: TacotronSize) -> Samples:
    """A sound as Tacotron 2 would say it, had it learned it perfectly."""
    own = torch.from_numpy(resampled(samples, SAMPLE_RATE, MEL_RATE))
    return resampled(sounded(mel_of(own, size), size, seed=1).numpy(), MEL_RATE, SAMPLE_RATE)


def compare(
    trials: Trials,
    design: str,
    name: str,
    learned: Sequence[Said],
    held_out: Sequence[Said],
    given: argparse.Namespace,
) -> None:
    """Let a design learn, speak and be heard; what is known already is not done again."""
    updates, speak = DESIGNS[design](trials, name, learned, held_out, given)
    if trials.figures.get(f"heard {name}", {}).get("updates") != updates:
        figures = heard(trials.listener, speak(), learned)
        trials.keep(f"heard {name}", {**figures, "updates": updates})


def tacotron(
    trials: Trials, name: str, learned: Sequence[Said], held_out: Sequence[Said], given: argparse.Namespace
) -> tuple[Any, Callable[[], Spoken]]:
    """Tacotron 2 from nothing; what it has come to at last speaks, through the engine."""
    size = SIZES[given.size]
    model = fresh(size)
    model.net.to(trials.device)

    def lines(said: Sequence[Said]) -> list[Any]:
        return [mel_line(phones(each), each.samples, SAMPLE_RATE, size) for each in said]

    course = MelCourse(model, lines(learned), lines(held_out), LearnSettings(frames=given.frames))
    trials.learned(course, name, given.updates)

    def speak() -> Spoken:
        voices = trials.folder / "voices"
        voice = voices / name.replace(" ", "-")
        voice.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(trials.folder / f"{name}{MelCourse.suffix}", voice / "model.pth")
        (voice / VOCODER_FILE).unlink(missing_ok=True)
        if given.vocoder is not None:
            shutil.copyfile(given.vocoder, voice / VOCODER_FILE)
        soundfile.write(voice / "clip.wav", np.clip(learned[0].samples, -1, 1), SAMPLE_RATE)
        clip = Clip("clip.wav", file_digest(voice / "clip.wav"), learned[0].text)
        consent = Consent("Speech of the embedded engine.")
        save_voice(
            ClonedVoice(
                voice.name, "model.pth", clip, (clip,), LANGUAGE, consent, folder=voice, engine="tacotron2"
            )
        )
        engine = TacotronEngine(voices=voices, threads=1, mark=False)
        began = time.process_time()
        takes = list(
            read_and_speak(engine, [Utterance(each.text, LANGUAGE, voice.name) for each in held_out])
        )
        spent = time.process_time() - began
        return Spoken(
            [
                (each.text, resampled(take.samples, take.sample_rate, SAMPLE_RATE))
                for each, take in zip(held_out, takes, strict=True)
            ],
            sum("limit" in take.evidence["flags"] for take in takes),
            spent,
        )

    return [given.updates, file_digest(given.vocoder)] if given.vocoder else given.updates, speak


def gpt_sovits(
    trials: Trials, name: str, learned: Sequence[Said], held_out: Sequence[Said], given: argparse.Namespace
) -> tuple[Any, Callable[[], Spoken]]:
    """A toy of GPT-SoVITS from nothing: both stages, and the chain of them speaks in the voice of two learned clips."""
    mine, theirs = examples(trials.folder, learned, held_out, trials.scale.size.codes)
    content = content_of([each.said for each in mine], trials.scale.size.codes)
    trials.material = Material(content, (), (), tuple(mine), tuple(theirs))
    scale = trials.scale
    text = trials.text(toy_text(scale.width, scale.layers), mine, "fixed")
    trials.learned(text, f"{name} text", given.text_updates)
    sound = trials.sound(
        fresh_sound(scale.size, content.codes),
        discriminator_weights(scale.size.periods, scale.size.narrowing),
        [each.sound for each in mine],
        SoundSettings("fixed", rate=scale.base_rate, text_share=1.0),
    )
    trials.learned(sound, f"{name} sound", given.sound_updates)

    def speak() -> Spoken:
        began = time.process_time()
        drawn = decoded(trials.folder / f"{name} text{TextCourse.suffix}", theirs)
        model = trials.spoken_with(f"{name} sound")
        voice = voice_of(model, mine)
        # A stage that has learned little draws tokens that the codebook does not have.
        known = [[token for token in tokens if token < scale.size.codes] or [0] for tokens in drawn]
        takes = spoken(model, theirs, voice, [torch.tensor(tokens) for tokens in known], seeds=(1,))
        stopped = [
            len(tokens) >= 2 * len(each.text.tokens) for tokens, each in zip(drawn, theirs, strict=True)
        ]
        return Spoken(takes, sum(stopped), time.process_time() - began)

    return [given.text_updates, given.sound_updates], speak


DESIGNS: Mapping[str, Callable[..., tuple[Any, Callable[[], Spoken]]]] = {
    "tacotron2": tacotron,
    "gpt-sovits": gpt_sovits,
}


def examples(
    folder: Path, learned: Sequence[Said], held_out: Sequence[Said], codes: int
) -> tuple[list[Example], list[Example]]:
    """The sentences as both stages of GPT-SoVITS learn them; the features are made of the learned ones alone."""
    ear = Recognizer()

    def with_features(said: Sequence[Said]) -> list[Said]:
        return [
            replace(each, heard=torch.from_numpy(ear.features(each.samples, SAMPLE_RATE))) for each in said
        ]

    mine, theirs = with_features(learned), with_features(held_out)
    content = content_of(mine, codes)
    return [example_of(each, content) for each in mine], [example_of(each, content) for each in theirs]


def heard(listener: Listener, made: Spoken, person: Sequence[Said]) -> dict[str, Any]:
    """Figures of what was said, against the sentences and the voice."""
    found = listener.hear(made.takes, listener.person([each.samples for each in person]))
    failed = [failures(text, written) for (text, _), written in zip(made.takes, found.texts, strict=True)]
    seconds = sum(len(samples) for _, samples in made.takes) / SAMPLE_RATE
    return {
        **found.to_json(),
        "skips": sum(skipped for skipped, _ in failed),
        "repeats": sum(repeated for _, repeated in failed),
        "unended": made.unended,
        "lines": len(made.takes),
        "cpu a second": round(made.cpu_seconds / seconds, 3),
    }


def failures(said: str, written: str) -> tuple[bool, bool]:
    """Whether words of a line are passed over (`LONG_SKIP` in a row), and whether words are said again that the line
    has once, by what is heard."""
    line, heard_words = words(said), words(written)
    skipped = repeated = False
    for kind, start, end, first_heard, last_heard in SequenceMatcher(
        None, line, heard_words, False
    ).get_opcodes():
        skipped |= (end - start) - (last_heard - first_heard) >= LONG_SKIP
        more = heard_words[first_heard:last_heard]
        around = (
            heard_words[max(0, first_heard - len(more)) : first_heard],
            heard_words[last_heard : last_heard + len(more)],
        )
        repeated |= kind == "insert" and more in around
    return skipped, repeated


def words(text: str) -> list[str]:
    return ["".join(filter(str.isalnum, word)) for word in normalize(text, LANGUAGE).lower().split()]


def phones(said: Said) -> torch.Tensor:
    return phones_of(said.text, LANGUAGE).ids


def table(figures: Mapping[str, Any], minutes: Sequence[float], given: argparse.Namespace) -> list[str]:
    """What was measured, in Markdown; what was not, is not in it."""
    rows = [
        f"    python -m tests.benchmarks.{Path(__file__).stem} --minutes {given.minutes} --lines {given.lines} "
        f"--size {given.size} --updates {given.updates} --frames {given.frames} --text-updates {given.text_updates} "
        f"--sound-updates {given.sound_updates}{' --vocoder FILE' if given.vocoder else ''} --write",
        "",
        TOLD,
        "|" + "---|" * (TOLD.count("|") - 1),
    ]
    for name, said in (
        (RECORDINGS, "the voice itself"),
        (
            f"{THROUGH_MELS} {SIZES[given.size].hop}",
            "the voice itself, through the mels of Tacotron 2 and Griffin-Lim",
        ),
    ):
        if told := figures.get(name):
            rows.append(row("", said, {}, told))
    for each in minutes:
        for design in DESIGNS:
            name = f"{design} {each:g} min"
            if told := figures.get(f"heard {name}"):
                parts = (f"run {name}", f"run {name} text", f"run {name} sound")
                runs = {
                    part.removeprefix(f"run {name}").strip(): figures[part]
                    for part in parts
                    if part in figures
                }
                rows.append(row(f"{each:g} min", design, runs, told))
    return [*rows, ""]


def row(speech_learned: str, design: str, runs: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    errors, total = told["words"]
    cells = [
        speech_learned,
        design,
        ", ".join(f"{stage} {run['updates']}".strip() for stage, run in runs.items()),
        ", ".join(f"{stage} {run['cpu_seconds']}".strip() for stage, run in runs.items()),
        ", ".join(
            f"{stage} {run['start']:.2f} → {run['looks'][-1][1]:.2f}".strip() for stage, run in runs.items()
        ),
        f"{100 * errors / total:.0f} %",
        f"{sum(told['likeness']) / len(told['likeness']):.3f}",
        f"{told['cpu a second']:.2f}" if told["cpu a second"] else "",
        *(f"{100 * told[name] / told['lines']:.0f}" for name in ("skips", "repeats", "unended")),
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())

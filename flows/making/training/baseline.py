"""From recordings to a voice of Tacotron 2, on what a voice of GPT-SoVITS is trained with: the same clean set, the same
phonemes, the same run that can be stopped, and the same auditions. The text stage goes from text to mels, the sound
stage is a vocoder that makes mels sound; without it Griffin and Lim's algorithm does."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from flows.making.training.auditions import Ears, Speaking, audition_lines, auditions
from flows.making.training.looking import told as told_of_set
from flows.making.training.making import (
    RECORD_FILE,
    Trained,
    consent_of,
    learning,
    looked_through,
    plain_step,
)
from flows.making.training.order import Order
from flows.making.training.page import write_page
from flows.workspace.progress import reporter
from normalizers import DuoyinError
from tts_core.files import atomic_path, write_atomically
from tts_core.gpt_sovits.engine import device_of
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE
from tts_core.gpt_sovits.training.chain import LOOKS, STAGES, Stage, StageForecast
from tts_core.gpt_sovits.training.choosing import Audition, auditioned, chosen, make_voice, prompt_clips
from tts_core.gpt_sovits.training.courses import split_off
from tts_core.gpt_sovits.training.material.cleaning import CleanSet, Clip, phones_of
from tts_core.gpt_sovits.training.recipe import Precision
from tts_core.gpt_sovits.training.run import (
    KEPT_FOLDER,
    Course,
    Plan,
    RunRecord,
    read_record,
    run_id,
    train,
)
from tts_core.gpt_sovits.training.run import RECORD_FILE as RUN_FILE
from tts_core.gpt_sovits.voice.voicefile import Age, Gender, load_voice, voices_folder
from tts_core.memory import most_held
from tts_core.tacotron.engine import TacotronEngine
from tts_core.tacotron.learning import LearnSettings, MelCourse, MelLine, mel_line
from tts_core.tacotron.model import SIZES, Tacotron, fresh, read_model
from tts_core.tacotron.vocoder import (
    VOCODER_FILE,
    Source,
    first_weights,
    vocoder_size,
)
from tts_core.tacotron.vocoding import VocoderCourse, VocodingSettings, vocoder_line

MODEL_FILE = "tacotron2.pth"  # beside voice.yaml
PASSES, LEAST_UPDATES = 400, 5_000
"""How often a set is gone through where nobody says how many updates; a guess, nothing was tried."""
VOCODER_UPDATES = 3_000
"""Of the sound stage where nobody says how many, the last third against discriminators; a guess, too: `bench_vocoder`
tells what 600 do."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model to be heard, with a vocoder or without, and the updates they are of. `sound_run`: the vocoder's run."""

    file: Path
    update: int
    vocoder: Path | None = None
    sound_update: int = 0
    sound_run: str = ""

    @property
    def name(self) -> str:
        text = f"text-{self.update:06d}"
        return text if self.vocoder is None else f"{text}_{self.sound_run}-{self.sound_update:06d}"

    @property
    def title(self) -> str:
        return f"text at {self.update}" + (f", sound at {self.sound_update}" if self.vocoder else "")

    @property
    def trained(self) -> bool:
        return True


class _Lessons:
    """A clean set and what is to learn it.

    Raises:
        DuoyinError: the base is no voice of Tacotron 2.
    """

    def __init__(self, order: Order, clean: CleanSet) -> None:
        self.order, self.clean = order, clean
        self.learned, self.held_out = split_off([clip.digest for clip in clean.clips])
        self.start = _start(order)
        self.settings = LearnSettings()
        self.source: Source = "nsf" if order.source == "nsf" else "none"
        precision: Precision = "bfloat16" if order.precision == "bfloat16" else "float32"
        self.vocoding = VocodingSettings(precision=precision)
        self.id = run_id(
            base=self.start.sha256,
            size=asdict(self.start.size),
            settings=asdict(self.settings),
            lines=sorted(clip.digest for clip in clean.clips),
            seed=order.seed,
        )
        self.folder = order.folder / self.id
        base = voices_folder() / order.base / VOCODER_FILE if order.base else None
        self.vocoder, vocoder_digest = first_weights(
            vocoder_size(self.start.size, self.source), base, order.seed
        )
        self.sound_id = run_id(
            chain=self.id, source=self.source, base=vocoder_digest, settings=asdict(self.vocoding)
        )
        self.runs: dict[Stage, Path] = {
            "text": self.folder / "text",
            "sound": self.folder / f"sound-{self.sound_id[:8]}",
        }
        self.stages = tuple(stage for stage in STAGES if order.stage in ("both", stage))
        if self.stages == ("sound",) and self.record("text") is None:
            raise DuoyinError(
                "there are no mels yet that a vocoder could make sound: the text stage was never trained",
                hint=f"duoyin voice train {order.name} --stage text",
            )

    def record(self, stage: Stage) -> RunRecord | None:
        """What a stage has come to; None where it was never begun."""
        return read_record(self.runs[stage]) if (self.runs[stage] / RUN_FILE).is_file() else None

    def course(self, stage: Stage) -> Course:
        """The stage with its lines."""
        device, size, seed = device_of(self.order.device), self.start.size, self.order.seed
        learned, held_out = (
            [self.clean.clips[at] for at in places] for places in (self.learned, self.held_out)
        )
        if stage == "sound":
            asked = vocoder_size(size, self.source)
            mine, theirs = (
                [vocoder_line(clip.samples, SAMPLE_RATE, asked) for clip in some]
                for some in (learned, held_out)
            )
            return VocoderCourse(asked, self.vocoder, mine, theirs, self.vocoding, seed=seed, device=device)

        def line(clip: Clip) -> MelLine:
            phones = phones_of(clip.label, self.clean.language).ids
            return mel_line(phones, clip.samples, SAMPLE_RATE, size)

        self.start.net.to(device)
        return MelCourse(
            self.start,
            [line(clip) for clip in learned],
            [line(clip) for clip in held_out],
            self.settings,
            seed=seed,
        )

    def planned(self, stage: Stage) -> int:
        """Updates of a stage, with those that are asked for beyond."""
        asked = self.order.text_updates if stage == "text" else self.order.sound_updates
        record = self.record(stage)
        if record is not None:
            return max(record.planned, asked) + self.order.more
        if asked or stage == "sound":
            return (asked or VOCODER_UPDATES) + self.order.more
        frames = sum(clip.seconds for clip in self.clean.clips) * self.start.size.rate
        a_pass = -(-frames // self.settings.frames)
        return max(LEAST_UPDATES, int(a_pass) * PASSES) + self.order.more

    def learn(self) -> dict[Stage, RunRecord]:
        """Make the planned updates, or go on with them; what another stage came to before is told, too."""
        planned = {stage: self.planned(stage) for stage in self.stages}
        told = learning(planned)
        made = {stage: record for stage in STAGES if (record := self.record(stage)) is not None}
        for stage, updates in planned.items():
            every = max(1, updates // LOOKS)
            # All are made: the held-out error, each frame told the one before, tells nothing of whether the attention
            # has found its way.
            plan = Plan(updates, self.order.seed, every, every)
            run = self.id if stage == "text" else self.sound_id
            made[stage] = train(self.course(stage), plan, self.runs[stage], run, told=partial(told, stage))
        return made

    def checkpoints(self, records: Mapping[Stage, RunRecord]) -> list[Checkpoint]:
        """What the text stage kept, best first, each with the best vocoder; then the best once more without, since a
        vocoder that has learned little is worse than none."""
        sound = records["sound"].best if "sound" in records else None
        run = self.runs["sound"]
        vocoder = (run / KEPT_FOLDER / sound.file, sound.update, run.name) if sound else (None, 0, "")
        kept = [(self.runs["text"] / KEPT_FOLDER / each.file, each.update) for each in records["text"].kept]
        bare = [Checkpoint(*each) for each in kept[:1]] if sound else []
        return [*(Checkpoint(*each, *vocoder) for each in kept), *bare]

    def held_out_labels(self) -> list[str]:
        return [self.clean.clips[at].label for at in self.held_out]


def make(order: Order, *, step: Any = plain_step) -> Trained:
    """Train the voice, or go on with it.

    Raises:
        DuoyinError: a base that is none, recordings that cannot be used, see `clean_set`.
    """
    clean: CleanSet = step("recordings", lambda: looked_through(order))
    lessons = _Lessons(order, clean)
    warnings = [*clean.warnings]
    if not lessons.held_out:
        warnings.append(
            "fewer than four clips: none is held out, and the checkpoint is chosen on what was learned"
        )
    for warning in warnings:
        reporter().warn(warning)
    records: dict[Stage, RunRecord] = step("learn", lessons.learn)
    lines = audition_lines(lessons.held_out_labels(), clean.language)
    speaking = Speaking(order.name, prompt_clips(clean.clips), lines, clean.language)
    kept = lessons.checkpoints(records)

    def speak(checkpoint: Checkpoint, beside: Path, ears: Ears) -> Audition[Checkpoint]:
        _write_voice(order, clean, checkpoint, beside / "voices", {})
        engine = TacotronEngine(voices=beside / "voices")
        made = auditioned(
            checkpoint, engine, order.name, speaking.prompt, lines, clean.language, beside,
            transcribe=ears.transcribe, judge=ears.judge,
        )  # fmt: skip
        shutil.rmtree(beside / "voices")  # made again from what the run kept
        return made

    heard: list[Audition[Checkpoint]] = step(
        "audition", lambda: auditions(kept, speaking, lessons.folder / "auditions", speak)
    )
    best = chosen(heard)
    voice = _write_voice(
        order,
        clean,
        best.candidate,
        order.folder.parent.parent,
        {
            "base": order.base,
            "chain": lessons.id,
            "checkpoint": best.candidate.name,
            "set": clean.digest(),
            "seconds": round(clean.seconds, 1),
            "clips": sorted(clip.digest for clip in clean.clips),
            "updates": {stage: record.done for stage, record in records.items()},
            "error": best.error,
            "likeness": best.likeness,
        },
    )
    page = write_page(lessons.folder / "voice.html", voice, clean, heard, best, lines)
    made = Trained(
        order.name,
        order.engine,
        lessons.folder,
        clean,
        records,
        tuple(heard),
        best,
        tuple(warnings),
        page,
    )
    told = {"order": asdict(order), "set": told_of_set(clean), **made.to_json()}
    write_atomically(
        lessons.folder / RECORD_FILE, (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()
    )
    reporter().stage("Voice", str(voice.folder))
    return made


def forecast(order: Order) -> tuple[CleanSet, list[StageForecast]]:
    """What the training would take; one update of each stage is made for trial. Raises as `make`."""
    clean = looked_through(order)
    lessons = _Lessons(order, clean)
    reporter().stage("Trial", "one update of each stage")
    told = []
    for stage in lessons.stages:
        course = lessons.course(stage)
        began = time.monotonic()
        course.learn(next(course.schedule()))
        seconds = time.monotonic() - began
        record = lessons.record(stage)
        left = max(0, lessons.planned(stage) - (record.done if record else 0))
        told.append(StageForecast(stage, left, seconds, most_held()))
    return clean, told


def _start(order: Order) -> Tacotron:
    if not order.base:
        return fresh(SIZES[order.size], order.seed)
    voice = load_voice(voices_folder() / order.base)
    if voice.engine != TacotronEngine.name:
        raise DuoyinError(
            f"{order.base} is no voice of Tacotron 2",
            where=str(voice.folder),
            hint="Name another with --base, or none to begin with nothing.",
        )
    return read_model(voice.folder / voice.model)


def _write_voice(
    order: Order, clean: CleanSet, checkpoint: Checkpoint, voices: Path, trained: dict[str, object]
) -> Any:
    """The models first, then what names them."""
    with atomic_path(voices / order.name / MODEL_FILE) as beside:
        beside.write_bytes(checkpoint.file.read_bytes())
    if checkpoint.vocoder is None:
        (voices / order.name / VOCODER_FILE).unlink(missing_ok=True)
    else:
        with atomic_path(voices / order.name / VOCODER_FILE) as beside:
            beside.write_bytes(checkpoint.vocoder.read_bytes())
    return make_voice(
        order.name,
        prompt_clips(clean.clips),
        MODEL_FILE,
        clean.language,
        consent_of(order),
        voices / order.name,
        trained,
        order.licence,
        cast(Gender, order.gender),
        cast(Age, order.age),
        TacotronEngine.name,
    )

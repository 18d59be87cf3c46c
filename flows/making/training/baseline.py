"""From recordings to a voice of Tacotron 2, on what a voice of GPT-SoVITS is trained with: the same clean set, the same
phonemes, the same run that can be stopped, and the same auditions. There is one stage, from text to mels."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, dataclass
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
from tts_core.gpt_sovits.training.chain import LOOKS, Stage, StageForecast
from tts_core.gpt_sovits.training.choosing import Audition, auditioned, chosen, make_voice, prompt_clips
from tts_core.gpt_sovits.training.courses import split_off
from tts_core.gpt_sovits.training.material.cleaning import CleanSet, Clip, phones_of
from tts_core.gpt_sovits.training.run import (
    KEPT_FOLDER,
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
from tts_core.tacotron.learning import LearnSettings, MelCourse, mel_line
from tts_core.tacotron.model import SIZES, Tacotron, fresh, read_model

STAGE: Stage = "text"
MODEL_FILE = "tacotron2.pth"  # beside voice.yaml
PASSES, LEAST_UPDATES = 400, 5_000
"""How often a set is gone through where nobody says how many updates; a guess, nothing was tried."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model to be heard, and the update it is of."""

    file: Path
    update: int

    @property
    def name(self) -> str:
        return f"text-{self.update:06d}"

    @property
    def title(self) -> str:
        return f"text at {self.update}"

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
        self.id = run_id(
            base=self.start.sha256,
            size=asdict(self.start.size),
            settings=asdict(self.settings),
            lines=sorted(clip.digest for clip in clean.clips),
            seed=order.seed,
        )
        self.folder = order.folder / self.id
        self.run = self.folder / STAGE

    def course(self) -> MelCourse:
        self.start.net.to(device_of(self.order.device))
        learned, held_out = (
            [self._line(self.clean.clips[at]) for at in places] for places in (self.learned, self.held_out)
        )
        return MelCourse(self.start, learned, held_out, self.settings, seed=self.order.seed)

    def _line(self, clip: Clip) -> Any:
        phones = phones_of(clip.label, self.clean.language).ids
        return mel_line(phones, clip.samples, SAMPLE_RATE, self.start.size)

    def planned(self) -> int:
        """Updates, with those that are asked for beyond."""
        record = read_record(self.run) if (self.run / RUN_FILE).is_file() else None
        if record is not None:
            return max(record.planned, self.order.text_updates) + self.order.more
        if self.order.text_updates:
            return self.order.text_updates + self.order.more
        frames = sum(clip.seconds for clip in self.clean.clips) * self.start.size.rate
        a_pass = -(-frames // self.settings.frames)
        return max(LEAST_UPDATES, int(a_pass) * PASSES) + self.order.more

    def learn(self) -> RunRecord:
        """Make the planned updates, or go on with them."""
        planned = self.planned()
        told = learning({STAGE: planned})
        every = max(1, planned // LOOKS)
        # All are made: the held-out error, each frame told the one before, tells nothing of whether the attention has
        # found its way.
        plan = Plan(planned, self.order.seed, every, every)
        return train(self.course(), plan, self.run, self.id, told=lambda progress: told(STAGE, progress))

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
    record: RunRecord = step("learn", lessons.learn)
    lines = audition_lines(lessons.held_out_labels(), clean.language)
    speaking = Speaking(order.name, prompt_clips(clean.clips), lines, clean.language)
    kept = [Checkpoint(lessons.run / KEPT_FOLDER / each.file, each.update) for each in record.kept]

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
            "updates": {STAGE: record.done},
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
        {STAGE: record},
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
    """What the training would take; one update is made for trial. Raises as `make`."""
    clean = looked_through(order)
    lessons = _Lessons(order, clean)
    reporter().stage("Trial", "one update of each stage")
    course = lessons.course()
    began = time.monotonic()
    course.learn(next(course.schedule()))
    seconds = time.monotonic() - began
    return clean, [StageForecast(STAGE, lessons.planned(), seconds, most_held())]


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
    """The model first, then what names it."""
    with atomic_path(voices / order.name / MODEL_FILE) as beside:
        beside.write_bytes(checkpoint.file.read_bytes())
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

"""The whole chain of a voice: both stages planned, run and gone on with, each in a folder of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import torch

from normalizers import DuoyinError
from tts_core.files import atomic_path
from tts_core.gpt_sovits.files.archive import read_archive
from tts_core.gpt_sovits.files.checkpoints import read_checkpoint
from tts_core.gpt_sovits.model.sovits import load_sovits
from tts_core.gpt_sovits.model.text2semantic import load_text2semantic
from tts_core.gpt_sovits.training.base import DISCRIMINATORS_FILE, Base
from tts_core.gpt_sovits.training.courses import SoundCourse, TextCourse, split_off
from tts_core.gpt_sovits.training.discriminators import discriminator_weights, narrowing_of, periods_of
from tts_core.gpt_sovits.training.material.features import Line
from tts_core.gpt_sovits.training.ranks import ALONE, Ranks
from tts_core.gpt_sovits.training.recipe import PRECISIONS, Precision, Recipe
from tts_core.gpt_sovits.training.run import (
    KEPT_FOLDER,
    RECORD_FILE,
    STATE_FILE,
    Plan,
    Progress,
    RunRecord,
    Update,
    read_record,
    run_id,
    train,
)
from tts_core.gpt_sovits.training.sound_learner import SoundLearner, SoundSettings, discriminators_of
from tts_core.gpt_sovits.training.sound_model import sound_model
from tts_core.gpt_sovits.training.text_batch import TextLine
from tts_core.gpt_sovits.training.text_learner import TextLearner, TextSettings
from tts_core.gpt_sovits.training.weights import CPU
from tts_core.memory import most_held

Stage = Literal["sound", "text"]
STAGES: tuple[Stage, ...] = ("sound", "text")
"""In the order they are run; with frozen codes neither needs the other."""

SECONDS_AN_UPDATE: dict[Stage, float] = {"sound": 48.0, "text": 100.0}
"""Of speech that one update of `fixed` learns from, about: what a batch holds."""
PASSES: dict[Stage, int] = {"sound": 80, "text": 60}
"""How often a set is gone through. The reference's defaults go through a minute of speech 96 times in the sound stage
and 180 times in the text stage, there with 45 to 60 updates in all."""
LEAST_UPDATES: dict[Stage, int] = {"sound": 120, "text": 60}
LOOKS = 10  # at the held-out lines in a run
PATIENCE = 4  # looks without a better one before a run ends
WORTH = 0.9
"""Of float32's time: what bfloat16 must stay below to be chosen; it is the less exact of the two."""


@dataclass(frozen=True, slots=True)
class Orders:
    """How a voice is trained.

    Args:
        stages: which of them.
        recipe: `fixed` or `compatible`.
        updates: by stage; what is missing follows from the length of the set.
        more: updates beyond those that were planned before.
        seed: of everything random.
        preference: the text stage learns from damaged lines, too (DPO).
        precision: of products.
    """

    stages: tuple[Stage, ...] = STAGES
    recipe: Recipe = "fixed"
    updates: tuple[tuple[Stage, int], ...] = ()
    more: int = 0
    seed: int = 0
    preference: bool = False
    precision: Precision = "float32"

    def planned(self, stage: Stage, seconds: float) -> int:
        """Updates for a set of `seconds`."""
        asked = dict(self.updates).get(stage)
        if asked is not None:
            return asked
        a_pass = max(1, -(-seconds // SECONDS_AN_UPDATE[stage]))
        return max(LEAST_UPDATES[stage], int(a_pass) * PASSES[stage])


@dataclass(frozen=True, slots=True)
class StageForecast:
    """What a stage would take: updates that are left, and, from one of them made for trial, seconds of each and the
    peak of memory in bytes."""

    stage: Stage
    updates: int
    seconds_an_update: float
    memory: int

    @property
    def seconds(self) -> float:
        return self.updates * self.seconds_an_update


Told = Callable[[Stage, Progress], None]


def faster_precision(
    base: Base,
    lines: Sequence[Line],
    orders: Orders,
    device: torch.device = CPU,
    clock: Callable[[], float] | None = None,
) -> Precision:
    """In what products are computed faster here: an update of the shortest line is made for trial in each, twice, the
    first to warm up, by every stage.

    Args:
        clock: seconds; by itself, the process's own on a CPU, which what else runs there does not lengthen.
    """
    clock = clock or (time.process_time if device.type == "cpu" else time.monotonic)
    shortest = min(range(len(lines)), key=lambda at: len(lines[at].sound.samples))
    update = Update(1, ((0,),))
    taken: dict[Precision, float] = {}
    for precision in PRECISIONS:
        trial = Chain(base, [lines[shortest]], replace(orders, precision=precision), Path(), device)
        taken[precision] = 0.0
        for stage in orders.stages:
            course = trial.course(stage)
            course.learn(update)
            began = clock()
            course.learn(update)  # its figures were read, so a card is done
            taken[precision] += clock() - began
    return "bfloat16" if taken["bfloat16"] < WORTH * taken["float32"] else "float32"


class Chain:
    """A base and lines, ready to be learned.

    Args:
        folder: of the chain's runs; what is in it is gone on with.
        device: learns; what is learned does not depend on it but for rounding.
        ranks: processes that learn this chain together; parts: see `train`.

    Raises:
        DuoyinError: there are none.
    """

    def __init__(
        self,
        base: Base,
        lines: Sequence[Line],
        orders: Orders,
        folder: Path,
        device: torch.device = CPU,
        ranks: Ranks = ALONE,
        parts: int = 1,
    ) -> None:
        if not lines:
            raise DuoyinError("there are no lines to learn from")
        self.lines = list(lines)
        self.base, self.orders, self.device = base, orders, device
        self.ranks, self.parts = ranks, parts
        self.learned, self.held_out = split_off([line.digest for line in self.lines])
        content = {
            key: value for key, value in asdict(orders).items() if key not in ("updates", "more", "stages")
        }
        if orders.precision == "float32":  # a run from before there was a choice is still this run
            del content["precision"]
        self.id = run_id(base=base.digest, lines=sorted(line.digest for line in self.lines), **content)
        self.folder = folder / self.id
        self.seconds = sum(len(self.lines[at].sound.samples) for at in self.learned) / 32_000

    @property
    def held_out_lines(self) -> list[Line]:
        return [self.lines[at] for at in self.held_out]

    @property
    def fresh_discriminators(self) -> bool:
        """The base came without discriminators, and they learn from nothing."""
        return self.base.discriminators is None

    def stage_folder(self, stage: Stage) -> Path:
        return self.folder / stage

    def record(self, stage: Stage) -> RunRecord | None:
        """What a stage has come to; None where it was never begun."""
        folder = self.stage_folder(stage)
        return read_record(folder) if (folder / RECORD_FILE).is_file() else None

    def planned(self, stage: Stage) -> int:
        """Updates of a stage, with those that are asked for beyond."""
        record = self.record(stage)
        if record is None:
            return self.orders.planned(stage, self.seconds) + self.orders.more
        planned = max(record.planned, dict(self.orders.updates).get(stage, 0)) + self.orders.more
        if (
            planned > record.planned
            and stage == "sound"
            and self.base.fresh
            and self.record("text") is not None
        ):
            raise DuoyinError(
                "the text stage has begun to learn the sound stage's codes, so those stay as they are",
                hint="Say --text-updates for more of the text stage, or train from what was learned: --base MODEL.",
            )
        return planned

    def left(self, stage: Stage) -> int:
        """Updates of a stage that are still to be made."""
        record, planned = self.record(stage), self.planned(stage)
        if record is None:
            return planned
        over = record.ended and not self.orders.more and record.planned >= planned
        return 0 if over else planned - record.done

    def run(self, told: Told, stop: Callable[[], bool] | None = None) -> dict[Stage, RunRecord]:
        """Make the planned updates of each stage, or go on with them. What `told` raises stops the run, which goes on
        from its last saved state the next time; where `stop` says so, that is saved first."""
        made: dict[Stage, RunRecord] = {}
        for stage in self.orders.stages:
            record, planned = self.record(stage), self.planned(stage)
            if record is not None and not self.left(stage):
                made[stage] = record
                continue
            every = max(1, planned // LOOKS)
            plan = Plan(planned, self.orders.seed, every, every, PATIENCE)

            def progressed(progress: Progress, stage: Stage = stage) -> None:
                told(stage, progress)

            course, place = self.course(stage), self.stage_folder(stage)
            made[stage] = train(
                course, plan, place, self.id, told=progressed, stop=stop, ranks=self.ranks, parts=self.parts
            )
            if not made[stage].ended:
                break
        return made

    def write_discriminators(self, folder: Path) -> None:
        """Those of the sound stage's last state, for others to be trained with. Raises `CannotWrite`."""
        state = read_archive(self.stage_folder("sound") / STATE_FILE).content["course"]
        with atomic_path(folder / DISCRIMINATORS_FILE) as beside:
            torch.save({"weight": state["discriminators"]}, beside)

    def forecast(self) -> list[StageForecast]:
        """One update of each stage is made for trial and thrown away."""
        made = []
        for stage in self.orders.stages:
            course = self.course(stage)
            began = time.monotonic()
            course.learn(next(course.schedule()))
            seconds = time.monotonic() - began
            made.append(StageForecast(stage, self.left(stage), seconds, _memory(self.device)))
        return made

    def course(self, stage: Stage) -> TextCourse | SoundCourse:
        """A stage with what it learns from, as it is before its first update."""
        return self._text() if stage == "text" else self._sound()

    def _text_lines(self) -> list[TextLine]:
        """Lines with the tokens that are to be learned: without a base, the codes that the sound stage has learned by
        now; what an update costs can be tried without them."""
        record = self.record("sound") if self.base.fresh else None
        if record is None or record.best is None:
            return [line.text for line in self.lines]
        coder = load_sovits(read_checkpoint(self.stage_folder("sound") / KEPT_FOLDER / record.best.file))
        return [
            replace(line.text, tokens=coder.semantic_tokens(line.sound.features[None])) for line in self.lines
        ]

    def _text(self) -> TextCourse:
        settings = TextSettings(
            self.orders.recipe, preference=self.orders.preference, precision=self.orders.precision
        )
        learner = TextLearner(load_text2semantic(self.base.text).to(self.device), settings, ranks=self.ranks)
        lines = self._text_lines()
        return TextCourse(
            learner,
            [lines[at] for at in self.learned],
            [lines[at] for at in self.held_out],
            self.base.text.config,
            seed=self.orders.seed,
        )

    def _sound(self) -> SoundCourse:
        kind = self.base.sound.kind
        generator = sound_model(
            self.base.sound.weights,
            self.base.sound.config,
            kind,
            where=self.base.name,
            learn_codebook=self.base.fresh,
            device=self.device,
        )
        periods = periods_of(kind)
        weights = self.base.discriminators or discriminator_weights(periods, seed=self.orders.seed)
        settings = SoundSettings(self.orders.recipe, precision=self.orders.precision)
        if self.base.fresh_rate is not None:
            settings = replace(settings, rate=self.base.fresh_rate, text_share=1.0)
        learner = SoundLearner(
            generator,
            discriminators_of(weights, periods, narrowing_of(weights), self.device),
            settings,
            self.ranks,
        )
        return SoundCourse(
            learner,
            [self.lines[at].sound for at in self.learned],
            [self.lines[at].sound for at in self.held_out],
            self.base.sound.config,
            as_base=self.base.fresh,
        )


def _memory(device: torch.device) -> int:
    """Bytes of the device that were held at most."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else most_held()

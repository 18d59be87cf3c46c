"""The experiments of `bench_training`: every run is kept in a folder and gone on with; every figure is kept, too.

Runs leave the published files behind, and only those are listened to: a card may learn where nobody can listen.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from normalizers import DuoyinError
from tests.benchmarks.training.hearing import SEEDS, Floats, Heard, Listener, spoken, voice_of
from tests.benchmarks.training.speech import NEW_VOICE, Example, Material
from tests.benchmarks.training.toys import toy_text
from tts_core.files import write_atomically
from tts_core.gpt_sovits.files.checkpoints import Checkpoint, read_checkpoint
from tts_core.gpt_sovits.loops.linear import Precision as TokenPrecision
from tts_core.gpt_sovits.model.decode import SemanticDecoder, TokenRequest
from tts_core.gpt_sovits.model.sovits import Sovits, load_sovits
from tts_core.gpt_sovits.model.text2semantic import load_text2semantic
from tts_core.gpt_sovits.model.tokens import Sampling
from tts_core.gpt_sovits.training.courses import SoundCourse, TextCourse
from tts_core.gpt_sovits.training.discriminators import discriminator_weights
from tts_core.gpt_sovits.training.fresh import SoundSize, fresh_sound
from tts_core.gpt_sovits.training.recipe import Precision, Recipe
from tts_core.gpt_sovits.training.run import Plan, Progress, RunRecord, run_id, train
from tts_core.gpt_sovits.training.sound_batch import SoundLine
from tts_core.gpt_sovits.training.sound_learner import SoundLearner, SoundSettings, discriminators_of
from tts_core.gpt_sovits.training.sound_model import sound_model
from tts_core.gpt_sovits.training.text_learner import TextLearner, TextSettings
from tts_core.gpt_sovits.training.text_stage import DROPPED_SHARE
from tts_core.gpt_sovits.training.weights import CPU
from tts_core.tacotron.learning import MelCourse

FIGURES = "figures"
GREEDY = Sampling(top_k=1, repetition_penalty=1.0)
TOLD_EVERY = 20  # updates
NEVER = 1 << 30  # updates
RECIPES: tuple[Recipe, ...] = ("fixed", "compatible")
LABELLED = ("base", "fixed", "shuffled labels")
"""Runs whose words are compared."""
SPOKEN = "sound chain"
"""The run whose voice the whole chain speaks in."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is learned.

    Args:
        size: of the sound stage; width, layers: of the text stage.
        base, tuned, unmoved: updates of the sound stage: on six voices, of an arm, of an arm that learns nothing.
        chain: updates of the sound stage on the lines of the chain.
        text_base, text_tuned, text_chain: updates of the text stage.
        base_rate, tuned_rate: of AdamW.
        frames: of spectrogram a batch of `fixed`; positions: of its text stage; batch: lines of `compatible`.
        segment: frames of a line that are decoded.
        judged_from: updates of the base before its discriminators begin; the other runs have them from the start.
        precision: of products of the sound stage.
    """

    size: SoundSize = field(default_factory=SoundSize)
    width: int = 128
    layers: int = 3
    base: int = 240
    tuned: int = 60
    unmoved: int = 8
    chain: int = 300
    text_base: int = 80
    text_tuned: int = 40
    text_chain: int = 200
    base_rate: float = 1e-3
    tuned_rate: float = 1e-3
    frames: int = 700
    positions: int = 1600
    batch: int = 4
    segment: int = 64
    judged_from: int = 120
    precision: Precision = "float32"


@dataclass(frozen=True, slots=True)
class Arm:
    """A way of learning the seventh voice.

    Args:
        recipe, rate: of the sound stage; frozen: only the discriminators learn.
        updates: of it.
    """

    name: str
    lines: Sequence[SoundLine]
    recipe: Recipe
    rate: float
    updates: int
    frozen: bool = False


class OutOfTime(Exception):
    """A run was stopped; it goes on where it was the next time."""


class Trials:
    """What there is to learn from, and the folder that runs and figures are kept in.

    Args:
        minutes: after which a run is stopped.
        device: learns; listening is the processor's.
    """

    def __init__(
        self,
        material: Material,
        scale: Scale,
        folder: Path,
        minutes: float = math.inf,
        device: torch.device = CPU,
    ) -> None:
        self.material, self.scale, self.folder, self.device = material, scale, folder, device
        self.until = time.monotonic() + 60 * minutes
        self.figures: dict[str, Any] = {
            path.stem: json.loads(path.read_text()) for path in sorted((folder / FIGURES).glob("*.json"))
        }
        self._listener: Listener | None = None
        self._persons: dict[str, Floats] = {}
        self._base: SoundCourse | None = None

    @property
    def listener(self) -> Listener:
        if self._listener is None:
            self._listener = Listener()
        return self._listener

    def keep(self, name: str, figures: dict[str, Any]) -> None:
        """Write a part's figures down, in a file of its own: several processes may learn at once."""
        self.figures[name] = figures
        content = json.dumps(figures, indent=1, ensure_ascii=False) + "\n"
        write_atomically(self.folder / FIGURES / f"{name}.json", content.encode())

    def runs(self) -> dict[str, Callable[[], object]]:
        """Name → makes its updates, and those of the runs it begins with."""
        sound = {arm.name: partial(self.tuned, arm) for arm in self.arms()}
        text = {f"text {recipe}": partial(self.text_tuned, recipe) for recipe in RECIPES}
        return {
            "base": self.base,
            **sound,
            SPOKEN: self.sound_chain,
            "text base": self.text_base,
            **text,
            "text chain": self.text_chain,
        }

    def learn(self, name: str) -> None:
        """Make a run's updates, unless they are made and its file is here. Raises OutOfTime."""
        if not self._made(name):
            self.runs()[name]()

    def _made(self, name: str) -> bool:
        planned = {
            "base": self.scale.base,
            SPOKEN: self.scale.chain,
            "text base": self.scale.text_base,
            "text chain": self.scale.text_chain,
        }
        planned |= {f"text {recipe}": self.scale.text_tuned for recipe in RECIPES}
        planned |= {arm.name: arm.updates for arm in self.arms()}
        done = self.figures.get(f"run {name}", {}).get("updates")
        return done == planned[name] and self._file(name, ".ckpt" if "text" in name else ".pth").is_file()

    def _file(self, name: str, suffix: str) -> Path:
        return self.folder / f"{name}{suffix}"

    # -- the sound stage -----------------------------------------------------------------------------------

    def sound(
        self,
        weights: dict[str, Tensor],
        judges: dict[str, Tensor],
        lines: Sequence[SoundLine],
        settings: SoundSettings,
        *,
        frozen: bool = False,
    ) -> SoundCourse:
        size = self.scale.size
        generator = sound_model(weights, size.config(), "v2", where="toy", device=self.device)
        learner = SoundLearner(
            generator,
            discriminators_of(judges, size.periods, size.narrowing, self.device),
            replace(settings, warm_up=20, segment=self.scale.segment, precision=self.scale.precision),
        )
        if frozen:
            for group in learner.generator_optimizer.param_groups:
                group["params"] = []
        held_out = [each.sound for each in self.material.new_held_out]
        return SoundCourse(
            learner, lines, held_out, size.config(), batch=self.scale.batch, frames=self.scale.frames
        )

    def base(self) -> SoundCourse:
        """Learned from six voices, from nothing."""
        if self._base is not None:
            return self._base
        size = self.scale.size
        heard = self.figures.get("heard base", {}).get("updates", self.scale.base)
        if heard != self.scale.base:
            raise DuoyinError(
                f"the voices here were tuned from a base of {heard} updates, not of {self.scale.base}",
                where=str(self.folder),
                hint="Give the other base a --folder of its own.",
            )
        course = self.sound(
            fresh_sound(size, self.material.content.codes),
            discriminator_weights(size.periods, size.narrowing),
            [each.sound for each in self.material.base],
            SoundSettings(
                "fixed", rate=self.scale.base_rate, text_share=1.0, judged_from=self.scale.judged_from
            ),
        )
        self.learned(course, "base", self.scale.base)
        self._base = course
        return course

    def tuned(self, arm: Arm) -> SoundCourse:
        """The base, tuned in one of several ways."""
        base = self.base()
        judges = {name: tensor.detach() for name, tensor in base.learner.discriminators.tensors.items()}
        course = self.sound(
            base.weights(), judges, arm.lines, SoundSettings(arm.recipe, rate=arm.rate), frozen=arm.frozen
        )
        self.learned(course, arm.name, arm.updates)
        return course

    def sound_chain(self) -> SoundCourse:
        """The base, tuned on the lines of the chain until they are known by heart, text and sound alike; without
        discriminators, so that an update costs two thirds."""
        base = self.base()
        judges = {name: tensor.detach() for name, tensor in base.learner.discriminators.tensors.items()}
        settings = SoundSettings("fixed", rate=self.scale.base_rate, text_share=1.0, judged_from=NEVER)
        course = self.sound(base.weights(), judges, [each.sound for each in self.material.new], settings)
        self.learned(course, SPOKEN, self.scale.chain)
        return course

    def learned(self, course: TextCourse | SoundCourse | MelCourse, name: str, updates: int) -> RunRecord:
        """Make the updates, or go on with them; figures of the way and the file are kept. Raises OutOfTime."""
        every = max(1, updates // 8)
        cpu = time.process_time()

        def told(progress: Progress) -> None:
            if progress.done % TOLD_EVERY == 0 or progress.done == progress.planned:
                figures = ", ".join(f"{key} {value:.2f}" for key, value in progress.figures.items())
                print(f"  {name} {progress.done}/{progress.planned}: {figures}", flush=True)

        before = self.figures.get(f"run {name}", {})
        start = course.examine()
        plan = Plan(updates, save_every=every, examine_every=every, save_seconds=60)
        made = 0

        def out_of_time() -> bool:
            nonlocal made
            made += 1
            return time.monotonic() > self.until

        settings = course.settings if isinstance(course, MelCourse) else course.learner.settings
        run = run_id(
            settings=asdict(settings),
            scale=asdict(self.scale.size),
            lines=[line.phones.tolist() for line in course.lines],
            start=round(start, 2),
        )
        record = train(course, plan, self.folder / "runs" / name, run, told=told, stop=out_of_time)
        if made:
            figures = {"start": start, "looks": record.looks, "updates": record.done}
            spent = before.get("cpu_seconds", 0) + time.process_time() - cpu
            self.keep(f"run {name}", {**figures, "cpu_seconds": round(spent), "device": self.device.type})
        if record.done < updates:
            raise OutOfTime(f"{name}: {record.done} of {updates} updates")
        course.export(self._file(name, course.suffix), "bench")
        return record

    def arms(self) -> list[Arm]:
        """`fixed` and `compatible`, then what must not help."""
        scale = self.scale
        mine = [each.sound for each in self.material.new]
        others = [each.sound for each in self.material.base[: len(mine)]]
        return [
            Arm("fixed", mine, "fixed", scale.tuned_rate, scale.tuned),
            Arm("compatible", mine, "compatible", scale.tuned_rate, scale.tuned),
            Arm("other voices", others, "fixed", scale.tuned_rate, scale.tuned),
            Arm("shuffled labels", shuffled(mine), "fixed", scale.tuned_rate, scale.tuned),
            Arm("rate 0", mine, "fixed", 0.0, scale.unmoved),
            Arm("frozen", mine, "fixed", scale.tuned_rate, scale.unmoved, frozen=True),
        ]

    def adaptation(self) -> None:
        """Parts (e) and (f), sound: tune in all ways, and listen to lines that were not learned."""
        self.hear_recordings()
        for name, updates in (("base", self.scale.base), *((arm.name, arm.updates) for arm in self.arms())):
            self.learn(name)
            self.hear_arm(name, updates)

    def labels(self) -> None:
        """What right labels teach and those of other lines do not: the words."""
        found: dict[str, dict[str, list[float]]] = {"learned": {}, "held out": {}}
        for name in LABELLED:
            self.learn(name)
            model = self.spoken_with(name)
            voice = voice_of(model, self.material.new)
            for group, lines in zip(found, (self.material.new, self.material.new_held_out), strict=True):
                nats = self.listener.nats(spoken(model, lines, voice, seeds=SEEDS[:1]))
                found[group][name] = [round(each, 4) for each in nats]
        self.keep("labels", found)

    def hear_recordings(self) -> None:
        """The most that can be reached, and how alike the other voices are."""
        if "heard recordings" in self.figures:
            return
        material, person = self.material, self.person()
        own = [(each.said.text, each.said.samples) for each in material.new_held_out]
        others = [(each.said.text, each.said.samples) for each in material.base_held_out]
        self.keep("heard recordings", self.listener.hear(own, person).to_json())
        self.keep("heard others' recordings", self.listener.hear(others, person).to_json())

    def hear_arm(self, name: str, updates: int) -> None:
        """Held-out lines of the new voice, and of the base's voices, from the published file: what somebody else would
        speak with."""
        if self.figures.get(f"heard {name}", {}).get("updates") == updates:
            return
        material = self.material
        model = self.spoken_with(name)
        mine = self.listener.hear(
            spoken(model, material.new_held_out, voice_of(model, material.new)), self.person()
        )
        theirs = [self._own_voice(model, line) for line in material.base_held_out]
        self.keep(
            f"heard {name}",
            {
                **mine.to_json(),
                "updates": updates,
                "mel": self.figures[f"run {name}"]["looks"][-1][1],
                "others": [each.to_json() for each in theirs],
            },
        )
        alike = sum(mine.likeness) / len(mine.likeness)
        print(f"{name}: likeness {alike:.3f}, {100 * mine.letters.rate:.0f} % of the letters heard otherwise")

    def spoken_with(self, name: str) -> Sovits:
        """The sound stage that a run left behind."""
        return load_sovits(read_checkpoint(self._file(name, SoundCourse.suffix)))

    def _own_voice(self, model: Sovits, line: Example) -> Heard:
        clips = [each for each in self.material.base if each.said.voice == line.said.voice]
        takes = spoken(model, [line], voice_of(model, clips))
        return self.listener.hear(takes, self.person(line.said.voice))

    def person(self, voice: str = NEW_VOICE) -> Floats:
        """A voice by its recordings that are learned from."""
        if voice not in self._persons:
            learned = [each for each in (*self.material.base, *self.material.new) if each.said.voice == voice]
            self._persons[voice] = self.listener.person([each.said.samples for each in learned])
        return self._persons[voice]

    # -- the text stage ------------------------------------------------------------------------------------

    def text(
        self,
        start: Checkpoint,
        lines: Sequence[Example],
        recipe: Recipe,
        dropped: float = DROPPED_SHARE,
    ) -> TextCourse:
        settings = TextSettings(recipe, dropped=dropped)
        learner = TextLearner(load_text2semantic(start).to(self.device), settings)
        held_out = [each.text for each in self.material.new_held_out]
        return TextCourse(
            learner,
            [each.text for each in lines],
            held_out,
            start.config,
            positions=self.scale.positions,
            batch=self.scale.batch,
        )

    def text_base(self) -> TextCourse:
        """Learned from six voices, from nothing."""
        course = self.text(self._nothing(), self.material.base, "fixed")
        self.learned(course, "text base", self.scale.text_base)
        return course

    def text_tuned(self, recipe: Recipe) -> None:
        """The base, tuned by a recipe."""
        start = {name: tensor.clone() for name, tensor in self.text_base().weights().items()}
        course = self.text(replace(self._nothing(), weights=start), self.material.new, recipe)
        self.learned(course, f"text {recipe}", self.scale.text_tuned)

    def text_chain(self) -> None:
        """Lines of the seventh voice, until they are known by heart."""
        self.learned(
            self.text(self._nothing(), self.material.new, "fixed", dropped=0.0),
            "text chain",
            self.scale.text_chain,
        )

    def _nothing(self) -> Checkpoint:
        return toy_text(self.scale.width, self.scale.layers)

    def text_recipes(self) -> None:
        """Part (f), text: the same base tuned by both recipes, and the error of held-out tokens."""
        for recipe in RECIPES:
            self.learn(f"text {recipe}")

    # -- the whole chain -----------------------------------------------------------------------------------

    def chain(self) -> None:
        """Part (d): lines known by heart come back token for token, and are heard."""
        lines, held_out = self.material.new, self.material.new_held_out
        self.learn("text chain")
        self.learn(SPOKEN)
        drawn = decoded(self._file("text chain", TextCourse.suffix), [*lines, *held_out])
        same = [drawn[at] == line.text.tokens.tolist() for at, line in enumerate(lines)]
        self.keep("chain tokens", {"lines": len(same), "token for token": sum(same)})
        print(f"{sum(same)} of {len(same)} lines come back token for token", flush=True)
        model = self.spoken_with(SPOKEN)
        voice, person = voice_of(model, lines), self.person()
        for name, group, first in (("learned", lines, 0), ("held out", held_out, len(lines))):
            takes = spoken(model, group, voice, [torch.tensor(drawn[first + at]) for at in range(len(group))])
            self.keep(f"chain {name}", self.listener.hear(takes, person).to_json())


def shuffled(lines: Sequence[SoundLine]) -> list[SoundLine]:
    """Each recording with the content and the words of the one before it, as long as it is itself."""
    made = []
    for at, line in enumerate(lines):
        other, frames = lines[at - 1], line.features.shape[1]
        times = -(-frames // other.features.shape[1])
        made.append(replace(line, features=other.features.repeat(1, times)[:, :frames], phones=other.phones))
    return made


def decoded(path: Path, lines: Sequence[Example], precision: TokenPrecision = "float32") -> list[list[int]]:
    """What the engine's own decoder draws for each line, greedily, from an exported text stage."""
    model = load_text2semantic(read_checkpoint(path)).prepare(precision)
    longest = max(len(line.text.phones) + 2 * len(line.text.tokens) for line in lines)
    decoder = SemanticDecoder(model, GREEDY, rows=4, length=longest)
    nothing = torch.zeros(0, dtype=torch.int64)
    asked = [TokenRequest(line.text.phones, nothing, most_tokens=2 * len(line.text.tokens)) for line in lines]
    drawn = dict(decoder.run(asked))
    return [drawn[number].tokens or [0] for number in range(len(lines))]

"""The two stages as a run drives them: which lines an update learns from, and what is examined and exported."""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from normalizers import DuoyinError
from tts_core.gpt_sovits.model.sovits import CODEBOOK
from tts_core.gpt_sovits.model.tokens import FRAMES_PER_TOKEN, TOKENS_PER_SECOND
from tts_core.gpt_sovits.training.export import export_sound, export_text
from tts_core.gpt_sovits.training.losses import mels_apart
from tts_core.gpt_sovits.training.mel import log_mel, sound_mel
from tts_core.gpt_sovits.training.ranks import Ranks
from tts_core.gpt_sovits.training.run import Update
from tts_core.gpt_sovits.training.samplers import (
    SOUND_EDGES,
    SoundBuckets,
    repetitions,
    sound_batches,
    sound_buckets,
    text_batch_size,
    text_order,
    token_batches,
)
from tts_core.gpt_sovits.training.sound_batch import SoundLine, sound_batch
from tts_core.gpt_sovits.training.sound_learner import SoundLearner
from tts_core.gpt_sovits.training.sound_model import SoundDraws, cut
from tts_core.gpt_sovits.training.text_batch import TextLine, text_batch
from tts_core.gpt_sovits.training.text_learner import GATHERED, TextLearner, updates_as_in_the_reference
from tts_core.gpt_sovits.training.text_stage import foretell
from tts_core.gpt_sovits.training.weights import Averaged, on_cpu

FRAME_RATE = TOKENS_PER_SECOND * FRAMES_PER_TOKEN  # of spectrograms and HuBERT


class TextCourse:
    """The text stage with its lines.

    Args:
        lines: to learn; held_out: to examine, never learned.
        config: what exports carry; the number of heads is in it.
        batch: lines a batch (`compatible`, capped to a quarter of them); positions: phones + tokens a batch (`fixed`).
        seed: of the order.
    """

    suffix = ".ckpt"

    def __init__(
        self,
        learner: TextLearner,
        lines: Sequence[TextLine],
        held_out: Sequence[TextLine],
        config: Mapping[str, Any],
        *,
        batch: int = 8,
        positions: int = 4000,
        seed: int = 0,
    ) -> None:
        if not lines:
            raise DuoyinError("there are no lines to learn from")
        self.learner, self.lines, self.held_out, self.config = learner, lines, held_out or lines[:1], config
        self.batch, self.positions, self.seed = batch, positions, seed
        self.fixed = learner.settings.recipe == "fixed"
        self.average = Averaged(dict(learner.model.named_parameters())) if self.fixed else None
        _only_fixed(self.fixed, learner.ranks)

    @property
    def device(self) -> torch.device:
        """Where the model learns."""
        return next(self.learner.model.parameters()).device

    def schedule(self) -> Iterator[Update]:
        if self.fixed:
            return self._counted()
        repeated = len(self.lines) * repetitions(len(self.lines))
        size = text_batch_size(self.batch, repeated)
        if -(-repeated // size) <= GATHERED:
            raise DuoyinError(
                f"{len(self.lines)} lines in batches of {size} make no update: the compatible recipe steps after the "
                "fifth batch of an epoch",
                hint="Use smaller batches, or the recipe fixed.",
            )
        return (
            Update(gathered[-1][0], tuple(batch for _, batch in gathered))
            for gathered in updates_as_in_the_reference(self._epochs(repeated, size))
        )

    def _epochs(self, repeated: int, size: int) -> Iterator[list[tuple[int, tuple[int, ...]]]]:
        """(epoch, lines) of each batch."""
        seconds = [len(self.lines[at % len(self.lines)].tokens) / TOKENS_PER_SECOND for at in range(repeated)]
        for epoch in itertools.count(1):
            order = text_order(seconds, size, epoch - 1, seed=self.seed)
            lines = [at % len(self.lines) for at in order]
            yield [(epoch, tuple(lines[start : start + size])) for start in range(0, repeated, size)]

    def _counted(self) -> Iterator[Update]:
        sizes = [len(line.phones) + len(line.tokens) for line in self.lines]
        for epoch in itertools.count(1):
            for batch in token_batches(sizes, self.positions, random.Random(f"{self.seed}:{epoch}")):
                yield Update(epoch, (tuple(batch),))

    def learn(self, update: Update) -> tuple[dict[str, float], bool]:
        counts = [sum(len(self.lines[at].tokens) + 1 for at in batch) for batch in update.batches]
        loss = accuracy = 0.0
        ranks = self.learner.ranks
        ranks.seed_apart()
        for number, (batch, count) in enumerate(zip(update.batches, counts, strict=True), 1):
            share = count / sum(counts)
            if (
                ranks.count > 1
            ):  # one that no line is left for takes the first along, which then weighs nothing
                own = [batch[row] for row in ranks.rows(len(batch))]
                share *= ranks.count * sum(len(self.lines[at].tokens) + 1 for at in own) / count
                batch = tuple(own) or batch[:1]
            lines = text_batch([self.lines[at] for at in batch]).to(self.device)
            said = self.learner.gather(lines, share if self.fixed else 1.0, last=number == len(counts))
            loss += said.loss * share if self.fixed else said.loss
            accuracy += said.accuracy * share
        if not self.learner.gradients_are_finite():
            self.forget()
            return {"loss": loss, "accuracy": accuracy}, False
        self.learner.step()
        if self.average is not None:
            self.average.follow(dict(self.learner.model.named_parameters()))
        return {"loss": loss, "accuracy": accuracy}, True

    def forget(self) -> None:
        self.learner.optimizer.zero_grad(set_to_none=True)

    @torch.no_grad()
    def examine(self) -> float:
        """Mean cross entropy of a held-out token, in nats: of the averaged weights, where there are some."""
        model = self.learner.model
        own = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
        _take_over(model, self.weights())
        foretold = foretell(model, text_batch(self.held_out).to(self.device), "fixed")
        _take_over(model, own)
        return float(foretold.loss(mean=True))

    def weights(self) -> dict[str, Tensor]:
        """What would be exported: the averaged weights in `fixed`, else the latest."""
        source = (
            self.average.tensors if self.average is not None else dict(self.learner.model.named_parameters())
        )
        return {name: tensor.detach() for name, tensor in source.items()}

    def state(self) -> dict[str, Any]:
        content: dict[str, Any] = on_cpu(
            {
                "weights": dict(self.learner.model.named_parameters()),
                "optimizer": self.learner.optimizer.state_dict(),
                "steps": self.learner.steps,
                "average": self.average.state() if self.average is not None else {},
            }
        )
        return content

    def restore(self, state: Mapping[str, Any]) -> None:
        _take_over(self.learner.model, state["weights"])
        self.learner.optimizer.load_state_dict(state["optimizer"])
        self.learner.steps = state["steps"]
        if self.average is not None:
            self.average.restore(state["average"])

    def export(self, path: Path, info: str) -> None:
        export_text(self.weights(), self.config, info, path)


class SoundCourse:
    """The sound stage with its lines; arguments as of `TextCourse`, `frames` of the spectrogram a batch (`fixed`);
    as_base: exports keep the posterior encoder, so that others can be trained from them."""

    suffix = ".pth"

    def __init__(
        self,
        learner: SoundLearner,
        lines: Sequence[SoundLine],
        held_out: Sequence[SoundLine],
        config: Mapping[str, Any],
        *,
        batch: int = 4,
        frames: int = 2400,
        as_base: bool = False,
    ) -> None:
        if not lines:
            raise DuoyinError("there are no lines to learn from")
        self.learner, self.lines, self.held_out, self.config = learner, lines, held_out or lines[:1], config
        self.batch, self.frames, self.as_base = batch, frames, as_base
        self.fixed = learner.settings.recipe == "fixed"
        self.average = Averaged(learner.generator.tensors) if self.fixed else None
        _only_fixed(self.fixed, learner.ranks)
        if learner.ranks.count > 1 and learner.model.learning_codebook is not None:
            raise DuoyinError("a codebook that learns does so on one device", hint="Train on one.")

    @property
    def device(self) -> torch.device:
        """Where the models learn."""
        return next(iter(self.learner.generator.tensors.values())).device

    def schedule(self) -> Iterator[Update]:
        times = repetitions(len(self.lines))
        lengths = [line.features.shape[1] for line in self.lines] * times
        buckets = sound_buckets(lengths)
        if not buckets.lines:
            raise DuoyinError(
                f"none of {len(self.lines)} recordings has between {SOUND_EDGES[0] / FRAME_RATE:.2f} and "
                f"{SOUND_EDGES[-1] / FRAME_RATE:g} s",
                hint="Cut them at the ends of sentences, into pieces of 3 to 12 s.",
            )
        return self._updates(lengths, buckets)

    def _updates(self, lengths: list[int], buckets: SoundBuckets) -> Iterator[Update]:
        lines = len(self.lines)
        for epoch in itertools.count(1):
            if self.fixed:
                kept = [at for at in range(lines) if lengths[at] > buckets.edges[0]]
                sizes = [lengths[at] for at in kept]
                for batch in token_batches(sizes, self.frames, random.Random(f"sound:{epoch}")):
                    yield Update(epoch, (tuple(kept[at] for at in batch),))
            else:
                for whole in sound_batches(buckets, self.batch, epoch):
                    yield Update(epoch, (tuple(at % lines for at in whole),))

    def learn(self, update: Update) -> tuple[dict[str, float], bool]:
        """Each batch is a step of its own: batches cut because memory ran out are learned one after the other."""
        figures: dict[str, float] = {}
        finite = True
        for batch in update.batches:
            figures, good = self.learner.learn(
                sound_batch([self.lines[at] for at in batch], self.device), update.epoch
            )
            finite = finite and good
            if good and self.average is not None:
                self.average.follow(self.learner.generator.tensors)
        return figures, finite

    def forget(self) -> None:
        self.learner.forget_gradients()

    def examine(self) -> float:
        """Mel error (45 × L1) of held-out recordings taken apart and made anew, without noise: of the averaged weights,
        where there are some."""
        generator = self.learner.generator
        own = {name: tensor.detach().clone() for name, tensor in generator.tensors.items()}
        generator.load(self.weights())
        generator.module.eval()
        errors = []
        try:
            for line in self.held_out:
                batch = sound_batch([line], self.device)
                frames = batch.spectrograms.shape[2]
                draws = SoundDraws(
                    torch.zeros(1, self.learner.model.dims.prior.latent, frames), torch.full((1,), 0.5)
                )
                # With gradients at hand, though none are taken: without them the layers would keep filters of weights
                # that are gone after this call.
                made = self.learner.sounded(batch, draws)
                mel = sound_mel(made.samples[:, 0].detach())
                recorded = cut(log_mel(batch.spectrograms), made.starts, mel.shape[2])
                errors.append(float(mels_apart(recorded, mel)))
        finally:
            generator.module.train()
            generator.load(own)
        return sum(errors) / len(errors)

    def weights(self) -> dict[str, Tensor]:
        """What would be exported, published names, the posterior encoder too."""
        source = self.average.tensors if self.average is not None else self.learner.generator.tensors
        return {**_detached(source), **self._codes()}

    def _codes(self) -> dict[str, Tensor]:
        """The codebook where it learns, with its counts and sums."""
        book = self.learner.model.learning_codebook
        if book is None:
            return {}
        return {f"{CODEBOOK}{part}": getattr(book, part) for part in ("embed", "cluster_size", "embed_avg")}

    def state(self) -> dict[str, Any]:
        content: dict[str, Any] = on_cpu(
            {
                "generator": {**self.learner.generator.tensors, **self._codes()},
                "discriminators": self.learner.discriminators.tensors,
                "generator_optimizer": self.learner.generator_optimizer.state_dict(),
                "discriminator_optimizer": self.learner.discriminator_optimizer.state_dict(),
                "steps": self.learner.steps,
                "average": self.average.state() if self.average is not None else {},
            }
        )
        return content

    def restore(self, state: Mapping[str, Any]) -> None:
        self.learner.generator.load(state["generator"])
        for name, tensor in self._codes().items():
            tensor.copy_(state["generator"][name])
        self.learner.discriminators.load(state["discriminators"])
        self.learner.generator_optimizer.load_state_dict(state["generator_optimizer"])
        self.learner.discriminator_optimizer.load_state_dict(state["discriminator_optimizer"])
        self.learner.steps = state["steps"]
        if self.average is not None:
            self.average.restore(state["average"])

    def export(self, path: Path, info: str) -> None:
        weights = self.weights()
        codes = weights[f"{CODEBOOK}embed"]
        counts = {"inited": torch.ones(1), "cluster_size": torch.ones(len(codes)), "embed_avg": codes}
        weights = {**{f"{CODEBOOK}{part}": tensor for part, tensor in counts.items()}, **weights}
        kind = self.learner.model.kind
        export_sound(weights, self.config, kind, info, path, as_base=self.as_base)


def split_off(names: Sequence[str], most: int = 2) -> tuple[list[int], list[int]]:
    """Which lines are learned and which held out: about a tenth, at most `most`, none where there are fewer than four.

    Args:
        names: a digest of each line's content; the choice follows from them, not from the order.
    """
    count = 0 if len(names) < 4 else min(most, max(1, len(names) // 10))
    ranked = sorted(range(len(names)), key=lambda at: hashlib.sha256(names[at].encode()).hexdigest())
    return sorted(ranked[count:]), sorted(ranked[:count])


def _only_fixed(fixed: bool, ranks: Ranks) -> None:
    """The reference's sums over padding depend on which lines share a batch: its parts would teach something else."""
    if ranks.count > 1 and not fixed:
        raise DuoyinError(
            "the recipe compatible learns on one device", hint="Use the recipe fixed, or one device."
        )


def _detached(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach() for name, tensor in tensors.items()}


@torch.no_grad()
def _take_over(model: torch.nn.Module, tensors: Mapping[str, Tensor]) -> None:
    for name, parameter in model.named_parameters():
        parameter.copy_(tensors[name])

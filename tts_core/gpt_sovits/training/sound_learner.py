"""The sound stage's updates: the discriminators learn first, the generator against what they have become
(s2_train.py)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from tts_core.gpt_sovits.model.spectrogram import REFERENCE_HOP
from tts_core.gpt_sovits.training.discriminators import Discriminators, Judged, laid_along
from tts_core.gpt_sovits.training.losses import (
    divergence,
    features_apart,
    fooling,
    mels_apart,
    telling_apart,
)
from tts_core.gpt_sovits.training.mel import log_mel, sound_mel
from tts_core.gpt_sovits.training.ranks import ALONE, Ranks
from tts_core.gpt_sovits.training.recipe import Precision, Recipe, computing_in
from tts_core.gpt_sovits.training.scaled_adam import warmed_up_rate
from tts_core.gpt_sovits.training.sound_batch import SoundBatch
from tts_core.gpt_sovits.training.sound_model import (
    SEGMENT_FRAMES,
    SoundDraws,
    Sounded,
    SoundModel,
    cut,
)
from tts_core.gpt_sovits.training.weights import CPU, PublishedWeights

RATE = 1e-4
RATE_DECAY = 0.999875  # an epoch
TEXT_SHARE = 0.4  # of the rate, for what reads text: a small set must not unlearn it
TEXT_PARTS = ("enc_p.text_embedding.", "enc_p.encoder_text.", "enc_p.mrte.")
BETAS, EPSILON, WEIGHT_DECAY = (0.8, 0.99), 1e-9, 0.01


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """How the sound stage learns.

    Args:
        recipe: `compatible` or `fixed`.
        rate: of AdamW, before its decay.
        text_share: of it for the parts that read text; 1 from scratch.
        warm_up: updates over which `fixed` raises its rate.
        precision: of products; held-out lines are examined in float32.
        segment: frames of each line that are decoded and compared; the encoders see whole lines however many they are.
        judged_from: updates after which the discriminators begin to learn and to teach (Parallel WaveGAN, Yamamoto et
            al. 2020, section 2.3: late, and from scratch only). Before, mels and divergence alone teach.
    """

    recipe: Recipe = "compatible"
    rate: float = RATE
    text_share: float = TEXT_SHARE
    warm_up: int = 20
    precision: Precision = "float32"
    segment: int = SEGMENT_FRAMES
    judged_from: int = 0


@dataclass(frozen=True, slots=True)
class TaughtDiscriminators:
    """Their answers before the step, where they were kept, each one's error on recorded and on made sound, and the
    length of the gradient."""

    recorded: list[Judged]
    made: list[Judged]
    on_recorded: list[float]
    on_made: list[float]
    gradient_norm: float

    @property
    def loss(self) -> float:
        return sum(self.on_recorded) + sum(self.on_made)


@dataclass(frozen=True, slots=True)
class TaughtGenerator:
    """The discriminators' answers, the parts of the loss, what the mels were made of, and the length of the
    gradient."""

    made: list[Judged]
    fooling: list[float]
    features: float
    mel: float
    divergence: float
    commitment: float
    mel_recorded: Tensor
    mel_made: Tensor
    loss: float
    gradient_norm: float


@dataclass(frozen=True, slots=True)
class Share:
    """What a process's part of a batch weighs, so that the mean over the processes is what the whole batch teaches: of
    what is a mean over lines, and of what is one over frames."""

    lines: float = 1.0
    frames: float = 1.0


WHOLE = Share()


class SoundLearner:
    """Generator and discriminators, and what AdamW remembers of both.

    Args:
        generator: from `sound_model`.
        discriminators: of the same kind of model.
        ranks: among which a batch is shared out.
    """

    def __init__(
        self,
        generator: PublishedWeights,
        discriminators: PublishedWeights,
        settings: SoundSettings = SoundSettings(),
        ranks: Ranks = ALONE,
    ) -> None:
        assert isinstance(generator.module, SoundModel)
        self.model = generator.module
        self.generator, self.discriminators, self.settings = generator, discriminators, settings
        self.steps, self.ranks = 0, ranks
        self.model.segment = settings.segment
        self._sounded = ranks.together([tensor for _, tensor in generator.learning()], generator)
        self._judges = judges_of(discriminators)
        self._judged_both = [
            ranks.together([tensor for _, tensor in judge.learning()], partial(self._both, judge))
            for judge in self._judges
        ]
        groups: dict[str, list[Tensor]] = {part: [] for part in ("", *TEXT_PARTS)}
        for name, tensor in generator.learning():
            groups[next((part for part in TEXT_PARTS if name.startswith(part)), "")].append(tensor)
        self.shares = [settings.text_share if part else 1.0 for part in groups]
        self.generator_optimizer = _adam([{"params": tensors} for tensors in groups.values()], settings.rate)
        mine: list[Tensor] = [tensor for _, tensor in discriminators.learning()]
        self.discriminator_optimizer = _adam([{"params": mine}], settings.rate)

    @property
    def judging(self) -> bool:
        """Whether the discriminators take part in the coming update."""
        return self.steps >= self.settings.judged_from

    def set_epoch(self, epoch: int) -> list[float]:
        """Rates for a step in `epoch` (the first is 1): the generator's groups'. The reference decays before its first
        epoch."""
        rate = self.settings.rate * RATE_DECAY**epoch
        if self.settings.recipe == "fixed":
            rate = warmed_up_rate(self.steps, self.settings.warm_up, rate)
        for group, share in zip(self.generator_optimizer.param_groups, self.shares, strict=True):
            group["lr"] = rate * share
        self.discriminator_optimizer.param_groups[0]["lr"] = rate
        return [group["lr"] for group in self.generator_optimizer.param_groups]

    def sounded(self, batch: SoundBatch, draws: SoundDraws) -> Sounded:
        """Take the batch apart and make it anew; by this process alone."""
        made: Sounded = self.generator(batch, draws)
        return made

    def teach_discriminators(
        self, batch: SoundBatch, made: Sounded, share: Share = WHOLE, *, keep: bool = True
    ) -> TaughtDiscriminators:
        """Gradients for the discriminators, from recorded and made segments, of one after the other: what an update
        holds at most is this and the generator's, so no more than one's kernels and answers are held at a time. The
        answers, with what all layers saw, are told only where they are to be kept."""
        recorded, samples = segments(batch, made), made.samples.detach()
        real_answers, fake_answers = list[Judged](), list[Judged]()
        on_recorded, on_made = list[Tensor](), list[Tensor]()
        for judged_both in self._judged_both:
            with self._computing(recorded):
                real, fake = judged_both(recorded, samples)
            (on_real,), (on_fake,) = telling_apart([real], [fake])
            if keep:
                real_answers.append(real)
                fake_answers.append(fake)
            del real, fake  # held by what gradients need alone, which goes as they are computed
            ((on_real + on_fake) * share.lines).backward()
            on_recorded.append(
                on_real.detach()
            )  # numbers are read at the end: a card would be waited for each time
            on_made.append(on_fake.detach())
        return TaughtDiscriminators(
            real_answers,
            fake_answers,
            _floats(on_recorded),
            _floats(on_made),
            float(self.discriminators.gradient_norm()),
        )

    def _both(self, judge: PublishedWeights, recorded: Tensor, made: Tensor) -> tuple[Judged, Judged]:
        """A discriminator's answers to both, with one set of kernels.

        `fixed` asks it as one batch, whose products take a sixth less time. `compatible` does not: AdamW's first
        steps are as long for a gradient of rounding noise as for any other, so sums in another order would part from
        the reference's within a step.
        """
        kernels = judge.kernels()
        if self.settings.recipe == "fixed":
            answer: Judged = judge.with_kernels(kernels, torch.cat([recorded, made]))
            return answer.rows(0, len(recorded)), answer.rows(len(recorded), len(recorded) + len(made))
        return judge.with_kernels(kernels, recorded), judge.with_kernels(kernels, made)

    def teach_generator(
        self, batch: SoundBatch, made: Sounded, share: Share = WHOLE, *, keep: bool = True
    ) -> TaughtGenerator:
        """Gradients for the generator; the discriminators learn nothing from it, so theirs are not computed.

        What each of them teaches is added up at the samples, one after the other, as above; from there it goes
        through the generator once.
        """
        recorded, samples = segments(batch, made), made.samples.detach().requires_grad_()
        mel_made = sound_mel(samples[:, 0].float())
        mel_recorded = cut(log_mel(batch.spectrograms), made.starts, mel_made.shape[2])
        mel = mels_apart(mel_recorded, mel_made)
        (mel * share.lines).backward()
        answers, fooled, features = list[Judged](), list[Tensor](), list[Tensor]()
        for judge in reversed(self._judges if self.judging else []):  # in the order of one graph's way back
            fake, convincing, apart = self._judged(judge, recorded, samples)
            if keep:
                answers.append(fake)
            del fake
            ((convincing + apart) * share.lines).backward()
            fooled.append(convincing.detach())
            features.append(apart.detach())
        nats = divergence(made.z_p, made.logs_q, made.m_p, made.logs_p, made.mask)
        rest = share.lines * made.commitment + share.frames * nats
        torch.autograd.backward([rest, made.samples], [None, samples.grad])
        told, seen, parts = _floats(fooled), sum(_floats(features)), _floats([mel, nats, made.commitment])
        return TaughtGenerator(
            made=answers[::-1],
            fooling=told[::-1],
            features=seen,
            mel=parts[0],
            divergence=parts[1],
            commitment=parts[2],
            mel_recorded=mel_recorded,
            mel_made=mel_made.detach(),
            loss=sum(told) + seen + sum(parts),
            gradient_norm=float(self.generator.gradient_norm()),
        )

    def _judged(
        self, judge: PublishedWeights, recorded: Tensor, samples: Tensor
    ) -> tuple[Judged, Tensor, Tensor]:
        """A discriminator's answer to what was made, and what it teaches the generator."""
        kernels = judge.frozen_kernels()
        with torch.no_grad(), self._computing(recorded):
            real: Judged = judge.with_kernels(kernels, recorded)
        with self._computing(recorded):
            fake: Judged = judge.with_kernels(kernels, samples)
        (convincing,) = fooling([fake])
        return fake, convincing, features_apart([real], [fake])

    def step_discriminators(self) -> None:
        self.discriminator_optimizer.step()
        self.discriminator_optimizer.zero_grad(set_to_none=True)

    def step_generator(self) -> None:
        self.generator_optimizer.step()
        self.generator_optimizer.zero_grad(set_to_none=True)
        self.steps += 1

    def forget_gradients(self) -> None:
        """Of a step that is not made."""
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        self.generator_optimizer.zero_grad(set_to_none=True)

    def learn(self, batch: SoundBatch, epoch: int) -> tuple[dict[str, float], bool]:
        """One update: figures, of this process's share, and whether all numbers were finite. Nothing is learned from
        ones that are not."""
        self.set_epoch(epoch)
        draws, share = SoundDraws.drawn(batch, self.model.dims.prior.latent), WHOLE
        if self.ranks.count > 1:
            batch, draws, share = shared_out(batch, draws, self.ranks)
            self.ranks.seed_apart()
        with self._computing(batch.samples):
            made: Sounded = self._sounded(batch, draws)
        figures: dict[str, float] = {}
        if self.judging:
            judged = self.teach_discriminators(batch, made, share, keep=False)
            figures["discriminators"] = judged.loss
            finite = self.ranks.all(math.isfinite(judged.loss) and math.isfinite(judged.gradient_norm))
            if not finite:
                self.forget_gradients()
                return figures, False
            self.step_discriminators()
        taught = self.teach_generator(batch, made, share, keep=False)
        if self.judging:
            figures |= {"fooling": sum(taught.fooling), "features": taught.features}
        figures |= {
            "mel": taught.mel,
            "divergence": taught.divergence,
            "commitment": taught.commitment,
        }
        if not self.ranks.all(math.isfinite(taught.loss) and math.isfinite(taught.gradient_norm)):
            self.forget_gradients()
            return figures, False
        self.step_generator()
        return figures, True

    def _computing(self, x: Tensor) -> AbstractContextManager[object]:
        return computing_in(self.settings.precision, x.device)


def shared_out(batch: SoundBatch, draws: SoundDraws, ranks: Ranks) -> tuple[SoundBatch, SoundDraws, Share]:
    """A process's part of a batch and of its random numbers. One that no line is left for takes the first along, which
    then weighs nothing."""
    rows = ranks.rows(len(batch))
    part, drawn = batch.rows(rows or [0]), draws.rows(rows or [0])
    frames = float(batch.frame_counts[rows].sum() / batch.frame_counts.sum())
    return part, drawn, Share(ranks.count * len(rows) / len(batch), ranks.count * frames)


def segments(batch: SoundBatch, made: Sounded) -> Tensor:
    """What was recorded where the made segments are, `[B, 1, N]`."""
    return cut(batch.samples, made.starts * REFERENCE_HOP, made.samples.shape[2])


def judges_of(discriminators: PublishedWeights) -> list[PublishedWeights]:
    """Each discriminator by itself, with its own parameters."""
    assert isinstance(discriminators.module, Discriminators)
    return [
        discriminators.part(f"discriminators.{number}.", module)
        for number, module in enumerate(discriminators.module.discriminators)
    ]


def discriminators_of(
    weights: Mapping[str, Tensor],
    periods: tuple[int, ...],
    narrowing: int = 1,
    device: torch.device = CPU,
) -> PublishedWeights:
    """Discriminators with these weights (published names), ready to learn."""
    with torch.device("meta"):
        module = Discriminators(periods, narrowing)
    return PublishedWeights(module, weights, shaped=laid_along, device=device)


def _adam(groups: list[dict[str, list[Tensor]]], rate: float) -> torch.optim.AdamW:
    return torch.optim.AdamW(groups, lr=rate, betas=BETAS, eps=EPSILON, weight_decay=WEIGHT_DECAY, fused=True)


def _floats(losses: list[Tensor]) -> list[float]:
    return [float(loss.detach()) for loss in losses]

"""How a vocoder learns: pieces of recordings made of their mels again, by HiFi-GAN's losses
(`gpt_sovits.training.losses`) and, later on, against its discriminators."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from normalizers import DuoyinError
from tts_core.gpt_sovits.model.spectrogram import MelSettings
from tts_core.gpt_sovits.training.discriminators import PERIODS, Judged, discriminator_weights
from tts_core.gpt_sovits.training.losses import features_apart, fooling, sounds_apart, telling_apart
from tts_core.gpt_sovits.training.mel import sound_mel
from tts_core.gpt_sovits.training.recipe import Precision, computing_in
from tts_core.gpt_sovits.training.run import Update
from tts_core.gpt_sovits.training.sound_learner import discriminators_of
from tts_core.gpt_sovits.training.weights import CPU, PublishedWeights, on_cpu
from tts_core.sound import Samples, resampled
from tts_core.tacotron.model import SAMPLE_RATE
from tts_core.tacotron.pitch import pitch
from tts_core.tacotron.vocoder import Vocoder, VocoderSize, log_hertz, module_kernels, write_vocoder

HEARD = tuple(MelSettings(SAMPLE_RATE, fft, fft // 4, 80) for fft in (512, 1024, 2048))
"""Mels that made sound is compared with recorded by (`sounds_apart`)."""
BETAS = (0.8, 0.99)  # of AdamW, as published
UPDATES_AN_EPOCH = 100


@dataclass(frozen=True, slots=True)
class VocoderLine:
    """A recording to learn.

    Args:
        samples: `[T · hop]` at the mel's rate. mel: natural logarithms `[bands, T]`. frequency: Hz `[T]`, 0 unvoiced.
    """

    samples: Tensor
    mel: Tensor
    frequency: Tensor


@dataclass(frozen=True, slots=True)
class VocodingSettings:
    """How it learns.

    Args:
        rate: of AdamW. norm: of the generator's gradients at most.
        pieces: in a batch; frames: of a piece.
        judged_from: the update from which on discriminators learn and judge, too; mels alone teach sooner, and what
            they cannot tell comes late.
        narrowing: divides the discriminators' channels: at the published size they are most of a step on a CPU.
        precision: of products.
    """

    rate: float = 1e-3
    norm: float = 10.0
    pieces: int = 8
    frames: int = 16
    judged_from: int = 2_000
    narrowing: int = 4
    precision: Precision = "float32"


def vocoder_line(samples: Samples, sample_rate: int, size: VocoderSize) -> VocoderLine:
    """A recording, float32 `[N]`, as a vocoder of that size learns it; what makes no whole hop is left out."""
    mel = size.mel
    own = torch.from_numpy(resampled(samples, sample_rate, mel.sample_rate))
    own = own[: len(own) // mel.hop * mel.hop]
    return VocoderLine(own, sound_mel(own[None], mel)[0], pitch(own, mel.sample_rate, mel.hop))


class VocoderCourse:
    """A vocoder with its recordings, for `gpt_sovits.training.run.train`.

    Args:
        weights: published names, as of `fresh_vocoder` and `read_vocoder`.
        lines: to learn; held_out: to examine, never learned.
        seed: of the order.

    Raises:
        DuoyinError: no recording is as long as a piece.
    """

    suffix = ".pth"

    def __init__(
        self,
        size: VocoderSize,
        weights: Mapping[str, Tensor],
        lines: Sequence[VocoderLine],
        held_out: Sequence[VocoderLine],
        settings: VocodingSettings | None = None,
        *,
        seed: int = 0,
        device: torch.device = CPU,
    ) -> None:
        self.settings = settings or VocodingSettings()
        self.lines = [line for line in lines if line.mel.shape[1] >= self.settings.frames]
        if not self.lines:
            raise DuoyinError("there are no recordings that a vocoder could learn from")
        self.size, self.held_out, self.seed, self.device = size, held_out or self.lines[:1], seed, device
        with torch.device("meta"):
            module = Vocoder(size)
        self.vocoder = PublishedWeights(module, weights, shaped=module_kernels, device=device)
        self.judges = discriminators_of(
            discriminator_weights(PERIODS, self.settings.narrowing, seed=seed),
            PERIODS,
            self.settings.narrowing,
            device,
        )
        self.optimizer, self.judges_optimizer = (
            torch.optim.AdamW(list(each.tensors.values()), lr=self.settings.rate, betas=BETAS, fused=True)
            for each in (self.vocoder, self.judges)
        )
        self.updates = 0

    def schedule(self) -> Iterator[Update]:
        """Recordings as often as they are long."""
        lengths = [line.mel.shape[1] for line in self.lines]
        for epoch in itertools.count(1):
            source = random.Random(f"{self.seed}:{epoch}")
            for _ in range(UPDATES_AN_EPOCH):
                drawn = source.choices(range(len(lengths)), lengths, k=self.settings.pieces)
                yield Update(epoch, (tuple(drawn),))

    def learn(self, update: Update) -> tuple[dict[str, float], bool]:
        """Batches that were cut because memory ran out are learned one after the other, each a step."""
        figures: dict[str, float] = {}
        finite = True
        for batch in update.batches:
            figures, good = self._step(*self._pieces(batch))
            finite = finite and good
        self.updates += 1
        return figures, finite

    def forget(self) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        self.judges_optimizer.zero_grad(set_to_none=True)

    @torch.no_grad()
    def examine(self) -> float:
        """Mel error (45 × L1) of the held-out recordings made of their mels, the frequency read from the mel, too."""
        vocoder = Vocoder(self.size).to(self.device)
        vocoder.load_state_dict(self.vocoder.frozen_kernels())
        errors = []
        for line in self.held_out:
            made = vocoder.sound(line.mel.to(self.device), seed=self.seed)
            errors.append(float(sounds_apart(line.samples.to(self.device)[None], made[None], HEARD)))
        return sum(errors) / len(errors)

    def state(self) -> dict[str, Any]:
        content: dict[str, Any] = on_cpu(
            {
                "vocoder": self.vocoder.tensors,
                "judges": self.judges.tensors,
                "optimizer": self.optimizer.state_dict(),
                "judges_optimizer": self.judges_optimizer.state_dict(),
                "updates": self.updates,
            }
        )
        return content

    def restore(self, state: Mapping[str, Any]) -> None:
        self.vocoder.load(state["vocoder"])
        self.judges.load(state["judges"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.judges_optimizer.load_state_dict(state["judges_optimizer"])
        self.updates = state["updates"]

    def export(self, path: Path, info: str) -> None:
        write_vocoder(self.size, self.vocoder.tensors, info, path)

    def _pieces(self, batch: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """Samples `[B, N]`, mels `[B, bands, T]` and Hz `[B, T]` of a piece of each recording."""
        count, hop = self.settings.frames, self.size.mel.hop
        starts = [int(torch.randint(self.lines[at].mel.shape[1] - count + 1, ())) for at in batch]
        places = list(zip((self.lines[at] for at in batch), starts, strict=True))
        return (
            torch.stack([line.samples[at * hop : (at + count) * hop] for line, at in places]).to(self.device),
            torch.stack([line.mel[:, at : at + count] for line, at in places]).to(self.device),
            torch.stack([line.frequency[at : at + count] for line, at in places]).to(self.device),
        )

    def _step(self, samples: Tensor, mel: Tensor, frequency: Tensor) -> tuple[dict[str, float], bool]:
        judged = self.updates >= self.settings.judged_from
        recorded = samples[:, None]
        with self._computing():
            made, read = self.vocoder(mel, frequency)
        made = made.float()
        figures: dict[str, float] = {}
        if judged:
            kernels = self.judges.kernels()
            with self._computing():
                real, fake = (self._judged(kernels, each) for each in (recorded, made.detach()))
            on_real, on_fake = telling_apart(real, fake)
            telling = torch.stack([*on_real, *on_fake]).sum()
            telling.backward()
            figures["discriminators"] = float(telling.detach())
            if not math.isfinite(figures["discriminators"] + float(self.judges.gradient_norm())):
                self.forget()
                return figures, False
            self.judges_optimizer.step()
            self.judges_optimizer.zero_grad(set_to_none=True)
        parts = {"mel": sounds_apart(samples, made[:, 0], HEARD)}
        if read is not None:
            parts["voicing"], parts["frequency"] = _reading(read.float(), frequency)
        if judged:
            kernels = self.judges.frozen_kernels()
            with torch.no_grad(), self._computing():
                real = self._judged(kernels, recorded)
            with self._computing():
                fake = self._judged(kernels, made)
            parts["fooling"] = torch.stack(fooling(fake)).sum()
            parts["features"] = features_apart(real, fake)
        torch.stack(list(parts.values())).sum().backward()
        figures |= {name: float(part.detach()) for name, part in parts.items()}
        norm = torch.nn.utils.clip_grad_norm_(list(self.vocoder.tensors.values()), self.settings.norm)
        finite = bool(torch.isfinite(norm))
        if finite:
            self.optimizer.step()
        self.forget()
        return figures, finite

    def _judged(self, kernels: Mapping[str, Tensor], samples: Tensor) -> list[Judged]:
        made: list[Judged] = self.judges.with_kernels(kernels, samples)
        return made

    def _computing(self) -> Any:
        return computing_in(self.settings.precision, self.device)


def _reading(read: Tensor, frequency: Tensor) -> tuple[Tensor, Tensor]:
    """Cross entropy of the voicing, and by how many octaves the frequency is off where it is voiced."""
    voiced, height = read.unbind(dim=1)
    known = frequency > 0
    off = (log_hertz(height) - frequency.clamp_min(1.0).log()).abs() / math.log(2)
    return (
        F.binary_cross_entropy_with_logits(voiced, known.float()),
        (off * known).sum() / known.sum().clamp_min(1),
    )

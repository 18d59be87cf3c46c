"""How Tacotron 2 learns: its loss, and its lines as a training run drives them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils import clip_grad_norm_
from torch.nn.utils.rnn import pad_sequence

from normalizers import DuoyinError
from tts_core.gpt_sovits.training.run import Update
from tts_core.gpt_sovits.training.samplers import token_batches
from tts_core.gpt_sovits.training.weights import on_cpu
from tts_core.sound import Samples, resampled
from tts_core.tacotron.model import SAMPLE_RATE, Tacotron, TacotronSize, mel_of, write_model

END = 1.0
"""Target of the gate at a line's last frame, 0 before it."""


@dataclass(frozen=True, slots=True)
class MelLine:
    """A line to learn: phones int64 `[X]`, mel `[80, T]` as `mel_of` makes it."""

    phones: Tensor
    mel: Tensor


@dataclass(frozen=True, slots=True)
class MelBatch:
    """Lines, those with most phones first (the encoder's LSTM wants that), padded with zeros.

    Args:
        phones: `[B, X]`; phone_counts `[B]`.
        mels: `[B, 80, T]`; frame_counts `[B]`.
    """

    phones: Tensor
    phone_counts: Tensor
    mels: Tensor
    frame_counts: Tensor

    @property
    def heard(self) -> Tensor:
        """`[B, T]`: whether a frame is one of its line's."""
        places = torch.arange(self.mels.shape[2], device=self.mels.device)
        return places < self.frame_counts[:, None]


@dataclass(frozen=True, slots=True)
class LearnSettings:
    """How it learns; rate to clipping as published (section 3.1 there), but for its falling rate.

    Args:
        rate, decay: of AdamW. norm: of gradients at most.
        guided: weight of the loss that draws the attention to the diagonal; 0: as published.
        width: of that diagonal, as a share of the line.
        frames: of mels a batch.
    """

    rate: float = 1e-3
    decay: float = 1e-6
    norm: float = 1.0
    guided: float = 2.0
    width: float = 0.2
    frames: int = 6000


def mel_line(phones: Tensor, samples: Samples, rate: int, size: TacotronSize) -> MelLine:
    """A recording with its phones; samples float32 `[N]` at `rate` Hz."""
    return MelLine(phones, mel_of(torch.from_numpy(resampled(samples, rate, SAMPLE_RATE)), size))


def mel_batch(lines: Sequence[MelLine], device: torch.device | None = None) -> MelBatch:
    """Pad lines to the longest of them."""
    lines = sorted(lines, key=lambda line: -len(line.phones))
    return MelBatch(
        pad_sequence([line.phones for line in lines], batch_first=True).to(device),
        torch.tensor([len(line.phones) for line in lines], device=device),
        pad_sequence([line.mel.T for line in lines], batch_first=True).transpose(1, 2).to(device),
        torch.tensor([line.mel.shape[1] for line in lines], device=device),
    )


@dataclass(frozen=True, slots=True)
class Losses:
    """Of a batch: mean squared errors of both mels together, cross entropy of the gate, what the attention weighs off
    the diagonal; `focus`: the mean of its largest weight in each frame, 1 where it looks at one phoneme."""

    mel: Tensor
    gate: Tensor
    off: Tensor
    focus: float


def losses(net: Callable[..., Any], batch: MelBatch, width: float) -> Losses:
    """What a model makes of lines whose frames before it is told; frames beyond a line's end count nowhere
    (but the post-net's means over a batch see them, as published).

    The loss off the diagonal is that of Tachibana, Uenoyama & Aihara (2018), “Efficiently trainable text-to-speech
    system based on deep convolutional networks with guided attention”, section 4.2.
    """
    first, last, gate, attention = net(batch.phones, batch.phone_counts, batch.mels, batch.frame_counts)
    heard = batch.heard
    ends = F.one_hot(batch.frame_counts - 1, batch.mels.shape[2]).to(gate) * END
    wanted = batch.mels.transpose(1, 2)[heard]
    mel = sum(F.mse_loss(made.transpose(1, 2)[heard], wanted) for made in (first, last))
    off = (attention * _off_diagonal(batch, width))[heard].sum(dim=1).mean()
    return Losses(
        torch.as_tensor(mel),
        F.binary_cross_entropy_with_logits(gate[heard], ends[heard]),
        off,
        float(attention.detach().amax(dim=2)[heard].mean()),
    )


def _off_diagonal(batch: MelBatch, width: float) -> Tensor:
    """`[B, T, X]`: 0 on the diagonal of each line, towards 1 away from it."""
    device = batch.mels.device
    frames = (
        torch.arange(batch.mels.shape[2], device=device)[None, :, None] / batch.frame_counts[:, None, None]
    )
    phones = (
        torch.arange(batch.phones.shape[1], device=device)[None, None] / batch.phone_counts[:, None, None]
    )
    return 1 - torch.exp(-((frames - phones) ** 2) / (2 * width**2))


class MelCourse:
    """Tacotron 2 with its lines, for `gpt_sovits.training.run.train`.

    Args:
        lines: to learn; held_out: to examine, never learned.
        seed: of the order.
    """

    suffix = ".pth"

    def __init__(
        self,
        model: Tacotron,
        lines: Sequence[MelLine],
        held_out: Sequence[MelLine],
        settings: LearnSettings | None = None,
        *,
        seed: int = 0,
    ) -> None:
        if not lines:
            raise DuoyinError("there are no lines to learn from")
        self.model, self.net = model, model.net
        self.lines, self.held_out, self.seed = lines, held_out or lines[:1], seed
        self.settings = settings or LearnSettings()
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(), lr=self.settings.rate, weight_decay=self.settings.decay
        )

    @property
    def device(self) -> torch.device:
        """Where the model learns."""
        device: torch.device = next(self.net.parameters()).device
        return device

    def schedule(self) -> Iterator[Update]:
        sizes = [line.mel.shape[1] for line in self.lines]
        for epoch in itertools.count(1):
            order = random.Random(f"{self.seed}:{epoch}")
            for batch in token_batches(sizes, self.settings.frames, order):
                yield Update(epoch, (tuple(batch),))

    def learn(self, update: Update) -> tuple[dict[str, float], bool]:
        self.net.train()
        before = [buffer.clone() for buffer in self.net.buffers()]  # what batch normalization has seen
        counts = [sum(self.lines[at].mel.shape[1] for at in batch) for batch in update.batches]
        told = {"mel": 0.0, "gate": 0.0, "off diagonal": 0.0, "focus": 0.0}
        for batch, count in zip(update.batches, counts, strict=True):
            share = count / sum(counts)
            found = losses(
                self.net, mel_batch([self.lines[at] for at in batch], self.device), self.settings.width
            )
            ((found.mel + found.gate + self.settings.guided * found.off) * share).backward()
            parts = (found.mel.item(), found.gate.item(), found.off.item(), found.focus)
            told = {name: told[name] + share * part for name, part in zip(told, parts, strict=True)}
        norm = clip_grad_norm_(self.net.parameters(), self.settings.norm)
        finite = bool(torch.isfinite(norm))
        if finite:
            self.optimizer.step()
        else:
            with torch.no_grad():
                for buffer, seen in zip(self.net.buffers(), before, strict=True):
                    buffer.copy_(seen)
        self.forget()
        return told, finite

    def forget(self) -> None:
        self.optimizer.zero_grad(set_to_none=True)

    @torch.no_grad()
    def examine(self) -> float:
        """Mean squared errors of both mels of the held-out lines, each frame told the ones before it as recorded."""
        self.net.eval()
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            torch.manual_seed(self.seed)  # the pre-net forgets in speaking, too
            return losses(self.net, mel_batch(self.held_out, self.device), self.settings.width).mel.item()

    def state(self) -> dict[str, Any]:
        content: dict[str, Any] = on_cpu(
            {"weights": self.net.state_dict(), "optimizer": self.optimizer.state_dict()}
        )
        return content

    def restore(self, state: Mapping[str, Any]) -> None:
        self.net.load_state_dict(state["weights"])
        self.optimizer.load_state_dict(state["optimizer"])

    def export(self, path: Path, info: str) -> None:
        write_model(self.net, self.model.size, info, path)

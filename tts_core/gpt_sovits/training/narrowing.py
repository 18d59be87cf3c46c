"""A decoder of half the width that sounds as the whole one does: channels pruned, then taught, from text alone.

A channel that little is written to and little read from goes first (Li et al. 2017, "Pruning filters for efficient
convnets", section 3.1); a stage's blocks and what leads into and out of it share their channels, so these go together.
What is left then learns from the whole decoder: both are given the same stretch of the same latent, so that the wanted
sound is known sample by sample, phase and all, and no discriminator is asked.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from normalizers import DuoyinError
from tts_core.gpt_sovits.files.checkpoints import Checkpoint, fold_weight_norm, gain_and_direction
from tts_core.gpt_sovits.model.generator import Generator, flat_kernels
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE, VoiceVector, load_sovits, sovits_dims
from tts_core.gpt_sovits.model.spectrogram import MelSettings
from tts_core.gpt_sovits.training.export import export_sound
from tts_core.gpt_sovits.training.losses import sounds_apart
from tts_core.gpt_sovits.training.run import Update
from tts_core.gpt_sovits.training.scaled_adam import warmed_up_rate
from tts_core.gpt_sovits.training.sound_learner import BETAS
from tts_core.gpt_sovits.training.weights import CPU, Averaged, PublishedWeights, on_cpu

DECODER = "dec."
LEAST_CHANNELS = 2  # of the last stage, before
HEARD = tuple(MelSettings(SAMPLE_RATE, fft, fft // 4, fft // 16) for fft in (512, 1024, 2048))
"""Mels that both sounds are compared by."""
WAVE_FFT = 1024
WAVE_WEIGHT = 10.0
"""What the spectra's difference, phase and all, counts as a share of the whole one's, beside 45 × L1 of log mels."""
UPDATES_AN_EPOCH = 100


@dataclass(frozen=True, slots=True)
class NarrowSettings:
    """How it learns.

    Args:
        rate: of AdamW; warm_up: updates over which it rises; norm: of the gradients at most.
        pieces: in a batch; frames: of the latent in a piece, 20 ms each.
    """

    rate: float = 1e-3
    warm_up: int = 20
    norm: float = 10.0
    pieces: int = 8
    frames: int = 32


def channels_of(checkpoint: Checkpoint) -> int:
    """First channels of a sound stage's decoder."""
    return len(checkpoint.weights[f"{DECODER}conv_pre.weight"])


def narrowed(checkpoint: Checkpoint) -> Checkpoint:
    """A sound stage whose decoder has half the channels of another's in each stage, all else as it was.

    Raises:
        DuoyinError: it is no sound stage, or too narrow already.
    """
    dims = load_sovits(checkpoint).dims.generator
    last = dims.channels >> len(dims.rates)
    if dims.channels % (2 << len(dims.rates)) or last < LEAST_CHANNELS:
        raise DuoyinError(
            f"the model's decoder has {dims.channels} channels, and no half of them in every stage",
            where=checkpoint.source,
        )
    kernels = {
        name: tensor.float()
        for name, tensor in fold_weight_norm(checkpoint.weights).items()
        if name.startswith(DECODER)
    }
    for writers, readers in _shared_channels(len(dims.rates), len(dims.block_kernels), dims.dilations):
        _prune(kernels, writers, readers)
    made = dict(checkpoint.weights)
    for name, kernel in kernels.items():
        if name in made:
            made[name] = kernel
        else:
            made[f"{name}_g"], made[f"{name}_v"] = gain_and_direction(kernel)
    known = checkpoint.config.get("model")
    sizes = {**(known if isinstance(known, dict) else {}), "upsample_initial_channel": dims.channels // 2}
    return replace(checkpoint, weights=made, config={**checkpoint.config, "model": sizes})


def _shared_channels(
    stages: int, blocks: int, dilations: Sequence[Sequence[int]]
) -> Iterator[tuple[list[tuple[str, int]], list[tuple[str, int]]]]:
    """(kernel, axis) of all that writes to the same channels, and of all that reads from them."""
    yield [("conv_pre", 0), ("cond", 0)], [("ups.0", 0)]
    for stage in range(stages):
        writers, readers = [(f"ups.{stage}", 1)], [(f"ups.{stage + 1}", 0)]
        if stage == stages - 1:
            readers = [("conv_post", 1)]
        for block in range(blocks):
            for pair in range(len(dilations[block])):
                first, second = (f"resblocks.{stage * blocks + block}.convs{at}.{pair}" for at in (1, 2))
                yield [(first, 0)], [(second, 1)]
                writers.append((second, 0))
                readers.append((first, 1))
        yield writers, readers


@torch.no_grad()
def _prune(
    kernels: dict[str, Tensor], writers: Sequence[tuple[str, int]], readers: Sequence[tuple[str, int]]
) -> None:
    """Keep the half of the channels that most is written to and read from."""
    written, read = (
        sum(
            kernels[f"{DECODER}{name}.weight"].transpose(0, axis).flatten(1).abs().sum(dim=1)
            for name, axis in group
        )
        for group in (writers, readers)
    )
    assert isinstance(written, Tensor) and isinstance(read, Tensor)
    kept = (written * read).topk(len(written) // 2).indices.sort().values
    for name, axis in (*writers, *readers):
        weight = f"{DECODER}{name}.weight"
        kernels[weight] = kernels[weight].index_select(axis, kept).contiguous()
    for name, _ in writers:
        bias = f"{DECODER}{name}.bias"
        if bias in kernels:
            kernels[bias] = kernels[bias][kept].contiguous()


class NarrowCourse:
    """A narrow decoder with what its teacher is given, for `run.train`.

    Args:
        teacher: a whole sound stage.
        latents: of lines to learn, `[latent, T]` each; held_out: to examine, never learned.
        voice: that they are spoken in.
        seed: of the order.

    Raises:
        DuoyinError: no line is as long as a piece, or the decoder has no half.
    """

    suffix = ".pth"

    def __init__(
        self,
        teacher: Checkpoint,
        latents: Sequence[Tensor],
        held_out: Sequence[Tensor],
        voice: VoiceVector,
        settings: NarrowSettings = NarrowSettings(),
        *,
        seed: int = 0,
        device: torch.device = CPU,
    ) -> None:
        self.settings, self.seed, self.device = settings, seed, device
        self.latents = [each.clone() for each in latents if each.shape[1] >= settings.frames]
        if not self.latents:
            raise DuoyinError("there are no lines that a decoder could learn from")
        self.held_out = [each.clone() for each in held_out] or self.latents[:1]
        self.small = narrowed(teacher)
        self.voice = voice.decoder.to(device, copy=True).detach()
        self.teacher = load_sovits(teacher).dec.to(device)
        self.dims = sovits_dims(fold_weight_norm(self.small.weights), self.small.config).generator
        with torch.device("meta"):
            module = Generator(self.dims)
        own = {
            name.removeprefix(DECODER): tensor
            for name, tensor in self.small.weights.items()
            if name.startswith(DECODER)
        }
        self.decoder = PublishedWeights(module, own, shaped=_flat, device=device)
        self.average = Averaged(self.decoder.tensors)
        self.optimizer = torch.optim.AdamW(
            list(self.decoder.tensors.values()), lr=settings.rate, betas=BETAS, fused=True
        )
        self.updates = 0

    def schedule(self) -> Iterator[Update]:
        """Lines as often as they are long."""
        lengths = [each.shape[1] for each in self.latents]
        for epoch in itertools.count(1):
            source = random.Random(f"{self.seed}:{epoch}")
            for _ in range(UPDATES_AN_EPOCH):
                yield Update(
                    epoch, (tuple(source.choices(range(len(lengths)), lengths, k=self.settings.pieces)),)
                )

    def learn(self, update: Update) -> tuple[dict[str, float], bool]:
        """Batches that were cut because memory ran out are learned one after the other, each a step."""
        figures: dict[str, float] = {}
        finite = True
        for batch in update.batches:
            figures, good = self._step(batch)
            finite = finite and good
        self.updates += 1
        return figures, finite

    def _step(self, batch: Sequence[int]) -> tuple[dict[str, float], bool]:
        z = self._pieces(batch)
        voice = self.voice.expand(len(z), -1, -1)
        with torch.no_grad():
            wanted: Tensor = self.teacher(z, voice)[:, 0]
        made: Tensor = self.decoder(z, voice)[:, 0]
        mel, wave = sounds_apart(wanted, made, HEARD), waves_apart(wanted, made)
        (mel + WAVE_WEIGHT * wave).backward()
        norm = torch.nn.utils.clip_grad_norm_(list(self.decoder.tensors.values()), self.settings.norm)
        finite = bool(torch.isfinite(norm))
        if finite:
            rate = warmed_up_rate(self.updates, self.settings.warm_up, self.settings.rate)
            self.optimizer.param_groups[0]["lr"] = rate
            self.optimizer.step()
            self.average.follow(self.decoder.tensors)
        self.forget()
        return {"mel": float(mel.detach()), "wave": float(wave.detach())}, finite

    def _pieces(self, batch: Sequence[int]) -> Tensor:
        """`[B, latent, frames]` of these lines, from anywhere."""
        count = self.settings.frames
        made = []
        for at in batch:
            latent = self.latents[at]
            start = int(torch.randint(latent.shape[1] - count + 1, ()))
            made.append(latent[:, start : start + count])
        return torch.stack(made).float().to(self.device)

    def forget(self) -> None:
        self.optimizer.zero_grad(set_to_none=True)

    @torch.no_grad()
    def examine(self) -> float:
        """Mel error (45 × L1) of the averaged weights' sound from the whole decoder's, of whole held-out lines."""
        decoder = Generator(self.dims)
        decoder.load_state_dict(_flat(fold_weight_norm(self.average.tensors)))
        decoder.to(self.device)
        errors = []
        for latent in self.held_out:
            z = latent[None].float().to(self.device)
            wanted, made = (each(z, self.voice)[:, 0] for each in (self.teacher, decoder))
            errors.append(float(sounds_apart(wanted, made, HEARD)))
        return sum(errors) / len(errors)

    def weights(self) -> dict[str, Tensor]:
        """The whole sound stage's, published names, with the decoder as it is averaged."""
        own = {f"{DECODER}{name}": tensor.detach() for name, tensor in self.average.tensors.items()}
        return {**self.small.weights, **own}

    def state(self) -> dict[str, Any]:
        content: dict[str, Any] = on_cpu(
            {
                "decoder": self.decoder.tensors,
                "optimizer": self.optimizer.state_dict(),
                "average": self.average.state(),
                "updates": self.updates,
            }
        )
        return content

    def restore(self, state: Mapping[str, Any]) -> None:
        self.decoder.load(state["decoder"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average.restore(state["average"])
        self.updates = state["updates"]

    def export(self, path: Path, info: str) -> None:
        export_sound(self.weights(), self.small.config, self.small.kind, info, path)


def waves_apart(wanted: Tensor, made: Tensor) -> Tensor:
    """Difference of two sounds' complex spectra, `[B, N]` each, as a share of the wanted one's: 1 where nothing is
    made."""
    window = torch.hann_window(WAVE_FFT, device=made.device)
    one, other = (
        torch.stft(each, WAVE_FFT, WAVE_FFT // 4, window=window, return_complex=True)
        for each in (wanted, made)
    )
    apart: Tensor = (one - other).abs().mean() / one.abs().mean().clamp_min(1e-6)
    return apart


def _flat(kernels: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return flat_kernels(kernels, "")

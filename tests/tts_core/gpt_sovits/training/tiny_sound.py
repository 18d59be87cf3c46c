"""A tiny sound stage with a posterior encoder, and recordings for it."""

from __future__ import annotations

import torch
from torch import Tensor

from tests.tts_core.gpt_sovits.tiny import sovits_config, sovits_weights
from tts_core.gpt_sovits.files.checkpoints import Kind
from tts_core.gpt_sovits.training.discriminators import discriminator_weights, periods_of
from tts_core.gpt_sovits.training.posterior import PosteriorDims, PosteriorEncoder
from tts_core.gpt_sovits.training.ranks import ALONE, Ranks
from tts_core.gpt_sovits.training.sound_batch import SoundLine
from tts_core.gpt_sovits.training.sound_learner import SoundLearner, SoundSettings, discriminators_of
from tts_core.gpt_sovits.training.sound_model import sound_model
from tts_core.gpt_sovits.training.weights import CPU

NARROWING = 32


def base_weights(*, speaker: bool = False) -> dict[str, Tensor]:
    """A base's generator under its published names."""
    weights = sovits_weights(speaker=speaker)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        fresh = PosteriorEncoder(PosteriorDims(1025, 24, 16, 5, 2, 32 if speaker else 512)).state_dict()
    for name, tensor in fresh.items():
        if name.startswith("enc.") and name.endswith(".weight"):
            base = f"enc_q.{name}"
            weights[f"{base}_v"] = tensor
            weights[f"{base}_g"] = tensor.flatten(1).norm(dim=1).view(-1, *[1] * (tensor.ndim - 1))
        else:
            weights[f"enc_q.{name}"] = tensor
    return weights


def tiny_learner(
    kind: Kind = "v2",
    settings: SoundSettings | None = None,
    *,
    learn_codebook: bool = False,
    device: torch.device = CPU,
    ranks: Ranks = ALONE,
) -> SoundLearner:
    speaker = kind in ("v2Pro", "v2ProPlus")
    generator = sound_model(
        base_weights(speaker=speaker),
        sovits_config(kind),
        kind,
        where="tiny",
        learn_codebook=learn_codebook,
        device=device,
    )
    periods = periods_of(kind)
    judges = discriminators_of(discriminator_weights(periods, NARROWING), periods, NARROWING, device)
    return SoundLearner(generator, judges, settings or SoundSettings(), ranks)


def recordings(count: int = 3, *, speaker: bool = False) -> list[SoundLine]:
    """Tones of falling pitch, with features that follow them."""
    source = torch.Generator().manual_seed(11)
    lines = []
    for number in range(count):
        frames = 40 + 4 * number
        at = torch.arange(frames * 640) / 32_000
        tone = 0.3 * torch.sin(2 * torch.pi * (220 + 30 * number) * at)
        noise = 0.01 * torch.randn(len(tone), generator=source)
        lines.append(
            SoundLine(
                tone + noise,
                torch.randn(768, frames, generator=source),
                torch.randint(1, 300, (8 + number,), generator=source),
                torch.randn(20_480, generator=source) if speaker else None,
                f"tone {number}",
            )
        )
    return lines

"""What the sound stage is taught by (module/losses.py; least squares GAN of HiFi-GAN, Kong et al. 2020, eq. 1 to 6; the
divergence of VITS, Kim et al. 2021, eq. 4)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from tts_core.gpt_sovits.model.spectrogram import MelSettings
from tts_core.gpt_sovits.training.discriminators import Judged
from tts_core.gpt_sovits.training.mel import sound_mel

MEL_WEIGHT = 45.0
FEATURE_WEIGHT = 2.0


def telling_apart(recorded: Sequence[Judged], made: Sequence[Judged]) -> tuple[list[Tensor], list[Tensor]]:
    """Of each discriminator: its error on recorded sound and on made sound; their sum is its loss."""
    return (
        [(1 - judged.score.float()).square().mean() for judged in recorded],
        [judged.score.float().square().mean() for judged in made],
    )


def fooling(made: Sequence[Judged]) -> list[Tensor]:
    """Of each discriminator: how far made sound is from passing as recorded."""
    return [(1 - judged.score.float()).square().mean() for judged in made]


def features_apart(recorded: Sequence[Judged], made: Sequence[Judged]) -> Tensor:
    """Mean differences of what the discriminators see, over all layers of all of them."""
    total = torch.zeros((), device=made[0].score.device)
    for real, fake in zip(recorded, made, strict=True):
        for wanted, got in zip(real.features, fake.features, strict=True):
            total = total + F.l1_loss(got.float(), wanted.detach().float())
    return FEATURE_WEIGHT * total


def mels_apart(recorded: Tensor, made: Tensor) -> Tensor:
    """Mean difference of log mels, weighted."""
    return MEL_WEIGHT * F.l1_loss(made, recorded)


def sounds_apart(recorded: Tensor, made: Tensor, windows: Sequence[MelSettings]) -> Tensor:
    """Mean of the mel errors of two sounds `[B, N]` over several windows, since one is blind to what happens within it
    (Yamamoto, Song & Kim 2020, "Parallel WaveGAN", section 2.2)."""
    errors = [mels_apart(sound_mel(recorded, heard), sound_mel(made, heard)) for heard in windows]
    return torch.stack(errors).mean()


def divergence(z_p: Tensor, logs_q: Tensor, m_p: Tensor, logs_p: Tensor, mask: Tensor) -> Tensor:
    """KL divergence of the posterior, taken to the prior's side by the flow, from the prior: nats a frame, summed over
    channels. All `[B, C, T]`; mask `[B, 1, T]`."""
    z_p, logs_q, m_p, logs_p = (x.float() for x in (z_p, logs_q, m_p, logs_p))
    apart = logs_p - logs_q - 0.5 + 0.5 * (z_p - m_p).square() * torch.exp(-2 * logs_p)
    return (apart * mask).sum() / mask.sum()

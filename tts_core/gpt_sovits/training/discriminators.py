"""What tells made sound from recorded: one discriminator of the waveform and some of its periods (HiFi-GAN, Kong et al.
2020, section 2.3; sizes of module/models.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts_core.gpt_sovits.files.checkpoints import Kind

SLOPE = 0.1
PERIODS = (2, 3, 5, 7, 11)
PERIODS_OF_PRO = (*PERIODS, 17, 23)
SCALE_CHANNELS, SCALE_GROUPS = (16, 64, 256, 1024, 1024, 1024), (1, 4, 16, 64, 256, 1)
SCALE_KERNELS, SCALE_STRIDES = (15, 41, 41, 41, 41, 5), (1, 4, 4, 4, 4, 1)
PERIOD_CHANNELS, PERIOD_STRIDES = (32, 128, 512, 1024, 1024), (3, 3, 3, 3, 1)
PERIOD_KERNEL = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """One discriminator's answer.

    Args:
        score: `[B, N]`; 1 for recorded, 0 for made.
        features: outputs of all its layers, the last one's too.
    """

    score: Tensor
    features: tuple[Tensor, ...]

    def rows(self, first: int, end: int) -> Judged:
        """The answer to some of the sounds."""
        return Judged(self.score[first:end], tuple(each[first:end] for each in self.features))


class _Discriminator(nn.Module):
    convs: nn.ModuleList
    conv_post: nn.Module

    def heard(self, x: Tensor) -> Tensor:
        """Samples `[B, 1, N]` in the shape its layers take."""
        raise NotImplementedError

    def forward(self, samples: Tensor) -> Judged:
        x, features = self.heard(samples), list[Tensor]()
        for layer in self.convs:
            x = F.leaky_relu(layer(x), SLOPE, inplace=True)
            features.append(x)
        x = self.conv_post(x)
        return Judged(x.flatten(1), (*features, x))


class ScaleDiscriminator(_Discriminator):
    """Of the waveform as it is. `narrowing` divides all channels."""

    def __init__(self, narrowing: int = 1) -> None:
        super().__init__()
        channels = [max(1, count // narrowing) for count in SCALE_CHANNELS]
        self.convs = nn.ModuleList(
            nn.Conv1d(before, after, kernel, stride, padding=kernel // 2, groups=max(1, groups // narrowing))
            for before, after, kernel, stride, groups in zip(
                (1, *channels), channels, SCALE_KERNELS, SCALE_STRIDES, SCALE_GROUPS, strict=False
            )
        )
        self.conv_post = nn.Conv1d(channels[-1], 1, 3, padding=1)

    def heard(self, x: Tensor) -> Tensor:
        return x


class PeriodDiscriminator(_Discriminator):
    """Of samples a period apart, each phase of the period by itself."""

    def __init__(self, period: int, narrowing: int = 1) -> None:
        super().__init__()
        self.period = period
        channels = [max(1, count // narrowing) for count in PERIOD_CHANNELS]
        self.convs = nn.ModuleList(
            nn.Conv2d(before, after, (PERIOD_KERNEL, 1), (stride, 1), padding=(PERIOD_KERNEL // 2, 0))
            for before, after, stride in zip((1, *channels), channels, PERIOD_STRIDES, strict=False)
        )
        self.conv_post = nn.Conv2d(channels[-1], 1, (3, 1), padding=(1, 0))

    def heard(self, x: Tensor) -> Tensor:
        x = F.pad(x, (0, -x.shape[2] % self.period), mode="reflect")
        folded: Tensor = x.unflatten(2, (-1, self.period))
        return folded


class Discriminators(nn.Module):
    """All of them, under their published names.

    Args:
        periods: in samples.
        narrowing: divides all channels: for proofs on a CPU, where the published size is most of a step.
    """

    def __init__(self, periods: Sequence[int] = PERIODS, narrowing: int = 1) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(
            [ScaleDiscriminator(narrowing), *(PeriodDiscriminator(period, narrowing) for period in periods)]
        )

    def forward(self, samples: Tensor) -> list[Judged]:
        """Samples `[B, 1, N]` → an answer of each."""
        return [discriminator(samples) for discriminator in self.discriminators]


def periods_of(kind: Kind) -> tuple[int, ...]:
    """v2Pro and v2ProPlus were trained with two more."""
    return PERIODS_OF_PRO if kind in ("v2Pro", "v2ProPlus") else PERIODS


def narrowing_of(weights: Mapping[str, Tensor]) -> int:
    """By what the channels of given weights were divided; 1 for the published size."""
    first = weights["discriminators.1.convs.0.weight_v"]
    return PERIOD_CHANNELS[0] // int(first.shape[0])


def discriminator_weights(
    periods: Sequence[int] = PERIODS, narrowing: int = 1, *, seed: int = 0
) -> dict[str, Tensor]:
    """Fresh weights under their published names, as torch draws them: gains and directions of every layer."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh = Discriminators(periods, narrowing).state_dict()
    made = {}
    for name, tensor in fresh.items():
        if name.endswith(".weight"):
            made[f"{name}_g"] = tensor.flatten(1).norm(dim=1).view(-1, *[1] * (tensor.ndim - 1))
            made[f"{name}_v"] = tensor
        else:
            made[name] = tensor
    return made

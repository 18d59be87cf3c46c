"""What tells made sound from recorded: one discriminator of the waveform and some of its periods (HiFi-GAN, Kong et al.
2020, section 2.3; sizes of module/models.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.grad import conv2d_input

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
        return Judged(self.score(x), (*features, x))

    def score(self, x: Tensor) -> Tensor:
        """What the last layer made, `[B, N]`."""
        return x.flatten(1)


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


class PeriodConvolution(nn.Conv2d):
    """A convolution along time of every phase of a period: `[B, in, period, T]` → `[B, out, period, T / stride]`,
    channels last in memory. Kernels `[out, in, 1, k]`, see `laid_along`.

    Time runs along the width: in bfloat16 with AMX, kernels along the height over 2 to 11 phases take torch
    several times as long.
    """

    def __init__(self, before: int, after: int, kernel: int, stride: int = 1) -> None:
        super().__init__(before, after, (1, kernel), (1, stride), padding=(0, kernel // 2))

    def forward(self, x: Tensor) -> Tensor:
        if x.device.type == "cpu" and self.weight.requires_grad:
            convolved = _by_products
        else:
            convolved = _convolved
        made = convolved(x, self.weight, self.bias, self.stride[1])
        return made.contiguous(memory_format=torch.channels_last)


def _convolved(x: Tensor, kernel: Tensor, bias: Tensor | None, stride: int) -> Tensor:
    return F.conv2d(x, kernel, bias, (1, stride), (0, kernel.shape[3] // 2))


class _Convolved(torch.autograd.Function):
    """The same with the kernel's gradient as one product of matrices: on a CPU oneDNN's convolution for it takes 1.5 to
    2.3 times as long in float32, and four times in bfloat16."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: Tensor, bias: Tensor | None, stride: int) -> Tensor:
        ctx.save_for_backward(x, kernel)
        ctx.stride = stride
        return _convolved(x, kernel, bias, stride)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor, Tensor, None]:
        (g,) = gradients
        x, kernel = (tensor.to(g.dtype) for tensor in ctx.saved_tensors)  # as they were convolved
        taps, edges = kernel.shape[3], kernel.shape[3] // 2
        heard = F.pad(x.permute(0, 2, 3, 1), (0, 0, edges, edges)).unfold(2, taps, ctx.stride)
        rows = heard.permute(0, 1, 2, 4, 3).reshape(-1, taps * x.shape[1])  # what each output was made of
        of_kernel = g.permute(0, 2, 3, 1).reshape(len(rows), -1).t() @ rows
        of_kernel = of_kernel.view(len(kernel), taps, -1).transpose(1, 2)[:, :, None]
        before = None
        if ctx.needs_input_grad[0]:
            before = conv2d_input(x.shape, kernel, g, (1, ctx.stride), (0, edges))
        return before, of_kernel, g.sum((0, 2, 3)), None


_by_products: Callable[[Tensor, Tensor, Tensor | None, int], Tensor] = _Convolved.apply


class PeriodDiscriminator(_Discriminator):
    """Of samples a period apart, each phase of the period by itself."""

    def __init__(self, period: int, narrowing: int = 1) -> None:
        super().__init__()
        self.period = period
        channels = [max(1, count // narrowing) for count in PERIOD_CHANNELS]
        self.convs = nn.ModuleList(
            PeriodConvolution(before, after, PERIOD_KERNEL, stride)
            for before, after, stride in zip((1, *channels), channels, PERIOD_STRIDES, strict=False)
        )
        self.conv_post = PeriodConvolution(channels[-1], 1, 3)

    def heard(self, x: Tensor) -> Tensor:
        x = F.pad(x, (0, -x.shape[2] % self.period), mode="reflect")
        folded: Tensor = x.unflatten(2, (-1, self.period))
        return folded.transpose(2, 3)

    def score(self, x: Tensor) -> Tensor:
        return x.transpose(2, 3).flatten(1)


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


def laid_along(kernels: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The periods' kernels, `[out, in, k, 1]` as published, as their convolutions take them: `[out, in, 1, k]` with
    channels last in memory, once for all that a step asks of them."""
    return {
        name: tensor.transpose(2, 3).contiguous(memory_format=torch.channels_last)
        if tensor.ndim == 4
        else tensor
        for name, tensor in kernels.items()
    }


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
            tensor = tensor.transpose(2, 3) if tensor.ndim == 4 else tensor
            made[f"{name}_g"] = tensor.flatten(1).norm(dim=1).view(-1, *[1] * (tensor.ndim - 1))
            made[f"{name}_v"] = tensor
        else:
            made[name] = tensor
    return made

"""The discriminators' own way to the gradients of their kernels."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tts_core.gpt_sovits.training.discriminators import PeriodConvolution, PeriodDiscriminator, laid_along


def answer(
    convolution: PeriodConvolution, x: Tensor, slope: Tensor, leak: float = 0.1
) -> tuple[Tensor, list[Tensor]]:
    """What it makes, and the gradients of its input, kernel and bias."""
    x = x.clone().requires_grad_()
    made = convolution(x)
    F.leaky_relu(made, leak, inplace=True)
    return made.detach(), list(torch.autograd.grad((made * slope).sum(), [x, *convolution.parameters()]))


@pytest.mark.parametrize(("kernel", "stride"), [(5, 3), (5, 1), (3, 1)])
@pytest.mark.parametrize("length", [5, 19, 21])
def test_a_period_convolution_has_the_gradients_of_the_published_one(
    kernel: int, stride: int, length: int
) -> None:
    """To the last digit of float64; published kernels lie the other way."""
    torch.manual_seed(0)
    convolution = PeriodConvolution(4, 6, kernel, stride).double()
    x = torch.randn(3, 4, 2, length, dtype=torch.float64)
    slope = torch.randn(3, 6, 2, (length - 1) // stride + 1, dtype=torch.float64)
    weight = torch.randn(6, 4, kernel, 1, dtype=torch.float64, requires_grad=True)
    with torch.no_grad():
        convolution.weight.copy_(laid_along({"weight": weight})["weight"])
    made, (of_x, of_kernel, of_bias) = answer(convolution, x, slope)
    bias = convolution.bias
    assert bias is not None
    plain = x.clone().requires_grad_()
    wanted = F.conv2d(plain.transpose(2, 3), weight, bias, (stride, 1), (kernel // 2, 0)).transpose(2, 3)
    wanted = F.leaky_relu(wanted, 0.1)
    torch.testing.assert_close(made, wanted.detach())
    right = torch.autograd.grad((wanted * slope).sum(), [plain, weight, bias])
    for got, expected in zip((of_x, of_kernel.transpose(2, 3), of_bias), right, strict=True):
        torch.testing.assert_close(got, expected)
    convolution.requires_grad_(False)
    (frozen,) = torch.autograd.grad((F.leaky_relu(convolution(plain), 0.1) * slope).sum(), [plain])
    torch.testing.assert_close(frozen, of_x)


def test_in_bfloat16_they_differ_by_its_rounding() -> None:
    torch.manual_seed(0)
    convolution = PeriodConvolution(32, 48, 5, 3)
    x, slope = torch.randn(2, 32, 3, 40), torch.randn(2, 48, 3, 14)
    _, exact = answer(convolution, x, slope, leak=1.0)
    with torch.autocast("cpu", torch.bfloat16):
        made, rounded = answer(convolution, x, slope, leak=1.0)
    assert made.dtype == torch.bfloat16
    for got, right in zip(rounded, exact, strict=True):
        assert got.dtype == torch.float32
        assert float((got - right).norm()) < 0.01 * float(right.norm())


def test_scores_follow_each_other_in_time() -> None:
    """As the reference has them: all phases of one moment, then those of the next."""
    torch.manual_seed(0)
    period = 3
    judge = PeriodDiscriminator(period, narrowing=16)
    judge.conv_post.register_forward_hook(
        lambda _module, _given, made: torch.arange(made.numel(), dtype=torch.float32).view(made.shape)
    )
    score = judge(torch.randn(1, 1, 600)).score[0].tolist()
    moments = len(score) // period
    assert score[:period] == [0.0, moments, 2.0 * moments]

"""A layer computes the same with a filter as torch does without: whatever is added, written over or silent."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tts_core.gpt_sovits.loops import convolutions
from tts_core.gpt_sovits.loops.convolutions import Convolution, FlatConvolution, Upsampling, filters
from tts_core.gpt_sovits.model.generator import Generator, GeneratorDims

TOLERANCE = 2e-5


@pytest.fixture(autouse=True)
def nothing_to_learn() -> Iterator[None]:
    torch.manual_seed(0)
    with torch.no_grad():
        yield


def flat(*shape: int) -> Tensor:
    batch, channels, length = shape
    return torch.randn(batch, channels, 1, length).contiguous(memory_format=torch.channels_last)


def same(found: Tensor, wanted: Tensor, ends: list[int]) -> None:
    assert found.shape == wanted.shape
    for row, end in enumerate(ends):
        torch.testing.assert_close(
            found[row, ..., :end], wanted[row, ..., :end].float(), atol=TOLERANCE, rtol=TOLERANCE
        )


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("bias", [True, False])
def test_one_dimension(kernel: int, bias: bool) -> None:
    layer = Convolution(24, 40, kernel, padding=kernel // 2, bias=bias)
    x = torch.randn(2, 24, 77)
    assert filters(layer, x)
    same(layer(x), nn.Conv1d.forward(layer, x), [77, 77])


@pytest.mark.parametrize("out", [32, 1])
@pytest.mark.parametrize("ends", [[90, 90], [90, 41]])
def test_everything_at_once(out: int, ends: list[int]) -> None:
    layer = FlatConvolution(32, out, (1, 7), dilation=3, padding=(0, 9))
    x, shortcut, total = flat(2, 32, 90), flat(2, out, 90), flat(2, out, 90)
    exact = copy.deepcopy(layer).double()
    assert filters(layer, x) and not filters(exact, x.double())
    if out == 1:
        found = layer(x, ends, slope=0.1)
        wanted = exact(x.double(), ends, slope=0.1)
    else:
        kept = total.clone(memory_format=torch.preserve_format)
        found = layer(x, ends, slope=0.1, shortcut=shortcut, total=total, parts=3)
        wanted = exact(x.double(), ends, slope=0.1, shortcut=shortcut.double(), total=kept.double(), parts=3)
        assert found.data_ptr() == total.data_ptr()
    same(found, wanted, ends)


@pytest.mark.parametrize(("rate", "kernel"), [(10, 16), (10, 20), (8, 16), (2, 8), (2, 2)])
def test_up_sampling(rate: int, kernel: int) -> None:
    layer = Upsampling(32, 16, (1, kernel), (1, rate), padding=(0, (kernel - rate) // 2))
    x, ends = flat(2, 32, 33), [33, 12]
    wanted = copy.deepcopy(layer).double()(x.double(), ends, slope=0.1)
    same(layer(x, ends, slope=0.1), wanted, [end * rate for end in ends])


def test_new_weights_are_noticed() -> None:
    layer, x = FlatConvolution(16, 16, (1, 3), padding=(0, 1)), flat(1, 16, 20)
    first = layer(x).clone()
    layer.load_state_dict({name: 2 * tensor for name, tensor in layer.state_dict().items()})
    same(layer(x), 2 * first, [20])
    layer.weight = nn.Parameter(-layer.weight)
    layer.bias = nn.Parameter(-layer.bias)  # type: ignore[operator]
    same(layer(x), -2 * first, [20])


def test_where_torch_still_computes() -> None:
    layer = FlatConvolution(16, 16, (1, 3), padding=(0, 1))
    assert filters(layer, flat(1, 16, 9))
    assert not filters(layer, flat(1, 16, 9).bfloat16())
    assert not filters(copy.deepcopy(layer).bfloat16(), flat(1, 16, 9))
    assert not filters(layer, flat(1, 16, 9).to("meta"))
    assert not filters(FlatConvolution(6, 16, (1, 3)), flat(1, 6, 9))
    with torch.enable_grad():
        learning = FlatConvolution(16, 16, (1, 3), padding=(0, 1))
        assert not filters(learning, torch.randn(1, 16, 1, 9))
        loss = learning(torch.randn(1, 16, 1, 9)).square().sum()
        loss.backward()
        assert learning.weight.grad is not None


DIMS = GeneratorDims(24, 64, 8, (5, 4, 2), (11, 8, 2), (3, 7, 11), ((1, 3, 5),) * 3, False)


def plain(generator: Generator, z: Tensor, voice: Tensor) -> Tensor:
    """The published computation, in float64."""
    state = {name: tensor.double() for name, tensor in generator.state_dict().items()}

    def convolved(x: Tensor, name: str, dilation: int = 1) -> Tensor:
        weight = state[f"{name}.weight"][:, :, 0]
        reach = dilation * (weight.shape[2] - 1) // 2
        return F.conv1d(x, weight, state.get(f"{name}.bias"), padding=reach, dilation=dilation)

    x = convolved(z.double(), "conv_pre") + convolved(voice.double(), "cond")
    block = 0
    for stage, (rate, kernel) in enumerate(zip(DIMS.rates, DIMS.kernels, strict=True)):
        weight = state[f"ups.{stage}.weight"][:, :, 0]
        x = F.conv_transpose1d(
            F.leaky_relu(x, 0.1), weight, state[f"ups.{stage}.bias"], rate, (kernel - rate) // 2
        )
        total = torch.zeros_like(x)
        for dilations in DIMS.dilations:
            heard = x
            for pair, dilation in enumerate(dilations):
                name = f"resblocks.{block}"
                inner = convolved(F.leaky_relu(heard, 0.1), f"{name}.convs1.{pair}", dilation)
                heard = heard + convolved(F.leaky_relu(inner, 0.1), f"{name}.convs2.{pair}")
            total, block = total + heard, block + 1
        x = total / len(DIMS.dilations)
    return torch.tanh(convolved(F.leaky_relu(x, 0.01), "conv_post"))


def test_the_generator_computes_what_was_published_each_line_as_if_alone() -> None:
    generator = Generator(DIMS).requires_grad_(False)
    z, voice, ends = torch.randn(3, 24, 31), torch.randn(3, 8, 1), [31, 1, 18]
    together = generator(z, voice, ends)
    for row, end in enumerate(ends):
        wanted = plain(generator, z[row : row + 1, :, :end], voice[row : row + 1])
        samples = end * 40
        torch.testing.assert_close(
            together[row, :, :samples].double(), wanted[0], atol=TOLERANCE, rtol=TOLERANCE
        )
        alone = generator(z[row : row + 1, :, :end], voice[row : row + 1])
        torch.testing.assert_close(together[row, :, :samples], alone[0], atol=1e-6, rtol=0)


def test_a_generator_with_other_numbers_computes_the_same() -> None:
    """bfloat16 and double take torch's way through the same code."""
    generator = Generator(DIMS).requires_grad_(False)
    z, voice = torch.randn(2, 24, 20), torch.randn(2, 8, 1)
    exact = copy.deepcopy(generator).double()(z.double(), voice.double(), [20, 11])
    same(generator(z, voice, [20, 11]), exact, [800, 440])


def test_a_kernel_without_gradients_stays_out_of_learning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Triton's kernels are for half precision on a card, where a step that learns computes too."""
    monkeypatch.setattr(convolutions, "triton_works", lambda device: True)
    x = flat(1, 64, 20).bfloat16()
    with torch.enable_grad():
        for layer in (FlatConvolution(64, 64, (1, 3)), Upsampling(64, 64, (1, 4), (1, 2))):
            assert convolutions._kernels(layer, x) is None, "the weights learn"
            layer.requires_grad_(False)
            assert convolutions._kernels(layer, x) is not None
            assert convolutions._kernels(layer, x.requires_grad_()) is None, "what comes before learns"
            x = x.detach()


def test_a_generator_with_a_source_and_no_voice_computes_the_same_by_filters_and_by_torch() -> None:
    dims = replace(DIMS, voice=0, harmonics=3)
    generator = Generator(dims).requires_grad_(False)
    z, waves = torch.randn(2, 24, 20), torch.randn(2, 3, 20 * dims.hop)
    exact = copy.deepcopy(generator).double()(z.double(), waves=waves.double())
    same(generator(z, waves=waves), exact, [800, 800])
    assert not torch.equal(generator(z, waves=waves), generator(z, waves=0 * waves))


def test_a_generator_that_learns_keeps_what_its_layers_take_and_nothing_between() -> None:
    """A convolution's way back needs what it was given, and leaky ReLU's the same tensor: not its own input, too."""
    generator, kept = Generator(DIMS), dict[int, Tensor]()
    parameters = {tensor.data_ptr() for tensor in generator.parameters()}

    def keep(tensor: Tensor) -> Tensor:
        if tensor.data_ptr() not in parameters:
            kept[tensor.data_ptr()] = tensor
        return tensor

    z, voice = torch.randn(1, 24, 40), torch.randn(1, 8, 1)
    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        generator(z, voice)
    numbers, channels, length = 0, DIMS.channels, 40
    for rate in DIMS.rates:
        taken = channels * length
        channels, length = channels // 2, length * rate
        numbers += (
            taken + len(DIMS.block_kernels) * 6 * channels * length
        )  # up-sampling; six convolutions a block
    edges = (24 + 8 + DIMS.channels) * 40 + (channels + 2) * length  # first, voice, last and tanh
    assert sum(tensor.numel() for tensor in kept.values()) <= numbers + edges

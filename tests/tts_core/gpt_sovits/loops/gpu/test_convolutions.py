"""The GPU's convolution: torch's, in one launch; run in Triton's interpreter where there is no GPU, and compiled for
real cards."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tests.tts_core.gpt_sovits.without_a_card import compiled
from tts_core.gpt_sovits.loops import convolutions
from tts_core.gpt_sovits.loops.cpu.winograd import transposed_kernel
from tts_core.gpt_sovits.model.generator import Generator, GeneratorDims

pytest.importorskip("triton", reason="this torch comes without Triton")
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
DTYPE = torch.bfloat16 if DEVICE == "cuda" else torch.float32  # the interpreter multiplies what numpy knows
CLOSE = {torch.bfloat16: 2e-2, torch.float32: 1e-5}[DTYPE]


@pytest.fixture(scope="module")
def kernels(interpreter: None) -> ModuleType:
    return importlib.import_module("tts_core.gpt_sovits.loops.gpu.convolutions")


def lines(batch: int, length: int, channels: int, seed: int = 0) -> Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(batch, length, channels, generator=source).to(DEVICE, DTYPE)


def alone(x: Tensor, end: int, slope: float) -> Tensor:
    """A line without its padding: leaky ReLU, `[1, C, end]` float64."""
    return F.leaky_relu(x[:end].double(), slope).T[None]


@pytest.mark.parametrize(
    ("taps", "dilation", "inside", "outside"),
    [(3, 1, 16, 16), (11, 5, 24, 24), (7, 3, 192, 64), (1, 1, 96, 160), (3, 3, 64, 384)],
)
def test_every_line_is_convolved_as_if_it_were_alone(
    kernels: ModuleType, taps: int, dilation: int, inside: int, outside: int
) -> None:
    x = lines(3, 150, inside)
    ends = [150, 129, 1]
    weight = lines(outside, inside, taps, 1) / (inside * taps) ** 0.5
    bias, shortcut, total = (
        lines(1, 1, outside, 2)[0, 0],
        lines(3, 150, outside, 3),
        lines(3, 150, outside, 4),
    )
    lead = dilation * (taps - 1) // 2
    for extra in ({}, {"shortcut": shortcut}, {"shortcut": shortcut, "total": total, "parts": 3}):
        got = kernels.convolve(
            x,
            weight.permute(2, 1, 0).contiguous(),
            bias,
            ends,
            lead=lead,
            dilation=dilation,
            slope=0.1,
            **extra,
        )
        assert got.shape == (3, 150, outside) and got.dtype == DTYPE
        for row, end in enumerate(ends):
            want = F.conv1d(
                alone(x[row], end, 0.1), weight.double(), bias.double(), padding=lead, dilation=dilation
            )[0].T
            if "shortcut" in extra:
                want = want + shortcut[row, :end].double()
            if "total" in extra:
                want = (want + total[row, :end].double()) / 3
            torch.testing.assert_close(got[row, :end].double(), want, atol=CLOSE, rtol=CLOSE)


@pytest.mark.parametrize(("taps", "rate"), [(16, 10), (20, 10), (16, 8), (8, 2), (2, 2)])
def test_every_line_is_stretched_as_if_it_were_alone(kernels: ModuleType, taps: int, rate: int) -> None:
    x, ends = lines(2, 40, 32), [40, 23]
    weight = (
        lines(32, 16, taps, 1) / (32 * taps / rate) ** 0.5
    )  # [in, out, taps], as a transposed convolution has it
    bias, padding = lines(1, 1, 16, 2)[0, 0], (taps - rate) // 2
    kernel = transposed_kernel(weight.float().cpu().permute(2, 0, 1).numpy(), rate)
    got = kernels.convolve(
        x,
        torch.from_numpy(kernel.copy()).to(x),
        bias.repeat(rate),
        ends,
        lead=-(-taps // rate) - 1,
        rate=rate,
        before=padding,
        slope=0.1,
    )
    assert got.shape == (2, 40 * rate, 16)
    for row, end in enumerate(ends):
        want = F.conv_transpose1d(
            alone(x[row], end, 0.1), weight.double(), bias.double(), stride=rate, padding=padding
        )[0].T
        torch.testing.assert_close(got[row, : end * rate].double(), want, atol=CLOSE, rtol=CLOSE)


@pytest.mark.skipif(DEVICE == "cuda", reason="on a GPU the whole engine is tested")
def test_a_whole_generator_sounds_the_same(kernels: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The layers hand over the right things: kernels, leads, phases, ends. Narrow layers stay with torch."""
    dims = GeneratorDims(
        16, 64, 32, (10, 8, 2, 2, 2), (20, 16, 8, 2, 2), (3, 7), ((1, 3, 5), (1, 3, 5)), False
    )
    torch.manual_seed(0)
    generator = Generator(dims).requires_grad_(False).eval()
    generator.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    z, voice, ends = torch.randn(2, 16, 4), torch.randn(2, 32, 1), [4, 3]
    with torch.inference_mode():
        expected = generator(z, voice, ends)
        taken = []

        def instead(layer: Any, x: Tensor) -> Any:
            fits = min(layer.in_channels, layer.out_channels) >= convolutions.LEAST_ON_GPU
            taken.append(fits)
            return kernels if fits else None

        monkeypatch.setattr(convolutions, "_kernels", instead)
        other = Generator(dims)
        other.load_state_dict(generator.state_dict())
        got = other(z, voice, ends)
    assert any(taken) and not all(taken)
    for row, end in enumerate(ends):
        torch.testing.assert_close(
            got[row, :, : 640 * end], expected[row, :, : 640 * end], atol=1e-5, rtol=1e-4
        )


COMPILE = """
import sys
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from tts_core.gpt_sovits.loops.gpu import convolutions as gpu_convolutions

for job in sys.argv[1:]:
    capability, element = int(job.split()[0]), job.split()[1]
    function = gpu_convolutions._convolve
    types = [element] * 3 + ["*i32"] + [element] * 3 + ["i32"] * 8 + ["fp32"] * 2
    even = {(at,): [["tt.divisibility", 16]] for at, kind in enumerate(types) if kind[0] == "*"}
    for channels, across, warps in ((16, 16, 4), (64, 64, 4), (256, 128, 8), (384, 128, 8)):
        constants = dict(
            channels=channels, columns=channels, each=channels, depth=min(64, channels), times=128, across=across
        )
        signature = dict(zip(function.arg_names, [*types, *["constexpr"] * len(constants)], strict=True))
        source = ASTSource(fn=function, signature=signature, constexprs=constants, attrs=even)
        options = {"num_warps": warps, "num_stages": 3}
        made = triton.compile(source, target=GPUTarget("cuda", capability, 32), options=options)
        ptx = made.asm["ptx"]
        products = ptx.count("wgmma.mma_async") + ptx.count("mma.sync")
        print(job, channels, len(made.asm["cubin"]), made.metadata.shared, products, ptx.count("st.global.v4"))
"""


CARDS = [(80, "*bf16"), (90, "*bf16"), (90, "*fp16")]


@pytest.fixture(scope="module")
def code() -> list[list[str]]:
    """For every card, by one process: most of what one costs is to begin."""
    return compiled(COMPILE, *(f"{capability} {element}" for capability, element in CARDS))


@pytest.mark.parametrize(("capability", "element"), CARDS)
def test_it_compiles_for_a_card_and_uses_its_tensor_cores(
    capability: int, element: str, code: list[list[str]]
) -> None:
    made = [[int(word) for word in words[2:]] for words in code if words[:2] == [str(capability), element]]
    assert [channels for channels, *_ in made] == [16, 64, 256, 384]
    assert all(code > 0 and products > 0 for _, code, _, products, _ in made)
    assert all(shared <= 163 * 1024 for _, _, shared, _, _ in made)  # what an A100's block may have
    assert all(stores > 0 for *_, stores in made)  # results leave sixteen bytes at a time

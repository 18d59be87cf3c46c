"""What a GPU would run, without one: torch's fake tensors have a device and a shape but no numbers.

An operation on tensors of two devices, or one whose shape depends on numbers, fails here as it would fail, or wait
for the device, there.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from tests.tts_core.gpt_sovits import tiny
from tts_core.gpt_sovits.files.checkpoints import Kind
from tts_core.gpt_sovits.loops import convolutions
from tts_core.gpt_sovits.loops.gpu.triton import triton_works
from tts_core.gpt_sovits.loops.linear import Precision
from tts_core.gpt_sovits.model import text2semantic
from tts_core.gpt_sovits.model.decode import SemanticDecoder, TokenRequest
from tts_core.gpt_sovits.model.sovits import Sovits, SpeechRequest
from tts_core.gpt_sovits.model.text2semantic import T2SDims, Text2Semantic
from tts_core.gpt_sovits.model.tokens import Sampling

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="on a GPU the real thing is tested")


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Modules made under `torch.device("cuda")` have fake parameters there; moving them is torch's own affair."""
    monkeypatch.setattr(nn.Module, "to", lambda self, *_, **__: self)
    monkeypatch.setattr(text2semantic, "triton_works", lambda _: False)  # its kernels need a card
    with FakeTensorMode(), torch.inference_mode():
        yield


class OnTheGpu(TorchDispatchMode):
    """Refuses every operation that touches a tensor of the host: a recorded step may not."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves((args, kwargs, out)):
            if isinstance(leaf, torch.Tensor):
                assert leaf.device.type == "cuda", f"{func} touches the host"
        return out


def transformer(precision: Precision) -> Text2Semantic:
    before = torch.get_default_dtype()
    torch.set_default_dtype(
        {"bfloat16": torch.bfloat16, "float16": torch.float16}.get(precision, torch.float32)
    )
    try:
        with torch.device("cuda"):
            model = Text2Semantic(T2SDims(64, 4, 2, 732))
    finally:
        torch.set_default_dtype(before)
    model.prepare(precision)
    return model


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("sampling", [Sampling(), Sampling(top_p=0.8), Sampling(top_k=1)])
def test_tokens_are_drawn_on_one_device(pretended: None, precision: Precision, sampling: Sampling) -> None:
    decoder = SemanticDecoder(transformer(precision), sampling, rows=4, length=256)
    arena, state = decoder._prepare()
    assert {tensor.device.type for tensor in [arena.keys, arena.values, *state.tensors]} == {"cuda"}
    assert arena.keys.dtype == getattr(torch, precision)
    phones, prompt = torch.randint(0, 100, (10,)), torch.randint(0, 100, (7,))
    lines = [
        TokenRequest(phones, prompt, torch.zeros(1024, 10)),
        TokenRequest(phones[:3], prompt[:0]),
        TokenRequest(phones, prompt),
    ]
    decoder._prefill([2, 0, 1], lines, arena, state)
    with OnTheGpu():  # type: ignore[no-untyped-call]
        decoder._advance(4, 64, arena, state)
    arena.move(2, 0, 17)
    state.move(2, 0)


def test_triton_is_taken_on_a_gpu_that_has_it(pretended: None, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("triton")
    for works in (True, False):
        monkeypatch.setattr(text2semantic, "triton_works", lambda _, works=works: works)
        with torch.device("cuda"):
            model = Text2Semantic(T2SDims(64, 4, 2, 732))
        kernels = model.prepare().kernels
        assert kernels.__name__.endswith("gpu.kernels") if works else kernels is None


def test_a_triton_that_cannot_compile_is_said_once_and_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("triton")
    from tts_core.gpt_sovits.loops.gpu import kernels as gpu_kernels

    def no_compiler(device: torch.device) -> None:
        raise RuntimeError("Failed to find C compiler")

    monkeypatch.setattr(gpu_kernels, "probe", no_compiler)
    triton_works.cache_clear()
    try:
        with pytest.warns(UserWarning, match="Failed to find C compiler.*apt-get install gcc"):
            assert not triton_works(torch.device("cuda"))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert not triton_works(torch.device("cuda"))
            assert not triton_works(torch.device("cpu"))
    finally:
        triton_works.cache_clear()


@pytest.mark.parametrize("kind", ["v2", "v2Pro"])
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_sound_is_made_on_one_device_and_brought_home(
    monkeypatch: pytest.MonkeyPatch, kind: Kind, precision: torch.dtype
) -> None:
    monkeypatch.setattr(nn.Module, "to", lambda self, *_, **__: self)
    monkeypatch.setattr(convolutions, "_kernels", lambda *_: None)  # Triton's need a card
    with FakeTensorMode(), torch.inference_mode():
        with torch.device("cuda"):
            model = Sovits(tiny.sovits_dims(speaker=kind == "v2Pro"), kind).eval()
        voice = model.voice([torch.rand(1, 1025, 250)], [torch.randn(1, 20480)])
        assert voice.decoder.device.type == voice.text.device.type == "cuda"
        for part in (model.enc_p, model.flow, model.dec):
            for parameter in part.parameters():
                parameter.data = parameter.data.to(precision)
        lines = [
            SpeechRequest(
                torch.randint(0, 1024, (count,)), torch.randint(0, 700, (count,)), voice, speed=speed
            )
            for count, speed in [(20, 1.0), (33, 1.0), (7, 1.25)]
        ]
        sounds = model.decode(lines)
        assert [sound.device.type for sound in sounds] == ["cpu"] * 3
        assert [len(sound) // 1280 for sound in sounds[:2]] == [20, 33]
        assert model.semantic_tokens(torch.randn(1, 768, 100)).shape == (50,)

"""Tiny random models in the published file formats, so that tests need no download."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tts_core.gpt_sovits.model.generator import GeneratorDims
from tts_core.gpt_sovits.model.prior import PriorDims
from tts_core.gpt_sovits.model.sovits import Sovits, SovitsDims
from tts_core.gpt_sovits.model.text2semantic import T2SDims, Text2Semantic

WEIGHT_NORMED = ("dec.ups.", "dec.resblocks.", "flow.flows.")


def gpt_weights(
    width: int = 32, layers: int = 2, seed: int = 0, *, end_bias: float = 0.0
) -> dict[str, Tensor]:
    """`end_bias` makes the end token likelier (above 0) or rarer."""
    model = Text2Semantic(T2SDims(width, 4, layers, 732))
    weights = _random(model.state_dict(), seed)
    weights["ar_predict_layer.weight"] *= 3
    if end_bias:  # the last norm's bias points one way in every position, and the end token's row along it
        last = f"h.layers.{layers - 1}.norm2.bias"
        weights[last] = torch.ones(width)
        weights["ar_predict_layer.weight"][1024] = end_bias / width
    return weights


def gpt_config(layers: int = 2) -> dict[str, Any]:
    return {"model": {"head": 4, "n_layer": layers, "vocab_size": 1025, "EOS": 1024}, "data": {"max_sec": 54}}


def sovits_dims(*, speaker: bool = False, symbols: int = 732) -> SovitsDims:
    prior = PriorDims(symbols, 16, 24, 32, 2, 1, 1, 1, 3, 4)
    generator = GeneratorDims(
        16,
        64,
        32 if speaker else 512,
        (10, 8, 2, 2, 2),
        (16, 16, 8, 2, 2),
        (3, 7, 11),
        ((1, 3, 5),) * 3,
        False,
    )
    bins = 1025 if symbols == 322 else 704
    return SovitsDims(prior, generator, 4, 2, 5, 16, bins, 5, 1024, speaker)


def sovits_weights(*, speaker: bool = False, symbols: int = 732, seed: int = 1) -> dict[str, Tensor]:
    model = Sovits(sovits_dims(speaker=speaker, symbols=symbols), "v2")
    weights: dict[str, Tensor] = {}
    published = {
        name: tensor[:, :, 0] if tensor.ndim == 4 else tensor for name, tensor in model.state_dict().items()
    }
    for name, tensor in _random(published, seed).items():
        normed = (
            name.startswith(WEIGHT_NORMED)
            and name.endswith(".weight")
            and ".pre." not in name
            and ".post." not in name
        )
        if normed:
            base = name.removesuffix(".weight")
            weights[base + ".weight_v"] = tensor
            weights[base + ".weight_g"] = tensor.flatten(1).norm(dim=1).view(-1, *[1] * (tensor.ndim - 1))
        else:
            weights[name] = tensor
    return weights


def sovits_config(version: str = "v2") -> dict[str, Any]:
    model = {
        "version": version,
        "upsample_rates": [10, 8, 2, 2, 2],
        "resblock_dilation_sizes": [[1, 3, 5]] * 3,
    }
    return {"model": model, "data": {"sampling_rate": 32000}}


def save_gpt(path: Path, weights: dict[str, Tensor] | None = None, *, half: bool = True) -> Path:
    weights = weights if weights is not None else gpt_weights()
    tensors = {f"model.{name}": tensor.half() if half else tensor for name, tensor in weights.items()}
    torch.save({"weight": tensors, "config": gpt_config(), "info": "GPT-e1"}, path)
    return path


def save_sovits(
    path: Path,
    weights: dict[str, Tensor] | None = None,
    *,
    version: str = "v2",
    half: bool = True,
    header: bytes = b"PK",
) -> Path:
    weights = weights if weights is not None else sovits_weights()
    tensors = {name: tensor.half() if half else tensor for name, tensor in weights.items()}
    torch.save({"weight": tensors, "config": sovits_config(version), "info": "8e_200s"}, path)
    data = path.read_bytes()
    path.write_bytes(header + data[2:])
    return path


def _random(state: dict[str, Tensor], seed: int) -> dict[str, Tensor]:
    source = torch.Generator().manual_seed(seed)
    weights = {}
    for name, tensor in state.items():
        fan = max(1, tensor[0].numel()) if tensor.ndim > 1 else 100
        weights[name] = torch.randn(tensor.shape, generator=source) / fan**0.5
        if name.endswith(("norm1.weight", "norm2.weight", "gamma", "alpha")):
            weights[name] = weights[name] + 1.0
        if "word_embeddings" in name or "embed" in name.split(".")[-1]:
            weights[name] = torch.randn(tensor.shape, generator=source)
    return weights

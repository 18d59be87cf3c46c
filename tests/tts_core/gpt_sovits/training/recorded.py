"""Reading the recorded training steps (`parity_train/`, see its README)."""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

FOLDER = "parity_train"


@dataclass(frozen=True)
class Recorded:
    name: str
    notes: dict[str, Any]
    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]


def names(pattern: str, *usual: str) -> tuple[str, ...]:
    """Recordings whose name fits `pattern`, whatever lies there; without the folder the usual ones, whose tests then
    skip."""
    base = Path(os.environ.get("DUOYIN_SHARED", Path(__file__).resolve().parents[4].parent / "shared"))
    return tuple(sorted(path.stem for path in (base / FOLDER).glob(f"{pattern}.json"))) or usual


def recorded(shared: Path, name: str) -> Recorded:
    folder = shared / FOLDER
    if not (folder / f"{name}.json").is_file():
        pytest.skip(f"recorded training step {name} not found in the shared data")

    def tensors(which: str) -> dict[str, Tensor]:
        path = folder / f"{name}.{which}.safetensors"
        return dict(load_file(path)) if path.is_file() else {}

    notes = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return Recorded(name, notes, tensors("inputs"), tensors("outputs"))


def sampled(name: str, tensor: Tensor) -> Tensor:
    """What is recorded of a tensor: all of a small one, 128 places of a larger one."""
    flat = tensor.detach().flatten()
    if flat.numel() <= 512:
        return flat
    places = np.random.RandomState(zlib.crc32(f"idx:{name}".encode())).randint(0, flat.numel(), 128)
    return flat[torch.from_numpy(places)]


def stats(name: str, tensor: Tensor) -> list[float]:
    """Norm, sum, greatest magnitude and probe (a random projection) of a tensor."""
    flat = tensor.detach().flatten().double().numpy()
    probe = np.random.RandomState(zlib.crc32(f"probe:{name}".encode())).standard_normal(flat.size)
    return [
        float(np.linalg.norm(flat)),
        float(flat.sum()),
        float(np.abs(flat).max(initial=0.0)),
        float(flat @ probe),
    ]


def kept(recording: Recorded, case: str, place: str, shape: tuple[int, ...]) -> Tensor:
    """The recorded dropout mask of `place` as floats of `shape`."""
    bits = np.unpackbits(recording.inputs[f"{case}.keep.{place}"].numpy())
    return torch.from_numpy(bits[: int(np.prod(shape))].reshape(shape).astype(np.float32))


def near(actual: Tensor, expected: Tensor, *, relative: float = 0.0, absolute: float = 0.0) -> None:
    torch.testing.assert_close(
        actual.detach().float(), expected.float().reshape(actual.shape), rtol=relative, atol=absolute
    )

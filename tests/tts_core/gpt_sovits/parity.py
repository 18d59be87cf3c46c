"""Reading the parity fixtures: recorded inputs and outputs, and weights rebuilt from their recipe (see their
README)."""

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

from tts_core.gpt_sovits.files.checkpoints import Checkpoint, kind_of


@dataclass(frozen=True)
class Fixture:
    name: str
    notes: dict[str, Any]
    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]
    folder: Path

    def weights(self) -> dict[str, Tensor]:
        file = self.folder / f"{self.name}.weights.safetensors"
        if file.is_file():
            return {name.removeprefix("model."): tensor for name, tensor in load_file(file).items()}
        return recipe_weights(self.notes["weights_recipe"])

    def checkpoint(self) -> Checkpoint:
        weights = self.weights()
        config = self.notes["config"]
        return Checkpoint(kind_of(weights, config), weights, config, "", "0" * 64, self.name)


def names(pattern: str, *usual: str) -> tuple[str, ...]:
    """Fixtures in the shared folder whose name fits `pattern`; without the folder the usual ones, whose tests then
    skip."""
    folder = (
        Path(os.environ.get("DUOYIN_SHARED", Path(__file__).resolve().parents[3].parent / "shared"))
        / "parity"
    )
    return tuple(sorted(path.stem for path in folder.glob(f"{pattern}.json"))) or usual


def fixture(shared: Path, name: str) -> Fixture:
    folder = shared / "parity"
    if not (folder / f"{name}.json").is_file():
        pytest.skip(f"parity fixture {name} not found in the shared data")
    return Fixture(
        name,
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8")),
        load_file(folder / f"{name}.inputs.safetensors"),
        load_file(folder / f"{name}.outputs.safetensors"),
        folder,
    )


def recipe_weights(recipe: dict[str, Any]) -> dict[str, Tensor]:
    seed = recipe["seed"]
    weights: dict[str, Tensor] = {}
    for entry in recipe["tensors"]:
        name, shape = entry["name"], tuple(entry["shape"])
        if entry["dtype"] == "int64":
            weights[name] = torch.zeros(shape, dtype=torch.int64)
            continue
        numbers = np.random.RandomState(zlib.crc32(f"{seed}:{name}".encode())).standard_normal(
            int(np.prod(shape))
        )
        weights[name] = torch.from_numpy(
            (numbers * entry["std"] + entry["mean"]).astype(np.float32).reshape(shape)
        )
    return weights


def close(actual: Tensor, expected: Tensor, *, relative: float, absolute: float) -> None:
    torch.testing.assert_close(actual.float(), expected.float(), rtol=relative, atol=absolute)

"""Learned weights of the named features; one file a language."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt


def weights_for(features: Sequence[str], table: Mapping[str, float]) -> npt.NDArray[np.float64]:
    """`[len(features)]` weights of `features` by name; one that the table does not know weighs nothing."""
    return np.array([table.get(name, 0.0) for name in features])


@cache
def load_weights(package: str) -> dict[str, float]:
    """The learned weights that lie in a language's package: feature name -> weight. The recipe is
    `tools/train_casting.py`."""
    return dict(json.loads(files(package).joinpath("weights.json").read_text("utf-8"))["weights"])

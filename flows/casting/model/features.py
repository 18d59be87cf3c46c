"""Named features of the log-linear model and their weights."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt


class Features:
    """Feature names in order of first use; calling it with a name gives the name's index."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._index: dict[str, int] = {}

    def __call__(self, name: str) -> int:
        if name not in self._index:
            self._index[name] = len(self.names)
            self.names.append(name)
        return self._index[name]

    def __len__(self) -> int:
        return len(self.names)


def weights_for(features: Features, lang: str) -> npt.NDArray[np.float64]:
    """`[len(features)]` learned weights of a language; a feature the file does not know weighs nothing.

    The recipe is `tools/train_casting.py`.
    """
    table = _weights(lang)
    return np.array([table.get(name, 0.0) for name in features.names])


@cache
def _weights(lang: str) -> dict[str, float]:
    path = files("flows.casting").joinpath(f"data/weights_{lang}.json")
    return dict(json.loads(path.read_text("utf-8"))["weights"]) if path.is_file() else {}

"""The context model for characters with several readings: g2pM's bidirectional LSTM, run with numpy.

Weights: g2pM 0.1.2.5 (Park and Lee, "A Neural Grapheme-to-Phoneme Conversion Package for Mandarin Chinese Based on a
New Open Benchmark Dataset", Interspeech 2020; Apache-2.0), read from the installed package without running any of its code.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"): ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"): ("numpy", "ndarray"),
    ("numpy", "dtype"): ("numpy", "dtype"),
}
_UNKNOWN, _BEGIN, _END = "<UNK>", "시", "끝"
"""g2pM's tokens for unknown characters and for both ends of a sentence."""
_NO_READING = "xx5"
"""What CC-CEDICT, and so the model, has where it knows none (丷, 亽)."""
_LONGEST = 200
"""Characters the model sees at once; longer text is read in overlapping windows."""
_OVERLAP = 40


class _Unpickler(pickle.Unpickler):
    """Reads arrays, dicts, strings and numbers; refuses everything that could run code."""

    def find_class(self, module: str, name: str) -> Any:
        target = _ALLOWED.get((module, name))
        if target is None:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a weights file")
        return super().find_class(*target)


@dataclass(frozen=True, slots=True)
class PolyphoneModel:
    """Embedding `[V, 64]`, one bi-LSTM layer of 32 a direction, a hidden layer of 32, logits over 876 readings."""

    characters: dict[str, int]
    classes: tuple[str, ...]
    weights: dict[str, Floats]

    def logits(self, text: str) -> Floats:
        """`[len(text), classes]` float32: how much each reading fits at each character."""
        if len(text) <= _LONGEST:
            return self._window(text)
        rows: list[Floats] = []
        step = _LONGEST - 2 * _OVERLAP
        for at in range(0, len(text), step):
            low = max(0, at - _OVERLAP)
            part = self._window(text[low : at + step + _OVERLAP])
            rows.append(part[at - low : at - low + min(step, len(text) - at)])
        return np.concatenate(rows)

    def _window(self, text: str) -> Floats:
        unknown = self.characters[_UNKNOWN]
        ids = [
            self.characters[_BEGIN],
            *(self.characters.get(c, unknown) for c in text),
            self.characters[_END],
        ]
        w = self.weights
        embedded = w["embedding.weight"][np.array(ids)]
        forward = self._direction(embedded, "")
        backward = self._direction(embedded[::-1], "_reverse")[::-1]
        hidden = np.concatenate([forward, backward], axis=1)[1:-1]
        hidden = np.maximum(hidden @ w["logit_layer.0.weight"].T + w["logit_layer.0.bias"], 0)
        return np.asarray(hidden @ w["logit_layer.2.weight"].T + w["logit_layer.2.bias"], dtype=np.float32)

    def _direction(self, embedded: Floats, suffix: str) -> Floats:
        w = self.weights
        inputs = embedded @ w[f"lstm.weight_ih_l0{suffix}"].T + (
            w[f"lstm.bias_ih_l0{suffix}"] + w[f"lstm.bias_hh_l0{suffix}"]
        )
        recurrent = w[f"lstm.weight_hh_l0{suffix}"].T
        size = recurrent.shape[0]
        h = np.zeros(size, dtype=np.float32)
        c = np.zeros(size, dtype=np.float32)
        out = np.empty((len(inputs), size), dtype=np.float32)
        for t, row in enumerate(inputs):  # gates in PyTorch's order: input, forget, cell, output
            gates = row + h @ recurrent
            squashed = 1.0 / (1.0 + np.exp(-gates))
            c = squashed[size : 2 * size] * c + squashed[:size] * np.tanh(gates[2 * size : 3 * size])
            h = squashed[3 * size :] * np.tanh(c)
            out[t] = h
        return out

    def best(self, row: Floats, candidates: Sequence[str]) -> tuple[str, float]:
        """The likeliest of `candidates` for one row of `logits`, with its probability among them; ('', 0) where it knows none."""
        known = [(index, name) for name in candidates if (index := _class_index().get(name)) is not None]
        if not known:
            return "", 0.0
        scores = np.array([row[index] for index, _ in known], dtype=np.float64)
        odds = np.exp(scores - scores.max())
        winner = int(odds.argmax())
        return known[winner][1], float(odds[winner] / odds.sum())


@cache
def polyphone_model() -> PolyphoneModel | None:
    """The model, loaded once; None where the package g2pM is not installed."""
    found = find_spec("g2pM")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0])

    def read(name: str) -> Any:
        return _Unpickler(io.BytesIO((folder / name).read_bytes()), encoding="latin1").load()

    classes = read("class2idx.pkl")
    ordered = tuple(_spelled(name) for name in sorted(classes, key=classes.__getitem__))
    return PolyphoneModel(read("char2idx.pkl"), ordered, read("np_ckpt.pkl"))


@cache
def _candidates() -> dict[str, tuple[str, ...]]:
    found = find_spec("g2pM")
    if found is None or not found.submodule_search_locations:
        return {}
    listed = _Unpickler(
        io.BytesIO((Path(found.submodule_search_locations[0]) / "digest_cedict.pkl").read_bytes())
    ).load()
    known = {
        character: tuple(dict.fromkeys(_spelled(name) for name in names if name != _NO_READING))
        for character, names in listed.items()
    }
    return {character: names for character, names in known.items() if len(names) > 1}


def candidates_of(character: str) -> tuple[str, ...]:
    """The readings the model chooses from; () where it was not taught the character."""
    return _candidates().get(character, ())


@cache
def _class_index() -> dict[str, int]:
    model = polyphone_model()
    return {name: index for index, name in enumerate(model.classes)} if model else {}


def _spelled(name: str) -> str:
    return name.replace("u:", "v")

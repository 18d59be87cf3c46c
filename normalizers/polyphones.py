"""The context model for characters with several readings: g2pM's bidirectional LSTM, run with numpy.

Weights: g2pM 0.1.2.5 (Park and Lee, "A Neural Grapheme-to-Phoneme Conversion Package for Mandarin Chinese Based on a
New Open Benchmark Dataset", Interspeech 2020; Apache-2.0), read from the installed package without running
any of its code.
"""

from __future__ import annotations

import io
import math
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
    """Embedding of 64, one bi-LSTM layer of S = 32 a direction, a hidden layer of 32, logits over 876 readings.

    What depends on one character alone is made when the weights are read; both directions take a step together. Gates
    stand in the order input, forget, output, cell. The weights of the first three are halved, for which a sigmoid is
    half of 1 + tanh, so that one tanh serves all four.

    Args:
        characters: character → row of `inputs`. readings: pinyin → row of `scores`.
        inputs: `[V, 2, 1, 4 S]` what each character brings to the gates, forward and backward.
        recurrent: `[2, S, 4 S]` what the state brings to them.
        hidden, hidden_bias: `[2 S, 32]`, `[32]`. scores, scores_bias: `[876, 32]`, `[876]`.
    """

    characters: dict[str, int]
    readings: dict[str, int]
    inputs: Floats
    recurrent: Floats
    hidden: Floats
    hidden_bias: Floats
    scores: Floats
    scores_bias: Floats

    @classmethod
    def of(
        cls, characters: dict[str, int], readings: dict[str, int], weights: dict[str, Floats]
    ) -> PolyphoneModel:
        """The model of g2pM's weights, which have PyTorch's names and its order of gates: input, forget,
        cell, output."""
        size = weights["lstm.weight_hh_l0"].shape[1]
        order = np.r_[0 : 2 * size, 3 * size : 4 * size, 2 * size : 3 * size]
        halves = np.where(np.arange(4 * size) < 3 * size, 0.5, 1.0).astype(np.float32)
        inputs, recurrent = [], []
        for suffix in ("", "_reverse"):
            bias = weights[f"lstm.bias_ih_l0{suffix}"] + weights[f"lstm.bias_hh_l0{suffix}"]
            gates = weights["embedding.weight"] @ weights[f"lstm.weight_ih_l0{suffix}"].T + bias
            inputs.append(gates[:, order] * halves)
            recurrent.append(weights[f"lstm.weight_hh_l0{suffix}"].T[:, order] * halves)
        return cls(
            characters,
            readings,
            np.ascontiguousarray(np.stack(inputs, axis=1)[:, :, None, :]),
            np.ascontiguousarray(np.stack(recurrent)),
            np.ascontiguousarray(weights["logit_layer.0.weight"].T),
            weights["logit_layer.0.bias"],
            weights["logit_layer.2.weight"],
            weights["logit_layer.2.bias"],
        )

    def states(self, text: str, places: Sequence[int]) -> Floats:
        """`[len(places), 32]` float32: what the model makes of the characters at `places` of `text`."""
        if len(text) <= _LONGEST:
            rows = self._window(text)
        else:
            parts: list[Floats] = []
            step = _LONGEST - 2 * _OVERLAP
            for at in range(0, len(text), step):
                low = max(0, at - _OVERLAP)
                part = self._window(text[low : at + step + _OVERLAP])
                parts.append(part[at - low : at - low + min(step, len(text) - at)])
            rows = np.concatenate(parts)
        hidden: Floats = np.maximum(rows[list(places)] @ self.hidden + self.hidden_bias, 0)
        return hidden

    def _window(self, text: str) -> Floats:
        """`[len(text), 2 S]`: the states of both directions at each character."""
        unknown = self.characters[_UNKNOWN]
        known = self.characters.get
        ids = [self.characters[_BEGIN], *(known(c, unknown) for c in text), self.characters[_END]]
        inputs = np.stack([self.inputs[ids, 0], self.inputs[ids[::-1], 1]], axis=1)
        size = self.recurrent.shape[1]
        out = np.empty((len(ids), 2, 1, size), dtype=np.float32)
        gates = np.empty((2, 1, 4 * size), dtype=np.float32)
        opened, fresh = gates[..., : 3 * size], gates[..., 3 * size :]
        let_in, kept, shown = (gates[..., i * size : (i + 1) * size] for i in range(3))
        cell = np.zeros((2, 1, size), dtype=np.float32)
        state = cell.copy()
        half = np.float32(0.5)
        for row, after in zip(inputs, out, strict=True):
            np.matmul(state, self.recurrent, out=gates)
            gates += row
            np.tanh(gates, out=gates)
            opened *= half
            opened += half
            fresh *= let_in
            cell *= kept
            cell += fresh
            np.tanh(cell, out=after)
            after *= shown
            state = after
        return np.concatenate([out[1:-1, 0, 0], out[-2:0:-1, 1, 0]], axis=1)

    def best(self, state: Floats, candidates: Sequence[str]) -> tuple[str, float]:
        """The likeliest of `candidates` for one row of `states`, with its probability among them; ('', 0)
        where it knows none."""
        known = [name for name in candidates if name in self.readings]
        if not known:
            return "", 0.0
        rows = [self.readings[name] for name in known]
        scores = (self.scores[rows] @ state + self.scores_bias[rows]).tolist()
        most = max(scores)
        odds = [math.exp(score - most) for score in scores]
        return known[scores.index(most)], 1.0 / sum(odds)


@cache
def polyphone_model() -> PolyphoneModel | None:
    """The model, loaded once; None where the package g2pM is not installed."""
    found = find_spec("g2pM")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0])

    def read(name: str) -> Any:
        return _Unpickler(io.BytesIO((folder / name).read_bytes()), encoding="latin1").load()

    readings = {_spelled(name): row for name, row in read("class2idx.pkl").items()}
    return PolyphoneModel.of(read("char2idx.pkl"), readings, read("np_ckpt.pkl"))


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


def _spelled(name: str) -> str:
    return name.replace("u:", "v")

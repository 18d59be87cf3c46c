"""The Kokoro v1.0 ONNX graph, cut where durations and loudness are decided and where sound begins.

The published graph goes from tokens straight to a waveform, most of its cost being the vocoder. We cut it at
three waists, and compute what is behind the last ourselves:

    duration (14 MB):  tokens [1, N] i64, style [1, 256]  →  frames [1, N] (not rounded), text [1, 640, N]-like features
    prosody   (9 MB):  style, text, frames [1, N] whole   →  f0 [1, 1, 2F], energy [1, 1, 2F]   with F = frames.sum()
    decoder  (51 MB):  tokens, style, frames, f0, energy  →  features [1, 512, 2F], source [1, 600F, 1]
    harmonics       :  source                             →  magnitudes and phases [22, 120F + 1]
    generator       :  features, harmonics, style         →  audio [600 F]

Nothing is computed twice. The onnxruntime parts say bit for bit what the published graph says there; the generator,
whose activations are not rounded to eight bits, is nearer to the weights' own arithmetic than the published graph is.
The harmonics are onnxruntime's but for rounding, at a tenth of its time (`harmonics.py`).
For 3 % of the cost of synthesis and before it, we know how long a take will be and where in it speech begins and ends
(the energy curve follows the level of the waveform with a correlation above 0.97), and we may set the frames ourselves,
which makes the tempo continuous (see `whole_frames`). `speed` in the published graph moves in steps: it divides every
token's frames and rounds them one by one, and most tokens last 2 or 3 frames.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tts_core.files import scratch_folder
from tts_core.kokoro.generator import FEATURES, Generator
from tts_core.kokoro.harmonics import SOURCE, TRANSFORM, harmonics, write_transform
from tts_core.kokoro.sessions import ready_files, run, session, write_ready

SAMPLE_RATE = 24_000
"""Hz, of the published model."""

SAMPLES_PER_STEP = 300
"""Samples a step of the pitch and energy curves (12.5 ms)."""

PAD = 0
"""Token id before the first and after the last phoneme."""

DURATION_MODEL = "duration.onnx"
PROSODY_MODEL = "prosody.onnx"
DECODER_MODEL = "decoder.onnx"

# Names inside kokoro-v1.0.int8.onnx (sha256 6e742170…), found by walking back from `audio`.
_FRAMES = "/encoder/predictor/ReduceSum_output_0"
_TEXT = "/encoder/predictor/text_encoder/Concat_4_output_0"
_ROUNDED = "/encoder/Clip_output_0"
_F0 = "/encoder/F0_proj/Conv_output_0"
_ENERGY = "/encoder/N_proj/Conv_output_0"


MODELS = (DURATION_MODEL, PROSODY_MODEL, DECODER_MODEL)
PARTS = (*ready_files(MODELS), TRANSFORM)
"""The files that `write_parts` writes."""


def write_parts(source: Path, folder: Path) -> None:
    """Write what `PARTS` names of `source`, the published model, ready for this machine, into `folder`."""
    import onnx

    model = onnx.load(str(source))
    with scratch_folder(folder) as cut:
        cut_graph(model, cut)
        write_ready(cut, folder, MODELS)
    write_transform(model, folder)


def cut_graph(model: Any, folder: Path) -> None:
    """Write the parts of `model` that onnxruntime computes, as they were published, into `folder`."""
    _save_subgraph(model, ["tokens", "style"], [_FRAMES, _TEXT], folder / DURATION_MODEL)
    _save_subgraph(model, ["style", _TEXT, _ROUNDED], [_F0, _ENERGY], folder / PROSODY_MODEL)
    behind = ["tokens", "style", _ROUNDED, _F0, _ENERGY]
    _save_subgraph(model, behind, [FEATURES, SOURCE], folder / DECODER_MODEL)


def cut_sound(model: Any, path: Path) -> None:
    """Write all of `model` that lies behind the curves, from them to `audio`, to `path`."""
    _save_subgraph(model, ["tokens", "style", _ROUNDED, _F0, _ENERGY], ["audio"], path)


def _save_subgraph(model: Any, inputs: list[str], outputs: list[str], path: Path) -> None:
    """Save the nodes that lead from `inputs` to `outputs`, with the weights they use."""
    import onnx

    producers = {name: node for node in model.graph.node for name in node.output}
    wanted: set[str] = set()
    stack = list(outputs)
    while stack:
        name = stack.pop()
        if name in wanted:
            continue
        wanted.add(name)
        if name not in inputs and name in producers:
            node = producers[name]
            stack.extend(node.input)
            wanted.update(node.output)
    nodes = [
        node
        for node in model.graph.node
        if any(name in wanted for name in node.output) and not set(node.output) <= set(inputs)
    ]
    used = {name for node in nodes for name in node.input}
    shapes = {"tokens": onnx.TensorProto.INT64}
    graph = onnx.helper.make_graph(
        nodes,
        path.stem,
        [onnx.helper.make_tensor_value_info(n, shapes.get(n, onnx.TensorProto.FLOAT), None) for n in inputs],
        [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, None) for n in outputs],
        [weight for weight in model.graph.initializer if weight.name in used],
    )
    cut = onnx.helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    onnx.save(cut, str(path))


def whole_frames(frames: npt.NDArray[np.float32], speed: float) -> npt.NDArray[np.float32]:
    """Whole frames for every token at `speed`.

    Args:
        frames: predicted frames `[N]` at speed 1, not rounded.
        speed: tempo factor; 2 is twice as fast.

    Returns:
        whole numbers ≥ 1 `[N]`. At speed 1 exactly what the published graph rounds to. At any other speed they sum to
        (that sum / speed), rounded, and are the nearest such numbers to `frames / speed` (largest remainder method),
        so the tempo has a resolution of one frame in the whole piece rather than of one frame in every token.
    """
    natural = np.maximum(np.rint(frames), 1)  # the graph's Round is to even as well
    if speed == 1.0:
        return natural.astype(np.float32)
    target = max(round(float(natural.sum()) / speed), len(frames))
    scaled = frames / speed
    result = np.maximum(np.rint(scaled), 1)
    while (missing := target - int(result.sum())) != 0:
        error = scaled - result  # > 0: was rounded down
        if missing > 0:
            order = np.argsort(-error, kind="stable")
        else:
            order = np.argsort(np.where(result > 1, error, np.inf), kind="stable")
            order = order[: int((result > 1).sum())]
        result[order[: abs(missing)]] += np.sign(missing)
    rounded: npt.NDArray[np.float32] = result.astype(np.float32)
    return rounded


@dataclass(frozen=True, slots=True)
class Prosody:
    """What is decided before the sound: N tokens with both pads, F = frames.sum().

    Args:
        tokens: ids `[1, N]`, pads included.
        style: the voice's row `[1, 256]`.
        frames: whole frames of every token `[1, N]`.
        f0, energy: pitch and level curves `[1, 1, 2F]`; energy is about the logarithm of the level, -10 is silence.
    """

    tokens: npt.NDArray[np.int64]
    style: npt.NDArray[np.float32]
    frames: npt.NDArray[np.float32]
    f0: npt.NDArray[np.float32]
    energy: npt.NDArray[np.float32]

    @property
    def feed(self) -> dict[str, npt.NDArray[Any]]:
        """What the part of the graph behind the curves is given, by its own names."""
        return {
            "tokens": self.tokens,
            "style": self.style,
            _ROUNDED: self.frames,
            _F0: self.f0,
            _ENERGY: self.energy,
        }


class KokoroGraph:
    """The parts of the graph, single-threaded: one worker a core is faster than one worker on all cores.

    Args:
        folder: holds what `write_parts` wrote.
        generator: makes the generator when the first sound is wanted.
    """

    def __init__(self, folder: Path, generator: Callable[[], Generator]) -> None:
        self._folder = folder
        self._generator = cache(generator)
        self._sessions: dict[str, Any] = {}

    @cached_property
    def _transform(self) -> npt.NDArray[np.float32]:
        transform: npt.NDArray[np.float32] = np.load(self._folder / TRANSFORM)
        return transform

    def _session(self, name: str) -> Any:
        if name not in self._sessions:  # planning a book never loads what makes sound
            self._sessions[name] = session(self._folder / name)
        return self._sessions[name]

    def natural_frames(
        self, tokens: Sequence[int], style: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Frames `[N + 2]` at speed 1, not rounded, and the text features, for N tokens without pads."""
        given: dict[str, npt.NDArray[Any]] = {"tokens": _padded(tokens), "style": style.reshape(1, 256)}
        frames, text = run(self._session(DURATION_MODEL), given)
        return frames.reshape(-1), text

    def prosody(
        self,
        tokens: Sequence[int],
        style: npt.NDArray[np.float32],
        text: npt.NDArray[np.float32],
        frames: npt.NDArray[np.float32],
    ) -> Prosody:
        """Pitch and energy of tokens that last `frames` `[N + 2]` (whole numbers ≥ 1)."""
        style, frames = style.reshape(1, 256), frames.reshape(1, -1)
        given: dict[str, npt.NDArray[Any]] = {"style": style, _TEXT: text, _ROUNDED: frames}
        f0, energy = run(self._session(PROSODY_MODEL), given)
        return Prosody(_padded(tokens), style, frames, f0, energy)

    def decoded(self, prosody: Prosody) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Features `[512, 2F]` and harmonics `[22, 120F + 1]`, of which the generator makes sound."""
        features, source = run(self._session(DECODER_MODEL), prosody.feed)
        return features[0], harmonics(source.reshape(-1), self._transform)

    def sound(self, prosody: Prosody) -> npt.NDArray[np.float32]:
        """Waveform `[600 F]`, 24 kHz; peaks may pass 1.0."""
        return self._generator().sound(*self.decoded(prosody), prosody.style[0])


def _padded(tokens: Sequence[int]) -> npt.NDArray[np.int64]:
    return np.array([[PAD, *tokens, PAD]], dtype=np.int64)

"""An inaudible mark in synthetic speech, and how it is found again: Perth's networks, without torch.

Perth (Resemble AI, MIT; package resemble-perth 1.0.1, extra `mark`) changes the magnitudes below 2 kHz of a short-time
spectrum a little, under what masks them; another of its networks tells whether a sound was changed so. It says one
thing, marked or not: who made a sound stands in its provenance record. Facts taken from the package: sample rate,
transform, decibel scale (1e-9 is 0, 15 dB over full scale is 1), seven convolutions with slopes of 0.01, frames left
alone below 5 % of the loudest, three listeners at lengths of 1.25, 1 and 0.75 whose answers weigh by their attention.
Only the difference is brought to a take's own sample rate and added, so that nothing else of the take changes.

What survives and what does not is measured by `tests/benchmarks/bench_mark.py`; a shift of pitch by 3 % removes it.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tts_core.engine import Take
from tts_core.models import ModelStore, ModelUnavailable
from tts_core.sound import Samples, amplitude, raised_cosine, resampled, resampled_blocks
from tts_core.versions import MARK

MODEL = "perth-implicit"
MARK_RATE = 32_000
"""Hz: what the networks work at."""
FOUND = 0.6
"""Confidence from which a sound counts as marked: 2,091 unmarked takes stay below 0.24, over chords 12 dB below them
one reaches 0.54, and under white noise 20 dB below them marked ones stay above 0.69 (docs/benchmarks/mark.md)."""
LOUDEST_DB = -15.0
"""The change against the sound it is in, at most: in some takes the network alone would change 2 dB more."""
WINDOW_SECONDS = 5.0
"""Of sound that is judged at once in a long file."""
STRETCH_SECONDS = 60.0
"""Of sound that is heard at once in a long file."""
SHORTEST_SECONDS = 1.0
"""Of sound that can be judged."""
AROUND_SECONDS = 0.25
"""Of sound on either side of a block of a stream that its mark is made with. What is changed in a sample hangs on
0.21 s around it: five convolutions over seven frames of 10 ms, and half a window of 64 ms before and after them."""
BLEND_SECONDS = 0.02
"""Over which the changes of two blocks of a stream blend."""

_PACKAGE = "perth"
_WEIGHTS = "perth_net_250000.pth.tar"
_NETWORKS = ("encoder.onnx", "slow.onnx", "normal.onnx", "fast.onnx")
_LISTENERS = (("slow.onnx", 1.25), ("normal.onnx", 1.0), ("fast.onnx", 0.75))
_LAYERS = 7
_WINDOW, _HOP = 2048, 320  # samples
_BINS = 128  # below 2 kHz
_FLOOR, _HEADROOM = 1e-9, 15.0  # amplitude; dB over full scale
_LOWEST = 20 * np.log10(_FLOOR)
_SILENT_SHARE = 0.05

Spectrum = npt.NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Marked:
    """A stretch of a file, from `start` to `end` seconds, and how sure it is that it is marked (0..1).

    `confidence` is None where there is too little sound to say."""

    start: float
    end: float
    confidence: float | None

    @property
    def found(self) -> bool:
        return self.confidence is not None and self.confidence >= FOUND


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the listeners answer to a sound, frame by frame.

    Args:
        voiced: `[T]`, frames with any sound.
        answers: of each listener at its own length, `[T', 2]`: its weight, and whether there is a mark.
    """

    voiced: npt.NDArray[np.bool_]
    answers: Sequence[npt.NDArray[np.float32]]

    def confidence(self, first: int, last: int) -> float | None:
        """How sure they are of frames `first` to `last`; None where too few of them have any sound."""
        if self.voiced[first:last].sum() * _HOP < SHORTEST_SECONDS * MARK_RATE:
            return None
        means = []
        for answer in self.answers:
            scale = len(answer) / len(self.voiced)
            at = np.arange(int(first * scale), int(last * scale))
            means.append(answer[at[self.voiced[(at / scale).astype(int)]]].mean(axis=0))
        weights, marks = np.transpose(means).astype(np.float64)
        attention = np.exp(weights - weights.max())
        return float(np.clip((marks * attention).sum() / attention.sum(), 0.0, 1.0))

    def marked(self, first: int, last: int, start: int) -> Marked:
        """Frames `first` to `last` judged, in a file in which the sound begins at frame `start`."""
        confidence = self.confidence(first, last)
        return Marked((start + first) * _HOP / MARK_RATE, (start + last) * _HOP / MARK_RATE, confidence)


class Marker:
    """Puts the mark into sound and finds it.

    Args:
        store: where the model is; the default store when not given.

    Raises:
        ModelUnavailable: the extra `mark`, which brings the weights, is not installed.
    """

    def __init__(self, store: ModelStore | None = None) -> None:
        store = store or ModelStore()
        try:
            self._folder = store.derive(
                MODEL,
                f"graphs-{MARK}",
                _NETWORKS,
                lambda source, target: _write_graphs(source / _WEIGHTS, target),
            )
        except ModelUnavailable as error:
            raise ModelUnavailable(
                "the inaudible mark needs the extra `mark`, which is not installed",
                hint="pip install 'duoyin[mark]'",
            ) from error
        self._weights = store.model(MODEL).files[0].sha256
        self._sessions: dict[str, Any] = {}

    def fingerprint(self) -> str:
        """Hex SHA-256 of what decides the mark: weights, our code's version and onnxruntime."""
        import onnxruntime

        text = f"perth {self._weights} mark {MARK} onnxruntime {onnxruntime.__version__}"
        return hashlib.sha256(text.encode()).hexdigest()

    def mark(self, samples: Samples, rate: int) -> Samples:
        """The sound `[T]` at `rate` Hz with the mark in it; the same length. Silence stays silent."""
        if not len(samples):
            return samples
        sound = resampled(samples, rate, MARK_RATE)
        spectrum = _spectrum(sound)
        level, voiced = _levels(spectrum)
        change = self._run("encoder.onnx", level[:, :_BINS])
        change[~voiced] = 0.0
        louder = np.power(10.0, change * (_HEADROOM - _LOWEST) / 20) - 1
        difference = np.zeros_like(spectrum)
        # what is below the floor has no phase to speak of, and stays
        audible = np.abs(spectrum[:, :_BINS]) > _FLOOR
        difference[:, :_BINS] = np.where(audible, spectrum[:, :_BINS] * louder, 0)
        change_sound = _sound(difference, len(sound))
        change_sound *= _share(sound, change_sound)
        added = resampled(change_sound, MARK_RATE, rate)
        marked = samples.copy()
        count = min(len(marked), len(added))
        marked[:count] += added[:count]
        return marked

    def mark_stream(self, blocks: Iterable[Samples], rate: int) -> Iterator[Samples]:
        """A stream of mono blocks `[T]` at `rate` Hz with the mark in it, as long together as they were.

        Each block is marked with `AROUND_SECONDS` of sound on either side, so its end waits for the block after it.
        What is changed there by one and by the next blends over `BLEND_SECONDS`, so that nothing jumps.
        """
        around, blend = round(AROUND_SECONDS * rate), round(BLEND_SECONDS * rate)
        held = np.zeros(0, np.float32)  # from `around` before what is given out next
        before = 0  # samples of it that were given out
        fading: Samples | None = None  # the change that the block before makes to the next `blend` samples
        for block, last in _with_last(blocks):
            held = np.concatenate([held, block])
            ready = len(held) - before - (0 if last else around)
            if ready <= (0 if last else blend):
                continue
            change = self.mark(held, rate) - held
            if fading is not None:
                at, rise = slice(before, before + blend), raised_cosine(blend)
                change[at] = rise * change[at] + (1 - rise) * fading
            end = before + ready
            yield (held + change)[before:end]
            fading = change[end : end + blend].copy()
            kept = max(0, end - around)
            held, before = held[kept:], end - kept

    def confidence(self, samples: Samples, rate: int) -> float | None:
        """How sure it is that a sound `[T]` is marked, 0 to 1; None for less than `SHORTEST_SECONDS` of sound."""
        heard = self._hear(resampled(samples, rate, MARK_RATE))
        return heard.confidence(0, len(heard.voiced))

    def listen(self, blocks: Iterable[Samples], rate: int) -> Iterator[Marked]:
        """Judge a stream of mono blocks `[T]` at `rate` Hz in windows of `WINDOW_SECONDS`, half over each other, so
        that a marked line between unmarked ones has a window nearly its own. The networks hear it once."""
        frames = round(WINDOW_SECONDS * MARK_RATE / _HOP)
        held: list[Samples] = []
        start = 0  # frames
        for block in resampled_blocks(blocks, rate, MARK_RATE):
            held.append(block)
            if sum(map(len, held)) >= STRETCH_SECONDS * MARK_RATE:
                sound = np.concatenate(held)
                heard, last = self._hear(sound), len(sound) // _HOP - frames
                for first in range(0, last + 1, frames // 2):
                    yield heard.marked(first, first + frames, start)
                kept = first + frames // 2
                held, start = [sound[kept * _HOP :]], start + kept
        sound = np.concatenate(held) if held else np.zeros(0, np.float32)
        heard, whole = self._hear(sound), max(1, len(sound) // _HOP)
        for first in range(0, max(1, whole - frames // 2), frames // 2):
            yield heard.marked(first, min(first + frames, whole), start)

    def _hear(self, sound: Samples) -> _Heard:
        """What the listeners answer to a sound at `MARK_RATE`."""
        level, voiced = _levels(_spectrum(sound))
        answers = [
            self._run(name, _stretched(level[:, :_BINS], int(len(level) * scale)))
            for name, scale in _LISTENERS
        ]
        return _Heard(voiced, answers)

    def _run(self, name: str, level: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """A network's answer `[T, C]` to levels `[T, bins]`."""
        import onnxruntime

        if name not in self._sessions:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            self._sessions[name] = onnxruntime.InferenceSession(
                str(self._folder / name), options, providers=["CPUExecutionProvider"]
            )
        given = {"level": np.ascontiguousarray(level.T[None], np.float32)}
        return np.ascontiguousarray(self._sessions[name].run(None, given)[0][0].T)


def stretches(heard: Iterable[Marked]) -> list[tuple[float, float]]:
    """(start, end) in seconds of what is marked, stretches that touch in one."""
    found: list[tuple[float, float]] = []
    for each in heard:
        if not each.found:
            continue
        if found and each.start <= found[-1][1]:
            found[-1] = (found[-1][0], each.end)
        else:
            found.append((each.start, each.end))
    return found


def marker(asked: bool | None, store: ModelStore | None = None) -> Marker | None:
    """What marks the takes of an engine; None for none.

    Args:
        asked: the engine's option `mark`; None: where the extra `mark` is installed.

    Raises:
        ModelUnavailable: as `Marker`.
    """
    if asked is False or (asked is None and find_spec(_PACKAGE) is None):
        return None  # without a look at the store, which may be read-only
    return Marker(store)


def marked(take: Take, by: Marker | None) -> Take:
    """The take with the mark in it, which its evidence tells; the take itself where there is no marker."""
    if by is None:
        return take
    return replace(
        take,
        samples=by.mark(take.samples, take.sample_rate),
        evidence={**take.evidence, "mark": f"{MODEL} {MARK}"},
    )


def marked_stream(blocks: Iterator[Samples], rate: int, by: Marker | None) -> Iterator[Samples]:
    """The blocks with the mark in them; the blocks themselves where there is no marker."""
    return blocks if by is None else by.mark_stream(blocks, rate)


def _with_last(blocks: Iterable[Samples]) -> Iterator[tuple[Samples, bool]]:
    """Each block, and at the end an empty one that is the last: no block waits for the one after it to be told so."""
    for block in blocks:
        yield block, False
    yield np.zeros(0, np.float32), True


def _spectrum(sound: Samples) -> Spectrum:
    """Short-time spectrum `[frames, 1025]` of a sound `[T]`, centred on every 320th sample; its ends are mirrored."""
    edge = _WINDOW // 2
    if len(sound) <= edge:
        sound = np.pad(sound, (0, edge + 1 - len(sound)))
    padded = np.pad(sound, edge, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    return np.asarray(np.fft.rfft(frames * _hann()), np.complex64)


def _sound(spectrum: Spectrum, length: int) -> Samples:
    """The sound `[length]` of a short-time spectrum: overlapping frames, each weighed by its window."""
    window = _hann()
    frames = np.fft.irfft(spectrum, n=_WINDOW).astype(np.float32) * window
    total = (len(frames) - 1) * _HOP + _WINDOW
    sound, weight = np.zeros(total, np.float32), np.zeros(total, np.float32)
    for place, frame in enumerate(frames):
        at = place * _HOP
        sound[at : at + _WINDOW] += frame
        weight[at : at + _WINDOW] += window * window
    edge = _WINDOW // 2
    kept = slice(edge, min(edge + length, total))
    return np.asarray(sound[kept] / np.maximum(weight[kept], 1e-8), np.float32)


def _share(sound: Samples, change: Samples) -> np.float32:
    """What of a change may be added to a sound."""
    power = float(np.sum(change**2, dtype=np.float64))
    allowed = float(np.sum(sound**2, dtype=np.float64)) * amplitude(LOUDEST_DB) ** 2
    return np.float32(min(1.0, np.sqrt(allowed / power)) if power else 1.0)


def _hann() -> npt.NDArray[np.float32]:
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW), np.float32)


def _levels(spectrum: Spectrum) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Levels `[frames, 1025]` on the networks' scale, and which frames have any sound to speak of."""
    decibels = 20 * np.log10(np.maximum(np.abs(spectrum), _FLOOR))
    level = np.asarray((decibels - _LOWEST) / (_HEADROOM - _LOWEST), np.float32)
    loudness = level.sum(axis=1)
    return level, loudness > loudness.max(initial=0.0) * _SILENT_SHARE


def _stretched(level: npt.NDArray[np.float32], length: int) -> npt.NDArray[np.float32]:
    """Levels `[T, bins]` at another length, straight lines between them; first and last stay."""
    if length == len(level):
        return level
    at = np.linspace(0, len(level) - 1, length)
    low = np.minimum(at.astype(int), len(level) - 2)
    share = (at - low)[:, None].astype(np.float32)
    return np.asarray(level[low] * (1 - share) + level[low + 1] * share, np.float32)


def _write_graphs(weights: Path, target: Path) -> None:
    """The four networks as ONNX graphs.

    `weights` is a PyTorch archive whose digest is known, so the place of each tensor in it is too: encoder, then
    the slow, normal and fast listener, weight and bias of each layer in turn. No pickle is read.
    """
    with zipfile.ZipFile(weights) as archive:
        tensors = [
            np.frombuffer(archive.read(f"archive/data/{place}"), "<f4")
            for place in range(len(_NETWORKS) * _LAYERS * 2)
        ]
    for number, name in enumerate(_NETWORKS):
        own = tensors[number * _LAYERS * 2 : (number + 1) * _LAYERS * 2]
        (target / name).write_bytes(_graph(own))


def _graph(tensors: list[npt.NDArray[np.float32]]) -> bytes:
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants = [], []
    channels, flows = _BINS, "level"
    for layer in range(_LAYERS):
        weight, bias = tensors[2 * layer], tensors[2 * layer + 1]
        shaped = weight.reshape(len(bias), channels, -1)
        channels = len(bias)
        constants += [
            numpy_helper.from_array(shaped.copy(), f"weight{layer}"),
            numpy_helper.from_array(bias.copy(), f"bias{layer}"),
        ]
        edge = shaped.shape[2] // 2
        last = layer == _LAYERS - 1
        made = "answer" if last else f"sum{layer}"
        nodes.append(
            helper.make_node("Conv", [flows, f"weight{layer}", f"bias{layer}"], [made], pads=[edge, edge])
        )
        if not last:
            nodes.append(helper.make_node("LeakyRelu", [made], [f"bent{layer}"], alpha=0.01))
            flows = f"bent{layer}"
    graph = helper.make_graph(
        nodes,
        "perth",
        [helper.make_tensor_value_info("level", TensorProto.FLOAT, [1, _BINS, "frames"])],
        [helper.make_tensor_value_info("answer", TensorProto.FLOAT, [1, channels, "frames"])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())

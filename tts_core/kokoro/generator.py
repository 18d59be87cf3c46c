"""The generator of Kokoro's decoder (Kaneko et al. 2022, "iSTFTNet"; AdaIN: Huang & Belongie 2017) in compiled loops:
94 % of the engine's arithmetic.

    features [2F, 512], harmonics [120F + 1, 22]  →  audio [600 F]

Twice: up-sampling (10, then 6 times), plus what a residual block makes of the harmonics, then the mean of three
residual blocks with kernels of 3, 7 and 11 taps. A residual block is three times (AdaIN, Snake, convolution, AdaIN,
Snake, convolution, sum). Last a convolution to magnitudes and phases, and their inverse short-time Fourier transform.

Every convolution is a `Filter`: it hears its input normalised and through Snake while it reads it, adds its output to
the shortcut as it writes it, and sums up what the next normalisation wants to know.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tts_core.kokoro.harmonics import BINS, FFT, HOP
from tts_core.kokoro.weights import Convolution, GraphWeights
from tts_core.loops.filters import SCHEMES, Filter, Mapped, add_up, mapped, scheme_for
from tts_core.loops.shapes import LEAKY, SNAKE, Shape

Floats = NDArray[np.float32]

FILTERS = "filters.bin"
INDEX = "filters.json"

FEATURES = "/decoder/decoder/decode.3/Div_4_output_0"

_ROOT = "/decoder/decoder/generator"
RATES = (10, 6)  # of the two up-samplings
KERNELS = 3  # residual blocks a stage, whose mean is taken
LAYERS = 3  # pairs of convolutions a residual block
HARMONIC_ROWS, HARMONIC_ROOM = 22, 24  # magnitudes and phases of the harmonics, and what fills vectors
SLOPES = (0.1, 0.1, 0.01)  # of the leaky ReLU before each up-sampling and before the last convolution
VARIANCE_FLOOR = 1e-5
_STYLE = 128  # numbers of a voice's row that the decoder hears, the first half
_ALIGNED = 64  # bytes


def _blocks() -> list[str]:
    return [f"noise_res.{stage}" for stage in range(len(RATES))] + [
        f"resblocks.{number}" for number in range(len(RATES) * KERNELS)
    ]


# -- the weights as the loops want them ---------------------------------------------------------------------


def write_filters(source: Path, folder: Path, its: Shape) -> None:
    """Write `FILTERS` and `INDEX` into `folder`: the kernels of `source`'s generator, mapped for the loops of a shape.

    They are one file, so that a worker maps it into memory instead of reading it, and all workers share one copy.
    """
    import onnx

    weights = GraphWeights(onnx.load(str(source)))
    arrays: dict[str, NDArray[Any]] = {}
    settings: dict[str, dict[str, Any]] = {}

    def put(name: str, kernel: NDArray[Any], bias: Floats, lead: int, dilation: int = 1) -> None:
        """A kernel `[taps, channels, columns]`."""
        across = -(-kernel.shape[2] // its.columns) * its.columns
        kernel = np.pad(kernel, ((0, 0), (0, 0), (0, across - kernel.shape[2])))
        scheme = scheme_for(len(kernel))
        made = mapped(kernel, SCHEMES[scheme], its)
        arrays[f"{name}.weights"], arrays[f"{name}.scales"] = made.weights, made.scales
        arrays[f"{name}.bias"] = np.pad(bias, (0, across - len(bias)))
        settings[name] = {"scheme": scheme, "lead": lead, "dilation": dilation}

    def plain(name: str, its_own: Convolution) -> None:
        taps = its_own.kernel.shape[2]
        kernel = its_own.kernel.transpose(2, 1, 0)
        put(name, kernel, its_own.bias, (taps - 1) // 2 * its_own.dilation, its_own.dilation)

    matrices, biases = [], []
    for block in _blocks():
        for side in (1, 2):
            for layer in range(LAYERS):
                plain(f"{block}.{side}.{layer}", weights.convolution(f"{_ROOT}/{block}/convs{side}.{layer}"))
                matrix, bias = weights.linear(f"{_ROOT}/{block}/adain{side}.{layer}/fc")
                matrices.append(matrix)
                biases.append(bias)
                name = f"decoder.decoder.generator.{block}.alpha{side}.{layer}"
                arrays[f"{block}.{side}.{layer}.alpha"] = weights.array(name).reshape(-1)
    arrays["style.matrix"], arrays["style.bias"] = np.concatenate(matrices, axis=1), np.concatenate(biases)
    for stage, rate in enumerate(RATES):
        up = weights.convolution(f"{_ROOT}/ups.{stage}")
        put(f"ups.{stage}", _turned(up.kernel, rate), np.tile(up.bias, rate), lead=1)
        noise = weights.convolution(f"{_ROOT}/noise_convs.{stage}")
        put(f"noise.{stage}", _gathered(noise.kernel, noise.stride), noise.bias, lead=0)
    plain("post", weights.convolution(f"{_ROOT}/conv_post"))
    arrays["inverse"] = weights.array("decoder.decoder.generator.stft.istft.stft.inverse_basis").reshape(
        -1, FFT
    )
    arrays["window"] = weights.array("decoder.decoder.generator.stft.istft.stft.window_sum")
    _write(arrays, settings, folder)


def _turned(kernel: Floats, rate: int) -> Floats:
    """The kernel `[in, out, 2 · rate]` of a transposed convolution as `[2, in, rate · out]`: seen from the samples that
    begin at t · rate, input t - 1 adds the second half of its taps, and input t the first."""
    channels, across, _ = kernel.shape
    halves = kernel.transpose(2, 0, 1).reshape(2, rate, channels, across)[::-1]
    return halves.transpose(0, 2, 1, 3).reshape(2, channels, rate * across)


def _gathered(kernel: Floats, stride: int) -> Floats:
    """The kernel `[out, in, taps]` of a convolution with a stride as one over rows of `stride` inputs, each filled up
    to `HARMONIC_ROOM`."""
    across, channels, taps = kernel.shape
    room = np.zeros((taps, HARMONIC_ROOM, across), dtype=np.float32)
    room[:, :channels] = kernel.transpose(2, 1, 0)
    return room.reshape(taps // stride, stride * HARMONIC_ROOM, across)


def _write(arrays: Mapping[str, NDArray[Any]], settings: Mapping[str, Any], folder: Path) -> None:
    places: dict[str, Any] = {}
    with (folder / FILTERS).open("wb") as file:
        for name, array in arrays.items():
            file.write(bytes(-file.tell() % _ALIGNED))
            places[name] = {"at": file.tell(), "shape": array.shape, "type": array.dtype.str}
            file.write(np.ascontiguousarray(array).tobytes())
    (folder / INDEX).write_text(json.dumps({"arrays": places, "filters": settings}))


# -- sound --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Norm:
    """AdaIN and Snake before a filter: where its style's numbers stand, and α."""

    begin: int
    alpha: Floats


class Generator:
    """The generator with the filters that `write_filters` wrote into `folder` for loops of that shape."""

    def __init__(self, folder: Path, its: Shape) -> None:
        index = json.loads((folder / INDEX).read_text())
        raw = np.memmap(folder / FILTERS, dtype=np.uint8, mode="r")
        self.shape = its

        def array(name: str) -> NDArray[Any]:
            place = index["arrays"][name]
            kind = np.dtype(place["type"])
            size = int(np.prod(place["shape"])) * kind.itemsize
            found: NDArray[Any] = raw[place["at"] : place["at"] + size].view(kind).reshape(place["shape"])
            return found

        self._filters = {
            name: Filter(
                Mapped(array(f"{name}.weights"), array(f"{name}.scales")),
                array(f"{name}.bias"),
                scheme=how["scheme"],
                its=its,
                lead=how["lead"],
                dilation=how["dilation"],
            )
            for name, how in index["filters"].items()
        }
        self._matrix, self._style_bias = array("style.matrix"), array("style.bias")
        self._inverse, self._window = array("inverse"), array("window")
        self._norms: dict[str, _Norm] = {}
        begin = 0
        for block in _blocks():
            for side in (1, 2):
                for layer in range(LAYERS):
                    alpha = array(f"{block}.{side}.{layer}.alpha")
                    self._norms[f"{block}.{side}.{layer}"] = _Norm(begin, alpha)
                    begin += 2 * len(alpha)
        self._reach = max(one.reach * one.columns for one in self._filters.values())

    def sound(self, features: Floats, harmonics: Floats, style: Floats) -> Floats:
        """Waveform `[600 F]` at 24 kHz.

        Args:
            features: `[512, 2F]`, of the decoder's last block.
            harmonics: `[22, 120F + 1]`, magnitudes and phases of the source.
            style: `[256]`, the voice's row.
        """
        styles = np.einsum("i,ij->j", style[:_STYLE], self._matrix) + self._style_bias
        channels, steps = features.shape
        source = np.zeros((harmonics.shape[1] + 12, HARMONIC_ROOM), dtype=np.float32)
        source[3 : 3 + harmonics.shape[1], :HARMONIC_ROWS] = harmonics.T
        x = np.zeros((steps + 1, channels), dtype=np.float32)
        x[:steps] = features.T
        for stage, rate in enumerate(RATES):
            steps *= rate
            if stage == 0:
                heard = source[: (steps + 1) * RATES[1]].reshape(steps + 1, -1)
            else:
                heard = source[3 : 3 + harmonics.shape[1]]
                del source
            up = self._up(stage, x, heard, styles)
            del x, heard  # a long line's buffers are what a process holds at most
            x = self._mean_of_blocks(stage, up, styles)
        return self._inverse_transform(x[:-1])

    def _up(self, stage: int, x: Floats, source: Floats, styles: Floats) -> Floats:
        """x one up-sampling further, `[n + 1, channels]`, the last row zeros, plus what is made of the harmonics
        → `[length, channels]`."""
        rate, last = RATES[stage], stage == len(RATES) - 1
        noise, up = self._filters[f"noise.{stage}"], self._filters[f"ups.{stage}"]
        # the last stage has one step more, a reflection of its third
        length = (len(x) - 1) * rate + int(last)
        memory, whole = self._buffer(length, noise.columns)
        noise(source, whole)
        self._block(f"noise_res.{stage}", whole, whole, self._buffer(length, noise.columns)[1], whole, styles)
        edge = whole[:3].copy()
        target = memory[(int(last) + _BEFORE - rate // 2) * noise.columns :]
        gain = 1.0 if stage == 0 else 1 / KERNELS
        up(x, target, heard=_leaky(gain, SLOPES[stage]), kind=LEAKY, shortcut=target)
        if last:
            whole[0] = edge[0] + (whole[2] - edge[2])
        return whole

    def _mean_of_blocks(self, stage: int, x: Floats, styles: Floats) -> Floats:
        """The residual blocks of x `[length, channels]`, summed up, and a row of zeros → `[length + 1, channels]`. The
        memory of x is used up."""
        length, channels = x.shape
        sums = np.zeros((2, channels))
        add_up(x, sums, self.shape)
        memory, total = self._buffer(length, channels)
        inner = self._buffer(length, channels)[1]
        for number in range(KERNELS):
            if number == 0:
                rest = total
            elif number < KERNELS - 1:
                rest = self._buffer(length, channels)[1]
            else:
                rest = x
            block = f"resblocks.{stage * KERNELS + number}"
            self._block(block, x, rest, inner, total, styles, summed=number > 0, sums=sums)
        padded = memory[_BEFORE * channels :][: (length + 1) * channels].reshape(length + 1, -1)
        padded[length] = 0
        return padded

    def _buffer(self, length: int, channels: int) -> tuple[Floats, Floats]:
        """Memory that filters may write to, and what of it is the line, `[length, channels]`.

        Not kept for the next line: so much goes back to the system at once, and the decoder wants room as well.
        """
        memory = np.empty((_BEFORE + length + 1) * channels + self._reach, dtype=np.float32)
        return memory, memory[_BEFORE * channels : (_BEFORE + length) * channels].reshape(length, channels)

    def _block(
        self,
        name: str,
        x: Floats,
        rest: Floats,
        inner: Floats,
        out: Floats,
        styles: Floats,
        *,
        summed: bool = False,
        sums: NDArray[np.float64] | None = None,
    ) -> None:
        """A residual block of x into `out`, or added to it.

        Args:
            rest, inner: memory to work in. `rest` may be x, which is then used up, or `out` where nothing is added.
            sums: of x and of its squares over time, where they are known.
        """
        if sums is None:
            sums = np.zeros((2, x.shape[1]))
            add_up(x, sums, self.shape)
        for layer in range(LAYERS):
            ends = layer == LAYERS - 1
            one, two = f"{name}.1.{layer}", f"{name}.2.{layer}"
            middle = np.zeros_like(sums)
            self._filters[one](
                x, inner, heard=self._heard(one, sums, len(x), styles), kind=SNAKE, sums=middle
            )
            sums = np.zeros_like(sums)
            self._filters[two](
                inner,
                out if ends else rest,
                heard=self._heard(two, middle, len(x), styles),
                kind=SNAKE,
                shortcut=x,
                summed=ends and summed,
                sums=None if ends else sums,
            )
            x = rest

    def _heard(self, name: str, sums: NDArray[np.float64], count: int, styles: Floats) -> Floats:
        """Scale, shift, α and 1/α of every channel: AdaIN over a line of so many samples, then Snake."""
        norm = self._norms[name]
        channels = len(norm.alpha)
        gamma, beta = styles[norm.begin : norm.begin + 2 * channels].reshape(2, channels)
        mean = sums[0] / count
        variance = np.maximum(sums[1] / count - mean * mean, 0)
        scale = (1 + gamma) / np.sqrt(variance + VARIANCE_FLOOR)
        return np.stack([scale, beta - mean * scale, norm.alpha, 1 / norm.alpha]).astype(np.float32)

    def _inverse_transform(self, x: Floats) -> Floats:
        """The last convolution's magnitudes and phases as sound."""
        post = self._filters["post"]
        spectrum = np.empty((len(x) + post.reach, post.columns), dtype=np.float32)
        post(x, spectrum, heard=_leaky(1 / KERNELS, SLOPES[-1]), kind=LEAKY)
        magnitude = np.exp(spectrum[: len(x), :BINS])
        phase = np.sin(spectrum[: len(x), BINS : 2 * BINS])
        parts = np.concatenate([magnitude * np.cos(phase), magnitude * np.sin(phase)], axis=1)
        frames = np.einsum("tc,ck->tk", parts, self._inverse)
        overlaps = FFT // HOP
        sound = np.zeros((len(x) + overlaps - 1, HOP), dtype=np.float32)
        for part in range(overlaps):
            sound[part : part + len(x)] += frames[:, part * HOP : (part + 1) * HOP]
        flat = sound.reshape(-1)
        flat[1:FFT] /= self._window[1:]  # the published graph divides its first frame alone
        return flat[FFT // 2 : -(FFT // 2)] * overlaps


_BEFORE = 16  # rows before a line that an up-sampling may write to


def _leaky(gain: float, slope: float) -> Floats:
    return np.array([gain, slope], dtype=np.float32)

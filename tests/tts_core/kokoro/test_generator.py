"""The generator in compiled loops says what onnxruntime says with the same weights in float32, and nearer than the
published graph in eight bits does."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from tests.tts_core.kokoro.test_graph import HARMONICS
from tts_core.kokoro import graph
from tts_core.kokoro.engine import MODEL, MODEL_FILE, KokoroEngine
from tts_core.kokoro.float_graph import unpacked
from tts_core.kokoro.generator import FEATURES, FILTERS, INDEX, Generator, write_filters
from tts_core.kokoro.vocabulary import VOCABULARY
from tts_core.kokoro.voice_bank import VoiceBank
from tts_core.loops.filters import shape
from tts_core.models import ModelStore
from tts_core.versions import KOKORO_GRAPH

SYMBOLS = "ɪt ɪz ɐ tɹˈuθ."

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Line:
    """A short line: what the generator is given, and what onnxruntime makes of it."""

    features: Floats
    harmonics: Floats
    style: Floats
    in_float: Floats
    in_eight_bits: Floats


def ran(model: Any, feed: Mapping[str, Any]) -> list[Floats]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    outputs: list[Floats] = onnxruntime.InferenceSession(model, options).run(None, dict(feed))
    return outputs


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    import onnx

    store = ModelStore()
    published = store.ensure(MODEL) / MODEL_FILE
    folder = tmp_path_factory.mktemp("generator")
    tokens = [VOCABULARY[symbol] for symbol in SYMBOLS]
    style = VoiceBank(store).table("bm_george", "en")[len(tokens) - 1]
    engine = KokoroEngine(store)
    natural, text = engine._graph.natural_frames(tokens, style)
    prosody = engine._graph.prosody(tokens, style, text, graph.whole_frames(natural, 1.0))
    decided: dict[str, Any] = {"style": prosody.style, graph._F0: prosody.f0, graph._ENERGY: prosody.energy}
    decided |= {"tokens": prosody.tokens, graph._ROUNDED: prosody.frames}

    def sounded(model: Any) -> list[Floats]:
        path = folder / "cut.onnx"
        graph._save_subgraph(model, list(decided), [FEATURES, HARMONICS, "audio"], path)
        return ran(str(path), decided)

    features, harmonics, in_float = sounded(unpacked(published))
    *_, in_eight_bits = sounded(onnx.load(str(published)))
    return Line(features[0], harmonics[0], prosody.style[0], in_float.reshape(-1), in_eight_bits.reshape(-1))


@pytest.fixture(scope="module", params=[False, True], ids=["float32", "int16"])
def generator(request: pytest.FixtureRequest) -> Generator:
    its = shape(whole=request.param)
    if request.param and not shape().whole:
        pytest.skip("this processor multiplies no pairs of int16")
    folder = ModelStore().derive(
        MODEL,
        f"filters-{KOKORO_GRAPH}-{its.layout}",
        (FILTERS, INDEX),
        lambda source, target: write_filters(source / MODEL_FILE, target, its),
    )
    return Generator(folder, its)


def error(found: Floats, wanted: Floats) -> float:
    """Level of the error in dB, relative to the sound."""
    return float(10 * np.log10(np.mean((found - wanted) ** 2) / np.mean(wanted**2)))


def test_the_sound_is_that_of_the_same_weights_in_float32(line: Line, generator: Generator) -> None:
    found = generator.sound(line.features, line.harmonics, line.style)
    assert found.shape == line.in_float.shape and found.dtype == np.float32
    assert error(found, line.in_float) < (-38 if generator.shape.whole else -75)
    assert error(found, line.in_float) < error(line.in_eight_bits, line.in_float) - 20


def test_a_line_sounds_the_same_after_any_other_and_in_any_thread(line: Line, generator: Generator) -> None:
    alone = generator.sound(line.features, line.harmonics, line.style)
    twice = np.concatenate([line.features] * 2, axis=1)
    longer = np.concatenate([line.harmonics, line.harmonics[:, 1:]], axis=1)
    found: list[Floats] = []

    def speak() -> None:
        generator.sound(twice, longer, line.style)
        found.append(generator.sound(line.features, line.harmonics, line.style))

    threads = [threading.Thread(target=speak) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2 and all(np.array_equal(alone, one) for one in found)


def test_a_long_line_needs_four_buffers_at_its_peak(line: Line, generator: Generator) -> None:
    times = 3
    features = np.concatenate([line.features] * times, axis=1)
    rows = [line.harmonics[:, 1:]] * (times - 1)
    harmonics = np.concatenate([line.harmonics, *rows], axis=1)
    buffer = harmonics.shape[1] * 128 * 4  # bytes: every row of the last stage, which is the longest
    generator.sound(line.features, line.harmonics, line.style)  # scratch memory is made once
    tracemalloc.start()
    generator.sound(features, harmonics, line.style)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 4 * buffer < peak < 4.6 * buffer

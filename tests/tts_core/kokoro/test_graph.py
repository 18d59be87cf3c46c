"""The model cut in parts says what the published model says."""

from __future__ import annotations

from functools import cache

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tts_core.kokoro.engine import MODEL, MODEL_FILE, KokoroEngine
from tts_core.kokoro.generator import FEATURES
from tts_core.kokoro.graph import _ENERGY, _F0, whole_frames
from tts_core.kokoro.harmonics import BINS, SOURCE, harmonics
from tts_core.kokoro.vocabulary import VOCABULARY
from tts_core.kokoro.voice_bank import VoiceBank
from tts_core.models import ModelStore

HARMONICS = "/decoder/decoder/generator/Concat_3_output_0"
TOKENS = [VOCABULARY[symbol] for symbol in "ɪt ɪz ɐ tɹˈuθ."]


@cache
def transform() -> np.ndarray:
    return KokoroEngine()._graph._transform


def test_the_parts_say_what_the_published_graph_says_bit_for_bit() -> None:
    """Its audio is as long as our parts' frames, and each waist holds the numbers that it has inside. But for the last,
    whose transform is our own: magnitudes differ by rounding, and phases where nothing else is."""
    import onnx

    store = ModelStore()
    published = store.ensure(MODEL) / MODEL_FILE
    style = VoiceBank(store).table("bm_george", "en")[len(TOKENS) - 1]
    graph = KokoroEngine(store)._graph
    natural, text = graph.natural_frames(TOKENS, style)
    frames = whole_frames(natural, 1.0)
    prosody = graph.prosody(TOKENS, style, text, frames)
    features, found = graph.decoded(prosody)

    model = onnx.load(str(published))
    inside = [_F0, _ENERGY, FEATURES, SOURCE, HARMONICS]
    model.graph.output.extend(onnx.helper.make_tensor_value_info(name, 1, None) for name in inside)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    given = {
        "tokens": np.array([[0, *TOKENS, 0]]),
        "style": style.reshape(1, -1),
        "speed": np.ones(1, np.float32),
    }
    audio, f0, energy, its_features, source, its_harmonics = session.run(None, given)
    assert np.array_equal(prosody.f0, f0) and np.array_equal(prosody.energy, energy)
    assert np.array_equal(features, its_features[0])
    assert np.array_equal(found, harmonics(source.reshape(-1), graph._transform))
    wanted = its_harmonics[0]
    assert np.allclose(found[:BINS], wanted[:BINS], atol=1e-5)
    heard = wanted[:BINS] > 1e-4
    turned = np.abs(found[BINS:] - wanted[BINS:])
    assert np.percentile(np.minimum(turned, 2 * np.pi - turned)[heard], 99) < 0.01
    assert audio.size == 600 * frames.sum() == len(graph.sound(prosody))


def test_between_voiced_stretches_the_network_hears_the_phases_that_onnxruntime_makes_of_rounding() -> None:
    """A constant source has two bins; the other nine are rounding, whose phases are as good as any but must stay."""
    quiet = np.full(400, -0.03, np.float32)
    (phases,) = {tuple(column) for column in harmonics(quiet, transform())[BINS:, 4:-4].T.round(2).tolist()}
    assert len(set(phases)) > 6, "not all of them 0 or π, as exact arithmetic has it"


@given(arrays(np.float32, st.integers(12, 60).map(lambda n: 5 * n), elements=st.floats(-1, 1, width=32)))
def test_the_transform_is_a_fourier_transform(source: np.ndarray) -> None:
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(20) / 20)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(source, 10, mode="reflect"), 20)[::5]
    wanted = np.abs(np.fft.rfft(frames * window)).T
    assert np.allclose(harmonics(source, transform())[:BINS], wanted, atol=1e-4)


FRAMES = arrays(np.float32, st.integers(1, 80), elements=st.floats(0.0625, 20, width=32))


@given(FRAMES)
def test_at_speed_one_frames_are_rounded_as_the_graph_does(frames: np.ndarray) -> None:
    assert np.array_equal(whole_frames(frames, 1.0), np.maximum(np.rint(frames), 1))


@given(FRAMES, st.floats(0.5, 2.0))
def test_the_tempo_is_exact_to_one_frame_and_no_token_vanishes(frames: np.ndarray, speed: float) -> None:
    result = whole_frames(frames, speed)
    natural = np.maximum(np.rint(frames), 1).sum()
    assert result.sum() == max(round(float(natural) / speed), len(frames))
    assert result.min() >= 1 and np.array_equal(result, np.rint(result))


@given(FRAMES, st.floats(0.5, 2.0), st.floats(0.5, 2.0))
def test_faster_is_never_longer(frames: np.ndarray, one: float, other: float) -> None:
    slow, fast = sorted((one, other))
    assert whole_frames(frames, fast).sum() <= whole_frames(frames, slow).sum()


def test_no_two_tokens_are_treated_unlike_at_the_same_length() -> None:
    """Frames are taken from many tokens, never many from one."""
    frames = np.full(40, 2.4, np.float32)
    assert set(whole_frames(frames, 1.2).tolist()) <= {1.0, 2.0}
    assert whole_frames(frames, 0.8).max() == pytest.approx(3.0)

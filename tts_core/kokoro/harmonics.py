"""The source signal of Kokoro's decoder as magnitudes and phases: a short-time Fourier transform, 20 samples every 5.

It is a product with a matrix of 20 × 22. Which matrix, onnxruntime is asked once: what its operator answers to each
unit impulse. Between voiced stretches the source is constant, most bins of its transform are nothing but rounding, and
the network hears their phases: the matrix of a textbook would change the sound there (by -12 dB; this one by -34).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SOURCE = "/decoder/decoder/generator/m_source/l_tanh/Tanh_output_0"
TRANSFORM = "transform.npy"
FFT, HOP, BINS = 20, 5, 11  # samples of a frame, between frames; bins of its transform
OPSET = 17  # the first that has the operator


def write_transform(model: Any, folder: Path) -> None:
    """Write `TRANSFORM`, float32 `[FFT, 2 · BINS]`, real parts first, into `folder`: what onnxruntime's operator makes
    of unit impulses, with the window of `model`, the published graph."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    (node,) = (node for node in model.graph.node if node.op_type == "STFT")
    (window,) = (weight for weight in model.graph.initializer if weight.name == node.input[2])
    given = [
        numpy_helper.from_array(np.array(FFT, np.int64), "length"),
        numpy_helper.from_array(numpy_helper.to_array(window), "window"),
    ]
    graph = helper.make_graph(
        [helper.make_node("STFT", ["sound", "length", "window", "length"], ["spectrum"], onesided=1)],
        "transform",
        [helper.make_tensor_value_info("sound", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info("spectrum", TensorProto.FLOAT, None)],
        given,
    )
    alone = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    session = onnxruntime.InferenceSession(alone.SerializeToString(), providers=["CPUExecutionProvider"])
    impulses = np.eye(FFT, dtype=np.float32).reshape(1, -1, 1)
    (spectrum,) = session.run(None, {"sound": impulses})[0]  # [FFT, BINS, 2]
    np.save(folder / TRANSFORM, np.concatenate([spectrum[..., 0], spectrum[..., 1]], axis=1))


def harmonics(source: Floats, transform: Floats) -> Floats:
    """Magnitudes and phases `[2 · BINS, S / HOP + 1]` of a source `[S]`, mirrored at both ends.

    Args:
        transform: as `write_transform` wrote it.
    """
    mirrored = np.pad(source, FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(mirrored, FFT)[::HOP]
    parts = np.einsum("tk,kc->ct", frames, transform)
    real, imaginary = parts[:BINS], parts[BINS:]
    found: Floats = np.empty(parts.shape, dtype=np.float32)
    np.sqrt(real * real + imaginary * imaginary, out=found[:BINS])
    np.arctan2(imaginary, real, out=found[BINS:])
    return found

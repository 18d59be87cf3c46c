"""Sound on a GPU: the published graph from curves to waveform, its weights unpacked to float32, by onnxruntime's CUDA
provider.

Durations, pitch and loudness stay on the processor, so that a take is as long, and its words lie where they do, on
either. The graph takes one line at a time: there are no rows to fill. It has not been run on a card yet.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from normalizers import DuoyinError
from tts_core.kokoro.float_graph import unpacked
from tts_core.kokoro.graph import Prosody, cut_sound

Device = Literal["cpu", "cuda"]

CARD_MODEL = "card.onnx"
PROVIDER = "CUDAExecutionProvider"
OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC"}
"""Of the provider. Lines differ in length, and its default tries every algorithm anew for each length."""
HINT = (
    "pip install 'duoyin[gpu]', then pip uninstall onnxruntime and pip install --force-reinstall onnxruntime-gpu "
    "(both lie in one folder); look at CUDA_VISIBLE_DEVICES and the driver; or say device: cpu."
)


def check_device(asked: str) -> None:
    """Raises:
    DuoyinError: it is no device, or a GPU that onnxruntime has no provider for: nothing falls back.
    """
    if asked not in ("cpu", "cuda"):
        raise DuoyinError(f"{asked!r} is no device", where="engine_options", hint="device: cpu or cuda")
    if asked == "cuda":
        import onnxruntime

        if PROVIDER not in onnxruntime.get_available_providers():
            raise DuoyinError("a GPU was asked for and onnxruntime here knows none", hint=HINT)


def write_card_graph(source: Path, folder: Path) -> None:
    """Write the part of `source`, the published model, that a card computes, in float32, into `folder`."""
    cut_sound(unpacked(source), folder / CARD_MODEL)


class Card:
    """The part that `write_card_graph` wrote into `folder`, on the first GPU that this process sees; loaded when the
    first sound is wanted."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / CARD_MODEL

    def sound(self, prosody: Prosody) -> NDArray[np.float32]:
        """Waveform `[600 F]`, 24 kHz; peaks may pass 1.0.

        Raises:
            DuoyinError: onnxruntime cannot use the card.
        """
        waveform: NDArray[np.float32] = self._session.run(None, prosody.feed)[0].reshape(-1)
        return waveform

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(self._path), options, providers=[(PROVIDER, OPTIONS)])
        # it falls back in silence where a library of CUDA is missing
        if PROVIDER not in session.get_providers():
            raise DuoyinError("a GPU was asked for and onnxruntime cannot use the one here", hint=HINT)
        return session

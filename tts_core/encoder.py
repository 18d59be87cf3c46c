"""The first layers of the recognizer's encoder: what they make of a sound tells the sounds of speech apart.

Each layer costs as much as the next, and the last ones serve the decoder, which knows words. So what only has to know
sounds is heard by a model that ends early (A. Pasad et al., "Layer-wise analysis of a self-supervised speech
representation model", 2021, found phones told best in the middle of such models). The shortened model is derived from
the one in the model store, whose format is CTranslate2's: a head, the variables one after another, their aliases.
"""

from __future__ import annotations

import re
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from tts_core.extras import extra
from tts_core.models import ModelStore
from tts_core.recognizer import RECOGNIZER_RATE, sound_parts, spectrum
from tts_core.sound import Samples, resampled

LAYERS = 3
"""Of six."""
VERSION = 1
"""Of how the shortened model is made."""
FILES = ("model.bin", "config.json", "vocabulary.txt")
FORMAT = 6
"""Of CTranslate2's `model.bin`."""
LAYER = re.compile(r"(encoder|decoder)/layer_(\d+)/")
KEPT = {"encoder": LAYERS, "decoder": 1}
"""Layers that the shortened model has. A decoder must be there, and is never asked."""


class Encoder:
    """The first layers of whisper-base's encoder on the CPU, int8.

    Args:
        store: where the model is; the default store when not given.
        at_a_time: sounds that several threads may have heard at a time.

    Raises:
        DuoyinError: the `proof` extra is not installed, or the model could not be had.
    """

    def __init__(self, store: ModelStore | None = None, *, at_a_time: int = 1) -> None:
        with extra("proof", what="listening"):
            from ctranslate2.models import Whisper
            from faster_whisper.feature_extractor import FeatureExtractor
        name = f"first-layers-{LAYERS}-{VERSION}"
        folder = (store or ModelStore()).derive("whisper-base", name, FILES, _shortened)
        self._model: Any = Whisper(
            str(folder), device="cpu", compute_type="int8", intra_threads=1, inter_threads=at_a_time
        )
        self._extractor: Any = FeatureExtractor()

    def features(self, samples: Samples, sample_rate: int) -> npt.NDArray[np.float32]:
        """What the layers make of a sound `[T]`, and of nothing beside it: `[T / 20 ms, 512]`. What is longer than they
        hear at once is heard in parts of one length."""
        audio = resampled(np.asarray(samples, np.float32), sample_rate, RECOGNIZER_RATE)
        heard = (
            self._model.encode(spectrum(self._extractor, part)[0], to_cpu=True) for part in sound_parts(audio)
        )
        return np.concatenate([np.array(each, np.float32)[0] for each in heard])


def _shortened(model: Path, folder: Path) -> None:
    """Write the files of the shortened model."""
    for file in FILES[1:]:
        shutil.copyfile(model / file, folder / file)
    with (model / FILES[0]).open("rb") as whole:
        head, variables, aliases = _parts_of(whole)
    kept = {name: data for name, data in variables if _is_kept(name)}
    also = [data for name, data in aliases if name in kept]
    parts = [head, struct.pack("<I", len(kept)), *kept.values(), struct.pack("<I", len(also)), *also]
    (folder / FILES[0]).write_bytes(b"".join(parts))


def _is_kept(name: str) -> bool:
    layer = LAYER.match(name)
    return layer is None or int(layer[2]) < KEPT[layer[1]]


_Named = tuple[str, bytes]


def _parts_of(model: BinaryIO) -> tuple[bytes, list[_Named], list[_Named]]:
    """The head of a model, its variables by name, and its aliases by the name of what they stand for."""
    at = 0

    def number(kind: str) -> int:
        (value,) = struct.unpack(f"<{kind}", model.read(struct.calcsize(f"<{kind}")))
        return int(value)

    def text() -> str:
        return model.read(number("H")).rstrip(b"\0").decode()

    def since() -> bytes:
        """What was read since the last time."""
        nonlocal at
        size, _ = model.tell() - at, model.seek(at)
        at += size
        return model.read(size)

    if (version := number("I")) != FORMAT:
        raise ValueError(f"CTranslate2's format {version}, not {FORMAT}")
    text(), number("I")
    head = since()

    def variable() -> str:
        name = text()
        model.seek(4 * number("B"), 1)  # its shape
        number("B")  # its type
        model.seek(number("I"), 1)
        return name

    def alias() -> str:
        text()
        return text()

    def several(one: Callable[[], str]) -> Iterator[_Named]:
        nonlocal at
        count = number("I")
        at = model.tell()
        for _ in range(count):
            name = one()
            yield name, since()

    return head, list(several(variable)), list(several(alias))

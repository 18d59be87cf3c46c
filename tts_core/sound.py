"""Sound as every room handles it: samples, decibels, another sample rate, fades, room tone."""

from __future__ import annotations

import contextlib
import functools
import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from normalizers.errors import DuoyinError

Samples = npt.NDArray[np.float32]
"""Sound: float32 `[T]` (mono) or `[T, C]`, full scale at ±1.0, which engines exceed."""

SILENT = -math.inf
"""The level of nothing at all, in dB."""

UNKNOWN_LENGTH = 0xFFFFFFFF
"""In the head of a WAV file whose length nobody knows yet; readers go on to the end of the stream."""


@contextlib.contextmanager
def writing_sound(path: Path) -> Iterator[None]:
    """What libsndfile complains of while it writes, as one message about `path`; also what it says on closing.

    Raises:
        DuoyinError: a full disk, a folder that takes no files.
    """
    with _told("the sound cannot be written", path, "Is there room on the disk, and is the folder writable?"):
        yield


@contextlib.contextmanager
def reading_sound(path: Path) -> Iterator[None]:
    """What libsndfile complains of while it reads, as one message about `path`. Raises `DuoyinError`."""
    with _told("the sound cannot be read", path, "If it is a file of Duoyin's own, delete it and run again."):
        yield


@contextlib.contextmanager
def _told(what: str, path: Path, hint: str) -> Iterator[None]:
    try:
        yield
    except soundfile.LibsndfileError as error:
        raise DuoyinError(f"{what} ({error.error_string.rstrip('.')})", where=str(path), hint=hint) from error


def wav_head(rate: int) -> bytes:
    """The head of a WAV file (16-bit, mono, `rate` Hz) of unknown length, to be followed by its samples."""
    # RIFF/WAVE as of Microsoft's 1991 specification: PCM is format 1
    layout = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
    head = struct.pack("<4sI4s", b"RIFF", UNKNOWN_LENGTH, b"WAVE")
    return head + layout + struct.pack("<4sI", b"data", UNKNOWN_LENGTH)


def pcm(samples: Samples) -> bytes:
    """Samples `[T]` as 16-bit little-endian numbers; what exceeds full scale is cut off."""
    return (np.clip(samples, -1.0, 1.0) * 32767).round().astype("<i2").tobytes()


def decibels(ratio: float) -> float:
    """20 log10 of an amplitude ratio; -inf for 0."""
    return 20 * math.log10(ratio) if ratio > 0 else SILENT


def amplitude(db: float) -> float:
    """Amplitude ratio of a level in dB."""
    return float(10.0 ** (db / 20))


def resampled(samples: Samples, rate: int, wanted: int, *, quality: str = "HQ") -> Samples:
    """Samples at another rate (soxr): float32, the same object where nothing changes.

    Args:
        samples: `[T]` or `[T, C]` at `rate` Hz.
        quality: of soxr, `HQ` (20 bits) or `VHQ` (28 bits).
    """
    if rate == wanted:
        return samples
    return np.asarray(soxr.resample(samples, rate, wanted, quality=quality), np.float32)


def resampled_blocks(
    blocks: Iterable[Samples], rate: int, wanted: int, *, channels: int | None = None
) -> Iterator[Samples]:
    """A stream of blocks at another sample rate (soxr, high quality): `[T]`, or `[T, C]` where `channels` is given."""
    if rate == wanted:
        yield from blocks
        return
    shape = (-1,) if channels is None else (-1, channels)
    stream = soxr.ResampleStream(rate, wanted, channels or 1, dtype="float32", quality="HQ")
    for block in blocks:
        ready = stream.resample_chunk(np.ascontiguousarray(block, np.float32))
        if len(ready):
            yield ready.reshape(shape)
    yield stream.resample_chunk(np.zeros((0, *shape[1:]), np.float32), last=True).reshape(shape)


@functools.lru_cache(maxsize=32)
def raised_cosine(count: int) -> Samples:
    """Half a period of a raised cosine from 0 to 1, float32 `[count]`; read-only. Reversed it falls."""
    ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / max(count, 1))).astype(np.float32)
    ramp.flags.writeable = False
    return ramp


def fade(samples: Samples, rise: int, fall: int) -> None:
    """Fade sound `[T]` in and out, in place, over `rise` and `fall` samples; each at most half of it."""
    rise, fall = min(rise, len(samples) // 2), min(fall, len(samples) // 2)
    if rise:
        samples[:rise] *= raised_cosine(rise)
    if fall:
        samples[-fall:] *= raised_cosine(fall)[::-1]


class RoomTone:
    """Quiet filtered noise, the same in every run and whatever the block lengths.

    Args:
        numerator, denominator: of the filter that colours white noise of power 1; their dtype is the one worked in.
        gain: applied after it.
        seed: of the noise.
    """

    def __init__(
        self,
        numerator: Sequence[float],
        denominator: Sequence[float],
        *,
        seed: int,
        gain: float = 1.0,
        dtype: type[np.floating] = np.float64,
    ) -> None:
        self._random = np.random.Generator(np.random.PCG64(seed))
        self._dtype = dtype
        self._b, self._a = np.array(numerator, dtype), np.array(denominator, dtype)
        self._gain = dtype(gain)
        self._state = np.zeros(max(len(numerator), len(denominator)) - 1, dtype)

    def next(self, count: int) -> Samples:
        """The next `count` samples of it."""
        from scipy.signal import lfilter  # a third of a second to import, and most sound has no room tone

        white = self._random.standard_normal(count).astype(self._dtype)
        tone, self._state = lfilter(self._b, self._a, white, zi=self._state)
        return np.asarray(tone * self._gain, np.float32)

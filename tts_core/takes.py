"""Takes on disk: the sound of a line under a key made of content only.

A take is one FLAC file, `ab/abcdef….flac`, written to a temporary file, fsynced and renamed, so that
a take is either whole or absent after any crash. Samples are 24-bit, scaled by a power of two where the
engine went above full scale, so nothing clips; the scale, the times of the units spoken and a digest of the
samples travel in the file's own comment. Nothing of the text's spelling does: see `tts_core.engine.word_times`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from normalizers import DuoyinError
from tts_core.engine import Prepared, Take
from tts_core.files import CannotWrite, atomic_path
from tts_core.sealed import seal, unseal
from tts_core.versions import TAKE_FORMAT

FULL_SCALE = 1 << 23
"""24-bit full scale."""
UNSEALED = frozenset(("key", "doublings", "digest", "times", "evidence"))


class CorruptTake(DuoyinError):
    """A stored take whose content is not what was written."""

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(
            message,
            where=where,
            hint=hint or "Run again: the file was set aside and this line alone is made anew.",
        )


@dataclass(frozen=True, slots=True)
class TakeInfo:
    """What the header of a stored take says.

    Args:
        key: the take's key, 64 hex digits.
        samples: length in samples at `sample_rate` Hz.
        digest: hex SHA-256 of the 24-bit samples.
    """

    key: str
    samples: int
    sample_rate: int
    digest: str
    times: tuple[float, ...]
    evidence: dict[str, Any]

    @property
    def seconds(self) -> float:
        return self.samples / self.sample_rate


def take_key(
    prepared: Prepared, *, engine: str, fingerprint: str, voice_digest: str, sample_rate: int
) -> str:
    """The key of a line's take: SHA-256 over what decides its sound.

    The voice enters by the digest of its content, never by its name; the text only where the acoustic model
    is given it. No path, time, device or run is part of it, and no version of the code that reads.

    Args:
        prepared: the line as read.
        engine: the engine's own name. fingerprint: of its weights and sounding code.
        voice_digest: of `prepared.voice` speaking `prepared.language`.
        sample_rate: Hz.
    """
    content = {
        "format": TAKE_FORMAT,
        "given": prepared.given,
        "voice": voice_digest,
        "speed": round(prepared.speed, 4),
        "seed": prepared.seed,
        "engine": engine,
        "fingerprint": fingerprint,
        "sample_rate": sample_rate,
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


class TakeStore:
    """The folder of takes. Safe for many readers and writers: the same key always means the same content."""

    SUFFIX = ".flac"
    ASIDE = ".corrupt"
    """Of damaged takes that were set aside."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        return self.root / key[:2] / f"{key}{self.SUFFIX}"

    def has(self, key: str) -> bool:
        return self.path(key).is_file()

    def write(self, key: str, take: Take) -> TakeInfo:
        """Store a take; returns what was stored. Raises `DuoyinError` for an empty take or a folder that
        takes no more."""
        if not len(take.samples):
            raise DuoyinError("the engine gave no sound for a line", hint="Report this line.")
        values, doublings = _to_24_bit(take.samples)
        info = TakeInfo(
            key=key,
            samples=len(values),
            sample_rate=take.sample_rate,
            digest=hashlib.sha256(values.tobytes()).hexdigest(),
            times=take.times,
            evidence=take.evidence,
        )
        comment = seal(
            {
                "key": key,
                "samples": info.samples,
                "sample_rate": info.sample_rate,
                "doublings": doublings,
                "digest": info.digest,
                "times": [round(second, 4) for second in take.times],
                "evidence": take.evidence,
            }
        )
        path = self.path(key)
        try:
            with (
                atomic_path(path) as temporary,
                soundfile.SoundFile(
                    temporary, "w", samplerate=take.sample_rate, channels=1, format="FLAC", subtype="PCM_24"
                ) as file,
            ):
                file.comment = comment
                # libsndfile takes 32-bit integers and keeps the upper 24 bits
                file.write(values << 8)
        except (CannotWrite, soundfile.LibsndfileError) as error:
            why = error.reason if isinstance(error, CannotWrite) else error
            raise DuoyinError(
                f"cannot store a take ({why})",
                where=str(self.root),
                hint="Free some disk space or make the folder writable, then run again: finished lines are kept.",
            ) from error
        return info

    def info(self, key: str) -> TakeInfo:
        """The header of a stored take, without decoding it. Raises `CorruptTake`."""
        with self._open(key) as file:
            return self._header(key, file)[0]

    def read(self, key: str) -> Take:
        """The stored take, its content checked against the digest written with it. Raises `CorruptTake`."""
        with self._open(key) as file:
            info, doublings = self._header(key, file)
            try:
                values = file.read(dtype="int32") >> 8
            except soundfile.LibsndfileError as error:
                raise self._corrupt(key, str(error)) from error
        if hashlib.sha256(values.tobytes()).hexdigest() != info.digest:
            raise self._corrupt(key, "its sound is not what was written")
        samples = values.astype(np.float32) * np.float32(2.0**doublings / FULL_SCALE)
        return Take(samples, info.sample_rate, info.times, info.evidence)

    def usable(self, key: str) -> bool:
        """Whether a take is there with a sound header; a broken one is set aside so that it is made anew."""
        if not self.has(key):
            return False
        try:
            self.info(key)
        except CorruptTake:
            self.set_aside(key)
            return False
        return True

    def set_aside(self, key: str) -> Path:
        """Move a broken take out of the way (kept beside it as `.corrupt`)."""
        path = self.path(key)
        aside = path.with_suffix(self.ASIDE)
        with contextlib.suppress(FileNotFoundError):
            path.replace(aside)
        return aside

    def keys(self) -> Iterator[str]:
        """Every key in the store."""
        for path in sorted(self.root.glob("??/*.flac")):
            yield path.stem

    @contextlib.contextmanager
    def _open(self, key: str) -> Iterator[soundfile.SoundFile]:
        path = self.path(key)
        try:
            file = soundfile.SoundFile(path)
        except (OSError, soundfile.LibsndfileError) as error:
            if not path.exists():
                raise DuoyinError(
                    "a take is missing", where=str(path), hint="Run again to make it."
                ) from error
            raise self._corrupt(key, "it is not a readable FLAC file") from error
        with file:
            yield file

    def _header(self, key: str, file: soundfile.SoundFile) -> tuple[TakeInfo, int]:
        try:
            comment = _comment(file.comment)
            times = tuple(float(second) for second in comment["times"])
            info = TakeInfo(key, file.frames, file.samplerate, comment["digest"], times, comment["evidence"])
            if comment["key"] != key:
                raise ValueError("it belongs to another key")
            lengths = (file.frames, file.samplerate)
            if lengths != (comment.get("samples", file.frames), comment.get("sample_rate", file.samplerate)):
                raise ValueError("it has another length or sample rate")
            return info, int(comment["doublings"])
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise self._corrupt(key, f"its header cannot be read ({error})") from error

    def _corrupt(self, key: str, why: str) -> CorruptTake:
        return CorruptTake(f"a stored take is damaged: {why}", where=str(self.path(key)))


def _comment(text: str) -> dict[str, Any]:
    """The record in a take's comment. Raises `ValueError` or `TypeError` where it is not what was written.

    Takes of before records were sealed have exactly the fields of `UNSEALED`."""
    record = json.loads(text)
    return record if set(record) == UNSEALED and isinstance(record, dict) else unseal(text)


def _to_24_bit(samples: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int32], int]:
    """24-bit integers and how often full scale was doubled to hold the peak."""
    if not np.isfinite(samples).all():
        raise DuoyinError("the engine gave a sound with values that are no numbers", hint="Report this line.")
    peak = float(np.abs(samples).max(initial=0.0))
    doublings = 0
    while peak * 2.0**-doublings > (FULL_SCALE - 1) / FULL_SCALE:
        doublings += 1
    values = np.round(samples.astype(np.float64) * (FULL_SCALE * 2.0**-doublings))
    return values.astype(np.int32), doublings

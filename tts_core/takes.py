"""Takes: the sound of a line under a key made of content only.

They lie in a folder (`FolderTakes`), or in an object store that several hosts write to
(`tts_core.object_takes`); both are a `TakeStore`, and `tts_core.take_stores` opens either. The same key always means
the same line, so nothing is ever overwritten: of several writers the first wins, and the others report what
is stored.

A take is one FLAC file, `ab/abcdef….flac`, written to a temporary file, fsynced and given its name, so that
a take is either whole or absent after any crash. Samples are 24-bit, scaled by a power of two where the
engine went above full scale, so nothing clips; the scale, the times of the units spoken and a digest of the
samples travel in the file's own comment. Nothing of the text's spelling does: see `tts_core.engine.word_times`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
import numpy.typing as npt
import soundfile

from normalizers import DuoyinError
from tts_core.engine import Engine, Prepared, Take
from tts_core.files import CannotWrite, NameTaken, first_path, sweep
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
        "given": prepared.plain_given,
        "voice": voice_digest,
        "speed": round(prepared.speed, 4),
        "seed": prepared.seed,
        "engine": engine,
        "fingerprint": fingerprint,
        "sample_rate": sample_rate,
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


class Keys:
    """Keys of lines as read; what engines say of themselves and of their voices is asked once."""

    def __init__(self) -> None:
        self._fingerprints: dict[str, str] = {}
        self._voices: dict[tuple[str, str, str], str] = {}

    def key(self, name: str, engine: Engine, prepared: Prepared) -> str:
        """The key of the take. `name`: of the engine, as projects write it."""
        if name not in self._fingerprints:
            self._fingerprints[name] = engine.fingerprint()
        voice = (name, prepared.voice, prepared.language)
        if voice not in self._voices:
            self._voices[voice] = engine.voice_digest(prepared.voice, prepared.language)
        return take_key(
            prepared,
            engine=engine.name,
            fingerprint=self._fingerprints[name],
            voice_digest=self._voices[voice],
            sample_rate=engine.sample_rate,
        )


@dataclass(frozen=True, slots=True)
class TakePlace:
    """Where takes are kept.

    Args:
        folder: that holds them or, of an object store, copies of them on this machine.
        url: of an object store (`s3://bucket/takes`); "" where the folder is the store.
        copies: of an object store: whether what is written is also kept in `folder`, for whoever reads it here.
    """

    folder: Path
    url: str = ""
    copies: bool = True

    def __str__(self) -> str:
        return self.url or str(self.folder)

    def to_json(self) -> dict[str, Any]:
        """Plain data, for a pipe."""
        return {"folder": str(self.folder), "url": self.url, "copies": self.copies}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> TakePlace:
        """What `to_json` gave, after any JSON reader."""
        return cls(Path(data["folder"]), data["url"], data["copies"])


class TakeStore(Protocol):
    """Where takes are kept. Safe for many readers and writers on many hosts."""

    place: TakePlace
    writers: int
    """Writes that may be under way at once to keep up with a fast speaker."""

    @property
    def root(self) -> Path:
        """The folder of files on this machine."""
        ...

    def path(self, key: str) -> Path:
        """Where the file of a take is on this machine, or will be."""
        ...

    def has(self, key: str) -> bool:
        """Whether a take is there."""
        ...

    def present(self, keys: Iterable[str]) -> set[str]:
        """Which of these takes are there: asked at once, however many."""
        ...

    def usable(self, keys: Iterable[str]) -> set[str]:
        """Which of these takes are there with a sound header; broken ones are set aside so that they are made anew."""
        ...

    def fetch(self, keys: Iterable[str]) -> None:
        """Have these takes, as far as they are there, as files on this machine."""
        ...

    def write(self, key: str, take: Take) -> TakeInfo:
        """Store a take; returns what is stored, which is another's where that was there first.

        Raises `DuoyinError` for an empty take, or a store that takes no more."""
        ...

    def info(self, key: str) -> TakeInfo:
        """The header of a stored take, without decoding it. Raises `CorruptTake`."""
        ...

    def read(self, key: str) -> Take:
        """The stored take, its content checked against the digest written with it. Raises `CorruptTake`."""
        ...

    def set_aside(self, key: str) -> Path:
        """Move a broken take out of the way (kept on this machine, beside its place, as `.corrupt`)."""
        ...

    def delete(self, key: str) -> None:
        """Remove a take, for all who share the store."""
        ...

    def keys(self) -> Iterator[str]:
        """Every key in the store."""
        ...


class FolderTakes:
    """A folder of takes, on a disk of this machine or one that several share."""

    SUFFIX = ".flac"
    ASIDE = ".corrupt"
    """Of damaged takes that were set aside."""
    writers = 1

    def __init__(self, root: Path) -> None:
        self.place = TakePlace(root)

    @property
    def root(self) -> Path:
        return self.place.folder

    def path(self, key: str) -> Path:
        return self.root / file_of(key)

    def has(self, key: str) -> bool:
        return self.path(key).is_file()

    def present(self, keys: Iterable[str]) -> set[str]:
        return {key for key in keys if self.has(key)}

    def usable(self, keys: Iterable[str]) -> set[str]:
        asked = list(keys)
        for folder in {self.path(key).parent for key in asked}:
            with contextlib.suppress(OSError):
                sweep(folder)  # of a writer killed between a take's name and the end of its other one
        return {key for key in asked if self._usable(key)}

    def _usable(self, key: str) -> bool:
        if not self.has(key):
            return False
        try:
            self.info(key)
        except CorruptTake:
            self.set_aside(key)
            return False
        return True

    def fetch(self, keys: Iterable[str]) -> None:
        """They are files on this machine already."""

    def write(self, key: str, take: Take) -> TakeInfo:
        try:
            with first_path(self.path(key)) as temporary:
                return encode(key, take, temporary)
        except NameTaken:
            return self._stored_first(key, take)
        except (CannotWrite, soundfile.LibsndfileError) as error:
            why = error.reason if isinstance(error, CannotWrite) else error
            raise DuoyinError(
                f"cannot store a take ({why})",
                where=str(self.root),
                hint="Free some disk space or make the folder writable, then run again: finished lines are kept.",
            ) from error

    def _stored_first(self, key: str, take: Take) -> TakeInfo:
        """What another writer stored; where that is broken, ours takes its place."""
        try:
            return self.info(key)
        except CorruptTake:
            self.set_aside(key)
            return self.write(key, take)

    def info(self, key: str) -> TakeInfo:
        with self._open(key) as file:
            return header(key, file, str(self.path(key)))[0]

    def read(self, key: str) -> Take:
        with self._open(key) as file:
            return decode(key, file, str(self.path(key)))

    def set_aside(self, key: str) -> Path:
        path = self.path(key)
        aside = path.with_suffix(self.ASIDE)
        with contextlib.suppress(FileNotFoundError):
            path.replace(aside)
        return aside

    def delete(self, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    def keys(self) -> Iterator[str]:
        for path in sorted(self.root.glob(f"??/*{self.SUFFIX}")):
            yield path.stem

    @contextlib.contextmanager
    def _open(self, key: str) -> Iterator[soundfile.SoundFile]:
        path = self.path(key)
        try:
            file = soundfile.SoundFile(path)
        except (OSError, soundfile.LibsndfileError) as error:
            if not path.exists():
                raise missing(str(path)) from error
            raise corrupt("it is not a readable FLAC file", str(path)) from error
        with file:
            yield file


def file_of(key: str) -> str:
    """The name of a take's file below the folder or the prefix of its store."""
    return f"{key[:2]}/{key}{FolderTakes.SUFFIX}"


def encode(key: str, take: Take, file: Path | BinaryIO) -> TakeInfo:
    """Write a take as FLAC with its record; returns what the record says.

    Raises:
        DuoyinError: there is no sound, or values that are no numbers. soundfile.LibsndfileError: it cannot be written.
    """
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
    with soundfile.SoundFile(
        file, "w", samplerate=take.sample_rate, channels=1, format="FLAC", subtype="PCM_24"
    ) as sound:
        sound.comment = comment
        # libsndfile takes 32-bit integers and keeps the upper 24 bits
        sound.write(values << 8)
    return info


def decode(key: str, file: soundfile.SoundFile, where: str) -> Take:
    """The take in an opened file. `where`: the file, for messages. Raises `CorruptTake`."""
    info, doublings = header(key, file, where)
    try:
        values = file.read(dtype="int32") >> 8
    except soundfile.LibsndfileError as error:
        raise corrupt(str(error), where) from error
    if hashlib.sha256(values.tobytes()).hexdigest() != info.digest:
        raise corrupt("its sound is not what was written", where)
    samples = values.astype(np.float32) * np.float32(2.0**doublings / FULL_SCALE)
    return Take(samples, info.sample_rate, info.times, info.evidence)


def header(key: str, file: soundfile.SoundFile, where: str) -> tuple[TakeInfo, int]:
    """What the record in an opened file says, and how often full scale was doubled. Raises `CorruptTake`."""
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
        raise corrupt(f"its header cannot be read ({error})", where) from error


def corrupt(why: str, where: str) -> CorruptTake:
    """A stored take that is not what was written."""
    return CorruptTake(f"a stored take is damaged: {why}", where=where)


def missing(where: str) -> DuoyinError:
    """A take that is asked for and is not there."""
    return DuoyinError("a take is missing", where=where, hint="Run again to make it.")


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

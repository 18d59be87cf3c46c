"""Takes and pauses → one lossless file a chapter, in integer samples.

A chapter is FLAC, 24 bit, stored at a quarter of its level: engines exceed full scale (1.4 has been seen) and
must not be clipped before the limiter. That leaves +12 dB of headroom above a floor of -126 dBFS, is about a third
the size of float WAV and knows no 4 GB border. Beside it lies a small JSON that makes it whole: it is written last.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile

from flows.mastering.ffmpeg import Cancelled
from normalizers.errors import DuoyinError
from tts_core.files import atomic_path, file_digest, write_atomically
from tts_core.sealed import seal, unseal
from tts_core.sound import RoomTone, Samples, amplitude, fade, reading_sound, writing_sound
from tts_core.versions import STITCH

HEADROOM = 4.0  # full scale of the file, a power of two so that scaling is exact
SCALE = float(1 << 23) / HEADROOM  # one step of 24 bits
FADE = 0.003  # seconds of raised cosine at both edges of a take: no click, no consonant lost
BLOCK = 65_536  # samples read or written at once
COMPRESSION = 0.3  # libsndfile's 0 to 1; higher costs time and saves 1 %
ROOM_TONE_CUTOFF = 600.0  # Hz, one-pole: a room rumbles more than it hisses
ROOM_TONE_SEED = 20_190  # any constant: the tone must be the same in every run


class SoundOfTake(Protocol):
    """A stored take: content key, length, and a way to get at its samples."""

    @property
    def key(self) -> str: ...

    @property
    def samples(self) -> int: ...

    def load(self) -> Samples: ...


@dataclass(frozen=True, slots=True)
class PlacedTake:
    """A take in its chapter.

    Args:
        take: the sound, at the chapter's sample rate.
        pause_after: seconds of silence after it.
        gain_db: levels a voice against the others (see `level_voices`).
    """

    take: SoundOfTake
    pause_after: float
    gain_db: float = 0.0


@dataclass(frozen=True, slots=True)
class ChapterSound:
    """A stitched chapter.

    Args:
        title: as the chapter mark will show it; no part of the key.
        path: 24-bit FLAC with HEADROOM.
        sample_rate: Hz.
        samples: length.
        lines: (start, end) of every take, in samples, in order.
        key: digest of what the chapter was made of: takes, gains, pauses, format.
        digest: SHA-256 of the samples as stored.
    """

    title: str
    path: Path
    sample_rate: int
    samples: int
    lines: tuple[tuple[int, int], ...]
    key: str
    digest: str

    @property
    def seconds(self) -> float:
        return self.samples / self.sample_rate


def stitch(
    lines: Iterable[PlacedTake],
    *,
    title: str,
    folder: Path,
    sample_rate: int,
    head: float = 0.5,
    tail: float = 1.0,
    room_tone: float | None = None,
    cancel: threading.Event | None = None,
) -> ChapterSound:
    """Lay takes one after another into a chapter file, or find the one that was made of the same takes before.

    Args:
        lines: in order; `take.load()` is called for one line at a time.
        title: of the chapter.
        folder: where chapter files live; the file is named by its key.
        sample_rate: Hz, of every take.
        head, tail: seconds of room before the first and after the last line (ACX asks 0.5 to 1 and 1 to 5).
        room_tone: dBFS RMS of a quiet tone under everything; None is digital silence.
        cancel: stops between two lines.

    Raises: `DuoyinError` for a take that is not what its record says, for a negative pause, for a chapter
        without lines.
    """
    placed = list(lines)
    if not placed:
        raise DuoyinError("a chapter without lines has no sound", where=title or None)
    key = _key(placed, sample_rate, head, tail, room_tone)
    path = folder / f"{key}.flac"
    found = _reuse(path, title)
    if found is not None:
        return found
    with atomic_path(path) as partial:
        with writing_sound(path), _Writer(partial, sample_rate, room_tone) as writer:
            writer.silence(round(head * sample_rate))
            spans = []
            for line in placed:
                if cancel is not None and cancel.is_set():
                    raise Cancelled("stitching was cancelled", where=title or None)
                start = writer.samples
                writer.write(_edged(line, sample_rate))
                spans.append((start, writer.samples))
                writer.silence(round(line.pause_after * sample_rate))
            writer.silence(round(tail * sample_rate))
        if not writer.samples:
            raise DuoyinError("a chapter of empty takes has no sound", where=title or None)
        sound = ChapterSound(title, path, sample_rate, writer.samples, tuple(spans), key, writer.digest)
        record = {"format": STITCH, "file_digest": file_digest(partial), **asdict(sound)}
    del record["path"], record["title"]
    write_atomically(path.with_suffix(".json"), seal(record).encode())
    return sound


def blocks(sound: ChapterSound, size: int = BLOCK) -> Iterator[Samples]:
    """The chapter as float32 blocks `[T]`; peaks may exceed 1.0."""
    left = sound.samples
    with reading_sound(sound.path), soundfile.SoundFile(sound.path) as file:
        while len(data := file.read(size, dtype="int32")):
            left -= len(data)
            # 24 bits stand left-justified in 32; float32 holds them exactly.
            yield data.astype(np.float32) * np.float32(HEADROOM / (1 << 31))
    if left:
        sound.path.with_suffix(".json").unlink(missing_ok=True)
        raise DuoyinError(
            "a chapter's sound is not as long as it was made",
            where=str(sound.path),
            hint="Run again: that chapter is put together anew.",
        )


def _key(
    lines: Sequence[PlacedTake], sample_rate: int, head: float, tail: float, room_tone: float | None
) -> str:
    said: list[tuple[str, int, float]] = []
    for index, line in enumerate(lines):
        if line.pause_after < 0:
            raise DuoyinError(f"line {index + 1} has a negative pause of {line.pause_after} s")
        said.append((line.take.key, round(line.pause_after * sample_rate), line.gain_db))
    made_of = {
        "format": [STITCH, HEADROOM, FADE, ROOM_TONE_CUTOFF, ROOM_TONE_SEED],
        "rate": sample_rate,
        "room": [round(head * sample_rate), round(tail * sample_rate), room_tone],
        "lines": said,
    }
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def _reuse(path: Path, title: str) -> ChapterSound | None:
    """The chapter stored at `path` where its record exists and the file is still what was written."""
    try:
        record = unseal(path.with_suffix(".json").read_bytes())
        if record.pop("format") != STITCH or record.pop("file_digest") != file_digest(path):
            return None
        spans = tuple((start, end) for start, end in record.pop("lines"))
        return ChapterSound(title=title, path=path, lines=spans, **record)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # interrupted between file and record, or damaged: stitch again


def _edged(line: PlacedTake, sample_rate: int) -> Samples:
    take = line.take
    samples = np.array(take.load(), dtype=np.float32)
    if samples.ndim != 1 or len(samples) != take.samples:
        raise DuoyinError(
            f"take {take.key[:12]} has {len(samples)} samples, its record says {take.samples}",
            hint="delete this take; the next run synthesizes it again",
        )
    samples *= np.float32(amplitude(line.gain_db))
    peak = float(np.abs(samples).max(initial=0.0))
    if not peak < HEADROOM:  # also catches NaN
        raise DuoyinError(
            f"take {take.key[:12]} peaks at {peak:g}: that is no speech",
            hint="delete this take; the next run synthesizes it again",
        )
    edge = round(FADE * sample_rate)
    fade(samples, edge, edge)
    return samples


class _Writer:
    """A chapter file being written: 24-bit steps, digest and length kept on the way."""

    def __init__(self, path: Path, sample_rate: int, room_tone: float | None) -> None:
        self.samples = 0
        self._hash = hashlib.sha256()
        self._file = soundfile.SoundFile(
            path,
            "w",
            samplerate=sample_rate,
            channels=1,
            format="FLAC",
            subtype="PCM_24",
            compression_level=COMPRESSION,
        )
        self._room = None if room_tone is None else _room_tone(sample_rate, room_tone)

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def silence(self, count: int) -> None:
        for start in range(0, count, BLOCK):
            self.write(np.zeros(min(BLOCK, count - start), np.float32))

    def write(self, samples: Samples) -> None:
        if self._room is not None:
            samples = samples + self._room.next(len(samples))
        steps = np.rint(samples * np.float32(SCALE)).astype(np.int32) << 8
        self._hash.update(steps.astype("<i4", copy=False).tobytes())
        self._file.write(steps)
        self.samples += len(samples)


def _room_tone(sample_rate: int, level: float) -> RoomTone:
    """One-pole low-passed noise with an RMS of `level` dBFS."""
    pole = float(np.exp(-2 * np.pi * ROOM_TONE_CUTOFF / sample_rate))
    # White noise of power 1 through y = x + pole y' has power 1 / (1 - pole^2).
    scale = amplitude(level) * float(np.sqrt(1 - pole * pole))
    return RoomTone([scale], [1.0, -pole], seed=ROOM_TONE_SEED)

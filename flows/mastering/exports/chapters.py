"""A book → one file a chapter (MP3, Opus, FLAC), `01 Title.mp3`, with the gain of the whole book."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flows.mastering.check import check
from flows.mastering.cover import usable_cover
from flows.mastering.encode import Gain, encode_file, encoding_key
from flows.mastering.exports.base import Delivered, Master
from flows.mastering.master import Job, MasterProgress, book_gain, ceiling_of
from flows.mastering.profiles import ENCODINGS, Encoding, Profile
from flows.mastering.stitch import ChapterSound
from flows.mastering.tags import BookMetadata, chapter_tags
from normalizers.errors import DuoyinError
from tts_core.files import Claim, file_digest, file_name, write_atomically
from tts_core.sealed import seal, unseal

MAX_NAME_BYTES = 120  # of a chapter title in a file name


def export(
    kind: str,
    master: Master,
    profile: Profile,
    out: Path,
    *,
    work: Path,
    workers: int = 2,
    progress: Callable[[MasterProgress], None] | None = None,
    cancel: threading.Event | None = None,
    claim: Claim | None = None,
) -> Delivered:
    """The exporter of a folder of chapter files, see `Exporter`; `kind` is the codec."""
    job = Job(master.sounds, workers, progress, cancel)
    gains = chapter_gains(master.sounds, profile, ENCODINGS[kind], job)
    files = export_chapters(
        master.sounds,
        master.book,
        profile,
        out,
        codec=kind,
        gains=gains,
        workers=workers,
        progress=progress,
        cancel=job.cancel,
        claim=claim,
    )
    checks = tuple(
        check(
            file,
            profile,
            missing_takes=master.missing_takes,
            listen=master.listen(number) if master.listen is not None else None,
            cancel=job.cancel,
        )
        for number, file in enumerate(files)
    )
    return Delivered(out, checks, gains=tuple(gains))


def chapter_gains(
    chapters: Sequence[ChapterSound], profile: Profile, encoding: Encoding, job: Job
) -> list[Gain]:
    """What is done to the level of each chapter: the gain of the whole book, and the encoding's ceiling."""
    gain_db, _ = book_gain(chapters, profile, encoding, job)
    return [Gain(gain_db, ceiling_of(profile, encoding))] * len(chapters)


def export_chapters(
    chapters: Sequence[ChapterSound],
    book: BookMetadata,
    profile: Profile,
    folder: Path,
    *,
    codec: str | None = None,
    gains: Sequence[Gain] | None = None,
    workers: int = 2,
    progress: Callable[[MasterProgress], None] | None = None,
    cancel: threading.Event | None = None,
    claim: Claim | None = None,
) -> list[Path]:
    """Master chapters into files of their own: `01 Title.mp3`, ...; with the gain of the whole book.

    Args:
        codec: `mp3`, `opus`, `flac` or `m4a`; None takes the profile's (MP3, 192 kbit/s, 44.1 kHz, as ACX asks).
        gains: of the chapters, where they are measured already (`chapter_gains`).
        claim: asked before a finished file takes its name, from worker threads.

    Other arguments as in `master_book`. A file that a former run finished the same way is left as it is.
    """
    if codec is not None and codec not in ENCODINGS:
        raise DuoyinError(f"chapters cannot be exported as {codec!r}", hint=f"one of {', '.join(ENCODINGS)}")
    encoding = profile.chapter_encoding if codec is None else ENCODINGS[codec]
    suffix = codec or encoding.codec
    job = Job(chapters, workers, progress, cancel)
    cover, _ = usable_cover(book)
    if gains is None:
        gains = chapter_gains(chapters, profile, encoding, job)
    width = max(2, len(str(len(chapters))))
    paths = [
        folder / f"{number:0{width}d} {_name_part(c.title)}".rstrip() for number, c in enumerate(chapters, 1)
    ]
    paths = [p.with_name(f"{p.name}.{suffix}") for p in paths]
    numbers = {id(c): n for n, c in enumerate(chapters)}
    ledger = _Finished(folder / f".{suffix}.json")

    def export(sound: ChapterSound, gain: Gain) -> Path:
        number = numbers[id(sound)]
        title = sound.title or f"Chapter {number + 1}"
        tags = chapter_tags(book, title, number + 1, len(chapters), codec=encoding.codec)
        made_of = encoding_key(sound, gain, encoding) + _digest_of(tags, cover)
        if not ledger.has(paths[number], made_of):
            encode_file(
                sound, gain, encoding, paths[number], tags=tags, cover=cover, cancel=job.cancel, claim=claim
            )
            ledger.add(paths[number], made_of)
        return paths[number]

    return job.each("encode", export, gains)


class _Finished:
    """Which exported files were made of what, so that a killed export goes on where it stopped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            self._files: dict[str, Any] = unseal(path.read_bytes())
        except (OSError, ValueError):  # none yet, or a damaged one: the files are made again
            self._files = {}

    def has(self, path: Path, made_of: str) -> bool:
        return path.is_file() and self._files.get(path.name) == [made_of, file_digest(path)]

    def add(self, path: Path, made_of: str) -> None:
        with self._lock:
            self._files[path.name] = [made_of, file_digest(path)]
            write_atomically(self._path, seal(self._files).encode())


def _name_part(title: str) -> str:
    """A chapter's title as it follows its number; nothing where it has none."""
    return file_name(title, instead="_", most_bytes=MAX_NAME_BYTES) if title.strip(" .") else ""


def _digest_of(tags: Mapping[str, str], cover: bytes | None) -> str:
    return hashlib.sha256(json.dumps(tags, sort_keys=True).encode() + (cover or b"")).hexdigest()

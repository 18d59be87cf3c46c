"""The sound of each chapter as a file of a read-along book: mastered as the delivered one is, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from flows.mastering.encode import Gain, encode_file, encoding_key, forget_all_but, is_whole, write_record
from flows.mastering.master import Job
from flows.mastering.profiles import Encoding
from flows.mastering.stitch import ChapterSound

MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
"""Sampling rates of MPEG-1, 2 and 2.5 layer III (ISO/IEC 11172-3, 13818-3)."""
ENCODINGS: Mapping[str, Encoding] = {
    "mp3": Encoding("mp3", 64_000, None, 0.7),
    "m4a": Encoding("aac", 64_000, None, 0.8),
}
"""By suffix; MP3 is what every reading system plays (EPUB 3.3, 3.2: `audio/mpeg`, and AAC as `audio/mp4`)."""


def chapter_sounds(
    sounds: Sequence[ChapterSound],
    gains: Sequence[Gain],
    kind: str,
    work: Path,
    *,
    workers: int,
) -> list[Path]:
    """A file for each chapter with the gain and ceiling that it was delivered with; nothing is measured again.

    Args:
        kind: of `ENCODINGS`. work: where the files are kept; those of former gains and texts are removed.
    """
    job = Job(sounds, workers, None, None)

    def encode(sound: ChapterSound, gain: Gain) -> Path:
        encoding = ENCODINGS[kind]
        if encoding.codec == "mp3" and sound.sample_rate not in MP3_RATES:
            rate = min((r for r in MP3_RATES if r >= sound.sample_rate), default=MP3_RATES[-1])
            encoding = replace(encoding, sample_rate=rate)
        path = work / f"{encoding_key(sound, gain, encoding)}.{kind}"
        if not is_whole(path):
            encode_file(sound, gain, encoding, path, tags={}, cancel=job.cancel)
            write_record(path)
        return path

    made = job.each("encode", encode, gains)
    forget_all_but(made, work, *ENCODINGS)
    return made

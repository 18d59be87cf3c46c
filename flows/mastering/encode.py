"""A stitched chapter → encoded sound, one ffmpeg a chapter, kept under a key of its content.

AAC chapters are ADTS streams of whole 1024-sample frames, so they can be joined without re-encoding. Every
encoded chapter begins with one priming frame (the encoder's delay), which in a joined stream is 1024 samples of
silence before the chapter; a chapter of n frames is therefore n + 1 packets and all marks follow by counting.
"""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import ffmpeg as graph
import numpy as np

from flows.mastering import ffmpeg, limiter, stitch
from flows.mastering.profiles import Encoding
from flows.mastering.stitch import ChapterSound
from flows.mastering.tags import ffmetadata, picture_block
from normalizers.errors import DuoyinError
from tts_core.files import Claim, atomic_path, file_digest, scratch_folder, write_atomically
from tts_core.sealed import seal, unseal
from tts_core.sound import Samples, amplitude, resampled_blocks
from tts_core.versions import ENCODE, LIMITER

_RECORD = ".json"  # beside an encoded chapter: the digest of its bytes, written last
FRAME = 1024  # samples of an AAC-LC frame
PRIMING_FRAMES = 1  # the native encoder's delay is one frame
BITRATE_AT = 24_000  # Hz, the rate AAC_64K is meant for
# The native encoder's "fast" search beats its default on speech at 64 kbit/s, 24 kHz: spectral distance 1.9 against
# 2.4 dB, 3 to 7 dB less error below 6 kHz, peaks overshoot 0.7 instead of 1.8 dB, at half the cost (ffmpeg 9.0).
AAC_CODER = "fast"
# Sampling rates AAC-LC has an index for (ISO/IEC 14496-3 table 1.18).
AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)


@dataclass(frozen=True, slots=True)
class Gain:
    """What is done to a chapter's level: a static gain (dB), then a true-peak ceiling (dBTP)."""

    gain_db: float
    ceiling: float


@dataclass(frozen=True, slots=True)
class EncodedChapter:
    """An ADTS stream.

    Args:
        path: the file.
        sample_rate: Hz.
        packets: AAC frames in it, the priming frame included.
    """

    path: Path
    sample_rate: int
    packets: int


def delivered_bitrate(sound: ChapterSound, encoding: Encoding) -> int:
    """Bits per second: the encoding's, grown with the square root of a chapter's rate above 24 kHz."""
    if encoding.codec != "aac" or encoding.sample_rate is not None:
        return encoding.bitrate
    growth = math.sqrt(max(1.0, delivered_rate(sound, encoding) / BITRATE_AT))
    return round(encoding.bitrate * growth / 1000) * 1000


def delivered_rate(sound: ChapterSound, encoding: Encoding) -> int:
    """The sample rate a chapter is encoded at: the encoding's, else its own where the codec has it."""
    if encoding.sample_rate is not None:
        return encoding.sample_rate
    if encoding.codec == "aac" and sound.sample_rate not in AAC_RATES:
        return min((r for r in AAC_RATES if r >= sound.sample_rate), default=AAC_RATES[-1])
    return sound.sample_rate


def mastered(
    sound: ChapterSound, encoding: Encoding, gain: Gain, cancel: threading.Event | None = None
) -> Iterator[Samples]:
    """The chapter as it goes to the encoder: resampled where needed, amplified, limited."""
    rate = delivered_rate(sound, encoding)
    source = resampled_blocks(stitch.blocks(sound), sound.sample_rate, rate)
    yield from cancellable(limiter.limited(source, rate, amplitude(gain.gain_db), gain.ceiling), cancel)


def cancellable(blocks: Iterable[Samples], cancel: threading.Event | None) -> Iterator[Samples]:
    """The same blocks until `cancel` is set; then `Cancelled`."""
    for block in blocks:
        if cancel is not None and cancel.is_set():
            raise ffmpeg.Cancelled
        yield block


def encode_aac(
    sound: ChapterSound,
    gain: Gain,
    encoding: Encoding,
    folder: Path,
    cancel: threading.Event | None = None,
) -> EncodedChapter:
    """Encode a chapter as ADTS, or find it encoded the same way before."""
    rate = delivered_rate(sound, encoding)
    path = folder / f"{encoding_key(sound, gain, encoding)}.aac"
    if is_whole(path):
        return EncodedChapter(path, rate, count_packets(path))
    with atomic_path(path) as partial:
        stream = graph.input("pipe:", format="f32le", ar=rate, ac=1).output(
            str(partial),
            format="adts",
            acodec="aac",
            aac_coder=AAC_CODER,
            audio_bitrate=delivered_bitrate(sound, encoding),
            **ffmpeg.BITEXACT,
        )
        blocks = _whole_frames(mastered(sound, encoding, gain, cancel))
        ffmpeg.run(stream, stdin=_bytes(blocks, encoding.loss_db), cancel=cancel, where=str(path))
    write_record(path)
    return EncodedChapter(path, rate, count_packets(path))


def encode_file(
    sound: ChapterSound,
    gain: Gain,
    encoding: Encoding,
    path: Path,
    *,
    tags: dict[str, str],
    cover: bytes | None = None,
    cancel: threading.Event | None = None,
    claim: Claim | None = None,
) -> None:
    """Encode a chapter into a file of its own (MP3, Opus, FLAC or M4A) with tags and cover, atomically.

    Args:
        claim: asked before the finished file takes its name.
    """
    rate = delivered_rate(sound, encoding)
    options: dict[str, object] = dict(ffmpeg.BITEXACT)
    if encoding.codec == "mp3":
        options |= {"format": "mp3", "acodec": "libmp3lame", "id3v2_version": 3}
    elif encoding.codec == "opus":
        options |= {"format": "opus", "acodec": "libopus"}
        if cover is not None:
            tags = tags | {"METADATA_BLOCK_PICTURE": picture_block(cover)}
            cover = None  # Ogg has no picture stream
    elif encoding.codec == "flac":
        options |= {"format": "flac", "acodec": "flac", "sample_fmt": "s16"}
    elif encoding.codec == "aac":
        options |= {"format": "ipod", "acodec": "aac", "aac_coder": AAC_CODER, "movflags": "+faststart"}
    else:
        raise DuoyinError(f"no encoder for {encoding.codec!r}", hint="mp3, opus, flac or aac")
    if encoding.bitrate:
        options["audio_bitrate"] = delivered_bitrate(sound, encoding)
    with atomic_path(path, claim) as partial, scratch_folder() as scratch:
        sound_in = graph.input("pipe:", format="f32le", ar=rate, ac=1)
        inputs = [sound_in.audio]
        if cover is not None:
            picture = scratch / "cover"
            picture.write_bytes(cover)
            inputs.append(graph.input(str(picture))["v"])
            options |= {"vcodec": "copy", "disposition:v:0": "attached_pic"}
        text = scratch / "tags.txt"
        text.write_text(ffmetadata(tags, (), rate), encoding="utf-8")
        inputs.append(graph.input(str(text), format="ffmetadata")["a?"])  # no streams: only its metadata
        stream = graph.output(*inputs, str(partial), map_metadata=len(inputs) - 1, **options)
        ffmpeg.run(
            stream,
            stdin=_bytes(mastered(sound, encoding, gain, cancel), encoding.loss_db),
            cancel=cancel,
            where=str(path),
        )


def encoding_key(sound: ChapterSound, gain: Gain, encoding: Encoding) -> str:
    """Digest of what decides the encoded bytes."""
    made_of = [
        *(ENCODE, LIMITER, sound.digest, sound.sample_rate, gain.gain_db, gain.ceiling),
        *(encoding.codec, delivered_bitrate(sound, encoding), delivered_rate(sound, encoding)),
        *(encoding.loss_db, AAC_CODER, ffmpeg.version()),
    ]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


def count_packets(path: Path) -> int:
    """AAC frames of an ADTS file (ISO/IEC 13818-7 6.2). Raises `DuoyinError` where it is damaged or cut."""
    data = path.read_bytes()
    at = packets = 0
    while at + 7 <= len(data) and data[at] == 0xFF and data[at + 1] & 0xF6 == 0xF0:
        length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        if length < 7:
            break
        at += length
        packets += 1
    if at != len(data) or not packets:
        raise DuoyinError("damaged AAC chapter", where=str(path), hint="delete it and run again")
    return packets


def write_record(path: Path) -> None:
    """Put beside an encoded chapter what `is_whole` holds it against."""
    write_atomically(path.with_suffix(_RECORD), seal({"file_digest": file_digest(path)}).encode())


def is_whole(path: Path) -> bool:
    """Whether an encoded chapter is there as it was written: a flipped bit inside a packet is still a stream."""
    try:
        record = unseal(path.with_suffix(_RECORD).read_bytes())
        return bool(record["file_digest"] == file_digest(path))
    except (OSError, ValueError, KeyError):
        return False  # interrupted between file and record, or damaged: encode again


def forget_all_but(keep: Collection[Path], folder: Path, *suffixes: str) -> None:
    """Encoded chapters of former gains and texts are of no use to anyone."""
    for suffix in suffixes:
        for path in folder.glob(f"*.{suffix}"):
            if path not in keep:
                path.unlink(missing_ok=True)
                path.with_suffix(_RECORD).unlink(missing_ok=True)


def _whole_frames(blocks: Iterable[Samples]) -> Iterator[Samples]:
    total = 0
    for block in blocks:
        total += len(block)
        yield block
    yield np.zeros(-total % FRAME, np.float32)


def _bytes(blocks: Iterable[Samples], loss_db: float) -> Iterator[bytes]:
    given_back = np.float32(amplitude(loss_db))
    for block in blocks:
        yield (block * given_back).astype("<f4", copy=False).tobytes()

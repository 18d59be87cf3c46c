"""A dub as a small MP3, to be listened to from its report: the whole of it, or stretches cut out of it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import ffmpeg
import numpy as np

from flows.mastering.dub.render import DUB_RATE
from flows.mastering.ffmpeg import run
from tts_core.sound import Samples

PREVIEW_RATE = 16_000
PREVIEW_BITS = 24_000
FRAME = 576
"""Samples of a frame at this rate (ISO/IEC 13818-3, MPEG-2 layer III)."""
FRAME_BYTES = FRAME * PREVIEW_BITS // 8 // PREVIEW_RATE
"""Bytes of a frame: exact at this rate and bitrate, so that none is padded."""
DELAY = 1105
"""Samples that a decoder gives back late: of LAME 576, of decoders 529."""


def preview_sound(blocks: Iterable[Samples]) -> bytes:
    """A small MP3 of mono blocks `[T]` at `DUB_RATE`; each of its frames stands for itself."""
    sound = ffmpeg.input("pipe:", format="f32le", ar=DUB_RATE, ac=1).output(
        "pipe:",
        format="mp3",
        ac=1,
        ar=PREVIEW_RATE,
        audio_bitrate=PREVIEW_BITS,
        compression_level=9,
        reservoir=0,  # no frame borrows from the ones before it: it can be cut anywhere
        write_xing=0,
        id3v2_version=0,
        threads=1,
    )
    return run(
        sound, stdin=(np.ascontiguousarray(block, "<f4").tobytes() for block in blocks), where="the preview"
    )


def preview_between(preview: bytes, start: float, end: float) -> bytes:
    """The frames of a preview that sound from `start` to `end`, in seconds."""
    first = max(0, math.floor(start * PREVIEW_RATE / FRAME))
    last = math.ceil((end * PREVIEW_RATE + DELAY) / FRAME)
    return preview[first * FRAME_BYTES : last * FRAME_BYTES]

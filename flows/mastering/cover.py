"""The cover as every player shows it: a JPEG of a sensible size, on white where the picture is see-through."""

from __future__ import annotations

import re
import struct
import threading

import ffmpeg as graph
import numpy as np
import numpy.typing as npt

from flows.mastering import ffmpeg
from flows.mastering.tags import BookMetadata
from normalizers.errors import DuoyinError
from tts_core.files import CannotWrite, scratch_folder, write_atomically

LONGEST_SIDE = 1600
"""Pixels. Players show a cover at a few hundred; a print's 4,000 only make every chapter file larger."""
JPEG_QUALITY = 3
"""Of ffmpeg's scale from 2 (best) to 31."""

_SOF = frozenset({0xC0, 0xC1, 0xC2})
"""Markers of the JPEG frames that every player decodes (ITU-T T.81 table B.1): baseline, extended, progressive."""
_PICTURE = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n|RIFF.{4}WEBP|GIF8[79]a|BM|II\*\0|MM\0\*", re.DOTALL)
"""How pictures begin. ffmpeg would also open a list of addresses that calls itself a cover."""
_PAM = re.compile(rb"P7\nWIDTH (\d+)\nHEIGHT (\d+)\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n")


def usable_cover(book: BookMetadata) -> tuple[bytes | None, list[str]]:
    """The cover as `prepare_cover` gives it, and what is to be said where it is none."""
    if not book.cover:
        return None, []
    try:
        return prepare_cover(book.cover), []
    except CannotWrite:
        raise  # a full disk is no fault of the picture
    except DuoyinError as error:
        return None, [f"no cover: {error.message}"]  # a broken picture must not cost a night


def prepare_cover(
    data: bytes, cancel: threading.Event | None = None, *, longest: int = LONGEST_SIDE
) -> bytes:
    """The cover as JPEG, at most `longest` pixels long; one that is that already stays as it is.

    Raises: `DuoyinError` for what is no picture ffmpeg can read.
    """
    shape = jpeg_shape(data)
    if shape is not None and max(shape[:2]) <= longest and shape[2] in (1, 3):
        return data
    if not _PICTURE.match(data):
        raise DuoyinError("the cover is no JPEG, PNG, WebP, GIF, BMP or TIFF", hint="use JPEG or PNG")
    pixels = _decoded(data, cancel, longest)
    height, width = pixels.shape[:2]
    opacity = pixels[..., 3:].astype(np.uint16)
    flat = (pixels[..., :3] * opacity + 255 * (255 - opacity) + 127) // 255
    picture = graph.input("pipe:", format="rawvideo", pix_fmt="rgb24", s=f"{width}x{height}").output(
        "pipe:", format="image2pipe", vcodec="mjpeg", pix_fmt="yuvj420p", vframes=1, qscale=JPEG_QUALITY,
        **ffmpeg.BITEXACT,
    )  # fmt: skip
    return ffmpeg.run(picture, stdin=[flat.astype(np.uint8).tobytes()], cancel=cancel, where="cover")


def jpeg_shape(data: bytes) -> tuple[int, int, int] | None:
    """Width, height and number of colours of a JPEG (ITU-T T.81 annex B); None for anything else."""
    at = 2
    while data.startswith(b"\xff\xd8\xff") and at + 10 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _SOF:
            height, width, colours = struct.unpack(">HHB", data[at + 5 : at + 10])
            return width, height, colours
        at += 1 if marker == 0xFF else 2 + length  # 0xFF may be repeated before a marker
    return None


def _decoded(data: bytes, cancel: threading.Event | None, longest: int) -> npt.NDArray[np.uint8]:
    """The first picture of a file, `[H, W, 4]`: red, green, blue and opacity."""
    with scratch_folder() as scratch:
        file = scratch / "cover"  # not a pipe: some kinds are read from their end
        write_atomically(file, data)
        side = f"min({longest},{{}})"
        stream = (
            graph.input(str(file))
            .filter("scale", side.format("iw"), side.format("ih"), force_original_aspect_ratio="decrease")
            .output("pipe:", format="image2pipe", vcodec="pam", pix_fmt="rgba", vframes=1, threads=1)
        )
        picture = ffmpeg.run(stream, cancel=cancel, where="cover")
    head = _PAM.match(picture)
    if head is None:
        raise DuoyinError("the cover is no picture ffmpeg can read", hint="use JPEG or PNG")
    width, height = int(head[1]), int(head[2])
    return np.frombuffer(picture, np.uint8, height * width * 4, head.end()).reshape(height, width, 4)

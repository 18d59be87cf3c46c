"""Which ffmpeg is run: the first that keeps every sample, found out once a version.

Programs called ffmpeg differ: some are built without an encoder, and older ones (5.1, for instance) let a track of Opus
in Matroska begin late and do not cut the last frame of AAC in MP4 where the sound ends. So a program is tried before it
is used; what it lacks is remembered by what it says of itself, its libraries' versions and its configuration.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt

from normalizers.errors import DuoyinError
from tts_core.files import CannotWrite, cache_folder, scratch_folder, write_atomically

EXPLICIT = "IMAGEIO_FFMPEG_EXE"
"""The variable that names the program to be used, whatever it lacks."""
ENCODERS = ("aac", "libopus", "libmp3lame", "flac", "pcm_s24le", "mjpeg", "pam")
"""What is written with it, by ffmpeg's names."""
TRACKS = {"Opus in Matroska": ("matroska", "libopus"), "AAC in MP4": ("mp4", "aac")}
"""Kinds of tracks that must give back exactly the samples that went in, with their muxer and encoder."""

_RATE, _SAMPLES, _CLICK = 48_000, 10_007, 5_000  # a length that is no whole number of frames
_CLICK_OFF = 48  # samples: 1 ms
_SECONDS = 60.0  # a program that takes longer hangs


@dataclass(frozen=True, slots=True)
class Program:
    """An ffmpeg.

    Args:
        version: first line of what it says of itself. lacks: in words, what it cannot do of what is needed.
    """

    path: str
    version: str
    lacks: tuple[str, ...]


@functools.lru_cache(maxsize=1)
def chosen() -> Program:
    """The program to be run: the one `IMAGEIO_FFMPEG_EXE` names; else the first that lacks nothing, of the one that
    imageio-ffmpeg brings and the one on the PATH; else the one of them that lacks least.

    Raises: `DuoyinError` where there is none that starts.
    """
    found: list[Program] = []
    for path in _candidates():
        program = examined(path)
        if program is None:
            continue
        if not program.lacks or path == os.environ.get(EXPLICIT):
            return program
        found.append(program)
    if not found:
        raise DuoyinError(
            "no ffmpeg was found that starts",
            where=os.environ.get(EXPLICIT) or None,
            hint="run: pip install --force-reinstall imageio-ffmpeg",
        )
    return min(found, key=lambda program: len(program.lacks))


def bundled() -> str | None:
    """The program that imageio-ffmpeg brings; None where its package has none for this machine."""
    folder = Path(imageio_ffmpeg.__file__).with_name("binaries")
    return next((str(path) for path in sorted(folder.glob("ffmpeg-*")) if os.access(path, os.X_OK)), None)


def examined(path: str) -> Program | None:
    """A program and what it lacks; None where it does not start. Tried once a version and machine."""
    said = _told([path, "-version"])
    if said is None or not said.startswith(b"ffmpeg version"):
        return None
    version = said.splitlines()[0].decode(errors="replace").split(" Copyright")[0]
    key = hashlib.sha256(said).hexdigest()
    kept = cache_folder() / "ffmpeg" / f"{key}.json"
    with contextlib.suppress(
        FileNotFoundError, ValueError
    ):  # not tried yet, or half a disk's worth of a file
        return Program(path, version, tuple(json.loads(kept.read_bytes())))
    lacks, certain = _tried(path)
    if certain:
        with contextlib.suppress(CannotWrite):  # then it is tried again next time
            write_atomically(kept, json.dumps(lacks).encode())
    return Program(path, version, lacks)


def _candidates() -> Iterator[str]:
    explicit = os.environ.get(EXPLICIT)
    if explicit:
        yield explicit
        return
    for path in (bundled(), shutil.which("ffmpeg")):
        if path:
            yield path


def _tried(path: str) -> tuple[tuple[str, ...], bool]:
    """What a program lacks, and whether that is certain: a full disk, say, may have been in the way."""
    listed = _told([path, "-hide_banner", "-encoders"])
    if listed is None:
        return ("does not list its encoders",), False
    missing = [name for name in ENCODERS if name not in listed.decode(errors="replace").split()]
    lacks, certain = [f"has no encoder {name}" for name in missing], True
    for name, (muxer, encoder) in TRACKS.items():
        if encoder in missing:
            continue
        back = _through(path, muxer, encoder)
        if back is None:
            lacks, certain = [*lacks, f"does not write {name}"], False
        elif len(back) != _SAMPLES or abs(int(np.argmax(np.abs(back))) - _CLICK) > _CLICK_OFF:
            lacks.append(f"does not keep every sample of {name}")
    return tuple(lacks), certain


def _through(path: str, muxer: str, encoder: str) -> npt.NDArray[np.float32] | None:
    """A silence with a click, written to a file and read from it as dubs are; None where that failed."""
    sound = np.zeros(_SAMPLES, "<f4")
    sound[_CLICK - 12 : _CLICK + 12] = 0.5
    raw = ["-f", "f32le", "-ar", str(_RATE), "-ac", "1"]
    try:
        with scratch_folder() as scratch:
            file = str(scratch / "track")
            quiet = [path, "-hide_banner", "-v", "error", "-y"]
            coded = ["-c:a", encoder, "-b:a", "96k", "-f", muxer, file]
            if _told([*quiet, *raw, "-i", "pipe:", *coded], sound.tobytes()) is None:
                return None
            filters = f"aresample={_RATE}:async=1:min_hard_comp=0.03:first_pts=0"
            back = _told([*quiet, "-i", file, "-af", filters, *raw, "pipe:"])
    except CannotWrite:
        return None
    return None if back is None or len(back) % 4 else np.frombuffer(back, "<f4")


def _told(command: list[str], given: bytes = b"") -> bytes | None:
    """What a command writes; None where it does not start or fails."""
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout

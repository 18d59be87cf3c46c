"""Short files to hear a voice by: a few lines, even in level, small enough to sit inside a page."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Iterable
from pathlib import Path

import ffmpeg as graph
import numpy as np

from flows.mastering import ffmpeg
from tts_core.files import atomic_path
from tts_core.sound import Samples

with warnings.catch_warnings():
    # pydub looks for ffmpeg on the path when it is imported; it mixes here, and our own ffmpeg encodes
    warnings.simplefilter("ignore", RuntimeWarning)
    from pydub import AudioSegment
    from pydub.effects import normalize

GAP_MS = 400
"""Silence between two lines, in milliseconds."""
FADE_MS = 5
HEADROOM_DB = 3.0
"""Peak of the file below full scale, in dB."""
BITRATE = "56k"


def write_audition(lines: Iterable[tuple[Samples, int]], out: Path) -> Path:
    """Lines (float32 `[T]`, sample rate in Hz) one after another as an MP3 at `out`.

    Raises: `DuoyinError` where there is no ffmpeg, or the file cannot be written.
    """
    sound = AudioSegment.silent(duration=0)
    for samples, rate in lines:
        peak = max(float(np.abs(samples).max(initial=0.0)), 1.0)
        pcm = (samples / peak * 32767).astype("<i2").tobytes()
        line = (
            AudioSegment(data=pcm, sample_width=2, frame_rate=rate, channels=1)
            .fade_in(FADE_MS)
            .fade_out(FADE_MS)
        )
        gap = AudioSegment.silent(duration=GAP_MS, frame_rate=rate)
        sound = line if not len(sound) else sound + gap + line
    mix = normalize(sound, headroom=HEADROOM_DB)
    with atomic_path(out) as partial:
        stream = graph.input("pipe:", format="s16le", ar=mix.frame_rate, ac=1).output(
            str(partial), format="mp3", audio_bitrate=BITRATE
        )
        ffmpeg.run(stream, stdin=[mix.raw_data], where=str(out))
    return out


def data_uri(file: Path) -> str:
    """An MP3 as a `data:` URI, so that a page holds its sound."""
    return "data:audio/mpeg;base64," + base64.b64encode(file.read_bytes()).decode("ascii")

"""The dub into its file: an additional audio track of the video, or a sound file of its own.

Pictures are never encoded again; every original stream is kept where the container can hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np

from flows.mastering.dub.media import Media
from flows.mastering.dub.render import DUB_RATE
from flows.mastering.encode import AAC_CODER
from flows.mastering.ffmpeg import run
from flows.mastering.tags import SYNTHETIC_SPEECH, language_code
from normalizers.errors import DuoyinError
from tts_core.sound import Samples

# Bits a second for each channel: transparent for speech over a bed.
OPUS_BITS = 80_000
AAC_BITS = 96_000
OPUS_EFFORT = 5
"""Of 10: a quarter less CPU than the highest, which is made for low rates."""

# Codec of the dub by suffix. In these pairs ffmpeg writes where the sound ends, so that a decoder gives back
# exactly the samples that went in (AAC in Matroska and Opus in MP4 do not).
VIDEO_CODECS = {
    ".mkv": "libopus",
    ".mka": "libopus",
    ".webm": "libopus",
    ".mp4": "aac",
    ".m4v": "aac",
    ".mov": "aac",
}
AUDIO_CODECS = {".wav": "pcm_s24le", ".flac": "flac", ".m4a": "aac", ".opus": "libopus", ".ogg": "libopus"}
_WEBM_CODECS = frozenset({"vp8", "vp9", "av1", "vorbis", "opus"})
_MP4_CODECS = frozenset(
    {
        "h264",
        "hevc",
        "av1",
        "vp9",
        "mpeg4",
        "mpeg2video",
        "aac",
        "ac3",
        "eac3",
        "mp3",
        "opus",
        "flac",
        "alac",
        "mjpeg",
        "png",
        "prores",
    }
)
_TEXT_SUBTITLES = frozenset({"subrip", "ass", "ssa", "webvtt", "mov_text", "text"})
_SUBTITLE_CODECS = {
    ".mkv": None,
    ".mka": None,
    ".webm": "webvtt",
    ".mp4": "mov_text",
    ".m4v": "mov_text",
    ".mov": "mov_text",
}


@dataclass(frozen=True, slots=True)
class DubTrack:
    """How the added track is labelled.

    Args:
        language: BCP 47 or ISO 639 code.
        title: shown by players.
        default: players choose it by themselves; the originals stop being the default.
    """

    language: str
    title: str
    default: bool = True


def is_sound_file(path: Path) -> bool:
    """Whether `path` is to be a sound file rather than a video. Raises `DuoyinError` for an unknown suffix."""
    suffix = path.suffix.lower()
    if suffix in AUDIO_CODECS:
        return True
    if suffix in VIDEO_CODECS:
        return False
    known = ", ".join([*VIDEO_CODECS, *AUDIO_CODECS])
    raise DuoyinError(
        f"{suffix} cannot be written" if suffix else "its name does not say what kind of file it is",
        where=str(path),
        hint=f"use one of {known}",
    )


def refuse_output(path: Path, media: Media | None) -> None:
    """Raise `DuoyinError` for a file that cannot be made: an unknown suffix, a video without a picture, a
    codec it cannot hold."""
    if is_sound_file(path):
        return
    if media is None:
        raise DuoyinError(
            f"{path.name} would be a video, but no video is given",
            where=str(path),
            hint="name the video with --video, or choose .wav, .flac, .m4a or .opus",
        )
    _refuse_pictures(media, path, path.suffix.lower())


def default_output(video: Path) -> Path:
    """`film.mp4` → `film.dub.mp4`; Matroska where the video's container cannot be written."""
    suffix = video.suffix.lower() if video.suffix.lower() in VIDEO_CODECS else ".mkv"
    return video.with_name(f"{video.stem}.dub{suffix}")


def write_sound(blocks: Iterable[Samples], path: Path, channels: int, track: DubTrack, partial: Path) -> None:
    """Write the mix to a sound file.

    Args:
        blocks: `[T, C]` float32 at `DUB_RATE`.
        path: what the file will be called; its suffix says the kind. partial: what it is called now.
    """
    codec = AUDIO_CODECS[path.suffix.lower()]
    sound = ffmpeg.input("pipe:", format="f32le", ar=DUB_RATE, ac=channels)
    options: dict[str, Any] = {"acodec": codec, **_rate_options("b:a", codec, channels)}
    options["metadata:s:a:0"] = f"language={language_code(track.language)}"
    options["metadata"] = f"title={track.title}"
    options["metadata:g"] = f"comment={SYNTHETIC_SPEECH}"
    options["flags:a"] = "+bitexact"
    run(sound.output(str(partial), **options, **_muxer(path)), stdin=_bytes(blocks), where=str(path))


def write_video(
    blocks: Iterable[Samples],
    media: Media,
    path: Path,
    channels: int,
    track: DubTrack,
    partial: Path,
) -> list[str]:
    """Add the mix to a video as a further audio track; returns what could not be kept, in words.

    Args:
        blocks: `[T, C]` float32 at `DUB_RATE`.
        path: what the file will be called; its suffix says the container. partial: what it is called now.

    Raises: `DuoyinError` when the container of `path` cannot hold the video's pictures (they are never encoded again).
    """
    suffix = path.suffix.lower()
    if path.exists() and path.resolve() == media.path.resolve():
        raise DuoyinError("the output would replace the video", where=str(path), hint="choose another --out")
    _refuse_pictures(media, path, suffix)
    warnings: list[str] = []
    source = ffmpeg.input(str(media.path))
    maps: list[Any] = []
    options: dict[str, Any] = {"c": "copy"}
    kept_audio = kept_subtitles = 0
    for stream in media.streams:
        if stream.picture and suffix == ".webm":
            warnings.append("the cover picture cannot be kept in WebM")
        elif stream.kind == "video":
            maps.append(source[str(stream.index)])
        elif stream.kind == "audio":
            if suffix == ".webm" and stream.codec not in _WEBM_CODECS:
                warnings.append(
                    f"the {stream.codec} audio track cannot be kept in WebM; choose .mkv to keep it"
                )
                continue
            maps.append(source[str(stream.index)])
            if track.default:
                options[f"disposition:a:{kept_audio}"] = "-default"
            kept_audio += 1
        elif stream.kind == "subtitle":
            convert = _SUBTITLE_CODECS[suffix]
            if stream.codec not in _TEXT_SUBTITLES and convert is not None:
                warnings.append(
                    f"the {stream.codec} subtitles cannot be kept in {suffix}; choose .mkv to keep them"
                )
                continue
            maps.append(source[str(stream.index)])
            if convert is not None and stream.codec != convert:
                options[f"c:s:{kept_subtitles}"] = convert
            elif convert is None and stream.codec == "mov_text":
                options[f"c:s:{kept_subtitles}"] = "srt"
            kept_subtitles += 1
        elif stream.kind == "attachment" and suffix in (".mkv", ".mka"):
            maps.append(source[str(stream.index)])
        elif stream.kind in ("data", "attachment"):
            warnings.append(f"the {stream.kind} stream {stream.index} ({stream.codec}) is not kept")
    dub = ffmpeg.input("pipe:", format="f32le", ar=DUB_RATE, ac=channels)
    codec = VIDEO_CODECS[suffix]
    k = kept_audio
    options[f"c:a:{k}"] = codec
    options.update(_rate_options(f"b:a:{k}", codec, channels))
    # Two ways to name the stream, since an option of ffmpeg-python holds one value.
    options[f"metadata:s:a:{k}"] = f"language={language_code(track.language)}"
    options[f"metadata:s:{len(maps)}"] = f"title={track.title}"
    options[f"disposition:a:{k}"] = "default+dub" if track.default else "dub"
    options[f"flags:a:{k}"] = "+bitexact"
    options["max_interleave_delta"] = 0
    output = ffmpeg.output(*maps, dub["a:0"], str(partial), **options, **_muxer(path))
    run(output, stdin=_bytes(blocks), where=str(path))
    return warnings


def _refuse_pictures(media: Media, path: Path, suffix: str) -> None:
    allowed = _WEBM_CODECS if suffix == ".webm" else _MP4_CODECS if suffix in (".mp4", ".m4v") else None
    if allowed is None:
        return
    for stream in media.streams:
        if stream.kind == "video" and not stream.picture and stream.codec not in allowed:
            raise DuoyinError(
                f"{suffix} cannot hold {stream.codec} video, and the picture is never encoded again",
                where=str(path),
                hint="choose an output that ends in .mkv",
            )


def _rate_options(name: str, codec: str, channels: int) -> dict[str, Any]:
    if codec == "libopus":
        options: dict[str, Any] = {name: OPUS_BITS * channels, "compression_level": OPUS_EFFORT}
        if channels > 2:
            options["mapping_family"] = 1
        return options
    return {name: AAC_BITS * channels, "aac_coder": AAC_CODER} if codec == "aac" else {}


def _muxer(path: Path) -> dict[str, Any]:
    """The muxer by the final suffix (the file is written under a temporary name), with its index in front."""
    suffix = path.suffix.lower()
    names = {
        ".mkv": "matroska",
        ".mka": "matroska",
        ".webm": "webm",
        ".mov": "mov",
        ".wav": "wav",
        ".flac": "flac",
        ".opus": "opus",
        ".ogg": "ogg",
    }
    # The same bytes for the same dub: Matroska and Ogg would number themselves at random.
    options: dict[str, Any] = {"format": names.get(suffix, "mp4"), "fflags": "+bitexact"}
    if options["format"] in ("mp4", "mov"):
        options["movflags"] = "+faststart"
    if suffix == ".wav":
        options["rf64"] = "auto"
    return options


def _bytes(blocks: Iterable[Samples]) -> Iterator[bytes]:
    for block in blocks:
        yield np.ascontiguousarray(block, "<f4").tobytes()

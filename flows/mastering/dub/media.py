"""What a video file holds: streams, exact times, exact length. Without ffprobe, by reading packets."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import ffmpeg
import numpy as np

from flows.mastering.dub.render import DUB_RATE
from flows.mastering.ffmpeg import StreamInfo, float_blocks, read, read_head
from tts_core.sound import Samples

REORDERED_PACKETS = 40
"""Packets among which the first or last shown picture is: H.265 reorders 16 at most, and fields come in pairs."""


@dataclass(frozen=True, slots=True)
class MediaStream(StreamInfo):
    """A stream with its times: `start` and `end` in seconds from the file's start (its earliest stream), of the
    packets, not of the header."""

    start: float = 0.0
    end: float = 0.0


@dataclass(frozen=True, slots=True)
class Media:
    """A media file. `seconds` is its length: the end of the last picture or sound."""

    path: Path
    container: str
    streams: tuple[MediaStream, ...]

    def of(self, kind: str) -> tuple[MediaStream, ...]:
        return tuple(stream for stream in self.streams if stream.kind == kind and not stream.picture)

    @property
    def audio(self) -> tuple[MediaStream, ...]:
        return self.of("audio")

    @property
    def seconds(self) -> float:
        return max(
            (s.end for s in self.streams if s.kind in ("video", "audio") and not s.picture), default=0.0
        )


def inspect_media(path: Path) -> Media:
    """Read a media file's streams and exact times. Raises `DuoyinError` where it is no media file."""
    head = read_head(path)
    times = _packet_times(path, head.streams)
    return Media(
        path,
        head.container,
        tuple(
            MediaStream(**asdict(stream), start=start, end=end)
            for stream in head.streams
            for start, end in [times.get(stream.index, (0.0, 0.0))]
        ),
    )


def count_audio(path: Path) -> int:
    """How many audio streams a file has; its packets are not read. Raises `DuoyinError` where it is no media file."""
    return sum(stream.kind == "audio" for stream in read_head(path).streams)


def _packet_times(path: Path, streams: Sequence[StreamInfo]) -> dict[int, tuple[float, float]]:
    """Start and end of each video and audio stream, from its packets (nothing is decoded)."""
    outputs = [s.index for s in streams if s.kind in ("audio", "video") and not s.picture]
    if not outputs:
        return {}
    source = ffmpeg.input(str(path))
    stream = ffmpeg.output(*(source[str(index)] for index in outputs), "pipe:", format="framecrc", c="copy")
    base: dict[int, float] = {}
    begins: dict[int, float] = {}
    ends: dict[int, float] = {}
    rest = b""
    for data in read(stream, where=str(path)):
        whole, _, rest = (rest + data).rpartition(b"\n")
        lines = b"\n" + whole + b"\n"
        for number, numerator, denominator in re.findall(rb"\n#tb (\d+): (\d+)/(\d+)", lines):
            base[int(number)] = int(numerator) / int(denominator)
        for k, unit in base.items():
            for fields in _edge_packets(lines, b"\n%d," % k):
                at = int(fields[2])
                # a packet before zero is an encoder's run-in: players drop it
                begins[k] = min(begins.get(k, math.inf), max(0.0, at * unit))
                ends[k] = max(ends.get(k, 0.0), (at + int(fields[3])) * unit)
    return {outputs[k]: (begins[k], ends[k]) for k in begins}


def _edge_packets(lines: bytes, start: bytes) -> Iterator[list[bytes]]:
    """Fields of the first and last packets of a stream in a stretch of framecrc's lines; hours of packets are
    not parsed."""
    at, begin = len(lines), len(lines)
    for _ in range(REORDERED_PACKETS):
        at = lines.rfind(start, 0, at)
        if at < 0:
            return
        yield lines[at + 1 : lines.index(b"\n", at + 1)].split(b",")
        begin = at
    at = -1
    for _ in range(REORDERED_PACKETS):
        at = lines.find(start, at + 1, begin)
        if at < 0:
            return
        yield lines[at + 1 : lines.index(b"\n", at + 1)].split(b",")


def decode_aligned(path: Path, *, stream: int = 0, channels: int, rate: int = DUB_RATE) -> Iterator[Samples]:
    """Blocks `[T, C]` of an audio stream, lying on the programme's time axis.

    A stream that begins late is led by silence, and a hole in its timestamps is filled, so that sample n is
    heard n / rate seconds after the programme's start.

    Args:
        stream: number among the audio streams.
        channels: to deliver; the stream is mixed up or down to them.
    """
    sound = (
        ffmpeg.input(str(path), threads=1)[f"a:{stream}"]
        .filter("aresample", rate, **{"async": 1, "min_hard_comp": "0.03", "first_pts": 0})
        .output("pipe:", format="f32le", acodec="pcm_f32le", ac=channels, threads=1)
    )
    return float_blocks(read(sound, where=str(path)), channels)


def exactly(blocks: Iterator[Samples], length: int) -> Iterator[Samples]:
    """The same stream cut or filled with silence to `length` samples."""
    done = 0
    shape: tuple[int, ...] = ()
    for block in blocks:
        shape = block.shape[1:]
        block = block[: length - done]
        done += len(block)
        if len(block):
            yield block
        if done >= length:
            return
    while done < length:
        count = min(DUB_RATE, length - done)
        done += count
        yield np.zeros((count, *shape), np.float32)

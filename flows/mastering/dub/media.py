"""What a video file holds: streams, exact times, exact length. Without ffprobe, by reading packets."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ffmpeg
import numpy as np

from flows.mastering.dub.render import DUB_RATE
from flows.mastering.ffmpeg import find, read, told
from normalizers.errors import DuoyinError
from tts_core.sound import Samples

REORDERED_PACKETS = 40
"""Packets among which the first or last shown picture is: H.265 reorders 16 at most, and fields come in pairs."""


@dataclass(frozen=True, slots=True)
class MediaStream:
    """A stream of a media file.

    Args:
        index: in the file.
        kind: video, audio, subtitle, data or attachment.
        start, end: seconds from the file's start (its earliest stream); of the packets, not of the header.
        channels, sample_rate: of audio; 0 elsewhere.
        language: ISO 639-2, or "und".
        picture: a cover image rather than moving pictures.
    """

    index: int
    kind: str
    codec: str
    start: float
    end: float
    channels: int = 0
    sample_rate: int = 0
    language: str = "und"
    picture: bool = False
    title: str = ""


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


_STREAM = re.compile(
    r"^  Stream #0:(?P<index>\d+)(?:\[0x[0-9a-f]+\])?(?:\((?P<language>\w+)\))?: (?P<kind>\w+): (?P<codec>\w+)(?P<rest>.*)$",
    re.M,
)
_INPUT = re.compile(r"^Input #0, (?P<container>.+), from ", re.M)
_LAYOUTS = {
    "mono": 1,
    "stereo": 2,
    "2.1": 3,
    "3.0": 3,
    "quad": 4,
    "4.0": 4,
    "5.0": 5,
    "5.1": 6,
    "6.1": 7,
    "7.1": 8,
}


def inspect_media(path: Path) -> Media:
    """Read a media file's streams and exact times. Raises `DuoyinError` where it is no media file."""
    text, container = _described(path)
    streams: list[MediaStream] = []
    matches = list(_STREAM.finditer(text))
    times = _packet_times(path, [(int(m["index"]), m["kind"].lower(), m["rest"]) for m in matches])
    for k, match in enumerate(matches):
        index = int(match["index"])
        rest = match["rest"]
        details = text[match.end() : matches[k + 1].start() if k + 1 < len(matches) else len(text)]
        title = re.search(r"^\s+(?:title|handler_name)\s*: (.+)$", details, re.M | re.I)
        start, end = times.get(index, (0.0, 0.0))
        rate = re.search(r"(\d+) Hz, ([^,\s(]+)(?:\((?:side|back)\))?", rest)
        counted = re.search(r"(\d+) channels", rest)
        streams.append(
            MediaStream(
                index=index,
                kind=match["kind"].lower(),
                codec=match["codec"],
                start=start,
                end=end,
                channels=0 if rate is None else int(counted[1]) if counted else _LAYOUTS.get(rate[2], 2),
                sample_rate=int(rate[1]) if rate else 0,
                language=match["language"] or "und",
                picture="(attached pic)" in rest,
                title=title[1].strip() if title else "",
            )
        )
    return Media(path, container, tuple(streams))


def count_audio(path: Path) -> int:
    """How many audio streams a file has; its packets are not read. Raises `DuoyinError` where it is no media file."""
    return sum(match["kind"] == "Audio" for match in _STREAM.finditer(_described(path)[0]))


def _described(path: Path) -> tuple[str, str]:
    """What ffmpeg prints of a file, and its container."""
    if not path.is_file():
        raise DuoyinError("no such file", where=str(path))
    text = told([find(), "-hide_banner", "-nostdin", "-i", str(path)]).stderr.decode(errors="replace")
    opened = _INPUT.search(text)
    if opened is None:
        raise DuoyinError(
            "not a readable media file", where=str(path), hint="is the file complete? copy or export it again"
        )
    return text, opened["container"]


def _packet_times(path: Path, listed: list[tuple[int, str, str]]) -> dict[int, tuple[float, float]]:
    """Start and end of each video and audio stream, from its packets (nothing is decoded)."""
    outputs = [
        index for index, kind, rest in listed if kind in ("audio", "video") and "(attached pic)" not in rest
    ]
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
    """Fields of the first and last packets of a stream in a stretch of framecrc's lines; hours of packets are not parsed."""
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
    frame = 4 * channels
    rest = b""
    for data in read(sound, where=str(path)):
        data = rest + data if rest else data
        whole = len(data) - len(data) % frame
        rest = data[whole:]
        if whole:
            yield np.frombuffer(data[:whole], "<f4").reshape(-1, channels)


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

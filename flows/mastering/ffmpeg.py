"""ffmpeg as a child process that never outlives us, never deadlocks and fails in one sentence.

Commands are built with ffmpeg-python. Only the `ffmpeg` program is needed (which one, `programs` says):
imageio-ffmpeg's wheel brings no ffprobe, so `probe` reads what `ffmpeg -i` and the ffmetadata muxer print.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import ffmpeg
import numpy as np
import numpy.typing as npt

from flows.mastering.programs import chosen
from normalizers.errors import DuoyinError

Stream = Any  # an output node of ffmpeg-python, which has no types
Bytes = bytes | memoryview

ERROR_LINES = 20  # of stderr that are kept
READ_BYTES = 1 << 18  # a read from the pipe
CANCEL_POLL = 0.2  # seconds between looks at the cancel event
# The same bytes for the same input: no version tags, no time stamps, no order-dependent shortcuts.
BITEXACT = {"flags": "+bitexact", "fflags": "+bitexact", "threads": 1}
_NOT_A_CAUSE = ("Conversion failed", "Error opening input file", "Error opening output file")
_PR_SET_PDEATHSIG = 1  # prctl(2)
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Cancelled(DuoyinError):
    """The work was stopped on purpose; what was finished is kept."""

    exit_code = 130

    def __init__(
        self, message: str = "mastering was cancelled", *, where: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, where=where, hint=hint or "run the same command again to go on from here")


def find() -> str:
    """Path of the ffmpeg program, see `flows.mastering.programs.chosen`. Raises `DuoyinError` where there is none."""
    return chosen().path


def version() -> str:
    """First line of `ffmpeg -version`, for instance `ffmpeg version 5.1.9`; part of encoding keys."""
    return chosen().version


def run(
    stream: Stream,
    *,
    stdin: Iterable[Bytes] = (),
    cancel: threading.Event | None = None,
    where: str | None = None,
) -> bytes:
    """Run an ffmpeg-python output to its end and return what it wrote to its standard output.

    Args:
        stream: an `ffmpeg.output(...)` node.
        stdin: fed to the child's standard input, piece by piece.
        cancel: when set, the child is killed and `Cancelled` raised.
        where: the file an error is about.

    Raises: `DuoyinError` with the last line of stderr that names a cause; whatever `stdin` raises, after the
    child is gone.
    """
    with _child(stream, cancel=cancel, where=where) as child:
        output: list[bytes] = []
        assert child.process.stdout is not None
        reader = threading.Thread(target=_collect, args=(child.process.stdout, output), daemon=True)
        reader.start()
        child.feed(stdin)
        child.process.wait()
        reader.join()
        child.raise_for_status()
        return b"".join(output)


def read(
    stream: Stream, *, cancel: threading.Event | None = None, where: str | None = None
) -> Generator[bytes, None, None]:
    """Yield what ffmpeg writes to its standard output, as it comes. Closing the iterator kills the child."""
    with _child(stream, cancel=cancel, where=where) as child:
        assert child.process.stdout is not None
        child.feed(())
        while data := child.process.stdout.read(READ_BYTES):
            yield data
        child.process.wait()
        child.raise_for_status()


def decode(
    path: Path, sample_rate: int, channels: int, *, cancel: threading.Event | None = None
) -> Iterator[npt.NDArray[np.float32]]:
    """Decode the first audio stream of `path` as float32 blocks `[T]` (mono) or `[T, C]`, streaming.

    `-xerror` makes a damaged stream an error rather than a shorter book.
    """
    stream = (
        ffmpeg.input(str(path), err_detect="explode", threads=1)["a:0"]
        .output("pipe:", format="f32le", ar=sample_rate, ac=channels, acodec="pcm_f32le", threads=1)
        .global_args("-xerror")
    )
    for block in float_blocks(read(stream, cancel=cancel, where=str(path)), channels):
        yield block[:, 0] if channels == 1 else block


def float_blocks(pieces: Iterable[bytes], channels: int) -> Iterator[npt.NDArray[np.float32]]:
    """Raw little-endian float32 as it comes from a pipe → blocks `[T, C]` of whole frames."""
    frame = 4 * channels
    rest = b""
    for data in pieces:
        data = rest + data if rest else data
        whole = len(data) - len(data) % frame
        rest = data[whole:]
        if whole:
            yield np.frombuffer(data[:whole], dtype="<f4").reshape(-1, channels)


@dataclass(frozen=True, slots=True)
class ChapterMark:
    """A chapter of a media file, in seconds."""

    title: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What a media file says about itself.

    Args:
        container: demuxer names as ffmpeg prints them, for instance `mov,mp4,m4a,3gp,3g2,mj2`.
        codec: of the first audio stream, for instance `aac`.
        sample_rate: Hz, of the first audio stream.
        channels: of the first audio stream.
        language: of the first audio stream (ISO 639-2), `und` where unset.
        duration: seconds as the container states them; None where it does not.
        has_cover: an attached picture is present.
        tags: lower-case tag name → value.
        chapters: marks in file order.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    language: str
    duration: float | None
    has_cover: bool
    tags: dict[str, str]
    chapters: tuple[ChapterMark, ...]


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """A stream as the head of its file describes it.

    Args:
        index: in the file.
        kind: video, audio, subtitle, data or attachment.
        channels, sample_rate: of audio; 0 elsewhere.
        language: ISO 639-2, or "und".
        picture: a cover image rather than moving pictures.
    """

    index: int
    kind: str
    codec: str
    channels: int = 0
    sample_rate: int = 0
    language: str = "und"
    picture: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class FileHead:
    """What ffmpeg prints of a file before it does anything.

    Args:
        container: demuxer names as ffmpeg prints them.
        duration: seconds as the container states them; None where it does not.
        metadata: the file's tags and chapters as ffmpeg's metadata text.
    """

    container: str
    streams: tuple[StreamInfo, ...]
    duration: float | None
    metadata: str


_INPUT = re.compile(r"^Input #0, (?P<container>.+), from ", re.M)
_DURATION = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", re.M)
_STREAM = re.compile(
    r"^  Stream #0:(?P<index>\d+)(?:\[0x[0-9a-f]+\])?(?:\((?P<language>\w+)\))?: "
    r"(?P<kind>\w+): (?P<codec>\w+)(?P<rest>.*)$",
    re.M,
)
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


def read_head(path: Path) -> FileHead:
    """Read the head of a media file: nothing is decoded. Raises `DuoyinError` where it is no media file."""
    if not path.is_file():
        raise DuoyinError("no such file", where=str(path))
    done = _describe(path)
    text = done.stderr.decode(errors="replace")
    opened = _INPUT.search(text)
    if opened is None:
        raise DuoyinError(
            f"not a readable media file ({_cause(text.splitlines())})",
            where=str(path),
            hint="is the file complete? copy or export it again",
        )
    duration = _DURATION.search(text)
    return FileHead(
        container=opened["container"],
        streams=tuple(_streams(text.partition("\nOutput #0")[0])),
        duration=int(duration[1]) * 3600 + int(duration[2]) * 60 + float(duration[3]) if duration else None,
        metadata=done.stdout.decode("utf-8", errors="replace"),
    )


def _streams(text: str) -> Iterator[StreamInfo]:
    matches = list(_STREAM.finditer(text))
    ends = [match.start() for match in matches[1:]] + [len(text)]
    for match, end in zip(matches, ends, strict=True):
        rest, details = match["rest"], text[match.end() : end]
        rate = re.search(r"(\d+) Hz, ([^,\s(]+)", rest)
        counted = re.search(r"(\d+) channels", rest)
        title = re.search(r"^\s+(?:title|handler_name)\s*: (.+)$", details, re.M | re.I)
        yield StreamInfo(
            index=int(match["index"]),
            kind=match["kind"].lower(),
            codec=match["codec"],
            channels=0 if rate is None else int(counted[1]) if counted else _LAYOUTS.get(rate[2], 2),
            sample_rate=int(rate[1]) if rate else 0,
            language=match["language"] or "und",
            picture="(attached pic)" in rest,
            title=title[1].strip() if title else "",
        )


def probe(path: Path) -> MediaInfo:
    """Read a media file's first audio stream, tags and chapters. Raises `DuoyinError` where it is no audio file."""
    head = read_head(path)
    audio = next((stream for stream in head.streams if stream.kind == "audio"), None)
    if audio is None:
        raise DuoyinError("no audio in this file", where=str(path))
    tags, chapters = parse_ffmetadata(head.metadata)
    if head.container.startswith("ogg"):  # Ogg keeps a file's tags with its stream
        of_stream = _describe(path, "-map_metadata", "0:s:a:0").stdout
        tags = parse_ffmetadata(of_stream.decode("utf-8", errors="replace"))[0] | tags
    return MediaInfo(
        container=head.container,
        codec=audio.codec,
        sample_rate=audio.sample_rate,
        channels=audio.channels,
        language=audio.language,
        duration=head.duration,
        has_cover=any(stream.picture for stream in head.streams),
        tags=tags,
        chapters=chapters,
    )


def _describe(path: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    return told([find(), "-hide_banner", "-nostdin", "-i", str(path), *options, "-f", "ffmetadata", "-"])


def told(command: list[str]) -> subprocess.CompletedProcess[bytes]:
    """What ffmpeg says when it has nothing to make. It is as closely tied to us as where it works for hours."""
    return subprocess.run(
        [*_leash(), *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        start_new_session=True,
        preexec_fn=_die_with_parent(os.getpid()),
    )


def parse_ffmetadata(text: str) -> tuple[dict[str, str], tuple[ChapterMark, ...]]:
    """Tags and chapters of ffmpeg's metadata text (ffmpeg-formats, "Metadata"); `\\` escapes the next character."""
    tags: dict[str, str] = {}
    chapters: list[dict[str, str]] = []
    current = tags
    for line in re.findall(r"(?:\\.|[^\\\n])+", text, flags=re.S):
        if line.startswith(";"):
            continue
        if line.startswith("["):
            current = {}
            if line.strip() == "[CHAPTER]":
                chapters.append(current)
            continue
        key, _, value = line.partition("=")
        current[key.lower()] = re.sub(r"\\(.)", r"\1", value, flags=re.S)
    marks = []
    for fields in chapters:
        numerator, _, denominator = fields.get("timebase", "1/1000000000").partition("/")
        unit = int(numerator) / int(denominator)
        marks.append(
            ChapterMark(fields.get("title", ""), int(fields["start"]) * unit, int(fields["end"]) * unit)
        )
    return tags, tuple(marks)


class _Child:
    def __init__(self, process: subprocess.Popen[bytes], cancel: threading.Event | None, where: str | None):
        self.process = process
        self.cancel = cancel
        self.where = where
        self.errors: deque[str] = deque(maxlen=ERROR_LINES)
        self._threads = [threading.Thread(target=self._read_errors, daemon=True)]
        if cancel is not None:
            self._threads.append(threading.Thread(target=self._watch, daemon=True))
        for thread in self._threads:
            thread.start()

    def feed(self, pieces: Iterable[Bytes]) -> None:
        pipe = self.process.stdin
        assert pipe is not None
        # A child that died says why on stderr; the broken pipe is only the echo of that.
        with contextlib.suppress(BrokenPipeError):
            for piece in pieces:
                pipe.write(piece)
        with contextlib.suppress(BrokenPipeError):
            pipe.close()

    def raise_for_status(self) -> None:
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled(where=self.where)
        if self.process.returncode:
            self._threads[0].join()
            raise DuoyinError(
                f"ffmpeg failed: {_cause(self.errors)} (exit status {self.process.returncode})",
                where=self.where,
                hint="the line above is ffmpeg's own; check the file and the free space",
            )

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors.append(line.decode(errors="replace").strip())

    def _watch(self) -> None:
        assert self.cancel is not None
        while self.process.poll() is None:
            if self.cancel.wait(CANCEL_POLL):
                self.process.kill()
                return


@contextlib.contextmanager
def _child(stream: Stream, *, cancel: threading.Event | None, where: str | None) -> Iterator[_Child]:
    if cancel is not None and cancel.is_set():
        raise Cancelled(where=where)
    command = stream.global_args("-hide_banner", "-nostats", "-v", "error").compile(
        cmd=find(), overwrite_output=True
    )
    process = subprocess.Popen(
        [*_leash(), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches us alone: we end the child ourselves, in order
        preexec_fn=_die_with_parent(os.getpid()),  # kill -9 of the parent must end it too
    )
    child = _Child(process, cancel, where)
    try:
        yield child
    finally:
        child.end()


@functools.cache
def _leash() -> tuple[str, ...]:
    """The words before a command by which the kernel ends it when its parent is killed with -9: an ffmpeg that neither
    reads from us nor writes to us would never learn it. Nothing where util-linux's `setpriv` is not there.

    Begun so, a child needs no Python between fork and exec, which is unsafe where there are threads, and costs as
    much as our memory is large: its map is copied and thrown away. What is left is the moment before `setpriv` has
    asked; a child begun in it works to its end, into a file that nobody looks for.
    """
    program = shutil.which("setpriv") if _LIBC is not None else None
    if program is None:
        return ()
    words = (program, "--pdeathsig", "KILL")
    tried = subprocess.run([*words, "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return words if tried.returncode == 0 else ()  # before util-linux 2.33 it has no such option


# Where there is no `setpriv`: what runs here takes no lock that a thread of ours may hold: two system calls through
# names that were looked up before the fork, no import, no allocation beyond small integers.
def _die_with_parent(parent: int) -> Callable[[], None] | None:
    libc = _LIBC
    if libc is None or _leash():
        return None

    def before_exec() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died between fork and here
            os._exit(1)

    return before_exec


def _collect(pipe: IO[bytes], into: list[bytes]) -> None:
    while data := pipe.read(READ_BYTES):
        into.append(data)


_SPEAKER = re.compile(r"^(?:\[[^\]]* @ 0x[0-9a-f]+\]\s*)+")
"""Which of ffmpeg's parts says it, with an address in memory that tells nobody anything."""


def _cause(lines: Iterable[str]) -> str:
    telling = [line for line in lines if line and not line.startswith(_NOT_A_CAUSE)]
    return _SPEAKER.sub("", telling[-1]) if telling else "no reason given"

"""Sound for somebody who listens: a file or a stream, through a program that plays it."""

from __future__ import annotations

import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from normalizers import DuoyinError
from tts_core.sound import wav_head

PLAYERS = {
    "ffplay": ("-nodisp", "-autoexit", "-loglevel", "error"),
    "afplay": (),
    "aplay": ("-q",),
}
"""Programs that play a file, with their options; the first that is there is taken."""

STREAM_PLAYERS = {
    "ffplay": ("-nodisp", "-autoexit", "-loglevel", "error", "-fflags", "nobuffer", "-i", "-"),
    "paplay": ("--raw", "--format=s16le", "--channels=1", "--rate={rate}"),
    "aplay": ("-q", "-"),
}
"""Programs that play what comes through a pipe as it comes; afplay takes only files."""

HEADERLESS = "paplay"
"""The one that is given samples without the head of a WAV file: it reads a file to its end before it plays."""


def play(file: Path, players: Sequence[str] = tuple(PLAYERS)) -> str:
    """Play a take; says how it went, or that nothing here plays sound."""
    player = _first(players)
    if player is None:
        return f"nothing here plays sound ({', '.join(players)}): open the file with a player of your own"
    with tempfile.TemporaryDirectory() as folder:
        # aplay knows no FLAC
        sound = _as_wav(file, Path(folder) / "take.wav") if player == "aplay" else file
        done = subprocess.run(
            [player, *PLAYERS[player], str(sound)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        why = _why(done.stderr, done.returncode)
        return f"{player} could not play it ({why}): open the file with a player of your own"
    return f"played by {player}"


class Pipe:
    """A pipe that a thread of its own writes to: sound is made while what was made before is heard.

    Args:
        end: what is written to.
    """

    def __init__(self, end: IO[bytes]) -> None:
        self._end = end
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._work, name="sound", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Let `data` be written after all before it. Raises `OSError` where something before could not be."""
        if self._failure is not None:
            raise self._failure
        self._waiting.put(data)

    def finish(self) -> None:
        """Wait until everything is written. Raises `OSError` where something could not be."""
        self._waiting.put(None)
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        try:
            while (data := self._waiting.get()) is not None:
                self._end.write(data)
                self._end.flush()
        except OSError as error:  # told to whoever writes next
            self._failure = error


@contextmanager
def sounding(rate: int, players: Sequence[str] = tuple(STREAM_PLAYERS)) -> Iterator[Pipe]:
    """A pipe to the sound card for `pcm` at `rate` Hz. On leaving, what was written is heard to its end; on an error or
    Ctrl-C it falls silent.

    Raises:
        DuoyinError: no program here plays a stream, or the one there is cannot.
    """
    player = _first(players)
    if player is None:
        raise DuoyinError(
            f"nothing here plays sound as it comes ({', '.join(players)})",
            hint="Install ffmpeg, which brings ffplay; or take the sound from standard output with --out -, or as a "
            "file with --audio FILE.wav.",
        )
    with tempfile.TemporaryFile("w+") as told:
        options = [option.format(rate=rate) for option in STREAM_PLAYERS[player]]
        process = subprocess.Popen(
            [player, *options], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=told
        )
        assert process.stdin is not None
        try:
            pipe = Pipe(process.stdin)
            if player != HEADERLESS:
                pipe.write(wav_head(rate))
            yield pipe
            pipe.finish()
            process.stdin.close()
        except BrokenPipeError:
            pass  # the player has gone; its exit code and last words tell why
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
        if process.returncode:
            told.seek(0)
            raise DuoyinError(
                f"{player} could not play it ({_why(told.read(), process.returncode)})",
                hint="Take it as a file with --audio FILE.wav, and open that with a player of your own.",
            )


@contextmanager
def standard_output(rate: int) -> Iterator[Pipe]:
    """Standard output as a WAV file of `pcm` at `rate` Hz, of a length that nobody knows yet.

    Raises:
        DuoyinError: it is a terminal, which would show the samples as letters.
        BrokenPipeError: whoever read it has left.
    """
    if sys.stdout.isatty():
        raise DuoyinError(
            "sound is not written to a terminal",
            where="--out -",
            hint="Send it into a file or a program: --out - > said.wav, or leave --out away to hear it.",
        )
    sys.stdout.flush()
    pipe = Pipe(sys.stdout.buffer)
    pipe.write(wav_head(rate))
    yield pipe
    pipe.finish()


def _first(players: Sequence[str]) -> str | None:
    return next((name for name in players if shutil.which(name)), None)


def _why(told: str, code: int) -> str:
    """The first line of a program's complaints, else its exit code."""
    return next(iter(told.strip().splitlines()), f"code {code}")


def _as_wav(file: Path, wav: Path) -> Path:
    import soundfile

    samples, rate = soundfile.read(file)
    soundfile.write(wav, samples, rate, subtype="PCM_16")
    return wav

"""The seam of the exporters: what they are given, and what they give back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from flows.mastering.check import CheckReport, Listen
from flows.mastering.encode import Gain
from flows.mastering.master import MasterProgress
from flows.mastering.profiles import Profile
from flows.mastering.stitch import ChapterSound
from flows.mastering.tags import BookMetadata
from tts_core.files import Claim


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A printed stretch (`text`, which is `line.text[start_char:end_char]`) and when it is heard: `start` to `end`
    in seconds from the beginning of the chapter."""

    text: str
    start: float
    end: float
    start_char: int = 0
    end_char: int = 0


@dataclass(frozen=True, slots=True)
class TimedLine:
    """A line as it lies in the sound of its chapter.

    Args:
        id: of the script.
        text: as it is written.
        speaker: who says it.
        start, end: seconds from the beginning of the chapter.
        words: its words as they are printed, in order; none where the engine tells no times or other words are said.
        language: of the line (ISO 639-1).
    """

    id: str
    text: str
    speaker: str
    start: float
    end: float
    words: tuple[TimedWord, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class MasterChapter:
    """A stitched chapter and, in order, the lines that sound in it."""

    sound: ChapterSound
    lines: tuple[TimedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Master:
    """A book as an exporter gets it.

    Args:
        chapters: of one sample rate, in order.
        book: tags and cover.
        missing_takes: lines without a take, for the acceptance check; None judges none.
        listen: who hears the files while they are decoded for their check, by number from 0; None where nobody does.
    """

    chapters: tuple[MasterChapter, ...]
    book: BookMetadata
    missing_takes: int | None = None
    listen: Callable[[int], Listen] | None = None

    @property
    def sounds(self) -> list[ChapterSound]:
        return [chapter.sound for chapter in self.chapters]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What an exporter made.

    Args:
        path: the finished file, or the folder of finished files.
        checks: of each file as delivered.
        warnings: what a person should know.
        gains: what was done to the level of each chapter.
    """

    path: Path
    checks: tuple[CheckReport, ...]
    warnings: tuple[str, ...] = ()
    gains: tuple[Gain, ...] = ()


class Exporter(Protocol):
    """Masters a book to a profile and writes it."""

    def __call__(
        self,
        kind: str,
        master: Master,
        profile: Profile,
        out: Path,
        *,
        work: Path,
        workers: int = 2,
        progress: Callable[[MasterProgress], None] | None = None,
        cancel: threading.Event | None = None,
        claim: Claim | None = None,
    ) -> Delivered:
        """Deliver a book.

        Args:
            kind: name of the row that was asked for.
            master: the chapters and what is known of the book.
            profile: target and limits.
            out: the file, or the folder of files. A file is replaced only when the new one is whole.
            work: folder for what the next run can use again.
            workers: chapters worked on at once.
            progress: called from worker threads, one at a time; what it raises stops the run.
            cancel: stops within a second, keeping what is finished. It is also set when the run fails.
            claim: asked before a finished file takes its name, from worker threads.

        Raises: `DuoyinError` (silent book, unreadable chapter, full disk, ...); `Cancelled`.
        """
        ...

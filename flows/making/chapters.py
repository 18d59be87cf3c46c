"""The sound of chapters: put together of their takes and measured, also while later ones are still being spoken.

What is put together ahead is kept by content, as everything of mastering is: delivering finds it or, where another
take was chosen meanwhile, makes it anew. So a kill costs at most the chapter in hand, and what is delivered does not
depend on what came first.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from flows.making.plan import PlannedLine, guess_seconds
from flows.making.takes import stored_take
from flows.mastering.ffmpeg import Cancelled
from flows.mastering.loudness import Levels, measure
from flows.mastering.master import level_voices
from flows.mastering.measured import chapter_levels
from flows.mastering.stitch import ChapterSound, PlacedTake, stitch
from flows.workspace.project import Project
from normalizers import DuoyinError
from tts_core.engine import Take
from tts_core.sound import Samples, resampled
from tts_core.takes import TakeStore

logger = logging.getLogger(__name__)

LEVEL_SECONDS = 40.0
"""Audio of a voice that is measured to level it against the others."""

LOOK_SECONDS = 1.0
"""How often it is looked whether another chapter has all its takes."""

Read = Callable[[TakeStore, str], Take]
"""Reads a take by its key."""


def by_chapter(planned: Sequence[PlannedLine]) -> dict[int, list[PlannedLine]]:
    """The lines of each chapter in which something sounds, in order."""
    found: dict[int, list[PlannedLine]] = {}
    for item in planned:
        found.setdefault(item.line.chapter, []).append(item)
    return {chapter: lines for chapter, lines in found.items() if any(item.key for item in lines)}


def voice_gains(
    store: TakeStore, planned: Sequence[PlannedLine], read: Read = stored_take
) -> dict[str, float]:
    """Gain of each voice, in dB, that makes them equally loud: by its first takes, which a change further on
    leaves alone. Raises as `read`."""
    levels: dict[str, list[Levels]] = {}
    alone = dict.fromkeys((item.voice for item in planned if item.key), 0.0)
    for place in _levelling(planned, _length_in(store)):
        take = read(store, planned[place].key)
        levels.setdefault(planned[place].voice, []).append(measure([take.samples], take.sample_rate))
    return alone | level_voices(levels)


def levelling_first(planned: Sequence[PlannedLine]) -> list[PlannedLine]:
    """The lines in the order in which they are best spoken: first those by whose takes several voices are levelled, for
    no chapter is put together before; then the others as they are read."""
    sooner = set(_levelling(planned, lambda item: guess_seconds(item.utterance) if item.utterance else 0.0))
    return [planned[place] for place in sorted(range(len(planned)), key=lambda place: place not in sooner)]


def _levelling(planned: Sequence[PlannedLine], seconds: Callable[[PlannedLine], float]) -> Iterator[int]:
    """The places of the lines by whose takes several voices are levelled.

    Args:
        seconds: of a line's take; asked when the next place is.
    """
    if len({item.voice for item in planned if item.key}) < 2:
        return
    heard: dict[str, float] = {}
    for place, item in enumerate(planned):
        if item.key and heard.get(item.voice, 0.0) < LEVEL_SECONDS:
            yield place
            heard[item.voice] = heard.get(item.voice, 0.0) + seconds(item)


def _length_in(store: TakeStore) -> Callable[[PlannedLine], float]:
    return lambda item: store.info(item.key).seconds


@dataclass(frozen=True, slots=True)
class _StoredSound:
    """A take as the mastering room wants it: key, length, and its samples when they are needed."""

    store: TakeStore
    key: str
    samples: int
    sample_rate: int
    read: Read

    def load(self) -> Samples:
        take = self.read(self.store, self.key)
        return _at_rate(take.samples, take.sample_rate, self.sample_rate, self.samples)


def chapter_sound(
    project: Project,
    title: str,
    lines: Sequence[PlannedLine],
    gains: Mapping[str, float],
    sample_rate: int,
    *,
    read: Read = stored_take,
    cancel: threading.Event | None = None,
) -> ChapterSound:
    """A chapter put together of its takes, or found as it was put together before.

    Args:
        lines: of the chapter, all of them. gains: of their voices, dB.
        sample_rate: Hz, of the chapter.

    Raises:
        CorruptTake, DuoyinError: as `read` and `stitch`.
    """
    pauses, store = project.settings.pauses, project.takes
    placed: list[PlacedTake] = []
    for item in lines:
        if item.key:
            info = store.info(item.key)
            length = round(info.samples * sample_rate / info.sample_rate)
            sound = _StoredSound(store, item.key, length, sample_rate, read)
            placed.append(PlacedTake(sound, item.line.pause_after, gains[item.voice]))
        elif placed:
            # a line without sound still holds its pause
            placed[-1] = replace(placed[-1], pause_after=max(placed[-1].pause_after, item.line.pause_after))
    # the chapter's tail stands for the pause of its last line
    placed[-1] = replace(placed[-1], pause_after=0.0)
    return stitch(
        placed,
        title=title,
        folder=project.chapters_folder,
        sample_rate=sample_rate,
        head=pauses.head,
        tail=pauses.tail,
        cancel=cancel,
    )


def _at_rate(samples: Samples, rate: int, wanted: int, length: int) -> Samples:
    """A take of another engine's sample rate, brought to the chapter's; exactly `length` samples."""
    if rate == wanted:
        return samples
    moved: Samples = np.zeros(length, np.float32)
    there = resampled(samples, rate, wanted, quality="VHQ")[:length]
    moved[: len(there)] = there
    return moved


# -- ahead of delivering ------------------------------------------------------------------------------------


@contextmanager
def chapters_ahead(project: Project, planned: Sequence[PlannedLine], sample_rate: int) -> Iterator[None]:
    """While the lines are spoken in this block, put together and measure each chapter as soon as its takes are there.

    Leaving the block waits for the chapter in hand; an exception there gives it up within a second. What goes wrong
    meanwhile is left to delivering, which does the same and tells it.

    Args:
        sample_rate: Hz, of the chapters.
    """
    if project.takes.place.url:  # each look would be a request, and each take would be fetched by itself
        yield
        return
    ahead = _Ahead(project, planned, sample_rate)
    thread = threading.Thread(target=ahead.work, name="chapters ahead", daemon=True)
    thread.start()
    try:
        yield
        ahead.leave.set()
        thread.join()
    finally:
        ahead.leave.set()
        ahead.cancel.set()
        thread.join()


class _Ahead:
    """Puts chapters together in a thread of its own. `leave`: begin no other; `cancel`: give up the one in hand."""

    def __init__(self, project: Project, planned: Sequence[PlannedLine], sample_rate: int) -> None:
        self.leave, self.cancel = threading.Event(), threading.Event()
        self._project, self._planned, self._rate = project, planned, sample_rate
        self._store = project.takes
        self._chapters = by_chapter(planned)
        self._missing = {
            chapter: [item.key for item in lines if item.key] for chapter, lines in self._chapters.items()
        }

    def work(self) -> None:
        try:
            if self.leave.wait(LOOK_SECONDS):  # there was next to nothing to speak
                return
            for place in _levelling(self._planned, _length_in(self._store)):
                while not self._store.has(self._planned[place].key):
                    if self.leave.wait(LOOK_SECONDS):
                        return
            gains = voice_gains(self._store, self._planned, self._read)
            while self._missing and not self.leave.wait(LOOK_SECONDS):
                self._put_together(gains)
        except Cancelled:
            logger.debug("what was in hand was given up")
        except DuoyinError as error:
            logger.info("chapters are not put together ahead: %s", error)

    def _put_together(self, gains: Mapping[str, float]) -> None:
        """The chapters whose takes are all there."""
        for chapter in list(self._missing):
            if self.leave.is_set():
                return
            if not self._is_spoken(chapter):
                continue
            sound = chapter_sound(
                self._project,
                "",  # the mark's text is no part of the sound
                self._chapters[chapter],
                gains,
                self._rate,
                read=self._read,
                cancel=self.cancel,
            )
            chapter_levels(sound, self.cancel)
            del self._missing[chapter]

    def _read(self, store: TakeStore, key: str) -> Take:
        """A take as it is: a damaged one is set aside by whoever can have it made anew."""
        if self.cancel.is_set():
            raise Cancelled
        return store.read(key)

    def _is_spoken(self, chapter: int) -> bool:
        missing = self._missing[chapter]
        while missing and self._store.has(missing[-1]):
            missing.pop()
        return not missing

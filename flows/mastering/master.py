"""What every exporter of a book shares: one static gain that hits the profile, and the chapters worked on in
parallel."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial as partial_function
from typing import TypeVar

import numpy as np

from flows.mastering import loudness
from flows.mastering.encode import Gain, delivered_rate, mastered
from flows.mastering.ffmpeg import Cancelled
from flows.mastering.loudness import Levels
from flows.mastering.measured import chapter_levels
from flows.mastering.profiles import Encoding, Profile
from flows.mastering.stitch import ChapterSound
from normalizers.errors import DuoyinError
from tts_core.sound import amplitude

GAIN_STEP = (
    0.1  # dB: small edits of a book leave the gain, and so all other chapters' encoded sound, as it was
)
GAIN_ROUNDS = 4  # of measuring limited sound while choosing a gain
CLOSE = 0.15  # dB from the target at which a gain is accepted; delivery allows 0.5
LIMITED_SHARE = 0.6  # of a hop's reduction that its energy feels: the limiter lets go between peaks
MAX_SOLVE_STEP = 12.0  # dB
MAX_GAIN = 40.0  # dB: speech that needs more is silence or a broken take

A = TypeVar("A")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class MasterProgress:
    """`done` of `total` seconds of audio have gone through `stage` (measure, level, encode, join, check)."""

    stage: str
    done: float
    total: float


def book_gain(
    chapters: Sequence[ChapterSound], profile: Profile, encoding: Encoding, job: Job
) -> tuple[float, float]:
    """The static gain (dB) whose *limited* result hits the profile's target, and the level before (LUFS or dBFS).

    Limiting takes loudness away, so the gain is first guessed on hop energies and hop peaks, then measured on
    limited sound, and moved along the guess's slope until it is close; a round costs a fifth of encoding.
    """
    value, target = _aim(profile)
    ceiling = ceiling_of(profile, encoding)
    raw = job.each("measure", lambda sound, _: chapter_levels(sound, job.cancel), [None] * len(chapters))
    before = value(raw)
    if not math.isfinite(before):
        raise DuoyinError("the book is silent: there is nothing to master", hint="look at the takes")

    def guessed(gain_db: float) -> float:
        return value([_roughly_limited(levels, gain_db, ceiling) for levels in raw])

    def limited(sound: ChapterSound, levels: Levels, gain_db: float) -> Levels:
        louder = levels.amplified(amplitude(gain_db))
        if louder.true_peak <= amplitude(ceiling):
            return louder
        return _limited(sound, encoding, Gain(gain_db, ceiling), job.cancel)

    gain_db, model_error = _solve(guessed, target, target - before), 0.0
    for _ in range(GAIN_ROUNDS):
        if abs(gain_db) > MAX_GAIN:
            raise DuoyinError(
                f"the takes measure {before:.1f} dB and would need {gain_db:+.0f} dB",
                hint="look at the takes",
            )
        gain_db = quantized(gain_db)
        measured = value(job.each("level", partial_function(limited, gain_db=gain_db), raw))
        if abs(measured - target) <= CLOSE:
            break
        model_error = measured - guessed(gain_db)
        gain_db = _solve(guessed, target - model_error, gain_db)
    return quantized(gain_db), before


def _roughly_limited(levels: Levels, gain_db: float, ceiling: float) -> Levels:
    """What limiting would leave of the energies, guessed from the peak of each hop."""
    gain, top = amplitude(gain_db), amplitude(ceiling)
    reduction = LIMITED_SHARE * np.maximum(0.0, 1 - top / np.maximum(levels.peaks * gain, top))
    power = np.square(gain * (1 - reduction))
    return replace(
        levels, weighted=levels.weighted * power[: len(levels.weighted)], plain=levels.plain * power
    )


def _solve(level: Callable[[float], float], target: float, start: float) -> float:
    """The gain at which `level` reaches `target`, by bisection; at most MAX_SOLVE_STEP dB from `start`."""
    low, high = start - MAX_SOLVE_STEP, start + MAX_SOLVE_STEP
    while high - low > GAIN_STEP / 4:
        middle = (low + high) / 2
        low, high = (middle, high) if level(middle) < target else (low, middle)
    return (low + high) / 2


def level_voices(voices: Mapping[str, Sequence[Levels]], step: float = 0.5) -> dict[str, float]:
    """Gains (dB) that bring voices to one loudness, the median of them, in whole steps.

    Args:
        voices: voice name → levels of some of its takes (see `loudness.measure`).
        step: dB; coarse, so that a few more takes of a voice do not move its gain.
    """
    levels = {name: loudness.integrated(parts) for name, parts in voices.items()}
    heard = sorted(level for level in levels.values() if math.isfinite(level))
    if not heard:
        return dict.fromkeys(voices, 0.0)
    middle = heard[(len(heard) - 1) // 2]
    return {
        name: round((middle - level) / step) * step if math.isfinite(level) else 0.0
        for name, level in levels.items()
    }


class Job:
    """Work over the chapters of one book: threads, progress, and one event that stops everything."""

    def __init__(
        self,
        chapters: Sequence[ChapterSound],
        workers: int,
        progress: Callable[[MasterProgress], None] | None,
        cancel: threading.Event | None,
    ) -> None:
        if not chapters:
            raise DuoyinError("a book without chapters cannot be mastered")
        rates = sorted({c.sample_rate for c in chapters})
        if len(rates) > 1:
            raise DuoyinError(
                f"chapters have different sample rates: {rates}", hint="stitch them at one rate"
            )
        self.cancel = cancel if cancel is not None else threading.Event()
        self._chapters = chapters
        self._workers = workers
        self._progress = progress
        self._lock = threading.Lock()
        self._total = sum(c.seconds for c in chapters)
        self._done = 0.0

    def report(self, stage: str, done: float) -> None:
        if self._progress is not None:
            self._progress(MasterProgress(stage, min(done, self._total), self._total))

    def each(self, stage: str, work: Callable[[ChapterSound, A], R], arguments: Sequence[A]) -> list[R]:
        """`work(chapter, argument)` for every chapter in parallel; results in order; the first error stops all."""
        self._done = 0.0

        def one(sound: ChapterSound, argument: A) -> R:
            if self.cancel.is_set():
                raise Cancelled(where=sound.title or None)
            result = work(sound, argument)
            with self._lock:
                self._done += sound.seconds
                self.report(stage, self._done)
            return result

        with ThreadPoolExecutor(self._workers, thread_name_prefix="master") as pool:
            futures = [pool.submit(one, c, a) for c, a in zip(self._chapters, arguments, strict=True)]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
                failed = [f.exception() for f in futures if f.done() and f.exception() is not None]
                # The first cause, not the cancellations that followed from it.
                causes = [e for e in failed if not isinstance(e, Cancelled)] or failed
                if causes and causes[0] is not None:
                    raise causes[0]
            except BaseException:
                self.cancel.set()
                for future in futures:
                    future.cancel()
                raise
            return [f.result() for f in futures]


def _aim(profile: Profile) -> tuple[Callable[[Sequence[Levels]], float], float]:
    if profile.target_rms is not None:
        return loudness.rms, profile.target_rms
    if profile.target_lufs is None:
        raise DuoyinError(f"profile {profile.name} has no target level")
    return loudness.integrated, profile.target_lufs


def ceiling_of(profile: Profile, encoding: Encoding) -> float:
    return round(profile.max_true_peak - encoding.overshoot_db, 3)


def quantized(db: float) -> float:
    return round(round(db / GAIN_STEP) * GAIN_STEP, 3)


def _limited(sound: ChapterSound, encoding: Encoding, gain: Gain, cancel: threading.Event) -> Levels:
    """Levels of what would go to the encoder. Its true peaks are the limiter's work and are not looked for."""
    rate = delivered_rate(sound, encoding)
    return loudness.measure(mastered(sound, encoding, gain, cancel), rate, peaks=False)

"""Chapters → a finished book: measure, one static gain, limiter, encode, join, and measure again as delivered."""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from functools import partial as partial_function
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from flows.mastering import loudness, m4b
from flows.mastering.check import CheckReport, ExpectedChapter, check
from flows.mastering.encode import (
    Gain,
    cancellable,
    delivered_rate,
    encode_aac,
    encode_file,
    encoding_key,
    mastered,
    prepare_cover,
)
from flows.mastering.ffmpeg import Cancelled
from flows.mastering.loudness import Levels
from flows.mastering.m4b import PlacedChapter
from flows.mastering.profiles import ENCODINGS, Encoding, Profile
from flows.mastering.stitch import ChapterSound, blocks
from flows.mastering.tags import BookMetadata, chapter_tags
from normalizers.errors import DuoyinError
from tts_core.files import atomic_path, file_name, write_atomically
from tts_core.sound import amplitude

GAIN_STEP = (
    0.1  # dB: small edits of a book leave the gain, and so all other chapters' encoded sound, as it was
)
GAIN_ROUNDS = 4  # of measuring limited sound while choosing a gain
CLOSE = 0.15  # dB from the target at which a gain is accepted; delivery allows 0.5
LIMITED_SHARE = 0.6  # of a hop's reduction that its energy feels: the limiter lets go between peaks
MAX_SOLVE_STEP = 12.0  # dB
CORRECTIONS = 3  # times a delivered file is made again with a lower ceiling or another gain
CEILING_SLACK = 0.3  # dB below what the overshoot asks for: another ceiling moves the codec's error elsewhere
MAX_GAIN = 40.0  # dB: speech that needs more is silence or a broken take

MAX_NAME_BYTES = 120  # of a chapter title in a file name

A = TypeVar("A")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` seconds of audio have gone through `stage` (measure, level, encode, join, check)."""

    stage: str
    done: float
    total: float


@dataclass(frozen=True, slots=True)
class MasterReport:
    """What mastering did.

    Args:
        path: the finished file.
        gain_db: static gain of the whole book.
        ceilings: limiter ceiling of each chapter, dBTP.
        measured: integrated loudness of the takes before, LUFS.
        chapters: where each chapter stands in the delivered stream.
        corrections: times the file was made again because the codec had moved it.
        warnings: what a person should know.
        check: the delivered file, judged.
    """

    path: Path
    gain_db: float
    ceilings: tuple[float, ...]
    measured: float
    chapters: tuple[PlacedChapter, ...]
    corrections: int
    warnings: tuple[str, ...]
    check: CheckReport

    @property
    def passed(self) -> bool:
        return self.check.passed

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        data = {k: getattr(self, k) for k in ("gain_db", "ceilings", "measured", "corrections", "warnings")}
        return data | {
            "path": str(self.path),
            "chapters": [asdict(c) for c in self.chapters],
            "check": self.check.to_dict(),
        }


def master_book(
    chapters: Sequence[ChapterSound],
    book: BookMetadata,
    profile: Profile,
    out: Path,
    *,
    workers: int = 2,
    work: Path | None = None,
    missing_takes: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> MasterReport:
    """Master chapters into one M4B at `out`, and judge it.

    Args:
        chapters: stitched, of one sample rate, in order.
        book: tags and cover.
        profile: target and limits.
        out: replaced only when the new file is whole.
        workers: chapters worked on at once.
        work: where encoded chapters are kept for the next run; default a hidden folder beside `out`.
        missing_takes: passed on to `check`.
        progress: called from worker threads, one at a time; what it raises stops the run.
        cancel: stops within a second, keeping finished chapters. It is also set when the run fails.

    Raises: `DuoyinError` (silent book, unreadable chapter, full disk, ...); `Cancelled`.
    """
    job = Job(chapters, workers, progress, cancel)
    folder = work if work is not None else out.parent / f".{out.stem}.mastering"
    cover, warnings = _cover(book)
    book = replace(book, cover=cover)
    gain_db, measured = choose_gain(chapters, profile, profile.encoding, job)
    gains = [Gain(gain_db, _ceiling(profile, profile.encoding))] * len(chapters)
    titles = [c.title for c in chapters]
    corrections = 0
    with atomic_path(out) as partial:
        while True:
            encoded = job.each(
                "encode",
                lambda sound, gain: encode_aac(sound, gain, profile.encoding, folder, job.cancel),
                gains,
            )
            placed = m4b.write_m4b(encoded, titles, book, partial, cancel=job.cancel)
            report = check(
                partial,
                profile,
                expected=[ExpectedChapter(p.title, c.seconds) for p, c in zip(placed, chapters)],
                missing_takes=missing_takes,
                progress=lambda done, _: job.report("check", done),
                cancel=job.cancel,
            )
            better = _corrected(gains, report, profile)
            if better is None or corrections == CORRECTIONS:
                break
            gains, corrections = better, corrections + 1
    _forget_all_but(folder, [e.path for e in encoded])
    return MasterReport(
        path=out,
        gain_db=gains[0].gain_db,
        ceilings=tuple(g.ceiling for g in gains),
        measured=measured,
        chapters=placed,
        corrections=corrections,
        warnings=tuple(warnings),
        check=replace(report, path=str(out)),
    )


def export_chapters(
    chapters: Sequence[ChapterSound],
    book: BookMetadata,
    profile: Profile,
    folder: Path,
    *,
    codec: str | None = None,
    workers: int = 2,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> list[Path]:
    """Master chapters into files of their own: `01 Title.mp3`, ...; with the gain of the whole book.

    Args:
        codec: `mp3`, `opus`, `flac` or `m4a`; None takes the profile's (MP3, 192 kbit/s, 44.1 kHz, as ACX asks).

    Other arguments as in `master_book`. A file that a former run finished the same way is left as it is.
    """
    if codec is not None and codec not in ENCODINGS:
        raise DuoyinError(f"chapters cannot be exported as {codec!r}", hint=f"one of {', '.join(ENCODINGS)}")
    encoding = profile.chapter_encoding if codec is None else ENCODINGS[codec]
    suffix = codec or encoding.codec
    job = Job(chapters, workers, progress, cancel)
    cover, _ = _cover(book)
    gain_db, _ = choose_gain(chapters, profile, encoding, job)
    gains = [Gain(gain_db, _ceiling(profile, encoding))] * len(chapters)
    width = max(2, len(str(len(chapters))))
    paths = [
        folder / f"{number:0{width}d} {_name_part(c.title)}".rstrip() for number, c in enumerate(chapters, 1)
    ]
    paths = [p.with_name(f"{p.name}.{suffix}") for p in paths]
    numbers = {id(c): n for n, c in enumerate(chapters)}
    ledger = _Exports(folder / f".{suffix}.json")

    def export(sound: ChapterSound, gain: Gain) -> Path:
        number = numbers[id(sound)]
        tags = chapter_tags(book, sound.title or f"Chapter {number + 1}", number + 1, len(chapters))
        made_of = encoding_key(sound, gain, encoding) + _digest_of(tags, cover)
        if not ledger.has(paths[number], made_of):
            encode_file(sound, gain, encoding, paths[number], tags=tags, cover=cover, cancel=job.cancel)
            ledger.add(paths[number], made_of)
        return paths[number]

    return job.each("encode", export, gains)


def choose_gain(
    chapters: Sequence[ChapterSound], profile: Profile, encoding: Encoding, job: Job
) -> tuple[float, float]:
    """The static gain (dB) whose *limited* result hits the profile's target, and the level before (LUFS or dBFS).

    Limiting takes loudness away, so the gain is first guessed on hop energies and hop peaks, then measured on
    limited sound, and moved along the guess's slope until it is close; a round costs a fifth of encoding.
    """
    value, target = _aim(profile)
    ceiling = _ceiling(profile, encoding)
    raw = job.each(
        "measure", lambda sound, _: _measured(sound, encoding, None, job.cancel), [None] * len(chapters)
    )
    before = value(raw)
    if not math.isfinite(before):
        raise DuoyinError("the book is silent: there is nothing to master", hint="look at the takes")

    def guessed(gain_db: float) -> float:
        return value([_roughly_limited(levels, gain_db, ceiling) for levels in raw])

    def limited(sound: ChapterSound, levels: Levels, gain_db: float) -> Levels:
        louder = levels.amplified(amplitude(gain_db))
        if louder.true_peak <= amplitude(ceiling):
            return louder
        return _measured(sound, encoding, Gain(gain_db, ceiling), job.cancel)

    gain_db, model_error = _solve(guessed, target, target - before), 0.0
    for _ in range(GAIN_ROUNDS):
        if abs(gain_db) > MAX_GAIN:
            raise DuoyinError(
                f"the takes measure {before:.1f} dB and would need {gain_db:+.0f} dB",
                hint="look at the takes",
            )
        gain_db = _quantized(gain_db)
        measured = value(job.each("level", partial_function(limited, gain_db=gain_db), raw))
        if abs(measured - target) <= CLOSE:
            break
        model_error = measured - guessed(gain_db)
        gain_db = _solve(guessed, target - model_error, gain_db)
    return _quantized(gain_db), before


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
        progress: Callable[[Progress], None] | None,
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
            self._progress(Progress(stage, min(done, self._total), self._total))

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


class _Exports:
    """Which exported files were made of what, so that a killed export goes on where it stopped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            self._files: dict[str, list[Any]] = json.loads(path.read_bytes())
        except (FileNotFoundError, ValueError):
            self._files = {}

    def has(self, path: Path, made_of: str) -> bool:
        return path.is_file() and self._files.get(path.name) == [made_of, path.stat().st_size]

    def add(self, path: Path, made_of: str) -> None:
        with self._lock:
            self._files[path.name] = [made_of, path.stat().st_size]
            write_atomically(self._path, json.dumps(self._files).encode())


def _aim(profile: Profile) -> tuple[Callable[[Sequence[Levels]], float], float]:
    if profile.target_rms is not None:
        return loudness.rms, profile.target_rms
    if profile.target_lufs is None:
        raise DuoyinError(f"profile {profile.name} has no target level")
    return loudness.integrated, profile.target_lufs


def _ceiling(profile: Profile, encoding: Encoding) -> float:
    return round(profile.max_true_peak - encoding.overshoot_db, 3)


def _quantized(db: float) -> float:
    return round(round(db / GAIN_STEP) * GAIN_STEP, 3)


def _measured(sound: ChapterSound, encoding: Encoding, gain: Gain | None, cancel: threading.Event) -> Levels:
    """Levels of the stored chapter, or, with a gain, of what would go to the encoder."""
    if gain is None:
        rate = sound.sample_rate
        source = cancellable(blocks(sound), cancel)
    else:
        rate = delivered_rate(sound, encoding)
        source = mastered(sound, encoding, gain, cancel)
    return loudness.measure(source, rate)


def _corrected(gains: Sequence[Gain], report: CheckReport, profile: Profile) -> list[Gain] | None:
    """Other gains and ceilings where the codec moved peaks or loudness out of the limits; None where it did not."""
    better = []
    shift = 0.0
    if profile.target_lufs is not None and profile.loudness_tolerance is not None:
        error = profile.target_lufs - report.integrated
        if abs(error) > profile.loudness_tolerance:
            shift = _quantized(error)
    for gain, chapter in zip(gains, report.chapters):
        over = chapter.true_peak - profile.max_true_peak
        ceiling = round(gain.ceiling - over - CEILING_SLACK, 3) if over > 0 else gain.ceiling
        better.append(Gain(_quantized(gain.gain_db + shift), ceiling))
    return better if better != list(gains) else None


def _cover(book: BookMetadata) -> tuple[bytes | None, list[str]]:
    if not book.cover:
        return None, []
    try:
        return prepare_cover(book.cover), []
    except DuoyinError as error:
        return None, [f"no cover: {error.message}"]  # a broken picture must not cost a night


def _name_part(title: str) -> str:
    """A chapter's title as it follows its number; nothing where it has none."""
    return file_name(title, instead="_", most_bytes=MAX_NAME_BYTES) if title.strip(" .") else ""


def _digest_of(tags: Mapping[str, str], cover: bytes | None) -> str:
    return hashlib.sha256(json.dumps(tags, sort_keys=True).encode() + (cover or b"")).hexdigest()


def _forget_all_but(folder: Path, keep: Sequence[Path]) -> None:
    """Encoded chapters of former gains and texts are of no use to anyone."""
    kept = {p.name for p in keep}
    for path in folder.glob("*.aac"):
        if path.name not in kept:
            path.unlink(missing_ok=True)

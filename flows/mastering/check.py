"""Judge a delivered file: decode it, measure it, compare with a profile and with what was meant to be in it."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

from rich.cells import cell_len

from flows.mastering import ffmpeg, loudness
from flows.mastering.ffmpeg import ChapterMark, MediaInfo
from flows.mastering.loudness import Curve, Levels, Meter
from flows.mastering.profiles import Profile
from tts_core.durations import clock
from tts_core.sound import Samples, decibels

MARK_TOLERANCE = 0.15  # seconds: a chapter may be longer by its padding (up to two AAC frames at 16 kHz)
LENGTH_TOLERANCE = 0.1  # seconds between what the container says and what decodes
NAME_COLUMNS = 22
"""Of what is measured, in the table."""
# Containers whose stated duration is exact; for others (raw MP3, ADTS) it is an estimate.
EXACT_CONTAINERS = ("mov,", "flac", "wav", "w64", "matroska", "ogg")


class Tap(Protocol):
    """Is given the sound of a file while it is decoded."""

    def push(self, block: Samples) -> None:
        """The next block: `[T]` of a mono file, `[T, C]` of another, at the file's rate."""
        ...

    def finish(self) -> object:
        """The file has ended."""
        ...


Listen = Callable[[Path, MediaInfo], Tap | None]
"""File and what it says of itself → the tap to it; None where nobody has to hear it."""


@dataclass(frozen=True, slots=True)
class ExpectedChapter:
    """A chapter the file should have; `seconds` None where only the title is known."""

    title: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """One judged number: passes within [minimum, maximum], either of which may be open."""

    name: str
    value: float
    unit: str
    minimum: float | None = None
    maximum: float | None = None
    note: str = ""

    @property
    def passed(self) -> bool:
        above = self.minimum is None or self.value >= self.minimum
        return above and (self.maximum is None or self.value <= self.maximum)


@dataclass(frozen=True, slots=True)
class ChapterLevels:
    """A chapter as delivered: seconds, LUFS, dBFS, dBTP, dBFS."""

    title: str
    start: float
    end: float
    integrated: float
    rms: float
    true_peak: float
    noise_floor: float


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a delivered file measures.

    Args:
        path, profile: what was judged against what.
        container, codec, sample_rate, channels, language, tags, has_cover: what the file says about itself.
        seconds: decoded length.
        integrated: LUFS. loudness_range: LU. true_peak: dBTP. sample_peak, rms, noise_floor, pause_level: dBFS.
        chapter_spread: LU between the loudest and the quietest chapter.
        chapters: one entry a mark; one for the whole file where it has none.
        limits: what was judged.
        curve: loudness and peaks from beginning to end; no part of `to_dict`.
    """

    path: str
    profile: str
    container: str
    codec: str
    sample_rate: int
    channels: int
    language: str
    tags: dict[str, str]
    has_cover: bool
    seconds: float
    integrated: float
    loudness_range: float
    true_peak: float
    sample_peak: float
    rms: float
    noise_floor: float
    pause_level: float
    chapter_spread: float
    chapters: tuple[ChapterLevels, ...]
    limits: tuple[Limit, ...]
    curve: Curve | None = None

    @property
    def passed(self) -> bool:
        return all(limit.passed for limit in self.limits)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; levels of nothing at all (-inf) become None."""
        data = asdict(self)
        del data["curve"]
        data["passed"] = self.passed
        for entry, limit in zip(data["limits"], self.limits, strict=True):
            entry["passed"] = limit.passed
        finite: dict[str, Any] = without_infinities(data)
        return finite

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)

    def table(self, told: Callable[[str], str] = str) -> str:
        """The report for a terminal; `told` gives its words in another language."""

        def name(words: str) -> str:
            said = told(words)
            return said + " " * (NAME_COLUMNS - cell_len(said))

        rows = [
            (name("integrated loudness"), _level(self.integrated, "LUFS")),
            (name("loudness range"), _level(self.loudness_range, "LU")),
            (name("true peak"), _level(self.true_peak, "dBTP")),
            (name("sample peak"), _level(self.sample_peak, "dBFS")),
            (name("RMS"), _level(self.rms, "dBFS")),
            (name("noise floor"), _level(self.noise_floor, "dBFS")),
            (name("pauses inside takes"), _level(self.pause_level, "dBFS")),
            (name("chapter spread"), _level(self.chapter_spread, "LU")),
            (name("chapters"), str(len(self.chapters))),
            (name("duration"), clock(self.seconds, hours=True)),
        ]
        lines = [f"{self.path}  ({self.codec}, {self.sample_rate} Hz, {self.channels} ch)"]
        lines += [f"  {row}{value:>16}" for row, value in rows]
        lines.append(f"  {told('profile')} {self.profile}:")
        for limit in self.limits:
            verdict = told("pass") if limit.passed else told("FAIL")
            note = f"  {told(limit.note)}" if limit.note else ""
            level = f"{_level(limit.value, limit.unit):>16}"
            lines.append(f"  {verdict}  {name(limit.name)}{level}  {_bounds(limit, told('to'))}{note}")
        return "\n".join(lines)


def check(
    path: Path,
    profile: Profile,
    *,
    expected: Sequence[ExpectedChapter] | None = None,
    missing_takes: int | None = None,
    listen: Listen | None = None,
    progress: Callable[[float, float | None], None] | None = None,
    cancel: threading.Event | None = None,
) -> CheckReport:
    """Decode and judge a delivered file (anything ffmpeg reads), streaming.

    Args:
        path: the file.
        profile: whose limits hold.
        expected: the chapters there should be; None judges no chapters.
        missing_takes: lines without a take, counted by the caller; None judges none.
        listen: gives who else wants to hear the file, so that it is decoded once.
        progress: called with decoded seconds and the duration where known.

    Raises: `DuoyinError` for a file that is missing, no audio, or damaged.
    """
    info = ffmpeg.probe(path)
    channels = info.channels if info.channels in loudness.CHANNEL_WEIGHTS else 2
    marks = info.chapters or (ChapterMark(info.tags.get("title", ""), 0.0, math.inf),)
    blocks = ffmpeg.decode(path, info.sample_rate, channels, cancel=cancel)
    if progress is not None:
        blocks = _reported(blocks, info.sample_rate, info.duration, progress)
    tap = listen(path, info) if listen is not None else None
    if tap is not None:
        blocks = _tapped(blocks, tap)
    starts = [round(m.start * info.sample_rate) for m in marks]
    parts, lead_in = _measure_parts(blocks, starts, info.sample_rate, channels)
    everything = [lead_in, *parts] if lead_in is not None else parts
    seconds = sum(p.samples for p in everything) / info.sample_rate
    chapters = tuple(
        ChapterLevels(
            title=mark.title,
            start=mark.start,
            end=min(mark.end, seconds),
            integrated=loudness.integrated([part]),
            rms=loudness.rms([part]),
            true_peak=loudness.true_peak([part]),
            noise_floor=loudness.noise_floor(part),
        )
        for mark, part in zip(marks, parts, strict=True)
    )
    audible = [c.integrated for c in chapters if math.isfinite(c.integrated)]
    report = CheckReport(
        path=str(path),
        profile=profile.name,
        container=info.container,
        codec=info.codec,
        sample_rate=info.sample_rate,
        channels=info.channels,
        language=info.language,
        tags=info.tags,
        has_cover=info.has_cover,
        seconds=seconds,
        integrated=loudness.integrated(everything),
        loudness_range=loudness.loudness_range(everything),
        true_peak=loudness.true_peak(everything),
        sample_peak=decibels(max(p.sample_peak for p in everything)),
        rms=loudness.rms(everything),
        noise_floor=max(c.noise_floor for c in chapters),
        pause_level=loudness.pause_level(everything),
        chapter_spread=max(audible) - min(audible) if audible else 0.0,
        chapters=chapters,
        limits=(),
        curve=loudness.curve(everything),
    )
    limits = [*_levels_limits(report, profile), *_length_limits(report, info.duration)]
    if expected is not None:
        limits += _chapter_limits(report, info.chapters, expected)
    if missing_takes is not None:
        limits.append(Limit("missing takes", missing_takes, "", maximum=0))
    return replace(report, limits=tuple(limits))


def _measure_parts(
    blocks: Iterator[Samples], starts: Sequence[int], sample_rate: int, channels: int
) -> tuple[list[Levels], Levels | None]:
    """One `Levels` a chapter, and one for what stands before the first mark, if anything does."""
    borders = [*starts[1:], None] if starts[0] <= 0 else [*starts, None]
    parts: list[Levels] = []
    meter, at = Meter(sample_rate, channels), 0
    for block in blocks:
        while len(block):
            border = borders[len(parts)]
            take = len(block) if border is None else min(len(block), max(0, border - at))
            meter.push(block[:take])
            at += take
            block = block[take:]
            if border is not None and at >= border:
                parts.append(meter.finish())
                meter = Meter(sample_rate, channels)
    parts.append(meter.finish())
    while len(parts) < len(borders):  # marks beyond the end of the sound
        parts.append(Meter(sample_rate, channels).finish())
    return (parts, None) if starts[0] <= 0 else (parts[1:], parts[0])


def _levels_limits(report: CheckReport, profile: Profile) -> Iterator[Limit]:
    if profile.target_lufs is not None and profile.loudness_tolerance is not None:
        low, high = (
            profile.target_lufs - profile.loudness_tolerance,
            profile.target_lufs + profile.loudness_tolerance,
        )
        yield Limit("integrated loudness", report.integrated, "LUFS", low, high)
    if profile.rms_range is not None:
        low, high = profile.rms_range
        yield Limit("RMS", report.rms, "dBFS", low, high)
        if profile.judged_per_chapter and len(report.chapters) > 1:
            middle = (low + high) / 2
            worst = max(report.chapters, key=lambda c: abs(c.rms - middle))
            yield Limit("RMS, worst chapter", worst.rms, "dBFS", low, high, note=worst.title)
    loudest = max(report.chapters, key=lambda c: c.true_peak)
    note = loudest.title if len(report.chapters) > 1 else ""
    yield Limit("true peak", report.true_peak, "dBTP", maximum=profile.max_true_peak, note=note)
    if profile.max_noise_floor is not None:
        noisiest = max(report.chapters, key=lambda c: c.noise_floor)
        note = noisiest.title if len(report.chapters) > 1 else ""
        if math.isinf(noisiest.noise_floor):
            note = "digital silence"
        yield Limit("noise floor", report.noise_floor, "dBFS", maximum=profile.max_noise_floor, note=note)


def _length_limits(report: CheckReport, stated: float | None) -> Iterator[Limit]:
    if stated is not None and report.container.startswith(EXACT_CONTAINERS):
        yield Limit(
            "decoded - stated length", report.seconds - stated, "s", -LENGTH_TOLERANCE, LENGTH_TOLERANCE
        )


def _chapter_limits(
    report: CheckReport, marks: Sequence[ChapterMark], expected: Sequence[ExpectedChapter]
) -> Iterator[Limit]:
    count = len(expected)
    yield Limit("chapter marks", len(marks), "", count, count)
    pairs = list(zip(marks, expected))
    wrong = [f"{m.title!r} for {e.title!r}" for m, e in pairs if m.title.strip() != e.title.strip()]
    yield Limit("wrong chapter titles", len(wrong), "", maximum=0, note="; ".join(wrong[:3]))
    # Length by length: a sum over many chapters would only add up harmless padding.
    off = [
        ((min(m.end, report.seconds) - m.start) - e.seconds, m.title)
        for m, e in pairs
        if e.seconds is not None
    ]
    if off:
        worst, title = max(off, key=lambda pair: abs(pair[0]))
        yield Limit("chapter length error", worst, "s", -MARK_TOLERANCE, MARK_TOLERANCE, note=title)
    if marks:
        gaps = [abs(b.start - a.end) for a, b in pairwise(marks)]
        uncovered = max([*gaps, abs(marks[0].start), abs(report.seconds - marks[-1].end)])
        yield Limit("sound outside chapters", uncovered, "s", maximum=LENGTH_TOLERANCE)


def _tapped(blocks: Iterator[Samples], tap: Tap) -> Iterator[Samples]:
    for block in blocks:
        tap.push(block)
        yield block
    tap.finish()


def _reported(
    blocks: Iterator[Samples],
    sample_rate: int,
    duration: float | None,
    progress: Callable[[float, float | None], None],
) -> Iterator[Samples]:
    samples = 0
    for block in blocks:
        samples += len(block)
        progress(samples / sample_rate, duration)
        yield block


def without_infinities(value: Any) -> Any:
    """Plain data with None where a number is none of JSON's: levels of nothing at all (-inf)."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: without_infinities(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [without_infinities(v) for v in value]
    return value


def _level(value: float, unit: str) -> str:
    if not unit:
        return f"{value:g}"
    return f"{value:.2f} {unit}" if math.isfinite(value) else f"{'-' if value < 0 else ''}inf {unit}"


def _bounds(limit: Limit, to: str) -> str:
    if limit.minimum is not None and limit.maximum is not None:
        if limit.minimum == limit.maximum:
            return f"(= {limit.minimum:g})"
        return f"({limit.minimum:g} {to} {limit.maximum:g})"
    if limit.maximum is not None:
        return f"(<= {limit.maximum:g})"
    return f"(>= {limit.minimum:g})" if limit.minimum is not None else ""

"""Every line is looked for in the finished file: is it where the record says, is it whole, is nothing else heard?

The finished file is listened to while it is decoded for its acceptance check; nothing is decoded twice. What was found
is kept by content (the file's digest, and which takes ought to lie where), so a file that is made again as it was is
not listened to again. What is not found where it ought to be is looked for once more, further around.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from flows.making.coverage import Found, Gap, GapKind, line_gap
from flows.making.plan import PlannedLine
from flows.making.takes import stored_take
from flows.mastering import ffmpeg, loudness
from flows.mastering.check import Listen, Tap
from flows.mastering.ffmpeg import MediaInfo
from flows.mastering.locate import PAUSE_BELOW, Located, Locator, Sought
from flows.workspace.project import Project
from tts_core.files import file_digest, write_atomically
from tts_core.sealed import seal, unseal
from tts_core.sound import SILENT, Samples
from tts_core.takes import TakeStore
from tts_core.versions import LOCATE

TOLERANCE_MS = 5.0
"""How far from its place a line may lie. What encoders, padding and marks do to it stays below 0.1 ms."""
ALIKE_MS = 2.0
"""Lines of a chapter that are off by the same, within this, are off because the chapter is."""
LOOK_AROUND = 30.0
"""Seconds around its place in which a line that was not found is looked for once more."""
SURE = 0.8
"""Correlation from which a line is believed to be somewhere else."""
MOST_LOOKED_FOR = 60
"""Lines that are looked for once more."""


@dataclass(frozen=True, slots=True)
class ChapterLine:
    """A line in the sound of its chapter: seconds from the chapter's beginning, and the take's length."""

    item: PlannedLine
    start: float
    seconds: float


@dataclass(frozen=True, slots=True)
class FileFound:
    """What was found in one finished file.

    Args:
        sha256: of the file.
        lines: every line that sounds in it, in order.
        noise_after: dBFS of what is heard behind the last one.
    """

    sha256: str
    lines: tuple[Located, ...]
    noise_after: float = SILENT

    def to_json(self) -> dict[str, Any]:
        """Plain data; no infinity."""
        rows = [
            [line.id, line.delay_ms, line.correlation, line.silent, line.lost, _finite(line.noise)]
            for line in self.lines
        ]
        return {"sha256": self.sha256, "noise_after": _finite(self.noise_after), "lines": rows}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FileFound:
        """What `to_json` gave. Raises `KeyError`, `TypeError`, `ValueError` for anything else."""
        lines = tuple(
            Located(line, delay, alike, silent, tuple((a, b) for a, b in lost), _level(noise))
            for line, delay, alike, silent, lost, noise in data["lines"]
        )
        return cls(str(data["sha256"]), lines, _level(data["noise_after"]))


def _finite(level: float) -> float | None:
    return None if level == SILENT else level


def _level(value: float | None) -> float:
    return SILENT if value is None else float(value)


@dataclass
class Search:
    """Looks for the lines of a book in its finished files, while each is decoded.

    Args:
        project: where what was found is kept, and the takes are.
        chapters: the lines that sound in each chapter made, in order.
        lengths: seconds of each chapter's sound.
        single: all chapters are in one file; else each has its own.
    """

    project: Project
    chapters: Sequence[Sequence[ChapterLine]]
    lengths: Sequence[float]
    single: bool
    found: dict[int, FileFound] = field(default_factory=dict)

    def listen(self, number: int) -> Listen:
        """Who hears file `number` of the finished ones (from 0)."""

        def hears(path: Path, info: MediaInfo) -> Tap | None:
            sought = self.sought(number, info)
            digest = file_digest(path)
            kept = self._kept(number, digest, sought)
            if kept is not None:
                self.found[number] = kept
                return None
            return _Hearing(self, number, digest, sought, info)

        return hears

    def sought(self, number: int, info: MediaInfo) -> list[Sought]:
        """The lines that ought to be in a file, placed by its own chapter marks."""
        return [
            Sought(
                line.item.line.id,
                start + line.start,
                line.seconds,
                _sound_of(self.project.takes, line.item.key),
            )
            for start, lines in self.starts(number, info)
            for line in lines
        ]

    def starts(self, number: int, info: MediaInfo) -> list[tuple[float, Sequence[ChapterLine]]]:
        """Second at which each chapter of a file begins, with its lines; by length where the file has no marks."""
        if not self.single:
            return [(0.0, self.chapters[number])]
        marks = [mark.start for mark in info.chapters]
        if len(marks) != len(self.chapters):
            marks = [sum(self.lengths[:chapter]) for chapter in range(len(self.chapters))]
        return list(zip(marks, self.chapters, strict=True))

    def digest(self, number: int, file: Path) -> str:
        """SHA-256 of a finished file, as it was noted when it was heard."""
        return self.found[number].sha256 if number in self.found else file_digest(file)

    def keep(self, number: int, sought: Sequence[Sought], found: FileFound) -> None:
        """Note what was found in a file."""
        self.found[number] = found
        record = {"key": self._key(number, found.sha256, sought), **found.to_json()}
        write_atomically(self.project.located_file(number), seal(record).encode())

    def _kept(self, number: int, digest: str, sought: Sequence[Sought]) -> FileFound | None:
        try:
            data = unseal(self.project.located_file(number).read_bytes())
            return FileFound.from_json(data) if data["key"] == self._key(number, digest, sought) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None  # none yet, or one of another version: the file is listened to

    def _key(self, number: int, digest: str, sought: Sequence[Sought]) -> str:
        chapters = self.chapters if self.single else [self.chapters[number]]
        keys = [line.item.key for line in chain.from_iterable(chapters)]
        places = [[line.id, round(line.start, 5), round(line.seconds, 5)] for line in sought]
        return hashlib.sha256(json.dumps([LOCATE, digest, keys, places]).encode()).hexdigest()


class _Hearing:
    """One file being listened to."""

    def __init__(
        self, search: Search, number: int, digest: str, sought: Sequence[Sought], info: MediaInfo
    ) -> None:
        channels = info.channels if info.channels in loudness.CHANNEL_WEIGHTS else 2
        self._search, self._number, self._digest, self._sought = search, number, digest, sought
        self._locator = Locator(sought, info.sample_rate, channels)

    def push(self, block: Samples) -> None:
        self._locator.push(block)

    def finish(self) -> None:
        lines = tuple(self._locator.finish())
        self._search.keep(
            self._number, self._sought, FileFound(self._digest, lines, self._locator.noise_after)
        )


def _sound_of(store: TakeStore, key: str) -> Callable[[], tuple[Samples, int]]:
    def load() -> tuple[Samples, int]:
        take = stored_take(store, key)
        return take.samples, take.sample_rate

    return load


def found_in(search: Search, files: Sequence[Path]) -> tuple[Found | None, list[Gap]]:
    """What was found in the finished files, and what was not, in a person's words; None where not all were heard.

    Lines that were not found are looked for once more, further around, so that a swapped or shifted one can be named.
    """
    if len(search.found) < len(files):
        return None, []
    lines = [line for found in search.found.values() for line in found.lines]
    there = [line for line in lines if line.found and not line.silent]
    digests = {file.name: search.found[number].sha256 for number, file in enumerate(files)}
    found = Found(
        files=digests,
        lines=len(lines),
        found=sum(line.found for line in lines),
        silent=sum(line.silent for line in lines),
        farthest_ms=round(max((abs(line.delay_ms) for line in there), default=0.0), 2),
        missing=tuple(line.id for line in lines if not line.found),
    )
    gaps = [gap for number, file in enumerate(files) for gap in _file_gaps(search, number, file)]
    return found, gaps


def _file_gaps(search: Search, number: int, file: Path) -> Iterator[Gap]:
    found = search.found[number]
    project = search.project
    mend = (
        f"delete {project.typed(file)} and {project.typed(project.encoded_folder)}, "
        f"then duoyin audiobook {project.typed()}"
    )
    shifts = {line.id: line.delay_ms / 1000 for line in found.lines if line.found}
    if missing := [line.id for line in found.lines if not line.found]:
        shifts |= _look_again(search, number, file, missing[:MOST_LOOKED_FOR])
    located = iter(found.lines)
    chapters = search.chapters if search.single else [search.chapters[number]]
    before = True
    for lines in chapters:
        rows = [(line.item, next(located)) for line in lines]
        yield from _moved(rows, shifts, mend)
        yield from _damaged(rows, mend, before)
        before = rows[-1][1].found
    if found.noise_after > PAUSE_BELOW and before:
        last = chapters[-1][-1].item.line
        what = f"something is heard behind it that belongs to no line ({found.noise_after:.0f} dBFS)"
        yield line_gap(GapKind.NOISE, last, what, mend)


def _moved(
    rows: Sequence[tuple[PlannedLine, Located]], shifts: Mapping[str, float], mend: str
) -> Iterator[Gap]:
    """Lines of a chapter that are not where the record says, those in one gap that are off by the same."""
    sounding = [(item, shifts.get(line.id)) for item, line in rows if not line.silent]
    runs: list[list[tuple[PlannedLine, float | None]]] = []
    for item, shift in sounding:
        if not runs or not _alike(runs[-1][-1][1], shift):
            runs.append([])
        runs[-1].append((item, shift))
    for run in runs:
        shift = run[0][1]
        if shift is None or abs(shift) * 1000 > TOLERANCE_MS:
            yield _run_gap(run, whole=len(run) == len(sounding), mend=mend)


def _alike(one: float | None, two: float | None) -> bool:
    if one is None or two is None:
        return one is two
    return abs(one - two) * 1000 <= ALIKE_MS


def _run_gap(run: Sequence[tuple[PlannedLine, float | None]], *, whole: bool, mend: str) -> Gap:
    (first, shift), more = run[0], len(run) - 1
    who = "it is" if not more else f"it and the {more} lines behind it are"
    if whole:
        who = f"the whole chapter, {len(run)} lines, is"
    if shift is None:
        what = f"{who} not in the finished file where the record says"
        return line_gap(GapKind.NOT_FOUND, first.line, what, mend)
    off = abs(shift)
    if shift > 0:
        what = f"{who} heard {off:.3f} s later than the record says"
    else:
        what = f"{who} heard {off:.3f} s earlier than the record says"
    if whole:
        what = f"{what}: its mark does not stand where its sound begins"
    return line_gap(GapKind.MARK if whole else GapKind.MOVED, first.line, what, mend)


def _damaged(rows: Sequence[tuple[PlannedLine, Located]], mend: str, before: bool) -> Iterator[Gap]:
    """Lines that are in their place but not whole, or have something in the pause before them.

    Args:
        before: whether the line before the first one was found; else what is heard behind it may be itself.
    """
    for item, line in rows:
        for start, end in line.lost[:1]:
            what = f"its sound is not in the file from {start:.1f} to {end:.1f} s"
            yield line_gap(GapKind.CUT, item.line, what, mend)
        if line.disturbed and line.found and before:
            what = (
                f"something is heard in the pause before it that belongs to no line ({line.noise:.0f} dBFS)"
            )
            yield line_gap(GapKind.NOISE, item.line, what, mend)
        before = line.found


def _look_again(search: Search, number: int, file: Path, missing: Sequence[str]) -> dict[str, float]:
    """Lines that were not found, by how many seconds they lie elsewhere, where they do."""
    info = ffmpeg.probe(file)
    wanted = set(missing)
    sought = [line for line in search.sought(number, info) if line.id in wanted]
    channels = info.channels if info.channels in loudness.CHANNEL_WEIGHTS else 2
    locator = Locator(sought, info.sample_rate, channels, margin=LOOK_AROUND)
    for block in ffmpeg.decode(file, info.sample_rate, channels):
        locator.push(block)
    return {line.id: line.delay_ms / 1000 for line in locator.finish() if line.correlation >= SURE}

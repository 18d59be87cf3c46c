"""From takes to the finished file: the last verbs of a production. No Prefect here."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.manuscript import Manuscript
from flows.mastering import (
    BookMetadata,
    ChapterSound,
    MasterReport,
    PlacedTake,
    Profile,
    export_chapters,
    master_book,
    profile,
    stitch,
)
from flows.mastering.stitch import write_atomically
from flows.plan import PlannedLine
from flows.production import Book, Voices
from flows.progress import clock
from flows.project import Project
from flows.script import NARRATOR
from tts_core.engine import Samples
from tts_core.takes import CorruptTake, TakeStore

STITCHING_SHARE = 0.2
"""Part of the mastering stage's progress bar that stitching takes."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a run delivered.

    Args:
        path: the finished file, or the folder of finished files.
        report_file: the acceptance report as JSON, beside it.
        chapter_times: title, start and length in seconds of each chapter.
        left_out: characters of the source that are not read, by reason.
        speakers: voice and number of lines by speaker, most lines first.
    """

    path: Path
    report_file: Path
    master: MasterReport
    chapter_times: tuple[tuple[str, float, float], ...]
    left_out: dict[str, int]
    characters_read: int
    speakers: dict[str, tuple[str, int]]

    @property
    def passed(self) -> bool:
        return self.master.passed

    def to_json(self) -> dict[str, Any]:
        return {
            "path": str(self.path),
            "report": str(self.report_file),
            "passed": self.passed,
            "seconds": self.master.check.seconds,
            "chapters": [
                {"title": t, "start": round(s, 3), "seconds": round(n, 3)} for t, s, n in self.chapter_times
            ],
            "speakers": {
                name: {"voice": voice, "lines": lines} for name, (voice, lines) in self.speakers.items()
            },
            "characters_read": self.characters_read,
            "left_out": self.left_out,
            "master": self.master.to_dict(),
        }

    def to_text(self) -> str:
        verdict = "passes" if self.passed else "MISSES"
        lines = [
            str(self.path),
            f"  {clock(self.master.check.seconds)} in {len(self.chapter_times)} chapters, {len(self.speakers)} speakers;"
            f" {self.characters_read} characters read, {sum(self.left_out.values())} left out",
            f"  {verdict} profile {self.master.check.profile}: {self.master.check.integrated:.1f} LUFS,"
            f" true peak {self.master.check.true_peak:.1f} dBTP, noise floor {self.master.check.noise_floor:.0f} dBFS",
            f"  report: {self.report_file}",
        ]
        return "\n".join(lines)

    def to_markdown(self) -> str:
        """The acceptance report for a Prefect artifact."""
        verdict = "passed" if self.passed else "**missed a limit**"
        cast = "\n".join(f"| {name} | {voice} | {lines} |" for name, (voice, lines) in self.speakers.items())
        return (
            f"# {self.path.name}: {verdict}\n\n```\n{self.master.check.table()}\n```\n\n"
            f"| speaker | voice | lines |\n|---|---|---|\n{cast}\n"
        )


@dataclass(frozen=True, slots=True)
class _StoredSound:
    """A take as the mastering room wants it: key, length, and its samples when they are needed."""

    store: TakeStore
    key: str
    samples: int

    def load(self) -> Samples:
        try:
            return self.store.read(self.key).samples
        except CorruptTake:
            self.store.set_aside(self.key)
            raise


def deliver(
    project: Project,
    book: Book,
    planned: Sequence[PlannedLine],
    voices: Voices,
    *,
    sample_rate: int,
    workers: int,
    share: Callable[[float, str], None] = lambda done, detail: None,
) -> Delivery:
    """Stitch the chosen chapters, master them to the profile, measure what is delivered.

    Raises `CorruptTake` (the take is set aside: make it anew and call again), `DuoyinError`.
    """
    settings = project.settings
    wanted = profile(settings.profile)
    by_chapter: dict[int, list[PlannedLine]] = {}
    for item in planned:
        by_chapter.setdefault(item.line.chapter, []).append(item)
    sounds: list[ChapterSound] = []
    chapters = [c for c in book.chapters if any(item.key for item in by_chapter.get(c, ()))]
    for done, chapter in enumerate(chapters):
        title = book.manuscript.chapters[chapter].title or f"{done + 1}"
        share(STITCHING_SHARE * done / len(chapters), f"stitching {title}")
        sounds.append(_stitch(project, title, by_chapter[chapter], sample_rate))
    metadata = _metadata(project, book.manuscript, voices)
    out = project.output(metadata.title)
    out.parent.mkdir(parents=True, exist_ok=True)
    report = _master(project, sounds, metadata, wanted, out, workers, share)
    titles = [sound.title for sound in sounds]
    delivery = Delivery(
        path=out,
        report_file=out.with_name(f"{out.name}.report.json"),
        master=report,
        chapter_times=tuple((t, c.start, c.end - c.start) for t, c in zip(titles, report.check.chapters)),
        left_out=_left_out(book),
        characters_read=sum(book.manuscript.chapters[c].characters for c in chapters),
        speakers=_speakers(planned),
    )
    write_atomically(
        delivery.report_file, json.dumps(delivery.to_json(), ensure_ascii=False, indent=2).encode()
    )
    return delivery


def _stitch(project: Project, title: str, lines: Sequence[PlannedLine], sample_rate: int) -> ChapterSound:
    pauses = project.settings.pauses
    store = project.takes
    placed: list[PlacedTake] = []
    head = pauses.head
    for item in lines:
        if item.key:
            placed.append(
                PlacedTake(_StoredSound(store, item.key, store.info(item.key).samples), item.line.pause_after)
            )
        elif placed:
            # a line without sound still holds its pause
            last = placed[-1]
            placed[-1] = PlacedTake(last.take, max(last.pause_after, item.line.pause_after))
    # the chapter's tail replaces the pause of its last line
    placed[-1] = PlacedTake(placed[-1].take, 0.0)
    return stitch(
        placed,
        title=title,
        folder=project.cache / "chapters",
        sample_rate=sample_rate,
        head=head,
        tail=pauses.tail,
    )


def _master(
    project: Project,
    sounds: Sequence[ChapterSound],
    metadata: BookMetadata,
    wanted: Profile,
    out: Path,
    workers: int,
    share: Callable[[float, str], None],
) -> MasterReport:
    stages = ("measure", "level", "encode", "join", "check")

    def tell(progress: Any) -> None:
        within = progress.done / progress.total if progress.total else 1.0
        stage = stages.index(progress.stage) if progress.stage in stages else 0
        share(STITCHING_SHARE + (1 - STITCHING_SHARE) * (stage + within) / len(stages), progress.stage)

    work = project.cache / "encoded"
    if project.settings.format == "m4b":
        return master_book(
            sounds, metadata, wanted, out, workers=workers, work=work, missing_takes=0, progress=tell
        )
    return export_chapters(
        sounds, metadata, wanted, out.with_suffix(""), project.settings.format, workers=workers, progress=tell
    )


def _metadata(project: Project, manuscript: Manuscript, voices: Voices) -> BookMetadata:
    settings = project.settings
    return BookMetadata(
        title=manuscript.title or project.source.stem,
        authors=manuscript.authors,
        narrator=settings.narrator_credit or f"Duoyin ({voices.by_speaker[NARRATOR]})",
        language=manuscript.language,
        year=manuscript.year or "",
        description=manuscript.description or "",
        comment="Synthetic speech made with Duoyin.",
        publisher=manuscript.publisher or "",
        series=manuscript.series or "",
        series_index=manuscript.series_index or "",
        cover=manuscript.cover.data if manuscript.cover else None,
    )


def _left_out(book: Book) -> dict[str, int]:
    counts: dict[str, int] = {}
    for item in book.manuscript.left_out:
        counts[item.reason] = counts.get(item.reason, 0) + sum(1 for c in item.text if not c.isspace())
    removed = sum(sum(1 for c in line.text if not c.isspace()) for line in book.script.removed)
    if removed:
        counts["deleted-in-script"] = removed
    return counts


def _speakers(planned: Sequence[PlannedLine]) -> dict[str, tuple[str, int]]:
    lines: dict[str, int] = {}
    voice: dict[str, str] = {}
    for item in planned:
        lines[item.line.speaker] = lines.get(item.line.speaker, 0) + 1
        voice.setdefault(item.line.speaker, item.voice)
    return {name: (voice[name], count) for name, count in sorted(lines.items(), key=lambda pair: -pair[1])}

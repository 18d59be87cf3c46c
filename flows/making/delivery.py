"""From takes to the finished file: the last verbs of a production. No Prefect here."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.making.alignment import align_chapter, timed_lines
from flows.making.book import Book
from flows.making.captions import write_captions
from flows.making.chapters import by_chapter, chapter_sound, voice_gains
from flows.making.coverage import DELETED, Coverage, cover_book
from flows.making.locating import ChapterLine, Search, found_in
from flows.making.plan import PlannedLine
from flows.making.proof import proof_facts, told
from flows.making.provenance import record_provenance
from flows.making.readalong import write_readalong
from flows.making.report.book import report_book
from flows.making.report.facts import Made
from flows.mastering.check import CheckReport
from flows.mastering.exports.base import Delivered, Exporter, Master, MasterChapter
from flows.mastering.master import MasterProgress
from flows.mastering.profiles import Profile, profile
from flows.mastering.stitch import ChapterSound
from flows.mastering.tags import SYNTHETIC_SPEECH, BookMetadata
from flows.proof.verdict import Proof
from flows.script.line import NARRATOR
from flows.workspace.alignment import AlignedChapter, write_alignment
from flows.workspace.delivered import Destination, Holding, Shelf, numbered, with_note
from flows.workspace.exports import EXPORTS
from flows.workspace.ledger import Ledger
from flows.workspace.project import Project, page_file, report_file
from flows.workspace.provenance import signing_key
from normalizers import DuoyinError
from normalizers.languages import language
from tts_core.durations import clock
from tts_core.files import file_name

MOST_RUNS = 6
"""Stretches of chapters that the name of a part tells."""

STAGES = ("stitch", "measure", "level", "encode", "join", "check")
"""Of mastering, in order; each is an equal part of its progress bar."""

Share = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a run delivered.

    Args:
        path: the finished file, or the folder of finished files.
        checks: of each file as delivered. digests: SHA-256 of each, in the same order.
        warnings: what mastering wants known.
        chapter_times: title, start and length in seconds of each chapter.
        characters_read: of the chapters made.
        speakers: voice and number of lines by speaker, most lines first.
        captions: files of captions beside it.
        coverage: what became of every character and every line.
        proof: what listening to the takes found, as data.
        read_along: the EPUB that is read along with it, where one is asked for.
        late: what is said where it was to be done sooner.
    """

    path: Path
    checks: tuple[CheckReport, ...]
    digests: tuple[str, ...]
    warnings: tuple[str, ...]
    chapter_times: tuple[tuple[str, float, float], ...]
    characters_read: int
    speakers: dict[str, tuple[str, int]]
    coverage: Coverage
    captions: tuple[Path, ...] = ()
    proof: Mapping[str, Any] = field(default_factory=dict)
    read_along: tuple[Path, ...] = ()
    late: str = ""

    @property
    def report_file(self) -> Path:
        """The report's facts as JSON, beside it."""
        return report_file(self.path)

    @property
    def page_file(self) -> Path:
        """The report as a page."""
        return page_file(self.path)

    @property
    def left_out(self) -> dict[str, int]:
        """Characters of the source that are not read, by reason."""
        removed = self.coverage.characters.get(DELETED, 0)
        return {**self.coverage.left_out, **({DELETED: removed} if removed else {})}

    @property
    def passed(self) -> bool:
        return all(report.passed for report in self.checks) and self.coverage.passed

    @property
    def seconds(self) -> float:
        return sum(report.seconds for report in self.checks)

    def to_json(self) -> dict[str, Any]:
        return {
            "path": str(self.path),
            "report": str(self.report_file),
            "page": str(self.page_file),
            "passed": self.passed,
            "sha256": {report.path: digest for report, digest in zip(self.checks, self.digests, strict=True)},
            "seconds": round(self.seconds, 3),
            "chapters": [
                {"title": t, "start": round(s, 3), "seconds": round(n, 3)} for t, s, n in self.chapter_times
            ],
            "speakers": {
                name: {"voice": voice, "lines": lines} for name, (voice, lines) in self.speakers.items()
            },
            "characters_read": self.characters_read,
            "left_out": self.left_out,
            "coverage": self.coverage.to_json(),
            "captions": [str(path) for path in self.captions],
            "proof": dict(self.proof),
            "read_along": [str(path) for path in self.read_along],
            "warnings": list(self.warnings),
            "late": self.late,
            "summary": self.to_text(),
            "checks": [report.to_dict() for report in self.checks],
        }

    def to_text(self) -> str:
        first = self.checks[0]
        silent = first.noise_floor == -math.inf
        floor = "silent pauses" if silent else f"noise floor {first.noise_floor:.0f} dBFS"
        missed = [
            f"    {Path(report.path).name}: {limit.name} is {limit.value:.2f} {limit.unit}"
            for report in self.checks
            for limit in report.limits
            if not limit.passed
        ]
        measured = (
            f"profile {first.profile}: {first.integrated:.1f} LUFS, "
            f"true peak {first.true_peak:.1f} dBTP, {floor}"
        )
        lines = [
            str(self.path),
            f"  {clock(self.seconds)} in {len(self.chapter_times)} chapters, {len(self.speakers)} speakers; "
            f"{self.characters_read} characters read, {sum(self.left_out.values())} left out",
            f"  passes {measured}"
            if all(report.passed for report in self.checks)
            else f"  MISSES {measured}",
            *missed,
            *(f"  {row}" for row in self.coverage.to_text().splitlines()),
            *(f"  {words}" for words in [told(self.proof)] if words),
            *(f"  captions: {path}" for path in self.captions),
            *(f"  read along: {path}" for path in self.read_along),
            *(f"  {words}" for words in [self.late] if words),
            f"  report: {self.page_file}",
        ]
        return "\n".join(lines)

    def to_markdown(self) -> str:
        """The acceptance report for a Prefect artifact."""
        verdict = "passed" if self.passed else "**missed a limit**"
        cast = "\n".join(f"| {name} | {voice} | {lines} |" for name, (voice, lines) in self.speakers.items())
        tables = "\n\n".join(f"```\n{report.table()}\n```" for report in self.checks)
        covered = "\n".join(f"- {row}" for row in self.coverage.to_text().splitlines())
        cast = f"| speaker | voice | lines |\n|---|---|---|\n{cast}\n"
        return f"# {self.path.name}: {verdict}\n\n{covered}\n\n{tables}\n\n{cast}"


def deliver(
    project: Project,
    book: Book,
    planned: Sequence[PlannedLine],
    ledger: Ledger,
    *,
    sample_rate: int,
    workers: int,
    proof: Proof,
    share: Share = lambda done, detail: None,
) -> Delivery:
    """Stitch the chosen chapters, master them to the profile, measure what is delivered.

    Args:
        proof: what was heard in the takes, for the report.

    Raises `CorruptTake` (the take is set aside: make it anew and call again), `DuoyinError`.
    """
    wanted, key = (
        profile(project.settings.profile),
        signing_key(),
    )  # what cannot be read is told before the work
    lines = by_chapter(planned)
    chapters = [chapter for chapter in book.chapters if chapter in lines]
    sounding = [[item for item in lines[chapter] if item.key] for chapter in chapters]
    gains = voice_gains(project.takes, planned)
    parts: list[MasterChapter] = []
    aligned: list[AlignedChapter] = []
    for number, chapter in enumerate(chapters):
        title = book.manuscript.chapters[chapter].title or f"{number + 1}"
        share(number / len(chapters) / len(STAGES), f"stitch {title}")
        sound = chapter_sound(project, title, lines[chapter], gains, sample_rate)
        aligned.append(align_chapter(book, project.takes, chapter, lines[chapter], sound))
        parts.append(MasterChapter(sound, timed_lines(aligned[-1])))
    metadata = _metadata(project, book)
    place, shelf = output_place(project, book, ledger), Shelf(ledger, _holding(book), book.voices.consents)
    search = _search(project, sounding, [part.sound for part in parts])
    master = Master(tuple(parts), metadata, missing_takes=0, listen=search.listen)
    made = _export(project, master, wanted, place.path, workers, share, shelf)
    files = [Path(report.path) for report in made.checks]
    if place.path.is_dir():
        shelf.clear(place.path, files)
    times = _chapter_times([part.sound for part in parts], made.checks)
    captioned, kept = write_captions(
        project.settings.captions,
        parts,
        times,
        metadata,
        files,
        shelf,
    )
    read_along, silent = write_readalong(
        project,
        book,
        sounding,
        parts,
        made.gains,
        metadata,
        made.path,
        shelf,
        workers=workers,
    )
    digests = tuple(search.digest(number, file) for number, file in enumerate(files))
    places = {line.id: line.place for chapter in aligned for line in chapter.lines}
    coverage = cover_book(project, book, planned, places).heard(*found_in(search, files))
    names = [(file.name, digest) for file, digest in zip(files, digests, strict=True)]
    write_alignment(project, made.path, names, _placed(aligned, times, single=len(files) == 1))
    delivery = Delivery(
        path=made.path,
        checks=made.checks,
        digests=digests,
        warnings=(*book.voices.notes, *made.warnings, *place.notes, *kept, *silent),
        chapter_times=times,
        coverage=coverage,
        characters_read=sum(book.manuscript.chapters[c].characters for c in chapters),
        speakers=_speakers(planned),
        captions=tuple(captioned),
        proof=proof_facts(proof, planned, lambda key: project.takes.info(key).seconds),
        read_along=tuple(read_along),
    )
    facts = report_book(
        Made(project, book, planned, parts, times, made.checks, wanted), delivery.to_json(), workers=workers
    )
    record_provenance(made.path, facts, book.voices, shelf, ledger, key)
    return delivery


def output_place(project: Project, book: Book, ledger: Ledger) -> Destination:
    """Where the finished file goes; its folder is made.

    What is finished gives way only to a newer making of the same: a part of a book, and a book whose title another has,
    get names of their own.

    Raises:
        DuoyinError: nothing can be written there, or the file that the settings name is somebody else's.
    """
    place = Shelf(ledger, _holding(book)).choose(_places(project, book))
    if place is None:
        raise DuoyinError(
            "this file is there already, and it is no earlier making of this book",
            where=str(project.output(_title(project, book))),
            hint="It is kept. Name another file with --out, or move that one away.",
        )
    out = place.path
    folder = out if EXPORTS[project.settings.format].is_folder else out.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return place
    except OSError as error:
        raise DuoyinError(
            f"the finished file cannot be written there ({error.strerror or error})",
            where=str(folder),
            hint="Name another place with --out FILE, or make it writable.",
        ) from error


def _places(project: Project, book: Book) -> Iterator[Path]:
    """Names for the finished file or folder, the wanted one first."""
    part, title = _part(book), _title(project, book)
    usual = project.output(title)
    if not project.names_output:
        yield from numbered(with_note(usual, part) if part else usual)
        return
    yield usual
    if EXPORTS[project.settings.format].is_folder:  # a shelf of several books, and of their parts
        name = file_name(title)
        yield from numbered(with_note(usual / name, part) if part else usual / name)
    elif part:
        yield with_note(usual, part)


def _title(project: Project, book: Book) -> str:
    return book.manuscript.title or project.source.stem


def _holding(book: Book) -> Holding:
    whole = len(book.chapters) == len(book.manuscript.chapters)
    return Holding("audiobook", () if whole else book.chapters)


def _part(book: Book) -> str:
    """What part of the book is made, in a listener's words: chapters 1-3, 5; '' for all of it."""
    chapters = _holding(book).chapters
    runs: list[list[int]] = []
    for chapter in chapters:
        if runs and runs[-1][1] == chapter:
            runs[-1][1] = chapter + 1
        else:
            runs.append([chapter + 1, chapter + 1])
    named = [f"{first}" if first == last else f"{first}-{last}" for first, last in runs[:MOST_RUNS]]
    named += ["…"] if len(runs) > MOST_RUNS else []
    return language(book.language).some_chapters(", ".join(named)) if named else ""


def _search(
    project: Project, lines: Sequence[Sequence[PlannedLine]], sounds: Sequence[ChapterSound]
) -> Search:
    """Who looks for the lines that sound in the finished files."""
    chapters = [
        [
            ChapterLine(item, first / sound.sample_rate, (end - first) / sound.sample_rate)
            for item, (first, end) in zip(of_chapter, sound.lines, strict=True)
        ]
        for of_chapter, sound in zip(lines, sounds, strict=True)
    ]
    single = not EXPORTS[project.settings.format].is_folder
    return Search(project, chapters, [sound.seconds for sound in sounds], single)


def _placed(
    chapters: Sequence[AlignedChapter], times: Sequence[tuple[str, float, float]], *, single: bool
) -> list[tuple[int, float, AlignedChapter]]:
    """Chapters as the record has them: the number of the file that each is in, and where in it it begins."""
    return [
        (0, start, chapter) if single else (number, 0.0, chapter)
        for number, (chapter, (_, start, _)) in enumerate(zip(chapters, times, strict=True))
    ]


def _export(
    project: Project, master: Master, wanted: Profile, out: Path, workers: int, share: Share, shelf: Shelf
) -> Delivered:
    """Let the exporter that the settings name make the finished file or folder of files."""

    def tell(progress: MasterProgress) -> None:
        within = progress.done / progress.total if progress.total else 1.0
        stage = STAGES.index(progress.stage) if progress.stage in STAGES else 1
        share((stage + within) / len(STAGES), progress.stage)

    kind = EXPORTS[project.settings.format]
    export: Exporter = kind.load()
    work = project.encoded_folder
    return export(
        kind.name, master, wanted, out, work=work, workers=workers, progress=tell, claim=shelf.claim
    )


def _chapter_times(
    sounds: Sequence[ChapterSound], checks: Sequence[CheckReport]
) -> tuple[tuple[str, float, float], ...]:
    """Where each chapter stands: by the marks of one file, or one after another over several."""
    titles = [sound.title for sound in sounds]
    if len(checks) == 1 and len(checks[0].chapters) == len(titles):
        return tuple((t, c.start, c.end - c.start) for t, c in zip(titles, checks[0].chapters))
    starts = [sum(report.seconds for report in checks[:i]) for i in range(len(checks))]
    return tuple((t, start, report.seconds) for t, start, report in zip(titles, starts, checks))


def _metadata(project: Project, book: Book) -> BookMetadata:
    manuscript, part, title = book.manuscript, _part(book), _title(project, book)
    return BookMetadata(
        title=f"{title} ({part})" if part else title,
        authors=manuscript.authors,
        narrator=project.settings.narrator_credit or f"Duoyin ({book.voices.by_speaker[NARRATOR]})",
        language=manuscript.language,
        year=manuscript.year or "",
        description=manuscript.description or "",
        comment=f"{SYNTHETIC_SPEECH} Not for publication." if book.voices.unpublished else SYNTHETIC_SPEECH,
        publisher=manuscript.publisher or "",
        series=manuscript.series or "",
        series_index=manuscript.series_index or "",
        cover=manuscript.cover.data if manuscript.cover else None,
    )


def _speakers(planned: Sequence[PlannedLine]) -> dict[str, tuple[str, int]]:
    lines: dict[str, int] = {}
    voice: dict[str, str] = {}
    for item in planned:
        lines[item.line.speaker] = lines.get(item.line.speaker, 0) + 1
        voice.setdefault(item.line.speaker, item.voice)
    return {name: (voice[name], count) for name, count in sorted(lines.items(), key=lambda pair: -pair[1])}

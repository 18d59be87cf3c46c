"""A book → one M4B with chapters: one gain, limiter, encoding, joining, and measured again as delivered.

Encoded chapters are joined packet by packet, marks follow by counting packets, nothing is encoded twice.

ffmpeg's MP4 writer does the container (64-bit tables where a book needs them, index at the front). The start is
shifted by one frame before zero, which becomes the edit list that hides the first chapter's priming; the others'
priming frames stay as 1024 samples of silence between chapters, so every mark is exact to the sample.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import ffmpeg as graph

from flows.mastering import ffmpeg
from flows.mastering.check import CheckReport, ExpectedChapter, Listen, check
from flows.mastering.cover import usable_cover
from flows.mastering.encode import (
    FRAME,
    PRIMING_FRAMES,
    EncodedChapter,
    Gain,
    encode_aac,
    forget_all_but,
)
from flows.mastering.exports.atoms import book_atoms, put, stand_in
from flows.mastering.exports.base import Delivered, Master
from flows.mastering.master import Job, MasterProgress, book_gain, ceiling_of, quantized
from flows.mastering.profiles import Profile
from flows.mastering.stitch import ChapterSound
from flows.mastering.tags import BookMetadata, book_tags, ffmetadata, language_code
from normalizers.errors import DuoyinError
from tts_core.files import Claim, atomic_path, scratch_folder

CORRECTIONS = 3  # times a delivered file is made again with a lower ceiling or another gain
CEILING_SLACK = 0.3  # dB below what the overshoot asks for: another ceiling moves the codec's error elsewhere
NERO_CHAPTERS = 255  # the `chpl` box counts chapters in one byte
COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class PlacedChapter:
    """Where a chapter stands in the delivered stream: samples [start, end) at `sample_rate`."""

    title: str
    start: int
    end: int
    sample_rate: int


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


def export(
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
    """The exporter of one M4B with chapters, see `Exporter`."""
    made = master_book(
        master.sounds,
        master.book,
        profile,
        out,
        workers=workers,
        work=work,
        missing_takes=master.missing_takes,
        listen=master.listen(0) if master.listen is not None else None,
        progress=progress,
        cancel=cancel,
        claim=claim,
    )
    gains = tuple(Gain(made.gain_db, ceiling) for ceiling in made.ceilings)
    return Delivered(out, (made.check,), made.warnings, gains)


def master_book(
    chapters: Sequence[ChapterSound],
    book: BookMetadata,
    profile: Profile,
    out: Path,
    *,
    workers: int = 2,
    work: Path | None = None,
    missing_takes: int | None = None,
    listen: Listen | None = None,
    progress: Callable[[MasterProgress], None] | None = None,
    cancel: threading.Event | None = None,
    claim: Claim | None = None,
) -> MasterReport:
    """Master chapters into one M4B at `out`, and judge it.

    Args:
        chapters: stitched, of one sample rate, in order.
        book: tags and cover.
        profile: target and limits.
        out: replaced only when the new file is whole.
        workers: chapters worked on at once.
        work: where encoded chapters are kept for the next run; default a hidden folder beside `out`.
        missing_takes, listen: passed on to `check`.
        progress: called from worker threads, one at a time; what it raises stops the run.
        cancel: stops within a second, keeping finished chapters. It is also set when the run fails.
        claim: asked before the finished file takes its name.

    Raises: `DuoyinError` (silent book, unreadable chapter, full disk, ...); `Cancelled`.
    """
    job = Job(chapters, workers, progress, cancel)
    folder = work if work is not None else out.parent / f".{out.stem}.mastering"
    cover, warnings = usable_cover(book)
    book = replace(book, cover=cover)
    gain_db, measured = book_gain(chapters, profile, profile.encoding, job)
    gains = [Gain(gain_db, ceiling_of(profile, profile.encoding))] * len(chapters)
    titles = [c.title for c in chapters]
    corrections = 0
    with atomic_path(out, claim) as partial:
        while True:
            encoded = job.each(
                "encode",
                lambda sound, gain: encode_aac(sound, gain, profile.encoding, folder, job.cancel),
                gains,
            )
            placed = write_m4b(encoded, titles, book, partial, cancel=job.cancel)
            report = check(
                partial,
                profile,
                expected=[ExpectedChapter(p.title, c.seconds) for p, c in zip(placed, chapters)],
                missing_takes=missing_takes,
                listen=listen,
                progress=lambda done, _: job.report("check", done),
                cancel=job.cancel,
            )
            better = _corrected(gains, report, profile)
            if better is None or corrections == CORRECTIONS:
                break
            gains, corrections = better, corrections + 1
    forget_all_but({e.path for e in encoded}, folder, "aac")
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


def place(chapters: Sequence[EncodedChapter], titles: Sequence[str]) -> tuple[PlacedChapter, ...]:
    """Chapter positions in the joined stream. `titles[i]` belongs to `chapters[i]`; an empty one is numbered."""
    placed, packets = [], 0
    for number, (chapter, title) in enumerate(zip(chapters, titles, strict=True), 1):
        start = packets * FRAME
        packets += chapter.packets
        end = (packets if number < len(chapters) else packets - PRIMING_FRAMES) * FRAME
        placed.append(PlacedChapter(title.strip() or f"Chapter {number}", start, end, chapter.sample_rate))
    return tuple(placed)


def write_m4b(
    chapters: Sequence[EncodedChapter],
    titles: Sequence[str],
    book: BookMetadata,
    path: Path,
    *,
    cancel: threading.Event | None = None,
) -> tuple[PlacedChapter, ...]:
    """Join encoded chapters into `path` (not atomic: write to a partial file) and say where each one stands.

    Args:
        chapters: ADTS streams of one sample rate.
        titles: of the chapter marks.
        book: tags; `book.cover` must be a JPEG.

    QuickTime chapters always; the Nero list beside them only where it can hold all (255), because players that
    prefer it would otherwise lose the rest.
    """
    if not chapters:
        raise DuoyinError("a book without chapters cannot be written", where=str(path))
    rates = {c.sample_rate for c in chapters}
    if len(rates) != 1:
        raise DuoyinError(f"chapters have different sample rates: {sorted(rates)}", where=str(path))
    rate = rates.pop()
    placed = place(chapters, titles)
    flags = "+faststart" if len(placed) <= NERO_CHAPTERS else "+faststart+disable_chpl"
    options: dict[str, object] = {
        "format": "ipod",
        "acodec": "copy",
        "bsf:a": "aac_adtstoasc",
        "movflags": flags,
        # The unit of chapter marks. Left alone, ffmpeg 9 takes the ADTS clock of 28 MHz, and a chapter of more than
        # 152 s no longer fits the 32 bits of its length: the marks are lost.
        "movie_timescale": rate,
        "metadata:s:a:0": f"language={language_code(book.language)}",
        **ffmpeg.BITEXACT,
    }
    with scratch_folder() as scratch:
        # The decimal is exact enough: ffmpeg rounds to microseconds, the writer back to the nearest sample.
        sound = graph.input("pipe:", format="aac", itsoffset=f"{-PRIMING_FRAMES * FRAME / rate:.9f}")
        inputs = [sound["a"]]
        if book.cover is not None:
            picture = scratch / "cover"
            picture.write_bytes(book.cover)
            inputs.append(graph.input(str(picture))["v"])
            options |= {"vcodec": "copy", "disposition:v:0": "attached_pic"}
        text = scratch / "book.txt"
        marks = [(p.title, p.start, p.end) for p in placed]
        atoms = book_atoms(book)
        tags = {**book_tags(book), **stand_in(atoms)}
        text.write_text(ffmetadata(tags, marks, rate), encoding="utf-8")
        inputs.append(graph.input(str(text), format="ffmetadata")["a?"])  # no streams: tags and chapters
        last = len(inputs) - 1
        stream = graph.output(*inputs, str(path), map_metadata=last, map_chapters=last, **options)
        ffmpeg.run(stream, stdin=_packets(chapters), cancel=cancel, where=str(path))
    if atoms and not put(path, atoms):
        raise DuoyinError(
            "this ffmpeg leaves no room for the tags that books are sorted by",
            where=ffmpeg.find(),
            hint="pip install --upgrade imageio-ffmpeg, and name no other with IMAGEIO_FFMPEG_EXE",
        )
    return placed


def _packets(chapters: Sequence[EncodedChapter]) -> Iterator[bytes]:
    for chapter in chapters:
        with chapter.path.open("rb") as file:
            while data := file.read(COPY_BYTES):
                yield data


def _corrected(gains: Sequence[Gain], report: CheckReport, profile: Profile) -> list[Gain] | None:
    """Other gains and ceilings where the codec moved peaks or loudness out of the limits; None where it did not."""
    better = []
    shift = 0.0
    if profile.target_lufs is not None and profile.loudness_tolerance is not None:
        error = profile.target_lufs - report.integrated
        if abs(error) > profile.loudness_tolerance:
            shift = quantized(error)
    for gain, chapter in zip(gains, report.chapters):
        over = chapter.true_peak - profile.max_true_peak
        ceiling = round(gain.ceiling - over - CEILING_SLACK, 3) if over > 0 else gain.ceiling
        better.append(Gain(quantized(gain.gain_db + shift), ceiling))
    return better if better != list(gains) else None

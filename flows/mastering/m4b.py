"""Encoded chapters → one M4B: joined packet by packet, marks by counting packets, never re-encoded.

ffmpeg's MP4 writer does the container (64-bit tables where a book needs them, index at the front). The start is
shifted by one frame before zero, which becomes the edit list that hides the first chapter's priming; the others'
priming frames stay as 1024 samples of silence between chapters, so every mark is exact to the sample.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import ffmpeg as graph

from flows.mastering import ffmpeg
from flows.mastering.encode import FRAME, PRIMING_FRAMES, EncodedChapter
from flows.mastering.tags import BookMetadata, book_tags, ffmetadata, language_code
from normalizers.errors import DuoyinError

NERO_CHAPTERS = 255  # the `chpl` box counts chapters in one byte
COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class PlacedChapter:
    """Where a chapter stands in the delivered stream: samples [start, end) at `sample_rate`."""

    title: str
    start: int
    end: int
    sample_rate: int


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
        book: tags; `book.cover` must be JPEG or PNG.

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
    with tempfile.TemporaryDirectory() as scratch:
        # The decimal is exact enough: ffmpeg rounds to microseconds, the writer back to the nearest sample.
        sound = graph.input("pipe:", format="aac", itsoffset=f"{-PRIMING_FRAMES * FRAME / rate:.9f}")
        inputs = [sound["a"]]
        if book.cover is not None:
            picture = Path(scratch) / "cover"
            picture.write_bytes(book.cover)
            inputs.append(graph.input(str(picture))["v"])
            options |= {"vcodec": "copy", "disposition:v:0": "attached_pic"}
        text = Path(scratch) / "book.txt"
        marks = [(p.title, p.start, p.end) for p in placed]
        text.write_text(ffmetadata(book_tags(book), marks, rate), encoding="utf-8")
        inputs.append(graph.input(str(text), format="ffmetadata")["a?"])  # no streams: tags and chapters
        last = len(inputs) - 1
        stream = graph.output(*inputs, str(path), map_metadata=last, map_chapters=last, **options)
        ffmpeg.run(stream, stdin=_packets(chapters), cancel=cancel, where=str(path))
    return placed


def _packets(chapters: Sequence[EncodedChapter]) -> Iterator[bytes]:
    for chapter in chapters:
        with chapter.path.open("rb") as file:
            while data := file.read(COPY_BYTES):
                yield data

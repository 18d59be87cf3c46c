"""Caption files of a finished book: its printed words with the times at which they are heard. No Prefect here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flows.mastering.captions.cut import captions
from flows.mastering.captions.formats import Captioned, CaptionedChapter
from flows.mastering.exports.base import MasterChapter
from flows.mastering.tags import BookMetadata
from flows.workspace.delivered import Shelf
from flows.workspace.exports import CAPTIONS
from tts_core.files import atomic_path


def write_captions(
    kinds: Sequence[str],
    parts: Sequence[MasterChapter],
    times: Sequence[tuple[str, float, float]],
    book: BookMetadata,
    files: Sequence[Path],
    shelf: Shelf,
) -> tuple[list[Path], list[str]]:
    """Write the caption files of a finished book beside it: one of each kind for one file, or for each chapter's.

    Args:
        kinds: of `CAPTIONS`.
        parts: the chapters with their lines.
        times: title, start and length in seconds of each chapter, one after another over all files.
        files: the finished file, or those of the chapters.
        shelf: what is there already and is no earlier making of the same, is kept.

    Returns: what was written, and what a person should know.
    """
    single = len(files) == 1
    chapters = []
    for part, (title, start, length) in zip(parts, times, strict=True):
        begin = start if single else 0.0
        cut = tuple(captions(part.lines, offset=begin))
        chapters.append(CaptionedChapter(title, begin, begin + length, cut))
    artist = ", ".join(book.authors)
    wholes = [Captioned(book.title, artist, book.language, tuple(chapters))]
    if not single:
        wholes = [Captioned(c.title, artist, book.language, (c,)) for c in chapters]
    written: list[Path] = []
    kept: list[str] = []
    for file, whole in zip(files, wholes, strict=True):
        for kind in kinds:
            row = CAPTIONS[kind]
            path = file.with_name(f"{file.stem}{row.suffix}")
            if not shelf.takes(path):
                kept.append(f"{path.name} is there already and is kept; move it away to get these captions")
                continue
            with atomic_path(path, shelf.claim) as partial:
                partial.write_text(row.load()(whole), encoding="utf-8")
            written.append(path)
    return written, kept

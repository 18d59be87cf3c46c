"""What is printed, what is said for it and when it is heard: worked out once, for captions and the record."""

from __future__ import annotations

from collections.abc import Sequence

from flows.making.book import Book
from flows.making.coverage import wording
from flows.making.plan import PlannedLine
from flows.mastering.exports.base import TimedLine, TimedWord
from flows.mastering.stitch import ChapterSound
from flows.workspace.alignment import AlignedChapter, AlignedLine, Run
from tts_core.engine import word_times
from tts_core.takes import TakeStore


def align_chapter(
    book: Book, store: TakeStore, number: int, lines: Sequence[PlannedLine], sound: ChapterSound
) -> AlignedChapter:
    """The lines that sound in a chapter, where, and which words when.

    Args:
        number: index of the chapter in the book.
        lines: of the chapter, in order. sound: of them.
    """
    aligned = []
    for item, place in zip((item for item in lines if item.key), sound.lines, strict=True):
        line = item.line
        aligned.append(
            AlignedLine(
                id=line.id,
                take=item.key,
                paragraph=line.paragraph,
                source=(line.start, line.end),
                wording=str(wording(book, item)),
                speaker=line.speaker,
                language=line.language,
                text=line.text,
                spoken=item.utterance.text if item.utterance is not None else "",
                place=place,
                runs=runs(item, store.info(item.key).times),
            )
        )
    return AlignedChapter(number, sound.title, sound.sample_rate, sound.samples, tuple(aligned))


def runs(item: PlannedLine, times: Sequence[float]) -> tuple[Run, ...]:
    """The stretches of a line that are printed, said and heard in one.

    What is printed in one (`1945`, `Mr.`) is one run, from its first sound to its last. Of a line for which other words
    are said than are printed, only what is said is known.

    Args:
        times: of the line's take. None are known where they are of other units than the line has.
    """
    prepared = item.prepared
    if prepared is None or not prepared.words or max(word.end for word in prepared.words) >= len(times):
        return ()
    found: list[Run] = []
    for word, heard in zip(prepared.words, word_times(prepared, times), strict=True):
        spoken, units = (word.start_char, word.end_char), (word.first, word.end)
        if item.spoken is None:
            found.append(Run(None, spoken, units, heard.start, heard.end))
            continue
        first, end = item.spoken.to_source(*spoken)
        before = found[-1] if found else None
        if before is not None and before.printed is not None and first < before.printed[1]:
            found[-1] = Run(
                (before.printed[0], max(end, before.printed[1])),
                (before.spoken[0], spoken[1]),
                (before.units[0], units[1]),
                before.start,
                heard.end,
            )
        elif end > first:
            found.append(Run((first, end), spoken, units, heard.start, heard.end))
    return tuple(found)


def timed_lines(chapter: AlignedChapter) -> tuple[TimedLine, ...]:
    """The lines of a chapter as captions take them: their printed words, and when each is heard in the chapter."""
    timed = []
    for line in chapter.lines:
        start, end = (sample / chapter.sample_rate for sample in line.place)
        words = tuple(
            TimedWord(line.text[slice(*run.printed)], start + run.start, start + run.end, *run.printed)
            for run in line.runs
            if run.printed is not None
        )
        timed.append(TimedLine(line.id, line.text, line.speaker, start, end, words, line.language))
    return tuple(timed)

"""Chapters whose length says that headings in them were not found."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from flows.script.manuscript import Chapter
from flows.sources.chapters import LARGE_CHAPTER
from normalizers.scripts import count_han

TIMES = 10
"""How much longer than the others a chapter must be to be told."""
LONG_BOOK = 3 * LARGE_CHAPTER
"""Letters, an hour of speech, above which a book hardly is one chapter."""
TOLD = 3
"""Chapters named one by one."""
WAY_OUT = "`chapters_pattern` says how headings are written (docs/how-to/new-book.md)"


def doubtful_lengths(chapters: Sequence[Chapter]) -> list[str]:
    """What a person should look at before the night: a chapter ten times as long as its fellows, a long book of one.

    Lengths are compared in letters of speech, where a Han character is two and a half; front and back matter do
    not count.
    """
    story = [(number, c) for number, c in enumerate(chapters, 1) if c.kind == "chapter"]
    weight = _weight([chapter for _, chapter in story])
    lengths = [weight * sum(len(p.text) for p in chapter.paragraphs) for _, chapter in story]
    if len(story) == 1 and lengths[0] > LONG_BOOK:
        return [
            f"the whole book is one chapter of {story[0][1].characters:,} characters; if it has more, {WAY_OUT}"
        ]
    long = []
    for position, (number, chapter) in enumerate(story):
        if lengths[position] <= LARGE_CHAPTER:
            continue
        others = lengths[:position] + lengths[position + 1 :]
        usual = median(others) if others else 0
        if usual and lengths[position] > TIMES * usual:
            times = round(lengths[position] / usual)
            long.append(
                f"chapter {number}, “{chapter.title}” ({chapter.source}), has {chapter.characters:,} characters, "
                f"{times} times as many as the others have; if headings in it were not found, {WAY_OUT}"
            )
    more = [f"{len(long) - TOLD} more chapters are as long"] if len(long) > TOLD else []
    return long[:TOLD] + more


def _weight(story: Sequence[Chapter]) -> float:
    """Letters of speech that a character of a book stands for, by the beginnings of some chapters."""
    sample = "".join(p.text[:80] for c in story[:20] for p in c.paragraphs[:20])
    return 1 + 1.5 * count_han(sample) / max(1, len(sample))

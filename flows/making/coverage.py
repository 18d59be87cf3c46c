"""Coverage: from every character of the source to the place in the finished file where it is heard.

Character → line (or the reason why it is left out) → spoken text → take → place in the chapter → place in the file.
What gets lost on this way is a gap. A gap that takes words from the listener fails the run; what no voice of the book's
language can read is only told. Each gap names its sentence and what mends it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any

from flows.making.book import Book
from flows.making.plan import PlannedLine
from flows.script.line import Line
from flows.script.manuscript import Paragraph, count_characters
from flows.workspace.progress import reporter
from flows.workspace.project import Project
from normalizers.languages import language
from normalizers.scripts import LATIN

MOST_GAPS = 500
"""Gaps that a report lists; the others are counted."""
MOST_TOLD = 5
"""Gaps that a summary for the terminal names."""
DELETED = "deleted-in-script"
"""What becomes of the characters of a line that a person took out."""
SENTENCE = 80
"""Characters of a line by which a gap names it."""


class Wording(StrEnum):
    """What is said for a line, and so what becomes of its characters."""

    PRINTED = "as-printed"
    EDITED = "edited"
    """A person's text instead of the book's."""
    SAID = "said-otherwise"
    """Printed as it is, other words are said: a person's `say`, the number of a chapter."""
    ANNOUNCED = "announced"
    """A chapter's title that the text does not print."""
    PAUSE = "pause-only"
    """Marks without a word: only its pause is heard."""


class GapKind(StrEnum):
    """What gets lost."""

    UNACCOUNTED = "unaccounted"
    """Characters of the source are in no paragraph and not left out."""
    UNSCRIPTED = "unscripted"
    """Characters of a paragraph are in no line."""
    READ_TWICE = "read-twice"
    """Characters are in two lines, or a line stands twice."""
    OUT_OF_ORDER = "out-of-order"
    UNREAD = "unread"
    """Letters or digits that nothing is said for."""
    NO_TAKE = "no-take"
    UNPLACED = "unplaced"
    """A take that is not in its chapter."""
    OVERLAPPING = "overlapping"
    """Two takes of a chapter sound at once, or in another order than their lines."""
    NOT_FOUND = "not-in-file"
    """A line's sound is not in the finished file."""
    MOVED = "moved"
    """It is in the finished file, but not where the record says."""
    MARK = "chapter-mark"
    """All of a chapter lies elsewhere than its mark says."""
    CUT = "cut"
    """A part of its sound is not in the finished file."""
    NOISE = "noise-in-pause"
    """Something is heard between two lines that belongs to none."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is lost on the way to the listener.

    Args:
        fails: the run does not pass with it; else it is only told.
        chapter: from 1; 0 where it has no chapter.
        line: id of the line; "" where there is none.
        text: the sentence, or its beginning.
        what: is lost, in words for a person.
        mend: what to do, a command where one does it; as it is typed in the folder that holds the project.
        cue: of a dub, its place in the subtitle file, from 1; else 0.
    """

    kind: GapKind
    fails: bool
    chapter: int
    line: str
    text: str
    what: str
    mend: str
    cue: int = 0

    def to_text(self) -> str:
        """One row for a person."""
        if self.chapter and self.line:
            return f"chapter {self.chapter}, line {self.line} “{self.text}”: {self.what} → {self.mend}"
        if self.chapter:
            return f"chapter {self.chapter}, “{self.text}”: {self.what} → {self.mend}"
        if self.cue:
            return f"cue {self.cue}, “{self.text}”: {self.what} → {self.mend}"
        return f"{self.what} → {self.mend}"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in the finished files when they were decoded again.

    Args:
        files: SHA-256 of each by its name.
        lines: that were looked for. found: of these, in their places or near. silent: of the found ones, those whose
            sound is none.
        farthest_ms: the largest distance of a found line from its place.
        missing: ids of the lines that were not found.
    """

    files: Mapping[str, str]
    lines: int
    found: int
    silent: int
    farthest_ms: float
    missing: tuple[str, ...] = ()

    def to_text(self) -> str:
        return (
            f"{self.found:,} of {self.lines:,} lines found in the finished sound, "
            f"at most {self.farthest_ms:.1f} ms from their places"
        )


@dataclass(frozen=True, slots=True)
class Coverage:
    """What becomes of every character and every line.

    Args:
        source: characters of the source, white space not counted, as everywhere here.
        characters: of the source by what becomes of them: a `Wording`, or `left-out`, `deleted-in-script`, `not-asked`
            (a chapter that this run does not make) and `lost`. Their sum is `source`.
        left_out: characters by the reason why the reader left them out.
        lines: of the chapters made, by `Wording`.
        takes: lines that sound. placed: those that have their place in the sound.
        gaps: in the book's order.
        found: what was found in the finished files; None where nobody looked.
    """

    source: int
    characters: Mapping[str, int]
    left_out: Mapping[str, int]
    lines: Mapping[str, int]
    takes: int
    placed: int
    gaps: tuple[Gap, ...] = ()
    found: Found | None = None

    def heard(self, found: Found | None, gaps: Iterable[Gap]) -> Coverage:
        """This, with what was found in the finished files and what was not."""
        every = sorted((*self.gaps, *gaps), key=lambda gap: gap.chapter)
        return replace(self, found=found, gaps=tuple(every))

    @property
    def failing(self) -> list[Gap]:
        return [gap for gap in self.gaps if gap.fails]

    @property
    def passed(self) -> bool:
        return not self.failing

    def to_json(self) -> dict[str, Any]:
        listed = [*self.failing, *(gap for gap in self.gaps if not gap.fails)][:MOST_GAPS]
        return {
            "passed": self.passed,
            "told": self.to_text(),
            "source_characters": self.source,
            "characters": dict(self.characters),
            "left_out": dict(self.left_out),
            "lines": dict(self.lines),
            "takes": self.takes,
            "placed": self.placed,
            "found": None if self.found is None else asdict(self.found),
            "gaps": [asdict(gap) for gap in listed],
            "gaps_not_listed": len(self.gaps) - len(listed),
        }

    def to_text(self) -> str:
        """One row where all is well, else a row for each of the first gaps."""
        heard = f"; {self.found.to_text()}" if self.found is not None else ""
        if self.passed:
            return f"every character is read, or left out with a reason{heard}"
        rows = [f"LOST {gap.to_text()}" for gap in self.failing[:MOST_TOLD]]
        more = len(self.failing) - len(rows)
        return "\n".join([*rows, *([f"and {more} more, see the report"] if more else [])])


Places = Mapping[str, tuple[int, int]]
"""First sample and end of each sounding line in the sound of its chapter, by line id."""


def cover_book(project: Project, book: Book, planned: Sequence[PlannedLine], places: Places) -> Coverage:
    """Follow every character of a book to the sound of its chapter.

    Args:
        planned: the lines of `book.chapters`, in order.
        places: where their takes lie in the sound of their chapters.
    """
    wordings = {item.line.id: wording(book, item) for item in planned}
    characters, gaps = _follow_characters(project, book, wordings)
    left_out: Counter[str] = Counter()
    for item in book.manuscript.left_out:
        left_out[item.reason] += count_characters(item.text)
    characters["left-out"] = left_out.total()
    source = book.manuscript.source_characters
    if lost := source - characters.total():
        characters["lost"] += lost
        what = (
            f"{abs(lost)} characters of the source are {'in no paragraph' if lost > 0 else 'counted twice'}"
        )
        told = f"duoyin inspect {project.typed(project.source)}; please report this book"
        gaps.append(Gap(GapKind.UNACCOUNTED, True, 0, "", "", what, told))
    gaps += line_gaps(planned, project, "audiobook")
    gaps += _place_gaps(planned, places, project)
    return Coverage(
        source,
        {name: count for name, count in characters.items() if count},
        dict(left_out),
        Counter(str(kind) for kind in wordings.values()),
        sum(bool(item.key) for item in planned),
        sum(item.line.id in places for item in planned if item.key),
        tuple(sorted(gaps, key=lambda gap: gap.chapter)),
    )


def wording(book: Book, item: PlannedLine) -> Wording:
    """What is said for a line of a book."""
    line = item.line
    if item.utterance is None:
        return Wording.PAUSE
    if line.paragraph < 0:
        return Wording.ANNOUNCED
    if line.say:
        return Wording.SAID
    printed = book.manuscript.chapters[line.chapter].paragraphs[line.paragraph].text[line.start : line.end]
    return Wording.PRINTED if line.text == printed else Wording.EDITED


def line_gaps(planned: Sequence[PlannedLine], project: Project, product: str) -> list[Gap]:
    """Lines that are not read whole, have no take, or stand twice; they can be told before anything is spoken.

    Args:
        product: the command that makes the project, `audiobook` or `dub`.
    """
    again = f"duoyin {product} {project.typed()}"
    gaps: list[Gap] = []
    seen: set[str] = set()
    for item in planned:
        gaps += _unread(item, project)
        if item.utterance is not None and not item.key:
            gaps.append(line_gap(GapKind.NO_TAKE, item.line, "it has no take", again))
        if item.line.id in seen:
            gaps.append(line_gap(GapKind.READ_TWICE, item.line, "this line stands twice", again))
        seen.add(item.line.id)
    return gaps


def line_gap(kind: GapKind, line: Line, what: str, mend: str, *, fails: bool = True) -> Gap:
    """A gap of a line."""
    return Gap(kind, fails, line.chapter + 1, line.id, sentence(line.text), what, mend)


def _unread(item: PlannedLine, project: Project) -> Iterator[Gap]:
    """Letters and digits that nothing is said for. An engine that tells no words is believed."""
    prepared = item.prepared
    if prepared is None or not prepared.words or not (places := prepared.unread_places):
        return
    runs = list(dict.fromkeys(prepared.text[start:end] for start, end in places))
    own = re.compile(rf"[{language(item.line.language).letters}{LATIN}]|\d")
    fails = any(own.search(run) for run in runs)
    what = f"nothing is said for {', '.join(runs[:MOST_TOLD])}{' …' if len(runs) > MOST_TOLD else ''}"
    lexicon = project.typed(project.lexicon_file)
    mend = f"write how it is said into {lexicon}, a line `{runs[0]} = …` (docs/how-to/lexicon.md)"
    yield line_gap(GapKind.UNREAD, item.line, what, mend, fails=fails)


def _follow_characters(
    project: Project, book: Book, wordings: Mapping[str, Wording]
) -> tuple[Counter[str], list[Gap]]:
    """Characters of the paragraphs by what becomes of them, and those that are in no line or in two."""
    lines: dict[tuple[int, int], list[tuple[Line, str]]] = {}
    gaps: list[Gap] = []
    mend = f"duoyin script {project.typed()}; if it stays, please report this book"
    for line in book.script.lines:
        become = str(wordings.get(line.id, "not-asked"))
        lines.setdefault((line.chapter, line.paragraph), []).append((line, become))
    for line in book.script.removed:
        lines.setdefault((line.chapter, line.paragraph), []).append((line, DELETED))
    for one, two in pairwise(book.script.lines):
        if (two.chapter, two.paragraph, two.start) < (one.chapter, one.paragraph, one.start):
            gaps.append(line_gap(GapKind.OUT_OF_ORDER, two, "it stands behind a later line", mend))
    characters: Counter[str] = Counter()
    for number, chapter in enumerate(book.manuscript.chapters):
        for index, paragraph in enumerate(chapter.paragraphs):
            of_paragraph = sorted(lines.get((number, index), ()), key=lambda pair: pair[0].start)
            for become, text, owner in _stretches(paragraph, of_paragraph):
                count = count_characters(text)
                if become not in (GapKind.UNSCRIPTED, GapKind.READ_TWICE):
                    characters[become] += count
                elif count:
                    twice = become == GapKind.READ_TWICE
                    if not twice:
                        characters["lost"] += count
                    what = f"“{sentence(text)}” is in {'two lines' if twice else 'no line'}"
                    name = owner.id if owner is not None else ""
                    around = sentence(paragraph.text)
                    gaps.append(Gap(GapKind(become), True, number + 1, name, around, what, mend))
    return characters, gaps


def _stretches(
    paragraph: Paragraph, lines: Sequence[tuple[Line, str]]
) -> Iterator[tuple[str, str, Line | None]]:
    """What becomes of each stretch of a paragraph's own characters: (what, text, line), in order.

    `unscripted` stands for what no line has, `read-twice` for what a second line has as well.
    """
    cuts: list[tuple[str, int, int, Line | None]] = []
    at = 0
    for line, become in lines:
        if line.start > at:
            cuts.append((GapKind.UNSCRIPTED, at, line.start, None))
        elif line.start < at:
            yield GapKind.READ_TWICE, paragraph.text[line.start : min(at, line.end)], line
        if line.end > at:
            cuts.append((become, max(at, line.start), line.end, line))
        at = max(at, line.end)
    cuts.append((GapKind.UNSCRIPTED, at, len(paragraph.text), None))
    pieces, index = paragraph.pieces, 0
    for become, start, end, of_line in cuts:
        while index < len(pieces) and pieces[index].at < end:
            piece = pieces[index]
            yield become, paragraph.text[max(start, piece.at) : min(end, piece.at + piece.length)], of_line
            if piece.at + piece.length > end:
                break  # the next stretch begins within this piece
            index += 1


def _place_gaps(planned: Sequence[PlannedLine], places: Places, project: Project) -> Iterator[Gap]:
    """Takes that have no place in their chapter, and places that are not one after another."""
    again = f"duoyin audiobook {project.typed()}"
    before: tuple[int, int, int] | None = None
    for item in planned:
        if not item.key:
            continue
        place = places.get(item.line.id)
        if place is None or place[1] <= place[0]:
            yield line_gap(GapKind.UNPLACED, item.line, "its take is not in the chapter", again)
            continue
        here = (item.line.chapter, *place)
        if before is not None and before[0] == here[0] and here[1] < before[2]:
            yield line_gap(
                GapKind.OVERLAPPING, item.line, "it begins before the line before it has ended", again
            )
        before = here


def warn(lines: Sequence[PlannedLine], project: Project, product: str) -> None:
    """What can be mended before anything is spoken: readings that contradict each other, words without one.

    Args:
        product: as for `line_gaps`.
    """
    notes = dict.fromkeys(note for line in lines for note in line.notes)
    for row in (*notes, *told(line_gaps(lines, project, product))):
        reporter().warn(row)


def told(gaps: Iterable[Gap]) -> list[str]:
    """Gaps as warnings: the first ones, and how many there are."""
    rows = [gap.to_text() for gap in gaps]
    more = len(rows) - MOST_TOLD
    return [*rows[:MOST_TOLD], *([f"and {more} more lines of that kind"] if more > 0 else [])]


def sentence(text: str) -> str:
    """A text by which a person knows it again: in one row, its beginning where it is long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= SENTENCE else f"{flat[: SENTENCE - 1].rstrip()}…"

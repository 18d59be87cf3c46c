"""Where chapters begin: by the table of contents, by headings, by the words of headings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from flows.script.manuscript import LeftOut
from flows.sources.blocks import Block, DocumentText, cut_at
from flows.sources.choosing import Candidate, Found, choose_headings, contents_runs
from flows.sources.headings import VOLUMES, Heading, parse_heading, sentence_like
from flows.sources.matter import mark_title_page, normal
from flows.sources.metadata import Metadata
from flows.sources.options import ReadOptions
from normalizers.scripts import count_han

LARGE_CHAPTER = 20_000
"""Letters (a Han character counts two and a half) above which a contents entry may hide chapters."""
MAX_PART_PAGE = 400
"""Letters of a part's title page: a title, a subtitle, a motto."""
MAX_HEADING = 120
"""Characters of a line that can be a heading."""
MOST_PARTS = 8
"""Parts that have bare numbers for names, at most."""
_TEXT = ("text", "verse", "blockquote")


@dataclass(frozen=True, slots=True)
class Mark:
    """A chapter begins at block `index`.

    Args:
        volumes: titles of the volumes and parts that the contents put it in, the nearest first.
    """

    title: str
    index: int
    level: int
    source: str
    volumes: tuple[str, ...] = ()

    @property
    def volume(self) -> str:
        """The volume or part that it stands in at once; "" for none."""
        return self.volumes[0] if self.volumes else ""


@dataclass(slots=True)
class Book:
    """All blocks of a book in reading order, with the texts they were cut from."""

    about: Metadata
    blocks: list[Block] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)  # index of each document's first block
    texts: dict[str, str] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    options: ReadOptions = field(default_factory=ReadOptions)
    warnings: list[str] = field(default_factory=list)


def book_of(documents: Sequence[DocumentText], about: Metadata, options: ReadOptions) -> Book:
    """The blocks of all documents, one after the other."""
    book = Book(about, options=options)
    for document in documents:
        book.starts.append(len(book.blocks))
        book.blocks += document.blocks
        book.texts[document.name] = document.text
        book.left_out += document.left_out
    return book


def weight(blocks: Sequence[Block]) -> int:
    """Letters that are read; a Han character is about two and a half Latin letters of speech."""
    texts = [b.text for b in blocks if not b.reason]
    return sum(len(t) for t in texts) + round(1.5 * sum(count_han(t) for t in texts))


def candidates(blocks: Sequence[Block], low: int, high: int) -> list[Candidate]:
    """Blocks that could be headings by their length and kind."""
    lines = []
    for index in range(low, high):
        block = blocks[index]
        if (
            block.text
            and not block.reason
            and block.kind in ("heading", *_TEXT)
            and (len(block.text) <= MAX_HEADING or parse_heading(block.text))
        ):
            lines.append(Candidate(index, block.text, True))
    return lines


def marks_by_words(book: Book, low: int, high: int, level: int = 1, *, signs: bool = True) -> list[Mark]:
    """Chapters in `book.blocks[low:high]` by the words of their headings; contents lists among them are left out.

    Args:
        signs: as for `choose_headings`.
    """
    found = choose_headings(candidates(book.blocks, low, high), signs=signs)
    listed: set[int] = set()
    for begin, end in contents_runs(found):
        for item in found[begin:end]:
            listed.add(item.index)
            if not book.options.contents:
                book.blocks[item.index].reason = "contents"
    marks = []
    _mark_subtitles(book, [item for item in found if item.index not in listed and not item.repeated])
    for item in found:
        if item.index in listed:
            continue
        block = book.blocks[item.index]
        if item.repeated:
            block.reason = "repeated-heading"
            continue
        block.kind = "heading"
        block.level = block.level or min(6, level + item.level)
        marks.append(
            Mark(
                _full_title(book, item.index, item.heading.title),
                item.index,
                level + item.level - 1,
                block.document,
            )
        )
    return marks


def own_marks(book: Book) -> list[Mark]:
    """Chapters by the expression of `book.options`; none where there is none, or with a warning where it fits nowhere.

    A paragraph whose beginning it matches is a heading; a long one is cut behind the match. The mark has the words
    of the group `title`, else of the first group, else of the whole line.
    """
    pattern = book.options.heading
    if pattern is None:
        return []
    found: list[Found] = []
    for index, match in _own_headings(book, pattern):
        words = match["title"] if "title" in pattern.groupindex else match[1] if pattern.groups else ""
        title = " ".join((words or book.blocks[index].text).split())
        found.append(Found(index, Heading("own", None, "special", title), 1))
    if not found:
        book.warnings.append(
            f"chapters_pattern matches no line, so it is not heeded: {book.options.chapters_pattern}"
        )
    listed = {item.index for begin, end in contents_runs(found) for item in found[begin:end]}
    marks = []
    for item in found:
        block = book.blocks[item.index]
        if item.index in listed and not book.options.contents:
            block.reason = "contents"
            continue
        block.kind, block.level, block.reason = "heading", block.level or 1, ""
        marks.append(Mark(item.heading.title, item.index, 1, block.document))
    return marks


def _own_headings(book: Book, pattern: re.Pattern[str]) -> list[tuple[int, re.Match[str]]]:
    """Blocks that an expression makes headings of, long ones cut behind the match, with their matches."""
    matches: list[tuple[int, re.Match[str]]] = []
    blocks: list[Block] = []
    starts = []
    begins = set(book.starts)
    for index, block in enumerate(book.blocks):
        if index in begins:
            starts.append(len(blocks))
        match = pattern.match(block.text) if block.text and block.kind in ("heading", *_TEXT) else None
        if match is None or not match.group().strip():
            blocks.append(block)
            continue
        matches.append((len(blocks), match))
        long = len(block.text) > MAX_HEADING and match.end() < len(block.text)
        blocks += cut_at(block, [0, match.end(), len(block.text)]) if long else [block]
    book.blocks, book.starts = blocks, starts
    return matches


def _mark_subtitles(book: Book, found: list[Found]) -> None:
    """Where every bare `CHAPTER 1` has a short line below it, that line is its title: `Loomings.`"""
    untitled = [
        item for item in found if not item.heading.title and item.heading.style in ("separated", "bare")
    ]
    for unit in dict.fromkeys(item.heading.unit for item in untitled):
        heads = [item for item in untitled if item.heading.unit == unit]
        _mark_lines_below(
            book, [item.index for item in heads], strict=any(item.heading.style == "bare" for item in heads)
        )


def _mark_lines_below(book: Book, bare: Sequence[int], *, strict: bool = False) -> None:
    below = [book.blocks[i + 1] for i in bare if i + 1 < len(book.blocks)]
    if len(below) < 2:
        return
    fitting = [b for b in below if _is_title_below(b, sure=len(below) > 2 and not strict)]
    if len(fitting) >= 0.9 * len(below):
        for block in fitting:
            if not parse_heading(block.text):
                block.kind, block.level = "heading", 6


def _is_title_below(block: Block, *, sure: bool) -> bool:
    """Whether a line under a bare `CHAPTER 1` can be its title.

    Args:
        sure: there are several such lines, so that a full stop (`Loomings.`) tells against none of them.
    """
    text = block.text
    if block.reason or block.kind == "heading" or not 0 < len(text) <= 60 or text[0] in "“\"「『‘'":
        return False
    if count_han(text):
        return len(text) <= 24 and not sentence_like(text) and text[-1] not in "，、；："
    return sure or (len(text) <= 50 and not sentence_like(text) and not text[0].islower())


def _full_title(book: Book, index: int, title: str) -> str:
    """The heading's text; `CHAPTER I` takes the line below with it where that is a heading too."""
    text = book.blocks[index].text
    following = next((b for b in book.blocks[index + 1 : index + 2] if not b.reason), None)
    if (
        title
        or following is None
        or following.kind != "heading"
        or parse_heading(following.text)
        or len(following.text) > 90
    ):
        return text
    following.level = following.level or 6
    if count_han(text):
        return f"{text} {following.text}"
    return f"{text} {following.text}" if text.endswith((".", ":", "—")) else f"{text}: {following.text}"


def marks_by_documents(book: Book) -> list[Mark]:
    """Documents that open with a heading."""
    marks = []
    for position, start in enumerate(book.starts):
        end = book.starts[position + 1] if position + 1 < len(book.starts) else len(book.blocks)
        first = next(
            (i for i in range(start, end) if book.blocks[i].text and not book.blocks[i].reason), None
        )
        if first is None:
            continue
        block = book.blocks[first]
        if block.kind == "heading" or parse_heading(block.text):
            marks.append(
                Mark(
                    _full_title(book, first, "" if parse_heading(block.text) else " "),
                    first,
                    1,
                    block.document,
                )
            )
    return marks


def marks_by_levels(book: Book) -> list[Mark]:
    """The highest heading level that comes at least twice."""
    for level in range(1, 7):
        heads = [
            i for i, b in enumerate(book.blocks) if b.kind == "heading" and b.level == level and not b.reason
        ]
        if len(heads) >= 2:
            return [Mark(book.blocks[i].text, i, 1, book.blocks[i].document) for i in heads]
    return []


def find_marks(book: Book, from_contents: list[Mark]) -> list[Mark]:
    """The chapters' beginnings: the table of contents where it is of use, then headings, then words.

    A contents table with at most two entries that have text is no use where the documents or the headings in
    the text say more; an entry that covers a great part of the book is searched for chapters within it.
    """
    marks = _with_text(book, from_contents)
    if len(marks) <= 2:
        by_documents = _with_text(book, marks_by_documents(book))
        if len(by_documents) >= max(3, len(marks) + 1):
            marks = by_documents
        elif not marks:
            marks = marks_by_words(book, 0, len(book.blocks)) or by_documents
            if len(marks) < 2:
                marks = marks_by_levels(book) or marks
    else:
        marks = _add_unlisted(book, marks)
    marks = _split_large(book, marks)
    if marks and marks[0].index > 0:
        mark_title_page(book.blocks[: marks[0].index], book.about.title, book.about.authors, book.options)
    return _without_sections(_name_in_text(book, _with_text(book, marks)))


def _without_sections(marks: list[Mark]) -> list[Mark]:
    """Chapters without the sections I, II and III that the contents list below each: Chapter IV is one, and no part.
    Bare numbers above others are chapters where there are more of them than a book has parts."""
    headings = [parse_heading(mark.title) for mark in marks]
    bare = [heading is not None and heading.style == "bare" for heading in headings]
    above = [
        i for i in range(len(marks) - 1) if bare[i] and bare[i + 1] and marks[i + 1].level > marks[i].level
    ]
    chapters = {i for i in above if len(above) > MOST_PARTS}
    for i, heading in enumerate(headings):
        if heading is not None and heading.style == "separated" and heading.unit not in VOLUMES:
            chapters.add(i)
    kept: list[Mark] = []
    within: Mark | None = None  # a chapter with a number, whose sections may follow
    for i, mark in enumerate(marks):
        if within is not None and mark.level > within.level and bare[i]:
            continue
        kept.append(mark)
        within = mark if i in chapters else None
    return kept


def _name_in_text(book: Book, marks: list[Mark]) -> list[Mark]:
    """Paragraphs that say a chapter's number and title become headings, so that neither is read twice.

    Many publishers print `CHAPTER ONE` and `The Road` as paragraphs of a class; the contents say
    `Chapter One: The Road`.
    """
    bare: dict[int, int] = {}  # a mark's index -> where its bare number stands
    headed: dict[int, int] = {}  # likewise, where that is a heading already
    titled: dict[int, int] = {}  # where a heading stands that has number and title
    for mark in marks:
        near = range(mark.index, min(mark.index + 3, len(book.blocks)))  # past a rule or a page number
        at = next((i for i in near if book.blocks[i].text and not book.blocks[i].reason), mark.index)
        block = book.blocks[at]
        heading = parse_heading(block.text)
        counts = heading is not None and not heading.title and heading.unit not in VOLUMES
        if block.kind == "heading" and not block.reason and counts:
            headed[mark.index] = at
        elif block.kind == "heading" and not block.reason and heading and heading.unit not in VOLUMES:
            titled[mark.index] = at
        if block.kind not in _TEXT or not block.text or block.reason or len(block.text) > MAX_HEADING:
            continue
        wanted, words = normal(mark.title), normal(block.text)
        says_number = heading is not None and heading.style in ("separated", "bare")
        if not words or not (says_number or words == wanted):
            continue
        block.kind, block.level = "heading", block.level or mark.level
        following = book.blocks[at + 1] if at + 1 < len(book.blocks) else None
        if (
            following is not None
            and following.kind == "heading"
            and heading is not None
            and not heading.title
        ):
            headed[mark.index] = at
        if following is None or following.kind not in _TEXT or following.reason or not following.text:
            continue
        below = normal(following.text)
        if below and len(following.text) <= MAX_HEADING and wanted in (words + below, below):
            following.kind, following.level = "heading", min(6, block.level + 1)
        elif heading is not None and not heading.title:
            bare[mark.index] = at
    _mark_lines_below(book, list(bare.values()))
    untitled = [
        at for at in headed.values() if at + 1 < len(book.blocks) and book.blocks[at + 1].kind in _TEXT
    ]
    _mark_lines_below(book, untitled, strict=True)
    for position, mark in enumerate(marks):
        number = bare.get(mark.index, headed.get(mark.index))
        if number is not None and _only_counts(mark.title, book.blocks[number].text):
            marks[position] = replace(mark, title=_full_title(book, number, ""))
        elif mark.index in titled and _only_counts(mark.title, book.blocks[titled[mark.index]].text):
            marks[position] = replace(mark, title=book.blocks[titled[mark.index]].text)
    return marks


def _only_counts(title: str, number: str) -> bool:
    """Whether a title of the contents says no more than the number in the text: `1` and `Chapter One`."""
    if normal(title) == normal(number):
        return True
    told, printed = parse_heading(title), parse_heading(number)
    return bool(
        told and printed and not told.title and told.number is not None and told.number == printed.number
    )


def tell_apart(book: Book, marks: list[Mark]) -> list[Mark]:
    """Marks that name their volume where its name would vanish, or where its chapters are counted like another's."""
    named = {normal(mark.title) for mark in marks}
    times = Counter(normal(mark.title) for mark in marks)
    shared = {mark.volumes for mark in marks if mark.volume and times[normal(mark.title)] > 1}
    told: set[str] = set()
    # The last title that could be a volume's, and its level: what stands below it is told apart by its own mark.
    last, depth = "", 0
    result = []
    for mark in marks:
        heading = parse_heading(mark.title)
        counts = heading is not None and not heading.title
        # the only eighth chapter is told as the seventh is, which others have, too
        again = times[normal(mark.title)] > 1 or (counts and mark.volumes in shared)
        volume = mark.volume or _volume_above(book, mark) or (last if again and mark.level <= depth else "")
        vanishes = bool(mark.volume) and normal(mark.volume) not in named and mark.volume not in told
        told.add(mark.volume)
        if volume and heading and (again or (vanishes and heading.style in ("separated", "glued"))):
            result.append(replace(mark, title=_within(volume, mark.title)))
        else:
            result.append(mark)
        if volume and again:
            result[-1] = _within_all(mark.volumes[1:], result[-1], marks)
            last, depth = volume, mark.level
        elif not again and not mark.volume and (heading is None or heading.unit in VOLUMES):
            last, depth = mark.title, mark.level
    return result


def _within_all(volumes: Sequence[str], mark: Mark, marks: Sequence[Mark]) -> Mark:
    """A mark with the further volumes above its own that tell it from others: Book Two, Part 1, Chapter 1."""
    own = mark.volume
    for volume in volumes:
        if len({other.volumes for other in marks if other.volume == own and own}) > 1:
            mark = replace(mark, title=_within(volume, mark.title))
    return mark


def _within(volume: str, title: str) -> str:
    if normal(volume) in normal(title):
        return title
    return f"{volume} {title}" if count_han(volume) else f"{volume}, {title}"


def _volume_above(book: Book, mark: Mark) -> str:
    """The volume's name that a document prints above the first of its chapters."""
    above = [b for b in book.blocks[mark.index : mark.index + 2] if b.text and not b.reason]
    if len(above) < 2 or any(b.kind != "heading" for b in above):
        return ""
    first, second = (normal(b.text) for b in above)
    heading = parse_heading(above[0].text)
    holds = heading is None or heading.unit in VOLUMES
    return above[0].text if holds and second == normal(mark.title) != first else ""


def _with_text(book: Book, marks: list[Mark]) -> list[Mark]:
    """Marks whose stretch has something to read."""
    kept = []
    for position, mark in enumerate(marks):
        end = marks[position + 1].index if position + 1 < len(marks) else len(book.blocks)
        if any(b.text and not b.reason for b in book.blocks[mark.index : end]):
            kept.append(mark)
    return kept


def _add_unlisted(book: Book, marks: list[Mark]) -> list[Mark]:
    """Documents that the contents do not list but that open like those it lists: with as high a heading."""
    at = {mark.index for mark in marks}
    levels = sorted(book.blocks[m.index].level for m in marks if book.blocks[m.index].level)
    if not levels:
        return marks
    usual = levels[len(levels) // 2]
    added = []
    for mark in marks_by_documents(book):
        block = book.blocks[mark.index]
        start = max(s for s in book.starts if s <= mark.index)
        covered = any(start <= index <= mark.index for index in at)
        if not covered and block.kind == "heading" and 0 < block.level <= usual:
            added.append(mark)
    return sorted([*marks, *added], key=lambda m: m.index)


def _split_large(book: Book, marks: list[Mark]) -> list[Mark]:
    bounds = [m.index for m in marks] or [0]
    result: list[Mark] = []
    for position, low in enumerate(bounds):
        high = bounds[position + 1] if position + 1 < len(bounds) else len(book.blocks)
        mark = marks[position] if marks else None
        if weight(book.blocks[low:high]) < LARGE_CHAPTER:
            result += [mark] if mark else []
            continue
        inner = marks_by_words(book, low, high, level=(mark.level + 1 if mark else 1), signs=mark is None)
        own = [m for m in inner if mark and m.index <= low + 1 and normal(m.title) == normal(mark.title)]
        inner = [m for m in inner if m not in own]
        if len(inner) < 2:
            result += [mark] if mark else inner
            continue
        if (mark and own) or (
            mark and inner[0].index > low and weight(book.blocks[low : inner[0].index]) > MAX_PART_PAGE
        ):
            result.append(mark)
        # A part's bare title, or an entry such as 正文 that names no text of its own, gives way to its chapters.
        result += inner
    return result

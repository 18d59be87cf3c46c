"""Script: the manuscript as lines, each with a speaker, its text and a pause.

A line is the unit of everything: casting labels it, an engine speaks it, the master places it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from flows.script.headings import announcement, same_chapter
from flows.script.line import NARRATOR, UNKNOWN, Line, LineKind
from flows.script.manuscript import Chapter, Manuscript, Paragraph
from flows.workspace.settings import Pauses
from normalizers import DuoyinError, split_spans
from normalizers.languages import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    language_of,
    latin_language,
    primary,
    spoken_language,
)
from normalizers.languages import language as record_of
from normalizers.scripts import HAN

WORD_CHARACTER = re.compile(r"[^\W_]")
CLEARLY = 4
"""Times as many Han characters as Latin words, or the other way round, contradict what the metadata say."""


class SpeakerSpan(Protocol):
    """What casting says of `paragraph.text[start:end]`."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def speaker(self) -> str | None: ...
    @property
    def confidence(self) -> float | None: ...
    @property
    def evidence(self) -> str: ...


_KIND_OF_SPAN: dict[str, LineKind] = {"dialogue": "dialogue", "thought": "thought", "letter": "letter"}


@dataclass(frozen=True, slots=True)
class _Segment:
    start: int
    end: int
    kind: LineKind
    speaker: str
    confidence: float | None = None
    evidence: str = ""


def build_script(
    manuscript: Manuscript,
    spans: Sequence[Sequence[Sequence[SpeakerSpan]]] | None,
    pauses: Pauses,
    *,
    announce: bool = True,
    language: str | None = None,
) -> list[Line]:
    """The lines of a manuscript, in reading order.

    Args:
        spans: per chapter and paragraph, the ordered spans that casting found; None: the narrator reads all.
        announce: add the chapter's title where the text itself does not open with it.
        language: of every line; None: each paragraph as marked, else as its letters look.
    """
    lines: list[Line] = []
    titles: Counter[str] = Counter()
    for number, chapter in enumerate(manuscript.chapters):
        titles[chapter.title] += 1
        again = titles[chapter.title]
        key = chapter.title if again == 1 else f"{chapter.title}\0{again}"  # Chapter I of each story
        of_chapter = spans[number] if spans is not None else None
        lines.extend(
            _chapter_lines(number, chapter, key, of_chapter, pauses, announce, language, manuscript.language)
        )
    return lines


def book_language(manuscript: Manuscript) -> str:
    """The language most of the book is in: by its letters, and by its metadata where those leave a doubt.

    Converters write `en` into every book, so letters that speak clearly are believed.

    Raises:
        DuoyinError: the book is in a language that no engine speaks.
    """
    sample = "\n".join(p.text for c in manuscript.chapters[:20] for p in c.paragraphs[:50])
    told = language_of(sample)
    if told not in LANGUAGES:
        ways = " or ".join(f"`language: {code}`" for code in LANGUAGES)
        raise DuoyinError(
            f"the book “{manuscript.title}” is in another language ({told}); the engines speak {', '.join(LANGUAGES)}",
            hint=f"{ways} in project.yaml has it read by the rules of that language all the same.",
        )
    declared, by_letters = LANGUAGES.get(primary(manuscript.language)), LANGUAGES[told]
    if declared is None or declared is by_letters:
        return told
    if declared.latin and by_letters.latin:  # the letters tell nothing, so the words must
        by_words = latin_language(sample, default=declared.code)
        return by_words if by_words in LANGUAGES else declared.code
    return told if by_letters.count(sample) > CLEARLY * declared.count(sample) else declared.code


def _chapter_lines(
    number: int,
    chapter: Chapter,
    key: str,
    spans: Sequence[Sequence[SpeakerSpan]] | None,
    pauses: Pauses,
    announce: bool,
    language: str | None,
    book: str,
) -> list[Line]:
    default = language or (primary(book) if primary(book) in LANGUAGES else DEFAULT_LANGUAGE)
    seen: Counter[str] = Counter()

    def line_id(text: str) -> str:
        seen[text] += 1
        digest = hashlib.sha256(f"{key}\0{text}\0{seen[text]}".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:12]

    lines: list[Line] = []
    if announce and chapter.title and not _opens_with_title(chapter):
        text = chapter.title
        spoken = language or spoken_language(text, default)
        lines.append(
            Line(
                line_id(text), number, -1, 0, len(text), "heading", NARRATOR, text, spoken, pauses.heading,
                say=announcement(text, default),
            )
        )  # fmt: skip
    counted = _counted_heading(chapter)
    for index, paragraph in enumerate(chapter.paragraphs):
        if paragraph.kind == "scene-break":
            if lines:
                lines[-1] = replace(lines[-1], pause_after=max(lines[-1].pause_after, pauses.scene))
            continue
        made = _paragraph_lines(
            number,
            index,
            paragraph,
            spans[index] if spans is not None else None,
            pauses,
            line_id,
            language,
            default,
            announce_number=index == counted,
        )
        lines.extend(made)
    return lines


def _paragraph_lines(
    chapter: int,
    index: int,
    paragraph: Paragraph,
    spans: Sequence[SpeakerSpan] | None,
    pauses: Pauses,
    line_id: Callable[[str], str],
    language: str | None,
    default: str,
    *,
    announce_number: bool,
) -> list[Line]:
    lines: list[Line] = []
    text = paragraph.text
    of_paragraph = language or _language_of(paragraph, default)
    heading = paragraph.kind == "heading"
    for segment in _segments(paragraph, spans):
        cuts = [(segment.start, segment.end, 0.0)] if heading else list(_cuts(text, segment, of_paragraph))
        for position, (start, end, pause) in enumerate(cuts):
            last = position == len(cuts) - 1
            piece = text[start:end]
            lines.append(
                Line(
                    id=line_id(piece),
                    chapter=chapter,
                    paragraph=index,
                    start=start,
                    end=end,
                    kind=segment.kind,
                    speaker=segment.speaker,
                    text=piece,
                    language=of_paragraph,
                    pause_after=max(pause, pauses.quote) if last else pause,
                    hints=tuple(
                        h.moved(-start) for h in paragraph.hints if start <= h.start and h.end <= end
                    ),
                    say=announcement(piece, default) if heading and announce_number else "",
                    confidence=segment.confidence,
                    evidence=segment.evidence,
                )
            )
    if lines:
        after = {
            "heading": pauses.heading, "verse": pauses.verse, "list-item": pauses.verse, "table-row": pauses.verse,
        }.get(paragraph.kind, pauses.paragraph)  # fmt: skip
        lines[-1] = replace(lines[-1], pause_after=after)
    return lines


def _segments(paragraph: Paragraph, spans: Sequence[SpeakerSpan] | None) -> Iterator[_Segment]:
    text = paragraph.text
    if paragraph.kind == "heading":
        yield from _trimmed(text, _Segment(0, len(text), "heading", NARRATOR))
        return
    if paragraph.kind == "note":
        yield from _trimmed(text, _Segment(0, len(text), "note", NARRATOR))
        return
    spans = [span for span in spans or () if span.end > span.start]
    if not spans:  # nobody is cast, or casting saw the paragraph empty: a caption, a table row
        yield from _trimmed(text, _Segment(0, len(text), "narration", NARRATOR))
        return
    held: _Segment | None = None
    for span in spans:
        kind = _KIND_OF_SPAN.get(span.kind, "narration")
        speaker = span.speaker or (UNKNOWN if kind == "dialogue" else NARRATOR)
        sure = None if kind == "narration" else span.confidence
        segment = _Segment(span.start, span.end, kind, speaker, sure, "" if sure is None else span.evidence)
        if not WORD_CHARACTER.search(text, segment.start, segment.end):
            # a stretch of marks has no voice of its own: it goes with what stands before it, else after it
            if held is not None:
                held = replace(held, end=segment.end)
            else:
                held = segment
            continue
        if held is not None and not WORD_CHARACTER.search(text, held.start, held.end):
            segment = replace(segment, start=held.start)
        elif held is not None:
            yield from _trimmed(text, held)
        held = segment
    if held is not None:
        yield from _trimmed(text, held)


def _trimmed(text: str, segment: _Segment) -> Iterator[_Segment]:
    start, end = segment.start, segment.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield replace(segment, start=start, end=end)


def _cuts(text: str, segment: _Segment, language: str) -> Iterator[tuple[int, int, float]]:
    """(start, end, pause) of the lines of a segment: sentences, the short ones joined to a neighbour."""
    record = record_of(language)
    short, long = record.short_line, record.long_line
    held: tuple[int, int, float] | None = None
    for sentence in split_spans(text[segment.start : segment.end], language, max_chars=long):
        start, end = segment.start + sentence.start, segment.start + sentence.end
        if held is not None:
            scrap = min(held[1] - held[0], end - start) < short
            if scrap and end - held[0] <= long:
                held = (held[0], end, sentence.pause_seconds)
                continue
            yield held
        held = (start, end, sentence.pause_seconds)
    if held is not None:
        yield held


def _language_of(paragraph: Paragraph, default: str) -> str:
    marked = LANGUAGES.get(primary(paragraph.language))
    if marked is not None and not marked.latin:
        return marked.code
    return spoken_language(paragraph.text, default if marked is None else marked.code)


def _opens_with_title(chapter: Chapter) -> bool:
    first = next((p for p in chapter.paragraphs if p.kind != "scene-break"), None)
    if first is None or first.kind != "heading":
        return False
    title, heading = _words(chapter.title), _words(first.text)
    if _holds(title, heading) or _holds(heading, title):
        return True
    return same_chapter(chapter.title, first.text)


def _words(text: str) -> list[str]:
    """Words in small letters; each Han character is one."""
    return re.findall(rf"[{HAN}]|[^\W{HAN}]+", text.casefold())


def _holds(longer: list[str], shorter: list[str]) -> bool:
    """Whether words stand together within others: `I` is in `Chapter I`, not in `Beginnings`."""
    span = len(shorter)
    return span > 0 and any(longer[i : i + span] == shorter for i in range(len(longer) - span + 1))


def _counted_heading(chapter: Chapter) -> int | None:
    """The paragraph whose bare numeral is the chapter's own: before any text, and no numeral follows.

    `The Road`, `1`, text, `2`, text: there they count sections, and are read as they stand.
    """
    bare = [
        index
        for index, paragraph in enumerate(chapter.paragraphs)
        if paragraph.kind == "heading" and announcement(paragraph.text, DEFAULT_LANGUAGE)
    ]
    text = (i for i, p in enumerate(chapter.paragraphs) if p.kind not in ("heading", "scene-break"))
    first_text = next(text, len(chapter.paragraphs))
    if not bare or bare[0] > first_text or (len(bare) > 1 and bare[0] > 0):
        return None
    return bare[0]

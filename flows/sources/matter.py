"""What stands around the story: title, copyright and contents pages, Project Gutenberg's licence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from flows.sources.adverts import ADVERTISEMENT
from flows.sources.blocks import Block, DocumentText
from flows.sources.headings import is_contents_title, parse_heading
from flows.sources.markup import CONTENTS, COPYRIGHT, INDEX, NOTES, TITLE_PAGE, TYPE_REASONS
from flows.sources.options import ReadOptions
from flows.sources.words import any_of
from normalizers.scripts import count_han

_GUIDE_REASONS = {
    "cover": TITLE_PAGE,
    "title-page": TITLE_PAGE,
    "titlepage": TITLE_PAGE,
    "toc": CONTENTS,
    "loi": CONTENTS,
    "lot": CONTENTS,
    "index": INDEX,
    "copyright-page": COPYRIGHT,
    "colophon": COPYRIGHT,
    "notes": NOTES,
}
"""Types of the OPF 2.0.1 guide (2.6)."""

_FILE_REASONS: list[tuple[re.Pattern[str], str]] = [
    (
        re.compile(
            r"^(half-?)?title-?page\d*$|^(book)?cover(-?page)?\d*$|^half-?title\d*$|^tp$|^fengmian$", re.I
        ),
        TITLE_PAGE,
    ),
    (re.compile(r"^(un)?copyright(-?page)?\d*$|^colophon\d*$|^imprint\d*$|^cop$|^banquan$", re.I), COPYRIGHT),
    (re.compile(r"^toc\d*$|^nav\d*$|^(table-?of-?)?contents\d*$|^lo[it]$|^mulu$", re.I), CONTENTS),
]
_TITLE_REASONS: list[tuple[re.Pattern[str], str]] = [
    (any_of("title_page"), TITLE_PAGE),
    (any_of("copyright_page"), COPYRIGHT),
    (any_of("notes_page"), NOTES),
    (
        re.compile(
            r"(project gutenberg.{0,20})?(full )?(project gutenberg )?licen[cs]e|the full project gutenberg.*licen[cs]e"
            r"|the project gutenberg e-?(book|text).*",
            re.I,
        ),
        "gutenberg",
    ),
    (any_of("picture_list"), CONTENTS),
]
_RIGHTS = any_of("rights")
MAX_TITLE_PAGE = 600
"""Characters of a title page: title, author, publisher, a motto; more is text."""
MAX_RIGHTS_PAGE = 6000
"""Characters of a copyright page with printing history and library data."""
MAX_NAMED_PAGE = 20_000
"""A document called `copyright.xhtml` may hold a whole licence, but not a novel."""

ChapterSide = Literal["front", "back", ""]
_FRONT = any_of("front")
_BACK = any_of("back")


def side_of(title: str, types: frozenset[str]) -> ChapterSide:
    """Whether a chapter stands before or after the story proper. A prologue or epilogue is story."""
    words = title.strip()
    if types & {"prologue", "epilogue", "chapter", "part"}:
        return ""
    if types & {
        "dedication",
        "epigraph",
        "foreword",
        "preface",
        "introduction",
        "doc-foreword",
        "doc-preface",
    }:
        return "front"
    if types & {"afterword", "appendix", "bibliography", "glossary", "acknowledgments", "doc-afterword"}:
        return "back"
    if _FRONT.fullmatch(words):
        return "front"
    if _BACK.fullmatch(words):
        return "back"
    if "frontmatter" in types:
        return "front"
    return "back" if "backmatter" in types else ""


def reason_by_name(name: str, guide_type: str, title: str) -> str:
    """Why a whole document may not be read: the guide's or landmarks' type, its file name, its contents entry."""
    reason = _GUIDE_REASONS.get(guide_type) or TYPE_REASONS.get(guide_type, "")
    if reason:
        return reason
    stem = re.sub(r"^\d+[-_]|[-_]\d+$", "", name.rsplit("/", 1)[-1].rsplit(".", 1)[0])
    for pattern, why in _FILE_REASONS:
        if pattern.match(stem):
            return why
    for pattern, why in _TITLE_REASONS:
        if pattern.fullmatch(title.strip()):
            return why
    return ""


_NOTE_BEGINNING = re.compile(r"[\[(（〔【]?\s*(?:\d{1,4}|[ivxlc]{1,6}\b|[*＊†‡§]|[①-⑳]|[注註])")


def notes_page(blocks: Sequence[Block]) -> bool:
    """Whether a document called `Notes` holds notes: many of its paragraphs are numbered, or marks refer to them."""
    texts = [b for b in blocks if b.text and b.kind != "heading"]
    notes = sum(1 for b in texts if b.note or b.reason == NOTES or _NOTE_BEGINNING.match(b.text))
    return not texts or notes >= 0.2 * len(texts)


def apply_document_reason(document: DocumentText, reason: str, options: ReadOptions) -> None:
    """Leave a document's blocks out for `reason`, unless it holds far more than such a page can."""
    if wanted(reason, options):
        return
    if size(document.blocks) > (
        MAX_TITLE_PAGE * 3 if reason == TITLE_PAGE else MAX_NAMED_PAGE
    ) and reason not in (NOTES, INDEX):
        return
    if reason in (CONTENTS, TITLE_PAGE) and _has_prose(document.blocks):
        return
    for block in document.blocks:
        if not block.reason and not block.types & {"epigraph", "dedication"}:
            block.reason = reason


def wanted(reason: str, options: ReadOptions) -> bool:
    return (reason in (TITLE_PAGE, COPYRIGHT, ADVERTISEMENT) and options.front_matter) or (
        reason in (CONTENTS, INDEX) and options.contents
    )


def size(blocks: Sequence[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _has_prose(blocks: Sequence[Block]) -> bool:
    """Several full sentences outside links: not a contents or title page whatever it is called."""
    prose = [
        b
        for b in blocks
        if not b.reason
        and len(b.text) > (60 if count_han(b.text) else 160)
        and b.link_characters < len(b.text) / 2
    ]
    return len(prose) >= 3


def mark_rights_page(document: DocumentText, options: ReadOptions) -> None:
    """A short document that speaks of rights, ISBN and printing is a copyright page, whatever its name."""
    blocks = [b for b in document.blocks if not b.reason]
    text = "\n".join(b.text for b in blocks)
    if not text or len(text) > MAX_RIGHTS_PAGE or options.front_matter:
        return
    evidence = {match.group().lower()[:6] for match in _RIGHTS.finditer(text)}
    if len(evidence) >= 2 or (len(evidence) == 1 and len(text) < 800 and not _has_prose(blocks)):
        if any(b.kind == "heading" and parse_heading(b.text) for b in blocks):
            return
        for block in blocks:
            if not block.types & {"epigraph", "dedication"}:
                block.reason = COPYRIGHT


def mark_contents(document: DocumentText, titles: frozenset[str], options: ReadOptions) -> None:
    """Leave out contents lists inside a document: a `Contents` line and what looks like its entries.

    Args:
        titles: the normalised titles of the book's table of contents.
    """
    if options.contents:
        return
    blocks = document.blocks
    index = 0
    while index < len(blocks):
        if blocks[index].reason or not is_contents_title(blocks[index].text):
            index += 1
            continue
        end = index + 1
        while end < len(blocks) and _is_entry(blocks[end], titles):
            end += 1
        if end - index > 1 or len([b for b in blocks if b.text]) == 1:
            for block in blocks[index:end]:
                block.reason = block.reason or CONTENTS
        index = max(end, index + 1)
    texts = [b for b in blocks if b.text and not b.reason]
    linked = sum(b.link_characters for b in texts)
    if (
        len(texts) >= 5
        and linked > 0.8 * sum(len(re.sub(r"\s", "", b.text)) for b in texts)
        and not _has_prose(texts)
    ):
        for block in texts:
            block.reason = CONTENTS


def _is_entry(block: Block, titles: frozenset[str]) -> bool:
    if not block.text or block.reason == CONTENTS:
        return True
    letters = len(re.sub(r"\s", "", block.text))
    if len(block.text) > 200:
        return False
    if block.link_characters >= 0.6 * letters:
        return True
    # Without links an entry must be a known title; a true heading carries heading markup.
    return block.kind != "heading" and normal(block.text) in titles


def normal(text: str) -> str:
    """Letters and digits only, case folded: titles in the contents and in the text differ in the rest."""
    return re.sub(r"[\W_]+", "", text).casefold()


def mark_title_page(
    blocks: Sequence[Block], title: str, authors: Sequence[str], options: ReadOptions
) -> None:
    """Leave out a title page that has no markup: the book's title, its author, and a few short lines.

    Args:
        blocks: what stands before the first chapter, or a document without a chapter of its own.
    """
    texts = [b for b in blocks if b.text and not b.reason]
    if options.front_matter or not texts or not title or len(texts) > 14 or size(texts) > MAX_TITLE_PAGE:
        return
    if any(b.types & {"epigraph", "dedication", "chapter"} for b in texts):
        return
    name = normal(title)
    makers = {normal(author) for author in authors}
    heads = [normal(b.text) for b in texts[:3]]
    naming = next((h for h in heads if len(h) > 1 and (name.startswith(h) or h.startswith(name))), None)
    if naming is None or (len(texts) == 1 and not naming.startswith(name)):
        return
    for block in texts:
        words = normal(block.text)
        known = words == naming or words in makers or _LABEL.fullmatch(block.text.strip())
        heading = parse_heading(block.text)
        if not known and (
            _is_sentence(block.text) or (heading and heading.style in ("separated", "glued", "special"))
        ):
            return
    for block in texts:
        block.reason = TITLE_PAGE


_LABEL = any_of("body")


def is_body(title: str) -> bool:
    """Whether contents call the text itself so: 正文, `Text`."""
    return bool(_LABEL.fullmatch(title.strip()))


def _is_sentence(text: str) -> bool:
    return len(text) > (12 if count_han(text) else 30) and bool(re.search(r"[.!?。！？…”」]$", text))


_PG_START = re.compile(r"\*\*\*\s*START OF (?:THE|THIS) PROJECT GUTENBERG", re.I)
_PG_END = re.compile(
    r"\*\*\*\s*END OF (?:THE|THIS) PROJECT GUTENBERG|^\s*End of (?:the )?Project Gutenberg", re.I
)
_PG_CREDIT = re.compile(
    r"^(Produced by|E-?text prepared by|This e-?text was (?:produced|prepared) by|Transcribed (?:from|by))\b",
    re.I,
)
_PG_SMALL_PRINT = re.compile(r"\*\s*END\s*\*?\s*THE SMALL PRINT|END THE SMALL PRINT! FOR PUBLIC DOMAIN", re.I)


_PG_ADDRESS = re.compile(r"\b(?:pgdp\.net|gutenberg\.(?:net|org))\b|Distributed\s+Proofread", re.I)
_PG_NOTE = re.compile(r"^(?:Note: Project Gutenberg|Transcriber[’']?s?[’']? notes?\s*:?\s*$)", re.I)
_TRANSCRIBERS = re.compile(r"\[Transcriber[’']?s?[’']? notes?\s*[:.].*\]", re.I | re.S)
PG_HEAD, PG_NOTE = 12, 10
"""Blocks behind the start within which credits and notes stand, and blocks of one such note."""


def mark_gutenberg(blocks: Sequence[Block]) -> None:
    """Leave out what Project Gutenberg put before and after the book, credits and a transcriber's notes included."""
    start = end = None
    half = len(blocks) // 2
    for index, block in enumerate(blocks):
        if index <= max(half, 60) and (_PG_START.search(block.text) or _PG_SMALL_PRINT.search(block.text)):
            start = index
        if _PG_END.search(block.text) and index >= min(half, 3):
            end = index
            break
    for index, block in enumerate(blocks):
        before = start is not None and index <= start
        after = end is not None and index >= end
        if (before or after) and not block.reason:
            block.reason = "gutenberg"
        elif not block.reason and _TRANSCRIBERS.fullmatch(block.text):
            block.reason = "transcriber-note"
    if start is not None:
        _mark_credits(blocks, start + 1)


def _mark_credits(blocks: Sequence[Block], begin: int) -> None:
    """Who made the text and what they changed, told between the start and the book's own first page."""
    index = begin
    while index < min(len(blocks), begin + PG_HEAD):
        text = blocks[index].text
        if _PG_NOTE.match(text):
            end = index + 1
            while end < min(len(blocks), index + PG_NOTE) and _goes_on(blocks[end].text):
                end += 1
            for block in blocks[index:end]:
                block.reason = block.reason or "gutenberg"
            index = end
            begin = max(begin, index - 1)
            continue
        if (_PG_CREDIT.match(text) and index <= begin + 4) or (len(text) <= 300 and _PG_ADDRESS.search(text)):
            blocks[index].reason = blocks[index].reason or "gutenberg"
        index += 1


def _goes_on(text: str) -> bool:
    """Whether a paragraph belongs to the note before it: a sentence or an address, not the book's title."""
    return not text or bool(_is_sentence(text) or _PG_ADDRESS.search(text) or text.strip() == "or")

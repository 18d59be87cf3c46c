"""Chapters that are no text: contents, lists of illustrations, indexes, a transcriber's changes.

A title says what such a chapter is and its lines must look so: a chapter called Index that tells a story is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flows.sources.blocks import Block
from flows.sources.chapters import Book, Mark
from flows.sources.markup import CONTENTS, INDEX, NOTES
from flows.sources.matter import normal
from flows.sources.words import any_of

TRANSCRIBER = "transcriber-note"
MIN_ENTRIES = 4
"""Lines of a listing; fewer tell nothing of what they are."""
MOSTLY, MANY = 0.7, 0.4
"""Shares of lines that are no sentences or come again as titles, and of those that end in a number."""

_BEFORE = r"(?:.{{1,40}}?\s*(?:[—–:：]+|--+)\s*)?"
_CONTENTS = (any_of("contents", _BEFORE + "(?:{})"), any_of("picture_list"))
_INDEX = any_of("index_page")
_NOTES = any_of("notes_page")
_TRANSCRIBER = re.compile(r"transcriber[’']?s?[’']? notes?(?: and \w+)?|transcription notes?", re.I)
_SENTENCE = re.compile(r"[.!?。！？…][”’\"'」』)）]*$")
_NUMBER_LAST = re.compile(r"\d[\d\s,，、.．;；:：&n–—~～ff-]*[。.]?$")


def mark_listings(book: Book, marks: Sequence[Mark]) -> list[Mark]:
    """Leave out the chapters that are listings, and the headings of notes that are left out.

    Args:
        marks: where the chapters begin.

    Returns:
        The marks of the others.
    """
    kept: list[Mark] = []
    titles = frozenset(normal(mark.title) for mark in marks)
    for position, mark in enumerate(marks):
        end = marks[position + 1].index if position + 1 < len(marks) else len(book.blocks)
        shown = [b for b in book.blocks[mark.index : end] if b.text and not b.reason]
        reason = _listing(mark.title.strip(" .:："), shown, titles, contents=book.options.contents)
        for block in shown if reason else ():
            block.reason = reason
        head = book.blocks[mark.index]
        credit = head.reason == "gutenberg" and normal(head.text) == normal(mark.title)
        if not reason and not credit:
            kept.append(mark)
    return kept


def _listing(title: str, shown: Sequence[Block], titles: frozenset[str], *, contents: bool) -> str:
    """Why the blocks of a chapter of this title are not read; "" where they are.

    Args:
        titles: the normalised titles of all chapters.
        contents: listings are to be read.
    """
    lines = [b.text for b in shown if b.kind != "heading" and b.text != title]
    if _NOTES.fullmatch(title) and shown and not lines:
        return NOTES
    if _TRANSCRIBER.fullmatch(title):
        return TRANSCRIBER
    if contents:
        return ""
    if shown and not lines and any(words.fullmatch(title) for words in _CONTENTS):
        return CONTENTS
    if len(lines) < MIN_ENTRIES:
        return ""
    numbered = sum(1 for line in lines if _NUMBER_LAST.search(line))
    plain = sum(1 for line in lines if not _SENTENCE.search(line) or _NUMBER_LAST.search(line))
    again = sum(1 for line in lines if normal(line) in titles)
    if any(words.fullmatch(title) for words in _CONTENTS) and max(plain, 2 * again) >= MOSTLY * len(lines):
        return CONTENTS
    if _INDEX.fullmatch(title) and plain >= MOSTLY * len(lines) and numbered >= MANY * len(lines):
        return INDEX
    return ""

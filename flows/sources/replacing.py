"""A person's own replacements in the text of a book, before anything else looks at it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from flows.script.manuscript import Replaced
from flows.sources.blocks import Block, left_out_of, rewrite
from flows.sources.options import Replacement

if TYPE_CHECKING:
    from flows.sources.chapters import Book


def replace_in(book: Book) -> list[Replaced]:
    """Make the replacements of `book.options`, in their order, in every paragraph that is read.

    What is taken out is listed as left out (`replaced`); a paragraph of which nothing stays is left out whole.

    Returns:
        Each replacement with its hits.
    """
    done = []
    for replacement in book.options.replace:
        pattern = (
            re.compile(replacement.pattern)
            if replacement.pattern
            else re.compile(re.escape(replacement.text))
        )
        hits = 0
        for index, block in enumerate(book.blocks):
            if block.text and not block.reason:
                book.blocks[index], found = _replace(book, block, pattern, replacement)
                hits += found
        done.append(Replaced(replacement.pattern or replacement.text, replacement.words, hits))
    return done


def _replace(
    book: Book, block: Block, pattern: re.Pattern[str], replacement: Replacement
) -> tuple[Block, int]:
    edits = [
        (m.start(), m.end(), m.expand(replacement.words) if replacement.pattern else replacement.words)
        for m in pattern.finditer(block.text)
        if m.group()
    ]
    if not edits:
        return block, 0
    made, taken = rewrite(block, edits)
    if not made.text.strip():
        return replace(block, reason="replaced"), len(edits)
    for part in taken:
        book.left_out += left_out_of(replace(part, reason="replaced"), book.texts)
    return made, len(edits)

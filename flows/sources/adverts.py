"""Advertisements: lines of web sites and converters within the story, and pages of publishers around it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from flows.sources.blocks import Block
from flows.sources.words import any_of

ADVERTISEMENT = "advertisement"
MAX_LINE = 160
"""Characters of a line that a web site puts between paragraphs; more is text."""
REPEATED = 3
"""A bare web address is a site's stamp where it comes this often; once, somebody in the story may have written it."""

_DOMAIN = r"(?:https?://)?(?:[\w-]+\.){1,3}(?:com|net|org|cc|cn|la|tw|info|me|xyz|co|top|vip)\b(?:/\S*)?"
_ADDRESS = re.compile(rf"\W*{_DOMAIN}\W*", re.I)
_FRAME = _DOMAIN.replace("{", "{{").replace("}", "}}")
_SITE = (any_of("site_words", f"{_FRAME}.*(?:{{}})"), any_of("site_words", f"(?:{{}}).*{_FRAME}"))
"""A web address and, behind or before it, what a reader would do there."""
_ADVERT_WORDS = any_of("advert_words")
_BYSTANDER = any_of("bystander")
_ADVERT = any_of("advert")


def mark_adverts(blocks: Sequence[Block], *, include: bool) -> None:
    """Leave out what web sites and converters print between the paragraphs of a story.

    Speech is never touched: a line that opens with a quotation mark is somebody's.

    Args:
        include: the options ask for such lines; nothing is marked.
    """
    if include:
        return
    lines = [b for b in blocks if b.text and not b.reason and len(b.text) <= MAX_LINE]
    addresses = Counter(b.text.casefold() for b in lines if b.kind == "text" and _ADDRESS.fullmatch(b.text))
    for block in lines:
        text = block.text
        if block.kind == "heading" or text[0] in "“\"「『‘'":
            continue
        site = _ADVERT_WORDS.search(text) or any(pattern.search(text) for pattern in _SITE)
        if (
            (site and not _BYSTANDER.search(text))
            or _ADVERT.fullmatch(text)
            or (block.kind == "text" and addresses[text.casefold()] >= REPEATED)
        ):
            block.reason = ADVERTISEMENT


def is_of_a_site(text: str) -> bool:
    """Whether a paragraph speaks of a site all along, before its address and behind it."""
    return (
        len(text) <= MAX_LINE
        and all(pattern.search(text) for pattern in _SITE)
        and not _BYSTANDER.search(text)
        and text[0] not in "“\"「『‘'"
    )


MAX_LIST_PAGE = 8000
"""Characters of a list of other books, or of a publisher's page; a chapter of that name is longer or is prose."""
_LIST_TITLE = any_of("other_books")
_PUBLISHERS_TITLE = any_of("publishers_page")
_INDEX_TITLE = any_of("index_page")
_INDEX_ENTRY = any_of("index_reference", r"[,，\s]\s*\d{{1,4}}(?:[–—-]\d{{1,4}})?n?\.?$|{}")
_SENTENCE_END = re.compile(r"[.!?。！？…][”’\"'」』)）]*$")


def advert_page(title: str, blocks: Sequence[Block]) -> bool:
    """Whether a document is a publisher's page: what else the author wrote, what critics said, where to subscribe.

    Args:
        title: its entry in the contents, or its first line where it has none.
        blocks: the document's. A list of books has no sentences; a chapter called `Books by the Sea` has.
    """
    words = title.strip().strip(".:…")
    texts = [b.text for b in blocks if b.text and not b.reason and b.text.strip() != title.strip()]
    if sum(map(len, texts)) > MAX_LIST_PAGE:
        return False
    if _PUBLISHERS_TITLE.fullmatch(words):
        return True
    sentences = sum(1 for text in texts if _SENTENCE_END.search(text))
    return bool(_LIST_TITLE.fullmatch(words)) and 3 * sentences <= len(texts)


def index_page(title: str, blocks: Sequence[Block]) -> bool:
    """Whether a document is an index: called so, and most of its lines end with page numbers or refer to others."""
    if not _INDEX_TITLE.fullmatch(title.strip()):
        return False
    texts = [b.text for b in blocks if b.kind != "heading" and b.text and not b.reason and len(b.text) > 1]
    entries = sum(1 for text in texts if _INDEX_ENTRY.search(text))
    return bool(texts) and entries >= 0.6 * len(texts)

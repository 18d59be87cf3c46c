"""What an element says of the text in it: its kind, its language, whether it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from flows.script.manuscript import ParagraphKind
from flows.sources.markup import (
    BLOCK_TAGS,
    HEADINGS,
    NOTES,
    READ_TYPES,
    SSML_ALPHABET,
    TITLE_PAGE,
    TYPE_REASONS,
    XML_LANG,
    class_reason,
    tokens_of,
)
from flows.sources.matter import wanted
from flows.sources.notes import NoteLinks
from flows.sources.options import ReadOptions

_LETTER_TYPES = frozenset({"z3998:letter", "letter", "z3998:correspondence"})
_VERSE_TYPES = frozenset(["z3998:poem", "z3998:verse", "z3998:song", "z3998:hymn", "poem", "verse"])

_VERSE_CLASS = re.compile(
    r"^(poem|poetry|verse|stanza|line-?group|lg|poem-line|versification|song|shige|shi)$"
)
_LETTER_CLASS = re.compile(r"^(letter|correspondence|epistle)$")
_TITLE_CLASS = re.compile(
    r"^(chapter[-_]?(title|head|heading|name|number|num)|chap[-_]?(title|head)|heading|head-?title)$"
)


@dataclass(frozen=True, slots=True)
class Context:
    """What the elements around a stretch of text say of it.

    Args:
        level: of a heading, 1 to 6; 0 elsewhere.
        alphabet: of the SSML phonemes.
        reason: why it is not read.
        note: key of the note it belongs to.
        row: within a row of a table that is read as one paragraph.
        types: epub:type and role tokens of all elements around.
    """

    kind: ParagraphKind = "text"
    level: int = 0
    language: str | None = None
    alphabet: str = "ipa"
    reason: str = ""
    note: str = ""
    link: bool = False
    row: bool = False
    pre: bool = False
    verse: bool = False
    types: frozenset[str] = frozenset()


def context_of(element: etree._Element, outer: Context, notes: NoteLinks, options: ReadOptions) -> Context:
    """The context of an element's text, given that of the text around the element."""
    tag: str = element.tag
    tokens = tokens_of(element)
    classes = (element.get("class") or "").lower().split()
    changes: dict[str, Any] = _attributes(element, tokens, outer)
    changes |= _reading(element, tokens, outer, notes, options)
    kind = _kind(tag, tokens, classes, outer)
    if kind and outer.kind != "note" and changes.get("kind") != "note":
        changes["kind"] = kind
    level = heading_level(element, tokens, classes)
    if level:
        changes["level"] = level
        if outer.kind == "note" or changes.get("note"):
            changes["kind"] = "note"
        elif tag not in HEADINGS:
            changes["kind"] = "heading"
    if tag == "tr" and not outer.row and _is_simple_row(element):
        changes["row"], changes["kind"] = True, "table-row" if outer.kind != "note" else "note"
    if tag == "pre":
        changes["pre"] = True
        # Bare `pre` holds verse and plain text in old books; program text has its own elements in it.
        if outer.kind == "text" and next(element.iter("code", "samp", "kbd"), None) is not None:
            changes["kind"] = "code"
    if _is_verse(tag, tokens, classes):
        changes["verse"] = True
    return replace(outer, **changes) if changes else outer


def _attributes(element: etree._Element, tokens: set[str], outer: Context) -> dict[str, object]:
    """What attributes alone say: language, alphabet of phonemes, types, a link."""
    changes: dict[str, Any] = {}
    language = element.get(XML_LANG) or element.get("lang")
    if language and element.tag in BLOCK_TAGS:
        changes["language"] = language
    if element.get(SSML_ALPHABET):
        changes["alphabet"] = element.get(SSML_ALPHABET)
    if tokens and element.tag in BLOCK_TAGS:
        changes["types"] = outer.types | tokens
    if element.tag == "a" and element.get("href"):
        changes["link"] = True
    return changes


def _reading(
    element: etree._Element, tokens: set[str], outer: Context, notes: NoteLinks, options: ReadOptions
) -> dict[str, object]:
    """Whether the element's text is read: notes, title pages, contents; an epigraph on a title page is."""
    reason = _section_reason(element, tokens, options)
    key = notes.bodies.get(element)
    if reason == NOTES or key:
        return {"reason": NOTES, "kind": "note", "note": key or outer.note}
    if reason and not outer.reason:
        return {"reason": reason}
    return {"reason": ""} if tokens & READ_TYPES and outer.reason == TITLE_PAGE else {}


def _section_reason(element: etree._Element, tokens: set[str], options: ReadOptions) -> str:
    reason = next((TYPE_REASONS[t] for t in sorted(tokens) if t in TYPE_REASONS), "")
    if not reason and element.tag in ("aside", "div", "section", "p", "ol", "ul", "li", "dl"):
        reason = class_reason(element) if class_reason(element) == NOTES else ""
    return "" if wanted(reason, options) else reason


def heading_level(element: etree._Element, tokens: set[str], classes: list[str]) -> int:
    """1 to 6 for a heading, by its tag, its role, its class name or its place in a `hgroup`; else 0."""
    tag = element.tag
    if tag in HEADINGS:
        return HEADINGS[tag]
    if "heading" in tokens:
        level = element.get("aria-level") or "2"
        return int(level) if level in set("123456") else 2
    if tag in ("p", "div") and any(_TITLE_CLASS.match(c) for c in classes):
        inner = any(child.tag in BLOCK_TAGS for child in element if isinstance(child.tag, str))
        return 0 if inner else 2
    parent = element.getparent() if tag == "p" else None
    if parent is not None and parent.tag == "hgroup":
        heads = [HEADINGS[c.tag] for c in parent if c.tag in HEADINGS]
        return min(6, (heads or [1])[0] + 1)
    return 0


def _is_verse(tag: str, tokens: set[str], classes: list[str]) -> bool:
    return (
        bool(tokens & _VERSE_TYPES)
        or any(_VERSE_CLASS.match(c) for c in classes)
        or tag in ("poem", "linegroup")
    )


def _kind(tag: str, tokens: set[str], classes: list[str], outer: Context) -> ParagraphKind | None:
    if tag in HEADINGS:
        return "heading"
    if tokens & _LETTER_TYPES or any(_LETTER_CLASS.match(c) for c in classes):
        return "letter"
    if tokens & _VERSE_TYPES or any(_VERSE_CLASS.match(c) for c in classes):
        return "verse"
    if tag == "blockquote" and outer.kind == "text":
        return "blockquote"
    if tag in ("poem", "linegroup"):
        return "verse"
    if tag in ("li", "dt", "dd") and outer.kind in ("text", "list-item"):
        return "list-item"
    if tag in ("figcaption", "caption"):
        return "caption"
    return None


def _is_simple_row(row: etree._Element) -> bool:
    """A row of data rather than of layout: no cell holds paragraphs, lists or tables."""
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    for cell in cells:
        inner = [e for e in cell.iter() if e is not cell and isinstance(e.tag, str) and e.tag in BLOCK_TAGS]
        if len(inner) > 1:
            return False
    return bool(cells)

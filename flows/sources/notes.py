"""Footnotes and endnotes: which links are their marks, and which elements are their bodies."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from flows.sources.markup import TYPE_REASONS, ParsedDocument, class_reason, tokens_of

_NOTE_MARK = re.compile(
    r"[\[(（〔【［<{]?\s*(?:[*＊†‡§¶#]{1,4}|\d{1,4}|[ivxlc]{1,6}|[a-zA-Z]|[①-㊿⑴-⒇❶-❿㈠-㈩]|[注註]\s*\d{0,"
    r"4}|[注註]?[一二三四五六七八九十百]{1,4}|note\s*\d+|fn\s*\d+|↑|↩︎?|↩)\s*[\])）〕】］>}.]?",
    re.I,
)
_BRACKETED = re.compile(r"[\[(（〔【［].*[\])）〕】］]|[①-㊿*＊†‡]+")
_NOTE_TARGET = re.compile(r"(foot|end|rear)?note|^_?e?fn|ftn|^n\d|^r?note|注|註|comment|zhu", re.I)


@dataclass(slots=True)
class NoteLinks:
    """Which links are note marks, and which elements are the notes' bodies, over the whole book."""

    marks: dict[etree._Element, str] = field(default_factory=dict)  # link -> key of its note
    backlinks: set[etree._Element] = field(default_factory=set)
    bodies: dict[etree._Element, str] = field(default_factory=dict)  # element -> key


def find_notes(
    documents: list[tuple[str, ParsedDocument]], resolve: Callable[[str, str], tuple[str, str]]
) -> NoteLinks:
    """Tell note marks from other links: by their markup, or by how they look and what they point to.

    A mark stands before its note in reading order; a link of the same look that points backwards is the way
    back. This is what tells `<a href="#ref1">1</a>` at the head of a note from the mark itself.
    """
    order: dict[etree._Element, int] = {}
    targets: dict[tuple[str, str], etree._Element] = {}
    links: list[tuple[str, etree._Element]] = []
    for name, document in documents:
        for element in document.body.iter():
            if not isinstance(element.tag, str):
                continue
            identifier = element.get("id") or (element.get("name") if element.tag == "a" else None)
            if identifier:
                targets.setdefault((name, identifier), element)
            if element.tag == "a" and "#" in (element.get("href") or ""):
                links.append((name, element))
            if identifier or element.tag == "a":
                order[element] = len(order)
    found = NoteLinks()
    for name, link in links:
        member, fragment = resolve(name, link.get("href"))
        target = targets.get((member, fragment))
        tokens = tokens_of(link) | (tokens_of(link.getparent()) if link.getparent() is not None else set())
        typed = bool(tokens & {"noteref", "doc-noteref"}) or class_reason(link) == "note-mark"
        backwards = target is not None and order[target] < order[link]
        if tokens & {"backlink", "doc-backlink", "referrer"}:
            found.backlinks.add(link)
            continue
        if not typed and not (target is not None and _looks_like_mark(link, fragment)):
            continue
        if (
            target is not None
            and backwards
            and (not typed or target in found.marks or _holds_mark(target, found))
        ):
            found.backlinks.add(link)
            continue
        key = f"{member}#{fragment}"
        body = _note_body(target, link) if target is not None else None
        if not typed and body is None:
            continue
        found.marks[link] = key
        if body is not None:
            found.bodies.setdefault(body, key)
    return found


def _holds_mark(target: etree._Element, found: NoteLinks) -> bool:
    parent = target.getparent()
    return any(e in found.marks for e in target.iter("a")) or (parent is not None and parent in found.marks)


def _looks_like_mark(link: etree._Element, fragment: str) -> bool:
    text = "".join(link.itertext()).strip()
    if not text:
        return link.find(".//img") is not None and bool(_NOTE_TARGET.search(fragment))
    if len(text) > 8 or not _NOTE_MARK.fullmatch(text):
        return False
    parent = link.getparent()
    raised = link.find(".//sup") is not None or (parent is not None and parent.tag == "sup")
    return raised or bool(_BRACKETED.fullmatch(text)) or bool(_NOTE_TARGET.search(fragment))


def _note_body(target: etree._Element, link: etree._Element) -> etree._Element | None:
    """The element that holds the note: the nearest block around the target, unless the mark is in it too."""
    element = target
    while element is not None and element.tag not in (
        "p",
        "li",
        "aside",
        "dd",
        "div",
        "td",
        "section",
        "dt",
        "tr",
    ):
        element = element.getparent()
    if element is None or (element.tag == "section" and not tokens_of(element) & set(TYPE_REASONS)):
        return None
    if any(ancestor is element for ancestor in link.iterancestors()):
        return None
    if element.tag == "dt":
        following = element.getnext()
        return following if following is not None and following.tag == "dd" else element
    if element.tag == "td":
        return element.getparent()
    return element

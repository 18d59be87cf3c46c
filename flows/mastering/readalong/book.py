"""A book in EPUB and the sound of its lines → the same book, read along."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Literal

from lxml import etree

from flows.mastering.readalong.clips import Clip, Printed, SoundingLine, begins, line_clips, words
from flows.mastering.readalong.letters import XHTML, Letters, aligned, body_of, ids_of, parse
from flows.mastering.readalong.marks import Mark, mark
from flows.mastering.readalong.package import (
    PAGE_TYPES,
    SIGNATURES,
    SMIL_TYPE,
    NoReadAlong,
    Package,
    address,
    document_bytes,
    free,
    open_package,
    write_book,
)
from flows.mastering.readalong.smil import Par, clock_value, smil
from flows.mastering.readalong.upgrade import upgrade

Level = Literal["sentence", "word"]
"""What is marked while it is heard: the lines of the script, which are sentences, or their words."""

ACTIVE_CLASS = "-epub-media-overlay-active"
"""The class that players give to what is heard; the name of the examples in the standard, which players know."""
STYLE = f".{ACTIVE_CLASS} {{ background-color: #ffe28a; color: #1a1a1a; }}\n"
MARK_PREFIX = "line-"
HTML_DOCTYPE = "<!DOCTYPE html>"
_AUDIO_TYPES = {".mp3": "audio/mpeg", ".m4a": "audio/mp4"}


@dataclass(frozen=True, slots=True)
class ReadChapter:
    """A chapter's sound and the lines that are heard in it.

    Args:
        sound: an MP3 or M4A file that begins with the chapter.
        seconds: its length.
        lines: in the order in which they are heard, with times from its beginning.
    """

    sound: Path
    seconds: float
    lines: tuple[SoundingLine, ...]


@dataclass(frozen=True, slots=True)
class ReadAlong:
    """What is to be read along.

    Args:
        letters: of each document as its reader counted them; `Printed` counts in these.
        narrator: who reads, as players show it.
        title: of the book, for pages that have none.
    """

    chapters: tuple[ReadChapter, ...]
    letters: Mapping[str, str]
    narrator: str
    title: str
    level: Level = "sentence"


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of a line to be marked: letters [first, end) of the document as it is, from offset `at` of its text."""

    chapter: int
    line: int
    first: int
    end: int
    at: int


@dataclass(slots=True)
class _Page:
    """A content document on its way: its stretches in the order of its text, and the marks of each."""

    member: str
    tree: etree._ElementTree
    stretches: list[_Stretch] = field(default_factory=list)
    marks: list[tuple[Mark, ...]] = field(default_factory=list)


def write_read_along(source: Path, wanted: ReadAlong, out: Path) -> list[str]:
    """Write the EPUB at `source`, with the sound of its lines, to `out` (not atomic: write to a partial file).

    Nothing of its text is changed: spans are put around the lines, and a book of EPUB 2 becomes one of EPUB 3.

    Returns: what a person should know.

    Raises:
        NoReadAlong: nothing of what is heard is found in the book, or its package cannot be written anew.
    """
    with zipfile.ZipFile(source) as file:
        package = open_package(file, str(source))
        changed: dict[str, bytes] = {}
        new: dict[str, bytes | Path] = {}
        dropped = {SIGNATURES, *_without_overlays(package, file)}
        pages, notes = _marked(file, package, wanted)
        if not pages:
            raise NoReadAlong(
                "none of the lines is found in its pages, so there is nothing to read along",
                where=str(source),
                hint="convert the book once with calibre, which mends its pages, and make it of that file.",
            )
        old = not package.version.startswith("3")
        if old:
            changed, contents = upgrade(
                package, file, {page.member: page.tree for page in pages}, wanted.title
            )
            new |= contents
        folder = package.free_folder("read-along")
        style = posixpath.join(folder, "read-along.css")
        new[style] = STYLE.encode()
        package.add(style, "text/css", "read-along-style")
        sounds = _add_sounds(package, folder, wanted, new)
        length = 0
        for page, pars in zip(pages, _pars(pages, wanted, sounds), strict=True):
            if pars:
                length += _add_overlay(package, folder, page, pars, new)
                _link_style(page, style)
            changed[page.member] = document_bytes(page.tree, HTML_DOCTYPE if old else None)
        _tell(package, length, wanted.narrator)
        changed[package.path] = package.to_bytes()
        write_book(file, out, changed, new, frozenset(dropped))
    return notes


def _without_overlays(package: Package, file: zipfile.ZipFile) -> set[str]:
    """Take out what the book itself had of sound to its text, which ours takes the place of; the members that go."""
    members = package.by_member()
    gone: set[str] = set()
    for member, item in members.items():
        item.attrib.pop("media-overlay", None)
        if item.get("media-type") == SMIL_TYPE:
            gone.add(member)
            if member in package.names:
                gone |= _sounds_of(package, file, member)
    for member in gone:
        item = members.get(member)
        if item is not None:
            item.getparent().remove(item)
    for meta in list(package.part("metadata")):
        if isinstance(meta.tag, str) and str(meta.get("property") or "").startswith("media:"):
            meta.getparent().remove(meta)
    return gone


def _sounds_of(package: Package, file: zipfile.ZipFile, overlay: str) -> set[str]:
    try:
        root = etree.fromstring(file.read(overlay), etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return set()
    found = (package.resolved(audio.get("src") or "", overlay) for audio in root.iter("{*}audio"))
    return {member for member in found if member is not None}


def _marked(file: zipfile.ZipFile, package: Package, wanted: ReadAlong) -> tuple[list[_Page], list[str]]:
    """The documents with their lines marked, in the order of the book, and what could not be."""
    pages: list[_Page] = []
    lost: list[str] = []
    items = package.by_member()
    by_document: dict[str, list[tuple[int, int, Printed]]] = {}
    for number, part in enumerate(wanted.chapters):
        for line, item in enumerate(part.lines):
            for place in item.printed:
                by_document.setdefault(place.document, []).append((number, line, place))
    for member in dict.fromkeys(package.spine()):
        printed = by_document.get(member)
        if not printed:
            continue
        page_type = member in items and items[member].get("media-type") in PAGE_TYPES
        tree = parse(file.read(member)) if page_type else None
        body = body_of(tree) if tree is not None else None
        if tree is None or body is None:
            lost.append(f"{member} is no XHTML that can be written anew; its lines are not read along")
            continue
        page = _Page(member, tree)
        places = aligned(wanted.letters[member], Letters(body).text)
        page.stretches = _stretches(wanted, printed, places)
        page.marks = mark(body, [(s.first, s.end) for s in page.stretches], MARK_PREFIX)
        if page.stretches:
            pages.append(page)
        missing = len({(c, n) for c, n, _ in printed}) - len({(s.chapter, s.line) for s in page.stretches})
        if missing:
            lost.append(f"{missing} lines are not found in {member} as it is; they are not read along")
    return pages, lost


def _stretches(
    wanted: ReadAlong, printed: Sequence[tuple[int, int, Printed]], places: Sequence[int]
) -> list[_Stretch]:
    """The stretches to be marked, in the order of the text and apart.

    Args:
        places: of the reader's letters in the document as it is; -1 for those that are not in it.
    """
    found: list[_Stretch] = []
    for chapter, number, place in printed:
        item = wanted.chapters[chapter].lines[number]
        for at, upto in _cuts(item, place, wanted.level):
            first, end = _letters_of(item, place, at, upto)
            there = [p for p in places[first:end] if p >= 0]
            if there:
                found.append(_Stretch(chapter, number, there[0], there[-1] + 1, at))
    found.sort(key=lambda s: (s.first, s.end))
    apart: list[_Stretch] = []
    for stretch in found:
        if not apart or stretch.first >= apart[-1].end:
            apart.append(stretch)
    return apart


def _cuts(item: SoundingLine, place: Printed, level: Level) -> list[tuple[int, int]]:
    """Offsets of the line's text: what of it is marked apart in this place."""
    if level == "sentence" or not item.as_printed:
        return [(place.at, place.upto)]
    cuts = [(max(a, place.at), min(b, place.upto)) for a, b in words(item)]
    return [(a, b) for a, b in cuts if item.line.text[a:b].strip()] or [(place.at, place.upto)]


def _letters_of(item: SoundingLine, place: Printed, at: int, upto: int) -> tuple[int, int]:
    """Letters of the document for a stretch of the line's text."""
    if (at, upto) == (place.at, place.upto):
        return place.first, place.end
    first = place.first + len("".join(item.line.text[place.at : at].split()))
    return first, first + len("".join(item.line.text[at:upto].split()))


def _pars(pages: Sequence[_Page], wanted: ReadAlong, sounds: Mapping[int, str]) -> list[list[Par]]:
    """The pars of each document, in the order of its text.

    Args:
        sounds: the file of each chapter, as overlays refer to it.
    """
    marks: dict[tuple[int, int], list[tuple[int, int, Mark]]] = {}
    for number, page in enumerate(pages):
        for stretch, made in zip(page.stretches, page.marks):
            item = wanted.chapters[stretch.chapter].lines[stretch.line]
            of_line = marks.setdefault((stretch.chapter, stretch.line), [])
            of_line += [(_offset(item, stretch, one), number, one) for one in made]
    clips = [line_clips(chapter.lines, chapter.seconds) for chapter in wanted.chapters]
    placed: list[list[tuple[int, Par]]] = [[] for _ in pages]
    for (chapter, line), of_line in marks.items():
        item, clip = wanted.chapters[chapter].lines[line], clips[chapter][line]
        if clip is None:
            continue
        of_line.sort(key=lambda told: told[:2])
        times = begins(item, clip, [offset for offset, _, _ in of_line])
        for (_, number, one), (begin, end) in zip(of_line, pairwise([*times, clip.end])):
            if end > begin:
                par = Par(one.id, sounds[chapter], Clip(begin, end), item.note)
                placed[number].append((one.first, par))
    return [[par for _, par in sorted(pars, key=lambda pair: pair[0])] for pars in placed]


def _offset(item: SoundingLine, stretch: _Stretch, one: Mark) -> int:
    """Where in the line's text a mark begins, by the letters before it."""
    letters, at, text = one.first - stretch.first, stretch.at, item.line.text
    if not item.as_printed:
        return at + letters
    while at < len(text) and (letters > 0 or text[at].isspace()):
        letters -= not text[at].isspace()
        at += 1
    return at


def _add_sounds(
    package: Package, folder: str, wanted: ReadAlong, new: dict[str, bytes | Path]
) -> dict[int, str]:
    """Put the sound of each chapter that has places in print into the book; its name, as overlays refer to it."""
    width = max(2, len(str(len(wanted.chapters))))
    names: dict[int, str] = {}
    for number, chapter in enumerate(wanted.chapters):
        if any(item.printed for item in chapter.lines):
            suffix = chapter.sound.suffix.lower()
            names[number] = f"chapter-{number + 1:0{width}}{suffix}"
            member = posixpath.join(folder, names[number])
            new[member] = chapter.sound
            package.add(member, _AUDIO_TYPES[suffix], f"read-along-sound-{number + 1}")
    return names


def _add_overlay(
    package: Package, folder: str, page: _Page, pars: Sequence[Par], new: dict[str, bytes | Path]
) -> int:
    """Put the overlay of a document into the book; its length in milliseconds."""
    body = body_of(page.tree)
    assert body is not None
    if not body.get("id"):
        body.set("id", free("read-along", ids_of(page.tree.getroot()).__contains__))
    name = posixpath.splitext(posixpath.basename(page.member))[0]
    member = free(posixpath.join(folder, name), lambda path: f"{path}.smil" in new) + ".smil"
    new[member] = smil(address(page.member, member), body.get("id"), pars)
    overlay = package.add(member, SMIL_TYPE, f"overlay-{name}")
    package.by_member()[page.member].set("media-overlay", overlay)
    length = sum(par.clip.end - par.clip.begin for par in pars)
    package.tell("media:duration", clock_value(length), refines=f"#{overlay}")
    return length


def _link_style(page: _Page, style: str) -> None:
    root = page.tree.getroot()
    head = root.find(f"{{{XHTML}}}head")
    if head is None:
        head = root.makeelement(f"{{{XHTML}}}head")
        root.insert(0, head)
    link = {"rel": "stylesheet", "type": "text/css", "href": address(style, page.member)}
    etree.SubElement(head, f"{{{XHTML}}}link", link)


def _tell(package: Package, milliseconds: int, narrator: str) -> None:
    """What the metadata say of the sound, and of whom it serves (EPUB 3.3, 9.3; EPUB Accessibility 1.1, 2.2)."""
    package.tell("media:duration", clock_value(milliseconds))
    package.tell("media:active-class", ACTIVE_CLASS)
    if narrator:
        package.tell("media:narrator", narrator)
    for name, value in (
        ("schema:accessMode", "textual"),
        ("schema:accessMode", "auditory"),
        ("schema:accessModeSufficient", "textual"),
        ("schema:accessModeSufficient", "auditory"),
        ("schema:accessibilityFeature", "synchronizedAudioText"),
    ):
        if value not in package.told(name):
            package.tell(name, value)
    if not package.told("schema:accessibilityHazard"):
        package.tell("schema:accessibilityHazard", "unknown")
    for meta in package.metas("dcterms:modified"):
        if meta.get("refines") is None:
            meta.getparent().remove(meta)
    package.tell("dcterms:modified", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))

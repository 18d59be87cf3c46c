"""EPUB 2 and 3 to Manuscript."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from flows.script.manuscript import Manuscript
from flows.sources.adverts import ADVERTISEMENT, advert_page, index_page
from flows.sources.archive import Archive, DecompressionBomb, going_without, resolve
from flows.sources.assembling import manuscript_of
from flows.sources.blocks import Block, DocumentText
from flows.sources.chapters import Book, Mark, book_of, find_marks, own_marks, tell_apart
from flows.sources.encoding import warnings_of
from flows.sources.headings import VOLUMES, parse_heading
from flows.sources.lines import detect_wrapping, rejoin
from flows.sources.markup import INDEX, NOTES, ParsedDocument, parse_document, parse_xml
from flows.sources.matter import (
    apply_document_reason,
    is_body,
    mark_contents,
    mark_rights_page,
    mark_title_page,
    normal,
    notes_page,
    reason_by_name,
)
from flows.sources.notes import find_notes
from flows.sources.options import ReadOptions
from flows.sources.package import Package, SpineItem, read_package
from flows.sources.pronunciation import PronunciationLexicon, apply_lexicons, parse_pls
from flows.sources.toc import TocEntry, read_landmarks, read_toc
from flows.sources.xhtml import DocumentReader
from normalizers import DuoyinError
from tts_core.files import file_digest


def read(path: Path, options: ReadOptions = ReadOptions()) -> Manuscript:  # noqa: B008 - frozen
    """Read an EPUB.

    Raises:
        DuoyinError: the archive is damaged, protected by DRM, or holds nothing to read.
    """
    with Archive(path) as archive:
        package = read_package(archive)
        try:
            parsed = _parse_spine(archive, package)
            toc = read_toc(archive, package)
            kinds = {**read_landmarks(archive, package), **package.guide}
            documents = _read_documents(archive, package, parsed, toc, kinds, options)
        except RecursionError:
            raise DuoyinError(
                "its elements are nested hundreds deep, which no reading system can show",
                where=str(path),
                hint="convert it once with calibre, which flattens such markup",
            ) from None
    told = package.metadata
    about = replace(
        told,
        title=told.title or _first_title(documents) or path.stem,
        language=told.language or next((d.language for d in parsed.values() if d.language), "") or "",
    )
    titles = frozenset(normal(entry.title) for entry in toc if len(normal(entry.title)) > 1)
    _mark_running_heads(documents, about.title)
    for document in documents:
        mark_contents(document, titles, options)
        mark_rights_page(document, options)

    def chapters(book: Book) -> list[Mark]:
        contents = marks_from_toc(toc, documents, book)
        for low, high in _stretches_without_chapter(contents, book):
            mark_title_page(book.blocks[low:high], about.title, about.authors, options)
        return own_marks(book) or tell_apart(book, find_marks(book, contents))

    manuscript = manuscript_of(
        book_of(documents, about, options),
        documents,
        chapters,
        digest=file_digest(path),
        cover=package.cover,
        warnings=package.warnings,
    )
    if manuscript.chapters:
        return manuscript
    empty = "the book has no text that can be read aloud; its pages may be pictures"
    return replace(manuscript, warnings=(*manuscript.warnings, empty))


def _parse_spine(archive: Archive, package: Package) -> dict[str, ParsedDocument]:
    """The documents of the reading order, which loses those that cannot be read.

    Raises:
        DuoyinError: half of the book or more cannot be read, or a document is a decompression bomb.
    """
    parsed: dict[str, ParsedDocument] = {}
    lost: dict[str, DuoyinError] = {}
    for name in dict.fromkeys(item.name for item in package.spine):
        try:
            parsed[name] = _parse(archive, name, package.warnings)
        except DecompressionBomb:
            raise
        except DuoyinError as error:
            lost[name] = error
    if sum(map(archive.size, lost)) >= sum(map(archive.size, parsed)):
        for refused in lost.values():
            raise refused
    for name, refused in lost.items():
        package.warnings.append(
            f"{name} cannot be read; its words are missing from the book: {refused.message}"
        )
    package.spine = [item for item in package.spine if item.name in parsed]
    return parsed


def _parse(archive: Archive, name: str, warnings: list[str]) -> ParsedDocument:
    data = archive.read(name)
    if not data.strip():
        warnings.append(f"{name} is empty")
        data = b"<html><body/></html>"
    document = parse_document(data, where=f"{archive.path}, {name}")
    warnings += warnings_of(document.faults, name)
    if document.mended:
        warnings.append(f"{name} is not well-formed XHTML; it was read as a browser would")
    return document


def _read_documents(
    archive: Archive,
    package: Package,
    parsed: dict[str, ParsedDocument],
    toc: list[TocEntry],
    kinds: dict[str, str],
    options: ReadOptions,
) -> list[DocumentText]:
    def found(base: str, href: str) -> tuple[str, str]:
        member, fragment = resolve(base, href)
        return archive.find(member) or member, fragment

    notes = find_notes(list(parsed.items()), found)
    titles: dict[str, list[str]] = {}
    for entry in toc:
        if entry.document:
            titles.setdefault(entry.document, []).append(entry.title)
    documents: list[DocumentText] = []
    seen: dict[str, int] = {}
    for item in package.spine:
        seen[item.name] = seen.get(item.name, 0) + 1
        # The reading order may name a document twice; the second reading is a document of its own.
        name = item.name if seen[item.name] == 1 else f"{item.name} ({seen[item.name]})"
        tree = parsed[item.name]
        reason = "" if item.linear or options.nonlinear else "not-linear"
        document = DocumentReader(
            name, tree, options, notes, reason=reason, language=package.metadata.language
        ).read()
        _mend_lines(document)
        only = titles.get(item.name, [])
        why = _reason(item, kinds, only[0] if len(only) == 1 else "" if only else None, document)
        if why:
            apply_document_reason(document, why, options)
        lexicons = _lexicons(archive, item.name, tree, package)
        apply_lexicons(document.blocks, lexicons, tree.language or package.metadata.language)
        documents.append(document)
    return documents


def _reason(item: SpineItem, kinds: dict[str, str], title: str | None, document: DocumentText) -> str:
    """Why a whole document may not be read.

    Args:
        title: its one entry in the contents, "" for several; None where the contents do not list it, and its
            own first line says what it is.
    """
    first = next((b for b in document.blocks if b.text and not b.reason), None)
    own = first.text if first is not None and len(first.text) <= 80 else ""
    listed = own if title is None and first is not None and first.kind == "heading" else title or ""
    reason = reason_by_name(item.name, kinds.get(item.name, ""), listed)
    named = reason_by_name(item.name, kinds.get(item.name, ""), "")
    if reason and (reason == named or reason != NOTES or notes_page(document.blocks)):
        return reason
    names = [name for name in (title, own if title != "" else "") if name]
    if any(advert_page(name, document.blocks) for name in names):
        return ADVERTISEMENT
    return INDEX if any(index_page(name, document.blocks) for name in names) else ""


def _lexicons(
    archive: Archive, name: str, tree: ParsedDocument, package: Package
) -> list[PronunciationLexicon]:
    lexicons = []
    for link in tree.root.iter("link"):
        if "pronunciation" not in (link.get("rel") or "").split() or not link.get("href"):
            continue
        member = resolve(name, link.get("href"))[0]
        if archive.find(member) is None:
            package.warnings.append(f"{name} refers to the lexicon {member}, which is not in the file")
            continue
        with going_without(member, package.warnings):
            root = parse_xml(archive.read(member))
            lexicon = parse_pls(root) if root is not None else None
            if lexicon:
                lexicons.append(lexicon)
    return lexicons


def _mend_lines(document: DocumentText) -> None:
    """Join the lines of an element whose line breaks stand at a fixed width (converted from plain text)."""
    blocks: list[Block] = []
    index = 0
    while index < len(document.blocks):
        group = document.blocks[index].group
        end = index + 1
        while group and end < len(document.blocks) and document.blocks[end].group == group:
            end += 1
        lines = document.blocks[index:end]
        if len(lines) > 3 and all(line.kind in ("text", "blockquote") for line in lines):
            joined, left_out = rejoin(lines, detect_wrapping([[line.text for line in lines]]))
            document.left_out += left_out
            lines = joined
        blocks += lines
        index = end
    document.blocks = blocks


def _first_title(documents: list[DocumentText]) -> str:
    return next((b.text for d in documents for b in d.blocks if b.kind == "heading"), "")


def marks_from_toc(toc: list[TocEntry], documents: list[DocumentText], book: Book) -> list[Mark]:
    """Where the entries of the table of contents point, in reading order, one mark a place.

    Entries that share a place are told apart by the headings in the text; an entry without a link is placed
    at a heading of its words between its neighbours; a parent without text of its own gives way to its child.
    """
    first_block = {document.name: start for document, start in reversed(list(zip(documents, book.starts)))}
    by_name = {document.name: document for document in reversed(documents)}
    placed: list[tuple[int | None, TocEntry]] = []
    named: set[str] = set()
    for entry in toc:
        index: int | None = None
        if entry.document in by_name:
            document = by_name[entry.document]
            missing = bool(entry.fragment) and entry.fragment not in document.anchors
            # A fragment that is nowhere means the document, but only where no other entry does.
            if not missing or entry.document not in named:
                index = first_block[entry.document] + _block_at(document, entry.fragment)
            named.add(entry.document)
        placed.append((index, entry))
    placed = _by_heading(placed, book)
    marks: dict[int, Mark] = {}
    above: list[TocEntry] = []
    for place, entry in placed:
        above = [other for other in above if other.level < entry.level]
        volumes = _volumes(above, book)
        above.append(entry)
        if place is None or place >= len(book.blocks):
            continue
        source = (
            f"{entry.document}#{entry.fragment}"
            if entry.fragment
            else str(entry.document or book.blocks[place].document)
        )
        mark = Mark(entry.title, place, entry.level, source, volumes)
        earlier = marks.get(place)
        block = book.blocks[place]
        child = (
            earlier is not None and mark.volume == earlier.title and parse_heading(entry.title) is not None
        )
        if (
            earlier is None
            or child
            or (_names(block, mark.title), mark.level)
            > (
                _names(block, earlier.title),
                earlier.level,
            )
        ):
            marks[place] = mark
    return [marks[index] for index in sorted(marks)]


def _volumes(above: list[TocEntry], book: Book) -> tuple[str, ...]:
    """The volumes and parts that an entry of the contents stands under: neither the book itself nor a chapter."""
    named = [other.title for other in reversed(above)]
    return tuple(title for title in named if _is_volume(title, book))


def _is_volume(title: str, book: Book) -> bool:
    if normal(title) in ("", normal(book.about.title)) or is_body(title):
        return False
    heading = parse_heading(title)
    # an epilogue of two chapters holds them as a part does
    return heading is None or heading.unit in VOLUMES or heading.style == "bare" or heading.number is None


MIN_RUNNING_HEADS = 3
"""Documents that open with the book's title before it is more than a title page."""


def _mark_running_heads(documents: list[DocumentText], title: str) -> None:
    """Leave out the book's title where file after file opens with it, above the chapter's own heading."""
    firsts = [next((b for b in d.blocks if b.text and not b.reason), None) for d in documents]
    heads = [
        block
        for block in firsts
        if block is not None and block.kind == "heading" and title and normal(block.text) == normal(title)
    ]
    if len(heads) >= MIN_RUNNING_HEADS and 2 * len(heads) >= len(documents):
        for block in heads:
            block.reason = "repeated-heading"


def _block_at(document: DocumentText, fragment: str) -> int:
    offset = document.anchors.get(fragment)
    if not fragment or offset is None:
        return 0
    return next((i for i, b in enumerate(document.blocks) if b.end > offset), len(document.blocks))


def _by_heading(placed: list[tuple[int | None, TocEntry]], book: Book) -> list[tuple[int | None, TocEntry]]:
    result: list[tuple[int | None, TocEntry]] = []
    known = [index for index, _ in placed]
    counts = Counter(known)
    taken: set[int] = set()
    previous = 0
    for position, (index, entry) in enumerate(placed):
        if index is not None and counts[index] == 1:
            previous = index
            result.append((index, entry))
            continue
        low = max(previous, index or 0)
        later = (k for k in known[position + 1 :] if k is not None and k > low)
        high = next(later, len(book.blocks))
        match = next(
            (i for i in range(low, high) if i not in taken and _names(book.blocks[i], entry.title)), None
        )
        if match is not None:
            previous = match
            taken.add(match)
        result.append((match if match is not None else index, entry))
    return result


def _names(block: Block, title: str) -> bool:
    if not block.text or block.reason or len(block.text) > 200:
        return False
    wanted, text = normal(title), normal(block.text)
    if not wanted or not text:
        return False
    if wanted == text:
        return True
    if block.kind != "heading" or len(text) <= 3 or len(wanted) <= 3:
        return False
    # `Chapter 1` does not name `Chapter 1.1`: where one goes on, it must not go on with a number
    longer, shorter = (text, wanted) if len(text) > len(wanted) else (wanted, text)
    return longer.startswith(shorter) and not longer[len(shorter)].isdigit()


def _stretches_without_chapter(marks: list[Mark], book: Book) -> list[tuple[int, int]]:
    """What stands before the first chapter, then each document and each chapter that could be a title page."""
    bounds = sorted({0, *book.starts, *(mark.index for mark in marks), len(book.blocks)})
    return list(pairwise(bounds))[:6]

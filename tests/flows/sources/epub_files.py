"""EPUB files written for a test, and the law that every reader keeps: nothing of a document is lost."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from flows.script.manuscript import Manuscript
from flows.sources.markup import parse_document

CONTAINER = (
    '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<rootfiles><rootfile full-path="OPS/package.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    "</container>"
)


def page(body: str, *, head: str = "", attributes: str = "", language: str = "en") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
        f' xmlns:ssml="http://www.w3.org/2001/10/synthesis" xml:lang="{language}">'
        f"<head><title>page</title>{head}</head><body {attributes}>{body}</body></html>"
    )


def nav(entries: str) -> str:
    return page(f'<nav epub:type="toc"><ol>{entries}</ol></nav>')


def ncx(points: str) -> str:
    return (
        f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1"><navMap>{points}</navMap></ncx>'
    )


def point(title: str, href: str, children: str = "") -> str:
    return f'<navPoint id="p"><navLabel><text>{title}</text></navLabel><content src="{href}"/>{children}</navPoint>'


def write_epub(
    path: Path,
    documents: Mapping[str, str | bytes],
    *,
    toc: str = "",
    ncx_points: str = "",
    metadata: str = "<dc:title>A Book</dc:title><dc:language>en</dc:language><dc:creator>A. Writer</dc:creator>",
    linear: Mapping[str, str] | None = None,
    guide: str = "",
    extra: Mapping[str, str | bytes] | None = None,
    manifest: str = "",
    spine: Sequence[str] | None = None,
    package: str | None = None,
) -> Path:
    """An EPUB of the documents in their order, with a nav of `toc` entries or an NCX of `ncx_points`."""
    names = list(documents)
    items = "".join(
        f'<item id="d{i}" href="{n}" media-type="application/xhtml+xml"/>' for i, n in enumerate(names)
    )
    if toc:
        items += '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    if ncx_points:
        items += '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    order = names if spine is None else spine
    refs = "".join(
        f'<itemref idref="d{names.index(n)}" linear="{(linear or {}).get(n, "yes")}"/>' for n in order
    )
    opf = package or (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">'
        f'<dc:identifier id="id">x</dc:identifier>{metadata}</metadata>'
        f"<manifest>{items}{manifest}</manifest>"
        f"<spine{' toc=' + chr(34) + 'ncx' + chr(34) if ncx_points else ''}>{refs}</spine><guide>"
        f"{guide}</guide></package>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("OPS/package.opf", opf)
        if toc:
            archive.writestr("OPS/nav.xhtml", nav(toc))
        if ncx_points:
            archive.writestr("OPS/toc.ncx", ncx(ncx_points))
        for name, content in {**documents, **(extra or {})}.items():
            archive.writestr(f"OPS/{name}" if not name.startswith("META-INF") else name, content)
    return path


def texts(manuscript: Manuscript) -> list[str]:
    return [p.text for c in manuscript.chapters for p in c.paragraphs if p.text]


def titles(manuscript: Manuscript) -> list[str]:
    return [c.title for c in manuscript.chapters]


def reasons(manuscript: Manuscript) -> dict[str, str]:
    """Reason -> all text left out for it."""
    found: dict[str, str] = {}
    for item in manuscript.left_out:
        found[item.reason] = found.get(item.reason, "") + item.text
    return found


def document_texts(path: Path) -> dict[str, str]:
    """The text of every spine document, straight from the parsed tree and without the reader's walk."""
    if path.suffix != ".epub":
        raise ValueError(path)
    from flows.sources.archive import Archive
    from flows.sources.package import read_package

    result: dict[str, str] = {}
    with Archive(path) as archive:
        counts: dict[str, int] = {}
        for item in read_package(archive).spine:
            counts[item.name] = counts.get(item.name, 0) + 1
            name = item.name if counts[item.name] == 1 else f"{item.name} ({counts[item.name]})"
            data = archive.read(item.name)
            result[name] = "".join(parse_document(data).body.itertext()) if data.strip() else ""
    return result


def assert_tiles(manuscript: Manuscript, documents: Mapping[str, str]) -> None:
    """Every character of the documents that is not white space is read once or left out once."""
    spans: dict[str, list[tuple[int, int]]] = {name: [] for name in documents}
    for chapter in manuscript.chapters:
        for paragraph in chapter.paragraphs:
            for piece in paragraph.pieces:
                source = documents[piece.document][piece.start : piece.end]
                shown = paragraph.text[piece.at : piece.at + piece.length]
                assert source == shown or re.sub(r"\s", " ", source) == shown
                assert piece.length == piece.end - piece.start
                spans[piece.document].append((piece.start, piece.end))
            for hint in paragraph.hints:
                assert 0 <= hint.start < hint.end <= len(paragraph.text)
    for item in manuscript.left_out:
        assert documents[item.document][item.start : item.end] == item.text
        spans[item.document].append((item.start, item.end))
    for name, text in documents.items():
        at = 0
        for start, end in sorted(spans[name]):
            assert start >= at, f"{name}: read or left out twice: {text[start:at]!r}"
            assert not text[at:start].strip(), f"{name}: lost: {text[at:start]!r}"
            at = end
        assert not text[at:].strip(), f"{name}: lost: {text[at:]!r}"
    totals = manuscript.accounting()
    assert totals.source == totals.read + totals.left_out

"""Tables of contents: the EPUB 3 navigation document and the EPUB 2 NCX, as a flat list with levels."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from flows.sources.archive import Archive, going_without, resolve
from flows.sources.markup import EPUB_TYPE, parse_document, parse_xml
from flows.sources.package import Package
from flows.sources.soup import local_name


@dataclass(frozen=True, slots=True)
class TocEntry:
    """One line of the table of contents. `document` is None for an entry without a link."""

    title: str
    document: str | None
    fragment: str
    level: int


def read_toc(archive: Archive, package: Package) -> list[TocEntry]:
    """The navigation document's toc, or the NCX where that says more (or alone exists)."""
    nav: list[TocEntry] = []
    ncx: list[TocEntry] = []
    if package.nav:
        with going_without(package.nav, package.warnings):
            nav = _nav_entries(archive, package.nav)
    if package.ncx:
        with going_without(package.ncx, package.warnings):
            ncx = _ncx_entries(archive, package.ncx)
    linked = sum(1 for entry in nav if entry.document)
    # Converters write a nav with one dead entry beside a full NCX; a shallow NCX beside a full nav is usual.
    return nav if linked > 1 or linked >= sum(1 for entry in ncx if entry.document) else ncx


def read_landmarks(archive: Archive, package: Package) -> dict[str, str]:
    """Whole documents that the landmarks of the navigation document give a type: member -> type."""
    if package.nav is None:
        return {}
    landmarks: list[etree._Element] = []
    with going_without(package.nav, package.warnings):
        landmarks = _navs(parse_document(archive.read(package.nav)).root, "landmarks")
    marks: dict[str, str] = {}
    for nav in landmarks:
        for link in nav.iter("a"):
            types = (link.get(EPUB_TYPE) or "").split()
            member, fragment = resolve(package.nav, link.get("href") or "")
            found = archive.find(member)
            if types and found and not fragment:
                marks.setdefault(found, types[0])
    return marks


def _entry(archive: Archive, base: str, label: str, href: str | None, level: int) -> TocEntry | None:
    title = " ".join(label.split())
    document, fragment = None, ""
    if href:
        member, fragment = resolve(base, href)
        document = archive.find(member)
    return TocEntry(title, document, fragment, level) if title or document else None


def _navs(root: etree._Element, kind: str) -> list[etree._Element]:
    return [nav for nav in root.iter("nav") if kind in (nav.get(EPUB_TYPE) or nav.get("type") or "").split()]


def _nav_entries(archive: Archive, name: str) -> list[TocEntry]:
    root = parse_document(archive.read(name)).root
    navs = _navs(root, "toc") or [
        nav for nav in root.iter("nav") if nav.get("role") == "doc-toc" or nav.get("id") == "toc"
    ]
    if not navs:
        untyped = [nav for nav in root.iter("nav") if not nav.get(EPUB_TYPE)]
        navs = untyped[:1] or [nav for nav in root.iter("body") if nav.find(".//ol") is not None]
    entries: list[TocEntry] = []
    for nav in navs[:1]:
        lists = list(nav.iter("ol", "ul"))[:1]
        for top in lists:
            _nav_list(archive, name, top, 1, entries)
    return entries


def _nav_list(
    archive: Archive, base: str, items: etree._Element, level: int, entries: list[TocEntry]
) -> None:
    for item in items:
        if item.tag != "li":
            continue
        label, href = "", None
        for node in item.iter():
            if node.tag in ("ol", "ul"):
                break
            if node.tag == "a":
                label, href = _label(node), node.get("href")
                break
            if node.tag == "span" and not label:
                label = _label(node)
        if not label and href is None:
            label = item.text or ""
        entry = _entry(archive, base, label, href, level)
        if entry:
            entries.append(entry)
        for child in item:
            if child.tag in ("ol", "ul"):
                _nav_list(archive, base, child, level + 1, entries)


def _label(node: etree._Element) -> str:
    """The words of a link; for a picture its title or alternative text. Ruby readings are no part of it."""
    parts = []
    for part in node.iter():
        if not isinstance(part.tag, str):
            continue
        if part.tag not in ("rt", "rp"):
            parts.append(part.text or "")
        if part.tag == "br":
            parts.append(" ")
        if part is not node:
            parts.append(part.tail or "")
    label = "".join(parts)
    if not label.strip():
        picture = next(iter(node.iter("img")), None)
        label = node.get("title") or (
            picture.get("alt") or picture.get("title") or "" if picture is not None else ""
        )
    return label


def _ncx_entries(archive: Archive, name: str) -> list[TocEntry]:
    root = parse_xml(archive.read(name))
    entries: list[TocEntry] = []
    nav_map = next(iter(root.iter("{*}navMap")), None) if root is not None else None
    if nav_map is not None:
        for point in nav_map:
            _ncx_point(archive, name, point, 1, entries)
    return entries


def _ncx_point(
    archive: Archive, base: str, point: etree._Element, level: int, entries: list[TocEntry]
) -> None:
    if local_name(point.tag) != "navpoint":
        return
    label, href = "", None
    for child in point:
        local = local_name(child.tag)
        if local == "navlabel":
            label = label or "".join(child.itertext())
        elif local == "content":
            href = href or child.get("src")
    entry = _entry(archive, base, label, href, level)
    if entry:
        entries.append(entry)
    for child in point:
        _ncx_point(archive, base, child, level + 1, entries)

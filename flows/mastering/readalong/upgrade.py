"""A book of EPUB 2 as one of EPUB 3, which alone has sound to its text: package, contents and pages; the text stays.

What EPUB 2 has and EPUB 3 has not is said in the words of EPUB 3 (OPF 2.0.1; EPUB 3.3, 5; HTML, 16 on what is
obsolete).
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Mapping
from html import escape

from lxml import etree

from flows.mastering.readalong.letters import ids_of, parse
from flows.mastering.readalong.package import (
    DC,
    OPF,
    PAGE_TYPES,
    XHTML_TYPE,
    Package,
    address,
    document_bytes,
)
from flows.mastering.readalong.pages import modern_page, properties_of

NCX_TYPE = "application/x-dtbncx+xml"
_NCX = "{http://www.daisy.org/z3986/2005/ncx/}"
_XML_ID = re.compile(r"[^\W\d][\w.\-]*")
_ROLE = re.compile(r"[a-z]{3}")
_LANDMARKS = {
    "cover": "cover",
    "title-page": "titlepage",
    "toc": "toc",
    "index": "index",
    "glossary": "glossary",
    "acknowledgements": "acknowledgments",
    "bibliography": "bibliography",
    "copyright-page": "copyright-page",
    "dedication": "dedication",
    "epigraph": "epigraph",
    "foreword": "foreword",
    "loi": "loi",
    "lot": "lot",
    "preface": "preface",
    "text": "bodymatter",
}
"""Types of the guide (OPF 2.0.1, 2.6) and of landmarks (EPUB Structural Semantics 1.1)."""


def upgrade(
    package: Package, file: zipfile.ZipFile, marked: Mapping[str, etree._ElementTree], title: str
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Make a book one of EPUB 3; the members that are changed, and the new ones.

    Args:
        package: changed in place.
        marked: pages that are being changed already; changed in place, and not among the members returned.
        title: of the book, for pages that have none.
    """
    changed: dict[str, bytes] = {}
    trees: dict[str, etree._ElementTree] = {}
    for member, item in package.by_member().items():
        if item.get("media-type") not in PAGE_TYPES or member not in package.names:
            continue
        tree = marked.get(member) or parse(file.read(member))
        if tree is None:
            continue
        item.set("media-type", XHTML_TYPE)
        modern_page(tree, title)
        trees[member] = tree
        if told := properties_of(tree):
            item.set("properties", " ".join(told))
        if member not in marked:
            changed[member] = document_bytes(tree, "<!DOCTYPE html>")
    _package(package)
    ids = {member: ids_of(tree.getroot()) for member, tree in trees.items()}
    folder = (
        package.free_folder("nav") if posixpath.join(package.folder, "nav.xhtml") in package.names else None
    )
    nav = posixpath.join(folder or package.folder, "nav.xhtml")
    package.add(nav, XHTML_TYPE, "nav", properties="nav")
    return changed, {nav: _nav(package, file, nav, ids, title)}


def _package(package: Package) -> None:
    """Version, metadata, manifest and spine as EPUB 3 has them."""
    root = package.root
    root.set("version", "3.0")
    for element in root.iter():
        if isinstance(element.tag, str):
            for name in [n for n in element.attrib if n.startswith("{") and f"{{{OPF}}}" not in n]:
                if "XML/1998" not in name:  # xsi:type and its like
                    del element.attrib[name]
    for wrapper in [*package.part("metadata").iter(f"{{{OPF}}}dc-metadata", f"{{{OPF}}}x-metadata")]:
        for child in list(wrapper):
            package.part("metadata").append(child)
        wrapper.getparent().remove(wrapper)
    _metadata(package)
    covers = {
        m.get("content")
        for m in package.part("metadata").iterchildren(f"{{{OPF}}}meta")
        if m.get("name") == "cover"
    }
    for item in package.items():
        for name in ("fallback-style", "required-namespace", "required-modules"):
            item.attrib.pop(name, None)
        if item.get("id") in covers and (item.get("media-type") or "").startswith("image/"):
            item.set("properties", "cover-image")
    for part in root.findall(f"{{{OPF}}}tours") + [g for g in root.findall(f"{{{OPF}}}guide") if not len(g)]:
        root.remove(part)
    _linear(package)


def _metadata(package: Package) -> None:
    dates: list[etree._Element] = []
    refined: list[tuple[etree._Element, Mapping[str, str]]] = []
    for element in list(package.part("metadata")):
        if not isinstance(element.tag, str):
            continue
        told = {
            name.rpartition("}")[2]: element.attrib.pop(name)
            for name in list(element.attrib)
            if f"{{{OPF}}}" in name
        }
        if element.tag.startswith(f"{{{DC}}}"):
            name = element.tag.rpartition("}")[2]
            if not (element.text or "").strip() and name not in ("identifier", "title", "language"):
                element.getparent().remove(element)
                continue
            if name == "date":
                dates.append(element)
                element.set("event", told.get("event", ""))
            refined.append((element, told))
        elif element.tag == f"{{{OPF}}}meta" and element.get("property") is None:
            for name in list(element.attrib):
                if name not in ("name", "content", "id"):
                    del element.attrib[name]
            if not element.get("name") or not element.get("content"):
                element.getparent().remove(element)
    etree.cleanup_namespaces(package.root)
    for element, tells in refined:
        _refine(package, element, tells)
    published = [d for d in dates if d.get("event") in ("publication", "original-publication")] or [
        d for d in dates if d.get("event") not in ("modification", "creation")
    ]
    for date in dates:
        del date.attrib["event"]
        if date not in published[:1]:
            date.getparent().remove(date)


def _refine(package: Package, element: etree._Element, told: Mapping[str, str]) -> None:
    """What attributes of EPUB 2 say of a name, as metadata that refine it."""
    role, sorted_as = told.get("role", ""), told.get("file-as", "").strip()
    known = [("role", role)] if _ROLE.fullmatch(role) else []
    known += [("file-as", sorted_as)] if sorted_as else []
    for name, value in known:
        if not element.get("id"):
            element.set("id", package.free_id(element.tag.rpartition("}")[2]))
        extra = {"scheme": "marc:relators"} if name == "role" else {}
        package.tell(name, value, refines=f"#{element.get('id')}", **extra)


def _linear(package: Package) -> None:
    """Only what the guide leads to may stand outside the reading order: nothing else could be reached (EPUB 3.3,
    5.7.3)."""
    guided = {member for member, _, _ in _guide(package)}
    by_id = {item.get("id"): item for item in package.items()}
    for ref in package.part("spine").iterchildren(f"{{{OPF}}}itemref"):
        item = by_id.get(ref.get("idref"))
        if ref.get("linear") == "no" and (item is None or package.member(item) not in guided):
            del ref.attrib["linear"]


def _guide(package: Package) -> list[tuple[str, str, str]]:
    """(member, landmark, title) of what the guide names."""
    found = []
    for reference in package.root.iter(f"{{{OPF}}}reference"):
        kind = (reference.get("type") or "").lower().removeprefix("other.")
        member = package.resolved(reference.get("href") or "")
        if member is not None and kind in _LANDMARKS:
            found.append((member, _LANDMARKS[kind], reference.get("title") or kind))
    return found


def _nav(package: Package, file: zipfile.ZipFile, nav: str, ids: Mapping[str, set[str]], title: str) -> bytes:
    """The navigation document, from the NCX and the guide."""
    contents, pages = "", ""
    for item in package.items():
        member = package.member(item)
        if item.get("media-type") == NCX_TYPE and member in package.names:
            ncx = _ncx(file.read(member or ""))
            if ncx is not None and member is not None:
                contents = contents or _points(package, ncx, f"{_NCX}navPoint", member, nav, ids)
                pages = pages or _points(package, ncx, f"{_NCX}pageTarget", member, nav, ids)
    if not contents:
        rows = [
            f'<li><a href="{escape(address(m, nav))}">{escape(m)}</a></li>'
            for m in package.spine()
            if m in ids
        ]
        contents = f"<ol>{''.join(rows)}</ol>"
    marks = {
        kind: f'<li><a epub:type="{kind}" href="{escape(address(member, nav))}">{escape(told.strip() or kind)}</a></li>'
        for member, kind, told in _guide(package)
        if member in ids
    }
    parts = [f'<nav epub:type="toc" id="toc"><h1>{escape(title)}</h1>\n{contents}</nav>']
    if marks:
        parts.append(f'<nav epub:type="landmarks" hidden="hidden"><ol>{"".join(marks.values())}</ol></nav>')
    if pages:
        parts.append(f'<nav epub:type="page-list" hidden="hidden">{pages}</nav>')
    body = "\n".join(parts)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">\n'
        f"<head><title>{escape(title)}</title></head>\n<body>\n{body}\n</body>\n</html>\n"
    ).encode()


def _ncx(data: bytes) -> etree._Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root = etree.fromstring(data.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return root if root is not None and root.tag == f"{_NCX}ncx" else None


def _points(
    package: Package,
    ncx: etree._Element,
    tag: str,
    member: str,
    nav: str,
    ids: Mapping[str, set[str]],
) -> str:
    """A list of the points of an NCX, nested as they are; "" where there is none."""
    top = ncx.find(f"{_NCX}navMap" if tag.endswith("navPoint") else f"{_NCX}pageList")
    return _list(package, top, tag, member, nav, ids) if top is not None else ""


def _list(
    package: Package,
    parent: etree._Element,
    tag: str,
    member: str,
    nav: str,
    ids: Mapping[str, set[str]],
) -> str:
    rows = []
    for point in parent.iterchildren(tag):
        label = (
            " ".join("".join(point.itertext(f"{_NCX}text")).split())
            if tag.endswith("pageTarget")
            else _label(point)
        )
        below = _list(package, point, tag, member, nav, ids)
        content = point.find(f"{_NCX}content")
        href = _target(package, (content.get("src") or "") if content is not None else "", member, nav, ids)
        text = escape(label) or "…"
        if href:
            rows.append(f'<li><a href="{escape(href)}">{text}</a>{below}</li>')
        elif below:
            rows.append(f"<li><span>{text}</span>{below}</li>")
    return f"<ol>{''.join(rows)}</ol>" if rows else ""


def _label(point: etree._Element) -> str:
    label = point.find(f"{_NCX}navLabel")
    return " ".join("".join(label.itertext()).split()) if label is not None else ""


def _target(package: Package, src: str, ncx: str, nav: str, ids: Mapping[str, set[str]]) -> str:
    """The address of a point; without its fragment where no element has it, "" where it leads to no page."""
    path, _, fragment = src.partition("#")
    member = package.resolved(path, ncx)
    if member is None or member not in ids:
        return ""
    return address(member, nav) + (f"#{fragment}" if fragment in ids[member] else "")

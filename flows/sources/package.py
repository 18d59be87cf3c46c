"""The package of an EPUB: metadata, manifest, spine, guide and cover, read through ebooklib.

ebooklib knows the package format; what it lacks is patience with broken books. `BoundedReader` gives it a
package document that was repaired first, members through the bounded `Archive`, and leaves content,
navigation and NCX to `toc.py` and `xhtml.py`.
"""

from __future__ import annotations

import base64
import posixpath
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from ebooklib import epub
from lxml import etree

from flows.script.manuscript import Cover
from flows.sources.archive import Archive
from normalizers import DuoyinError

OPF = "http://www.idpf.org/2007/opf"
DC = "http://purl.org/dc/elements/1.1/"
CONTAINER = "urn:oasis:names:tc:opendocument:xmlns:container"
XML_ENCRYPTION = "http://www.w3.org/2001/04/xmlenc#"
CONTENT_TYPES = {
    "application/xhtml+xml",
    "text/html",
    "application/x-dtbook+xml",
    "text/x-oeb1-document",
    "image/svg+xml",
}
FONT_ALGORITHMS = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
"""Font obfuscation (EPUB 3 OCF, 4.4; and Adobe's), which hides no text."""
MAX_FALLBACKS = 20


@dataclass(frozen=True, slots=True)
class SpineItem:
    """One document of the reading order. `name` is its member in the archive."""

    name: str
    linear: bool
    properties: frozenset[str]


@dataclass(slots=True)
class Package:
    title: str = ""
    authors: tuple[str, ...] = ()
    language: str = ""
    identifier: str | None = None
    publisher: str | None = None
    description: str | None = None
    year: str | None = None
    series: str | None = None
    series_index: str | None = None
    cover: Cover | None = None
    spine: list[SpineItem] = field(default_factory=list)
    guide: dict[str, str] = field(default_factory=dict)  # member -> guide type
    nav: str | None = None
    ncx: str | None = None
    warnings: list[str] = field(default_factory=list)


def parse_xml(data: bytes, *, recover: bool = True) -> etree._Element | None:
    """XML without entities, DTDs or network; None where nothing can be made of it."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=recover)
    try:
        return etree.fromstring(data.lstrip(b"\x00\r\n\t "), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def resolve(base: str, href: str) -> tuple[str, str]:
    """The member and the fragment that `href` means in a document `base` (both percent-decoded)."""
    path, _, fragment = href.strip().partition("#")
    member = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(path))) if path else base
    return member, unquote(fragment)


class BoundedReader(epub.EpubReader):  # type: ignore[misc]
    """ebooklib's reader on our archive: nothing unbounded, nothing fatal for want of a picture."""

    def __init__(self, archive: Archive, package_path: str, package: bytes) -> None:
        super().__init__(str(archive.path), {"ignore_ncx": True})
        self.archive = archive
        self.opf_file = package_path
        self.opf_dir = posixpath.dirname(package_path)
        self._package = package

    def load(self) -> epub.EpubBook:
        self._load_opf_file()
        return self.book

    def read_file(self, name: str) -> bytes:
        # Members are read when they are needed, by the archive; ebooklib would load every picture first.
        return self._package if name == self.opf_file else b""

    def _parse_nav(self, data: bytes, base_path: str, navtype: str = "toc") -> None:
        """Left to `toc.py`, which keeps unlinked entries and survives other shapes."""

    def _parse_ncx(self, data: bytes) -> None:
        """Left to `toc.py`."""


def read_package(archive: Archive) -> Package:
    """Read container and package document.

    Raises:
        DuoyinError: no package document, nothing in the spine, or content locked by DRM.
    """
    where = str(archive.path)
    opf_path = _package_path(archive)
    _refuse_drm(archive, {opf_path})
    root = parse_xml(archive.read(opf_path))
    if root is None or etree.QName(root).localname != "package":
        raise DuoyinError(
            f"its package document {opf_path} cannot be read", where=where, hint="export the book again"
        )
    package = Package()
    _repair(root, package)
    book = BoundedReader(archive, opf_path, etree.tostring(root)).load()
    _metadata(book, package)
    by_id = {item.get_id(): item for item in book.get_items()}
    fallbacks = {item.get("id"): item.get("fallback") for item in root.iter(f"{{{OPF}}}item")}
    by_href = {item.file_name: item for item in book.get_items()}
    for idref, linear in book.spine:
        if idref not in by_id and idref in by_href:  # a spine of file names where ids should stand
            by_id[idref] = by_href[idref]
        item = _readable(idref, by_id, fallbacks) or _by_content(archive, opf_path, by_id.get(idref))
        if item is None:
            package.warnings.append(f"the spine names {idref!r}, which is no readable document")
            continue
        name = archive.find(resolve(opf_path, item.file_name)[0])
        if name is None:
            package.warnings.append(f"{item.file_name} is in the reading order but not in the file")
            continue
        properties = frozenset(getattr(item, "properties", ()) or ())
        if isinstance(item, epub.EpubNav):
            properties |= {"nav"}
        package.spine.append(SpineItem(name, linear != "no", properties))
    if not package.spine:
        raise DuoyinError(
            "there is no readable document in the book's reading order",
            where=where,
            hint="open it in an editor such as Sigil or calibre and check the spine",
        )
    for item in book.get_items():
        if isinstance(item, epub.EpubNav):
            package.nav = package.nav or archive.find(resolve(opf_path, item.file_name)[0])
        elif isinstance(item, epub.EpubNcx):
            package.ncx = package.ncx or archive.find(resolve(opf_path, item.file_name)[0])
    for reference in book.guide:
        if reference.get("href") and reference.get("type"):
            member = archive.find(resolve(opf_path, reference["href"])[0])
            # a fragment means a place within a document that may hold much else
            if member and "#" not in reference["href"]:
                package.guide.setdefault(member, reference["type"].lower())
    package.cover = _cover(archive, opf_path, book, root)
    _refuse_drm(archive, {item.name for item in package.spine})
    return package


def _package_path(archive: Archive) -> str:
    where = str(archive.path)
    try:
        container = parse_xml(archive.read("META-INF/container.xml"))
    except KeyError:
        container = None
    if container is not None:
        for rootfile in container.iter("{*}rootfile"):
            path = archive.find(rootfile.get("full-path") or "")
            if path:
                return path
    packages = [name for name in archive.names() if name.lower().endswith(".opf")]
    if len(packages) == 1:
        return packages[0]  # the container file is lost or wrong, but there is only one thing it could say
    raise DuoyinError(
        "this is not a complete EPUB: no package document (.opf) can be found",
        where=where,
        hint="check that the file is an EPUB and not, for example, a folder of web pages",
    )


def _repair(root: etree._Element, package: Package) -> None:
    """Give ebooklib what it takes for granted: namespaces, a metadata, a manifest, a spine, whole items."""
    for node in list(root.iter()):
        if not isinstance(node.tag, str):
            _remove(node)
            continue
        name = etree.QName(node)
        if name.namespace in (None, "http://openebook.org/namespaces/oeb-package/1.0/"):
            node.tag = f"{{{OPF}}}{name.localname}"
        elif name.namespace and name.namespace.lower().rstrip("/").endswith("dc/elements/1.0"):
            node.tag = f"{{{DC}}}{name.localname.lower()}"
    for part in ("metadata", "manifest", "spine"):
        if root.find(f"{{{OPF}}}{part}") is None:
            etree.SubElement(root, f"{{{OPF}}}{part}")
    metadata = root.find(f"{{{OPF}}}metadata")
    if DC not in metadata.nsmap.values():  # a prefix cannot be added to an element that exists
        declared = etree.Element(metadata.tag, nsmap={**metadata.nsmap, "dc": DC})
        declared.extend(list(metadata))
        root.replace(metadata, declared)
        metadata = declared
    for wrapper in [
        w for name in ("dc-metadata", "x-metadata") for w in metadata.findall(f"{{{OPF}}}{name}")
    ]:
        metadata.extend(list(wrapper))
        metadata.remove(wrapper)
    manifest = root.find(f"{{{OPF}}}manifest")
    spine = root.find(f"{{{OPF}}}spine")
    seen: set[str] = set()
    for item in list(manifest):
        identifier = item.get("id")
        if not item.get("href"):
            manifest.remove(item)
            continue
        if not identifier or identifier in seen:
            identifier = _own_id(identifier, item, spine, seen, package)
        seen.add(identifier)
    for itemref in list(spine):
        if not itemref.get("idref"):
            spine.remove(itemref)
    if len(spine) == 0:
        package.warnings.append("the package has no reading order; the manifest's order is taken")
        for item in manifest:
            if item.get("media-type") in CONTENT_TYPES and "nav" not in (item.get("properties") or ""):
                etree.SubElement(spine, f"{{{OPF}}}itemref", idref=item.get("id"))
    if spine.get("toc") not in seen:
        spine.attrib.pop("toc", None)


def _own_id(
    identifier: str | None, item: etree._Element, spine: etree._Element, seen: set[str], package: Package
) -> str:
    """Give an item without an id, or with one that is taken, its own.

    Where the reading order names the taken id more than once, its next place is this item's: each of two
    chapters that share an id is read, and neither twice.
    """
    own = f"{identifier or 'item'}-{len(seen)}"
    while own in seen:
        own += "-"
    item.set("id", own)
    if identifier:
        places = [ref for ref in spine if ref.get("idref") == identifier]
        if len(places) > 1:
            places[1].set("idref", own)
            package.warnings.append(
                f"two documents share the id {identifier!r}; they are read in the order of the manifest"
            )
    return own


def _remove(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is None:
        return
    if node.tail:
        previous = node.getprevious()
        if previous is not None:
            previous.tail = (previous.tail or "") + node.tail
        else:
            parent.text = (parent.text or "") + node.tail
    parent.remove(node)


def _readable(idref: str, by_id: dict[str, Any], fallbacks: dict[str, str | None]) -> Any:
    """The item, or the first of its fallbacks, that is a content document (EPUB 3.3, 3.5.1)."""
    current: str | None = idref
    for _ in range(MAX_FALLBACKS):
        item = by_id.get(current) if current else None
        if item is None:
            return None
        kind = (item.media_type or "").lower()
        if kind in CONTENT_TYPES or (not kind and re.search(r"\.x?html?$", item.file_name, re.I)):
            return item
        current = fallbacks.get(current) if current else None
    return None


_MARKUP = re.compile(rb"<(!doctype\s+html|html|body|dtbook)\b", re.I)


def _by_content(archive: Archive, opf_path: str, item: Any) -> Any:
    """The item, where its bytes are a page whatever media type the manifest gives it (`text/plain`, `text/xml`)."""
    name = archive.find(resolve(opf_path, item.file_name)[0]) if item is not None else None
    if name is None or re.search(r"\.(jpe?g|png|gif|webp|css|js|otf|ttf|woff2?|mp[34]|ncx)$", name, re.I):
        return None
    head = archive.read(name)[:2048].replace(b"\0", b"")
    return item if _MARKUP.search(head) or re.search(r"\.x?html?$", name, re.I) else None


def _metadata(book: epub.EpubBook, package: Package) -> None:
    refinements = _refinements(book)
    titles = _values(book, "title", refinements)
    main = [text for text, kind in titles if kind == "main"] or [
        text for text, kind in titles if kind in (None, "", "main")
    ]
    package.title = (main or [text for text, _ in titles] or [""])[0]
    creators = []
    for value, others in _dc(book, "creator"):
        role = _role(others, refinements)
        if value and value.strip() and role in (None, "aut", "author"):
            creators.append(_fold(value))
    if not creators:  # no author by role: whoever made it
        creators = [_fold(value) for value, _ in _dc(book, "creator") if value and value.strip()]
    package.authors = tuple(dict.fromkeys(creators))
    languages = [_fold(value) for value, _ in _dc(book, "language") if value and value.strip()]
    package.language = languages[0] if languages else ""
    package.identifier = (
        _fold(book.uid)
        if book.uid and any(value == book.uid for value, _ in _dc(book, "identifier"))
        else None
    )
    package.publisher = _first(book, "publisher")
    package.description = _plain(_first(book, "description"))
    # calibre writes 0101-01-01 for an unknown date
    years = [re.search(r"(?<!\d)([1-9]\d{3})(?!\d)", value or "") for value, _ in _dates(book)]
    package.year = next((match.group(1) for match in years if match), None)
    _series(book, refinements, package)


def _fold(text: str) -> str:
    return " ".join(text.split())


def _plain(text: str | None) -> str | None:
    """Descriptions often carry escaped HTML."""
    return _fold(re.sub(r"<[^>]*>", " ", text)) if text else None


def _dc(book: epub.EpubBook, name: str) -> list[tuple[str | None, dict[str, str]]]:
    """ebooklib's `get_metadata`, which fails where a package has no Dublin Core at all."""
    found: list[tuple[str | None, dict[str, str]]] = book.metadata.get(DC, {}).get(name, [])
    return found


def _first(book: epub.EpubBook, name: str) -> str | None:
    return next((_fold(value) for value, _ in _dc(book, name) if value and value.strip()), None)


def _dates(book: epub.EpubBook) -> list[tuple[str | None, dict[str, str]]]:
    """dc:date, the publication first, the file's modification never."""
    event = f"{{{OPF}}}event"
    dates = [d for d in _dc(book, "date") if d[1].get(event) not in ("modification", "creation")]
    return sorted(dates, key=lambda d: d[1].get(event) not in ("original-publication", "publication"))


def _metas(book: epub.EpubBook) -> list[tuple[str | None, dict[str, str]]]:
    """Every `meta` of the package, EPUB 2 (`name`/`content`) and EPUB 3 (`property`)."""
    found = []
    for names in book.metadata.values():
        for values in names.values():
            found += [
                (value, others) for value, others in values if "property" in others or "content" in others
            ]
    return found


def _refinements(book: epub.EpubBook) -> dict[str, dict[str, str]]:
    """`#id` -> property -> value."""
    table: dict[str, dict[str, str]] = {}
    for value, others in _metas(book):
        if others.get("refines") and others.get("property") and value:
            table.setdefault(others["refines"].lstrip("#"), {})[others["property"]] = value.strip()
    return table


def _values(
    book: epub.EpubBook, name: str, refinements: dict[str, dict[str, str]]
) -> list[tuple[str, str | None]]:
    values = []
    for value, others in _dc(book, name):
        if value and value.strip():
            values.append((_fold(value), refinements.get(others.get("id", ""), {}).get("title-type")))
    return values


def _role(others: dict[str, str], refinements: dict[str, dict[str, str]]) -> str | None:
    role = others.get(f"{{{OPF}}}role") or refinements.get(others.get("id", ""), {}).get("role")
    return role.strip().lower() if role else None


def _series(book: epub.EpubBook, refinements: dict[str, dict[str, str]], package: Package) -> None:
    for value, others in _metas(book):
        if others.get("property") == "belongs-to-collection" and value and not others.get("refines"):
            refined = refinements.get(others.get("id", ""), {})
            if refined.get("collection-type", "series") == "series":
                package.series, package.series_index = _fold(value), refined.get("group-position")
                return
    named = {others.get("name"): others.get("content") for _, others in _metas(book)}
    package.series = named.get("calibre:series") or None
    package.series_index = named.get("calibre:series_index") if package.series else None


def _cover(archive: Archive, opf_path: str, book: epub.EpubBook, root: etree._Element) -> Cover | None:
    """EPUB 3 `cover-image`, then EPUB 2 `meta name="cover"`, then the guide's cover page's picture."""
    items = {item.get("id"): item for item in root.iter(f"{{{OPF}}}item")}
    candidates = [item for item in items.values() if "cover-image" in (item.get("properties") or "").split()]
    for _, others in _metas(book):
        if others.get("name") == "cover" and others.get("content") in items:
            candidates.append(items[others["content"]])
    for item in candidates:
        if (item.get("media-type") or "").startswith("image/"):
            cover = _image(archive, resolve(opf_path, item.get("href"))[0])
            if cover:
                return cover
    for reference in book.guide:
        if (reference.get("type") or "").lower() == "cover" and reference.get("href"):
            page = archive.find(resolve(opf_path, reference["href"])[0])
            if page and re.search(r"\.(jpe?g|png|gif|webp)$", page, re.I):
                return _image(archive, page)
            tree = parse_xml(archive.read(page)) if page else None
            for element in tree.iter("{*}img", "{*}image") if tree is not None else ():
                href = element.get("src") or element.get("{http://www.w3.org/1999/xlink}href")
                if href and page:
                    return _image(archive, resolve(page, href)[0])
    return None


def _image(archive: Archive, name: str) -> Cover | None:
    try:
        data = archive.read(name)
    except KeyError:
        return None
    # The manifest's media type is wrong often enough (image/jpg, PNG called JPEG): believe the bytes.
    signatures = {
        b"\xff\xd8\xff": "image/jpeg",
        b"\x89PNG": "image/png",
        b"GIF8": "image/gif",
        b"RIFF": "image/webp",
    }
    for signature, media_type in signatures.items():
        if data.startswith(signature):
            return Cover(data, media_type)
    return _picture_in_svg(archive, name, data) if b"<svg" in data[:4096] else None


def _picture_in_svg(archive: Archive, name: str, data: bytes) -> Cover | None:
    """The picture that an SVG cover frames: players show no SVG."""
    root = parse_xml(data)
    for element in root.iter("{*}image") if root is not None else ():
        href = element.get("{http://www.w3.org/1999/xlink}href") or element.get("href") or ""
        embedded = re.match(r"data:(image/(?:jpeg|png));base64,", href)
        if embedded:
            try:
                return Cover(base64.b64decode(href[embedded.end() :], validate=False), embedded.group(1))
            except ValueError:
                continue
        member = resolve(name, href)[0] if href and not href.startswith("data:") else ""
        if member and not member.lower().endswith(".svg"):
            return _image(archive, member)
    return Cover(data, "image/svg+xml")


def _refuse_drm(archive: Archive, documents: set[str]) -> None:
    where = str(archive.path)
    try:
        encryption = parse_xml(archive.read("META-INF/encryption.xml"))
    except KeyError:
        return
    if encryption is None:
        return
    for data in encryption.iter(f"{{{XML_ENCRYPTION}}}EncryptedData"):
        method = data.find(f"{{{XML_ENCRYPTION}}}EncryptionMethod")
        if method is not None and method.get("Algorithm") in FONT_ALGORITHMS:
            continue
        for reference in data.iter(f"{{{XML_ENCRYPTION}}}CipherReference"):
            if archive.find(reference.get("URI") or "") in documents:
                raise DuoyinError(
                    f"the book is protected by DRM: {reference.get('URI')} is encrypted",
                    where=where,
                    hint="Duoyin reads only unprotected books; get a DRM-free edition from the publisher or shop",
                )

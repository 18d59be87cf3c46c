"""The package of an EPUB: manifest, spine, guide and the encryption of its members (EPUB 3.3, OPF 2.0.1, OEB 1.x).

Broken packages are the rule among old books, so every part is looked for by its local name, and what is missing
or doubtful is mended with a warning rather than refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from lxml import etree

from flows.script.manuscript import Cover
from flows.sources.archive import Archive, going_without, resolve
from flows.sources.cover import find_cover
from flows.sources.markup import parse_xml
from flows.sources.metadata import Metadata, named_covers, read_metadata
from flows.sources.soup import local_name
from normalizers import DuoyinError

XML_ENCRYPTION = "http://www.w3.org/2001/04/xmlenc#"
CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
NCX_TYPE = "application/x-dtbncx+xml"
XHTML_TYPE = "application/xhtml+xml"
CONTENT_TYPES = {
    XHTML_TYPE,
    "text/html",
    "application/x-dtbook+xml",
    "text/x-oeb1-document",
    "image/svg+xml",
}
FONT_ALGORITHMS = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
"""Font obfuscation (EPUB 3 OCF, 4.4; and Adobe's), which hides no text."""
MAX_FALLBACKS = 20


@dataclass(frozen=True, slots=True)
class ManifestItem:
    """One resource of the book. `href` is as written, relative to the package document."""

    id: str
    href: str
    media_type: str
    properties: frozenset[str]
    fallback: str


@dataclass(frozen=True, slots=True)
class SpineItem:
    """One document of the reading order. `name` is its member in the archive."""

    name: str
    linear: bool


@dataclass(slots=True)
class Package:
    """What the package document says. `nav` and `ncx` are members, `guide` maps members to guide types."""

    metadata: Metadata = field(default_factory=Metadata)
    cover: Cover | None = None
    spine: list[SpineItem] = field(default_factory=list)
    guide: dict[str, str] = field(default_factory=dict)
    nav: str | None = None
    ncx: str | None = None
    warnings: list[str] = field(default_factory=list)


def read_package(archive: Archive) -> Package:
    """Read container and package document.

    Raises:
        DuoyinError: no package document, nothing in the spine, or content locked by DRM.
    """
    where = str(archive.path)
    opf_path = _package_path(archive)
    _refuse_drm(archive, {opf_path})
    root = parse_xml(archive.read(opf_path))
    if root is None or local_name(root.tag) != "package":
        raise DuoyinError(
            f"its package document {opf_path} cannot be read", where=where, hint="export the book again"
        )
    package = Package(metadata=read_metadata(root))
    items = _manifest(root)
    for idref, linear, item in _reading_order(root, items, package.warnings):
        document = _readable(item, items) or _by_content(archive, opf_path, item)
        if document is None:
            package.warnings.append(f"the spine names {idref!r}, which is no readable document")
            continue
        name = archive.find(resolve(opf_path, document.href)[0])
        if name is None:
            package.warnings.append(f"{unquote(document.href)} is in the reading order but not in the file")
            continue
        package.spine.append(SpineItem(name, linear))
    if not package.spine:
        raise DuoyinError(
            "there is no readable document in the book's reading order",
            where=where,
            hint="open it in an editor such as Sigil or calibre and check the spine",
        )
    package.nav = _first(archive, opf_path, (i for i in items if _is_nav(i) and i.media_type == XHTML_TYPE))
    package.ncx = _first(archive, opf_path, (i for i in items if i.media_type == NCX_TYPE))
    references = _references(root)
    for kind, href in references:
        member = archive.find(resolve(opf_path, href)[0])
        # a fragment means a place within a document that may hold much else
        if member and "#" not in href:
            package.guide.setdefault(member, kind)
    pages = [resolve(opf_path, href)[0] for kind, href in references if kind == "cover"]
    with going_without("the cover", package.warnings):
        package.cover = find_cover(archive, _pictures(opf_path, items, named_covers(root)), pages)
    _refuse_drm(archive, {item.name for item in package.spine})
    return package


def _package_path(archive: Archive) -> str:
    where = str(archive.path)
    container = None
    if archive.find(CONTAINER):
        with going_without(CONTAINER, []):
            container = parse_xml(archive.read(CONTAINER))
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


def _children(root: etree._Element, part: str, tag: str) -> list[etree._Element]:
    """The elements `tag` of the package's `part`, whatever their namespaces."""
    found = root.find(f"{{*}}{part}")
    return list(found.iterchildren(f"{{*}}{tag}")) if found is not None else []


def _manifest(root: etree._Element) -> list[ManifestItem]:
    """The items that name a file; ids may be missing, and may be the same."""
    return [
        ManifestItem(
            id=item.get("id") or "",
            href=item.get("href"),
            media_type=(item.get("media-type") or "").strip().lower(),
            properties=frozenset((item.get("properties") or "").split()),
            fallback=item.get("fallback") or "",
        )
        for item in _children(root, "manifest", "item")
        if item.get("href")
    ]


def _is_nav(item: ManifestItem) -> bool:
    return "nav" in item.properties


def _references(root: etree._Element) -> list[tuple[str, str]]:
    """(type, href) of the guide (OPF 2.0.1, 2.6)."""
    return [
        (reference.get("type").lower(), reference.get("href"))
        for reference in _children(root, "guide", "reference")
        if reference.get("type") and reference.get("href")
    ]


def _pictures(opf_path: str, items: Sequence[ManifestItem], named: Sequence[str]) -> list[str]:
    """Members that are pictures of the cover: EPUB 3 `cover-image`, then those that EPUB 2 names by id."""
    candidates = [item for item in items if "cover-image" in item.properties]
    candidates += [item for identifier in named for item in items if item.id == identifier]
    return [resolve(opf_path, i.href)[0] for i in candidates if i.media_type.startswith("image/")]


def _first(archive: Archive, opf_path: str, items: Iterator[ManifestItem]) -> str | None:
    """The first of the items that is in the archive."""
    members = (archive.find(resolve(opf_path, item.href)[0]) for item in items)
    return next((member for member in members if member), None)


def _reading_order(
    root: etree._Element, items: Sequence[ManifestItem], warnings: list[str]
) -> list[tuple[str, bool, ManifestItem | None]]:
    """(idref, linear, item) of the spine; the documents of the manifest where there is none.

    An id that two documents share means each of them once, in the order of the manifest; a spine may also name
    files where ids should stand.
    """
    references = [
        (ref.get("idref"), ref.get("linear") != "no")
        for ref in _children(root, "spine", "itemref")
        if ref.get("idref")
    ]
    if not references:
        warnings.append("the package has no reading order; the manifest's order is taken")
        return [
            (item.id, True, item) for item in items if item.media_type in CONTENT_TYPES and not _is_nav(item)
        ]
    by_id: dict[str, list[ManifestItem]] = {}
    by_href: dict[str, ManifestItem] = {}
    for item in items:
        by_id.setdefault(item.id, []).append(item)
        by_href[unquote(item.href)] = item
    order: list[tuple[str, bool, ManifestItem | None]] = []
    times: dict[str, int] = {}
    for idref, linear in references:
        named = by_id.get(idref, [])
        count = times[idref] = times.get(idref, 0) + 1
        if 1 < count <= len(named):
            warnings.append(
                f"two documents share the id {idref!r}; they are read in the order of the manifest"
            )
        if named:
            order.append((idref, linear, named[count - 1] if count <= len(named) else named[0]))
        else:
            order.append((idref, linear, by_href.get(idref)))
    return order


def _readable(item: ManifestItem | None, items: Sequence[ManifestItem]) -> ManifestItem | None:
    """The item, or the first of its fallbacks, that is a content document (EPUB 3.3, 3.5.1)."""
    for _ in range(MAX_FALLBACKS):
        if item is None:
            return None
        if item.media_type in CONTENT_TYPES or (
            not item.media_type and re.search(r"\.x?html?$", item.href, re.I)
        ):
            return item
        wanted = item.fallback
        item = next((other for other in items if wanted and other.id == wanted), None)
    return None


_MARKUP = re.compile(rb"<(!doctype\s+html|html|body|dtbook)\b", re.I)
_OTHER_SUFFIX = re.compile(r"\.(jpe?g|png|gif|webp|css|js|otf|ttf|woff2?|mp[34]|ncx)$", re.I)


def _by_content(archive: Archive, opf_path: str, item: ManifestItem | None) -> ManifestItem | None:
    """The item, where its bytes are a page whatever media type the manifest gives it (`text/plain`, `text/xml`)."""
    name = archive.find(resolve(opf_path, item.href)[0]) if item is not None else None
    if name is None or _OTHER_SUFFIX.search(name):
        return None
    if re.search(r"\.x?html?$", name, re.I):
        return item
    return item if _MARKUP.search(archive.read(name)[:2048].replace(b"\0", b"")) else None


def _refuse_drm(archive: Archive, documents: set[str]) -> None:
    where = str(archive.path)
    encryption = None
    if archive.find(ENCRYPTION):
        with going_without(ENCRYPTION, []):  # where it says nothing, the documents show whether they are text
            encryption = parse_xml(archive.read(ENCRYPTION))
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

"""The parts of an EPUB file: its members, its package document, and writing both anew with additions.

What is not changed is copied as it is, fonts that are obfuscated included: their key is made of the book's identifier,
which stays (EPUB 3.3, OCF 4.4).
"""

from __future__ import annotations

import posixpath
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, count
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from lxml import etree

from flows.mastering.readalong.letters import ids_of
from normalizers.errors import DuoyinError

OPF = "http://www.idpf.org/2007/opf"
DC = "http://purl.org/dc/elements/1.1/"
XHTML_TYPE = "application/xhtml+xml"
PAGE_TYPES = (XHTML_TYPE, "text/html", "text/x-oeb1-document")
"""What packages call a page; the last two are from before XHTML was asked for."""
SMIL_TYPE = "application/smil+xml"
CONTAINER = "META-INF/container.xml"
SIGNATURES = "META-INF/signatures.xml"
MIMETYPE = "application/epub+zip"
_STORED = (".mp3", ".m4a", ".jpg", ".jpeg", ".png", ".woff", ".woff2", ".mp4")
"""What deflating makes no smaller."""


class NoReadAlong(DuoyinError):
    """A book that cannot be given sound to its text; the sound itself is as good as ever."""


class Package:
    """A package document that is being changed, with the paths of its book.

    Args:
        root: of the package document. path: its member. names: of all members.
    """

    def __init__(self, root: etree._Element, path: str, names: frozenset[str]) -> None:
        self.root = root
        self.path = path
        self.names = names
        self._folded = {name.casefold(): name for name in names}

    @property
    def folder(self) -> str:
        return posixpath.dirname(self.path)

    @property
    def version(self) -> str:
        return self.root.get("version") or ""

    def part(self, name: str) -> etree._Element:
        """`metadata`, `manifest` or `spine`; made where it is missing."""
        found = self.root.find(f"{{{OPF}}}{name}")
        return found if found is not None else etree.SubElement(self.root, f"{{{OPF}}}{name}")

    def items(self) -> Iterator[etree._Element]:
        """The items of the manifest that name a file."""
        for item in self.part("manifest").iterchildren(f"{{{OPF}}}item"):
            if item.get("href") and item.get("id"):
                yield item

    def member(self, item: etree._Element) -> str | None:
        """The member that an item names."""
        return self.resolved(item.get("href"))

    def resolved(self, href: str, base: str | None = None) -> str | None:
        """The member that an address means, seen from the package document or another member (`base`)."""
        folder = self.folder if base is None else posixpath.dirname(base)
        parts = urlsplit(href)
        if parts.scheme or parts.netloc:
            return None
        for path in (unquote(parts.path), parts.path):
            name = posixpath.normpath(posixpath.join(folder, path))
            if name in self.names:
                return name
            if name.casefold() in self._folded:
                return self._folded[name.casefold()]
        return None

    def by_member(self) -> dict[str, etree._Element]:
        """The item of each member; the first of those that share one."""
        found: dict[str, etree._Element] = {}
        for item in self.items():
            member = self.member(item)
            if member is not None:
                found.setdefault(member, item)
        return found

    def spine(self) -> list[str]:
        """Members of the reading order."""
        by_id = {item.get("id"): item for item in self.items()}
        refs = [ref.get("idref") for ref in self.part("spine").iterchildren(f"{{{OPF}}}itemref")]
        members = [self.member(by_id[ref]) for ref in refs if ref in by_id]
        return [member for member in members if member is not None]

    def free_id(self, wanted: str) -> str:
        """An id that nothing in the package has."""
        return free(wanted, ids_of(self.root).__contains__)

    def free_folder(self, wanted: str) -> str:
        """A folder beside the package document that has no members."""
        return free(
            posixpath.join(self.folder, wanted),
            lambda folder: any(name.startswith(f"{folder.casefold()}/") for name in self._folded),
        )

    def add(self, member: str, media_type: str, wanted_id: str, **attributes: str) -> str:
        """Put an item into the manifest; its id."""
        name = self.free_id(wanted_id)
        etree.SubElement(
            self.part("manifest"),
            f"{{{OPF}}}item",
            {
                "id": name,
                "href": address(member, self.path),
                "media-type": media_type,
                **attributes,
            },
        )
        return name

    def tell(self, property_name: str, text: str, **attributes: str) -> etree._Element:
        """Put a `meta` of EPUB 3 into the metadata."""
        meta = etree.SubElement(
            self.part("metadata"), f"{{{OPF}}}meta", {"property": property_name, **attributes}
        )
        meta.text = text
        return meta

    def told(self, property_name: str) -> list[str]:
        """What the metadata say of a property."""
        return [(meta.text or "").strip() for meta in self.metas(property_name)]

    def metas(self, property_name: str) -> list[etree._Element]:
        return [
            m
            for m in self.part("metadata").iterchildren(f"{{{OPF}}}meta")
            if m.get("property") == property_name
        ]

    def to_bytes(self) -> bytes:
        return document_bytes(self.root.getroottree())


def free(wanted: str, taken: Callable[[str], bool]) -> str:
    """The name wanted, with a number where it is taken."""
    names = chain([wanted], (f"{wanted}-{number}" for number in count(2)))
    return next(name for name in names if not taken(name))


def document_bytes(tree: etree._ElementTree, doctype: str | None = None) -> bytes:
    """A tree as UTF-8 with an XML declaration; with the document type given, or with its own."""
    if doctype is None:
        return bytes(etree.tostring(tree, encoding="utf-8", xml_declaration=True))
    bare = etree.ElementTree(tree.getroot())  # a tree keeps its document type, an element's new tree has none
    head = [etree.tostring(node) for node in _before(tree)]
    body = etree.tostring(bare, encoding="utf-8", with_tail=False, doctype=doctype)
    return b"\n".join([b'<?xml version="1.0" encoding="utf-8"?>', *head, bytes(body)])


def _before(tree: etree._ElementTree) -> list[etree._Element]:
    """Instructions that stand before the root, such as links to style sheets."""
    nodes = [node for node in tree.getroot().itersiblings(preceding=True) if node.tag is etree.PI]
    return nodes[::-1]


def address(member: str, base: str) -> str:
    """The relative address of a member, seen from another."""
    return quote(posixpath.relpath(member, posixpath.dirname(base) or "."), safe="/~!$&'()*+,;=@")


def open_package(file: zipfile.ZipFile, where: str) -> Package:
    """The package document of an EPUB.

    Raises:
        NoReadAlong: there is none, or it is of before EPUB 2.
    """
    names = frozenset(name for name in file.namelist() if not name.endswith("/"))
    for path in _package_paths(file, names):
        try:
            root = etree.fromstring(file.read(path), etree.XMLParser(resolve_entities=False, no_network=True))
        except (etree.XMLSyntaxError, ValueError):
            continue
        if root.tag == f"{{{OPF}}}package":
            etree.cleanup_namespaces(
                root
            )  # a second prefix for the package's own would stand before what is added
            return Package(root, path, names)
    raise NoReadAlong(
        "its package document cannot be written anew, so it gets no sound",
        where=where,
        hint="convert it once with calibre, which mends it",
    )


def _package_paths(file: zipfile.ZipFile, names: frozenset[str]) -> list[str]:
    told: list[str] = []
    if CONTAINER in names:
        text = file.read(CONTAINER).decode("utf-8", "replace")
        told = [unquote(path) for path in re.findall(r"full-path\s*=\s*[\"']([^\"']+)", text)]
    return [
        path for path in (*told, *sorted(n for n in names if n.lower().endswith(".opf"))) if path in names
    ]


def write_book(
    source: zipfile.ZipFile,
    out: Path,
    changed: Mapping[str, bytes],
    new: Mapping[str, bytes | Path],
    dropped: frozenset[str],
) -> None:
    """Write an EPUB: the members of another in their order, some of them changed, then new ones (`Path`: a copy of it).

    `mimetype` stands first and is stored (EPUB 3.3, OCF 4.2.2).
    """
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr(_info("mimetype"), MIMETYPE)
        written = {"mimetype"}
        for info in source.infolist():
            name = info.filename
            if name.endswith("/") or name in written or name in dropped:
                continue
            written.add(name)
            target.writestr(_info(name), changed[name] if name in changed else source.read(info))
        for name, content in new.items():
            if isinstance(content, bytes):
                target.writestr(_info(name), content)
            else:
                with content.open("rb") as file, target.open(_info(name), "w", force_zip64=True) as to:
                    shutil.copyfileobj(file, to, 1 << 20)


def _info(name: str) -> zipfile.ZipInfo:
    """Every member has the first date that ZIP knows, so that equal books are equal bytes."""
    info = zipfile.ZipInfo(name)
    stored = name == "mimetype" or name.lower().endswith(_STORED)
    info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info

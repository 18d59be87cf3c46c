"""The picture on the front of an EPUB."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

from flows.script.manuscript import Cover
from flows.sources.archive import Archive, resolve
from flows.sources.markup import parse_xml

_SIGNATURES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG": "image/png",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}
"""The manifest's media type is wrong often enough (image/jpg, PNG called JPEG): the bytes are believed."""
_PICTURE = re.compile(r"\.(jpe?g|png|gif|webp)$", re.I)
_LINK = "{http://www.w3.org/1999/xlink}href"


def find_cover(archive: Archive, pictures: Sequence[str], pages: Sequence[str]) -> Cover | None:
    """The first of `pictures` that is one; else the picture on the first of `pages` that shows one.

    Args:
        pictures: members that the manifest calls the cover's picture.
        pages: members that the guide calls the cover, pages or pictures themselves.
    """
    for name in pictures:
        cover = _picture(archive, name)
        if cover:
            return cover
    for name in pages:
        page = archive.find(name)
        if page and _PICTURE.search(page):
            return _picture(archive, page)
        tree = parse_xml(archive.read(page)) if page else None
        for element in tree.iter("{*}img", "{*}image") if tree is not None else ():
            href = element.get("src") or element.get(_LINK)
            if href and page:
                return _picture(archive, resolve(page, href)[0])
    return None


def _picture(archive: Archive, name: str) -> Cover | None:
    """A member as a cover, None where it is no picture."""
    if archive.find(name) is None:
        return None
    data = archive.read(name)
    for signature, media_type in _SIGNATURES.items():
        if data.startswith(signature):
            return Cover(data, media_type)
    return _picture_in_svg(archive, name, data) if b"<svg" in data[:4096] else None


def _picture_in_svg(archive: Archive, name: str, data: bytes) -> Cover | None:
    """The picture that an SVG cover frames: players show no SVG."""
    root = parse_xml(data)
    for element in root.iter("{*}image") if root is not None else ():
        href = element.get(_LINK) or element.get("href") or ""
        embedded = re.match(r"data:(image/(?:jpeg|png));base64,", href)
        if embedded:
            try:
                return Cover(base64.b64decode(href[embedded.end() :], validate=False), embedded.group(1))
            except ValueError:
                continue
        member = resolve(name, href)[0] if href and not href.startswith("data:") else ""
        if member and not member.lower().endswith(".svg"):
            return _picture(archive, member)
    return Cover(data, "image/svg+xml")

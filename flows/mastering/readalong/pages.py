"""Pages of EPUB 2 (XHTML 1.1) as those of EPUB 3: what HTML has no more is said in CSS, and every letter stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from lxml import etree

from flows.mastering.readalong.letters import XHTML, ids_of

_SVG = "{http://www.w3.org/2000/svg}"
_MATH = "{http://www.w3.org/1998/Math/MathML}"
_STYLED = {
    "big": ("span", "font-size: larger"),
    "tt": ("span", "font-family: monospace"),
    "center": ("div", "text-align: center"),
    "strike": ("s", ""),
    "acronym": ("abbr", ""),
    "dir": ("ul", ""),
    "font": ("span", ""),
    "nobr": ("span", "white-space: nowrap"),
    "blink": ("span", ""),
}
"""Elements that HTML has no more (HTML, 16.2), and what stands for them."""
_SIZES = ("x-small", "x-small", "small", "medium", "large", "x-large", "xx-large", "xxx-large")
_LENGTH = re.compile(r"\d+(\.\d+)?%?")


def _length(name: str) -> Callable[[str], str]:
    def told(value: str) -> str:
        value = value.strip().removesuffix("px")
        if not _LENGTH.fullmatch(value):
            return ""
        return f"{name}: {value}" if value.endswith("%") else f"{name}: {value}px"

    return told


def _as(name: str) -> Callable[[str], str]:
    return lambda value: f"{name}: {value.strip()}" if re.fullmatch(r"[#\w -]+", value.strip()) else ""


def _nothing(_: str) -> str:
    return ""


def _size(value: str) -> str:
    return f"font-size: {_SIZES[int(value)]}" if value.strip() in "1234567" and value.strip() else ""


_ATTRIBUTES: Mapping[str, Mapping[str, Callable[[str], str]]] = {
    "*": {
        "align": _as("text-align"),
        "valign": _as("vertical-align"),
        "bgcolor": _as("background-color"),
        "clear": _as("clear"),
        "compact": _nothing,
        "noshade": _nothing,
        "nowrap": lambda _: "white-space: nowrap",
        "background": _nothing,
        "hspace": _nothing,
        "vspace": _nothing,
        "char": _nothing,
        "charoff": _nothing,
        "longdesc": _nothing,
        "cellpadding": _nothing,
        "cellspacing": _nothing,
        "frame": _nothing,
        "rules": _nothing,
        "summary": _nothing,
        "axis": _nothing,
    },
    "font": {"color": _as("color"), "face": _as("font-family"), "size": _size},
    "body": {"text": _as("color"), "link": _nothing, "alink": _nothing, "vlink": _nothing},
    "html": {"version": _nothing},
    "head": {"profile": _nothing},
    "hr": {"width": _length("width"), "size": _length("height"), "color": _as("color")},
    "td": {"width": _length("width"), "height": _length("height"), "abbr": _nothing, "scope": _nothing},
    "th": {"width": _length("width"), "height": _length("height")},
    "tr": {"height": _length("height")},
    "col": {"width": _length("width")},
    "colgroup": {"width": _length("width")},
    "table": {"width": _length("width"), "height": _length("height")},
    "pre": {"width": _nothing},
    "li": {"type": _nothing},
    "ul": {"type": _nothing},
    "a": {"charset": _nothing, "rev": _nothing, "shape": _nothing, "coords": _nothing},
    "link": {"charset": _nothing, "rev": _nothing, "target": _nothing},
    "script": {"language": _nothing, "charset": _nothing},
    "img": {"border": _nothing, "name": _nothing, "lowsrc": _nothing},
    "object": dict.fromkeys(
        ("archive", "classid", "code", "codebase", "codetype", "declare", "standby"), _nothing
    ),
}
"""Attributes that HTML has no more, by element (`*`: any), and what they say in CSS."""
_FLOATS = ("left", "right")


def modern_page(tree: etree._ElementTree, title: str) -> None:
    """Make a page of XHTML 1.1 one of EPUB 3, in place.

    Args:
        title: of the book; for a page that has none.
    """
    root = tree.getroot()
    ids = ids_of(root)
    for element in list(root.iter()):
        if not str(element.tag).startswith(f"{{{XHTML}}}"):
            continue
        name = element.tag.rpartition("}")[2]
        style = _presentation(element, name)
        _pictures(element, name, style)
        _anchor(element, name, ids)
        if name in _STYLED:
            element.tag, told = f"{{{XHTML}}}{_STYLED[name][0]}", _STYLED[name][1]
            style += [told] if told else []
        if name == "table" and element.get("border") not in (None, "", "1"):
            style.append(
                f"border-width: {element.attrib.pop('border')}px" if element.get("border") != "0" else ""
            )
            element.attrib.pop("border", None)
        if told := "; ".join(
            [*style, *filter(None, [(element.get("style") or "").strip().rstrip(";")])]
        ).strip("; "):
            element.set("style", told)
    _head(root, title)


def _presentation(element: etree._Element, name: str) -> list[str]:
    told = []
    for attributes in (_ATTRIBUTES["*"], _ATTRIBUTES.get(name, {})):
        for attribute, say in attributes.items():
            value = element.attrib.pop(attribute, None)
            if value is None:
                continue
            if attribute == "align" and name in ("img", "table", "object", "iframe"):
                say = _as("float") if value.lower() in _FLOATS else _nothing
            told.append(say(value.lower() if attribute in ("align", "valign", "clear") else value))
    return [style for style in told if style]


def _pictures(element: etree._Element, name: str, style: list[str]) -> None:
    """Widths and heights that are no whole numbers of pixels are CSS in HTML."""
    if name not in ("img", "object", "iframe", "video", "embed"):
        return
    for side in ("width", "height"):
        value = (element.get(side) or "").strip()
        if side in element.attrib and not value.isdigit():
            del element.attrib[side]
            style += filter(None, [_length(side)(value)])


def _anchor(element: etree._Element, name: str, ids: set[str]) -> None:
    """`<a name>` is `id` now; where the anchor has another id, an empty span before its words has it."""
    if name != "a" or "name" not in element.attrib:
        return
    wanted = element.attrib.pop("name").strip()
    if not wanted or wanted in ids:
        return
    ids.add(wanted)
    if not element.get("id"):
        element.set("id", wanted)
        return
    span = element.makeelement(f"{{{XHTML}}}span", {"id": wanted})
    span.tail, element.text = element.text, None
    element.insert(0, span)


def _head(root: etree._Element, title: str) -> None:
    """A title with words, one encoding, no links to what EPUB 3 does not know."""
    head = root.find(f"{{{XHTML}}}head")
    if head is None:
        head = root.makeelement(f"{{{XHTML}}}head")
        root.insert(0, head)
    named = head.find(f"{{{XHTML}}}title")
    if named is None:
        named = head.makeelement(f"{{{XHTML}}}title")
        head.insert(0, named)
    if not "".join(named.itertext()).strip():
        named.text = title
    for element in list(head):
        if not isinstance(element.tag, str):
            continue
        kind = element.tag.rpartition("}")[2]
        odd_meta = kind == "meta" and (
            element.get("http-equiv") is not None or "content" not in element.attrib
        )
        odd_link = kind == "link" and element.get("type") == "application/vnd.adobe-page-template+xml"
        if kind == "base" or odd_link or (odd_meta and "charset" not in element.attrib):
            head.remove(element)
        else:
            element.attrib.pop("scheme", None)


def properties_of(tree: etree._ElementTree) -> list[str]:
    """The properties that the manifest must tell of a page (EPUB 3.3, D.6)."""
    told: set[str] = set()
    for element in tree.iter():
        tag = str(element.tag)
        if tag == f"{_SVG}svg":
            told.add("svg")
        elif tag == f"{_MATH}math":
            told.add("mathml")
        elif tag in (f"{{{XHTML}}}script", f"{{{XHTML}}}form"):
            told.add("scripted")
        source = str(element.get("src") or "") if isinstance(element.tag, str) else ""
        if source.startswith(("http://", "https://")) and tag != f"{{{XHTML}}}script":
            told.add("remote-resources")
    return sorted(told)

"""Tag soup as an element tree: BeautifulSoup reads it, and what no tree can hold is left behind here.

HTML allows nearly anything between `<` and `>` to name an element or an attribute; XML does not, and lxml refuses to
build it. A name that is none loses its tag and keeps its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import name2codepoint

from bs4 import BeautifulSoup, Tag
from bs4.element import CData, NavigableString, PageElement, PreformattedString
from bs4.exceptions import ParserRejectedMarkup
from lxml import etree
from lxml.html import html_parser

from normalizers import DuoyinError

NAME = re.compile(r"[^\W\d][\w.\-]*")
"""A name that XML, too, takes for one (Namespaces in XML 1.0, production 4), a little narrower."""
UNNAMED = "span"
"""What an element is called whose name is none: its words stay where they are."""
NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document can hold (XML 1.0, production 2)."""

_ENTITY = re.compile(r"&(\w+);")


def local_name(tag: str) -> str:
    """A tag without namespace and prefix, in small letters; `span` where that is no name.

    >>> local_name("{http://www.w3.org/1999/xhtml}P"), local_name("epub:switch"), local_name('p"1')
    ('p', 'switch', 'span')
    """
    local = tag.rpartition("}")[2].rpartition(":")[2].lower()
    return local if NAME.fullmatch(local) else UNNAMED


def read_soup(text: str, *, where: str | None = None) -> etree._Element:
    """The root, `html`, of markup as a browser would mend it; without comments and instructions.

    Names have lost their prefixes, but attributes keep them (`epub:type`).

    Raises:
        DuoyinError: not even BeautifulSoup makes anything of it (`where` says of whose).
    """
    try:
        soup = BeautifulSoup(NO_CHARACTER.sub("", text), features="lxml")
    except (ParserRejectedMarkup, AssertionError, LookupError, RecursionError, ValueError) as error:
        raise DuoyinError(
            f"its markup cannot be read ({error})",
            where=where,
            hint="open the book in an editor such as Sigil or calibre and mend this page",
        ) from None
    nodes: list[PageElement] = []
    attributes: dict[str, str] = {}
    for node in soup.contents:
        if isinstance(node, Tag) and node.name == "html":
            nodes += node.contents
            attributes = {**_attributes(node), **attributes}
        else:
            nodes.append(node)
    root: etree._Element = html_parser.makeelement("html", attributes)
    _fill(root, nodes)
    return root


def _fill(root: etree._Element, nodes: list[PageElement]) -> None:
    """Put the soup's nodes into an element; a stack of our own, because soup may be thousands deep."""
    stack: list[tuple[etree._Element, Iterator[PageElement]]] = [(root, iter(nodes))]
    while stack:
        parent, rest = stack[-1]
        node = next(rest, None)
        if node is None:
            stack.pop()
        elif isinstance(node, Tag):
            element = etree.SubElement(parent, local_name(node.name), _attributes(node))
            stack.append((element, iter(node.contents)))
        elif isinstance(node, NavigableString) and (
            isinstance(node, CData) or not isinstance(node, PreformattedString)
        ):
            _append(parent, _unescape(node))


def _attributes(tag: Tag) -> dict[str, str]:
    """The attributes of a tag that have a name; `class` and its like, lists in the soup, are one value again."""
    found: dict[str, str] = {}
    for name, value in tag.attrs.items():
        if all(NAME.fullmatch(part) for part in name.split(":", 1)):
            found[name] = _unescape(" ".join(value) if isinstance(value, list) else value)
    return found


def _append(parent: etree._Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _unescape(text: str) -> str:
    """Characters for the names of HTML that were escaped twice, without those that a tree cannot hold."""

    def character(match: re.Match[str]) -> str:
        code = name2codepoint.get(match.group(1))
        return match.group() if code is None else chr(code)

    return NO_CHARACTER.sub("", _ENTITY.sub(character, text))

"""The letters of a content document: its characters that are not white space, and where in the markup they stand.

White space is folded by readers, so a place in a text is told by the count of letters before it: this count is the
same in the file, in the reader's paragraphs and in the file after anything was marked up in it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from itertools import accumulate

from lxml import etree

XHTML = "http://www.w3.org/1999/xhtml"
RESYNC_LETTERS = 24
"""Letters that must agree before two texts that have parted count as one again."""
RESYNC_WITHIN = 400
"""Letters that one of the texts may have more than the other at one place."""

_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_OF_XML = frozenset((b"amp", b"lt", b"gt", b"quot", b"apos"))


def parse(data: bytes) -> etree._ElementTree | None:
    """A content document as a tree that can be written again; None for what is no XHTML with a body.

    Comments and instructions stay. The entities of HTML become characters, as EPUB 3 has no others than XML's. Nothing
    is loaded from anywhere. A document that declares entities of its own is left alone.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        tree = etree.fromstring(_ENTITY.sub(_character, data).lstrip(), parser).getroottree()
    except (etree.XMLSyntaxError, LookupError, ValueError):
        return None
    if body_of(tree) is None or next(tree.iter(etree.Entity), None) is not None:
        return None
    return tree


def _character(match: re.Match[bytes]) -> bytes:
    name = match.group(1)
    told = html5.get(f"{name.decode()};")
    if name in _OF_XML or told is None:
        return match.group()
    return "".join(f"&#{ord(c)};" for c in told).encode()


def body_of(tree: etree._ElementTree) -> etree._Element | None:
    """The body, where the document is XHTML."""
    root = tree.getroot()
    found: etree._Element | None = root.find(f"{{{XHTML}}}body")
    return found if root.tag == f"{{{XHTML}}}html" else None


def ids_of(root: etree._Element) -> set[str]:
    """The ids in an element."""
    return {str(element.get("id")) for element in root.iter(etree.Element) if element.get("id")}


@dataclass(frozen=True, slots=True)
class TextNode:
    """A text node of the tree: what follows the start tag of `element`, or, as its `tail`, its end tag."""

    element: etree._Element
    tail: bool

    @property
    def text(self) -> str:
        return (self.element.tail if self.tail else self.element.text) or ""


class Letters:
    """The letters under an element, numbered from 0 in document order.

    The numbers stand for the tree as it was when this was made.
    """

    def __init__(self, body: etree._Element) -> None:
        self.nodes: list[TextNode] = []
        self._within: dict[etree._Element, tuple[int, int]] = {}
        self._parts: list[str] = []
        begun: dict[etree._Element, int] = {}
        count = 0
        for event, element in etree.iterwalk(body, events=("start", "end", "comment", "pi")):
            opening = event == "start"
            if opening:
                begun[element] = count
            elif event == "end":
                self._within[element] = (begun.pop(element), count)
            if not opening and element is body:
                break
            node = TextNode(element, tail=not opening)
            letters = "".join(node.text.split())
            if letters:
                self.nodes.append(node)
                self._parts.append(letters)
                count += len(letters)
        self._starts = [0, *accumulate(map(len, self._parts))]
        self.text = "".join(self._parts)
        self._last: tuple[int, list[int]] = (-1, [])

    def within(self, element: etree._Element) -> tuple[int, int]:
        """The letters in an element: the first, and the one past the last."""
        return self._within[element]

    def stretches(self, first: int, end: int) -> Iterator[tuple[TextNode, int, int]]:
        """The text nodes of letters [first, end), each with the offsets in its text of the first of these letters and
        past the last."""
        index = bisect_right(self._starts, first) - 1
        while index < len(self.nodes) and self._starts[index] < end:
            start = self._starts[index]
            low, high = max(first - start, 0), min(end - start, len(self._parts[index]))
            node = self.nodes[index]
            if self._last[0] != index:  # the lines of a paragraph ask for one node, one after another
                self._last = index, [at for at, c in enumerate(node.text) if not c.isspace()]
            places = self._last[1]
            yield node, places[low], places[high - 1] + 1
            index += 1


def aligned(read: str, there: str) -> list[int]:
    """For each letter as a reader read it, its number among those that are in the file; -1 where it is not there.

    A reader mends damaged characters and puts in words that pictures stand for; where the two texts part, both go on
    where `RESYNC_LETTERS` agree again.
    """
    if read == there:
        return list(range(len(read)))
    places = [-1] * len(read)
    at = other = 0
    while at < len(read) and other < len(there):
        if read[at] == there[other]:
            places[at] = other
            at, other = at + 1, other + 1
            continue
        step = _resynced(read, at, there, other)
        if step is None:
            break
        at, other = at + step[0], other + step[1]
    return places


def _resynced(read: str, at: int, there: str, other: int) -> tuple[int, int] | None:
    """The fewest letters to go on in either text so that they agree."""
    for total in range(1, RESYNC_WITHIN):
        for ahead in range(total + 1):
            probe = read[at + ahead : at + ahead + RESYNC_LETTERS]
            if probe and there.startswith(probe, other + total - ahead):
                return ahead, total - ahead
    rest = read[at:]
    return None if not rest else _at_the_end(read, at, there, other)


def _at_the_end(read: str, at: int, there: str, other: int) -> tuple[int, int] | None:
    """Where one text has a long stretch more: the next place at which the other goes on."""
    probe = there[other : other + RESYNC_LETTERS]
    found = read.find(probe, at) if probe else -1
    if found >= 0:
        return found - at, 0
    probe = read[at : at + RESYNC_LETTERS]
    found = there.find(probe, other)
    return None if found < 0 else (0, found - other)

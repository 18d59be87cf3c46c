"""Marking stretches of a content document: `<span id>` around them, and not a letter changed.

A line may cross elements (`He said <em>never</em> again.`). One span that holds the whole of it is what a player can
highlight, so a stretch is widened to whole inline elements where that takes in nothing of another line. Where no single
span can hold it (it begins within an element and ends in the next), it is several, in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from flows.mastering.readalong.letters import XHTML, Letters, TextNode, ids_of

_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "colgroup", "dd",
    "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main",
    "menu", "nav", "noscript", "ol", "optgroup", "p", "pre", "section", "select", "summary", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))  # fmt: skip
"""Elements that no span may stand around (HTML, flow content that is no phrasing content; and parts of tables)."""
STRAY_LETTERS = 4
"""Letters that nobody reads which a mark may take in at its ends: the number of a note or of a page."""
_FOREIGN = ("{http://www.w3.org/2000/svg}", "{http://www.w3.org/1998/Math/MathML}")
_OPS = "{http://www.idpf.org/2007/ops}"
"""`epub:switch` and its branches, which hold blocks."""
_IN_RUBY = frozenset(("rb", "rt", "rp", "rtc"))
_ONLY_TEXT = frozenset(("option", "textarea", "title", "script", "style"))


@dataclass(frozen=True, slots=True)
class Mark:
    """An element that a player can highlight. `first`, `end`: the letters that it stands for."""

    id: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class _Run:
    """Siblings under one parent: from offset `start` of the text before child `low` to offset `end` of the text before
    child `high`. `first`, `last`: the letters in it that are the line's."""

    parent: etree._Element
    low: int
    start: int
    high: int
    end: int
    first: int
    last: int


def mark(body: etree._Element, stretches: Sequence[tuple[int, int]], prefix: str) -> list[tuple[Mark, ...]]:
    """Put spans around stretches of letters, given from the first to past the last; rising and apart.

    Args:
        body: changed in place; its text stays as it is.
        prefix: of the ids; followed by a number, and by a letter for all spans of a stretch but the first.

    Returns: for each stretch its marks in order; more than one where no single span can hold it.
    """
    letters = Letters(body)
    taken = ids_of(body)
    while any(name.startswith(prefix) for name in taken):
        prefix = f"x{prefix}"
    runs = [_runs(letters, stretches, number) for number in range(len(stretches))]
    marks: list[tuple[Mark, ...]] = [()] * len(stretches)
    for number in reversed(
        range(len(stretches))
    ):  # what comes before keeps its place while spans are put behind it
        made: list[Mark] = []
        for part in reversed(range(len(runs[number]))):
            run = runs[number][part]
            name = f"{prefix}{number + 1}" + (f"-{part + 1}" if part else "")
            made.append(Mark(_put(run, name), run.first, run.last))
        marks[number] = tuple(reversed(made))
    return marks


def _runs(letters: Letters, stretches: Sequence[tuple[int, int]], number: int) -> list[_Run]:
    """The fewest runs of siblings that hold a stretch and nothing of another."""
    first, end = stretches[number]
    low = stretches[number - 1][1] if number else 0
    high = stretches[number + 1][0] if number + 1 < len(stretches) else len(letters.text)
    at, runs = first, []
    for node, begin, upto in letters.stretches(first, end):
        count = len("".join(node.text[begin:upto].split()))
        if node.tail or _name(node.element) != "rp":  # brackets around a reading, which hold text alone
            runs.append(_lifted_out(_run_of(node, begin, upto, at, at + count)))
        at += count
    runs = _merged(runs)
    while len(runs) > 1:
        lifted = [_lifted(run, letters, low, high) for run in runs]
        merged = _merged([new or run for run, new in zip(runs, lifted)])
        if len(merged) == len(runs) and not any(lifted):
            break
        runs = merged
    return [_lifted(run, letters, low, high) or run if _in_ruby(run) else run for run in runs]


def _run_of(node: TextNode, begin: int, upto: int, first: int, last: int) -> _Run:
    if not node.tail:
        return _Run(node.element, 0, begin, 0, upto, first, last)
    parent = node.element.getparent()
    gap = parent.index(node.element) + 1
    return _Run(parent, gap, begin, gap, upto, first, last)


def _name(element: etree._Element) -> str:
    """The name of an XHTML element, else ""."""
    return element.tag[len(XHTML) + 2 :] if str(element.tag).startswith(f"{{{XHTML}}}") else ""


def _whole(element: etree._Element, first: int, last: int) -> _Run:
    """An element as a run of its parent."""
    parent = element.getparent()
    index = parent.index(element)
    return _Run(parent, index, len(_text_before(parent, index)), index + 1, 0, first, last)


def _text_before(parent: etree._Element, index: int) -> str:
    return (parent.text if index == 0 else parent[index - 1].tail) or ""


def _lifted_out(run: _Run) -> _Run:
    """A run in a formula, a drawing or an element of text alone, where no span may stand, as that whole element."""
    outermost = None
    element = run.parent
    while element is not None and _name(element) != "body":
        if str(element.tag).startswith(_FOREIGN) or _name(element) in _ONLY_TEXT:
            outermost = element
        element = element.getparent()
    return run if outermost is None else _whole(outermost, run.first, run.last)


def _in_ruby(run: _Run) -> bool:
    """Whether a run holds elements of a ruby, which must stay children of it."""
    return _name(run.parent) == "ruby" and run.high > run.low


def _lifted(run: _Run, letters: Letters, low: int, high: int) -> _Run | None:
    """A run as the whole of its parent, where that is an inline element that holds nothing else to speak of.

    Args:
        low, high: where the line before ends and the one behind begins.
    """
    element = run.parent
    while _name(element) in _IN_RUBY and element.getparent() is not None:
        element = element.getparent()
    if not _name(element) or not _inline(element):
        return None
    first, end = letters.within(element)
    strays = max(0, run.first - first) + max(0, end - run.last)
    fits = low <= first and end <= high and (strays <= STRAY_LETTERS or _name(element) == "ruby")
    return _whole(element, run.first, run.last) if fits else None


def _inline(element: etree._Element) -> bool:
    """Whether a span may stand around an element: neither it nor anything in it is a block."""
    parts = [part for part in element.iter() if isinstance(part.tag, str)]
    return not any(_name(part) in _BLOCKS or str(part.tag).startswith(_OPS) for part in parts)


def _merged(runs: Sequence[_Run]) -> list[_Run]:
    """Runs of one parent as one, where only inline elements stand between."""
    merged: list[_Run] = []
    for run in runs:
        last = merged[-1] if merged else None
        if (
            last is not None
            and last.parent is run.parent
            and _name(run.parent) not in ("ruby", *_IN_RUBY)
            and all(_inline(child) for child in run.parent[last.high : run.low])
        ):
            merged[-1] = _Run(run.parent, last.low, last.start, run.high, run.end, last.first, run.last)
        else:
            merged.append(run)
    return merged


def _put(run: _Run, name: str) -> str:
    """Put a span around a run; its id. Where two lines share an element of text alone, it has a span of each."""
    parent = run.parent
    span = parent.makeelement(f"{{{XHTML}}}span", {"id": name})
    before, last = _text_before(parent, run.low), _text_before(parent, run.high)
    if run.low == run.high:
        span.text, span.tail = before[run.start : run.end], before[run.end :]
        parent.insert(run.low, span)
    else:
        moved = list(parent[run.low : run.high])
        moved[-1].tail = last[: run.end]
        span.text = before[run.start :]
        parent.insert(run.low, span)
        for child in moved:
            span.append(child)
        span.tail = last[run.end :]
    if run.low == 0:
        parent.text = before[: run.start]
    else:
        parent[run.low - 1].tail = before[: run.start]
    return name

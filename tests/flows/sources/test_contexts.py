"""What an element says of its text."""

from __future__ import annotations

import pytest
from lxml import etree

from flows.sources.contexts import Context, context_of, heading_level
from flows.sources.markup import parse_document, tokens_of
from flows.sources.notes import NoteLinks
from flows.sources.options import ReadOptions
from tests.flows.sources.epub_files import page


def element(markup: str) -> etree._Element:
    """The element marked `id="x"` of a page."""
    root = parse_document(page(markup).encode()).root
    return next(e for e in root.iter() if e.get("id") == "x")


@pytest.mark.parametrize(
    ("markup", "level"),
    [
        ('<h3 id="x">T</h3>', 3),
        ('<p id="x" role="heading" aria-level="4">T</p>', 4),
        ('<p id="x" role="heading" aria-level="9">T</p>', 2),
        ('<p id="x" class="chapter-title">T</p>', 2),
        ('<div id="x" class="chapter"><p>T</p></div>', 0),
        ('<div id="x" class="heading"><p>T</p></div>', 0),
        ('<hgroup><h2>T</h2><p id="x">of it</p></hgroup>', 3),
        ('<p id="x">T</p>', 0),
    ],
)
def test_levels_of_headings(markup: str, level: int) -> None:
    found = element(markup)
    assert heading_level(found, tokens_of(found), (found.get("class") or "").lower().split()) == level


@pytest.mark.parametrize(
    ("markup", "kind", "reason"),
    [
        ('<blockquote id="x">T</blockquote>', "blockquote", ""),
        ('<div id="x" class="stanza">T</div>', "verse", ""),
        ('<div id="x" class="letter">T</div>', "letter", ""),
        ('<pre id="x"><code>T</code></pre>', "code", ""),
        ('<section id="x" epub:type="titlepage">T</section>', "text", "title-page"),
        ('<aside id="x" epub:type="footnote">T</aside>', "note", "note"),
        ('<table><tr id="x"><td>T</td></tr></table>', "table-row", ""),
        ('<table><tr id="x"><td><p>T</p><p>T</p></td></tr></table>', "text", ""),
    ],
)
def test_kinds_and_reasons(markup: str, kind: str, reason: str) -> None:
    made = context_of(element(markup), Context(), NoteLinks(), ReadOptions())
    assert (made.kind, made.reason) == (kind, reason)


def test_what_is_asked_for_is_read() -> None:
    title_page = element('<section id="x" epub:type="titlepage">T</section>')
    assert not context_of(title_page, Context(), NoteLinks(), ReadOptions(front_matter=True)).reason


def test_an_epigraph_on_a_title_page_is_read_and_a_heading_among_notes_is_a_note() -> None:
    epigraph = element('<p id="x" epub:type="epigraph">T</p>')
    assert not context_of(epigraph, Context(reason="title-page"), NoteLinks(), ReadOptions()).reason
    heading = element('<h2 id="x">Notes</h2>')
    assert context_of(heading, Context(kind="note"), NoteLinks(), ReadOptions()).kind == "note"

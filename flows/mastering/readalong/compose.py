"""A manuscript as an EPUB of its own, for books that are none: a page a chapter, contents and cover; by EbookLib."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

from ebooklib import epub

from flows.mastering.tags import BookMetadata
from flows.script.manuscript import Chapter, Paragraph

STYLE = """\
body { line-height: 1.5; margin: 5%; }
h1, h2, h3 { text-align: center; font-weight: normal; line-height: 1.25; margin: 2em 0 1.5em; }
p { margin: 0; text-indent: 1.5em; }
h1 + p, h2 + p, h3 + p, hr + p { text-indent: 0; }
blockquote { margin: 1em 1.5em; }
.verse, .row, .code { text-indent: 0; }
.verse { margin-left: 2em; }
.code { font-family: monospace; white-space: pre-wrap; }
.caption { font-size: smaller; text-align: center; text-indent: 0; }
hr { border: none; border-top: 1px solid; margin: 1.5em auto; width: 30%; }
aside { font-size: smaller; margin: 1em 0; }
"""
PAGES = "text"
_CLASSES = {"verse": "verse", "table-row": "row", "code": "code", "caption": "caption"}
_GROUPS = {"blockquote": "blockquote", "letter": "blockquote", "list-item": "ul", "note": "aside"}


@dataclass(frozen=True, slots=True)
class ComposedPage:
    """A chapter's page.

    Args:
        document: its member in the EPUB.
        letters: of its body.
        paragraphs: for each paragraph of the chapter, how many letters stand before it.
        title: letters before the title, where the page prints one of its own; else None.
    """

    document: str
    letters: str
    paragraphs: tuple[int, ...]
    title: int | None


def compose(
    chapters: Sequence[Chapter], titled: Collection[int], book: BookMetadata, identity: str, out: Path
) -> list[ComposedPage]:
    """Write an EPUB 3 of chapters (not atomic: write to a partial file).

    Args:
        titled: indices of chapters whose title is said before their text, which does not begin with it.
        identity: what tells the book from others, for instance a digest of its text.

    Returns: where the paragraphs stand, a page a chapter.
    """
    made = epub.EpubBook()
    made.set_identifier(f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, identity)}")
    made.set_title(book.title)
    made.set_language(book.language or "und")
    for author in book.authors:
        made.add_author(author, uid=f"creator-{len(made.get_metadata('DC', 'creator')) + 1}")
    for name, value in (
        ("publisher", book.publisher),
        ("description", book.description),
        ("date", book.year),
    ):
        if value:
            made.add_metadata("DC", name, value)
    if book.cover is not None:
        cover = epub.EpubCover(uid="cover-image", file_name="cover.jpg")
        cover.content = book.cover
        made.add_item(cover)
        made.add_metadata(None, "meta", "", {"name": "cover", "content": "cover-image"})
    made.add_item(
        epub.EpubItem(uid="style", file_name="style.css", media_type="text/css", content=STYLE.encode())
    )
    width = max(2, len(str(len(chapters))))
    lines = [f"<h1>{escape(book.title)}</h1>", *(f"<p>{escape(author)}</p>" for author in book.authors)]
    first = _add_page(made, "title-page", book.title, f"{PAGES}/title.xhtml")
    first.content = f'<section epub:type="titlepage">{"".join(lines)}</section>'
    pages, told = [], []
    for number, chapter in enumerate(chapters, 1):
        title = chapter.title.strip() or f"{number}"
        page = _add_page(made, f"chapter-{number}", title, f"{PAGES}/{number:0{width}}.xhtml")
        page.content, composed = _page(chapter, (number - 1) in titled, f"EPUB/{page.file_name}")
        pages.append(page)
        told.append(composed)
    made.toc = [epub.Link(page.file_name, page.title, page.id) for page in pages]
    nav = epub.EpubNav()
    nav.title = book.title
    made.add_item(epub.EpubNcx())
    made.add_item(nav)
    made.spine = [first, *pages]
    epub.write_epub(str(out), made, {"raise_exceptions": True})
    return told


def _add_page(book: epub.EpubBook, uid: str, title: str, name: str) -> epub.EpubHtml:
    page = epub.EpubHtml(uid=uid, title=title, file_name=name, lang=book.language)
    page.add_link(href="../style.css", rel="stylesheet", type="text/css")
    book.add_item(page)
    return page


def _page(chapter: Chapter, titled: bool, document: str) -> tuple[str, ComposedPage]:
    letters: list[str] = []
    count = 0

    def add(text: str) -> int:
        nonlocal count
        before = count
        squeezed = "".join(text.split())
        letters.append(squeezed)
        count += len(squeezed)
        return before

    rows: list[str] = []
    title = None
    headed = any(paragraph.kind == "heading" for paragraph in chapter.paragraphs[:1])
    if chapter.title.strip() and (titled or not headed):
        title = add(chapter.title)
        rows.append(f"<h2>{escape(chapter.title)}</h2>")
    top = title is None
    places: list[int] = []
    for kind, group in groupby(chapter.paragraphs, key=lambda paragraph: paragraph.kind):
        shown = []
        for paragraph in group:
            places.append(add(paragraph.text))
            shown.append(_shown(paragraph, top and len(places) == 1))
        around = _GROUPS.get(kind)
        note = ' epub:type="footnote"' if kind == "note" else ""
        rows += [f"<{around}{note}>", *shown, f"</{around}>"] if around else shown
    body = "\n".join(rows)
    page = ComposedPage(document, "".join(letters), tuple(places), title)
    kind = {"front": "frontmatter", "back": "backmatter", "part": "part"}.get(chapter.kind, "chapter")
    return f'<section epub:type="{kind}">\n{body}\n</section>', page


def _shown(paragraph: Paragraph, top: bool) -> str:
    text = escape(paragraph.text)
    if paragraph.kind == "scene-break":
        return "<hr/>" if not text else f'<p class="caption">{text}</p>'
    language = (
        f' xml:lang="{escape(paragraph.language)}" lang="{escape(paragraph.language)}"'
        if paragraph.language
        else ""
    )
    if paragraph.kind == "heading":
        name = "h2" if top else "h3"
        return f"<{name}{language}>{text}</{name}>"
    if paragraph.kind == "list-item":
        return f"<li{language}>{text}</li>"
    told = f' class="{_CLASSES[paragraph.kind]}"' if paragraph.kind in _CLASSES else ""
    return f"<p{told}{language}>{text}</p>"

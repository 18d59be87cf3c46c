"""A format of books is a module and a row: all that follows its blocks is the same for all."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from flows import sources
from flows.script.manuscript import Manuscript
from flows.sources.assembling import keep_something, manuscript_of
from flows.sources.blocks import Block, DocumentText, TextBuilder
from flows.sources.chapters import Book, Mark, book_of
from flows.sources.metadata import Metadata
from flows.sources.options import ReadOptions
from normalizers import DuoyinError

GUTENBERG = "*** START OF THE PROJECT GUTENBERG EBOOK A BOOK ***"


def document_of(*paragraphs: str, name: str = "a") -> DocumentText:
    document = DocumentText(name, "\n".join(paragraphs))
    builder = TextBuilder(document)
    at = 0
    for paragraph in paragraphs:
        builder.add(paragraph, at)
        builder.flush("text")
        at += len(paragraph) + 1
    return document


def read_lines(path: Path, options: ReadOptions) -> Manuscript:
    """A format as short as one can be: a line a paragraph, a chapter at each line that begins with `=`."""
    document = document_of(*path.read_text("utf-8").splitlines())
    book = book_of([document], Metadata(path.stem, language="en"), options)

    def marks(book: Book) -> list[Mark]:
        return [Mark(b.text, i, 1, "") for i, b in enumerate(book.blocks) if b.text.startswith("=")]

    return manuscript_of(book, [document], marks, digest="")


def test_a_format_is_one_module_and_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("lines_format")
    module.read = read_lines  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lines_format", module)
    monkeypatch.setitem(sources.SOURCES, ".lines", sources.BookFormat("Lines", (".lines",), "lines_format"))
    path = tmp_path / "book.lines"
    path.write_text(f"{GUTENBERG}\n= One\nWords.\n= Two\nMore words.\n", "utf-8")
    manuscript = sources.read(path)
    assert [chapter.title for chapter in manuscript.chapters] == ["= One", "= Two"]
    assert [item.reason for item in manuscript.left_out] == ["gutenberg"]
    totals = manuscript.accounting()
    assert totals.source == totals.read + totals.left_out


def test_every_suffix_is_one_formats(tmp_path: Path) -> None:
    suffixes = [suffix for book in sources.BOOKS for suffix in book.suffixes]
    assert len(suffixes) == len(set(suffixes)) == len(sources.SOURCES)
    unknown = tmp_path / "book.fb2"
    unknown.write_text("x")
    with pytest.raises(DuoyinError) as caught:
        sources.read(unknown)
    assert all(suffix in (caught.value.hint or "") for suffix in suffixes)


def test_a_book_of_one_title_page_is_read() -> None:
    blocks = [Block("text", "a", "A Book", (), 0, 6, reason="title-page")]
    keep_something(blocks)
    assert not blocks[0].reason


def test_what_is_left_out_stands_in_the_order_of_the_documents() -> None:
    documents = [document_of("one", "two", name="z"), document_of("three", "four", name="a")]
    book = book_of(documents, Metadata("A Book"), ReadOptions())
    for index in (0, 2):
        book.blocks[index].reason = "hidden"
    manuscript = manuscript_of(book, documents, lambda _: [], digest="")
    assert [item.text for item in manuscript.left_out] == ["one", "three"]


@pytest.mark.parametrize("name", ["book.md", "book.txt", "book.epub"])
def test_a_book_that_may_not_be_read_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).write_text("# One\n\nText.\n")

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("io.open", forbidden)  # root, as whom tests often run, may read everything
    with pytest.raises(DuoyinError, match="Permission denied") as caught:
        sources.read(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)

"""Read-along books are valid EPUB 3: both checkers find nothing that they did not find in the publisher's book, and no
letter of it is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.mastering.readalong.book import Level
from flows.sources.options import ReadOptions
from tests.conftest import REPOSITORY
from tests.flows.making.readalong import checked, checked_by_java, new_faults, read_along, texts
from tests.flows.making.test_delivery import make, project_of
from tests.flows.making.test_readalong import HOUSE, marked

EXAMPLES = sorted((REPOSITORY / "projects").glob("*/*.epub"))
SMALL = {
    "lost-treasure": "EPUB 2 by calibre, with an old cover page and presentational markup",
    "idpf-hefty-water": "ruby and epub:switch",
    "idpf-trees": "pictures and tables",
    "idpf-wasteland-woff-obf": "a poem, obfuscated fonts, endnotes, passages in other languages",
    "ebooklib-test01": "tiny",
}
LARGE = (
    "idpf-georgia-pls-ssml",
    "idpf-internallinks",
    "idpf-childrens-literature",
    "idpf-epub30-spec",
    "idpf-kusamakura-japanese-vertical-writing",
    "epubjs-alice",
    "vertical-zh-template",
    "pg-robinson-crusoe",
    "conv-xiyouji",
    "acb-guwenguanzhi",
    "se-time-machine",
    "se-christmas-carol",
)
"""Whole novels and what takes the checker long: EPUB 2 and 3, vertical writing, seven levels of contents, 4,603 rubies.
"""
BY_JAVA = (
    "lost-treasure",
    "idpf-hefty-water",
    "idpf-trees",
    "idpf-georgia-pls-ssml",
    "epubjs-alice",
    "vertical-zh-template",
)


def wrong(source: Path, out: Path, level: Level) -> list[object]:
    """What a book's read-along must not have, held against the book: other text, lines without a place, new faults."""
    made = read_along(source, out, level)
    after = texts(made.path)
    lines = [item for chapter in made.wanted.chapters for item in chapter.lines]
    return [
        *(name for name, text in texts(source).items() if after.get(name) != text),
        *(item for item in lines if not (item.printed or item.announced)),
        *made.notes,
        *new_faults(made.path, source, checked),
    ]


@pytest.mark.parametrize("level", ["sentence", "word"])
@pytest.mark.parametrize("source", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_examples_are_valid_read_along(source: Path, level: Level, tmp_path: Path) -> None:
    assert not wrong(source, tmp_path / source.name, level)
    assert not checked(tmp_path / source.name)


def test_a_book_made_of_text_is_valid(tmp_path: Path) -> None:
    (book,) = make(project_of(tmp_path, HOUSE, "house"), read_along="sentence").read_along
    assert not checked(book)


@pytest.mark.parametrize("name", SMALL)
def test_books_of_publishers_stay_valid(name: str, shared: Path, tmp_path: Path) -> None:
    assert not wrong(shared / "corpus/epub" / f"{name}.epub", tmp_path / f"{name}.epub", "word")


def test_an_epub_2_with_faults_becomes_an_epub_3_without(shared: Path, tmp_path: Path) -> None:
    source = shared / "corpus/epub/lost-treasure.epub"
    made = read_along(source, tmp_path / "treasure.epub")
    assert checked(source) and not checked(made.path)


def test_notes_that_are_read_can_be_skipped(shared: Path, tmp_path: Path) -> None:
    source = shared / "corpus/epub/idpf-wasteland-woff-obf.epub"
    options = ReadOptions(notes="chapter")
    made = read_along(source, tmp_path / "land.epub", "sentence", options)
    assert any(item.note for chapter in made.wanted.chapters for item in chapter.lines)
    assert not [f for f in checked(made.path) if f not in checked(source)]
    assert marked(made.path, "EPUB/wasteland-content.xhtml")


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_whole_books_stay_valid(name: str, shared: Path, tmp_path: Path) -> None:
    assert not wrong(shared / "corpus/epub" / f"{name}.epub", tmp_path / f"{name}.epub", "sentence")


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_JAVA)
def test_the_checker_of_the_w3c_agrees(name: str, shared: Path, tmp_path: Path) -> None:
    source = shared / "corpus/epub" / f"{name}.epub"
    made = read_along(source, tmp_path / f"{name}.epub")
    assert not new_faults(made.path, source, checked_by_java)


@pytest.mark.slow
@pytest.mark.parametrize("source", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_checker_of_the_w3c_finds_nothing_in_the_examples(source: Path, tmp_path: Path) -> None:
    assert not checked_by_java(read_along(source, tmp_path / source.name, "word").path)

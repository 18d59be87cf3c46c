"""The example books: as built, as written, and as read."""

from __future__ import annotations

import importlib.util
import io
import re
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from flows.sources import read
from tests.flows.sources.epub_files import assert_tiles, document_texts

REPOSITORY = Path(__file__).resolve().parents[3]
EXAMPLES = ["example-en", "example-zh"]


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "build_examples", REPOSITORY / "tools" / "build_examples.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_checked_in_epub_is_what_the_source_builds(builder: ModuleType, name: str) -> None:
    folder = REPOSITORY / "projects" / name
    built = members(builder.build(folder))
    checked_in = members((folder / builder.EPUBS[name]).read_bytes())
    generator = re.compile(
        rb'<meta name="generator"[^>]*>|content="Ebook-lib [^"]*"'
    )  # ebooklib writes its version
    assert {k: generator.sub(b"", v) for k, v in built.items()} == {
        k: generator.sub(b"", v) for k, v in checked_in.items()
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_epub_and_markdown_read_the_same(builder: ModuleType, name: str) -> None:
    folder = REPOSITORY / "projects" / name
    epub, markdown = read(folder / builder.EPUBS[name]), read(folder / "book.md")
    assert (epub.title, epub.authors, epub.language) == (markdown.title, markdown.authors, markdown.language)
    assert [(c.title, [p.text for p in c.paragraphs]) for c in epub.chapters] == [
        (c.title, [p.text for p in c.paragraphs]) for c in markdown.chapters
    ]
    assert len(epub.chapters) >= 3
    assert_tiles(epub, document_texts(folder / builder.EPUBS[name]))


@pytest.mark.parametrize("name", EXAMPLES)
def test_cover_is_a_small_picture(builder: ModuleType, name: str) -> None:
    cover = read(REPOSITORY / "projects" / name / builder.EPUBS[name]).cover
    assert cover and cover.media_type == "image/png" and len(cover.data) < 60_000


def test_the_container_is_valid(builder: ModuleType) -> None:
    for name in EXAMPLES:
        with zipfile.ZipFile(REPOSITORY / "projects" / name / builder.EPUBS[name]) as archive:
            first = archive.infolist()[0]
            assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
            assert archive.read("mimetype") == b"application/epub+zip"


def test_they_hold_what_a_reader_stumbles_over() -> None:
    english = (REPOSITORY / "projects" / "example-en" / "book.md").read_text("utf-8")
    assert 1000 < len(english.split()) < 1400
    assert all(word in english for word in ("Dr.", "No. 17", "a.m.", "£", "1974", "Mr."))
    chinese = (REPOSITORY / "projects" / "example-zh" / "book.md").read_text("utf-8").split("---", 2)[2]
    assert 1300 < len("".join(chinese.split())) < 1700
    assert all(word in chinese for word in ("年3月12日", "元", "8点45分", "“"))

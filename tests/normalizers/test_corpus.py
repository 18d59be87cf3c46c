"""The coverage promise on real books: the texts of the shared corpus."""

from __future__ import annotations

import re
import zipfile
from html import unescape
from pathlib import Path

import pytest

from normalizers import normalize_spans, split_spans
from normalizers.scripts import is_han

BOOKS = {
    "se-sherlock-holmes-adventures": "en",
    "se-christmas-carol": "en",
    "epubjs-alice": "en",
    "conv-xiyouji": "zh",
    "idpf-childrens-literature": "en",
    "abogen-debug-tts-samples": "en",
}
PARAGRAPHS = 400
"""Paragraphs taken of each book, spread over it; the whole corpus takes minutes and runs as `slow`."""


def paragraphs(path: Path) -> list[str]:
    """Text of the block elements of an EPUB, roughly: enough to meet every kind of prose."""
    out: list[str] = []
    with zipfile.ZipFile(path) as book:
        for name in sorted(book.namelist()):
            if name.endswith((".xhtml", ".html", ".htm")):
                page = book.read(name).decode("utf-8", "replace")
                for block in re.findall(r"<(?:p|h\d|li)[^>]*>(.*?)</(?:p|h\d|li)>", page, re.S):
                    text = " ".join(unescape(re.sub(r"<[^>]+>", "", block)).split())
                    if text:
                        out.append(text)
    return out


def check(text: str, lang: str) -> None:
    result = normalize_spans(text, lang)
    left = [c for c in result.text if (c.isdigit() or c.isnumeric()) and not is_han(c)]
    assert not left, (left, text)
    assert normalize_spans(result.text, lang).text == result.text, text
    for r in result.replacements:
        said, source = result.text[r.out_start : r.out_end], text[r.src_start : r.src_end]
        assert said.strip() or not re.search(r"[^\W\d_]", source), (source, r)
    covered = "".join(text[s.start : s.end] for s in split_spans(text, lang))
    assert re.sub(r"\s", "", covered) == re.sub(r"\s", "", text)


@pytest.mark.parametrize(("book", "lang"), BOOKS.items())
def test_a_sample_of_each_book(shared: Path, book: str, lang: str) -> None:
    everything = paragraphs(shared / "corpus" / "epub" / f"{book}.epub")
    assert everything
    for text in everything[:: max(1, len(everything) // PARAGRAPHS)]:
        check(text, lang)


@pytest.mark.slow
def test_the_whole_corpus(shared: Path) -> None:
    for path in sorted((shared / "corpus" / "epub").glob("*.epub")):
        for text in paragraphs(path):
            check(text, "auto")


def test_a_line_of_a_million_characters(shared: Path) -> None:
    line = " ".join(paragraphs(shared / "corpus" / "epub" / "se-christmas-carol.epub"))
    line = (line * (1_000_000 // len(line) + 1))[:1_000_000]
    result = normalize_spans(line, "en")
    assert not any(c.isdigit() for c in result.text) and len(result.text) > 900_000

"""Every book of the corpus against its ground truth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.script.manuscript import Manuscript, count_characters
from flows.sources import ReadOptions, inspect_manuscript, read
from flows.sources.encoding import decode
from normalizers import DuoyinError
from tests.flows.sources.epub_files import assert_tiles, document_texts


@pytest.fixture(scope="module")
def corpus(shared: Path) -> Path:
    return shared / "corpus"


def books(folder: Path) -> list[Path]:
    found = sorted(folder.glob("epub/*.epub"))
    assert found, f"no books in {folder}"
    return found


@pytest.fixture(scope="module")
def manuscripts(corpus: Path) -> dict[Path, Manuscript]:
    return {book: read(book) for book in books(corpus)}


def squeezed(title: str) -> str:
    return "".join(title.split()).casefold()


def test_metadata_of_every_book(manuscripts: dict[Path, Manuscript]) -> None:
    for book, manuscript in manuscripts.items():
        truth = json.loads(book.with_suffix(".json").read_text("utf-8"))
        assert manuscript.title == truth["title"][0], book.name
        assert list(manuscript.authors) == truth["authors"], book.name
        assert manuscript.language == truth["language"][0], book.name


def test_chapters_of_every_book(manuscripts: dict[Path, Manuscript]) -> None:
    """Linked entries of the contents are chapters, except what the ground truth or the package marks as not read.

    Three kinds of entries rightly give none: a parent that shares its first child's place (卷一 before its
    first essay), a document marked linear=no, and the notes.
    """
    for book, manuscript in manuscripts.items():
        truth = json.loads(book.with_suffix(".json").read_text("utf-8"))
        got = [squeezed(c.title) for c in manuscript.chapters]
        expected = truth.get("narrative_units_expected")
        wanted = [
            e
            for e in truth["chapters_in_reading_order"]
            if e["href"] and not e.get("same_file_as_earlier_entry")
        ]
        if len(wanted) < len(got) and expected and expected > len(wanted):
            continue  # the contents are useless; the next test counts
        missing = [e["title"] for e in wanted if squeezed(e["title"]) not in set(got)]
        missing = [
            t
            for t in missing
            if not t.startswith(("卷", "NOTES", "Terminology", "EPUB 3 Specifications - Table"))
        ]
        missing = [t for t in missing if squeezed(t) != squeezed(manuscript.title)]  # title pages
        assert not missing, (book.name, missing)


@pytest.mark.parametrize(
    ("name", "chapters"),
    [
        ("conv-xiyouji", 100),
        ("acb-sanguoyanyi", 120),
        ("se-pride-and-prejudice", 61),
        ("se-christmas-carol", 5),
        ("se-time-machine", 13),
        ("pg-robinson-crusoe", 20),
        ("epubjs-alice", 10),
        ("lost-treasure", 5),
        ("idpf-wasteland-woff-obf", 5),
        ("abogen-debug-tts-samples", 1),
        ("idpf-kusamakura-japanese-vertical-writing", 13),
        ("acb-guwenguanzhi", 222),
    ],
)
def test_narrative_units(corpus: Path, manuscripts: dict[Path, Manuscript], name: str, chapters: int) -> None:
    manuscript = manuscripts[corpus / "epub" / f"{name}.epub"]
    assert sum(1 for c in manuscript.chapters if c.kind == "chapter") == chapters


def test_every_character_of_every_book_is_accounted_for(manuscripts: dict[Path, Manuscript]) -> None:
    for book, manuscript in manuscripts.items():
        assert_tiles(manuscript, document_texts(book))


def test_accounting_holds_with_every_option(corpus: Path) -> None:
    options = ReadOptions(
        notes="paragraph",
        page_numbers=True,
        front_matter=True,
        contents=True,
        nonlinear=True,
        skip=(".jiazhu", "blockquote"),
    )
    for book in books(corpus):
        assert_tiles(read(book, options), document_texts(book))


def test_images_alt_is_text_only_when_asked(corpus: Path) -> None:
    book = corpus / "epub" / "epubjs-alice.epub"
    plain, spoken = read(book), read(book, ReadOptions(images=True))
    assert spoken.accounting().read > plain.accounting().read
    assert spoken.accounting().source == spoken.accounting().read + spoken.accounting().left_out
    assert any(p.kind == "caption" for c in spoken.chapters for p in c.paragraphs)


def test_interlinear_commentary_is_left_out_by_selector(corpus: Path) -> None:
    book = corpus / "epub" / "acb-sanguoyanyi.epub"
    truth = json.loads(book.with_suffix(".json").read_text("utf-8"))
    manuscript = read(book, ReadOptions(skip=(".jiazhu",)))
    han = sum(
        1 for c in manuscript.chapters for p in c.paragraphs for x in p.text if "\u4e00" <= x <= "\u9fff"
    )
    wanted = truth["cjk_chars_without_commentary"]["without class jiazhu"]
    assert abs(han - wanted) < 0.01 * wanted


def test_text_files(corpus: Path) -> None:
    for truth in json.loads((corpus / "txt" / "manifest.json").read_text("utf-8")):
        path = corpus / "txt" / truth["file"]
        manuscript = read(path)
        assert manuscript.title == truth["title"]
        assert manuscript.language == truth["language"]
        text = decode(path.read_bytes()).text
        assert (
            sum("\u4e00" <= c <= "\u9fff" or "\u3400" <= c <= "\u4dbf" for c in text)
            == truth["han_characters"]
        )
        assert_tiles(manuscript, {path.name: text})
        assert manuscript.source_characters == count_characters(text)


@pytest.mark.parametrize(
    ("name", "chapters", "first"),
    [
        ("xiyouji-simplified.txt", 100, "第一回 灵根育孕源流出 心性修持大道生"),
        ("laocan-youji-gbk.txt", 20, "第一回 土不制水历年成患 风能鼓浪到处可危"),
        ("laocan-youji.txt", 20, "第一回土不制水歷年成患風能鼓浪到處可危"),
    ],
)
def test_chapters_of_text_files(corpus: Path, name: str, chapters: int, first: str) -> None:
    manuscript = read(corpus / "txt" / name)
    assert next(c.title for c in manuscript.chapters if c.kind == "chapter") == first
    assert len(manuscript.chapters) == chapters


def test_edge_files_are_read_or_refused_with_one_clear_error(corpus: Path) -> None:
    refused = set()
    for path in sorted(corpus.glob("epub-edge/*.epub")):
        try:
            manuscript = read(path)
        except DuoyinError as error:
            assert error.where and path.name in error.where
            assert error.hint and "Traceback" not in str(error)
            refused.add(path.stem)
        else:
            assert_tiles(manuscript, document_texts(path))
    assert refused == {
        "epubcheck-ocf-encryption-unknown-valid",
        "epubcheck-ocf-package-document-missing-fatal",
        "epubcheck-ocf-zip-unreadable-empty-fatal",
        "epubcheck-ocf-zip-unreadable-no-end-header-fatal",
    }


def test_inspect_gives_the_documented_json(corpus: Path) -> None:
    report = inspect_manuscript(read(corpus / "epub" / "pg-robinson-crusoe.epub"))
    told = {"title", "authors", "language", "chapters", "left_out", "replaced", "totals", "warnings"}
    assert set(report) == told
    assert set(report["chapters"][0]) == {"title", "characters", "source"}
    assert {"reason", "characters", "sample"} <= set(report["left_out"][0])
    totals = report["totals"]
    assert totals["read_characters"] == sum(c["characters"] for c in report["chapters"])
    assert totals["left_out_characters"] == sum(item["characters"] for item in report["left_out"])
    assert totals["source_characters"] == totals["read_characters"] + totals["left_out_characters"]
    assert json.loads(json.dumps(report, ensure_ascii=False)) == report
    assert {"gutenberg", "contents", "title-page"} <= {item["reason"] for item in report["left_out"]}

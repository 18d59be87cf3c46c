"""Metadata of the package document, EPUB 2 and 3."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest

from flows.script.manuscript import Manuscript
from flows.sources import read
from tests.flows.sources.epub_files import page, texts, titles, write_epub

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20


def read_metadata(tmp_path: Path, metadata: str, **more: Any) -> Manuscript:
    documents = {"a.xhtml": page("<p>Words.</p>")}
    return read(write_epub(tmp_path / "b.epub", documents, metadata=metadata, **more))


def test_the_main_title_is_told_from_the_subtitle(tmp_path: Path) -> None:
    metadata = (
        '<dc:title id="s">A Romance</dc:title><meta refines="#s" property="title-type">subtitle</meta>'
        '<dc:title id="m">The  Real\n Title</dc:title><meta refines="#m" property="title-type">main</meta>'
    )
    assert read_metadata(tmp_path, metadata).title == "The Real Title"


def test_authors_but_not_illustrators_and_translators(tmp_path: Path) -> None:
    metadata = (
        '<dc:title>T</dc:title><dc:creator opf:role="aut" opf:file-as="B, A">A. B.</dc:creator>'
        '<dc:creator id="c2">C. D.</dc:creator><meta refines="#c2" property="role" scheme="marc:relators">aut</meta>'
        '<dc:creator opf:role="ill">E. F.</dc:creator><dc:contributor>G. H.</dc:contributor><dc:creator>C. '
        "D.</dc:creator>"
    )
    assert read_metadata(tmp_path, metadata).authors == ("A. B.", "C. D.")


def test_language_year_publisher_description(tmp_path: Path) -> None:
    metadata = (
        "<dc:title>T</dc:title><dc:language> zh-TW </dc:language><dc:language>en</dc:language>"
        '<dc:date opf:event="modification">2020-01-01</dc:date><dc:date opf:event="publication">1924-05</dc:date>'
        "<dc:publisher>Press &amp; Sons</dc:publisher><dc:description>&lt;p&gt;A &lt;b&gt;fine&lt;/b&gt; "
        "book.&lt;/p&gt;</dc:description>"
    )
    manuscript = read_metadata(tmp_path, metadata)
    assert (manuscript.language, manuscript.year, manuscript.publisher) == ("zh-TW", "1924", "Press & Sons")
    assert manuscript.description == "A fine book."


@pytest.mark.parametrize("date", ["0101-01-01T00:00:00+00:00", "", "n.d."])
def test_dates_that_are_none(tmp_path: Path, date: str) -> None:
    assert read_metadata(tmp_path, f"<dc:title>T</dc:title><dc:date>{date}</dc:date>").year is None


def test_series_of_epub3_and_of_calibre(tmp_path: Path) -> None:
    epub3 = (
        '<dc:title>T</dc:title><meta property="belongs-to-collection" id="c">The Saga</meta>'
        '<meta refines="#c" property="collection-type">series</meta><meta refines="#c" '
        'property="group-position">3</meta>'
    )
    calibre = (
        '<dc:title>T</dc:title><meta name="calibre:series" content="The Saga"/><meta '
        'name="calibre:series_index" content="3.0"/>'
    )
    first, second = read_metadata(tmp_path, epub3), read_metadata(tmp_path, calibre)
    assert (first.series, first.series_index) == ("The Saga", "3")
    assert (second.series, second.series_index) == ("The Saga", "3.0")


def test_covers(tmp_path: Path) -> None:
    title = "<dc:title>T</dc:title>"
    item = '<item id="pic" href="c.png" media-type="image/png" {}/>'
    epub3 = read_metadata(
        tmp_path, title, extra={"c.png": PNG}, manifest=item.format('properties="cover-image"')
    )
    epub2 = read_metadata(
        tmp_path, f'{title}<meta name="cover" content="pic"/>', extra={"c.png": PNG}, manifest=item.format("")
    )
    guide = read_metadata(
        tmp_path,
        title,
        extra={"c.jpg": JPEG, "cover.xhtml": page('<img src="c.jpg"/>')},
        guide='<reference type="cover" href="cover.xhtml"/>',
    )
    assert epub3.cover and epub3.cover.data == PNG and epub3.cover.media_type == "image/png"
    assert epub2.cover == epub3.cover
    assert guide.cover and guide.cover.media_type == "image/jpeg"
    assert read_metadata(tmp_path, title).cover is None


def test_the_picture_inside_an_svg_cover(tmp_path: Path) -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><image '
        'xlink:href="c.jpg"/></svg>'
    )
    item = '<item id="pic" href="c.svg" media-type="image/svg+xml" properties="cover-image"/>'
    manuscript = read_metadata(
        tmp_path, "<dc:title>T</dc:title>", extra={"c.svg": svg, "c.jpg": JPEG}, manifest=item
    )
    assert manuscript.cover and manuscript.cover.data == JPEG


def test_a_package_without_metadata_takes_the_first_heading_or_the_files_name(tmp_path: Path) -> None:
    assert read_metadata(tmp_path, "").title == "b"
    book = write_epub(
        tmp_path / "c.epub", {"a.xhtml": page("<h1>The Heading</h1><p>Words.</p>")}, metadata=""
    )
    assert read(book).title == "The Heading"


def test_a_package_without_namespaces(tmp_path: Path) -> None:
    package = (
        '<package version="1.0"><metadata><dc-metadata xmlns:dc="http://purl.org/dc/elements/1.0/">'
        "<dc:Title>Old</dc:Title></dc-metadata></metadata>"
        '<manifest><item id="a" href="a.xhtml" media-type="text/x-oeb1-document"/></manifest><spine>'
        '<itemref idref="a"/></spine></package>'
    )
    book = write_epub(tmp_path / "b.epub", {"a.xhtml": page("<p>Words.</p>")}, package=package)
    assert read(book).title == "Old"


def test_digest_is_that_of_the_file(tmp_path: Path) -> None:
    import hashlib

    manuscript = read_metadata(tmp_path, "<dc:title>T</dc:title>")
    assert manuscript.digest == hashlib.sha256((tmp_path / "b.epub").read_bytes()).hexdigest()


def package_of(items: str, refs: str) -> str:
    return (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="2.0"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>B</dc:title></metadata>'
        f"<manifest>{items}</manifest><spine>{refs}</spine></package>"
    )


def three(tmp_path: Path, items: str, refs: str) -> Manuscript:
    documents = {f"c{n}.xhtml": page(f"<h2>Chapter {n}</h2><p>Words {n}.</p>") for n in (1, 2, 3)}
    return read(write_epub(tmp_path / "b.epub", documents, package=package_of(items, refs)))


ORDER = '<itemref idref="a"/><itemref idref="b"/><itemref idref="c"/>'


@pytest.mark.parametrize("kind", ["text/plain", "text/xml", "application/xml", "application/octet-stream"])
def test_a_page_under_a_wrong_media_type_is_read(tmp_path: Path, kind: str) -> None:
    items = "".join(
        f'<item id="{i}" href="c{n}.xhtml" media-type="{kind if n == 2 else "application/xhtml+xml"}"/>'
        for n, i in enumerate("abc", 1)
    )
    assert titles(three(tmp_path, items, ORDER)) == ["Chapter 1", "Chapter 2", "Chapter 3"]


def test_two_documents_of_one_id_are_both_read(tmp_path: Path) -> None:
    items = "".join(
        f'<item id="{i}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n, i in enumerate("aab", 1)
    )
    made = three(tmp_path, items, '<itemref idref="a"/><itemref idref="a"/><itemref idref="b"/>')
    assert titles(made) == ["Chapter 1", "Chapter 2", "Chapter 3"]
    assert "share the id" in made.warnings[0]


def test_a_reading_order_of_file_names(tmp_path: Path) -> None:
    items = "".join(
        f'<item id="{i}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n, i in enumerate("abc", 1)
    )
    refs = "".join(f'<itemref idref="c{n}.xhtml"/>' for n in (1, 2, 3))
    assert titles(three(tmp_path, items, refs)) == ["Chapter 1", "Chapter 2", "Chapter 3"]


@pytest.mark.parametrize(
    ("member", "href"),
    [
        (unicodedata.normalize("NFD", "chapitre é.xhtml"), "chapitre%20%C3%A9.xhtml"),
        ("ch%20two.xhtml", "ch%20two.xhtml"),
        ("第一章 开始.xhtml", "%E7%AC%AC%E4%B8%80%E7%AB%A0%20%E5%BC%80%E5%A7%8B.xhtml"),
    ],
)
def test_accents_in_two_characters_and_percent_signs_in_names(tmp_path: Path, member: str, href: str) -> None:
    package = package_of(
        f'<item id="a" href="{href}" media-type="application/xhtml+xml"/>', '<itemref idref="a"/>'
    )
    made = read(write_epub(tmp_path / "b.epub", {member: page("<p>Words.</p>")}, package=package))
    assert texts(made) == ["Words."] and not made.warnings


@pytest.mark.parametrize(("unique", "expected"), [("b", "urn:b"), ("nowhere", "urn:c"), ("", "urn:c")])
def test_the_identifier_that_the_package_calls_unique(tmp_path: Path, unique: str, expected: str) -> None:
    identifiers = "".join(f'<dc:identifier id="{i}">urn:{i}</dc:identifier>' for i in "abc")
    attribute = f' unique-identifier="{unique}"' if unique else ""
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf" version="3.0"{attribute}><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{identifiers}</metadata><manifest><item id="a" '
        'href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>'
    )
    made = read(write_epub(tmp_path / "b.epub", {"a.xhtml": page("<p>Words.</p>")}, package=package))
    assert made.identifier == expected


def test_a_document_called_the_cover_is_read_under_its_own_name(tmp_path: Path) -> None:
    items = '<item id="a" href="front.xhtml" media-type="application/xhtml+xml" properties="cover"/>'
    package = package_of(items, '<itemref idref="a"/>')
    made = read(write_epub(tmp_path / "b.epub", {"front.xhtml": page("<p>Words.</p>")}, package=package))
    assert texts(made) == ["Words."] and not made.warnings


def test_comments_within_the_metadata_are_no_part_of_it(tmp_path: Path) -> None:
    assert read_metadata(tmp_path, "<dc:title>The <!-- old -->Title</dc:title>").title == "The Title"


def test_a_guide_of_several_covers_shows_the_first_picture(tmp_path: Path) -> None:
    documents = {"a.xhtml": page("<p>Words.</p>"), "plain.xhtml": page("<p>No picture.</p>")}
    references = '<reference type="cover" href="plain.xhtml"/><reference type="cover" href="c.jpg"/>'
    made = read(write_epub(tmp_path / "b.epub", documents, guide=references, extra={"c.jpg": JPEG}))
    assert made.cover and made.cover.data == JPEG

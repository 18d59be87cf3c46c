"""Hostile, broken and odd archives: one clear error or a reading, never a traceback and never a file touched."""

from __future__ import annotations

import random
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from flows.sources import ReadOptions, archive, read
from normalizers import DuoyinError
from tests.flows.sources.epub_files import page, texts, write_epub

ENCRYPTION = (
    '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:enc="http://www.w3.org/2001/04/xmlenc#">'
    '<enc:EncryptedData><enc:EncryptionMethod Algorithm="{algorithm}"/><enc:CipherData>'
    '<enc:CipherReference URI="{uri}"/></enc:CipherData></enc:EncryptedData></encryption>'
)


def refused(path: Path) -> DuoyinError:
    with pytest.raises(DuoyinError) as caught:
        read(path)
    assert path.name in (caught.value.where or "")
    return caught.value


def test_missing_empty_and_wrong_files(tmp_path: Path) -> None:
    refused(tmp_path / "none.epub")
    for name, content in {
        "empty.epub": b"",
        "text.epub": b"hello",
        "cut.epub": b"PK\x03\x04" + b"\0" * 100,
    }.items():
        (tmp_path / name).write_bytes(content)
        assert refused(tmp_path / name).hint
    (tmp_path / "folder.epub").mkdir()
    refused(tmp_path / "folder.epub")
    (tmp_path / "book.docx").write_bytes(b"x")
    assert ".epub" in (refused(tmp_path / "book.docx").hint or "")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.4\n", "PDF"),
        (b"\0" * 60 + b"BOOKMOBI" + b"\0" * 200, "Kindle"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        (b"Rar!\x1a\x07\0", "RAR"),
        (b"", "empty"),
    ],
)
def test_other_files_named_like_an_epub_are_told_apart(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "b.epub").write_bytes(content)
    error = refused(tmp_path / "b.epub")
    assert kind in error.message and error.hint


def test_a_document_that_is_no_text_is_named(tmp_path: Path) -> None:
    noise = random.Random(3).randbytes(3000)
    error = refused(write_epub(tmp_path / "b.epub", {"a.xhtml": page("<p>x</p>"), "locked.xhtml": noise}))
    assert "OPS/locked.xhtml" in str(error) and "protected" in (error.hint or "")


def test_an_encrypted_package_document_is_drm(tmp_path: Path) -> None:
    aes = ENCRYPTION.format(algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc", uri="OPS/package.opf")
    book = write_epub(
        tmp_path / "b.epub",
        {"a.xhtml": "x"},
        package="\x01binary",
        extra={"META-INF/encryption.xml": aes},
    )
    assert "DRM" in str(refused(book))


def test_drm_on_content_is_refused_and_obfuscated_fonts_are_not(tmp_path: Path) -> None:
    documents = {"a.xhtml": page("<p>Words.</p>")}
    aes = ENCRYPTION.format(algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc", uri="OPS/a.xhtml")
    locked = write_epub(tmp_path / "drm.epub", documents, extra={"META-INF/encryption.xml": aes})
    assert "DRM" in str(refused(locked))
    for algorithm, uri in [
        ("http://www.idpf.org/2008/embedding", "OPS/font.otf"),
        ("http://ns.adobe.com/pdf/enc#RC", "OPS/font.otf"),
        ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OPS/font.otf"),
    ]:
        fonts = ENCRYPTION.format(algorithm=algorithm, uri=uri)
        book = write_epub(tmp_path / "fonts.epub", documents, extra={"META-INF/encryption.xml": fonts})
        assert texts(read(book)) == ["Words."]


def test_decompression_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = write_epub(
        tmp_path / "bomb.epub", {"a.xhtml": b"<html><body><p>" + b"a" * 30_000_000 + b"</p></body></html>"}
    )
    assert bomb.stat().st_size < 100_000
    assert "bomb" in str(refused(bomb))
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 100_000)
    noise = random.Random(1)
    documents = {f"{n}.xhtml": page(f"<p>{noise.randbytes(15_000).hex()}</p>") for n in range(5)}
    assert "bomb" in str(refused(write_epub(tmp_path / "many.epub", documents)))


@pytest.mark.parametrize(
    "href",
    ["../../../../etc/passwd", "/etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "file:///etc/passwd", "..\\..\\x"],
)
def test_paths_out_of_the_container_find_nothing(tmp_path: Path, href: str) -> None:
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/>'
        f'<manifest><item id="a" href="{href}" media-type="application/xhtml+xml"/></manifest><spine>'
        f'<itemref idref="a"/></spine></package>'
    )
    assert "root:" not in str(
        refused(write_epub(tmp_path / "b.epub", {"a.xhtml": page("<p>x</p>")}, package=package))
    )


def test_members_named_like_paths_are_never_written(tmp_path: Path) -> None:
    book = write_epub(
        tmp_path / "b.epub", {"a.xhtml": page("<p>Words.</p>")}, extra={"../../evil.txt": b"evil"}
    )
    before = sorted(tmp_path.rglob("*"))
    read(book)
    assert sorted(tmp_path.rglob("*")) == before


def test_external_entities_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    document = (
        f'<!DOCTYPE html [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body><p>Before &x; '
        "after.</p></body></html>"
    )
    assert "SECRET" not in " ".join(texts(read(write_epub(tmp_path / "b.epub", {"a.xhtml": document}))))
    opf = f'<!DOCTYPE package [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    package = (
        f'{opf}<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<dc:title>T &x;</dc:title></metadata><manifest><item id="a" href="a.xhtml" '
        'media-type="application/xhtml+xml"/>'
        '</manifest><spine><itemref idref="a"/></spine></package>'
    )
    book = write_epub(tmp_path / "c.epub", {"a.xhtml": page("<p>x</p>")}, package=package)
    assert "SECRET" not in read(book).title


def test_billion_laughs(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    document = (
        f'<!DOCTYPE html [<!ENTITY l0 "ha">{laughs}]><html xmlns="http://www.w3.org/1999/xhtml">'
        "<head><title>t</title></head><body><p>Start &l9; end.</p></body></html>"
    )
    manuscript = read(write_epub(tmp_path / "b.epub", {"a.xhtml": document}))
    assert manuscript.source_characters < 10_000


def test_deep_nesting(tmp_path: Path) -> None:
    deep = "<div>" * 3000 + "<p>Bottom.</p>" + "</div>" * 3000
    book = write_epub(tmp_path / "b.epub", {"a.xhtml": page(deep), "b.xhtml": page("<p>Shallow.</p>")})
    try:
        assert "Shallow." in texts(read(book))
    except DuoyinError as error:
        assert error.hint


def test_tag_soup_and_unclosed_elements_are_read(tmp_path: Path) -> None:
    soup = "<html><head><title/></head><body><p>One &nbsp; & two<br>three<p>Four <b>five</p><a id='x'/>six"
    manuscript = read(write_epub(tmp_path / "b.epub", {"a.xhtml": soup}))
    words = " ".join(texts(manuscript))
    assert all(word in words for word in ("One", "two", "three", "Four", "five", "six"))
    assert manuscript.warnings


def test_html_entities_without_a_doctype(tmp_path: Path) -> None:
    document = (
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body><p>caf&eacute;&nbsp;&mdash; '
        "&lt;here&gt; &amp; there</p></body></html>"
    )
    manuscript = read(write_epub(tmp_path / "b.epub", {"a.xhtml": document}))
    assert texts(manuscript) == ["café — <here> & there"]
    assert not manuscript.warnings


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030", "big5", "utf-8-sig"])
def test_documents_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    declared = {"utf-8-sig": "utf-8", "gb18030": "gb2312"}.get(encoding, encoding)
    document = (
        f'<?xml version="1.0" encoding="{declared}"?><html xmlns="http://www.w3.org/1999/xhtml"><head>'
        f"<title>t</title></head><body><p>山路很長，走了一天。</p></body></html>"
    )
    manuscript = read(write_epub(tmp_path / "b.epub", {"a.xhtml": document.encode(encoding)}))
    assert texts(manuscript) == ["山路很長，走了一天。"]


def test_names_in_the_archive_without_the_utf8_flag(tmp_path: Path) -> None:
    book = tmp_path / "b.epub"
    write_epub(book, {"第一章.xhtml": page("<p>Words.</p>")})
    legacy = "第一章".encode("gb18030")  # six bytes, as the placeholder has
    with zipfile.ZipFile(book) as source:
        members = {n: source.read(n) for n in source.namelist()}
    with zipfile.ZipFile(book, "w") as target:
        for member, content in members.items():
            target.writestr(member.replace("第一章", "XXXXXX"), content)
    book.write_bytes(book.read_bytes().replace(b"XXXXXX", legacy))
    assert texts(read(book)) == ["Words."]


def test_a_missing_container_and_a_missing_spine_document(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.epub", "w") as target:
        target.writestr(
            "content.opf",
            '<package xmlns="http://www.idpf.org/2007/opf"><metadata/><manifest><item id="a" href="a.html" '
            'media-type="application/xhtml+xml"/>'
            '<item id="g" href="gone.html" media-type="application/xhtml+xml"/><item href="noid.html" '
            'media-type="text/html"/></manifest>'
            '<spine><itemref idref="a"/><itemref idref="g"/><itemref idref="nothing"/><itemref/></spine></package>',
        )
        target.writestr("a.html", page("<p>Words.</p>"))
    manuscript = read(tmp_path / "b.epub")
    assert texts(manuscript) == ["Words."]
    assert len(manuscript.warnings) == 2
    assert manuscript.title == "b"


def test_a_corrupt_member_is_one_error(tmp_path: Path) -> None:
    noise = random.Random(2).randbytes(4000).hex()
    book = write_epub(tmp_path / "b.epub", {"a.xhtml": page(f"<p>{noise}</p>")})
    data = bytearray(book.read_bytes())
    at = data.index(b"OPS/a.xhtml") + 400
    data[at : at + 50] = b"\xff" * 50
    book.write_bytes(bytes(data))
    assert "damaged" in str(refused(book))


def test_random_damage_never_gives_a_traceback(tmp_path: Path) -> None:
    source = write_epub(
        tmp_path / "s.epub",
        {"a.xhtml": page("<h1>One</h1><p>Words and words.</p>")},
        toc='<li><a href="a.xhtml">One</a></li>',
    ).read_bytes()
    noise, ends = random.Random(3), Counter[str]()
    for _ in range(150):
        data = bytearray(source)
        for _ in range(noise.randint(1, 12)):
            data[noise.randrange(len(data))] = noise.randrange(256)
        if noise.random() < 0.3:
            data = data[: noise.randrange(len(data))]
        path = tmp_path / "d.epub"
        path.write_bytes(bytes(data))
        try:
            assert read(path).title
            ends["read"] += 1
        except DuoyinError as error:
            assert "d.epub" in str(error)
            ends["refused"] += 1
    assert ends.total() == 150 and min(ends["read"], ends["refused"]) > 5


def test_a_selector_that_is_no_css(tmp_path: Path) -> None:
    book = write_epub(tmp_path / "b.epub", {"a.xhtml": page("<p>x</p>")})
    with pytest.raises(DuoyinError, match="not a CSS selector"):
        read(book, ReadOptions(skip=("p[",)))


def test_references_to_windows_characters(tmp_path: Path) -> None:
    document = page("<p>He said&#151;&#147;it&#x92;s late&#148;&#8212;so.</p>")
    book = write_epub(tmp_path / "b.epub", {"a.xhtml": document})
    assert texts(read(book)) == ["He said—“it’s late”—so."]


def test_latin_1_means_windows_1252(tmp_path: Path) -> None:
    document = page("<p>“It’s déjà late” — so.</p>").replace("utf-8", "iso-8859-1").encode("cp1252")
    assert texts(read(write_epub(tmp_path / "b.epub", {"a.xhtml": document}))) == ["“It’s déjà late” — so."]


SOUP = "<html xmlns='http://www.w3.org/1999/xhtml'><body>{}</body></html>"


@pytest.mark.parametrize(
    ("markup", "read_as"),
    [
        ('<p>One <hersion="1.0">two</p>', "One two"),
        ('<p>One <b"x y=1>two</b"x></p><p>', "One two"),
        ("<p>One <a <b>two</b></p><br", "One two"),
        ('<p {x}y="1" 1:2="3">One two</p><br>', "One two"),
        ("<p>One&#0;&#xd800;&#xffff; two</p><br>", "One two"),
        ("<div>" * 200 + "<p>One two</p><br>", "One two"),
    ],
)
def test_markup_that_no_tree_can_hold_loses_its_tags_and_keeps_its_words(
    tmp_path: Path, markup: str, read_as: str
) -> None:
    manuscript = read(write_epub(tmp_path / "b.epub", {"a.xhtml": SOUP.format(markup)}))
    assert [text.replace("\ufffd", "") for text in texts(manuscript)] == [read_as]
    assert any("not well-formed" in warning for warning in manuscript.warnings)


@pytest.mark.parametrize("name", ["x-no-such", "utf-7", "idna", "hex", "a\0b", "undefined"])
def test_an_encoding_that_is_none_does_not_count(tmp_path: Path, name: str) -> None:
    document = f'<?xml version="1.0" encoding="{name}"?>' + SOUP.format("<p>Café</p>")
    assert texts(read(write_epub(tmp_path / "b.epub", {"a.xhtml": document}))) == ["Café"]


@pytest.mark.parametrize(
    "damage",
    [
        b"\xed\xa0\x80",
        b"<&#xd800;",
        b"<&#56320",
        b"<&#x110000;",
        b"\xff",
        b"&nope;",
        b"<dc:x",
        b"\0",
        b"<1:2/>",
        b"<a xmlns='\x80'/>",
    ],
)
def test_a_damaged_contents_costs_no_words(tmp_path: Path, damage: bytes) -> None:
    contents = (
        b"<ncx xmlns='http://www.daisy.org/z3986/2005/ncx/'><navMap>"
        + damage
        + b"<navPoint><navLabel><text>O"
        + damage
        + b"ne</text></navLabel><content src='a.xhtml'/></navPoint></navMap></ncx>"
    )
    book = write_epub(
        tmp_path / "b.epub",
        {"a.xhtml": page("<p>One two</p>")},
        manifest='<item id="ncx" href="c.ncx" media-type="application/x-dtbncx+xml"/>',
        extra={"c.ncx": contents},
    )
    assert texts(read(book)) == ["One two"]


def test_a_prefix_that_nothing_declares(tmp_path: Path) -> None:
    package = (
        "<package><metadata><dc:title>A Title</dc:title></metadata><manifest><item id='a' href='a.xhtml' "
        "media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/></spine></package>"
    )
    manuscript = read(write_epub(tmp_path / "b.epub", {"a.xhtml": page("<p>x</p>")}, package=package))
    assert manuscript.title == "A Title"


def test_a_member_that_leaves_the_container_is_no_package(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.epub", "w") as target:
        target.writestr("../OPS/package.opf", "<package/>")
    assert "no package document" in str(refused(tmp_path / "b.epub"))


def test_one_damaged_chapter_of_several_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    chapters = {f"{name}.xhtml": page(f"<p>{name} {'word ' * 200}</p>") for name in ("one", "two", "three")}
    book = write_epub(tmp_path / "b.epub", chapters)
    data = bytearray(book.read_bytes())
    at = data.index(b"OPS/two.xhtml") + len("OPS/two.xhtml")
    data[at : at + 20] = b"\xff" * 20
    book.write_bytes(bytes(data))
    manuscript = read(book)
    assert [text[:5].strip() for text in texts(manuscript)] == ["one w", "three"]
    assert any("OPS/two.xhtml cannot be read" in warning for warning in manuscript.warnings)

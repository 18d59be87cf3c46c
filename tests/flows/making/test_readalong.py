"""A read-along book is the publisher's own with the sound of its lines, or one made of the text; no letter changes."""

from __future__ import annotations

import re
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree

from flows.mastering import ffmpeg
from tests.flows.conftest import tone_project
from tests.flows.making.readalong import texts
from tests.flows.making.test_delivery import make, project_of
from tts_core.files import file_digest

SMIL = "{http://www.w3.org/ns/SMIL}"
OPF = "{http://www.idpf.org/2007/opf}"
HOUSE = (
    "# The House\n\nby Nobody Known\n\n## One\n\nA *small* house stood by the sea for years. Nobody lived in it "
    "& nobody came.\n\n> Dear Ann, come.\n\n"
    "## Two\n\n* bread\n* salt\n\n* * *\n\nShe came.\n"
)
SENTENCES = ["A small house stood by the sea for years.", "Nobody lived in it & nobody came."]


def overlays(path: Path) -> dict[str, list[tuple[str, str, float, float]]]:
    """(text, sound, begin, end) of the pars of each overlay of a book."""
    found = {}
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            if name.endswith(".smil"):
                pars = etree.fromstring(file.read(name)).iter(f"{SMIL}par")
                found[name] = [
                    (
                        par[0].get("src"),
                        par[1].get("src"),
                        seconds(par[1].get("clipBegin")),
                        seconds(par[1].get("clipEnd")),
                    )
                    for par in pars
                ]
    return found


def seconds(clock: str) -> float:
    hours, minutes, rest = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def package(path: Path) -> etree._Element:
    with zipfile.ZipFile(path) as file:
        name = next(name for name in file.namelist() if name.endswith(".opf"))
        return etree.fromstring(file.read(name))


def told(path: Path, name: str) -> list[str]:
    return [
        m.text for m in package(path).iter(f"{OPF}meta") if m.get("property") == name and not m.get("refines")
    ]


def marked(path: Path, member: str) -> list[str]:
    """The texts of a page's marked spans, in order."""
    with zipfile.ZipFile(path) as file:
        root = etree.fromstring(file.read(member))
    spans = root.iter("{http://www.w3.org/1999/xhtml}span")
    return [" ".join("".join(s.itertext()).split()) for s in spans if (s.get("id") or "").startswith("line-")]


def test_a_book_of_text_becomes_an_epub_that_marks_its_sentences(tmp_path: Path) -> None:
    made = make(project_of(tmp_path, HOUSE, "house"), read_along="sentence")
    (book,) = made.read_along
    assert book == made.path.with_name("The House.read-along.epub")
    assert f"read along: {book}" in made.to_text()
    assert marked(book, "EPUB/text/01.xhtml") == [
        "One",
        *SENTENCES,
        "Dear Ann, come.",
    ]
    assert marked(book, "EPUB/text/02.xhtml") == ["Two", "bread", "salt", "She came."]
    for (name, pars), (_, _, length) in zip(overlays(book).items(), made.chapter_times, strict=True):
        assert name.endswith(".smil") and pars[0][2] == 0.0
        assert all(a[3] == b[2] for a, b in pairwise(pars)), "pauses are in the clips"
        assert pars[-1][3] == pytest.approx(length, abs=0.1)
    lengths = [
        seconds(m.text) for m in package(book).iter(f"{OPF}meta") if m.get("property") == "media:duration"
    ]
    assert sum(lengths[:-1]) == pytest.approx(lengths[-1], abs=0.002)
    assert told(book, "media:active-class") == ["-epub-media-overlay-active"]
    assert told(book, "schema:accessModeSufficient") == ["textual", "auditory"]
    assert told(book, "schema:accessibilityFeature") == ["synchronizedAudioText"]


def test_the_sound_in_it_is_as_loud_as_the_delivered_one(tmp_path: Path) -> None:
    made = make(project_of(tmp_path, HOUSE, "house"), read_along="sentence", format="mp3")
    (book,) = made.read_along
    assert book.parent == made.path and not any("kept" in warning for warning in made.warnings)
    with zipfile.ZipFile(book) as file:
        names = [name for name in file.namelist() if name.endswith(".mp3")]
        file.extractall(tmp_path / "out", names)
    for name, (_, _, length) in zip(names, made.chapter_times, strict=True):
        assert ffmpeg.probe(tmp_path / "out" / name).duration == pytest.approx(length, abs=0.06)


def test_a_damaged_sound_of_a_chapter_is_encoded_again(tmp_path: Path) -> None:
    project = project_of(tmp_path, HOUSE, "house")
    make(project, read_along="sentence")
    kept = sorted((project / ".duoyin/read-along").glob("*.mp3"))
    whole = kept[0].read_bytes()
    kept[0].write_bytes(whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:])
    made = kept[1].stat().st_mtime_ns
    (book,) = make(project, read_along="word").read_along
    with zipfile.ZipFile(book) as file:
        inside = {file.read(name) for name in file.namelist() if name.endswith(".mp3")}
    assert inside == {whole, kept[1].read_bytes()}
    assert kept[0].read_bytes() == whole and kept[1].stat().st_mtime_ns == made


def test_a_file_of_somebody_else_is_kept_and_ones_own_gives_way(tmp_path: Path) -> None:
    project = project_of(tmp_path, HOUSE, "house")
    (book,) = make(project, read_along="sentence").read_along
    first = file_digest(book)
    assert make(project, read_along="word").read_along == (book,) and file_digest(book) != first
    book.write_bytes(b"mine")
    again = make(project, read_along="sentence")
    assert again.read_along == () and book.read_bytes() == b"mine"
    assert any("is kept" in warning for warning in again.warnings)


def test_the_publishers_epub_gets_spans_and_nothing_else(tmp_path: Path) -> None:
    source = next(Path("projects/example-en").glob("*.epub")).resolve()
    made = make(
        tone_project(tmp_path / "keeper", source), read_along="sentence", read_along_sound="m4a", chapters="1"
    )
    (book,) = made.read_along
    before, after = texts(source), texts(book)
    assert before == {name: after[name] for name in before}
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(book) as new:
        untouched = [n for n in old.namelist() if n not in ("EPUB/content.opf", "EPUB/chapter-1.xhtml")]
        assert all(old.read(name) == new.read(name) for name in untouched)
        page = new.read("EPUB/chapter-1.xhtml").decode()
        bare = re.sub(r'<span id="line-\d+">(.*?)</span>', r"\1", page)
        bare = bare.replace('<link rel="stylesheet" type="text/css" href="read-along/read-along.css"/>', "")
        assert (
            bare.replace(' id="read-along"', "").split() == old.read("EPUB/chapter-1.xhtml").decode().split()
        )
    types = [i.get("media-type") for i in package(book).iter(f"{OPF}item")]
    assert types.count("audio/mp4") == types.count("application/smil+xml") == 1


def test_a_book_whose_pages_cannot_be_written_anew_is_made_all_the_same(tmp_path: Path) -> None:
    source = tmp_path / "odd.epub"
    page = "<html><body><p>The lamp was out, and nobody had lit it for a week.</body></html>"
    with zipfile.ZipFile(source, "w") as file:
        file.writestr("mimetype", "application/epub+zip")
        file.writestr("META-INF/container.xml", '<container><rootfile full-path="a.opf"/></container>')
        file.writestr(
            "a.opf",
            f'<package xmlns="{OPF[1:-1]}" version="2.0"><metadata/><manifest><item id="p" href="p.html" '
            'media-type="application/xhtml+xml"/></manifest><spine><itemref idref="p"/></spine></package>',
        )
        file.writestr("p.html", page)
    made = make(tone_project(tmp_path / "odd", source), read_along="sentence")
    assert made.passed and made.read_along == ()
    assert any("no read-along book" in warning for warning in made.warnings)
    assert not list(made.path.parent.glob("*.epub"))


def test_what_a_person_changed_is_heard_where_the_old_words_are_printed(tmp_path: Path) -> None:
    project = project_of(tmp_path, HOUSE, "house")
    make(project)
    script = project / "script.jsonl"
    script.write_text(script.read_text("utf-8").replace("Nobody lived in it & nobody", "No one"), "utf-8")
    (book,) = make(project, read_along="word").read_along
    assert SENTENCES[1] in marked(book, "EPUB/text/01.xhtml")

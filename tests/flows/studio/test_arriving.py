"""Files that are brought by the page, honest and hostile; and words looked for in every book."""

from __future__ import annotations

import asyncio
import io
import threading
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from flows.studio import arriving
from flows.studio.app import Studio, make_app
from flows.studio.shelf import Shelf
from tests.flows.studio.conftest import HOST, TOKEN, client, only_book

BOOK = b"# A Book\n\n## One\n\nIt is nine.\n"


def left(root: Path) -> list[str]:
    """All that lies in the folder."""
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))


def in_process(app: ASGIApp) -> httpx.AsyncClient:
    """A visitor that sends as it goes, and several things at once."""
    headers = {"cookie": f"duoyin-8155={TOKEN}", "x-duoyin": "1"}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url=f"http://{HOST}", headers=headers
    )


def bomb() -> bytes:
    """An EPUB of which one page is a thousand times as large as it is packed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
            '<rootfile full-path="a.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        )
        archive.writestr(
            "a.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/><manifest>'
            '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine><itemref idref="a"/></spine></package>',
        )
        archive.writestr("a.xhtml", b"<html xmlns='http://www.w3.org/1999/xhtml'><body>" + b" " * (300 << 20))
    return packed.getvalue()


def test_a_book_becomes_a_project_that_shows_what_is_read(tmp_path: Path) -> None:
    visitor = client(tmp_path)
    answer = visitor.put("/arrive", params={"name": "A Book.md"}, content=BOOK)
    assert answer.status_code == 200, answer.text
    assert "It is nine." in visitor.get(f"/book/{answer.json()['book']}/source").text
    assert left(tmp_path) == ["A Book.md", "A Book.md.duoyin", "A Book.md.duoyin/project.yaml"]
    again = visitor.put("/arrive", params={"name": "A Book.md"}, content=BOOK).json()["book"]
    assert again != answer.json()["book"] and (tmp_path / "A Book (2).md").read_bytes() == BOOK


def test_two_books_of_one_name_that_come_at_once_are_both_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_here = threading.Barrier(2)
    monkeypatch.setattr(arriving, "_look_at", lambda file: both_here.wait(10))
    contents = [BOOK, BOOK.replace(b"nine", b"ten")]

    async def send() -> list[int]:
        async with in_process(make_app(Studio(Shelf(tmp_path)), token=TOKEN)) as visitor:
            answers = await asyncio.gather(
                *(visitor.put("/arrive?name=a.md", content=content) for content in contents)
            )
            return [answer.status_code for answer in answers]

    assert asyncio.run(send()) == [200, 200]
    assert sorted(path.read_bytes() for path in tmp_path.glob("*.md")) == sorted(contents)


@pytest.mark.parametrize(("name", "content"), [("book.epub", b"no archive at all"), ("bomb.epub", bomb())])
def test_what_is_not_what_it_says_leaves_nothing(name: str, content: bytes, tmp_path: Path) -> None:
    answer = client(tmp_path).put("/arrive", params={"name": name}, content=content)
    assert answer.status_code == 409 and "cannot be read" in answer.json()["problem"]
    assert str(tmp_path) not in answer.text and left(tmp_path) == []


@pytest.mark.parametrize(
    "name", ["", "x", "run.sh", "book.exe", "..", "../../.bashrc", ".epub", "a.txt/..", "project.yaml"]
)
def test_a_name_says_what_it_is_and_leads_nowhere_else(name: str, tmp_path: Path) -> None:
    assert client(tmp_path).put("/arrive", params={"name": name}, content=BOOK).status_code == 409
    assert left(tmp_path) == []


def test_a_path_in_a_name_is_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "_look_at", lambda file: None)
    for name in ("../../etc/passwd.txt", "..\\..\\x.md", "/tmp/y.srt", "<img src=x>.txt"):
        answer = client(tmp_path).put("/arrive", params={"name": name}, content=BOOK)
        assert answer.status_code == 200
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] != []
    assert {path.parent for path in tmp_path.rglob("*.*") if path.suffix != ".yaml"} == {tmp_path}


def test_two_gigabytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    visitor = client(tmp_path)
    large = {"content-length": str(2 << 30)}
    answer = visitor.put("/arrive", params={"name": "a.txt"}, content=b"x", headers=large)
    assert answer.status_code == 413 and left(tmp_path) == []
    assert visitor.post("/words", content=b"x" * 2_000_000).status_code == 413, "only here more is taken"


def test_two_gigabytes_without_a_length_are_cut_off_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.studio.app.LIMITS", {arriving.ADDRESS: 4_000_000})
    app = make_app(Studio(Shelf(tmp_path)), token=TOKEN)
    given = 0

    async def send() -> int:
        async def pieces() -> AsyncIterator[bytes]:
            nonlocal given
            while given < 2 << 30:
                given += 1 << 20
                yield b"x" * (1 << 20)

        async with in_process(app) as visitor:
            answer = await visitor.put("/arrive?name=a.txt", content=pieces())
            return answer.status_code

    assert asyncio.run(send()) == 413
    assert given < 10_000_000 and left(tmp_path) == []


def test_one_project_takes_no_other_book(spoken: Path) -> None:
    answer = client(spoken / "clocks").put("/arrive", params={"name": "a.txt"}, content=BOOK)
    assert answer.status_code == 409 and "one project" in answer.json()["problem"]


def test_words_are_found_in_every_book(spoken: Path) -> None:
    visitor = client(spoken)
    found = visitor.get("/find", params={"words": "HEARD it"}).json()
    (hit,) = found["hits"]
    assert hit["text"] == "“I heard it strike.”" and hit["speaker"] == "Tom" and found["more"] is False
    assert f"/book/{hit['book']}" == only_book(visitor, spoken)
    assert visitor.get("/find", params={"words": "zebra"}).json() == {"hits": [], "more": False}
    assert visitor.get("/find").json()["hits"] == []

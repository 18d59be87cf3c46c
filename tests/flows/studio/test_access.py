"""Attacks on the studio: by other pages, by other names, by what stands in books, by size."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from flows.studio.access import MOST_BYTES, Access, cookie_name
from flows.studio.answers import static_address
from flows.studio.app import Studio, make_app
from flows.studio.live import MOST_STREAMS, TooMany
from flows.studio.server import open_studio
from flows.studio.shelf import Shelf
from normalizers import DuoyinError
from tests.flows.studio.conftest import HOST, TOKEN, client, only_book

PAGES = ["/", "/words", f"{static_address()}/script.js", f"{static_address()}/keys.json"]


def stranger(root: Path, **headers: str) -> TestClient:
    """A browser that has not been let in."""
    return TestClient(
        make_app(Studio(Shelf(root)), token=TOKEN),
        base_url=f"http://{HOST}",
        headers=headers,
        follow_redirects=False,
    )


@pytest.mark.parametrize("path", PAGES)
def test_without_the_key_nothing_is_shown(path: str, spoken: Path) -> None:
    answer = stranger(spoken).get(path)
    assert answer.status_code == 403 and "duoyin studio" in answer.text and "clocks" not in answer.text
    assert stranger(spoken).get(path, params={"token": TOKEN + "x"}).status_code == 403


def test_the_opened_address_lets_in_and_leaves_no_key_in_it(spoken: Path) -> None:
    visitor = stranger(spoken)
    answer = visitor.get("/", params={"token": TOKEN, "a": "b"})
    assert answer.status_code == 303 and answer.headers["location"] == "/?a=b"
    cookie = answer.headers["set-cookie"]
    assert (
        "HttpOnly" in cookie and "samesite=strict" in cookie.lower() and cookie.startswith(cookie_name(HOST))
    )
    assert visitor.get("/").status_code == 200


def test_the_way_in_leads_to_no_other_machine(spoken: Path) -> None:
    answer = stranger(spoken).get(f"http://{HOST}//evil.example/x", params={"token": TOKEN})
    assert answer.headers["location"] == "/evil.example/x"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8155", "127.0.0.1.evil.example", "", "192.168.1.5:8155"]
)
def test_a_name_pointed_at_this_machine_is_refused(host: str, spoken: Path) -> None:
    assert client(spoken, host=host).get("/").status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8155", "localhost:8155", "[::1]:8155", "LOCALHOST:8155"])
def test_this_machine_may_be_called_by_its_own_names(host: str, spoken: Path) -> None:
    assert client(spoken, host=host).get("/").status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "https://localhost"]
)
def test_another_page_is_refused_also_with_the_cookie(origin: str, spoken: Path) -> None:
    assert client(spoken, origin=origin).get("/words").status_code == 403
    assert client(spoken, origin=origin).post("/words").status_code == 403


def test_the_browsers_own_word_of_another_site_is_heeded(spoken: Path) -> None:
    assert (
        client(spoken, None, **{"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"})
        .get("/words")
        .status_code
        == 403
    )
    assert (
        client(spoken, None, **{"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"})
        .get("/")
        .status_code
        == 200
    )


def test_a_form_of_another_page_lacks_our_header(spoken: Path) -> None:
    visitor = client(spoken)
    del visitor.headers["x-duoyin"]
    assert visitor.post("/words").status_code == 403


def test_pages_may_run_and_load_nothing_but_our_own(spoken: Path) -> None:
    visitor = client(spoken)
    for path in ("/", only_book(visitor, spoken), f"{only_book(visitor, spoken)}/script"):
        answer = visitor.get(path)
        policy = answer.headers["content-security-policy"]
        assert (
            "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        )
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "<script>" not in answer.text and "style=" not in answer.text and "onclick" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        f"{static_address()}/../../app.py", f"{static_address()}/%2e%2e/app.py", f"{static_address()}/..%2fapp.py",
        "/book/..%2f..%2fetc/lines",
        "/book/{book}/take/..%2f..%2fproject.yaml", "/book/{book}/take/../../project.yaml",
        "/book/{book}/take/" + "a" * 64,
        "/book/{book}/peaks/" + "g" * 64, "/book/{book}/line/%2e%2e", "/book/clocks", "/project.yaml", "/language/../x",
    ],
)  # fmt: skip
def test_no_address_leads_to_a_file_that_is_not_shown(path: str, spoken: Path) -> None:
    visitor = client(spoken)
    answer = visitor.get(path.replace("/book/{book}", only_book(visitor, spoken)))
    assert answer.status_code in (404, 303, 405) and "engine" not in answer.text


def test_a_link_out_of_the_folder_is_no_project(spoken: Path, tmp_path: Path) -> None:
    (tmp_path / "inside").symlink_to(spoken / "clocks", target_is_directory=True)
    assert Shelf(tmp_path).books() == []


def test_more_than_an_edit_is_refused_before_it_is_read(spoken: Path) -> None:
    answer = client(spoken).post("/words", content=b"x", headers={"content-length": str(2 << 30)})
    assert answer.status_code == 413
    assert client(spoken).post("/words", content=b"x", headers={"content-length": "-1"}).status_code == 413


def test_a_body_without_a_length_is_cut_off() -> None:
    sent: list[Message] = []
    given = 0

    async def reader(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass

    async def receive() -> Message:
        nonlocal given
        given += 1 << 16
        return {"type": "http.request", "body": b"x" * (1 << 16), "more_body": given < 64 << 20}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http", "method": "POST", "path": "/", "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"x-duoyin", b"1"), (b"cookie", f"duoyin-80={TOKEN}".encode())],
    }  # fmt: skip
    app = Access(reader, token=TOKEN, refused=lambda headers: pytest.fail("it has the cookie"))

    async def asked() -> None:
        await app(scope, receive, send)

    asyncio.run(asked())
    assert sent[0]["status"] == 413 and given <= MOST_BYTES + (2 << 16)


def test_what_changed_before_a_page_listens_is_its_first_news(spoken: Path) -> None:
    studio = Studio(Shelf(spoken))
    (book,) = studio.shelf.books()
    shown = book.shown().revision
    book.project.script_file.touch()

    async def first_news(seen: str) -> str:
        news = studio.live.listen(book, seen)
        assert (await anext(news)).startswith(": here")
        try:
            return await asyncio.wait_for(anext(news), 1.0)
        except TimeoutError:
            return ""
        finally:
            await news.aclose()

    assert "reread" in asyncio.run(first_news(shown))
    assert asyncio.run(first_news(book.shown().revision)) == ""


def test_a_thousand_open_streams_leave_the_studio_answering(spoken: Path) -> None:
    studio = Studio(Shelf(spoken))
    (book,) = studio.shelf.books()

    async def open_many() -> int:
        opened, refused = [], 0
        for _ in range(1000):
            try:
                news = studio.live.listen(book)
            except TooMany:
                refused += 1
                continue
            await anext(news)
            opened.append(news)
        assert studio.live.streams == MOST_STREAMS
        for news in opened:
            await news.aclose()
        assert studio.live.streams == 0
        return refused

    assert asyncio.run(open_many()) == 1000 - MOST_STREAMS


def test_other_machines_are_let_in_only_with_a_token_of_yours(spoken: Path) -> None:
    with pytest.raises(DuoyinError, match="needs a token"):
        open_studio(spoken, host="0.0.0.0")
    with pytest.raises(DuoyinError, match="8 characters"):
        open_studio(spoken, token="short")
    listening, address, app = open_studio(spoken, host="127.0.0.1", port=0, token="long enough")
    listening.close()
    visitor = TestClient(app, base_url="http://192.168.7.7:8155", follow_redirects=False)
    assert visitor.get("/", params={"token": "long enough"}).status_code == 303
    assert "token=long" in address.url
    rebound = TestClient(app, base_url="http://evil.example")
    assert rebound.get("/", params={"token": "long enough"}).status_code == 421


def test_only_this_machine_is_listened_to(spoken: Path) -> None:
    listening, address, _ = open_studio(spoken, port=0)
    with listening:
        assert listening.getsockname()[0] == "127.0.0.1"
    assert len(address.token) >= 32

"""How the studio ends."""

from __future__ import annotations

from pathlib import Path

import httpx

from flows.studio.shelf import Shelf
from tests.flows.studio.conftest import TOKEN, Running


def test_a_page_that_listens_is_let_go_when_the_studio_ends(shelf: Path) -> None:
    """Its answer ends as an answer does, and is not cut off."""
    studio = Running(shelf)
    (book,) = Shelf(shelf).books()
    with httpx.Client(base_url=studio.url, follow_redirects=True) as page:
        assert page.get("/", params={"token": TOKEN}).status_code == 200
        with page.stream("GET", f"/book/{book.id}/events") as news:
            coming = news.iter_text()
            assert next(coming).startswith(": here")
            studio.end()
            assert "".join(coming) == ""
    assert not studio.running

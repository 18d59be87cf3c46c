"""The page that shows a casting, and the list of lines to check."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from flows.casting import cast_book
from flows.casting.report import cast_html
from flows.casting.review import least_certain
from tests.flows.casting.test_cast_book import INN

DOUBTFUL = [
    "Ada, Tom and Ruth stood at the gate.",
    "“Is it late?”",
    "“Past nine, I should think, and the road is long.”",
    "“Then in.”",
]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sources: list[str] = []
        self.errors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sources += [v or "" for k, v in attrs if k in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.errors.append(tag)


def page() -> str:
    chapters = [INN, DOUBTFUL]
    casting = cast_book(chapters, "en")
    return cast_html(
        casting,
        chapters,
        voices={"Martha": "v<1>"},
        auditions={"Martha": "auditions/martha.wav"},
        title="Inn & Out",
    )


def test_the_page_is_well_formed_self_contained_and_escaped() -> None:
    text = page()
    tags = Tags()
    tags.feed(text)
    assert tags.errors == [] and tags.open == []
    assert tags.sources == ["auditions/martha.wav"]
    assert "<script" not in text and "http" not in re.sub(r'lang="\w+"', "", text)
    assert "Inn &amp; Out" in text and "v&lt;1&gt;" in text


def test_everybody_and_every_doubt_is_on_the_page() -> None:
    text = page()
    casting = cast_book([INN, DOUBTFUL], "en")
    assert all(c.name in text for c in casting.characters)
    assert text.count("<mark>") == len(least_certain(casting, 40)) > 0


def test_a_book_without_dialogue_still_has_a_page() -> None:
    assert "Nothing is in doubt" in cast_html(cast_book([["Rain."]], "en"), [["Rain."]])


def test_doubts_come_most_heard_first_and_none_is_sure() -> None:
    doubts = least_certain(cast_book([INN, DOUBTFUL], "en"), 10)
    assert [d.weight for d in doubts] == sorted((d.weight for d in doubts), reverse=True)
    assert all(d.span.confidence < 0.9 for d in doubts)


@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_fits_its_window_in_a_browser(tmp_path: Path, width: int) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    # a headless browser cannot be asked for measures from outside: the page itself writes them into its title
    probe = "<script>document.title='fits:'+(document.documentElement.scrollWidth<=window.innerWidth)</script></body>"
    path = tmp_path / "cast.html"
    path.write_text(page().replace("</body>", probe), "utf-8")
    done = subprocess.run(
        [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--window-size={width},900",
            "--dump-dom",
            path.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "<title>fits:true</title>" in done.stdout, done.stderr[-2000:]

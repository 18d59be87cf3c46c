"""A read-along book in a reader: foliate-js, the one within Foliate and Readest, in Chromium."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.flows.making.readalong import NODE_MODULES
from tests.flows.making.test_delivery import make, project_of
from tests.flows.making.test_readalong import HOUSE, marked, overlays

if TYPE_CHECKING:
    from playwright.sync_api import Browser

READER = NODE_MODULES / "foliate-js"
LATE = 1.0
"""Seconds that a mark may be late on a busy machine; browsers tell the time of a sound four times a second."""
PAGE = """<!doctype html><meta charset="utf-8"><title>Reader</title><script type="module">
import './view.js'
const Sound = window.Audio
window.Audio = function (url) { return (window.sound = new Sound(url)) }
const view = document.createElement('foliate-view')
view.style.cssText = 'display: block; width: 100%; height: 90vh'
document.body.append(view)
await view.open('book.epub')
view.mediaOverlay.addEventListener('error', event => { window.failed = String(event.detail) })
await view.goTo(0)
const selector = '.' + CSS.escape(view.book.media.activeClass)
window.seen = []
setInterval(() => {
    for (const { doc } of view.renderer.getContents())
        for (const element of doc.querySelectorAll(selector))
            if (window.seen.at(-1)?.text !== element.textContent)
                window.seen.push({ text: element.textContent, at: window.sound.currentTime,
                    colour: doc.defaultView.getComputedStyle(element).backgroundColor })
}, 30)
window.view = view
</script>"""


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the reader, a page that opens a book in it, and the book."""

    def __init__(self, *arguments: object, book: Path, **named: object) -> None:
        self._book = book
        super().__init__(*arguments, **named)  # type: ignore[arg-type]

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        if self.path not in ("/page", "/book.epub"):
            super().do_GET()
            return
        data = PAGE.encode() if self.path == "/page" else self._book.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if self.path == "/page" else "application/epub+zip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A served page that opens a book, and the book.

    Its title page is silent: this reader shows no mark on the first page of a book (its view takes page 0 for none).
    """
    (book,) = make(project_of(tmp_path, HOUSE, "house"), read_along="sentence").read_along
    handler = functools.partial(_Handler, book=book, directory=str(READER))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/page", book
        server.shutdown()


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(not READER.is_dir(), reason="no reader: `make tests/node_modules/.installed` gets it")
def test_a_reader_marks_each_line_while_it_is_heard(address: tuple[str, Path], browser: Browser) -> None:
    url, book = address
    pars = [par for overlay in overlays(book).values() for par in overlay]
    texts = [text for page in ("01", "02") for text in marked(book, f"EPUB/text/{page}.xhtml")]
    page = browser.new_page()
    page.goto(url)
    page.wait_for_function("() => window.view", timeout=120_000)
    page.evaluate("() => { view.startMediaOverlay() }")
    page.wait_for_function(f"() => window.seen.at(-1)?.text === {texts[-1]!r}", timeout=120_000)
    seen, failed = page.evaluate("() => [window.seen, window.failed]")
    page.close()
    assert failed is None
    assert [one["text"] for one in seen] == texts, "each line of both chapters, once and in order"
    assert {one["colour"] for one in seen} == {"rgb(255, 226, 138)"}, "the book's own style sheet shows it"
    for one, (_, _, begin, end) in zip(seen, pars, strict=True):
        assert begin - 0.1 <= one["at"] <= end + LATE

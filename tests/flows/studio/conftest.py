"""Projects with sound for the studio, made with the tone engine in this process."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from flows.making.engines import Engines
from flows.making.plan import choices
from flows.making.retake import scripted
from flows.proof.verdict import Fault, Finding, Outcome, Verdict
from flows.studio.access import MARK, cookie_name
from flows.studio.app import Studio, make_app
from flows.studio.server import open_studio, serve
from flows.studio.shelf import Shelf
from flows.workspace.ledger import Ledger
from flows.workspace.project import open_project
from tests.browsing import LOOK_MS, PATIENCE
from tests.flows.conftest import BOOK, tone_project

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TOKEN = "a-token-for-tests"
HOST = "127.0.0.1:8155"
HOSTILE = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"


def speak(folder: Path) -> list[str]:
    """Give every line of a project its take; returns the ids of the lines, in order."""
    project = open_project(folder)
    engines = Engines(project)
    production = scripted(project, engines)
    planned = production.plan(production.lines)
    with Ledger(project.ledger_file) as ledger:
        for item in planned:
            if item.prepared is None or project.takes.has(item.key):
                continue
            (take,) = engines.main.speak([item.prepared])
            info = project.takes.write(item.key, take)
            ledger.record_take(
                item.key, samples=info.samples, sample_rate=info.sample_rate, digest=info.digest, cpu_seconds=0.0,
                uses=[(item.line.id, item.voice, item.engine, "")],
            )  # fmt: skip
        ledger.choose(choices(planned))
    return [line.id for line in production.lines]


def doubt_sound(folder: Path, line: str) -> None:
    """Have a listener doubt the take of a line."""
    project = open_project(folder)
    with Ledger(project.ledger_file) as ledger:
        key = ledger.choices()[line]
        found = Finding(Fault.DROPPED, 0.9, 0.1, 0.4, said="nine")
        verdict = Verdict(key, Outcome.DOUBTFUL, (found,), "It is, said Ann.")
        ledger.record_verdicts("tests", {key: json.dumps(verdict.to_json(), ensure_ascii=False)})


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser says which language is wanted."""
    monkeypatch.delenv("DUOYIN_LANG", raising=False)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one spoken book in it, `clocks`; not to be changed."""
    return make_shelf(tmp_path_factory.mktemp("shelf"))


def make_shelf(root: Path, text: str = BOOK) -> Path:
    """A folder with one spoken book in it, `clocks`."""
    source = root / "book.md"
    source.write_text(text, encoding="utf-8")
    speak(tone_project(root / "clocks", source))
    return root


def stream_the_book(root: Path, gate: Path) -> None:
    """Have the book of a folder spoken by one process that gives the first of a line and then waits for a file."""
    settings = root / "clocks" / "project.yaml"
    text = settings.read_text("utf-8").replace("ToneEngine", "StreamingEngine")
    text = text.replace("engine_options: {", f"engine_options: {{'gate': {str(gate)!r}, ")
    settings.write_text(f"{text}workers: 1\n", encoding="utf-8")


Visit = Callable[[Path], TestClient]


def client(root: Path, studio: Studio | None = None, **headers: str) -> TestClient:
    """A browser that was opened at the address the terminal printed."""
    app = make_app(studio or Studio(Shelf(root)), token=TOKEN)
    visitor = TestClient(
        app,
        base_url=f"http://{HOST}",
        headers={MARK: "1", "accept-language": "en", **headers},
        follow_redirects=False,
    )
    visitor.cookies.set(cookie_name(HOST), TOKEN)
    return visitor


def only_book(visitor: TestClient, root: Path) -> str:
    """The address of the only book of a folder."""
    (book,) = Shelf(root).books()
    return f"/book/{book.id}"


# -- in a browser --------------------------------------------------------------------------------------

Open = Callable[..., "Page"]


class Running:
    """A studio on a port of its own, in a thread of this process."""

    def __init__(self, root: Path) -> None:
        listening, self.address, app = open_studio(root, port=0, token=TOKEN)
        self._begun = threading.Event()
        self._thread = threading.Thread(
            target=serve,
            args=(listening, app, self._note),
            kwargs={"heed_signals": False},
            daemon=True,
        )
        self._thread.start()
        self._begun.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.address.port}"

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def _note(self, end: Callable[[], None]) -> None:
        self._end = end
        self._begun.set()

    def end(self) -> None:
        self._end()
        self._thread.join(10)


@pytest.fixture
def shelf(spoken: Path, tmp_path: Path) -> Path:
    shutil.copytree(spoken, tmp_path / "shelf")
    return tmp_path / "shelf"


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open a page of a studio for a folder. Nobody else is asked for anything, and nothing is wrong in the console."""
    complaints: list[str] = []
    pages: list[Page] = []
    running: list[Running] = []

    def opened(root: Path, path: str = "script", width: int = 1280, **options: Any) -> Page:
        studio = Running(root)
        running.append(studio)
        page = browser.new_page(
            viewport={"width": width, "height": 800},
            **{"locale": "en-GB", "color_scheme": "light", **options},
        )
        pages.append(page)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))

        def asked(request: Request) -> None:
            if not request.url.startswith((studio.url, "blob:")):
                complaints.append(request.url)

        page.on("request", asked)
        page.goto(f"{studio.url}/?token={TOKEN}")
        if path != "library":
            page.locator("a.book").click()
        if path == "script":
            page.goto(f"{page.url}/script")
            page.wait_for_selector("body.ready")
        return page

    yield opened
    for page in pages:
        page.close()
    for studio in running:
        studio.end()
    assert complaints == []


def eventually(comes: Callable[[], bool], page: Page) -> bool:
    """Whether something comes about on the disk, now or in a while."""
    for _ in range(PATIENCE):
        if comes():
            return True
        page.wait_for_timeout(LOOK_MS)
    return False


def violations(page: Page) -> list[Any]:
    """What axe finds wrong with a page; nothing where it is not installed."""
    if not AXE.is_file():
        return []
    page.evaluate(AXE.read_text("utf-8"))
    found: list[Any] = page.evaluate(
        "axe.run().then(found => found.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
    )
    return found

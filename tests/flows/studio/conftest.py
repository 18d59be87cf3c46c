"""Projects with sound for the studio, made with the tone engine in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from flows.making.engines import Engines
from flows.making.plan import choices
from flows.making.retake import scripted
from flows.proof.verdict import Fault, Finding, Outcome, Verdict
from flows.studio.access import MARK, cookie_name
from flows.studio.app import Studio, make_app
from flows.studio.shelf import Shelf
from flows.workspace.ledger import Ledger
from flows.workspace.project import open_project
from tests.flows.conftest import BOOK, tone_project

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

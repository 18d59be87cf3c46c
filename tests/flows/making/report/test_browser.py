"""The report as a person meets it: in a browser, on a phone, in the dark, without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from flows.making.report.clips import Stretch, clips, data_address
from flows.making.report.page import report_page
from flows.mastering.dub.preview import preview_sound
from flows.mastering.dub.render import DUB_RATE
from tests.browsing import holds
from tests.flows.making.report.facts_of_books import book_facts, doubt, heard
from tests.flows.making.report.facts_of_dubs import dub_facts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3

Open = Callable[..., "Page"]


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open HTML from a file. Nothing may be asked of anybody, and nothing be wrong in the console."""
    complaints: list[str] = []
    pages: list[Page] = []

    def opened(html: str, width: int = 390, **options: Any) -> Page:
        file = tmp_path / "page.html"
        file.write_text(html, encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": 800}, **options)
        pages.append(page)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda asked: (
                None if asked.url.startswith(("data:", file.as_uri())) else complaints.append(asked.url)
            ),
        )
        page.goto(file.as_uri())
        return page

    yield opened
    for page in pages:
        page.close()
    assert complaints == []


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Two clips cut out of a finished file."""
    file = tmp_path_factory.mktemp("sound") / "book.flac"
    tone = 0.3 * np.sin(np.arange(24_000 * 6) * 2 * np.pi * 220 / 24_000)
    soundfile.write(file, tone.astype(np.float32), 24_000)
    return clips([Stretch("line1", file, 1.0, 2.0), Stretch("line2", file, 3.0, 1.0)], 2)


def books() -> dict[str, dict[str, Any]]:
    """Books that are hard to show: very long words, Chinese, nothing heard, everything at once."""
    hard = book_facts(title=LONG, proof=heard(doubt(1, text=LONG, speaker=LONG), doubt(2)), warnings=[LONG])
    hard["speakers"][LONG] = hard["speakers"]["Ann"]
    hard["chapters"] = [{**hard["chapters"][0], "title": LONG, "start": k * 60.0} for k in range(30)]
    return {
        "hard": hard,
        "chinese": book_facts(
            language="zh", title="两座从来没有一致过的钟", authors=["无名氏"], warnings=["一条"]
        ),
        "dub": dub_facts(title=LONG),
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["hard", "chinese", "dub"])
def test_a_phone_shows_it_without_scrolling_sideways(
    name: str, theme: str, open_page: Open, sounds: dict[str, str]
) -> None:
    page = open_page(
        report_page(books()[name], clips=sounds, samples={"low": sounds["line2"]}), color_scheme=theme
    )
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(250, 249, 246)", "dark": "rgb(20, 23, 28)"}[theme]


def test_a_doubtful_line_is_heard_and_only_one_at_a_time(open_page: Open, sounds: dict[str, str]) -> None:
    page = open_page(report_page(book_facts(proof=heard(doubt(1), doubt(2))), clips=sounds, samples={}), 1000)
    first, second = page.locator("audio").nth(0), page.locator("audio").nth(1)
    first.evaluate("audio => audio.play()")
    assert holds(page, "document.querySelectorAll('audio')[0].currentTime > 0.2")
    assert first.evaluate("audio => audio.duration") == pytest.approx(3.0, abs=0.1), (
        "half a second around the line"
    )
    second.evaluate("audio => audio.play()")
    assert holds(page, "document.querySelectorAll('audio')[1].currentTime > 0.1")
    assert first.evaluate("audio => audio.paused")


def test_a_click_on_a_line_of_a_dub_plays_that_line(open_page: Open) -> None:
    tone = (0.3 * np.sin(np.arange(DUB_RATE * 8) * 2 * np.pi * 220 / DUB_RATE)).astype(np.float32)
    preview = data_address("audio/mpeg", preview_sound([tone]))
    page = open_page(report_page(dub_facts(), clips={}, samples={}, preview=preview), 1000)
    whole = page.locator("#whole")
    assert holds(page, "document.getElementById('whole').readyState > 0")
    assert whole.evaluate("audio => audio.duration") == pytest.approx(8.0, abs=0.2)
    page.locator("tbody button[data-from]").nth(1).click()
    assert holds(page, "document.getElementById('whole').currentTime > 4.1")
    assert page.locator("tr.playing").count() == 1
    assert holds(page, "document.getElementById('whole').paused")
    assert whole.evaluate("audio => audio.currentTime") < 6, "it stops at the line's end"


def test_texts_of_a_book_run_nothing(open_page: Open) -> None:
    attack = "<img src=x onerror='document.title=\"broken\"'><script>document.title='broken'</script>"
    page = open_page(report_page(book_facts(title=attack, warnings=[attack]), clips={}, samples={}))
    assert "broken" not in page.title().replace(attack, "")
    assert page.locator("h1").inner_text() == attack


def test_the_command_is_one_press_away(open_page: Open) -> None:
    page = open_page(report_page(book_facts(proof=heard(doubt(1))), clips={}, samples={}), 1000)
    page.locator("button[data-copy]").click()
    # The clipboard answers later; where it does not, the command is selected instead.
    chosen = page.wait_for_function(
        "getSelection().toString() || (text => text !== 'Copy' && text)"
        "(document.querySelector('button[data-copy]').textContent)"
    )
    assert chosen.json_value() in ("Copied", "duoyin retake book.duoyin --line line1")


def test_everything_is_reached_by_keyboard(open_page: Open, sounds: dict[str, str]) -> None:
    facts = book_facts(proof=heard(doubt(1)))
    page = open_page(report_page(facts, clips=sounds, samples={}), 1000)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#verdict")
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
    assert {"A", "AUDIO", "BUTTON", "SUMMARY"} <= reached


def test_facts_for_the_browser_are_plain_json() -> None:
    assert json.loads(json.dumps(dub_facts())) == dub_facts()

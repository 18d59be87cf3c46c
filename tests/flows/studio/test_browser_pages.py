"""The pages beside the script in a real browser: runs, what is read, settings, the timeline of a dub."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from flows.casting import castfile
from flows.studio import jobs
from flows.studio.sourcepages import SourcePages
from flows.workspace.project import Project
from flows.workspace.runs import Run, State, last_run
from flows.workspace.settings import Settings
from tests.browsing import holds
from tests.flows.conftest import BOOK, tone_project
from tests.flows.studio.conftest import Open, eventually, violations
from tests.flows.studio.test_browser import answers_held, record, to_line
from tests.flows.studio.test_cast import volume
from tests.flows.studio.test_jobs import waiting
from tests.flows.studio.test_source import project_of
from tests.flows.studio.test_timeline import dub_shelf

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def sees(page: Page, words: str) -> bool:
    """Whether the page shows some words, now or in a while."""
    return holds(page, f"document.body.textContent.includes({words!r})")


def test_a_book_is_planned_made_and_stopped(
    shelf: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_as_typed", waiting)
    monkeypatch.setenv("PREFECT_HOME", str(shelf))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    page = open_page(shelf, "library")
    page.get_by_role("link", name="Runs").click()
    page.wait_for_selector("body.ready")
    assert sees(page, "Nothing runs.")
    page.get_by_label("When").select_option("daily")
    page.locator("#at").fill("01:30")
    page.get_by_role("button", name="Make it").click()
    assert sees(page, "every night, next")
    page.get_by_role("button", name="Remove: book").click()
    assert sees(page, "Nothing waits.")
    page.get_by_label("When").select_option("now")
    page.get_by_role("button", name="Make it").press("Enter")
    assert sees(page, "Starting")
    run = last_run(Project(shelf / "clocks", Settings()))
    assert run is not None and run.at_work
    try:
        assert violations(page) == []
        page.get_by_role("link", name="book", exact=True).click()
        page.wait_for_selector("body.ready")
        assert page.get_by_role("button", name="Make it").is_disabled(), "the book's own page follows it too"
        page.get_by_role("button", name="Stop").click()
        assert eventually(
            lambda: not getattr(last_run(Project(shelf / "clocks", Settings())), "at_work", True), page
        )
        page.goto(page.url.rpartition("/book")[0] + "/jobs")
        assert sees(page, "stopped")
    finally:
        try:
            os.kill(run.pid, signal.SIGKILL)
        except ProcessLookupError:
            assert run.pid > 0, "it has ended, as it was asked to"


def test_what_is_edited_while_a_book_is_made_goes_into_the_next_run(tmp_path: Path, open_page: Open) -> None:
    shelf, hold = tmp_path / "shelf", tmp_path / "hold"
    hold.touch()
    (tmp_path / "book.md").write_text(BOOK, encoding="utf-8")
    settings = tone_project(shelf / "clocks", tmp_path / "book.md", hold=str(hold)) / "project.yaml"
    settings.write_text(settings.read_text("utf-8").replace("ToneEngine", "WindowEngine"), encoding="utf-8")
    heard = shelf / "clocks" / "spoken.log"
    project = Project(shelf / "clocks", Settings())

    def comes(what: Callable[[], bool]) -> bool:
        return any(eventually(what, page) for _ in range(4))  # a whole run, on a busy machine

    def ended() -> Run:
        assert comes(lambda: not getattr(last_run(project), "at_work", True))
        run = last_run(project)
        assert run is not None and run.state in (State.DONE, State.MISSED)
        return run

    page = open_page(shelf, "overview")
    overview = page.url
    page.wait_for_selector("body.ready")
    page.get_by_role("button", name="Make it").click()
    assert comes(heard.with_suffix(".batches").exists)
    run = last_run(project)
    assert run is not None and run.at_work
    try:
        assert sees(page, "Speaking"), "the page follows the run"
        page.goto(f"{overview}/script")
        page.wait_for_selector("body.ready")
        to_line(page, "It is nine")
        page.keyboard.press("e")
        page.keyboard.type("“It is noon,”")
        page.keyboard.press("Control+Enter")
        assert eventually(lambda: "It is noon" in record(shelf, "It is noon").get("text", ""), page)
        page.goto(overview)
        page.get_by_role("button", name="Make it", disabled=True).wait_for()
        hold.unlink()
        first = ended()
        assert "It is nine" in heard.read_text("utf-8") and "It is noon" not in heard.read_text("utf-8")
        assert record(shelf, "It is noon"), "the run leaves what was edited meanwhile as it is"
        page.get_by_role("button", name="Make it", disabled=False).click()
        assert comes(lambda: getattr(last_run(project), "began", first.began) != first.began)
        ended()
        assert heard.read_text("utf-8").count("It is noon") == 1
    finally:
        hold.unlink(missing_ok=True)
        with contextlib.suppress(ProcessLookupError):
            os.kill(run.pid, signal.SIGKILL)


def test_what_is_left_out_is_read_after_all_and_settings_are_a_form(tmp_path: Path, open_page: Open) -> None:
    file = project_of(tmp_path) / "book" / "project.yaml"
    page = open_page(tmp_path, "overview")
    page.get_by_role("link", name="What is read").click()
    page.wait_for_selector("body.ready")
    assert page.locator("del").first.is_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Read it after all: notes").press("Enter")
    assert eventually(lambda: "notes: paragraph" in file.read_text("utf-8"), page)
    page.wait_for_selector("p.note:has-text('In the hall')")
    assert page.locator("del", has_text="In the hall").count() == 0
    page.wait_for_selector("body.ready")
    page.get_by_text("The 2 chapters").click()
    page.get_by_role("checkbox").first.uncheck()
    with page.expect_navigation():
        page.get_by_role("button", name="Make these chapters").click()
    assert eventually(lambda: 'chapters: "2"' in file.read_text("utf-8").replace("'", '"'), page)
    page.goto(page.url.rpartition("/")[0] + "/settings")
    page.wait_for_selector("body.ready")
    tempo = page.get_by_label("Tempo", exact=True)
    tempo.fill("1.1")
    tempo.press("Tab")
    assert eventually(lambda: "speed: 1.1" in file.read_text("utf-8"), page)
    assert sees(page, "project.yaml, line 5")
    with page.expect_navigation():
        page.get_by_role("button", name="Undo").click()
    assert eventually(lambda: "speed: 1.1" not in file.read_text("utf-8"), page)


def test_a_dub_is_cut_by_keyboard_alone(tmp_path: Path, open_page: Open) -> None:
    folder = dub_shelf(tmp_path) / "film"
    page = open_page(tmp_path, "overview")
    page.get_by_role("link", name="Timeline").press("Enter")
    page.wait_for_selector("body.ready")
    assert holds(page, "document.activeElement.id === 'lines'")
    page.keyboard.press("n")
    assert holds(page, "document.querySelector('.fit').textContent.includes('too long')")
    page.keyboard.press("e")
    page.keyboard.press("Control+a")
    page.keyboard.type("It stopped.")
    assert holds(page, "document.querySelector('.fit').textContent.startsWith('Fits')")
    page.keyboard.press("Control+Enter")
    assert eventually(lambda: '"say": "It stopped."' in (folder / "script.jsonl").read_text("utf-8"), page)
    assert holds(page, "document.activeElement.id === 'lines'")
    assert holds(page, "document.getElementById('long-count').textContent === '0'")
    page.keyboard.press("k")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert eventually((folder / "dub.yaml").is_file, page)
    assert "1.190" in (folder / "dub.yaml").read_text("utf-8")
    assert holds(page, "document.querySelectorAll('.row .edited').length === 1")
    page.keyboard.press("Control+z")
    assert holds(page, "document.querySelectorAll('.row .edited').length === 0")


def test_who_cuts_faster_than_it_is_answered_loses_nothing(
    tmp_path: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = answers_held(monkeypatch, SourcePages, "_change")
    file = dub_shelf(tmp_path) / "film" / "dub.yaml"
    page = open_page(tmp_path, "overview")
    page.get_by_role("link", name="Timeline").press("Enter")
    page.wait_for_selector("body.ready")
    page.keyboard.press("Shift+ArrowRight")
    assert eventually(lambda: file.is_file() and "1.100" in file.read_text("utf-8"), page)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("j")
    for _ in range(3):
        page.keyboard.press("l")
    free.set()
    assert eventually(lambda: "1.200" in file.read_text("utf-8"), page)
    assert holds(page, "document.querySelectorAll('.row .edited').length === 2")
    free.clear()
    page.keyboard.press("l")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    free.set()
    assert holds(page, "document.querySelectorAll('.row .edited').length === 1")


def test_of_a_dub_without_a_picture_a_player_is_shown(tmp_path: Path, open_page: Open) -> None:
    folder = dub_shelf(tmp_path) / "film"
    tone = 0.1 * np.sin(np.arange(8 * 16_000, dtype=np.float32) / 10)
    soundfile.write(folder / "original.wav", tone, 16_000)
    (folder / "dub.yaml").write_text("video: original.wav\n", encoding="utf-8")
    page = open_page(tmp_path, "overview")
    page.get_by_role("link", name="Timeline").press("Enter")
    page.wait_for_selector("body.ready")
    page.wait_for_selector("#picture.bare")
    look = page.evaluate(
        "(box => [box.controls, box.clientHeight < 80, getComputedStyle(box).backgroundColor])"
        "(document.getElementById('picture'))"
    )
    assert look == [True, True, "rgba(0, 0, 0, 0)"]
    assert not page.get_by_role("button", name="Picture").is_visible()
    assert violations(page) == []


@pytest.mark.parametrize(
    ("width", "theme", "locale"), [(1280, "light", "en-GB"), (390, "dark", "zh-CN"), (1280, "dark", "zh-CN")]
)
def test_everybody_can_hear_and_choose_voices_of_the_cast(
    width: int, theme: str, locale: str, tmp_path: Path, open_page: Open
) -> None:
    project = volume(tmp_path, "one")
    page = open_page(tmp_path / "shelf", "overview", width, color_scheme=theme, locale=locale)
    page.goto(f"{page.url}/cast")
    page.wait_for_selector("body.ready")
    assert page.evaluate("document.documentElement.scrollWidth") <= width and violations(page) == []
    if locale != "en-GB":
        return
    voice = page.get_by_label("Voice: Ann")
    now = voice.input_value()
    voice.focus()
    assert sees(page, "5 voices")
    other = "middle" if now != "middle" else "low"
    voice.select_option(other)
    assert eventually(lambda: castfile.load(project.cast_file).voice_of("Ann") == other, page)
    page.get_by_role("button", name="Hear it: Ann").press("Enter")
    assert sees(page, f"This was {other}.")
    with page.expect_navigation():
        page.reload()
    page.wait_for_selector("body.ready")
    with page.expect_navigation():
        page.get_by_role("button", name="Keep this for the series: Ann").press("Enter")
    series = project.series_cast_file
    assert series is not None and castfile.load(series).voice_of("Ann") == other
    page.wait_for_selector("body.ready")
    with page.expect_navigation():
        page.get_by_role("button", name="Undo").press("Enter")
    assert castfile.load(series).voice_of("Ann") == now


@pytest.mark.parametrize(
    ("width", "theme", "locale"),
    [(1280, "light", "zh-CN"), (390, "light", "en-GB"), (1280, "dark", "en-GB"), (390, "dark", "zh-CN")],
)
def test_everybody_can_use_them(width: int, theme: str, locale: str, tmp_path: Path, open_page: Open) -> None:
    project_of(dub_shelf(tmp_path))
    page = open_page(tmp_path, "library", width, color_scheme=theme, locale=locale)
    book, film = page.locator("a.book").evaluate_all("all => all.map(a => a.href)")
    for address in (
        page.url + "jobs",
        book,
        f"{book}/source",
        f"{book}/settings",
        f"{film}/settings",
        f"{film}/timeline",
    ):
        page.goto(address)
        page.wait_for_selector("body.ready")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert violations(page) == [], address

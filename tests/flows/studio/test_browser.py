"""The studio in a real browser: what a person does by keyboard, what they hear, what a hostile book cannot do."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flows.casting import castfile
from flows.studio.app import Studio
from flows.studio.live import _Watch
from tests.browsing import LOOK_MS, PATIENCE, holds
from tests.flows.making.test_foresight import TALK
from tests.flows.studio.conftest import (
    HOSTILE,
    Open,
    doubt_sound,
    eventually,
    make_shelf,
    stream_the_book,
    violations,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
MANY = 20_000
LINES = "fetch(location.pathname.replace('script', 'lines')).then(r => r.json())"
LONG = "It was nine by the first clock, it was ten by the second one, and nobody in the house knew the time."


def current(page: Page) -> str:
    return str(page.locator(".row.current .text").inner_text())


def test_a_book_is_gone_through_by_keyboard_alone(shelf: Path, open_page: Open) -> None:
    page = open_page(shelf)
    assert page.evaluate("document.activeElement.id") == "lines"
    assert current(page) == "Chapter 1. The First Clock"
    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    third = current(page)
    page.keyboard.press("End")
    assert current(page) == "Tom wound them both, and went out into the rain."
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("j")
    assert current(page) == third
    page.keyboard.press("Control+f")
    page.keyboard.type("strike")
    page.keyboard.press("Enter")
    assert holds(page, "document.querySelectorAll('.row').length === 1")
    assert current(page) == "“I heard it strike.”"
    page.keyboard.press("Control+f")
    page.keyboard.press("Escape")
    assert holds(page, "document.querySelectorAll('.row').length > 5")
    assert current(page) == "“I heard it strike.”", "one stays where one was"


def test_a_line_is_really_heard_and_the_next_one_follows(shelf: Path, open_page: Open) -> None:
    page = open_page(shelf)
    page.add_init_script("")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    assert holds(page, "document.body.classList.contains('playing')")
    assert holds(page, "document.getElementById('time').textContent.includes('/')")
    page.keyboard.press("Space")
    assert holds(page, "!document.body.classList.contains('playing')")
    page.keyboard.press("Home")
    page.keyboard.press("Shift+Space")
    assert holds(page, "document.querySelector('.row.current').dataset.index >= 2")
    page.keyboard.press("Shift+Space")
    assert holds(page, "!document.body.classList.contains('playing')")
    loudest = page.evaluate(
        "fetch(location.pathname.replace('script', 'lines')).then(r => r.json()).then(async data => {"
        " const line = data.lines.find(l => l.key);"
        " const bytes = await (await fetch(location.pathname.replace('script', 'take/' + line.key))).arrayBuffer();"
        " const sound = await new OfflineAudioContext(1, 1, 24000).decodeAudioData(bytes);"
        " return Math.max(...sound.getChannelData(0)) })"
    )
    assert loudest > 0.05


def test_what_is_doubtful_comes_first_and_is_heard_among_its_neighbours(shelf: Path, open_page: Open) -> None:
    ids = [json.loads(text)["id"] for text in (shelf / "clocks" / "script.jsonl").open() if '"id"' in text]
    doubt_sound(shelf / "clocks", ids[-1])
    page = open_page(shelf)
    assert page.locator("#doubt-count").inner_text() != "0"
    page.keyboard.press("n")
    assert holds(page, "document.body.classList.contains('playing')")
    assert holds(page, "document.getElementById('about').textContent.includes('“nine” is not heard')")
    assert page.locator("#told").inner_text().startswith("Doubtful line 1 of")
    page.locator("#show-doubts").click()
    assert page.locator(".row").count() == int(page.locator("#doubt-count").inner_text())


def test_the_help_lists_what_the_keys_do_and_they_can_be_changed(shelf: Path, open_page: Open) -> None:
    page = open_page(shelf)
    page.keyboard.press("?")
    told = page.locator("#help").inner_text()
    assert "Next line" in told and "Play on from here" in told
    assert page.locator("#keys section:not(:has(dt))").count() == 0, "no heading without a key"
    page.get_by_role("button", name="Another key for: Next line").click()
    page.keyboard.press("g")
    page.keyboard.press("Escape")
    assert holds(page, "document.activeElement.id === 'lines'")
    page.keyboard.press("g")
    assert page.locator(".row.current").get_attribute("data-index") == "1"
    page.keyboard.press("j")
    assert page.locator(".row.current").get_attribute("data-index") == "1"


def test_letters_do_nothing_where_one_types_or_composes(shelf: Path, open_page: Open) -> None:
    page = open_page(shelf)
    page.locator("#find").focus()
    page.keyboard.type("jjnn")
    assert page.locator("#find").input_value() == "jjnn"
    page.keyboard.press("Escape")
    page.evaluate(
        "document.getElementById('lines').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'j', isComposing: true, bubbles: true}))"
    )
    assert page.locator(".row.current").get_attribute("data-index") == "0"


def test_a_change_of_the_file_comes_into_the_open_page(shelf: Path, open_page: Open) -> None:
    page = open_page(shelf)
    script = shelf / "clocks" / "script.jsonl"
    script.write_text(script.read_text("utf-8").replace("It is nine,", "It is noon,"), encoding="utf-8")
    assert holds(page, "document.getElementById('lines').textContent.includes('It is noon,')")
    assert page.locator(".tag.edited").count() == 1


def record(shelf: Path, words: str) -> dict[str, Any]:
    """The record of the line with these words in the script file."""
    texts = (shelf / "clocks" / "script.jsonl").read_text("utf-8").splitlines()
    return next((json.loads(text) for text in texts if words in text and '"id"' in text), {})


def to_line(page: Page, words: str) -> None:
    """Go to a line by its words, as a person does."""
    page.keyboard.press("Control+f")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    assert holds(
        page, f"document.querySelector('.row.current .text').textContent.includes({json.dumps(words)})"
    )
    page.keyboard.press("Control+f")
    page.keyboard.press("Escape")
    assert holds(
        page, f"document.querySelector('.row.current .text').textContent.includes({json.dumps(words)})"
    )


def test_a_line_is_mended_by_keyboard_alone(shelf: Path, open_page: Open) -> None:
    page = open_page(shelf)
    to_line(page, "It is nine")
    page.keyboard.press("1")  # Ann speaks it already: the first who is offered
    page.keyboard.press("2")
    assert eventually(lambda: record(shelf, "It is nine").get("speaker") == "Tom", page)
    page.keyboard.press("]")
    assert eventually(lambda: record(shelf, "It is nine")["pause"] == 0.5, page)
    page.keyboard.press("0")
    assert eventually(lambda: "speaker" not in record(shelf, "It is nine"), page)
    page.keyboard.press("e")
    page.keyboard.type("“It is noon,”")
    page.keyboard.press("Control+Enter")
    assert eventually(lambda: record(shelf, "It is noon").get("text") == "“It is noon,”", page)
    assert holds(page, "document.activeElement.id === 'lines'")
    page.keyboard.press("x")
    assert eventually(lambda: record(shelf, "It is noon") == {}, page)
    for _ in range(5):
        page.keyboard.press("Control+z")
    assert eventually(lambda: record(shelf, "It is nine").get("speaker") == "Ann", page)
    assert record(shelf, "It is nine")["pause"] == 0.45
    page.keyboard.press("Control+Shift+Z")
    assert eventually(lambda: record(shelf, "It is nine").get("speaker") == "Tom", page)


def answers_held(monkeypatch: pytest.MonkeyPatch, whose: type, name: str) -> threading.Event:
    """What is done is done at once, but the page hears of it only when this is set."""
    answer, free = getattr(whose, name), threading.Event()

    def held(*args: Any) -> Any:
        answered = answer(*args)
        assert free.wait(PATIENCE * LOOK_MS / 1000)
        return answered

    monkeypatch.setattr(whose, name, held)
    return free


def test_who_types_faster_than_it_is_answered_loses_nothing(
    shelf: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = answers_held(monkeypatch, Studio, "_after")
    page = open_page(shelf)
    to_line(page, "It is nine")
    for key in ("2", "]", "]", "[", "]", "]", "0", "m", "m", "1"):
        page.keyboard.press(key)
    assert eventually(lambda: record(shelf, "It is nine").get("speaker") == "Tom", page)
    free.set()
    assert eventually(lambda: record(shelf, "It is nine")["pause"] == 0.6, page), "0.45 and three steps"
    assert holds(page, "document.querySelector('.row.current .who')?.textContent === 'Ann'")
    assert holds(page, "document.getElementById('doubt-count').textContent === '0'"), "a mark, and none"
    free.clear()
    for key in "xxm":
        page.keyboard.press(key)
    assert eventually(lambda: record(shelf, "It is nine") == {}, page)
    free.set()
    assert holds(page, "document.getElementById('doubt-count').textContent === '1'"), "out, back, a mark"
    free.clear()
    for _ in "mxxs":
        page.keyboard.press("Control+z")
    free.set()
    assert eventually(lambda: "speaker" not in record(shelf, "It is nine"), page)


def test_news_from_before_an_answer_does_not_show_the_old_line_again(
    shelf: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, held = _Watch.send, list[Callable[[], object]]()

    def hold(watch: _Watch, news: str, crowded: str) -> None:
        loop = asyncio.get_running_loop()
        held.append(lambda: loop.call_soon_threadsafe(send, watch, news, crowded))

    monkeypatch.setattr(_Watch, "send", hold)
    page = open_page(shelf)
    to_line(page, "It is nine")
    page.keyboard.press("2")
    assert holds(page, "document.querySelector('.row.current .who')?.textContent === 'Tom'")
    assert eventually(lambda: len(held) > 0, page), "somebody looked at the files and will tell of Tom"
    page.keyboard.press("2")  # who speaks it is offered first
    shown = "document.querySelector('.row.current .who')?.textContent"
    assert holds(page, f"{shown} === 'Ann'")
    held[0]()
    for _ in range(20):
        page.wait_for_timeout(LOOK_MS)
        assert page.evaluate(shown) == "Ann"


def test_a_line_is_split_where_the_caret_stands_and_joined_again(shelf: Path, open_page: Open) -> None:
    page, script = open_page(shelf), shelf / "clocks" / "script.jsonl"
    before = script.read_text("utf-8")
    to_line(page, "Tom wound them both")
    page.keyboard.press("Control+k")
    parts = page.locator("dialog.form [role=status]")
    assert parts.inner_text() == "“Tom wound them both,” | “and went out into the rain.”", "at the clause"
    assert violations(page) == [], "the dialog of splitting"
    for _ in range(len("and ")):
        page.keyboard.press("ArrowRight")
    page.keyboard.type("x")
    assert holds(
        page, "document.querySelector('dialog.form [role=status]').textContent.includes('both, and” |')"
    )
    page.keyboard.press("Enter")
    assert eventually(lambda: record(shelf, "went out into").get("text") == "went out into the rain.", page)
    assert record(shelf, "Tom wound them both")["text"] == "Tom wound them both, and"
    assert holds(
        page, "[...document.querySelectorAll('.row')].some(row => row.innerText.includes('went out'))"
    )
    assert holds(page, "document.activeElement.id === 'lines'")
    assert "Tom wound" in page.locator(".row.current").inner_text()
    page.keyboard.press("Control+j")
    assert eventually(lambda: script.read_text("utf-8") == before, page)
    page.keyboard.press("Control+z")
    assert eventually(lambda: bool(record(shelf, "went out into the rain")), page)
    page.keyboard.press("Control+z")
    assert eventually(lambda: script.read_text("utf-8") == before, page)


def test_what_a_speaker_changes_elsewhere_is_shown_and_taken_back(tmp_path: Path, open_page: Open) -> None:
    page = open_page(make_shelf(tmp_path, TALK))
    to_line(page, "Did you sleep well")
    assert "Ann" in page.locator("#about h2").inner_text()
    page.keyboard.press("/")
    page.keyboard.type("Tom")
    page.keyboard.press("Enter")
    page.wait_for_selector("#about .touched li")
    told = page.locator("#about .touched").inner_text()
    assert told.lower().startswith("the next run changes 3 other lines") and "Tom → Ann" in told
    assert violations(page) == [], "the list of what else changes"
    assert page.locator(".row .tag.next").count() == 3
    page.locator("#about .touched li button").first.click()
    assert "I did not" in page.locator(".row.current").inner_text()
    page.keyboard.press("Control+z")
    assert holds(page, "!document.querySelector('#about .touched') && !document.querySelector('.tag.next')")


def test_a_reading_is_given_where_it_holds_and_says_what_it_costs(shelf: Path, open_page: Open) -> None:
    page = open_page(shelf)
    to_line(page, "“It is nine")
    page.keyboard.press("p")
    page.locator("dialog.form input").nth(0).fill("clock")
    page.locator("dialog.form input").nth(1).fill("klokk")
    assert holds(
        page, "document.querySelector('dialog.form [role=status]').textContent.startsWith('3 lines')"
    )
    page.keyboard.press("Enter")
    lexicon = shelf / "clocks" / "lexicon.txt"
    assert eventually(lambda: lexicon.is_file() and lexicon.read_text("utf-8") == 'clock = "klokk"\n', page)


def test_enter_confirms_what_is_doubtful_and_goes_on(shelf: Path, open_page: Open) -> None:
    ids = [json.loads(text)["id"] for text in (shelf / "clocks" / "script.jsonl").open() if '"id"' in text]
    for line in (ids[1], ids[-1]):
        doubt_sound(shelf / "clocks", line)
    page = open_page(shelf)
    page.keyboard.press("n")
    before, left = current(page), int(page.locator("#doubt-count").inner_text())
    page.keyboard.press("Enter")
    assert holds(page, f"document.getElementById('doubt-count').textContent === '{left - 1}'")
    assert holds(page, f"document.querySelector('.row.current .text').innerText !== {json.dumps(before)}")
    page.reload()
    page.wait_for_selector("body.ready")
    assert page.locator("#doubt-count").inner_text() == str(left - 1)


def test_a_line_is_marked_by_one_key_and_found_among_the_doubtful(shelf: Path, open_page: Open) -> None:
    page = open_page(shelf)
    to_line(page, "It is nine")
    page.keyboard.press("m")
    assert holds(page, "document.querySelector('.row.current .tag.marked') !== null")
    assert violations(page) == []
    page.keyboard.press("Home")
    page.keyboard.press("n")
    assert "It is nine" in current(page)
    page.keyboard.press("m")
    assert holds(page, "document.querySelector('.tag.marked') === null")


def test_a_line_is_taken_again_and_heard_in_another_voice_by_keyboard_alone(
    shelf: Path, open_page: Open
) -> None:
    page = open_page(shelf)
    to_line(page, "It is nine")
    page.keyboard.press("t")
    assert eventually(lambda: record(shelf, "It is nine").get("take") == 2, page)
    assert holds(page, "document.getElementById('about').textContent.includes('Take 2')")
    page.keyboard.press("a")
    assert eventually(lambda: record(shelf, "It is nine").get("take", 1) == 1, page)
    page.keyboard.press("v")
    page.wait_for_selector("dialog.form select")
    assert violations(page) == [], "the dialog of voices"
    now = page.locator("dialog.form select").first.input_value()
    page.keyboard.press("ArrowDown" if now != "middle" else "ArrowUp")
    other = page.locator("dialog.form select").first.input_value()
    assert other != now
    page.keyboard.press("Space")
    assert holds(
        page, f"document.querySelector('dialog.form [role=status]').textContent === 'This was {other}.'"
    )
    cast = shelf / "clocks" / "cast.yaml"
    assert castfile.load(cast).voice_of("Ann") == now, "it was only heard"
    page.keyboard.press("Control+Enter")
    assert eventually(lambda: castfile.load(cast).voice_of("Ann") == other, page)
    assert holds(page, "document.activeElement.id === 'lines'")


def test_a_long_line_is_heard_while_it_is_being_spoken_and_every_word_once(
    tmp_path: Path, open_page: Open
) -> None:
    root = make_shelf(tmp_path, f"# One\n\n{LONG}\n")
    settings = root / "clocks" / "project.yaml"
    slow = settings.read_text("utf-8").replace("engine_options: {", "engine_options: {'letter_delay': 0.04, ")
    settings.write_text(f"{slow}workers: 2\n", encoding="utf-8")
    page = open_page(root)
    page.evaluate(
        "() => { window.heard = []; const play = HTMLMediaElement.prototype.play;"
        " HTMLMediaElement.prototype.play = function () {"
        " heard.push(this.src.split('/').pop()); return play.call(this) } }"
    )
    to_line(page, "It was nine")
    page.keyboard.press("t")
    before = page.locator("#told").inner_text()
    assert holds(page, "heard.length === 1"), before
    assert eventually(lambda: record(root, "It was nine").get("take") == 2, page)
    assert holds(page, "!document.body.classList.contains('playing')")
    made = page.evaluate(LINES)
    key = next(line["key"] for line in made["lines"] if line["text"] == LONG)
    played = page.evaluate("heard")
    assert (
        played[0] != key and played.count(key) <= 1 and played[-1] == key and len(set(played)) == len(played)
    )


def test_where_one_process_speaks_a_line_sounds_before_it_is_whole(tmp_path: Path, open_page: Open) -> None:
    text = "It was nine by the first clock, and it was ten by the second."
    root, gate = make_shelf(tmp_path, f"# One\n\n{text}\n"), tmp_path / "gate"
    stream_the_book(root, gate)
    page = open_page(root)
    page.evaluate(
        "() => { window.heard = []; const { start } = AudioBufferSourceNode.prototype;"
        " AudioBufferSourceNode.prototype.start = function (at) { heard.push([at, this.buffer, this.context]);"
        " return start.call(this, at) };"
        " HTMLMediaElement.prototype.play = function () { throw new Error('it was heard already') } }"
    )
    to_line(page, "It was nine")
    page.keyboard.press("t")
    assert holds(page, "heard.length > 0 && heard[0][2].currentTime > heard[0][0] + 0.1")
    assert page.evaluate("Math.max(...heard[0][1].getChannelData(0))") > 0.05
    assert "take" not in record(root, "It was nine") and not gate.exists(), "it sounds, and is not whole"
    gate.touch()
    assert eventually(lambda: record(root, "It was nine").get("take") == 2, page)
    assert holds(page, "!document.body.classList.contains('playing')")
    seconds = next(line for line in page.evaluate(LINES)["lines"] if line["text"] == text)["seconds"]
    assert page.evaluate("heard.reduce((sum, one) => sum + one[1].duration, 0)") == pytest.approx(
        seconds, abs=0.01
    )
    ends = page.evaluate("heard.map(([at, buffer]) => [at, at + buffer.duration])")
    assert all(begin >= end - 1e-6 for (_, end), (begin, _) in pairwise(ends)), "every word once"


def test_two_tabs_see_each_other_and_never_write_over_each_other(shelf: Path, open_page: Open) -> None:
    one, two = open_page(shelf), open_page(shelf)
    for page in (one, two):
        to_line(page, "It is nine")
    one.keyboard.press("2")
    assert holds(two, "document.querySelector('.row.current .who')?.textContent === 'Tom'")
    two.keyboard.press("]")
    assert holds(one, "document.getElementById('about').textContent.includes('0.50')")


def test_a_word_is_replaced_everywhere_in_one_step(shelf: Path, open_page: Open) -> None:
    page = open_page(shelf)
    before = (shelf / "clocks" / "script.jsonl").read_text("utf-8")
    page.keyboard.press("Control+h")
    page.locator("dialog.form input").nth(0).fill("clock")
    page.locator("dialog.form input").nth(1).fill("bell")
    assert holds(
        page, "document.querySelector('dialog.form [role=status]').textContent.startsWith('2 lines')"
    )
    page.keyboard.press("Control+Enter")
    assert eventually(
        lambda: "two bells in the house" in (shelf / "clocks" / "script.jsonl").read_text("utf-8"), page
    )
    assert holds(page, "document.activeElement.id === 'lines'")
    page.keyboard.press("Control+z")
    assert eventually(lambda: (shelf / "clocks" / "script.jsonl").read_text("utf-8") == before, page)


@pytest.mark.parametrize(
    ("width", "theme", "locale"),
    [(1280, "light", "en-GB"), (390, "light", "zh-CN"), (1280, "dark", "zh-CN"), (390, "dark", "en-GB")],
)
def test_everybody_can_use_it(width: int, theme: str, locale: str, shelf: Path, open_page: Open) -> None:
    ids = [json.loads(text)["id"] for text in (shelf / "clocks" / "script.jsonl").open() if '"id"' in text]
    doubt_sound(shelf / "clocks", ids[-1])
    page = open_page(shelf, "library", width, color_scheme=theme, locale=locale)
    assert page.evaluate("document.documentElement.lang")[:2] == locale[:2]
    addresses = [page.url, page.locator("a.book").evaluate("a => a.href")]
    for address in [*addresses, f"{addresses[1]}/script"]:
        page.goto(address)
        if address.endswith("script"):
            page.wait_for_selector("body.ready")
            page.keyboard.press("End")
            page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == []


def test_texts_of_a_book_run_nothing(shelf: Path, open_page: Open) -> None:
    script = shelf / "clocks" / "script.jsonl"
    attacked = script.read_text("utf-8").replace("They", HOSTILE)
    for words in ("It is nine,", "Ann", "The First Clock", "clocks"):
        attacked = attacked.replace(words, json.dumps(HOSTILE)[1:-1])
    script.write_text(attacked, encoding="utf-8")
    page = open_page(shelf)
    for key in ("j", "j", "n", "End", "?"):
        page.keyboard.press(key)
    page.wait_for_timeout(200)
    assert page.title() != "broken" and page.locator("img").count() == 0
    assert "<img" in page.locator("#lines").inner_text()


def test_without_a_network_all_of_it_works(shelf: Path, open_page: Open) -> None:
    assert open_page(shelf).evaluate(
        "performance.getEntriesByType('resource').every(r => r.name.startsWith(location.origin))"
    )


# -- how fast it is ------------------------------------------------------------------------------------


def long_book(root: Path) -> Path:
    """A script of 20,000 lines in 300 chapters, as a run writes it."""
    folder = root / "long"
    (folder / ".duoyin").mkdir(parents=True)
    (folder / "project.yaml").write_text("source: long.txt\n", encoding="utf-8")
    rows = []
    for n in range(MANY):
        if n % 67 == 0:
            rows.append({"chapter": n // 67 + 1, "title": f"Chapter {n // 67 + 1}"})
        words = "In the morning it had stopped, and nobody in the house could say why. " * (1 + n % 3)
        row = {"id": f"{n:012x}", "text": f"{n} {words}", "pause": 0.4, "language": "en"}
        if n % 3 == 0:
            row |= {
                "kind": "dialogue",
                "speaker": f"Person {n % 7}",
                "sure": 0.95 if n % 30 else 0.6,
                "why": "by turns",
            }
        rows.append(row)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "script.jsonl").write_text(text, encoding="utf-8")
    (folder / ".duoyin" / "script.base.jsonl").write_text(text, encoding="utf-8")
    return root


FRAME = (
    "key => new Promise(done => { const begin = performance.now();"
    " document.getElementById('lines').dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));"
    " requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begin))) })"
)


def measured(page: Page) -> dict[str, float]:
    """Seconds to the first line of a long book, milliseconds from a key to the frame that shows it."""
    page.reload()
    page.wait_for_selector("body.ready .row")
    first = page.evaluate("performance.getEntriesByName('lines-shown')[0].startTime")
    frames = sorted(page.evaluate(FRAME, "j") for _ in range(60))
    return {"first": first / 1000, "key_p95": frames[56]}


def test_twenty_thousand_lines_are_there_within_a_second(tmp_path: Path, open_page: Open) -> None:
    page = open_page(long_book(tmp_path))
    found = measured(page)
    assert page.locator(".row").count() < 120, "only what is in sight is in the page"
    page.keyboard.press("End")
    assert current(page).startswith(f"{MANY - 1} ")
    if os.getloadavg()[0] > (os.cpu_count() or 1):
        pytest.skip(f"others keep this machine busy; measured all the same: {found}")
    assert found["first"] < 1 and found["key_p95"] < 50, found

"""Make the pictures of docs/how-to/studio.md from a project of the example, in headless Chromium.

    python -m tools.studio_pictures FOLDER

FOLDER holds a finished project of `projects/example-en` (and of others, if its library shall show them). Beside it a
dub of a few lines is laid out, over the beginning of that book's sound.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from flows.making.dub.lines import script_lines
from flows.script.file import merge
from flows.sources.subtitles import SubtitleOptions, read_subtitles, spoken_lines
from flows.studio.server import open_studio, serve
from flows.workspace.project import open_project

PICTURES = Path(__file__).parents[1] / "docs" / "how-to" / "pictures"
CHROMIUM = "/usr/bin/chromium"
TITLE = "The Keeper of Light No. 17"
DUB = "lamp.duoyin"
CUES = """\
1
00:00:02,000 --> 00:00:05,000
ADA: The lamp burned all night, and nobody came to see it.

2
00:00:05,400 --> 00:00:06,600
BEN: Somebody did come, a little before four, with a letter from the harbour master.

3
00:00:07,200 --> 00:00:09,000
ADA: And you let them wait?

4
00:00:09,300 --> 00:00:12,500
BEN: Only until the fog had gone.
"""


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    lay_out_dub(folder)
    listening, address, app = open_studio(folder, port=0)
    ends: list[Callable[[], None]] = []
    thread = threading.Thread(
        target=serve, args=(listening, app, ends.append), kwargs={"heed_signals": False}
    )
    thread.start()
    while not ends:
        time.sleep(0.05)
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        take_pictures(
            browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB"), address.url, ""
        )
        more_pictures(browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB"), address.url)
        phone = browser.new_page(viewport={"width": 390, "height": 800}, locale="en-GB", color_scheme="dark")
        take_pictures(phone, address.url, "-phone")
        browser.close()
    ends[0]()
    thread.join()


def lay_out_dub(folder: Path) -> None:
    """A dub that is read and not spoken; nothing where it is there."""
    project = folder / DUB
    if project.is_dir():
        return
    (sound,) = folder.glob(f"*/output/{TITLE}.m4b")
    project.mkdir()
    (project / "lamp.srt").write_text(CUES, encoding="utf-8")
    (project / "project.yaml").write_text("source: lamp.srt\n", encoding="utf-8")
    (project / "dub.yaml").write_text(f"video: {os.path.relpath(sound, project)}\n", encoding="utf-8")
    made = open_project(project)
    spoken = spoken_lines(read_subtitles(made.source, SubtitleOptions()), SubtitleOptions())
    merge(script_lines(spoken, name="lamp.srt"), ["lamp.srt"], made.script_file, made.script_base_file)


def more_pictures(page: Page, url: str) -> None:
    """What is read of the book, the runs, and the timeline of the dub."""
    page.goto(url)
    page.get_by_role("link", name=TITLE).click()
    page.goto(f"{page.url}/source")
    page.wait_for_selector("body.ready")
    page.screenshot(path=PICTURES / "studio-source.png")
    page.goto(url.partition("?")[0] + "jobs")
    page.wait_for_selector("body.ready")
    page.screenshot(path=PICTURES / "studio-runs.png")
    page.goto(url)
    page.get_by_role("link", name="lamp", exact=False).click()
    page.goto(f"{page.url}/timeline")
    page.wait_for_selector("body.ready")
    page.keyboard.press("n")
    page.locator("#panel .fit").wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / "studio-timeline.png")


def take_pictures(page: Page, url: str, suffix: str) -> None:
    """A book at a glance, and its most doubtful line."""
    page.goto(url)
    page.get_by_role("link", name=TITLE).click()
    page.wait_for_load_state("networkidle")
    if not suffix:
        page.screenshot(path=PICTURES / "studio-book.png")
    page.goto(f"{page.url}/script")
    page.wait_for_selector("body.ready")
    page.keyboard.press("n")
    page.wait_for_timeout(1500)
    page.screenshot(path=PICTURES / f"studio-script{suffix}.png")


if __name__ == "__main__":
    main()

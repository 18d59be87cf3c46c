"""Make the pictures of docs/how-to/studio.md from a project of the example, in headless Chromium.

    python -m tools.studio_pictures FOLDER

FOLDER holds a finished project of `projects/example-en` (and of others, if its library shall show them).
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from flows.studio.server import open_studio, serve

PICTURES = Path(__file__).parents[1] / "docs" / "how-to" / "pictures"
CHROMIUM = "/usr/bin/chromium"
TITLE = "The Keeper of Light No. 17"


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    listening, address, app = open_studio(parser.parse_args().folder, port=0)
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
        phone = browser.new_page(viewport={"width": 390, "height": 800}, locale="en-GB", color_scheme="dark")
        take_pictures(phone, address.url, "-phone")
        browser.close()
    ends[0]()
    thread.join()


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

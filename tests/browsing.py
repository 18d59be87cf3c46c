"""Chromium for tests: where it is, how it is started, and waiting in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LOOK_MS = 25
PATIENCE = 1200
"""Looks at a page before a test gives up: what is heard takes as long as its sound."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window, in which pages may begin to sound by themselves. Needs Playwright and Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        made = running.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"],
        )
        try:
            yield made
        finally:
            made.close()


def holds(page: Page, expression: str) -> bool:
    """Whether an expression holds, now or in a while; the page's policy lets nobody evaluate one inside it."""
    for _ in range(PATIENCE):
        if page.evaluate(expression):
            return True
        page.wait_for_timeout(LOOK_MS)
    return False

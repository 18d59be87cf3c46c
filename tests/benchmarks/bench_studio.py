"""The studio's figures in a real browser: first paint, keys, sound, edits, takes, memory.

    python -m tests.benchmarks.bench_studio [FOLDER]

FOLDER holds a finished project on the embedded engine; with it, takes are measured too.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import psutil
from playwright.sync_api import Browser, Page

from flows.studio.shelf import Shelf
from tests.browsing import chromium
from tests.flows.studio.conftest import TOKEN, make_shelf
from tests.flows.studio.test_browser import long_book, measured

EDITS = 60
CLICKS = 12
TAKES = 20
WARMING = 3
"""Takes before those that are measured: they wait for two processes to start."""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    spoken = parser.parse_args().folder
    print("| what | measured | budget |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        root = Path(name)
        (root / "long").mkdir()
        with Studio(long_book(root / "long")) as studio:
            page = studio.page(browser)
            found = measured(page)
            _print(("first lines of a book of 20,000", f"{found['first']:.2f} s", "< 1 s"))
            _print(("key to frame, p95 of 60", f"{found['key_p95']:.0f} ms", "< 50 ms"))
            saved, worked = edits(studio)
            _print(("an edit of it saved, p95 of 60", f"{1000 * saved:.0f} ms", "< 100 ms"))
            _print(("processor time of the server for it, mean", f"{1000 * worked:.0f} ms", ""))
            _print(("memory of the server", f"{studio.memory() / 1e6:.0f} MB", "< 150 MB"))
        (root / "short").mkdir()
        with Studio(make_shelf(root / "short")) as studio:
            _print(("click to sound, median of 12", f"{clicks(studio, browser):.0f} ms", "< 250 ms"))
    if spoken is not None:
        with Studio(spoken) as studio:
            first, whole = zip(*takes(studio), strict=True)
            _print((f"a take of {TAKES}, worker warm: first sound, p50", _seconds(first, 0.5), "< 2 s"))
            _print((f"a take of {TAKES}, worker warm: first sound, p90", _seconds(first, 0.9), "< 3 s"))
            _print((f"a take of {TAKES}, worker warm: the whole, p50", _seconds(whole, 0.5), ""))
            _print((f"a take of {TAKES}, worker warm: the whole, p90", _seconds(whole, 0.9), "< 6 s"))
            _print(
                ("memory of the server, which does not speak", f"{studio.memory() / 1e6:.0f} MB", "< 150 MB")
            )


def _seconds(times: Sequence[float], share: float) -> str:
    return f"{sorted(times)[round(share * (len(times) - 1))]:.1f} s"


def _print(row: tuple[str, str, str]) -> None:
    print("| " + " | ".join(row) + " |", flush=True)


class Studio:
    """A studio in a process of its own, for the block."""

    def __init__(self, root: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "flows.cli",
            "studio",
            str(root),
            "--port",
            "0",
            "--token",
            TOKEN,
            "--no-browser",
        ]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().split()[-1].partition("/?")[0]
        port = self.url.rsplit(":", 1)[1]
        self.client = httpx.Client(cookies={f"duoyin-{port}": TOKEN}, headers={"x-duoyin": "1"}, timeout=120)
        self.book = f"{self.url}/book/{Shelf(root).books()[0].id}"

    def __enter__(self) -> Studio:
        self.client.get(f"{self.book}/lines")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)

    def page(self, browser: Browser) -> Page:
        """A page with the book's script."""
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{self.url}/?token={TOKEN}")
        page.goto(f"{self.book}/script")
        page.wait_for_selector("body.ready .row")
        return page

    def worked(self) -> float:
        """Seconds of processor time that the server's process had."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def memory(self) -> float:
        """Bytes of the server's process alone."""
        return float(psutil.Process(self._process.pid).memory_info().rss)


def edits(studio: Studio) -> tuple[float, float]:
    """Seconds until an edit is answered, p95; and of the server's processor time for one, with what it does beside it
    for a page that is open."""
    lines = studio.client.get(f"{studio.book}/lines").json()["lines"]
    times: list[float] = []
    before = studio.worked()
    for row in lines[: EDITS * 100 : 100]:
        change = {"line": row["id"], "field": "pause", "before": row["pause"], "after": 0.7}
        begin = time.perf_counter()
        studio.client.post(f"{studio.book}/edit", json={"changes": [change]}).raise_for_status()
        times.append(time.perf_counter() - begin)
    return sorted(times)[int(0.95 * len(times))], (studio.worked() - before) / EDITS


def clicks(studio: Studio, browser: Browser) -> float:
    """Milliseconds from a click on a line to its sound, the median."""
    page = studio.page(browser)
    script = (
        "at => new Promise(done => { performance.clearMarks('line-sounds'); const begin = performance.now();"
        " document.querySelectorAll('.row')[at].click(); const look = () => { const mark ="
        " performance.getEntriesByName('line-sounds')[0]; mark ? done(mark.startTime - begin) : setTimeout(look, 2) };"
        " look() })"
    )
    return float(statistics.median(page.evaluate(script, at % 8) for at in range(CLICKS)))


def takes(studio: Studio) -> list[tuple[float, float]]:
    """Seconds until another take of a line is heard, and until all of it is there, the workers warm."""
    lines = [row for row in studio.client.get(f"{studio.book}/lines").json()["lines"] if "key" in row]
    times: list[tuple[float, float]] = []
    for row in lines[:: max(1, len(lines) // (TAKES + WARMING))][: TAKES + WARMING]:
        heard: list[float] = []
        begin = time.perf_counter()
        with studio.client.stream("POST", f"{studio.book}/speak", json={"line": row["id"]}) as answer:
            answer.raise_for_status()
            heard += [time.perf_counter() - begin for text in answer.iter_lines() if text]
        times.append((heard[0], heard[-1]))
    return times[WARMING:]


if __name__ == "__main__":
    main()

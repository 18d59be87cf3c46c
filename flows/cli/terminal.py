"""Progress for eyes: a bar on a terminal, plain lines in a log, nothing when quiet."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from flows.cli.words import say
from flows.workspace.progress import Progress, Reporter, Silent
from tts_core.durations import clock

LOG_EVERY_SECONDS = 30.0
"""Between two progress lines where the output is no terminal."""


@contextlib.contextmanager
def reporter(*, quiet: bool) -> Iterator[Reporter]:
    """Shows progress on standard error until the block ends; nothing when `quiet`."""
    if quiet:
        yield Silent()
        return
    terminal = Terminal()
    try:
        yield terminal
    finally:
        terminal.close()


class Terminal:
    """A reporter on standard error, so that standard output stays clean for results."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._bars: Bars | None = None
        self._task: TaskID | None = None
        self._logged = 0.0

    def stage(self, name: str, detail: str = "") -> None:
        self._end_bar()
        more = f"  {escape(say(detail))}" if detail else ""
        self.console.print(f"[bold]{escape(say(name))}[/bold]{more}")

    def update(self, progress: Progress) -> None:
        speed, eta = progress.speed, progress.eta_seconds
        parts = [f"{progress.done}/{progress.lines} lines", f"{clock(progress.audio_seconds)} of audio"]
        if speed is not None and eta is not None:
            parts += [f"{speed:.1f}× real time", f"{clock(eta)} to go"]
        elif progress.done < progress.lines:
            parts.append("measuring this machine")
        self._show(progress.done, progress.lines, " · ".join(say(part) for part in parts))

    def share(self, done: float, detail: str = "") -> None:
        self._show(done, 1.0, say(detail))

    def warn(self, message: str) -> None:
        self.console.print(f"[yellow]{say('warning:')}[/yellow] {escape(say(message))}")

    def close(self) -> None:
        self._end_bar()

    def _show(self, done: float, total: float, text: str) -> None:
        if not self.console.is_terminal:
            now = time.monotonic()
            if now - self._logged >= LOG_EVERY_SECONDS or done >= total:
                if text:
                    self.console.print(f"  {escape(text)}")
                self._logged = now
            return
        if self._bars is None:
            self._bars = Bars(
                BarColumn(30), TextColumn("{task.description}"), console=self.console, transient=True
            )
            self._bars.start()
            self._task = self._bars.add_task("", total=total)
        assert self._task is not None
        self._bars.update(self._task, completed=done, total=total, description=text)

    def _end_bar(self) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = self._task = None
        self._logged = 0.0

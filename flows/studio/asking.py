"""The studio's end of the line to its resident processes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from normalizers import DuoyinError

Tell = Callable[[Mapping[str, Any]], None]
"""Is told what can be told before an answer."""


class ResidentProcess:
    """Starts when it is needed, is asked one thing at a time, and is started anew where it has ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def speak(
        self, folder: Path, line: str, *, unlike: str = "", voice: str = "", tell: Tell | None = None
    ) -> dict[str, Any]:
        """The take of a line, spoken where it is not there: line, key, take, voice, engine, seconds, begins.

        `begins`: when each of the clauses that were told begins in it.

        Args:
            unlike: key of what it sounds like now; where that is its take, the next one is made.
            voice: in this voice, only to hear it.
            tell: told of each clause (`clause`: its key, `seconds`) that can be heard before the take is there, or of
                its sound as it comes (`heard`: 16-bit samples in base64, `rate`).

        Raises:
            DuoyinError: it cannot be spoken; says why.
        """
        return self._ask(
            {"do": "speak", "folder": str(folder), "line": line, "unlike": unlike, "voice": voice}, tell
        )

    def voices(self, folder: Path) -> dict[str, Any]:
        """The voices that a line may have, and those of the speakers. Raises `DuoyinError`."""
        return self._ask({"do": "voices", "folder": str(folder)})

    def touched(self, folder: Path) -> dict[str, Any]:
        """`lines` that the next run will have otherwise, see `flows.making.foresight`. Raises `DuoyinError`."""
        return self._ask({"do": "touched", "folder": str(folder)})

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        process.terminate()
        process.wait(10)

    def _ask(self, request: dict[str, Any], tell: Tell | None = None) -> dict[str, Any]:
        with self._lock:
            for attempt in range(2):
                process = self._process = self._running()
                assert process.stdin is not None and process.stdout is not None
                try:
                    process.stdin.write(json.dumps(request) + "\n")
                    process.stdin.flush()
                    while (text := process.stdout.readline()) and _is_before(row := json.loads(text)):
                        if tell is not None:
                            tell(row)
                except OSError:
                    text = ""
                if text:
                    return _told(row)
                self.close()
                if attempt:
                    break
        raise DuoyinError(
            "the studio's own process ended", hint="Its last words are in the terminal of the studio."
        )

    def _running(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        return subprocess.Popen(
            [sys.executable, "-m", "flows.studio.speech"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is the studio's
        )


def _is_before(row: Mapping[str, Any]) -> bool:
    """Whether a row is told before the answer."""
    return "clause" in row or "heard" in row


def _told(answer: dict[str, Any]) -> dict[str, Any]:
    if "problem" in answer:
        raise DuoyinError(answer["problem"], where=answer["where"], hint=answer["hint"])
    return answer

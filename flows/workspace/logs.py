"""What the logs of the projects below a folder tell, and whether they are whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.workspace.ledger import Ledger
from flows.workspace.log import LogEnd, LogEntry, What, broken
from flows.workspace.project import LEDGER_FILE, PROVENANCE
from flows.workspace.provenance import read_record


@dataclass(frozen=True, slots=True)
class Log:
    """The log of one project. `project`: its folder. `end`: what was noted of the last entry."""

    project: Path
    entries: tuple[LogEntry, ...]
    end: LogEnd

    def named_below(self, folder: Path) -> str:
        """The project as people call it who look at `folder`: its path below it, or its own name."""
        below = self.project.relative_to(folder).as_posix()
        return self.project.resolve().name if below == "." else below

    def deliveries(self) -> Iterator[Mapping[str, Any]]:
        """The finished files: `file`, `sha256`, `at`, `user`, `voices` (voice → consent)."""
        return (facts for entry in self.entries if (facts := entry.facts)["what"] == What.DELIVERED)

    def spoken(self) -> Iterator[Mapping[str, Any]]:
        """The takes: `take`, `engine`, `at`, `user`, `uses`."""
        return (facts for entry in self.entries if (facts := entry.facts)["what"] == What.SPOKEN)

    def problems(self) -> list[str]:
        """Where it is not as it was written; nothing for a log that is whole.

        The provenance records below the project's folder name entries of it: they tell a log that was written anew.
        """
        found = list(broken(self.entries, self.end))
        digests = {entry.number: entry.digest for entry in self.entries}
        for file in sorted(self.project.rglob(f"*{PROVENANCE}")):
            for told in _log_of(file):
                if told.number and digests.get(told.number) != told.digest:
                    found.append(f"{file.name} was written when entry {told.number} was another one")
        return found


def logs_below(folder: Path) -> list[Log]:
    """The logs of the project in a folder, or of all projects below it."""
    logs = []
    for file in sorted(folder.rglob(LEDGER_FILE)):
        with Ledger(file) as ledger:
            entries, end = ledger.log()
        logs.append(Log(file.parent, tuple(entries), end))
    return logs


def _log_of(record: Path) -> Iterator[LogEnd]:
    for assertion in read_record(record).get("assertions", ()):
        if assertion.get("label") == "duoyin.log":
            yield LogEnd(assertion["data"]["entries"], assertion["data"]["digest"])

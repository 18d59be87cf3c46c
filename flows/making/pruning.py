"""Takes that nothing needs any more: found, told, and deleted when a person says so. Nothing runs this by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flows.making.engines import Engines
from flows.making.retake import scripted
from flows.workspace.ledger import Ledger
from flows.workspace.project import Project
from normalizers import DuoyinError
from tts_core.takes import FolderTakes, TakeStore


@dataclass(frozen=True, slots=True)
class Held:
    """Files of takes that are kept, or not, for one reason."""

    reason: str
    files: tuple[Path, ...]
    bytes: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """The takes of a project by what keeps them.

    Args:
        kept: by reason; a take stands under the first that holds.
        free: what nothing needs.
        pinned: lines whose take a person chose.
        days: how long what was chosen or made before is kept.
    """

    kept: tuple[Held, ...]
    free: Held
    pinned: int
    days: float

    def to_json(self) -> dict[str, Any]:
        """Plain data; paths as they are on this machine."""

        def data(held: Held) -> dict[str, Any]:
            return {"takes": len(held.files), "bytes": held.bytes}

        return {
            "kept": {held.reason: data(held) for held in self.kept},
            "free": {**data(self.free), "files": [str(file) for file in self.free.files]},
            "pinned_lines": self.pinned,
            "days": self.days,
        }


def inventory(project: Project, ledger: Ledger, *, days: float, now: datetime | None = None) -> Inventory:
    """What of a project's takes is in use, may be wanted back, is new, or is needed by nothing.

    In use is what the script asks for with the settings as they are, for every chapter, and what its lines had in the
    last run. Of an object store these are the copies on this machine; what is stored there may be in use by others, and
    nothing here deletes it. Wanted back may be what a line had within `days`; new is what was made within them. A
    ledger that was lost takes no take with it: what the script asks for is planned anew, and new takes stay.

    Args:
        project: held by the caller, so that no run is at work.
        days: 0 or more.
        now: with its zone; the present when not given.

    Raises:
        DuoyinError: the source or a person's file cannot be read, so nobody can say what is needed; or the takes lie
            in a folder that other projects may use.
    """
    if project.takes.root != project.takes_folder:
        raise DuoyinError(
            "these takes lie outside of the project, where other projects may need them",
            where=str(project.takes.root),
            hint="Only takes in a project's own folder, or its copies of those in an object store, are pruned.",
        )
    if not days >= 0:
        raise DuoyinError(f"{days:g} days are no length of time", where="--days", hint="0 or more.")
    since = (now or datetime.now(UTC)) - timedelta(days=days)
    production = scripted(project, Engines(project))
    here = {line.id for line in production.lines}
    used = {item.key for item in production.plan(production.lines) if item.key}
    used |= {key for line, key in ledger.choices().items() if line in here}
    lately = ledger.chosen_since(since)
    in_use: list[Path] = []
    wanted_back: list[Path] = []
    new: list[Path] = []
    free: list[Path] = []
    for file in _files(project.takes):
        if file.suffix == FolderTakes.SUFFIX and file.stem in used:
            in_use.append(file)
        elif file.suffix == FolderTakes.SUFFIX and file.stem in lately:
            wanted_back.append(file)
        elif datetime.fromtimestamp(file.stat().st_mtime, UTC) >= since:
            new.append(file)
        else:
            free.append(file)
    kept = (
        _held("in use", in_use),
        _held(f"a line had it within {days:g} days", wanted_back),
        _held(f"made within {days:g} days", new),
    )
    pinned = sum(1 for line in production.lines if line.take)
    return Inventory(kept, _held("needed by nothing", free), pinned, days)


def prune(found: Inventory, ledger: Ledger) -> None:
    """Delete what nothing needs. Raises `DuoyinError` for what cannot be deleted."""
    ledger.forget({file.stem for file in found.free.files})
    for file in found.free.files:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise DuoyinError(
                f"a take cannot be deleted ({error.strerror or error})",
                where=str(file),
                hint="Make the folder writable, then run again.",
            ) from error


def _files(store: TakeStore) -> Iterable[Path]:
    """Takes, and damaged ones that were set aside."""
    return sorted(
        file for file in store.root.glob("??/*") if file.suffix in (FolderTakes.SUFFIX, FolderTakes.ASIDE)
    )


def _held(reason: str, files: Sequence[Path]) -> Held:
    return Held(reason, tuple(files), sum(file.stat().st_size for file in files))

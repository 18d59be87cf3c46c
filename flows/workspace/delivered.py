"""What a finished file gives way to: a newer making of the same, and nothing else.

A finished file is known by its bytes: the ledger notes its digest, and what it holds, before it takes its name. So it
is still known after it or its project was moved, and no file that somebody else made, or changed, is taken for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import MappingProxyType

from flows.workspace.ledger import Ledger
from normalizers import DuoyinError
from tts_core.files import file_digest

FINISHED = frozenset((".m4b", ".m4a", ".mp4", ".mp3", ".opus", ".ogg", ".flac", ".wav", ".mka", ".mkv"))
"""What sound in a folder ends in."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What a finished file holds.

    Args:
        what: `audiobook`, or a dub with its language: what has no chapters of another.
        chapters: indices from 0 of a part's chapters; none for the whole.
    """

    what: str
    chapters: tuple[int, ...] = ()

    def includes(self, other: Holding) -> bool:
        """Whether nothing of the other is lost where this one takes its place."""
        if self.what != other.what:
            return False
        return not self.chapters or (bool(other.chapters) and set(other.chapters) <= set(self.chapters))

    def to_text(self) -> str:
        return " ".join([self.what, ",".join(map(str, self.chapters))]).rstrip()

    @classmethod
    def from_text(cls, text: str) -> Holding:
        """What `to_text` wrote."""
        what, _, last = text.rpartition(" ")
        if what and last.replace(",", "").isdigit():
            return cls(what, tuple(int(number) for number in last.split(",")))
        return cls(text)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a finished file goes. `kept`: the file of the usual name that stays as it is; None where there is none."""

    path: Path
    kept: Path | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of it."""
        if self.kept is None:
            return ()
        return (
            f"{self.kept.name} is there already and is kept, as it is no earlier making of the same; "
            f"this one is called {self.path.name}",
        )


class Shelf:
    """The places of finished files, as one run may use them.

    Args:
        ledger: of the project: it knows what was delivered. holding: what this run makes.
        voices: heard in what is made, with the consent or licence of each, for the log.
    """

    def __init__(
        self, ledger: Ledger, holding: Holding, voices: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._ledger = ledger
        self._holding = holding
        self._voices = voices
        self.claimed: dict[Path, str] = {}
        """SHA-256 of the finished files that took their names in this run."""

    def takes(self, path: Path) -> bool:
        """Whether a file, or a folder of files, may be written: nothing is there, or an earlier making of the same
        or of a part of it. A folder is judged by the sound in it."""
        return all(self._gives_way(file) for file in _sounds(path))

    def choose(self, places: Iterable[Path]) -> Destination | None:
        """The first of `places` that may be written; None where none may."""
        kept = None
        for path in places:
            if self.takes(path):
                return Destination(path, kept)
            kept = kept or path
        return None

    def claim(self, partial: Path, path: Path) -> None:
        """Note a finished file that is about to take its name, see `tts_core.files.atomic_path`.

        Raises:
            DuoyinError: somebody has put another file there meanwhile; it is kept.
        """
        if not self._gives_way(path):
            raise DuoyinError(
                "another file has been put there meanwhile, and it is kept",
                where=str(path),
                hint="Run the same command again: what is made is kept, and this one gets another name.",
            )
        self.claimed[path] = file_digest(partial)
        self._ledger.record_delivery(
            self.claimed[path], self._holding.to_text(), file=path.name, voices=self._voices
        )

    def clear(self, folder: Path, delivered: Sequence[Path]) -> None:
        """Remove what an earlier making of the same left in a folder: files of chapters that are gone or called
        otherwise."""
        kept, suffixes = set(delivered), {path.suffix for path in delivered}
        for file in list(_sounds(folder)):
            if file not in kept and file.suffix in suffixes and self._gives_way(file):
                file.unlink()

    def _gives_way(self, file: Path) -> bool:
        if not file.is_file():
            return not file.exists()
        known = map(Holding.from_text, self._ledger.deliveries(file_digest(file)))
        return any(self._holding.includes(held) for held in known)


def numbered(path: Path) -> Iterator[Path]:
    """`Emma.m4b`, `Emma (2).m4b`, `Emma (3).m4b`, ..."""
    yield path
    for number in count(2):
        yield with_note(path, str(number))


def with_note(path: Path, note: str) -> Path:
    """The path with a note in brackets behind its name: `Emma.m4b` → `Emma (chapter 1).m4b`."""
    suffix = path.suffix if path.suffix.lower() in FINISHED else ""
    return path.with_name(f"{path.name.removesuffix(suffix)} ({note}){suffix}")


def _sounds(path: Path) -> Iterator[Path]:
    """The file, or the sound files in a folder."""
    if path.is_dir():
        yield from sorted(file for file in path.iterdir() if file.suffix.lower() in FINISHED)
    else:
        yield path

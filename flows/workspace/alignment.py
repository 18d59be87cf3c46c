"""The record of a finished book: what is printed, what is said for it, and when it is heard.

Beside the takes a project keeps, for each finished book, which lines lie where in its files and how their printed
words, their spoken words and the engine's units go together. It can be made again by making the book again.

A chapter is one JSON file named by the SHA-256 of its content, so that a chapter that did not change is not written; an
index by the finished file's name says which chapters it has and where each begins.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from flows.workspace.project import Project
from normalizers import DuoyinError
from tts_core.files import write_atomically
from tts_core.sealed import seal, unseal

FORMAT = 1
"""Of the record; another one is made anew."""


class Run(NamedTuple):
    """A stretch of a line that is printed in one, said in one and heard in one: mostly a word or a Han character.

    Args:
        printed: start and end in the line's text; None where other words are said than are printed.
        spoken: start and end in the spoken text.
        units: the first of the engine's units (phonemes) and the end.
        start, end: seconds from the beginning of the take.
    """

    printed: tuple[int, int] | None
    spoken: tuple[int, int]
    units: tuple[int, int]
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class AlignedLine:
    """A line of a finished book that sounds.

    Args:
        id: of the script.
        take: key of its take.
        paragraph: index in the chapter; -1 for an announcement the book does not print.
        source: start and end in the paragraph's text as the book prints it.
        wording: `as-printed` (then `source[0] + n` of the paragraph is character n of `text`), `edited`,
            `said-otherwise` or `announced`.
        speaker, language: of the script.
        text: as displayed. spoken: what is said.
        place: first sample and end in the sound of the chapter.
        runs: in the order they are heard; none where the engine tells no times.
    """

    id: str
    take: str
    paragraph: int
    source: tuple[int, int]
    wording: str
    speaker: str
    language: str
    text: str
    spoken: str
    place: tuple[int, int]
    runs: tuple[Run, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data; of a run its eight numbers, times in milliseconds, -1 for what is not printed."""
        data: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        data["spoken"] = None if self.spoken == self.text else self.spoken
        data["runs"] = [
            [
                *(run.printed or (-1, -1)),
                *run.spoken,
                *run.units,
                round(run.start * 1000, 1),
                round(run.end * 1000, 1),
            ]
            for run in self.runs
        ]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> AlignedLine:
        """What `to_json` gave. Raises `KeyError`, `TypeError`, `ValueError` for anything else."""
        runs = tuple(
            Run(None if a < 0 else (a, b), (c, d), (e, f), start / 1000, end / 1000)
            for a, b, c, d, e, f, start, end in data["runs"]
        )
        (first, last), (begin, end) = data["source"], data["place"]
        spoken = data["text"] if data["spoken"] is None else data["spoken"]
        return cls(**{**data, "runs": runs, "source": (first, last), "place": (begin, end), "spoken": spoken})


@dataclass(frozen=True, slots=True)
class AlignedChapter:
    """A chapter's sound and its lines, in order.

    Args:
        number: index of the chapter in the book, from 0.
        sample_rate: Hz, of the places of its lines. samples: its length.
    """

    number: int
    title: str
    sample_rate: int
    samples: int
    lines: tuple[AlignedLine, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "number": self.number,
            "title": self.title,
            "sample_rate": self.sample_rate,
            "samples": self.samples,
            "lines": [line.to_json() for line in self.lines],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> AlignedChapter:
        """What `to_json` gave. Raises `KeyError`, `TypeError`, `ValueError` for anything else."""
        lines = tuple(AlignedLine.from_json(line) for line in data["lines"])
        return cls(data["number"], data["title"], data["sample_rate"], data["samples"], lines)


@dataclass(frozen=True, slots=True)
class FinishedChapter:
    """A chapter in the finished files.

    Args:
        file: index in `Alignment.files`.
        start: seconds in that file where its sound begins.
        record: its file in the project.
    """

    title: str
    file: int
    start: float
    record: Path

    def read(self) -> AlignedChapter:
        """The chapter with its lines. Raises `DuoyinError` where its record is gone or damaged."""
        try:
            data = self.record.read_bytes()
            if hashlib.sha256(data).hexdigest() != self.record.stem:
                raise ValueError("it is not what was written")
            return AlignedChapter.from_json(json.loads(data))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _missing(self.record) from error


@dataclass(frozen=True, slots=True)
class Alignment:
    """The record of a finished book.

    Args:
        files: name and SHA-256 of each finished file, in order.
        chapters: in order.
    """

    files: tuple[tuple[str, str], ...]
    chapters: tuple[FinishedChapter, ...]

    def lines(self) -> Iterator[tuple[FinishedChapter, float, AlignedLine]]:
        """Every line that sounds: its chapter, the second in its file at which its take begins, and the line."""
        for placed in self.chapters:
            chapter = placed.read()
            for line in chapter.lines:
                yield placed, placed.start + line.place[0] / chapter.sample_rate, line


def write_alignment(
    project: Project,
    finished: Path,
    files: Sequence[tuple[str, str]],
    chapters: Sequence[tuple[int, float, AlignedChapter]],
) -> Path:
    """Keep the record of a finished book; chapters that no finished book has any more are forgotten.

    Args:
        finished: the file, or the folder of files.
        files: name and SHA-256 of each.
        chapters: index of its file, second in it at which it begins, and the chapter.
    """
    folder = project.alignment_folder
    rows = []
    for file, start, chapter in chapters:
        data = json.dumps(chapter.to_json(), ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "surrogatepass"
        )
        name = hashlib.sha256(data).hexdigest()
        path = folder / "chapters" / f"{name}.json"
        if not path.is_file():
            write_atomically(path, data)
        rows.append([chapter.title, file, round(start, 6), name])
    index = project.alignment_file(finished)
    write_atomically(
        index, seal({"format": FORMAT, "files": list(map(list, files)), "chapters": rows}).encode()
    )
    _forget_unused(folder)
    return index


def read_alignment(project: Project, finished: Path) -> Alignment:
    """The record of a finished book of this project.

    Args:
        finished: the file, or the folder of files; only its name counts.

    Raises:
        DuoyinError: there is none, or it is damaged.
    """
    index = project.alignment_file(finished)
    try:
        data = unseal(index.read_bytes())
        if data["format"] != FORMAT:
            raise ValueError("it is of another version")
    except (OSError, ValueError, KeyError) as error:
        raise _missing(index) from error
    folder = project.alignment_folder / "chapters"
    chapters = tuple(
        FinishedChapter(title, file, start, folder / f"{name}.json")
        for title, file, start, name in data["chapters"]
    )
    return Alignment(tuple((name, digest) for name, digest in data["files"]), chapters)


def _missing(path: Path) -> DuoyinError:
    return DuoyinError(
        "the record of this finished book is not there",
        where=str(path),
        hint="`duoyin audiobook PROJECT` makes it again; what is made is kept.",
    )


def _forget_unused(folder: Path) -> None:
    used: set[str] = set()
    for index in folder.glob("*.json"):
        try:
            used.update(row[-1] for row in unseal(index.read_bytes())["chapters"])
        except (OSError, ValueError, KeyError):
            continue  # it is damaged, and its book will be made again
    for path in (folder / "chapters").glob("*.json"):
        if path.stem not in used:
            path.unlink(missing_ok=True)

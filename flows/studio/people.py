"""The people of a book with their voices, and the voices they have in the series it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flows.casting import Casting, Character, castfile
from flows.casting.castfile import CastEntry, CastFile
from flows.script.line import NARRATOR, UNKNOWN
from flows.script.written import WrittenLine
from flows.studio.book import Shown, speakers
from flows.workspace.project import Project

LONGEST_SAMPLE = 160
"""Characters of a line by which a voice is heard, at most."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who speaks.

    Args:
        lines: of the book, and their share of its letters. also: other names.
        voice: that the book's cast gives; "" where none was chosen yet.
        series_voice: that the series gives, by any of the names; "" where it gives none.
        sample: id of a line to hear a voice by; "" where there is none.
    """

    name: str
    lines: int
    share: float
    also: tuple[str, ...] = ()
    gender: str = ""
    age: str = ""
    voice: str = ""
    series_voice: str = ""
    sample: str = ""


def people(project: Project, shown: Shown) -> list[Person]:
    """Everybody who speaks in the script, the narrator first. Raises `DuoyinError` for a cast that cannot be read."""
    own = castfile.load(project.cast_file)
    known = {entry.name: entry for entry in own.entries}
    counted = speakers(shown.written.lines)
    total = sum(row["characters"] for row in counted) or 1
    samples = _samples(shown.written.lines)
    of_series = series_voices(project, [known.get(row["name"], CastEntry(row["name"])) for row in counted])
    found: list[Person] = []
    for row in counted:
        name = row["name"]
        entry = known.get(name, CastEntry(name))
        found.append(
            Person(
                name, row["lines"], row["characters"] / total, entry.aliases, entry.gender or "", entry.age or "",
                own.voice_of(name) or "", of_series.get(name, ""), samples.get(name, ""),
            )
        )  # fmt: skip
    return found


def series_voices(project: Project, entries: Sequence[CastEntry]) -> dict[str, str]:
    """The voices that the series gives to people of a cast, as a run finds them; none where there is no series."""
    file = project.series_cast_file
    series = castfile.load(file) if file is not None else CastFile()
    characters = tuple(Character(entry.name, aliases=entry.aliases) for entry in entries)
    found = series.voices_for(Casting("", characters, ()))
    told = {NARRATOR: series.narrator, UNKNOWN: series.unknown}
    return {**found, **{name: voice for name, voice in told.items() if voice}}


def _samples(lines: Sequence[WrittenLine]) -> dict[str, str]:
    """For each speaker the longest line that is not too long, by name."""
    best: dict[str, tuple[int, str]] = {}
    for line in lines:
        name, length = str(line.field("speaker")), len(str(line.field("text") or ""))
        if line.left_out or line.field("kind") == "heading":
            continue
        if name not in best or best[name][0] < length <= LONGEST_SAMPLE:
            best[name] = (length, line.id)
    return {name: line for name, (_, line) in best.items()}

"""`duoyin audition`: the voices of a book, each with lines of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.cast import Cast, read_cast
from flows.cli.options import BookOrProject, Json, project_folder
from flows.cli.results import Result, show
from flows.mastering.audition import write_audition
from flows.workspace.project import open_locked
from normalizers import DuoyinError
from tts_core.engine import Engine, Utterance, read_and_speak, utterance_of

AUDITION_LINES = 3
"""Longest lines of a character that its audition speaks."""


def audition(
    source: BookOrProject,
    character: Annotated[str | None, typer.Option(help="Only this character.")] = None,
    as_json: Json = False,
) -> None:
    """Write one short file a character to the project's auditions."""
    with open_locked(project_folder(source)) as project:
        cast = read_cast(project)
        files = []
        for name in _speakers(cast, character):
            engine, lines = _best_lines(cast, name)
            if takes := list(read_and_speak(engine, lines)):
                sound = ((take.samples, take.sample_rate) for take in takes)
                files.append(str(write_audition(sound, project.audition_file(name))))
    show(Result({"files": files}, "\n".join(files)), as_json=as_json)


def _speakers(cast: Cast, only: str | None) -> list[str]:
    names = [c.name for c in cast.casting.characters if c.lines]
    if only is None:
        return names
    if only not in names:
        raise DuoyinError(
            f"“{only}” speaks no line of this book", hint=f"There are {', '.join(names[:12])} …"
        )
    return [only]


def _best_lines(cast: Cast, name: str) -> tuple[Engine, list[Utterance]]:
    """The engine of a character's voice, and what it has to say: the longest lines, in the order of the book."""
    _, engine, voice = cast.engines.of_voice(cast.book.voices.by_speaker[name])
    lines = [line for line in cast.book.script.lines if line.speaker == name]
    chosen = sorted(lines, key=lambda line: -len(line.text))[:AUDITION_LINES]
    return engine, [
        utterance_of(line.say or line.text, line.language, voice, hints=line.hints, lexicon=cast.book.lexicon)
        for line in lines
        if line in chosen
    ]

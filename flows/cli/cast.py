"""`duoyin cast`: see and correct who speaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from flows.casting import Casting, LineCorrection, castfile
from flows.casting.nouns import GENDER_LETTERS
from flows.casting.report import cast_html
from flows.casting.review import Doubt, least_certain
from flows.cli.options import BookOrProject, Json, project_folder
from flows.cli.results import Result, show, table
from flows.cli.words import say
from flows.making.book import Book, read_book
from flows.making.engines import Engines
from flows.mastering.audition import data_uri
from flows.script.line import NARRATOR, UNKNOWN
from flows.workspace.project import Project, open_locked
from normalizers import DuoyinError
from tts_core.files import write_atomically

NEAR_PARAGRAPHS = 12
"""Who speaks so near to a doubtful line is offered as its speaker."""
OFFERED = 9
"""Speakers offered for a doubtful line: one digit each."""


@dataclass(frozen=True, slots=True)
class Cast:
    """A book with its people and their voices."""

    project: Project
    book: Book
    casting: Casting
    engines: Engines


def cast(
    source: BookOrProject,
    review: Annotated[bool, typer.Option("--review", help="Walk through the least certain lines.")] = False,
    html: Annotated[bool, typer.Option("--html", help="Write one self-contained page.")] = False,
    out: Annotated[Path | None, typer.Option(help="Where the page goes; default: output/cast.html.")] = None,
    limit: Annotated[int, typer.Option(help="Lines to review at most.")] = 50,
    as_json: Json = False,
) -> None:
    """Print the cast, review it or write it as a page."""
    with open_locked(project_folder(source)) as project:
        if review:
            result = review_lines(project, _ask, typer.echo, limit=limit)
        elif html:
            result = _page(read_cast(project), out)
        else:
            result = _table(read_cast(project))
    show(result, as_json=as_json)


def read_cast(project: Project) -> Cast:
    """The cast of a project. Raises `DuoyinError` where the narrator reads everybody."""
    engines = Engines(project)
    book = read_book(project, engines)
    if book.casting is None:
        raise DuoyinError(
            "this project has a single voice",
            where=str(project.folder),
            hint="Set `single_voice: false` in project.yaml.",
        )
    return Cast(project, book, book.casting, engines)


def _table(cast: Cast) -> Result:
    """The cast: lines, gender, age, voice, other names."""
    characters, voices = cast.casting.characters, cast.book.voices.by_speaker
    total = sum(character.lines for character in characters) or 1
    data = [
        {
            "name": c.name,
            "lines": c.lines,
            "gender": GENDER_LETTERS[c.gender] if c.gender else None,
            "gender_evidence": c.gender_evidence,
            "age": c.age,
            "aliases": list(c.aliases),
            "voice": voices.get(c.name, ""),
        }
        for c in characters
    ]
    rows = [
        [
            c.name,
            c.lines,
            f"{100 * c.lines / total:.0f} %",
            GENDER_LETTERS[c.gender] if c.gender else "",
            c.age or "",
            voices.get(c.name, ""),
            ", ".join(c.aliases[:4]),
        ]
        for c in characters
    ]
    doubts = len(least_certain(cast.casting, 10_000))
    head = [str(cast.project.cast_file), f"narrator {voices[NARRATOR]}, unknown {voices.get(UNKNOWN, '')}"]
    if cast.casting.tellers:
        head.append(f"told by {', '.join(cast.casting.tellers)}")
    text = (
        "\n".join(head)
        + "\n\n"
        + table("", ["character", "lines", "", "gender", "age", "voice", "also"], rows, right=[1, 2])
        + f"\n\n{doubts} places are worth a look: duoyin cast {cast.project.folder} --review"
    )
    return Result(data, text)


def _page(cast: Cast, out: Path | None) -> Result:
    """The cast as one self-contained page, with auditions where they have been made."""
    file = out or cast.project.cast_page
    chapters = cast.book.manuscript.chapters
    sounds = {c.name: cast.project.audition_file(c.name) for c in cast.casting.characters}
    html = cast_html(
        cast.casting,
        [[p.text for p in c.paragraphs] for c in chapters],
        voices=cast.book.voices.by_speaker,
        auditions={name: data_uri(sound) for name, sound in sounds.items() if sound.is_file()},
        title=cast.book.manuscript.title,
        chapter_titles=[c.title for c in chapters],
    )
    write_atomically(file, html.encode())
    return Result({"page": str(file)}, str(file))


def _ask(question: str) -> str:
    return str(typer.prompt(say(question), default="", show_default=False))


def review_lines(
    project: Project, ask: Callable[[str], str], tell: Callable[[str], None], *, limit: int
) -> Result:
    """Walk through the least certain lines, those that are heard most first; each answer teaches the rest."""
    answered = 0
    cast = read_cast(project)
    seen: set[tuple[int, int, int]] = set()
    while len(seen) < limit and (doubt := _next_doubt(cast, seen, limit)) is not None:
        seen.add((doubt.chapter, doubt.paragraph, doubt.span.start))
        names = _candidates(cast, doubt)
        tell(_question(cast, doubt, names))
        answer = ask(
            "who speaks? number, name, Enter = right as it is, n = nobody (narration), q = stop"
        ).strip()
        if answer == "q":
            break
        speaker = _speaker(answer, doubt, names)
        if speaker is None:
            continue
        text = cast.book.manuscript.chapters[doubt.chapter].paragraphs[doubt.paragraph].text
        words = text[doubt.span.start : doubt.span.end]
        castfile.correct_line(project.cast_file, LineCorrection(words, speaker, doubt.chapter + 1))
        answered += 1
        cast = read_cast(project)  # decoded anew with the answer fixed
    return Result({"answered": answered}, f"{answered} lines corrected in {project.cast_file}")


def _next_doubt(cast: Cast, seen: set[tuple[int, int, int]], limit: int) -> Doubt | None:
    doubts = least_certain(cast.casting, limit)
    return next((d for d in doubts if (d.chapter, d.paragraph, d.span.start) not in seen), None)


def _candidates(cast: Cast, doubt: Doubt) -> list[str]:
    """Who is near: the present guess, those who speak around it, then those who speak most."""
    near: list[str] = [doubt.span.speaker] if doubt.span.speaker else []
    for chapter, paragraph, span in cast.casting.dialogue():
        if chapter == doubt.chapter and abs(paragraph - doubt.paragraph) <= NEAR_PARAGRAPHS and span.speaker:
            near.append(span.speaker)
    near += [character.name for character in cast.casting.characters]
    return list(dict.fromkeys(near))[:OFFERED]


def _question(cast: Cast, doubt: Doubt, names: Sequence[str]) -> str:
    paragraphs = cast.book.manuscript.chapters[doubt.chapter].paragraphs
    low, high = max(0, doubt.paragraph - 2), min(len(paragraphs), doubt.paragraph + 3)
    shown = []
    for index in range(low, high):
        text = paragraphs[index].text
        if index == doubt.paragraph:
            start, end = doubt.span.start, doubt.span.end
            text = f"{text[:start]}▶{text[start:end]}◀{text[end:]}"
        shown.append(f"    {text}")
    options = "  ".join(f"{number} {name}" for number, name in enumerate(names, 1))
    sure = f"{100 * doubt.span.confidence:.0f} %"
    now = say(
        f"chapter {doubt.chapter + 1}, now {doubt.span.speaker or UNKNOWN} ({sure}: {doubt.span.evidence})"
    )
    return f"\n{now}\n" + "\n".join(shown) + f"\n  {options}"


def _speaker(answer: str, doubt: Doubt, names: Sequence[str]) -> str | None:
    """The speaker an answer means; None for "right as it is" of a line that has none."""
    if not answer:
        return doubt.span.speaker
    if answer == "n":
        return NARRATOR
    if answer.isdecimal() and 1 <= int(answer) <= len(names):
        return names[int(answer) - 1]
    return answer

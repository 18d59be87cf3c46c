"""A book as it is to be spoken: read, cast, voiced and scripted."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace

from flows import sources
from flows.casting import Casting, Corrections, decide, gather, llm
from flows.making.decisions import keep_cast, read_decisions
from flows.making.engines import Engines
from flows.making.voices import Voices, check_line_voices, choose_voices, with_consents
from flows.script.build import book_language, build_script
from flows.script.file import Merged, merge
from flows.script.line import NARRATOR, UNKNOWN, Line
from flows.script.manuscript import Manuscript
from flows.sources.options import Replacement
from flows.workspace.progress import reporter
from flows.workspace.project import Project
from flows.workspace.settings import CHAPTER_RANGE
from normalizers import DuoyinError, Lexicon
from normalizers.languages import LANGUAGES, primary

UNSPOKEN_KINDS = ("scene-break", "heading", "table-row", "caption", "code", "note")
"""Paragraphs that hold no dialogue; casting sees them empty."""

FEW_LINES = 3
"""A name of so few lines that is nearly another's may be a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Book:
    """A source as read, cast, voiced and scripted.

    Args:
        chapters: indices of the chapters to be made.
        script: every line of the book, with a person's edits.
        casting: None where the narrator reads all.
        voices: of nobody where only the script was asked for.
        lexicon: pronunciations, the series' among them.
    """

    manuscript: Manuscript
    language: str
    chapters: tuple[int, ...]
    script: Merged
    casting: Casting | None
    voices: Voices
    lexicon: Lexicon

    @property
    def lines(self) -> list[Line]:
        """The lines of the chapters to be made, in order."""
        wanted = set(self.chapters)
        return [line for line in self.script.lines if line.chapter in wanted]


def read_book(project: Project, engines: Engines | None = None) -> Book:
    """Read the source, cast it, choose voices; write cast.yaml and script.jsonl, each once (a person's edits survive).

    Args:
        engines: whose voices are chosen; None where only the script is wanted.

    Raises:
        DuoyinError: the source or a person's file cannot be understood, or names a voice or chapter that is not there.
    """
    decisions = read_decisions(project)
    manuscript = read_manuscript(project)
    told = project.settings.language
    language = book_language(manuscript) if told == "auto" else told
    chapters = parse_chapters(project.settings.chapters, len(manuscript.chapters))
    casting = (
        None
        if project.settings.single_voice
        else cast(project, manuscript, language, decisions.corrections())
    )
    by_speaker = (
        choose_voices(project, decisions, casting, language, engines) if engines is not None else None
    )
    if casting is not None:
        keep_cast(project, decisions, casting, by_speaker)
    lines = build_script(
        manuscript,
        casting.spans if casting is not None else None,
        project.settings.pauses,
        announce=project.settings.reading.announce,
        language=None if told == "auto" else language,
    )
    titles = [chapter.title for chapter in manuscript.chapters]
    script = merge(lines, titles, project.script_file, project.script_base_file)
    voices = Voices({}, {})
    if engines is not None and by_speaker is not None:
        check_line_voices(project, script.lines, language, engines)
        voices = with_consents(project, by_speaker, script.lines, engines)
    return Book(manuscript, language, chapters, script, casting, voices, decisions.lexicon)


def read_options(project: Project) -> sources.ReadOptions:
    """What the project's `reading:` asks of its source, with its own rules for the text and those of its series."""
    own, series = project.settings, project.of_series
    return sources.ReadOptions(
        **own.reading.model_dump(exclude={"announce"}),
        chapters_pattern=own.chapters_pattern or series.chapters_pattern,
        replace=tuple(
            Replacement(rule.text, rule.pattern, rule.words) for rule in (*own.replace, *series.replace)
        ),
    )


def read_manuscript(project: Project) -> Manuscript:
    """The project's source, with the title and authors that its settings give."""
    settings = project.settings
    manuscript = sources.read(project.existing_source, read_options(project))
    if not any(chapter.paragraphs for chapter in manuscript.chapters):
        raise DuoyinError(
            "there is nothing to read aloud in this file",
            where=str(project.source),
            hint="`duoyin inspect FILE` lists what was left out and why.",
        )
    return replace(
        manuscript, title=settings.title or manuscript.title, authors=settings.authors or manuscript.authors
    )


def cast(project: Project, manuscript: Manuscript, language: str, corrections: Corrections) -> Casting:
    """Who speaks each line: by what people decided, by the text, and by a language model where the project
    names one."""
    casting = _cast(project, manuscript, language, corrections)
    return casting.told_by_narrator() if project.settings.tellers == "narrator" else casting


def _cast(project: Project, manuscript: Manuscript, language: str, corrections: Corrections) -> Casting:
    texts = [["" if p.kind in UNSPOKEN_KINDS else p.text for p in c.paragraphs] for c in manuscript.chapters]
    headings = [[p.text if p.kind == "heading" else "" for p in c.paragraphs] for c in manuscript.chapters]
    gathered = gather(texts, language, corrections, headings)
    casting = decide(gathered)
    if project.settings.language_model is None:
        return casting
    answers = llm.ask(
        texts, casting, llm.Endpoint.of(project.settings.language_model), project.replies_folder
    )
    for note in answers.notes:
        reporter().warn(note)
    return decide(gathered, answers.labels)


def parse_chapters(selection: str | None, count: int) -> tuple[int, ...]:
    """Chapter numbers (from 1) of a selection such as `1-3,5`, as indices from 0, in order.

    Raises `DuoyinError` for a malformed selection or a chapter that is not there.
    """
    if selection is None:
        return tuple(range(count))
    if not CHAPTER_RANGE.fullmatch(selection):
        raise DuoyinError(
            f"“{selection}” names no chapters", hint="Write them as 1-3,5 (see `duoyin inspect`)."
        )
    wanted: set[int] = set()
    for part in selection.split(","):
        first, _, last = part.partition("-")
        low, high = int(first), int(last or first)
        if low < 1 or high > count or low > high:
            raise DuoyinError(
                f"chapters {part} are asked for, but the book has chapters 1 to {count}",
                hint="`duoyin inspect FILE` lists them.",
            )
        wanted.update(range(low - 1, high))
    return tuple(sorted(wanted))


def unpinned_notes(script: Merged) -> list[str]:
    """One sentence for each line whose chosen take went with its words."""
    return [
        f"line {line_id} says other words than those its take was chosen for; the choice was dropped"
        for line_id in script.unpinned
    ]


def warnings(book: Book) -> list[str]:
    """What a person should know about the book before it is spoken."""
    found = [*book.manuscript.warnings, *(book.casting.notes if book.casting is not None else ())]
    declared = book.manuscript.language
    if primary(declared) in LANGUAGES and primary(declared) != book.language:
        found.append(f"the book says that it is in {declared}; by its letters it is read as {book.language}")
    if book.casting is not None:
        known = {name for c in book.casting.characters for name in (c.name, *c.aliases)}
        for name in sorted({line.speaker for line in book.script.lines if line.id in book.script.edited}):
            spoken = [line for line in book.script.lines if line.speaker == name]
            near = difflib.get_close_matches(name, known - {name}, 1, 0.75)
            if near and name not in (NARRATOR, UNKNOWN) and len(spoken) <= FEW_LINES:
                found.append(
                    f"“{name}” speaks by your edit and is nearly {near[0]}; if {near[0]} is meant, mend the name"
                )
    found += unpinned_notes(book.script)
    if book.script.orphaned:
        found.append(
            f"{len(book.script.orphaned)} edited lines are no longer in the book; they are kept in script.orphans.jsonl"
        )
    return found

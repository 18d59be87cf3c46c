"""From a source to a plan: the verbs that the flows, the forecast and the command line share. No Prefect here."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flows import sources
from flows.casting import Casting, Corrections, LineCorrection, castfile, decide, gather, llm
from flows.casting.assign import assign_voices
from flows.casting.castfile import CastFile
from flows.making.engines import Engines
from flows.making.plan import PlannedLine, plan_lines
from flows.script.build import ScriptPauses, book_language, build_script
from flows.script.file import Merged, merge, speaker_edits
from flows.script.line import NARRATOR, UNKNOWN, Line
from flows.script.manuscript import Manuscript
from flows.workspace.progress import reporter
from flows.workspace.project import Project, parse_chapters
from flows.workspace.settings import LanguageModel
from normalizers import DuoyinError, Lexicon
from tts_core.engine import Language, VoicePreset

UNSPOKEN_KINDS = ("scene-break", "heading", "table-row", "caption", "code", "note")
"""Paragraphs that hold no dialogue; casting sees them empty."""


FEW_LINES = 3
"""A name of so few lines that is nearly another's may be a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Book:
    """A source as read, cast and scripted.

    Args:
        chapters: indices of the chapters to be made.
        script: every line of the book, with a person's edits.
        casting: None where the narrator reads all.
    """

    manuscript: Manuscript
    language: Language
    chapters: tuple[int, ...]
    script: Merged
    casting: Casting | None

    @property
    def lines(self) -> list[Line]:
        """The lines of the chapters to be made, in order."""
        wanted = set(self.chapters)
        return [line for line in self.script.lines if line.chapter in wanted]


def read_options(project: Project) -> sources.ReadOptions:
    """What the project's `reading:` asks for."""
    return sources.ReadOptions(**project.settings.reading.model_dump(exclude={"announce"}))


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


def cast_manuscript(project: Project, manuscript: Manuscript, language: Language) -> Casting | None:
    """Who speaks each line; None where one voice reads all.

    What a person decided comes first: the project's cast file, then the series', then speakers changed in the script.
    """
    if project.settings.single_voice:
        return None
    texts = [["" if p.kind in UNSPOKEN_KINDS else p.text for p in c.paragraphs] for c in manuscript.chapters]
    corrections = _corrections(project)
    gathered = gather(texts, language, corrections)
    casting = decide(gathered)
    if project.settings.language_model is not None:
        answers = _ask_language_model(project, project.settings.language_model, texts, casting)
        casting = decide(gathered, answers.labels)
        for note in answers.notes:
            reporter().warn(note)
    if project.cast_file.exists() or corrections.lines:
        castfile.save(project.cast_file, casting, {})
        # a speaker changed in the script is written down here, where it holds whatever is generated next
        known = castfile.load(project.cast_file).lines
        for correction in corrections.lines:
            if correction not in known:
                castfile.correct_line(project.cast_file, correction)
    return casting


def _ask_language_model(
    project: Project, wanted: LanguageModel, texts: Sequence[Sequence[str]], casting: Casting
) -> llm.Answers:
    """Labels for doubtful lines; answers are kept by content in the project's cache."""
    endpoint = llm.Endpoint(
        wanted.url,
        wanted.model,
        os.environ.get(wanted.key_variable) or None,
        wanted.timeout_seconds,
        wanted.margin,
    )
    return llm.ask(texts, casting, endpoint, project.replies_folder)


def _corrections(project: Project) -> Corrections:
    own, series = castfile.load(project.cast_file).corrections(), series_cast(project).corrections()
    edits = speaker_edits(project.script_file, project.script_base_file)
    return Corrections(
        names={**series.names, **own.names},
        genders={**series.genders, **own.genders},
        ages={**series.ages, **own.ages},
        lines=(*own.lines, *(LineCorrection(text, speaker, chapter) for chapter, text, speaker in edits)),
    )


def series_cast(project: Project) -> CastFile:
    """The cast of the project's series; empty where it is part of none."""
    return castfile.load(project.series_cast_file) if project.series_cast_file else CastFile()


def write_script(project: Project, manuscript: Manuscript) -> Book:
    """Cast the book, write script.jsonl (keeping a person's edits) and return what is to be made."""
    settings = project.settings
    language: Language = settings.language if settings.language != "auto" else book_language(manuscript)
    chapters = parse_chapters(settings.chapters, len(manuscript.chapters))
    casting = cast_manuscript(project, manuscript, language)
    pauses = ScriptPauses(
        paragraph=settings.pauses.paragraph,
        quote=settings.pauses.quote,
        verse=settings.pauses.verse,
        scene=settings.pauses.scene,
        heading=settings.pauses.heading,
    )
    lines = build_script(
        manuscript,
        casting.spans if casting is not None else None,
        pauses,
        announce=settings.reading.announce,
        language=None if settings.language == "auto" else language,
    )
    titles = [chapter.title for chapter in manuscript.chapters]
    script = merge(lines, titles, project.script_file, project.script_base_file)
    return Book(manuscript, language, chapters, script, casting)


def narrator_voice(voices: Sequence[VoicePreset], language: str, wanted: str | None) -> str:
    """The narrator's voice: the one asked for, else the engine's best for the language."""
    if wanted:
        return wanted
    of_language = [v for v in voices if v.language.startswith(language)]
    best = next((v for v in of_language if v.recommended), of_language[0] if of_language else voices[0])
    return best.name


def load_lexicon(project: Project) -> Lexicon:
    """The project's lexicon with the series' behind it; empty where there is none."""
    if project.lexicon_file.exists():
        lexicon = Lexicon.load(project.lexicon_file)
    elif "lexicon" in project.settings.model_fields_set:  # what somebody named must be there
        raise DuoyinError(
            f"there is no lexicon {project.settings.lexicon}",
            where=str(project.folder),
            hint="Check `lexicon` in project.yaml (a path relative to the project folder).",
        )
    else:
        lexicon = Lexicon.empty()
    shared = project.series_lexicon_file
    return lexicon.with_series(Lexicon.load(shared, "series")) if shared and shared.exists() else lexicon


def plan_book(project: Project, book: Book, engines: Engines, voices: Mapping[str, str]) -> list[PlannedLine]:
    """The takes that the chosen chapters need."""
    return plan_lines(
        book.lines,
        voices,
        load_lexicon(project),
        engines.of_voice,
        speed=project.settings.speed,
        readings=engines.readings,
    )


@dataclass(frozen=True, slots=True)
class Voices:
    """Who is heard in which voice.

    Args:
        by_speaker: voice name by speaker; has `narrator`.
        consents: by voice, the licence or consent it is used under.
    """

    by_speaker: dict[str, str]
    consents: dict[str, str]


def choose_voices(project: Project, book: Book, engines: Engines) -> Voices:
    """A voice for the narrator and everybody who speaks; cast.yaml (and the series') is brought up to date.

    Voices that stand in the project's cast file are kept, then those of the series; the rest is chosen among the voices
    of the project's engine so that people who talk to each other sound different.
    """
    presets = [preset for preset in engines.main.voices() if preset.castable]
    own, series = castfile.load(project.cast_file), series_cast(project)
    engines.check_voices(voice_places(project, own, book.script.lines), book.language)
    wanted = project.settings.voice or own.narrator or series.narrator
    by_speaker = {NARRATOR: narrator_voice(presets, book.language, wanted)}
    if book.casting is not None:
        fixed = {**series.voices_for(book.casting), **own.voices_for(book.casting)}
        by_speaker |= assign_voices(book.casting, presets, book.language, fixed, by_speaker[NARRATOR])
        castfile.save(project.cast_file, book.casting, by_speaker)
        if project.series_cast_file is not None:
            project.series_cast_file.parent.mkdir(parents=True, exist_ok=True)
            castfile.save(project.series_cast_file, book.casting, by_speaker)
    return Voices(
        by_speaker, consents([*by_speaker.values(), *(line.voice for line in book.script.lines)], engines)
    )


def voice_places(project: Project, own: CastFile, lines: Sequence[Line]) -> list[tuple[str, str]]:
    """Every voice that a person named for this project, and where."""
    places = [(line.voice, f"{project.script_file}, line {line.id}") for line in lines if line.voice]
    places += own.voice_places(project.cast_file)
    if project.settings.voice:
        places.append((project.settings.voice, "the narrator's voice"))
    return places


def consents(voices: Sequence[str], engines: Engines) -> dict[str, str]:
    """What each voice is used under, as its engine says."""
    found: dict[str, str] = {}
    for voice in dict.fromkeys(voices):
        if voice:
            _, engine, own = engines.of_voice(voice)
            found[voice] = next((preset.licence for preset in engine.voices() if preset.name == own), "")
    return found


def warnings(book: Book) -> list[str]:
    """What a person should know about the book before it is spoken."""
    found = [*book.manuscript.warnings, *(book.casting.notes if book.casting is not None else ())]
    declared = book.manuscript.language
    if declared.lower()[:2] in ("zh", "en") and not declared.lower().startswith(book.language):
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
    if book.script.orphaned:
        found.append(
            f"{len(book.script.orphaned)} edited lines are no longer in the book; they are kept in script.orphans.jsonl"
        )
    return found

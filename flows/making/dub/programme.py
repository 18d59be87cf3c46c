"""A programme as it is to be dubbed: cues read, cast, voiced and scripted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from flows.casting import Casting, Character, Corrections, Span, genders, told_by_label
from flows.making.book import unpinned_notes
from flows.making.decisions import keep_cast, read_decisions
from flows.making.dub.lines import read_cues, script_lines
from flows.making.engines import Engines
from flows.making.voices import Voices, check_line_voices, choose_voices, with_consents
from flows.mastering.dub.deliver import programme_seconds
from flows.mastering.dub.media import Media, inspect_media
from flows.mastering.dub.plan import PlanLine
from flows.script.file import merge
from flows.script.line import NARRATOR, Line
from flows.script.parts import stem_of
from flows.sources.subtitles import SpokenLine, SubtitleFile
from flows.workspace.project import Project
from normalizers import DuoyinError, Lexicon


@dataclass(frozen=True, slots=True)
class Programme:
    """What is to be dubbed.

    Args:
        file: the subtitles as read. spoken: their lines, with their cues' times.
        lines: the same as lines of the script, with a person's edits and chosen alternatives.
        media: the video, where there is one. seconds: the programme's length.
        lexicon: pronunciations, the series' among them.
        notes: what became of a person's edits of the script, where that should be known.
        removed: lines of the subtitles that a person deleted in the script.
    """

    file: SubtitleFile
    spoken: tuple[SpokenLine, ...]
    lines: tuple[Line, ...]
    media: Media | None
    seconds: float
    voices: Voices
    lexicon: Lexicon
    notes: tuple[str, ...] = ()
    removed: tuple[SpokenLine, ...] = ()

    @property
    def language(self) -> str:
        """What the track is said to be in: the language of its first line."""
        return self.lines[0].language


def read_programme(project: Project, engines: Engines) -> Programme:
    """Read the cues and the video's length, choose voices; write script.jsonl and cast.yaml (a person's edits survive).

    Raises:
        DuoyinError: a file cannot be understood, holds nothing to say, or names a voice that is not there.
    """
    config = project.dub
    decisions = read_decisions(project)
    file, spoken = read_cues(project)
    if not spoken:
        raise DuoyinError(
            "there is nothing to say in this file",
            where=str(project.source),
            hint="`duoyin inspect FILE` lists what was left out and why.",
        )
    generated = script_lines(spoken, name=file.name)
    script = merge(generated, [file.name], project.script_file, project.script_base_file)
    edited = {line.id: line for line in script.lines}
    split = next((line for line in script.lines if stem_of(line.id) != line.id), None)
    if split is not None:
        raise DuoyinError(
            f"line {split.id} is a part of another, and a part has no times",
            where=str(project.script_file),
            hint="Split the cue in the subtitle file, and delete this record.",
        )
    kept = tuple(line for line in spoken if line.id in edited)
    lines = tuple(edited[line.id] for line in kept)
    language = lines[0].language
    casting = cast_speakers(lines, decisions.corrections())
    check_line_voices(project, lines, language, engines)
    by_speaker = choose_voices(project, decisions, casting, language, engines, wanted=config.voices)
    keep_cast(project, decisions, casting, by_speaker)
    media = inspect_media(project.path(config.video)) if config.video else None
    ends = [
        PlanLine(line.id, line.cue, line.lane, line.start_ms / 1000, line.end_ms / 1000, 1.0) for line in kept
    ]
    return Programme(
        file,
        kept,
        lines,
        media,
        programme_seconds(media, ends),
        with_consents(project, by_speaker, lines, engines),
        decisions.lexicon,
        tuple(unpinned_notes(script)),
        tuple(line for line in spoken if line.id not in edited),
    )


def cast_speakers(lines: tuple[Line, ...], known: Corrections) -> Casting:
    """The speakers of the subtitles as a casting: who talks to whom, and genders by name and title.

    Args:
        known: genders and ages that a person decided.
    """
    language = lines[0].language
    counts = Counter(line.speaker for line in lines if line.speaker != NARRATOR)
    by_name = genders("", language, list(counts)) if counts else {}
    guessed = {name: told_by_label(name, language, guessed=by_name.get(name)) for name in counts}
    characters = [
        Character(
            name,
            gender=known.genders.get(name) or guessed[name][0],
            gender_evidence="name" if guessed[name][0] and name not in known.genders else "",
            age=known.ages.get(name) or guessed[name][1],
            lines=count,
        )
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    return Casting(language, tuple(characters), (tuple((_span(line),) for line in lines),))


def _span(line: Line) -> Span:
    if line.speaker == NARRATOR:
        return Span(0, len(line.text), "narration")
    return Span(0, len(line.text), "dialogue", line.speaker)

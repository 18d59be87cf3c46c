"""What the next run will have otherwise than the script says now: one speaker that a person names changes other lines.

Nothing is written here, and nobody is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flows.casting import castfile
from flows.making.book import cast
from flows.making.decisions import read_decisions
from flows.making.engines import Engines
from flows.making.voices import choose_voices
from flows.script.build import book_language, build_script
from flows.script.line import NARRATOR
from flows.script.manuscript import Manuscript
from flows.script.written import WrittenLine, read_written
from flows.workspace.project import Project
from normalizers import DuoyinError


@dataclass(frozen=True, slots=True)
class Touched:
    """A line that the next run has spoken by somebody else, or in another voice.

    Args:
        line: id. speaker, voice: as they are now; the voice "" where none was chosen yet.
        next_speaker, next_voice: as they will be.
    """

    line: str
    speaker: str
    voice: str
    next_speaker: str
    next_voice: str


def touched_lines(project: Project, manuscript: Manuscript, engines: Engines) -> list[Touched]:
    """The lines that are touched by what people decided since the last run, in order; not those that they changed.

    Raises:
        DuoyinError: a person's file cannot be understood, or a language model decides who speaks.
    """
    settings = project.settings
    if settings.single_voice:
        return []
    if settings.language_model is not None:
        raise DuoyinError(
            "what else changes is known after the next run, because a language model is asked who speaks",
            where=str(project.settings_file),
        )
    decisions = read_decisions(project)
    language = book_language(manuscript) if settings.language == "auto" else settings.language
    casting = cast(project, manuscript, language, decisions.corrections())
    voices = choose_voices(project, decisions, casting, language, engines)
    lines = build_script(
        manuscript,
        casting.spans,
        settings.pauses,
        announce=settings.reading.announce,
        language=None if settings.language == "auto" else language,
    )
    speakers = {line.id: line.speaker for line in lines}
    written = read_written(project.script_file, project.script_base_file).lines
    now = castfile.load(project.cast_file)
    found: list[Touched] = []
    for line in _open(written):
        speaker = str(line.field("speaker"))
        after = speakers.get(line.id, speaker)
        voice, next_voice = now.voice_of(speaker) or "", voices.get(after, "")
        # nobody's lines change the narrator's voice, and a line with a voice of its own keeps it
        other_voice = voice not in ("", next_voice) and speaker != NARRATOR and not line.field("voice")
        if after != speaker or other_voice:
            found.append(Touched(line.id, speaker, voice, after, next_voice))
    return found


def _open(lines: Sequence[WrittenLine]) -> list[WrittenLine]:
    """The lines of which casting decides who speaks them."""
    return [line for line in lines if not line.left_out and "speaker" not in line.edited]

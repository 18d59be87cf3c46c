"""Script: the manuscript as lines, each with a speaker, a voice-ready text and a pause.

A line is the unit of everything: casting labels it, an engine speaks it, the master places it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from normalizers import Hint

LineKind = Literal["narration", "dialogue", "heading", "thought", "letter", "note"]
NARRATOR = "narrator"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the script.

    Args:
        id: stable while other lines change: digest of chapter title, text and its count within the chapter.
        chapter: index into the manuscript's chapters.
        paragraph: index into the chapter's paragraphs.
        start, end: offsets in the paragraph's text; `text == paragraph.text[start:end]` unless edited.
        kind: narration, dialogue, heading, thought, letter, note.
        speaker: a name of the cast; `narrator` for narration.
        text: as displayed.
        language: `zh` or `en`.
        pause_after: seconds of silence after the line.
        hints: readings, offsets in `text`.
        confidence: how sure the caster is of `speaker`, 0 to 1; None where nothing had to be guessed.
        evidence: the caster's reason in words.
    """

    id: str
    chapter: int
    paragraph: int
    start: int
    end: int
    kind: LineKind
    speaker: str
    text: str
    language: str
    pause_after: float
    hints: tuple[Hint, ...] = ()
    confidence: float | None = None
    evidence: str = ""

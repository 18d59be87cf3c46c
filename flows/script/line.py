"""Line: the unit of everything. Casting labels it, an engine speaks it, the master places it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from normalizers import Hint

LineKind = Literal["narration", "dialogue", "heading", "thought", "letter", "note"]
NARRATOR = "narrator"
"""Speaker of everything that nobody says."""
UNKNOWN = "unknown"
"""Speaker of words somebody says whom nobody could name."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the script.

    Args:
        id: stable while other lines change: digest of chapter title, text and its count within the chapter.
        chapter: index into the manuscript's chapters.
        paragraph: index into the chapter's paragraphs; -1 for an announcement the book does not print.
        start, end: offsets in the paragraph's text; `text == paragraph.text[start:end]` unless edited.
        kind: narration, dialogue, heading, thought, letter, note.
        speaker: a name of the cast; `narrator` for narration, `unknown` for speech nobody could be found for.
        text: as displayed.
        language: code of the language it is spoken in (`normalizers.languages`).
        pause_after: seconds of silence after the line.
        hints: readings, offsets in `text`.
        say: what is read instead of `text` (with inline markup), where somebody said so.
        voice: a voice for this line alone; empty: the speaker's.
        speed: tempo of this line relative to the project's.
        take: number of the take that a person chose (1: as it is read); 0 where nobody chose.
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
    say: str = ""
    voice: str = ""
    speed: float = 1.0
    take: int = 0
    confidence: float | None = None
    evidence: str = ""

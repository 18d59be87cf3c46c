"""The nouns of a subtitle file: cues, turns, what is left out, and the lines to be spoken.

Times are integer milliseconds from the programme's start; a cue's number is its place in the file
(1 for the first one), whatever index the file itself prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LeftOutReason = Literal[
    "empty",
    "music",
    "sound",
    "credit",
    "drawing",
    "style",
    "comment",
    "note",
    "no-time",
    "time-out-of-range",
    "repeat",
    "other-language",
    "chapter-track",
    "metadata-track",
    "no-words",
    "ruby",
]


@dataclass(frozen=True, slots=True)
class RawCue:
    """A cue as its format's reader found it, markup and all.

    Args:
        number: place in the file, from 1.
        line: line of the file its time stands on, from 1.
        start_ms, end_ms: as written; `end_ms` may lie before `start_ms`.
        text: markup included, lines parted by a line feed.
        label: the identifier the file gives it, or "".
        style, actor, layer, effect: what ASS says about the event.
        comment: an ASS `Comment:` event.
    """

    number: int
    line: int
    start_ms: int
    end_ms: int
    text: str
    label: str = ""
    style: str = ""
    actor: str = ""
    layer: int = 0
    effect: str = ""
    comment: bool = False


@dataclass(frozen=True, slots=True)
class LeftOutText:
    """Text of a cue that is not spoken, and why. `cue` is 0 for text outside of any cue."""

    reason: LeftOutReason
    text: str
    cue: int
    line: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says within a cue.

    Args:
        speaker: None where the file does not tell.
        word_ms: when each word of the text begins, where the file tells; else nothing.
    """

    text: str
    speaker: str | None
    start_ms: int
    end_ms: int
    word_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue of the chosen language.

    Args:
        index: place in the file, from 1.
        start_ms, end_ms: after repair; `end_ms > start_ms`.
        text: what is spoken (turns joined by a space); "" when nothing is.
        display: what the screen shows: markup removed, lines kept.
        speaker: of the first turn.
        style: ASS style name, or "".
        language: BCP 47 primary tag, or "und".
        line: line of the file, from 1.
        turns: one for each speaker.
        label: the identifier the file prints.
    """

    index: int
    start_ms: int
    end_ms: int
    text: str
    display: str
    speaker: str | None
    style: str
    language: str
    line: int
    turns: tuple[Turn, ...] = ()
    label: str = ""
    layer: int = 0


@dataclass(frozen=True, slots=True)
class SubtitleOptions:
    """How to read a subtitle file.

    Args:
        language: the language to dub of a bilingual file, and the language of a file that does not tell.
        encoding: a Python codec name where the guess is wrong.
        strict: refuse a cue with impossible times instead of mending it.
        spoken_styles: ASS styles to speak although their name or place says sign, song or title.
        silent_styles: ASS styles not to speak although nothing says so.
        speak_chapters: read a chapter track aloud.
        join_gap_ms: a sentence goes on into the next cue when the pause between them is at most this long.
        join_max_ms: and when the joined cues last at most this long.
    """

    language: str | None = None
    encoding: str | None = None
    strict: bool = False
    spoken_styles: tuple[str, ...] = ()
    silent_styles: tuple[str, ...] = ()
    speak_chapters: bool = False
    join_gap_ms: int = 350
    join_max_ms: int = 12_000


@dataclass(frozen=True, slots=True)
class SubtitleFile:
    """A subtitle file as read. `cues_in_file` counts every cue, `cues` holds those of the chosen language."""

    name: str
    format: str
    encoding: str
    language: str
    cues: tuple[Cue, ...]
    left_out: tuple[LeftOutText, ...]
    warnings: tuple[str, ...]
    cues_in_file: int
    digest: str

    @property
    def spoken(self) -> int:
        """Cues with something to say."""
        return sum(1 for cue in self.cues if cue.text)


@dataclass(frozen=True, slots=True)
class CueSpan:
    """`text[start_char:end_char]` of a line belongs to cue `index`, on screen from `start_ms` to `end_ms`."""

    index: int
    start_ms: int
    end_ms: int
    start_char: int
    end_char: int


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """The unit of dubbing: one speaker's words, from one cue or from a sentence spread over several.

    Args:
        id: digest of speaker, text and its count: stable while other lines or this line's times change.
        spans: the cues it came from, in order; at least one.
        lane: overlap is forbidden within a lane; one for each speaker.
    """

    id: str
    spans: tuple[CueSpan, ...]
    start_ms: int
    end_ms: int
    speaker: str | None
    lane: str
    style: str
    language: str
    text: str

    @property
    def cue(self) -> int:
        """The first cue of the line."""
        return self.spans[0].index

"""Subtitle files: SRT, VTT, ASS and SSA to cues, and cues to lines that can be spoken."""

from flows.sources.subtitles.lines import spoken_lines
from flows.sources.subtitles.model import (
    Cue,
    CueSpan,
    LeftOutText,
    SpokenLine,
    SubtitleFile,
    SubtitleOptions,
    Turn,
)
from flows.sources.subtitles.reader import parse_subtitles, read_subtitles
from flows.sources.subtitles.report import describe, inspect_subtitles

__all__ = [
    "Cue",
    "CueSpan",
    "LeftOutText",
    "SpokenLine",
    "SubtitleFile",
    "SubtitleOptions",
    "Turn",
    "describe",
    "inspect_subtitles",
    "parse_subtitles",
    "read_subtitles",
    "spoken_lines",
]

"""Subtitle files: SRT, VTT, ASS and SSA to cues, and cues to lines that can be spoken."""

from .lines import script_lines, spoken_lines
from .model import Cue, CueSpan, LeftOutText, SpokenLine, SubtitleFile, SubtitleOptions, Turn
from .reader import parse_subtitles, read_subtitles
from .report import describe, inspect_subtitles

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
    "script_lines",
    "spoken_lines",
]

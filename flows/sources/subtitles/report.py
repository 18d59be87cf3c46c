"""What was read of a subtitle file, for `duoyin inspect --json`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flows.script.manuscript import count_characters
from flows.sources.subtitles.model import SubtitleFile, SubtitleOptions
from flows.sources.subtitles.reader import read_subtitles


def inspect_subtitles(path: str | Path, options: SubtitleOptions | None = None) -> dict[str, Any]:
    """The report of `describe` on a file."""
    return describe(read_subtitles(path, options))


def describe(file: SubtitleFile) -> dict[str, Any]:
    """JSON-ready account of a subtitle file.

    `cues` counts the cues of the chosen language that show text, `spoken_cues` those with something to say,
    `cues_in_file` all of them. Every text that is not spoken stands in `left_out` with its reason and cue.
    """
    read = sum(count_characters(cue.text) for cue in file.cues)
    left = sum(count_characters(item.text) for item in file.left_out)
    speakers: dict[str, int] = {}
    for cue in file.cues:
        for turn in cue.turns:
            if turn.speaker:
                speakers[turn.speaker] = speakers.get(turn.speaker, 0) + 1
    return {
        "title": Path(file.name).stem,
        "authors": [],
        "language": file.language,
        "format": file.format,
        "encoding": file.encoding,
        "cues": len(file.cues),
        "spoken_cues": file.spoken,
        "cues_in_file": file.cues_in_file,
        "speakers": speakers,
        "chapters": [{"title": Path(file.name).stem, "characters": read, "source": file.name}]
        if read
        else [],
        "left_out": [
            {
                "reason": item.reason,
                "cue": item.cue,
                "line": item.line,
                "characters": count_characters(item.text),
                "sample": item.text[:80],
            }
            for item in file.left_out
        ],
        "totals": {"source_characters": read + left, "read_characters": read, "left_out_characters": left},
        "warnings": list(file.warnings),
    }

"""The lines of a subtitle file as lines of a script, for casting, synthesis and the take store."""

from __future__ import annotations

from collections.abc import Sequence

from flows.script.line import Line
from flows.sources.subtitles import SpokenLine, SubtitleFile, SubtitleOptions, read_subtitles, spoken_lines
from flows.workspace.project import Project
from normalizers import DuoyinError
from normalizers.languages import DEFAULT_LANGUAGE, LANGUAGES


def read_cues(project: Project) -> tuple[SubtitleFile, tuple[SpokenLine, ...]]:
    """The subtitles of a dub as its settings ask, and their lines. Raises `DuoyinError`: they cannot be read."""
    config = project.dub
    options = SubtitleOptions(
        language=config.language,
        encoding=config.encoding,
        strict=config.strict,
        spoken_styles=tuple(style for style, told in config.styles.items() if told == "spoken"),
        silent_styles=tuple(style for style, told in config.styles.items() if told == "silent"),
    )
    file = read_subtitles(project.existing_source, options)
    return file, spoken_lines(file, options)


def script_lines(lines: Sequence[SpokenLine], *, name: str = "") -> tuple[Line, ...]:
    """The same lines as lines of a script.

    Raises: `DuoyinError` naming the first cue in a language that no engine speaks. A line whose language the
    file does not tell (`und`) counts as English.
    """
    spoken = LANGUAGES
    for line in lines:
        if line.language not in (*spoken, "und"):
            raise DuoyinError(
                f"cue {line.cue} is in {line.language}; the engines speak {', '.join(spoken)}",
                where=name or None,
                hint="give subtitles in one of these languages; --language chooses one of a bilingual file, "
                "or says which it is "
                "where the guess is wrong",
            )
    return tuple(
        Line(
            id=line.id,
            chapter=0,
            paragraph=k,
            start=0,
            end=len(line.text),
            kind="dialogue" if line.speaker else "narration",
            speaker=line.speaker or line.lane,
            text=line.text,
            language=line.language if line.language in spoken else DEFAULT_LANGUAGE,
            pause_after=0.0,
            confidence=1.0 if line.speaker else None,
            evidence="named in the subtitle file" if line.speaker else "",
        )
        for k, line in enumerate(lines)
    )

"""Small subtitle files, and what is said in them."""

from __future__ import annotations

from typing import Any

from flows.sources.subtitles import SubtitleFile, SubtitleOptions, parse_subtitles


def srt(*texts: str, step: float = 4.0, length: float = 3.0) -> bytes:
    """A SubRip file of cues that begin `step` seconds after each other and last `length` seconds."""

    def clock(seconds: float) -> str:
        whole = int(seconds)
        return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02},{round(seconds % 1 * 1000):03}"

    blocks = [
        f"{k}\n{clock(k * step)} --> {clock(k * step + length)}\n{text}\n" for k, text in enumerate(texts, 1)
    ]
    return "\n".join(blocks).encode()


def read(data: bytes | str, name: str = "film.srt", **options: Any) -> SubtitleFile:
    """A file of these bytes as read."""
    data = data.encode() if isinstance(data, str) else data
    return parse_subtitles(data, name=name, options=SubtitleOptions(**options))


def said(*texts: str) -> list[tuple[str | None, str]]:
    """Speaker and words of each turn of cues that show these texts."""
    return [(turn.speaker, turn.text) for cue in read(srt(*texts)).cues for turn in cue.turns]


def words(*texts: str) -> list[str]:
    """The words of each turn."""
    return [text for _, text in said(*texts)]

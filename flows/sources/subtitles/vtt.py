"""WebVTT, after the parser of the W3C recommendation: blank lines end a cue, NOTE, STYLE and REGION are no speech."""

from __future__ import annotations

import re

from flows.sources.subtitles.model import LeftOutText, RawCue
from flows.sources.subtitles.times import TIME_LINE, clock_ms

_HEADER = re.compile(r"^(?P<key>Language|Kind)\s*:\s*(?P<value>\S+)", re.IGNORECASE)


def read_vtt(text: str) -> tuple[list[RawCue], list[LeftOutText], list[str], dict[str, str]]:
    """Cues, text of no cue, warnings, and the header's `language` and `kind` where it has them."""
    lines = text.split("\n")
    cues: list[RawCue] = []
    orphans: list[LeftOutText] = []
    warnings: list[str] = []
    header: dict[str, str] = {}
    at = 0
    if lines and lines[0].lstrip().startswith("WEBVTT"):
        at = 1
        while at < len(lines) and lines[at].strip() and "-->" not in lines[at]:
            found = _HEADER.match(lines[at].strip())
            if found:
                header[found["key"].lower()] = found["value"]
            if lines[at].startswith("X-TIMESTAMP-MAP"):
                warnings.append("X-TIMESTAMP-MAP is not applied: times are taken as written")
            at += 1
    else:
        warnings.append("the file does not begin with WEBVTT")

    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        first = at
        block: list[str] = []
        while at < len(lines) and lines[at].strip() and "-->" not in lines[at]:
            block.append(lines[at])
            at += 1
        if at < len(lines) and "-->" in lines[at]:
            match = TIME_LINE.match(lines[at])
            start = clock_ms(match.group(1)) if match else None
            if match is None or start is None:
                warnings.append(f"line {at + 1}: unreadable time, its text is not spoken")
                at = _skip_block(lines, at + 1, orphans)
                continue
            end = clock_ms(match.group(2) or "")
            stamp = at
            at += 1
            body: list[str] = []
            while at < len(lines) and lines[at].strip() and "-->" not in lines[at]:
                body.append(lines[at])
                at += 1
            label = block[-1].strip() if block else ""
            if len(block) > 1:
                orphans.append(LeftOutText("note", "\n".join(block[:-1]), 0, first + 1))
            cues.append(
                RawCue(
                    len(cues) + 1,
                    stamp + 1,
                    start,
                    start if end is None else end,
                    "\n".join(body),
                    label=label,
                )
            )
            continue
        joined = "\n".join(block)
        if block[0].startswith(("NOTE", "STYLE", "REGION", "::cue")) or joined.strip() == "##":
            orphans.append(LeftOutText("note", joined, 0, first + 1))
        else:
            orphans.append(LeftOutText("no-time", joined, 0, first + 1))
            warnings.append(f"line {first + 1}: text without a time is not spoken")
    return cues, orphans, warnings, header


def _skip_block(lines: list[str], at: int, orphans: list[LeftOutText]) -> int:
    first = at
    while at < len(lines) and lines[at].strip() and "-->" not in lines[at]:
        at += 1
    if at > first:
        orphans.append(LeftOutText("no-time", "\n".join(lines[first:at]), 0, first + 1))
    return at

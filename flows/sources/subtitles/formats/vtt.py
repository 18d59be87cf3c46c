"""WebVTT, after the parser of the W3C recommendation: blank lines end a cue, NOTE, STYLE and REGION are no speech."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flows.sources.subtitles.formats.base import CueFormat, Cues, Likeness
from flows.sources.subtitles.model import LeftOutText, RawCue
from flows.sources.subtitles.times import frame_rate, has_time_line, read_stamp, seems_stamp

_HEADER = re.compile(r"^(?P<key>Language|Kind)\s*:\s*(?P<value>\S+)", re.IGNORECASE)
_ARROWS = ">＞→⇒"
_NO_SPEECH = ("NOTE", "STYLE", "REGION", "::cue")


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between blank lines, cut before each further time.

    Args:
        first: its first line in the file, from 1.
        above: the lines before its time, or all where it has none.
        stamp: the line with the arrow, or None.
        body: the lines after it.
    """

    first: int
    above: tuple[str, ...]
    stamp: str | None
    body: tuple[str, ...]


def read(text: str) -> Cues:
    """Cues, text of no cue, and the header's language and kind where it has them."""
    lines = text.split("\n")
    warnings: list[str] = []
    header, begin = _header(lines, warnings)
    cues: list[RawCue] = []
    left_out: list[LeftOutText] = []
    blocks = tuple(_blocks(lines, begin))
    rate = frame_rate(stamp for block in blocks if block.stamp and (stamp := read_stamp(block.stamp)))
    for block in blocks:
        if block.stamp is None:
            left_out.append(_without_time(block, warnings))
        else:
            _cue(block, rate, cues, left_out, warnings)
    return Cues(
        tuple(cues),
        tuple(left_out),
        tuple(warnings),
        language=header.get("language"),
        track=header["kind"].lower() if "kind" in header else None,
    )


def _header(lines: Sequence[str], warnings: list[str]) -> tuple[dict[str, str], int]:
    """The header's fields by their names in small letters, and the index of the first line after it."""
    if not lines[0].lstrip().startswith("WEBVTT"):
        warnings.append("the file does not begin with WEBVTT")
        return {}, 0
    fields: dict[str, str] = {}
    at = _end_of_run(lines, 1)
    for line in lines[1:at]:
        found = _HEADER.match(line.strip())
        if found:
            fields[found["key"].lower()] = found["value"]
        if line.startswith("X-TIMESTAMP-MAP"):
            warnings.append("X-TIMESTAMP-MAP is not applied: times are taken as written")
    return fields, at


def _end_of_run(lines: Sequence[str], at: int) -> int:
    """The first line from `at` on that is blank or has times."""
    while at < len(lines) and lines[at].strip() and not _has_times(lines[at]):
        at += 1
    return at


def _end_of_cue(lines: Sequence[str], begin: int) -> int:
    """The first line that a cue's text, which begins at `begin`, does not reach.

    Only an empty line ends it; captions that roll up show lines of blanks, and editors empty those: where nothing
    was shown before such a line, and what follows begins no block, the cue goes on.
    """
    at, shown = begin, False
    while at < len(lines) and not _has_times(lines[at]):
        if lines[at].strip():
            shown = True
        elif (shown and not lines[at]) or _begins_block(lines, at):
            return at
        at += 1
    return at


def _begins_block(lines: Sequence[str], at: int) -> bool:
    """Whether what follows a blank line is a time, a label above one, or a note; or nothing."""
    while at < len(lines) and not lines[at].strip():
        at += 1
    if at >= len(lines) or lines[at].startswith(_NO_SPEECH):
        return True
    return any(_has_times(line) for line in lines[at : at + 2])


def _has_times(line: str) -> bool:
    if any(sign in line for sign in _ARROWS):
        return seems_stamp(line) or read_stamp(line) is not None
    return False


def _blocks(lines: Sequence[str], at: int) -> Iterator[Block]:
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        time = _end_of_run(lines, at)
        if time < len(lines) and _has_times(lines[time]):
            end = _end_of_cue(lines, time + 1)
            yield Block(at + 1, tuple(lines[at:time]), lines[time], tuple(lines[time + 1 : end]))
        else:
            end = time
            yield Block(at + 1, tuple(lines[at:time]), None, ())
        at = end


def _cue(
    block: Block,
    rate: int,
    cues: list[RawCue],
    left_out: list[LeftOutText],
    warnings: list[str],
) -> None:
    """A cue; the line above its time is its label. With a time that cannot be read its text is left out."""
    line = block.first + len(block.above)
    stamp = read_stamp(block.stamp or "")
    body = "\n".join(block.body).strip("\n \t")
    if stamp is None:
        warnings.append(
            f"line {line}: unreadable time of the cue after cue {len(cues)} ({block.stamp}), its text is not spoken"
        )
        if body:
            left_out.append(LeftOutText("no-time", body, 0, line + 1))
        return
    start = stamp.start.at(rate)
    label = block.above[-1].strip() if block.above else ""
    if len(block.above) > 1:
        left_out.append(LeftOutText("note", "\n".join(block.above[:-1]), 0, block.first))
    text = "\n".join(part for part in (stamp.rest, body) if part)
    end = start if stamp.end is None else stamp.end.at(rate)
    cues.append(RawCue(len(cues) + 1, line, start, end, text, label=label))


def _without_time(block: Block, warnings: list[str]) -> LeftOutText:
    joined = "\n".join(block.above)
    if joined.startswith(_NO_SPEECH) or joined.strip() == "##":
        return LeftOutText("note", joined, 0, block.first)
    warnings.append(f"line {block.first}: text without a time is not spoken")
    return LeftOutText("no-time", joined, 0, block.first)


def looks_like(text: str) -> Likeness:
    """Its header; files without one have lines of two times, as SubRip has."""
    if text.lstrip().startswith("WEBVTT"):
        return Likeness.CERTAINLY
    return Likeness.POSSIBLY if has_time_line(text) else Likeness.NOT


VTT = CueFormat("vtt", (".vtt",), looks_like, read)

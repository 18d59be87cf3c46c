"""SubRip. A cue begins at a line with a time; what stands before it is its index or nobody's."""

from __future__ import annotations

import re

from flows.sources.subtitles.formats.base import CueFormat, Cues, Likeness
from flows.sources.subtitles.model import LeftOutText, RawCue
from flows.sources.subtitles.times import (
    Stamp,
    frame_rate,
    has_time_line,
    read_clock,
    read_stamp,
    seems_stamp,
)


def read(text: str) -> Cues:
    """Cues of a SubRip file.

    Survives missing or detached indexes, short or missing fractions, coordinates after the times, blank
    lines inside a cue, a missing blank line between cues, carriage returns only.
    """
    lines = text.split("\n")
    stamps = _stamps(lines)
    rate = frame_rate(stamp for _, stamp in stamps if stamp)

    cues: list[RawCue] = []
    orphans: list[LeftOutText] = []
    warnings: list[str] = []
    if stamps:
        before = [
            line.strip() for line in lines[: stamps[0][0]] if line.strip() and not line.strip().isdecimal()
        ]
        if before:
            orphans.append(LeftOutText("no-time", "\n".join(before), 0, 1))
    label = _index_before(lines, stamps[0][0], 0, "0") if stamps else ""
    for k, (at, stamp) in enumerate(stamps):
        stop = stamps[k + 1][0] if k + 1 < len(stamps) else len(lines)
        body = lines[at + 1 : stop]
        next_label = ""
        if k + 1 < len(stamps):
            next_label = _index_before(lines, stop, at + 1, label)
            if next_label:
                while body and body[-1].strip() != next_label:
                    body.pop()
                if body:
                    body.pop()
        body, orphan = _split_orphan(body, label)
        if orphan:
            orphans.append(LeftOutText("no-time", "\n".join(orphan), 0, at + 2))
            warnings.append(
                f"line {at + 2}: text without a time after cue {k + 1} (number {int(label) + 1}) is not spoken"
            )
        if stamp is None:
            orphans.append(LeftOutText("no-time", _shown(body), 0, at + 1))
            warnings.append(
                f"line {at + 1}: the time of cue {k + 1} cannot be read ({lines[at].strip()}); its text is not spoken"
            )
        else:
            start, end, body = _times(stamp, body, rate)
            cues.append(RawCue(k + 1, at + 1, start, end, _shown(body), label=label))
        label = next_label
    return Cues(tuple(cues), tuple(orphans), tuple(warnings))


def _stamps(lines: list[str]) -> list[tuple[int, Stamp | None]]:
    """The lines of times by their index in the file; None where a line was meant for one and cannot be read."""
    found: list[tuple[int, Stamp | None]] = []
    for number, line in enumerate(lines):
        stamp = read_stamp(line)
        if stamp is not None and (stamp.arrow or _opens(lines, number)):
            found.append((number, stamp))
        elif (seems_stamp(line) or _LONE.fullmatch(line.strip())) and _opens(lines, number, indexed=True):
            start = read_clock(line)
            found.append((number, Stamp(start, None) if start else None))
    return found


_LONE = re.compile(r"[\d?xX*#]{1,3}(?:[:;.,][\d?xX*#]{1,3}){2,3}")
"""One full time, or signs in place of its digits: `00:00:06,250`."""


def _opens(lines: list[str], number: int, *, indexed: bool = False) -> bool:
    """Whether a cue can begin at a line: below a blank line, or an index below one (`indexed`: only so)."""
    above = lines[number - 1].strip() if number else ""
    if above.isdecimal():
        return number < 2 or not lines[number - 2].strip()
    return not above and not indexed


def _times(stamp: Stamp, body: list[str], rate: int) -> tuple[int, int, list[str]]:
    """Start and end of a cue, and its text: an end that stands on the line below is none of it."""
    end, body = stamp.end, [stamp.rest, *body] if stamp.rest else body
    if end is None and body:
        below = read_clock(body[0])
        if below is not None and len(re.findall(r"\d+", body[0])) >= 3:
            end, body = below, body[1:]
    start = stamp.start.at(rate)
    return start, start if end is None else end.at(rate), body


def _shown(body: list[str]) -> str:
    """The lines of a cue without the blank ones around them."""
    return "\n".join(body).strip("\n \t\r\f\v")


def _index_before(lines: list[str], time_line: int, floor: int, previous: str) -> str:
    """The index of the cue whose time stands on `time_line`: digits alone, right before it or apart by blanks."""
    at = time_line - 1
    blanks = 0
    while at >= floor and not lines[at].strip():
        at -= 1
        blanks += 1
    if at < floor:
        return ""
    candidate = lines[at].strip()
    if not (candidate.isdecimal() and len(candidate) < 12):
        return ""
    # A number right before the time is its index; one parted from it by blank lines may as well be the
    # cue before saying "1984": then only a blank line above it or the right count makes it an index.
    if blanks == 0:
        return candidate
    parted = at > floor and not lines[at - 1].strip()
    counts_on = previous.isdecimal() and int(candidate) == int(previous) + 1
    return candidate if parted or counts_on else ""


def _split_orphan(body: list[str], label: str) -> tuple[list[str], list[str]]:
    """Part a block whose time line is missing (blank, next index, text) from the cue before it."""
    if not label.isdecimal():
        return body, []
    following = str(int(label) + 1)
    for at in range(1, len(body)):
        if (
            body[at].strip() == following
            and not body[at - 1].strip()
            and any(s.strip() for s in body[at + 1 :])
        ):
            return body[:at], [line for line in body[at + 1 :] if line.strip()]
    return body, []


def looks_like(text: str) -> Likeness:
    """SubRip has no mark of its own: lines of two times."""
    return Likeness.POSSIBLY if has_time_line(text) else Likeness.NOT


SRT = CueFormat("srt", (".srt",), looks_like, read)

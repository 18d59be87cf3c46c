"""SubRip. A cue begins at a line with a time; what stands before it is its index or nobody's."""

from __future__ import annotations

from flows.sources.subtitles.formats.base import CueFormat, Cues, Likeness
from flows.sources.subtitles.model import LeftOutText, RawCue
from flows.sources.subtitles.times import TIME_LINE, clock_ms, has_time_line


def read(text: str) -> Cues:
    """Cues of a SubRip file.

    Survives missing or detached indexes, short or missing fractions, coordinates after the times, blank
    lines inside a cue, a missing blank line between cues, carriage returns only.
    """
    lines = text.split("\n")
    stamps: list[tuple[int, int, int]] = []  # line number, start, end
    for number, line in enumerate(lines):
        match = TIME_LINE.match(line)
        if match is None:
            continue
        start, end = clock_ms(match.group(1)), clock_ms(match.group(2) or "")
        if start is not None:
            stamps.append((number, start, start if end is None else end))

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
    for k, (at, start, end) in enumerate(stamps):
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
            warnings.append(f"line {at + 2}: text without a time after cue {k + 1} is not spoken")
        while body and not body[-1].strip():
            body.pop()
        while body and not body[0].strip():
            body.pop(0)
        cues.append(RawCue(k + 1, at + 1, start, end, "\n".join(body), label=label))
        label = next_label
    return Cues(tuple(cues), tuple(orphans), tuple(warnings))


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

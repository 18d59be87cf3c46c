"""Times that cannot be: mended with a warning that names the cue, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows.sources.subtitles.model import Cue, RawCue, Turn
from normalizers.errors import DuoyinError
from tts_core.durations import timecode

# Netflix timed text (Partner Help 215758617): shortest cue 5/6 s, English adult reading speed 17 characters/s.
SHORTEST_CUE_MS = 833
READING_CHARACTERS_PER_SECOND = 17
LONGEST_PROGRAMME_MS = 24 * 3_600_000
"""A cue that starts a day in is a note of the subtitler (99:59:59), not part of the programme."""
LONGEST_CUE_MS = 10 * 60_000
SIMULTANEOUS_MS = 100
"""Cues of one speaker that start this close together are said by two people."""


NAMED = 5
"""Cues that are named when more have the same thing mended."""


def few_of(messages: Sequence[str], what: str) -> list[str]:
    """The first messages, and how many more cues have the same thing mended: `what`, as `10 more cues start …`."""
    if len(messages) <= NAMED + 1:
        return list(messages)
    return [*messages[:NAMED], f"{len(messages) - NAMED} more cues {what}"]


def mend_duration(
    raw: RawCue, characters: int, following_ms: int | None, *, name: str, strict: bool
) -> tuple[int, int, str | None]:
    """Start and end of a cue with `end > start`, and the warning when they had to be changed.

    A cue without a length gets the time its text takes to read, up to the next cue's start.

    Raises: `DuoyinError` naming the cue, when `strict`.
    """
    start, end = raw.start_ms, raw.end_ms
    problem = None
    if start < 0:
        problem = f"starts before the programme ({timecode(start)})"
        start = 0
    if end < start:
        problem = f"ends ({timecode(end)}) before it starts ({timecode(start)})"
    elif end == start:
        problem = f"has no length ({timecode(start)})"
    elif end - start > LONGEST_CUE_MS and end > LONGEST_PROGRAMME_MS:
        problem = f"ends at {timecode(end)}"
    if problem is None:
        return start, end, None
    if strict:
        raise DuoyinError(
            f"cue {raw.number} {problem}", where=f"{name}, line {raw.line}", hint="correct its times"
        )
    if end <= start or end > LONGEST_PROGRAMME_MS:
        end = start + max(SHORTEST_CUE_MS, characters * 1000 // READING_CHARACTERS_PER_SECOND)
        if following_ms is not None and following_ms > start:
            end = min(end, following_ms)
    return start, end, f"cue {raw.number} {problem}; taken as {timecode(start)} to {timecode(end)}"


def mend_order(cues: Sequence[Cue], *, name: str, strict: bool) -> tuple[list[Cue], list[str]]:
    """Cues in order of start, with a warning for the first of those that stood elsewhere in the file."""
    warnings: list[str] = []
    latest = -1
    for cue in cues:
        if cue.start_ms < latest:
            message = f"cue {cue.index} starts ({timecode(cue.start_ms)}) before the cue above it"
            if strict:
                raise DuoyinError(
                    message, where=f"{name}, line {cue.line}", hint="sort the cues by their start"
                )
            warnings.append(f"{message}; sorted by start")
        latest = max(latest, cue.start_ms)
    in_order = sorted(cues, key=lambda cue: (cue.start_ms, cue.index))
    return in_order, few_of(warnings, "start before the cue above them; sorted by start")


def mend_overlaps(cues: Sequence[Cue], *, name: str, strict: bool) -> tuple[list[Cue], list[str]]:
    """End a cue where the next one of the same speaker starts.

    Nobody speaks two cues at once: where two cues of one (or an unnamed) speaker overlap, the first one was
    left on the screen too long. Cues of two named speakers, of different ASS styles or layers, and cues
    that start together keep their overlap.
    """
    mended = list(cues)
    warnings: list[str] = []
    for k in range(len(mended)):
        cue = mended[k]
        for following in mended[k + 1 :]:
            if following.start_ms >= cue.end_ms:
                break
            if following.start_ms - cue.start_ms <= SIMULTANEOUS_MS or not same_voice(cue, following):
                continue
            message = (
                f"cue {cue.index} runs into cue {following.index} by {cue.end_ms - following.start_ms} ms"
            )
            if strict:
                raise DuoyinError(
                    message, where=f"{name}, line {cue.line}", hint="correct the end of the cue"
                )
            warnings.append(f"{message}; it ends at {timecode(following.start_ms)}")
            mended[k] = shortened(cue, following.start_ms)
            break
    return mended, few_of(warnings, "run into the next one of the same speaker; each ends where that starts")


def same_voice(one: Cue, other: Cue) -> bool:
    """Whether two cues may be one speaker's."""
    return one.speaker == other.speaker and one.style == other.style and one.layer == other.layer


def shortened(cue: Cue, end_ms: int) -> Cue:
    """The same cue ending earlier, its turns squeezed in proportion."""
    scale = (end_ms - cue.start_ms) / (cue.end_ms - cue.start_ms)

    def move(ms: int) -> int:
        return cue.start_ms + round((ms - cue.start_ms) * scale)

    turns = tuple(replace(turn, start_ms=move(turn.start_ms), end_ms=move(turn.end_ms)) for turn in cue.turns)
    return replace(cue, end_ms=end_ms, turns=turns)


def share_time(texts: Sequence[tuple[str, str | None]], start_ms: int, end_ms: int) -> tuple[Turn, ...]:
    """Give each turn of a cue its part of the cue's time, by its share of the characters."""
    total = sum(max(1, len(text)) for text, _ in texts) or 1
    turns: list[Turn] = []
    done = 0
    for text, speaker in texts:
        begin = start_ms + (end_ms - start_ms) * done // total
        done += max(1, len(text))
        turns.append(Turn(text, speaker, begin, start_ms + (end_ms - start_ms) * done // total))
    return tuple(turns)

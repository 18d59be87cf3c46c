"""A dub's lines on the time axis: where the subtitles have them, where they are planned, where they are heard.

The plan is made again whenever something of it changes, from the lengths that the last run's plan holds: no engine is
asked. A line whose words changed since is as much longer or shorter as its letters are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from flows.making.dub.lines import read_cues
from flows.making.dub.timing import kept_plan, plan_options, said_then
from flows.making.dub.wording import read_alternatives
from flows.mastering.dub.media import decode_aligned
from flows.mastering.dub.plan import PlacedLine, Plan, PlanLine, PlanOptions
from flows.mastering.dub.planner import plan as plan_timeline
from flows.mastering.dub.sync import SyncRules, count_syllables, count_words
from flows.script.line import NARRATOR
from flows.script.written import WrittenLine
from flows.sources.subtitles import SpokenLine
from flows.studio.book import Book, Shown, said
from flows.workspace.project import Project
from normalizers import DuoyinError
from normalizers.languages import language
from tts_core.files import write_atomically
from tts_core.sound import Samples

SHAPE_SECONDS = 0.02
"""Of one value of the original's shape."""
SHAPE_RATE = 8_000
"""Samples a second of what it is made of."""
SHORTEST = 0.05
"""Seconds that every line has at least."""
MOST_WORDS = 2_000
"""Characters of a wording that is tried."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The lines of a dub as the planner sees them.

    Args:
        spoken: with the times of their cues. written: their records.
        lines: what the planner is asked. kept: the last run's plan. measured: whether its lengths are those of takes.
    """

    spoken: tuple[SpokenLine, ...]
    written: Mapping[str, WrittenLine]
    lines: tuple[PlanLine, ...]
    options: PlanOptions
    kept: Plan | None
    measured: bool

    def plan(self) -> Plan:
        """Where the lines stand now. Raises `DuoyinError`: there is no line."""
        return plan_timeline(self.lines, self.options, self.kept)

    def tried(self, line: str, words: str) -> dict[str, Any]:
        """Whether a line would fit with other words: `fits`, `excess_ms`, `rate`, `seconds`.

        Raises:
            DuoyinError: there is no such line, or nothing to say.
        """
        if not words.strip() or len(words) > MOST_WORDS:
            raise DuoyinError("a line without text says nothing")
        found = next((row for row in self.lines if row.id == line), None)
        if found is None:
            raise DuoyinError("this line is not in the script any more")
        other = _worded(found, said(self.written[line]), words.strip())
        plan = replace(self, lines=tuple(other if row is found else row for row in self.lines)).plan()
        placed = next(row for row in plan.lines if row.id == line)
        return {
            "fits": not placed.excess_ms and placed.placed,
            "excess_ms": placed.excess_ms,
            "rate": round(placed.rate, 3),
            "seconds": round(other.seconds * other.spoken_rate, 3),
        }


def read_timeline(project: Project, shown: Shown) -> Timeline:
    """Read the subtitles and the last plan of a dub. Raises `DuoyinError`: a file of it cannot be read."""
    config = project.dub
    _, cues = read_cues(project)
    written = {line.id: line for line in shown.written.lines if not line.left_out}
    spoken = tuple(line for line in cues if line.id in written)
    plan_file = project.timeline_file if kept_plan(project.timeline_file) else project.forecast_file
    kept, then = kept_plan(plan_file), said_then(plan_file)
    placed = {line.id: line for line in kept.lines} if kept is not None else {}
    rules = SyncRules(config.sync, config.sync_styles, config.sync_speakers, config.sync_lines)
    lines = tuple(
        _plan_line(line, written[line.id], placed.get(line.id), then.get(line.id), config.locked, rules)
        for line in spoken
    )
    seconds = kept.programme_seconds if kept is not None else None
    return Timeline(
        spoken, written, lines, plan_options(config, seconds), kept, plan_file == project.timeline_file and bool(kept)
    )  # fmt: skip


def _plan_line(
    line: SpokenLine,
    written: WrittenLine,
    placed: PlacedLine | None,
    then: str | None,
    locked: Mapping[str, float],
    rules: SyncRules,
) -> PlanLine:
    words, code = said(written), str(written.field("language"))
    before = words if then is None else then
    seconds, rate = max(SHORTEST, len(before) / language(code).characters_per_second), 1.0
    if placed is not None and placed.placed:
        seconds, rate = (placed.end - placed.start) * placed.stretch, placed.rate / placed.stretch
    made = PlanLine(
        id=line.id,
        cue=line.cue,
        lane=line.lane,
        start=line.start_ms / 1000,
        end=line.end_ms / 1000,
        seconds=seconds,
        spoken_rate=rate,
        syllables=count_syllables(before, code),
        words=count_words(before),
        language=code,
        sync=rules.of(line.id, line.speaker, line.style),
        locked=locked.get(line.id),
        cues=tuple(span.index for span in line.spans),
    )
    return made if before == words else _worded(made, before, words)


def _worded(line: PlanLine, before: str, words: str) -> PlanLine:
    """The line with other words: it would be spoken anew, at the voice's own tempo."""
    natural = line.seconds * line.spoken_rate * len(words) / max(1, len(before))
    return replace(
        line,
        seconds=max(SHORTEST, natural),
        spoken_rate=1.0,
        syllables=count_syllables(words, line.language),
        words=count_words(words),
    )


def seen(book: Book, shown: Shown, timeline: Timeline) -> dict[str, Any]:
    """What the page shows of a timeline."""
    project = book.project
    plan = timeline.plan() if timeline.lines else Plan((), {}, 0.0)
    placed, asked = {line.id: line for line in plan.lines}, {line.id: line for line in timeline.lines}
    heard = _delivered(book.facts())
    others = read_alternatives(project.alternatives_file)
    end = max((row.end_ms for row in timeline.spoken), default=0) / 1000
    rows = [
        _row(shown, timeline.written[line.id], asked[line.id], placed[line.id], heard.get(line.id, {}))
        | {"alternatives": [*others.filled.get(line.id, ()), *others.proposed.get(line.id, ())]}
        for line in timeline.spoken
    ]
    return {
        "seconds": timeline.options.programme_seconds
        or max((row["plan"]["end"] for row in rows), default=end),
        "measured": timeline.measured,
        "lines": rows,
        "lanes": list(dict.fromkeys(row["lane"] for row in rows)),
        "video": bool(project.dub.video) and project.path(project.dub.video or "").is_file(),
        "step": SHAPE_SECONDS,
    }


def _row(
    shown: Shown, written: WrittenLine, asked: PlanLine, placed: PlacedLine, heard: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "id": asked.id,
        "cue": asked.cue,
        "lane": asked.lane,
        "speaker": written.field("speaker") or NARRATOR,
        "language": written.field("language"),
        "text": str(written.field("text") or ""),
        "say": str(written.field("say") or ""),
        "key": shown.key(written),
        "source": [asked.start, asked.end],
        "plan": {
            "start": placed.start, "end": placed.end, "rate": round(placed.rate, 3),
            "stretch": round(placed.stretch, 4),
            "shift_ms": round(1000 * placed.shift), "excess_ms": placed.excess_ms, "placed": placed.placed,
        },
        "heard": [heard["start"], heard["end"]] if heard.get("placed") else None,
        "why": [why for why in heard.get("why", ()) if isinstance(why, dict)],
        "sync": asked.sync,
        "locked": asked.locked,
    }  # fmt: skip


def _delivered(facts: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """The lines of the newest report, by id; none where it is of another version."""
    rows = facts.get("lines") if facts is not None else None
    wanted = {"id", "start", "end", "placed"}
    return {row["id"]: row for row in rows or () if isinstance(row, dict) and row.keys() >= wanted}


def original(project: Project) -> Path | None:
    """The video of a dub; None where there is none."""
    file = project.path(project.dub.video) if project.dub.video else None
    return file if file is not None and file.is_file() else None


def shape(project: Project) -> bytes:
    """How loud the original is, one value from 0 to 255 every 20 ms; made once. Raises `DuoyinError`: no sound."""
    video = original(project)
    if video is None:
        return b""
    stat = video.stat()
    told = f"{video}|{stat.st_size}|{stat.st_mtime_ns}|{project.dub.audio_track}"
    file = project.original_shape_file(hashlib.sha256(told.encode()).hexdigest()[:16])
    if not file.is_file():
        blocks = decode_aligned(video, stream=project.dub.audio_track, channels=1, rate=SHAPE_RATE)
        write_atomically(file, b"".join(_shape(block[:, 0] for block in blocks)))
    return file.read_bytes()


def _shape(blocks: Iterable[Samples]) -> Iterator[bytes]:
    """The loudest of each step, block by block: a film has more samples than the server may hold."""
    step = round(SHAPE_RATE * SHAPE_SECONDS)
    rest = np.zeros(0, np.float32)
    for block in blocks:
        samples = np.concatenate([rest, np.abs(block)])
        whole = len(samples) - len(samples) % step
        rest = samples[whole:]
        if whole:
            yield _loudest(samples[:whole].reshape(-1, step))
    if len(rest):
        yield _loudest(rest.reshape(1, -1))


def _loudest(steps: Samples) -> bytes:
    values = np.clip(np.round(steps.max(axis=1) * 255), 0, 255).astype(np.uint8)
    return bytes(values.tobytes())

"""The report of a dub: what is told of it, as plain data, and its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flows.making.dub.programme import Programme
from flows.making.plan import PlannedLine, guess_seconds
from flows.making.report.clips import AROUND, MOST_CHARACTERS, MOST_CLIPS, data_address
from flows.making.report.facts import (
    Place,
    heard,
    levels,
    made_now,
    relative,
    speakers,
    texts_by_reason,
    voices,
)
from flows.making.report.page import report_page
from flows.making.report.writing import write_report
from flows.mastering.check import without_infinities
from flows.mastering.dub.deliver import DubDelivery
from flows.mastering.dub.preview import preview_between
from flows.mastering.dub.profiles import DubProfile
from flows.mastering.dub.score import LineScore
from flows.mastering.loudness import Curve
from flows.workspace.project import Project

BASE64 = 4 / 3
"""Characters a byte."""


@dataclass(frozen=True, slots=True)
class MadeDub:
    """A finished dub, as the report looks at it. `takes`: the lines as they were spoken."""

    project: Project
    programme: Programme
    takes: Sequence[PlannedLine]
    delivery: DubDelivery
    profile: DubProfile


def report_dub(made: MadeDub) -> dict[str, Any]:
    """Write the page and report.json of a dub, and return the facts. Raises `CannotWrite`."""
    facts, preview = dub_facts(made), made.delivery.preview
    wanted = [
        row["id"] for row in (*facts["proof"]["doubtful_lines"], *facts["lines"]) if row.get("why", True)
    ]
    whole = len(preview) * BASE64 <= MOST_CHARACTERS
    page = report_page(
        facts,
        clips={} if whole else _clips(made.delivery, list(dict.fromkeys(wanted))),
        samples={},
        preview=data_address("audio/mpeg", preview) if whole else "",
    )
    write_report(made.delivery.path, facts, page)
    return facts


def dub_facts(made: MadeDub) -> dict[str, Any]:
    """Everything the report tells of a dub."""
    delivery, programme, delivered = made.delivery, made.programme, made.delivery.to_json()
    lines = {take.line.id: take.line for take in made.takes}
    scored = {line.id: line for line in delivery.scorecard.lines}
    seconds = {line.id: line.end - line.start for line in scored.values() if line.placed}
    places = {
        line.id: Place("", line.start, line.end - line.start, delivery.path, line.start)
        for line in scored.values()
        if line.placed
    }
    facts = {
        "kind": "dub",
        **relative(delivered),
        **made_now(),
        "title": made.project.source.stem,
        "language": programme.language,
        "project": made.project.typed(),
        "seconds": delivery.programme_seconds,
        "video": programme.media.path.name if programme.media else "",
        "profile": asdict(made.profile),
        "engines": sorted({take.engine for take in made.takes if take.key}),
        "speakers": speakers(made.takes, seconds),
        "voices": voices(made.takes, seconds, programme.voices),
        "speech_seconds": round(sum(seconds.values()), 3),
        "forecast_seconds": round(sum(guess_seconds(u) for take in made.takes if (u := take.utterance)), 3),
        "left_out_texts": texts_by_reason((item.reason, item.text) for item in programme.file.left_out),
        "chapters": [],
        "levels": _levels(delivery.curve, delivery, made.profile),
        "lines": [
            {**row, "speaker": lines[row["id"]].speaker, "why": list(_why(scored[row["id"]], made.project))}
            for row in delivered["lines"]
        ],
        "proof": heard(delivered["proof"], places, lines, made.project),
    }
    plain: dict[str, Any] = without_infinities(facts)
    return plain


def _why(line: LineScore, project: Project) -> Iterator[dict[str, Any]]:
    """Why a person should listen to a line; nothing where all is well."""
    if not line.placed:
        yield {"what": "unplaced"}
        return
    if not line.heard:
        yield {"what": "lost"}
    if line.excess_ms > 0:
        yield {"what": "long", "ms": line.excess_ms}
    if not line.in_window:
        yield {"what": "late" if line.onset_error_ms > 0 else "early", "ms": round(abs(line.onset_error_ms))}
    if line.rate > project.dub.hard + 0.005:
        yield {"what": "fast", "rate": line.rate}


def _levels(curve: Curve | None, delivery: DubDelivery, profile: DubProfile) -> dict[str, Any] | None:
    if curve is None:
        return None
    loudness, programme = delivery.loudness, profile.gate == "programme"
    allowed = (loudness.target - loudness.tolerance, loudness.target + loudness.tolerance)
    return levels(
        curve.step,
        curve.loudness,
        curve.peaks,
        judged="loudness",
        profile=profile.name,
        allowed=allowed if programme else None,  # else it is asked of the dialogue, not of the whole
        value=loudness.programme,
        true_peak=loudness.peak,
        max_true_peak=profile.max_true_peak,
    )


def _clips(delivery: DubDelivery, wanted: Sequence[str]) -> Mapping[str, str]:
    """The sounds of lines, as far as a page has room for them."""
    places = {line.id: (line.start, line.end) for line in delivery.scorecard.lines if line.placed}
    made: dict[str, str] = {}
    room = MOST_CHARACTERS
    for name in [name for name in wanted if name in places][:MOST_CLIPS]:
        start, end = places[name]
        sound = data_address("audio/mpeg", preview_between(delivery.preview, start - AROUND, end + AROUND))
        room -= len(sound)
        if room < 0:
            break
        made[name] = sound
    return made

"""When each line of a dub is heard, and how fast.

Lengths are predicted, the timeline is planned, lines are paced; lengths are measured, and it is planned again.

Everything between is data; a take's key holds the tempo, so a line whose plan does not change is never spoken again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from flows.making.dub.programme import Programme
from flows.making.engines import Engines
from flows.making.plan import PlannedLine, guess_seconds, other_take, plan_lines
from flows.making.takes import stored_take
from flows.mastering.dub.plan import Plan, PlanLine, PlanOptions, moved_lines
from flows.mastering.dub.planner import plan as plan_timeline
from flows.mastering.dub.speech import speech_seconds
from flows.mastering.dub.sync import SyncRules, count_syllables, count_words
from flows.script.line import Line
from flows.workspace.project import Project
from flows.workspace.settings import DubSettings
from tts_core.description import EngineDescription
from tts_core.engine import Engine, Prepared, TempoSearch, Utterance
from tts_core.files import write_atomically
from tts_core.registry import describe
from tts_core.takes import Keys, TakeStore

FRAME = 0.05
"""Seconds by which a take may be longer or shorter than another and still keeps its place: two frames of an engine."""

EDGE_NOISE = 0.01
"""Share of a line's length by which its measured speech may differ from its predicted speech."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A programme with its lines at their own tempo, and where they would stand.

    Args:
        takes: what each line asks of its engine, in the programme's order.
        predicted: seconds of speech by line id.
        plan: the timeline on predicted lengths.
    """

    programme: Programme
    takes: tuple[PlannedLine, ...]
    predicted: Mapping[str, float]
    plan: Plan


def draft(project: Project, programme: Programme, engines: Engines, *, exact: int | None = None) -> Draft:
    """Predict the lengths of a programme's lines and plan its timeline, near the last such plan.

    Args:
        exact: at most so many lines are predicted by the engine; None: all.
    """
    takes = ask_takes(project, programme, programme.lines, engines)
    predicted = predict(takes, engines, exact=exact)
    lines = plan_from(project.dub, programme, takes, predicted)
    plan = plan_timeline(
        lines, plan_options(project.dub, programme.seconds), kept_plan(project.forecast_file)
    )
    return Draft(programme, tuple(takes), predicted, plan)


def ask_takes(
    project: Project, programme: Programme, lines: Sequence[Line], engines: Engines
) -> list[PlannedLine]:
    """What lines of a programme ask of their engines, each at the tempo it has."""
    return plan_lines(
        lines,
        programme.voices.by_speaker,
        programme.lexicon,
        engines.of_voice,
        speed=project.settings.speed,
        readings=engines.readings,
        at_tempo=True,
    )


def plan_options(config: DubSettings, seconds: float | None) -> PlanOptions:
    """What dub.yaml says of tempo and pauses."""
    return PlanOptions(
        programme_seconds=seconds, soft=config.soft, hard=config.hard, low=config.low, gap=config.gap
    )


def predict(takes: Sequence[PlannedLine], engines: Engines, *, exact: int | None = None) -> dict[str, float]:
    """Seconds of speech of each line at its own tempo, before it is spoken.

    Args:
        exact: at most so many lines are predicted by the engine, spread evenly; the others by their characters,
            corrected by what the engine said of those. None: all of them.
    """
    speaking = [item for item in takes if item.utterance is not None]
    chosen = speaking if exact is None or len(speaking) <= exact else speaking[:: -(-len(speaking) // exact)]
    known: dict[str, float] = {}
    told = guessed = 0.0
    for item in chosen:
        if item.key not in known:
            engine = engines.engine(item.engine)
            whole = engine.predict_seconds(cast(Prepared, item.prepared))
            known[item.key] = max(0.05, whole - describe(item.engine).edge_seconds)
            told += known[item.key]
            guessed += guess_seconds(cast(Utterance, item.utterance))
    factor = told / guessed if guessed else 1.0
    return {
        item.line.id: known.get(item.key, max(0.05, guess_seconds(item.utterance) * factor))
        for item in speaking
        if item.utterance is not None
    }


def plan_from(
    config: DubSettings,
    programme: Programme,
    takes: Sequence[PlannedLine],
    seconds: Mapping[str, float],
    rates: Mapping[str, float] | None = None,
) -> list[PlanLine]:
    """The planner's view of the lines.

    Args:
        seconds: speech of each line, predicted or measured. rates: tempo already in it (1.0 where not given).
    """
    rules = SyncRules(config.sync, config.sync_styles, config.sync_speakers, config.sync_lines)
    cues = {line.id: line for line in programme.spoken}
    lines: list[PlanLine] = []
    for take in takes:
        if take.utterance is None:
            continue
        cue, text = cues[take.line.id], take.utterance.text
        lines.append(
            PlanLine(
                id=cue.id,
                cue=cue.cue,
                lane=cue.lane,
                start=cue.start_ms / 1000,
                end=cue.end_ms / 1000,
                seconds=seconds[cue.id],
                spoken_rate=(rates or {}).get(cue.id, 1.0),
                syllables=count_syllables(text, take.utterance.language),
                words=count_words(text),
                language=take.utterance.language,
                sync=rules.of(cue.id, cue.speaker, cue.style),
                locked=config.locked.get(cue.id),
                cues=tuple(span.index for span in cue.spans),
            )
        )
    return lines


def paced(project: Project, draft: Draft, engines: Engines) -> list[PlannedLine]:
    """What each line asks at its planned tempo: the engine speaks faster or slower, so little is left to stretch."""
    wanted = {line.id: line for line in draft.plan.lines if line.placed}
    lines: list[Line] = []
    for take in draft.takes:
        place = wanted.get(take.line.id)
        if take.prepared is None or place is None or abs(place.stretch - 1.0) < 1e-6:
            lines.append(take.line)
            continue
        target = draft.predicted[take.line.id] / place.stretch
        speed = _engine_speed(describe(take.engine), engines.engine(take.engine), take.prepared, target)
        lines.append(replace(take.line, speed=round(take.line.speed * speed / take.prepared.speed, 4)))
    return ask_takes(project, draft.programme, lines, engines)


def _engine_speed(known: EngineDescription, engine: Engine, prepared: Prepared, seconds: float) -> float:
    """The engine's speed for `seconds` of speech, by its own search where it has one."""
    low, high = known.tempo
    if isinstance(engine, TempoSearch):
        speed = engine.speed_for(prepared, seconds + known.edge_seconds)[0]
    else:
        natural = engine.predict_seconds(prepared) - known.edge_seconds
        speed = prepared.speed * natural / seconds
    return min(max(speed, low), high)


def as_long(engines: Engines) -> Callable[[PlannedLine, int], PlannedLine | None]:
    """How another take of a paced line comes about: as long as its first, so that it keeps its place.

    A take that would need a tempo at which its engine is not intelligible is none.
    """
    keys = Keys()

    def other(first: PlannedLine, number: int) -> PlannedLine | None:
        engine, known = engines.engine(first.engine), describe(first.engine)
        found = other_take(first, number, engine, keys, at_tempo=True)
        if found is None or found.prepared is None or first.prepared is None:
            return None
        seconds = engine.predict_seconds(first.prepared) - known.edge_seconds
        speed = round(_engine_speed(known, engine, found.prepared, seconds), 4)
        paced = replace(found.prepared, speed=speed)
        if abs(engine.predict_seconds(paced) - known.edge_seconds - seconds) > max(
            FRAME, EDGE_NOISE * seconds
        ):
            return None
        return replace(found, prepared=paced, key=keys.key(first.engine, engine, paced))

    return other


def measure(store: TakeStore, takes: Sequence[PlannedLine]) -> dict[str, float]:
    """Seconds of speech in the takes that were made, edge silence not counted.

    Raises:
        CorruptTake: a damaged take; it is set aside, to be made anew.
    """
    found: dict[str, float] = {}
    by_key: dict[str, float] = {}
    for take in takes:
        if take.key and take.key not in by_key:
            sound = stored_take(store, take.key)
            by_key[take.key] = speech_seconds(sound.samples, sound.sample_rate)
        if take.key:
            found[take.line.id] = by_key[take.key]
    return found


def final_plan(project: Project, draft: Draft, takes: Sequence[PlannedLine]) -> tuple[Plan, list[PlanLine]]:
    """Plan again on measured lengths, near the last plan that was made of them; with what the planner was asked.

    Args:
        takes: the lines as they were spoken.
    """
    measured = measure(project.takes, takes)
    unpaced = {
        take.line.id
        for take, own in zip(takes, draft.takes, strict=True)
        if take.line.speed == own.line.speed  # a take that repair chose has another key at the same tempo
    }
    rates = {
        line_id: 1.0
        if line_id in unpaced
        else _spoken_rate(draft.predicted[line_id] / seconds, project.dub.hard)
        for line_id, seconds in measured.items()
    }
    lines = plan_from(project.dub, draft.programme, takes, measured, rates)
    options = plan_options(project.dub, draft.programme.seconds)
    return plan_timeline(lines, options, kept_plan(project.timeline_file)), lines


def _spoken_rate(rate: float, hard: float) -> float:
    """The tempo of a take by its length; where the edges of speech are found is 1 % of a short line, not tempo."""
    return hard if hard < rate <= hard * (1 + EDGE_NOISE) else rate


def kept_plan(file: Path) -> Plan | None:
    """The plan of an earlier run."""
    try:
        return Plan.from_json(json.loads(file.read_text("utf-8")))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None  # none yet, or one of another version: the plan is made afresh


def said_then(file: Path) -> dict[str, str]:
    """The words that a kept plan was made of, by line; none where there is no such plan."""
    try:
        return {str(line): str(words) for line, words in json.loads(file.read_text("utf-8"))["said"].items()}
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def keep_plan(file: Path, plan: Plan, said: Mapping[str, str]) -> list[str]:
    """Store a plan for the next run; returns a line of text for every line that moved since the last one.

    Args:
        said: the words of each line, by its id.
    """
    before = kept_plan(file)
    data = {**plan.to_json(), "said": dict(said)}
    write_atomically(file, json.dumps(data, ensure_ascii=False, sort_keys=True).encode())
    if before is None:
        return []
    told = []
    for move in moved_lines(before, plan):
        was = "new" if move.before is None else f"{move.before[0]:.3f}–{move.before[1]:.3f} s"
        now = "gone" if move.after is None else f"{move.after[0]:.3f}–{move.after[1]:.3f} s"
        told.append(f"cue {move.cue} ({move.id}): {was} → {now}")
    return told

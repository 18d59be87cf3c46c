"""From subtitles to a dub: the verbs that the flow, the plan and the command line share. No Prefect here.

read → voices → lengths predicted → plan → pace (each line at its planned tempo) → takes → lengths measured →
plan again → deliver. Everything between is data; a take's key holds the tempo, so a line whose plan does not
change is never spoken again.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from flows.casting import Casting, Character, Corrections, Span, assign_voices, castfile, genders
from flows.casting.llm import Endpoint
from flows.making.dub.lines import script_lines
from flows.making.dub.wording import Proposals, TooLong, propose, read_alternatives
from flows.making.engines import Engines
from flows.making.plan import PlannedLine, guess_seconds, plan_lines
from flows.making.production import Voices, consents, load_lexicon, narrator_voice, series_cast, voice_places
from flows.mastering.dub.deliver import DubDelivery, MixSettings, deliver_dub, programme_seconds
from flows.mastering.dub.media import Media, inspect_media
from flows.mastering.dub.mux import DubTrack, default_output, refuse_output
from flows.mastering.dub.plan import PlacedLine, Plan, PlanLine, PlanOptions, moved_lines
from flows.mastering.dub.planner import plan as plan_timeline
from flows.mastering.dub.profiles import dub_profile
from flows.mastering.dub.speech import speech_seconds
from flows.mastering.dub.sync import SyncRules, count_syllables, count_words
from flows.script.file import merge
from flows.script.line import NARRATOR, Line
from flows.sources.subtitles import (
    SpokenLine,
    SubtitleFile,
    SubtitleOptions,
    read_subtitles,
    spoken_lines,
)
from flows.workspace.project import Project
from flows.workspace.settings import DubSettings
from normalizers import DuoyinError
from tts_core.description import EngineDescription
from tts_core.engine import Engine, Language, Prepared, TempoSearch, Utterance
from tts_core.files import write_atomically
from tts_core.registry import describe
from tts_core.sound import Samples
from tts_core.takes import CorruptTake

EDGE_NOISE = 0.01
"""Share of a line's length by which its measured speech may differ from its predicted speech."""
EXACT_PREDICTIONS = 400
"""`--plan` asks the engine for the length of at most this many lines; the others follow by their characters."""


def plan_options(config: DubSettings, seconds: float | None) -> PlanOptions:
    """What dub.yaml says of tempo and pauses."""
    return PlanOptions(
        programme_seconds=seconds, soft=config.soft, hard=config.hard, low=config.low, gap=config.gap
    )


@dataclass(frozen=True, slots=True)
class Programme:
    """What is to be dubbed.

    Args:
        file: the subtitles as read. spoken: their lines, with their cues' times.
        lines: the same as lines of the script, with a person's edits and chosen alternatives.
        media: the video, where there is one. seconds: the programme's length.
    """

    file: SubtitleFile
    spoken: tuple[SpokenLine, ...]
    lines: tuple[Line, ...]
    media: Media | None
    seconds: float
    warnings: tuple[str, ...]


def read_programme(project: Project, config: DubSettings) -> Programme:
    """Read the subtitles and the video's length, and write the script (a person's edits survive)."""
    options = SubtitleOptions(language=config.language, encoding=config.encoding, strict=config.strict)
    file = read_subtitles(project.existing_source, options)
    spoken = spoken_lines(file, options)
    if not spoken:
        raise DuoyinError(
            "there is nothing to say in this file",
            where=str(project.source),
            hint="`duoyin inspect FILE` lists what was left out and why.",
        )
    generated = script_lines(spoken, name=file.name)
    script = merge(generated, [file.name], project.script_file, project.script_base_file)
    edited = {line.id: line for line in script.lines}
    kept = tuple(line for line in spoken if line.id in edited)
    media = inspect_media(project.path(config.video)) if config.video else None
    ends = [
        PlanLine(line.id, line.cue, line.lane, line.start_ms / 1000, line.end_ms / 1000, 1.0) for line in kept
    ]
    return Programme(
        file, kept, tuple(edited[line.id] for line in kept), media, programme_seconds(media, ends), file.warnings
    )  # fmt: skip


def cast_programme(programme: Programme, known: Corrections | None = None) -> Casting:
    """The speakers of the subtitles as a casting: who talks to whom, and genders by name and title.

    Args:
        known: genders and ages that a person decided.
    """
    known = known or Corrections()
    language = programme.lines[0].language
    counts: dict[str, int] = {}
    for line in programme.lines:
        if line.speaker != NARRATOR:
            counts[line.speaker] = counts.get(line.speaker, 0) + 1
    guessed = genders("", language, list(counts)) if counts else {}
    characters = [
        Character(
            name,
            gender=known.genders.get(name) or guessed.get(name),
            gender_evidence="name" if guessed.get(name) and name not in known.genders else "",
            age=known.ages.get(name),
            lines=count,
        )
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    spans = tuple(
        (
            Span(
                0,
                len(line.text),
                "narration" if line.speaker == NARRATOR else "dialogue",
                None if line.speaker == NARRATOR else line.speaker,
            ),
        )
        for line in programme.lines
    )
    return Casting(language, tuple(characters), (spans,))


def choose_voices(project: Project, config: DubSettings, programme: Programme, engines: Engines) -> Voices:
    """A voice for everybody: those of dub.yaml, then of cast.yaml, then of the series' cast, then the main engine's, so that
    people who talk to each other sound different. A voice `engine/name` is of another engine. The cast files are brought
    up to date."""
    presets = [preset for preset in engines.main.voices() if preset.castable]
    own, series = castfile.load(project.cast_file), series_cast(project)
    engines.check_voices(
        [
            *voice_places(project, own, programme.lines),
            *((voice, f"dub.yaml, voices, {speaker}") for speaker, voice in config.voices.items()),
        ],
        programme.lines[0].language,
    )
    decided, shared = own.corrections(), series.corrections()
    casting = cast_programme(
        programme,
        Corrections(genders={**shared.genders, **decided.genders}, ages={**shared.ages, **decided.ages}),
    )
    wanted = config.voices.get(NARRATOR) or project.settings.voice or own.narrator or series.narrator
    language = programme.lines[0].language
    narrator = narrator_voice(presets, language, wanted)
    fixed = {**series.voices_for(casting), **own.voices_for(casting), **config.voices}
    voices = {**assign_voices(casting, presets, language, fixed, narrator), NARRATOR: narrator}
    castfile.save(project.cast_file, casting, voices)
    if project.series_cast_file is not None:
        project.series_cast_file.parent.mkdir(parents=True, exist_ok=True)
        castfile.save(project.series_cast_file, casting, voices)
    return Voices(voices, consents([*voices.values(), *(line.voice for line in programme.lines)], engines))


def ask_takes(project: Project, lines: Sequence[Line], voices: Voices, engines: Engines) -> list[PlannedLine]:
    """What each line asks of the engine, at the tempo the line has."""
    return plan_lines(
        lines,
        voices.by_speaker,
        load_lexicon(project),
        engines.of_voice,
        speed=project.settings.speed,
        readings=engines.readings,
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
                syllables=count_syllables(text),
                words=count_words(text),
                language=take.utterance.language,
                sync=rules.of(cue.id, cue.speaker, cue.style),
                locked=config.locked.get(cue.id),
                cues=tuple(span.index for span in cue.spans),
            )
        )
    return lines


def paced(
    takes: Sequence[PlannedLine], plan: Plan, predicted: Mapping[str, float], engines: Engines
) -> list[Line]:
    """The lines at their planned tempo: the engine speaks faster or slower, so that little is left to stretch."""
    wanted = {line.id: line for line in plan.lines if line.placed}
    lines: list[Line] = []
    for take in takes:
        place = wanted.get(take.line.id)
        if take.prepared is None or place is None or abs(place.stretch - 1.0) < 1e-6:
            lines.append(take.line)
            continue
        target = predicted[take.line.id] / place.stretch
        speed = _engine_speed(describe(take.engine), engines.engine(take.engine), take.prepared, target)
        lines.append(replace(take.line, speed=round(take.line.speed * speed / take.prepared.speed, 4)))
    return lines


def _engine_speed(known: EngineDescription, engine: Engine, prepared: Prepared, seconds: float) -> float:
    """The engine's speed for `seconds` of speech, by its own search where it has one."""
    low, high = known.tempo
    if isinstance(engine, TempoSearch):
        speed = engine.speed_for(prepared, seconds + known.edge_seconds)[0]
    else:
        natural = engine.predict_seconds(prepared) - known.edge_seconds
        speed = prepared.speed * natural / seconds
    return min(max(speed, low), high)


def measure(project: Project, takes: Sequence[PlannedLine]) -> dict[str, float]:
    """Seconds of speech in the takes that were made, edge silence not counted. A damaged take is set aside and raises."""
    found: dict[str, float] = {}
    by_key: dict[str, float] = {}
    for take in takes:
        if take.key and take.key not in by_key:
            samples, rate = _sound(project, take.key)
            by_key[take.key] = speech_seconds(samples, rate)
        if take.key:
            found[take.line.id] = by_key[take.key]
    return found


def _sound(project: Project, key: str) -> tuple[Samples, int]:
    try:
        take = project.takes.read(key)
    except CorruptTake:
        project.takes.set_aside(key)
        raise
    return take.samples, take.sample_rate


def replan(
    project: Project,
    config: DubSettings,
    programme: Programme,
    natural: Sequence[PlannedLine],
    takes: Sequence[PlannedLine],
    predicted: Mapping[str, float],
) -> tuple[Plan, list[PlanLine]]:
    """Plan again on measured lengths, near the last plan that was made of them.

    Args:
        natural: the lines at their own tempo, of the `predicted` lengths. takes: as they were spoken.
    """
    measured = measure(project, takes)
    unpaced = {take.line.id for take, own in zip(takes, natural, strict=True) if take.key == own.key}
    rates = {
        line_id: 1.0 if line_id in unpaced else _spoken_rate(predicted[line_id] / seconds, config.hard)
        for line_id, seconds in measured.items()
    }
    lines = plan_from(config, programme, takes, measured, rates)
    options = plan_options(config, programme.seconds)
    return plan_timeline(lines, options, _previous(project, "timeline")), lines


def _spoken_rate(rate: float, hard: float) -> float:
    """The tempo of a take by its length; where the edges of speech are found is 1 % of a short line, not tempo."""
    return hard if hard < rate <= hard * (1 + EDGE_NOISE) else rate


def first_plan(
    project: Project,
    config: DubSettings,
    programme: Programme,
    takes: Sequence[PlannedLine],
    predicted: Mapping[str, float],
) -> tuple[Plan, list[PlanLine]]:
    """Plan on predicted lengths, near the last such plan."""
    lines = plan_from(config, programme, takes, predicted)
    return plan_timeline(
        lines, plan_options(config, programme.seconds), _previous(project, "forecast")
    ), lines


def _previous(project: Project, name: str) -> Plan | None:
    file = project.forecast_file if name == "forecast" else project.timeline_file
    try:
        return Plan.from_json(json.loads(file.read_text("utf-8")))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None  # none yet, or one of another version: the plan is made afresh


def keep_plan(project: Project, plan: Plan, name: Literal["forecast", "timeline"]) -> list[str]:
    """Store a plan for the next run; returns a line of text for every line that moved since the last one."""
    before = _previous(project, name)
    write_atomically(
        project.forecast_file if name == "forecast" else project.timeline_file,
        json.dumps(plan.to_json(), ensure_ascii=False, sort_keys=True).encode(),
    )
    if before is None:
        return []
    told = []
    for move in moved_lines(before, plan):
        was = "new" if move.before is None else f"{move.before[0]:.3f}–{move.before[1]:.3f} s"
        now = "gone" if move.after is None else f"{move.after[0]:.3f}–{move.after[1]:.3f} s"
        told.append(f"cue {move.cue} ({move.id}): {was} → {now}")
    return told


# -- shorter wordings ----------------------------------------------------------------------------------


def propose_shorter(
    project: Project,
    config: DubSettings,
    plan: Plan,
    takes: Sequence[PlannedLine],
    predicted: Mapping[str, float],
) -> Proposals:
    """What a language model proposes for the lines that do not fit, where `shorten` asks for it."""
    if config.shorten == "none" or not plan.flagged:
        return Proposals({})
    wanted = project.settings.language_model
    if wanted is None:
        raise DuoyinError(
            f"shorten: {config.shorten} needs a language model",
            where=str(project.dub_file),
            hint="Set language_model: {url: …, model: …} in project.yaml, or shorten: none.",
        )
    of_line = {take.line.id: take for take in takes}
    filled = read_alternatives(project.alternatives_file)
    lines = []
    for place in plan.flagged:
        line, utterance = of_line[place.id].line, of_line[place.id].utterance
        text = line.say or line.text
        share = _allowed_seconds(place, predicted) / predicted[place.id]
        syllables = math.floor(count_syllables(text) * share)
        if syllables > 0 and utterance is not None and not filled.get(place.id):
            language: Language = "zh" if utterance.language == "zh" else "en"
            lines.append(TooLong(place.id, text, language, syllables))
    endpoint = Endpoint(
        wanted.url, wanted.model, os.environ.get(wanted.key_variable) or None, wanted.timeout_seconds
    )
    return propose(lines, endpoint, project.replies_folder)


def _allowed_seconds(place: PlacedLine, predicted: Mapping[str, float]) -> float:
    """How long a line may be at its own tempo to fit its place."""
    return max(0.0, predicted[place.id] - place.excess_ms / 1000 * place.rate)


def use_alternatives(
    project: Project,
    config: DubSettings,
    programme: Programme,
    plan: Plan,
    predicted: Mapping[str, float],
    voices: Voices,
    engines: Engines,
) -> Programme:
    """Give lines that do not fit the longest filled-in wording that does; else the shortest, if it is really shorter."""
    wordings = read_alternatives(project.alternatives_file)
    if config.shorten == "accept":
        for line_id, texts in read_alternatives(project.alternatives_file, "proposed").items():
            wordings[line_id] = wordings.get(line_id) or texts
    flagged = {line.id: line for line in plan.flagged if wordings.get(line.id)}
    if not flagged:
        return programme
    lines: list[Line] = []
    for line in programme.lines:
        place = flagged.get(line.id)
        if place is None:
            lines.append(line)
            continue
        candidates = [replace(line, say=text) for text in wordings[line.id]]
        lengths = predict(
            ask_takes(project, [replace(c, id=f"{k}") for k, c in enumerate(candidates)], voices, engines),
            engines,
        )
        allowed = _allowed_seconds(place, predicted)
        fitting = [k for k in range(len(candidates)) if lengths.get(f"{k}", 9e9) <= allowed]
        shortest = min(range(len(candidates)), key=lambda k: lengths.get(f"{k}", 9e9))
        best = max(fitting, key=lambda k: lengths[f"{k}"]) if fitting else shortest
        really = lengths.get(f"{best}", 9e9) < predicted[line.id]
        lines.append(candidates[best] if really else line)
    return replace(programme, lines=tuple(lines))


# -- delivery ------------------------------------------------------------------------------------------


def output_path(project: Project, config: DubSettings, programme: Programme) -> Path:
    """Where the dub goes."""
    if config.output:
        return project.path(config.output)
    if programme.media is not None:
        return project.output_folder / default_output(programme.media.path).name
    return project.output_folder / f"{project.source.stem}.dub.flac"


def output_place(project: Project, config: DubSettings, programme: Programme) -> Path:
    """Where the dub goes; its folder is made. Raises `DuoyinError` for what cannot be made or written there."""
    out = output_path(project, config, programme)
    refuse_output(out, programme.media)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out.parent):
            return out
    except OSError as error:
        raise DuoyinError(
            f"the dub cannot be written there ({error.strerror or error})",
            where=str(out.parent),
            hint="Name another place with --out FILE, or make it writable.",
        ) from error


def deliver(
    project: Project,
    config: DubSettings,
    programme: Programme,
    takes: Sequence[PlannedLine],
    plan: Plan,
    lines: Sequence[PlanLine],
    *,
    tell: Any = lambda share, what: None,
) -> DubDelivery:
    """Render, mix, mux and judge."""
    keys = {take.line.id: take.key for take in takes if take.key}
    language = programme.lines[0].language
    settings = MixSettings(
        profile=dub_profile(config.profile),
        track=DubTrack(language, config.title or f"Dub ({language})", config.default_track),
        bed=config.bed,
        bed_file=project.path(config.bed_file) if config.bed_file else None,
        room_tone_db=config.room_tone,
        audio_stream=config.audio_track,
        separation_weights=project.path(config.separation_weights) if config.separation_weights else None,
    )
    return deliver_dub(
        plan,
        lines,
        {take.line.id: take.line.say or take.line.text for take in takes},
        lambda line_id: _sound(project, keys[line_id]),
        output_path(project, config, programme),
        settings,
        media=programme.media,
        work=project.dub_folder,
        options=plan_options(config, programme.seconds),
        tell=tell,
    )


def forecast_json(plan: Plan, programme: Programme) -> dict[str, Any]:
    """What `duoyin dub --plan --json` prints."""
    data = plan.to_json()
    data["warnings"] = [*programme.warnings, *data["warnings"]]
    return data


def forecast_text(plan: Plan) -> str:
    """What `duoyin dub --plan` tells a person."""
    m = plan.metrics
    head = [
        f"{int(m['lines'])} lines over {plan.programme_seconds:.1f} s: {int(m['flagged'])} do not fit, tempo up to {m['rate_max']:.2f}",
        f"  shift p95 {m['shift_p95']:.3f} s, tempo jump p95 {m['rate_jump_p95']:.2f}, overlap with the cues {m['speech_iou']:.2f}",
    ]
    return "\n".join([*head, *(_complaint(line) for line in plan.flagged)])


def _complaint(line: PlacedLine) -> str:
    return f"  cue {line.cue}: {line.reason}"

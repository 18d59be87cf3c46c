"""From the takes and the timeline of a dub to the judged file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from flows.making.dub.coverage import cover_dub
from flows.making.dub.programme import Programme
from flows.making.dub.timing import plan_options
from flows.making.plan import PlannedLine
from flows.making.proof import proof_facts, told
from flows.making.provenance import record_provenance
from flows.making.report.dub import MadeDub, report_dub
from flows.making.takes import stored_take
from flows.mastering.dub.deliver import DubDelivery, MixSettings, deliver_dub
from flows.mastering.dub.mux import DubTrack, default_output, refuse_output
from flows.mastering.dub.plan import Plan, PlanLine
from flows.mastering.dub.profiles import dub_profile
from flows.proof.verdict import Proof
from flows.workspace.delivered import Destination, Holding, Shelf, numbered
from flows.workspace.ledger import Ledger
from flows.workspace.project import Project
from flows.workspace.provenance import signing_key
from normalizers import DuoyinError
from tts_core.sound import Samples


def output_place(project: Project, programme: Programme, ledger: Ledger) -> Destination:
    """Where the dub goes; its folder is made.

    What is finished gives way only to a newer dub of the same cues in the same language.

    Raises:
        DuoyinError: what cannot be made or written there, or somebody else's file of the name that was asked for.
    """
    wanted = next(_places(project, programme))
    refuse_output(wanted, programme.media)
    place = Shelf(ledger, _holding(programme)).choose(_places(project, programme))
    if place is None:
        raise DuoyinError(
            "this file is there already, and it is no earlier making of this dub",
            where=str(wanted),
            hint="It is kept. Name another file with --out, or move that one away.",
        )
    try:
        place.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place.path.parent):
            return place
    except OSError as error:
        raise DuoyinError(
            f"the dub cannot be written there ({error.strerror or error})",
            where=str(place.path.parent),
            hint="Name another place with --out FILE, or make it writable.",
        ) from error


def _places(project: Project, programme: Programme) -> Iterator[Path]:
    """Names for the dub, the wanted one first; a folder that is there gets it under its usual name."""
    out = project.path(project.dub.output) if project.dub.output else project.output_folder
    if project.dub.output and not out.is_dir():
        yield out
        return
    media = programme.media
    usual = out / (default_output(media.path).name if media else f"{project.source.stem}.dub.flac")
    yield usual
    yield from numbered(usual.with_name(f"{usual.stem}.{programme.language}{usual.suffix}"))


def _holding(programme: Programme) -> Holding:
    return Holding(f"dub {programme.language}")


def deliver(
    project: Project,
    programme: Programme,
    takes: Sequence[PlannedLine],
    plan: Plan,
    lines: Sequence[PlanLine],
    ledger: Ledger,
    *,
    proof: Proof,
    tell: Callable[[float, str], None] = lambda share, what: None,
) -> DubDelivery:
    """Render, mix, mux, judge and report.

    Args:
        takes: the lines as they were spoken. plan: where they go. lines: what the planner was asked. proof: what was
            heard in the takes.

    Raises:
        CorruptTake: a damaged take; it is set aside, to be made anew.
    """
    key = signing_key()  # one that cannot be read is told before the work, not after it
    keys = {take.line.id: take.key for take in takes if take.key}

    def sound(line_id: str) -> tuple[Samples, int]:
        take = stored_take(project.takes, keys[line_id])
        return take.samples, take.sample_rate

    config, language = project.dub, programme.language
    settings = MixSettings(
        profile=dub_profile(config.profile),
        track=DubTrack(language, config.title or f"Dub ({language}), synthetic speech", config.default_track),
        bed=config.bed,
        bed_file=project.path(config.bed_file) if config.bed_file else None,
        room_tone_db=config.room_tone,
        audio_stream=config.audio_track,
        separation_weights=project.path(config.separation_weights) if config.separation_weights else None,
    )
    place, shelf = (
        output_place(project, programme, ledger),
        Shelf(ledger, _holding(programme), programme.voices.consents),
    )
    delivery = deliver_dub(
        plan,
        lines,
        {take.line.id: take.line.say or take.line.text for take in takes},
        sound,
        place.path,
        settings,
        media=programme.media,
        work=project.dub_folder,
        options=plan_options(config, programme.seconds),
        notes=(*programme.voices.notes, *place.notes),
        proof=proof_facts(proof, takes, lambda key: project.takes.info(key).seconds),
        tell=tell,
        claim=shelf.claim,
    )
    files = {file.name: digest for file, digest in shelf.claimed.items()}
    coverage = cover_dub(project, programme, takes, delivery.scorecard.lines, files)
    delivery = replace(delivery, coverage=coverage.to_json())
    facts = report_dub(MadeDub(project, programme, takes, delivery, settings.profile))
    record_provenance(delivery.path, facts, programme.voices, shelf, ledger, key)
    return delivery


def summary(delivery: DubDelivery) -> str:
    """A few lines for people."""
    metrics = delivery.scorecard.metrics
    missed = [
        f"  missed: {g.name} is {g.value:g}, limit {g.limit}"
        for g in delivery.scorecard.gates
        if not g.passed
    ]
    return "\n".join(
        [
            str(delivery.path),
            f"  {metrics['lines']:g} lines, {metrics['flagged']:g} flagged; "
            f"onsets within their class {metrics['onsets_in_window']:.0%}, "
            f"tempo up to {metrics['rate_max']:.2f}, drift {metrics['drift_ms_per_minute']:+.1f} ms/min",
            f"  dialogue {delivery.loudness.dialogue:.1f} LUFS, programme {delivery.loudness.programme:.1f} LUFS, "
            f"true peak {delivery.loudness.peak:.1f} dBTP",
            *missed,
            *(f"  {row}" for row in delivery.coverage.get("told", "").splitlines()),
            *(f"  {words}" for words in [told(delivery.proof)] if words),
            f"  report: {delivery.page_file}",
        ]
    )

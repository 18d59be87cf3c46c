"""The order of work of a dub: read the cues, plan, shorten, speak at the planned tempo, listen, plan again, mix, judge.

No Prefect here: who calls says how steps are run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flows.making.coverage import warn
from flows.making.dub.delivery import deliver, output_place
from flows.making.dub.programme import Programme, read_programme
from flows.making.dub.timing import as_long, draft, final_plan, keep_plan, paced
from flows.making.dub.wording import shortened
from flows.making.engines import Engines
from flows.making.plan import PlannedLine
from flows.making.proof import listener_of, prove
from flows.making.repair import repaired
from flows.making.takes import Speak, Step, until_whole
from flows.mastering.dub.deliver import DubDelivery
from flows.mastering.dub.plan import Plan, PlanLine
from flows.proof.verdict import Proof
from flows.workspace.ledger import Ledger
from flows.workspace.progress import reporter, share_told
from flows.workspace.project import Project

EXACT_PREDICTIONS = 400
"""A forecast asks the engine for the length of at most this many lines; the others follow by their characters."""


def make(project: Project, ledger: Ledger, *, speak: Speak, step: Step) -> DubDelivery:
    """Make the dub of a project, held by the caller. What is made already stays: only what changed is made again.

    Args:
        speak: makes takes. step: runs a named step.

    Raises:
        DuoyinError: something a person has to mend.
    """
    engines = Engines(project)
    programme = step("read-cues", lambda: _read(project, engines, ledger))
    planned = shortened(project, draft(project, programme, engines), engines)
    takes = paced(project, planned, engines)
    warn(takes, project, "dub")
    other, listener = as_long(engines), listener_of(project)

    def place() -> tuple[Plan, DubDelivery]:
        proof = step("proof", lambda: prove(project, takes, listener, ledger))
        good = repaired(
            project, takes, engines, programme.voices, listener, ledger, proof, speak, other=other
        )
        plan, lines = final_plan(project, planned, good.lines)
        mixed = step(
            "deliver-dub",
            lambda: _mix(project, planned.programme, good.lines, plan, lines, ledger, good.proof),
        )
        if late := engines.deadline.missed():
            reporter().warn(late)
            mixed = replace(mixed, warnings=(*mixed.warnings, late))
        return plan, mixed

    plan, delivery = until_whole(lambda: speak(project, takes, engines, programme.voices, ledger), place)
    said = {take.line.id: take.line.say or take.line.text for take in takes}
    keep_plan(project.forecast_file, planned.plan, said)
    for moved in keep_plan(project.timeline_file, plan, said):
        reporter().warn(f"moved: {moved}")
    return delivery


@dataclass(frozen=True, slots=True)
class DubForecast:
    """Where each line would stand, and what a person should know."""

    plan: Plan
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        data = self.plan.to_json()
        return {**data, "warnings": [*self.warnings, *data["warnings"]]}

    def to_text(self) -> str:
        m = self.plan.metrics
        head = [
            f"{int(m['lines'])} lines over {self.plan.programme_seconds:.1f} s: {int(m['flagged'])} do not fit, "
            f"tempo up to {m['rate_max']:.2f}",
            f"  shift p95 {m['shift_p95']:.3f} s, tempo jump p95 {m['rate_jump_p95']:.2f}, "
            f"overlap with the cues {m['speech_iou']:.2f}",
        ]
        return "\n".join([*head, *(f"  cue {line.cue}: {line.reason}" for line in self.plan.flagged)])


def forecast(project: Project, ledger: Ledger) -> DubForecast:
    """Where each line would stand; nothing is spoken."""
    engines = Engines(project)
    programme = _read(project, engines, ledger)
    planned = draft(project, programme, engines, exact=EXACT_PREDICTIONS)
    return DubForecast(planned.plan, programme.file.warnings)


def _read(project: Project, engines: Engines, ledger: Ledger) -> Programme:
    reporter().stage("Reading", project.source.name)
    programme = read_programme(project, engines)
    output_place(project, programme, ledger)  # better now than after everything is spoken
    for message in (*programme.file.warnings, *programme.notes):
        reporter().warn(message)
    return programme


def _mix(
    project: Project,
    programme: Programme,
    takes: Sequence[PlannedLine],
    plan: Plan,
    lines: Sequence[PlanLine],
    ledger: Ledger,
    proof: Proof,
) -> DubDelivery:
    reporter().stage("Mixing")
    delivery = deliver(project, programme, takes, plan, lines, ledger, tell=share_told(), proof=proof)
    for message in delivery.warnings:
        reporter().warn(message)
    reporter().stage("Delivered", str(delivery.path))
    return delivery

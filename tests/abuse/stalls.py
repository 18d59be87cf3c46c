"""A network share that no longer answers: a file operation that never returns."""

from __future__ import annotations

from tests.abuse.injector import Action, Fault, Kind
from tests.abuse.production import STOPPED
from tests.abuse.table import Bench, Row

WITHIN = 30.0
"""Seconds after Ctrl-C within which a run must have ended, on a machine that does other things too."""


def stalls(bench: Bench) -> list[Row]:
    """Ctrl-C while a file operation hangs; then the share is back."""
    row = Row(
        "a share stalls: one file operation never returns; Ctrl-C after a while, then the share is back"
    )
    slowest = 0.0
    every = Kind.OPEN | Kind.CREATE | Kind.READ | Kind.WRITE | Kind.SYNC | Kind.NAME
    for number, chance in enumerate(bench.seeds()):
        kind = list(bench.both())[number % 2]
        known = bench.undisturbed(kind)
        production = bench.production(kind).create()
        at = chance.randint(1, known.operations)
        plan = bench.plan(production, Fault(Action.STALL, every, at=at, lasting=True))
        wait = known.seconds + 1.0
        ended = production.run(plan, interrupt_after=wait, patience=wait + WITHIN)
        what = f"{kind}, operation {at} ({plan.hit})"
        bench.judge(row, production, ended, what)
        if ended.killed:
            row.wrong.append(f"{what}: did not stop within {WITHIN:.0f} s")
        elif ended.code == STOPPED:
            slowest = max(slowest, ended.seconds - wait)
        bench.recover(row, production, what)
    row.note = f"stopped within {slowest:.1f} s of Ctrl-C"
    return [row]

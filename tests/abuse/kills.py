"""SIGKILL of the whole process group: at a file operation, or at a moment."""

from __future__ import annotations

from tests.abuse.injector import Action, Fault, present
from tests.abuse.production import KINDS
from tests.abuse.table import Bench, Row

MOST_KILLS = 3
AT_AN_OPERATION = 0.7
"""Share of kills that come at a file operation rather than at a moment."""


def kills(bench: Bench) -> list[Row]:
    """Each seed is one production that is killed up to three times and then finished."""
    row = Row(
        "SIGKILL of the process group at random moments and file operations, up to three times a production"
    )
    productions = 0
    for number, chance in enumerate(bench.seeds()):
        kind = KINDS[number % 2]
        known = bench.undisturbed(kind)
        production = bench.production(kind).create()
        productions += 1
        for _ in range(chance.randint(1, MOST_KILLS)):
            kept, said = production.takes(), len(production.spoken())
            if present() and chance.random() < AT_AN_OPERATION:
                at = chance.randint(1, known.operations)
                what = f"seed {bench.first + number}, operation {at} of {kind}"
                ended = production.run(bench.plan(production, Fault(Action.KILL, at=at)))
            else:
                moment = chance.uniform(0.0, 1.1) * known.seconds
                what = f"seed {bench.first + number}, {moment:.3f} s into {kind}"
                ended = production.run(kill_after=moment)
            bench.judge(row, production, ended, what)
            if again := [text for text in production.spoken()[said:] if known.keys.get(text) in kept]:
                row.wrong.append(f"{what}: spoken again although kept: {again}")
        bench.recover(row, production, f"seed {bench.first + number} of {kind}")
    row.note = f"{productions:,} productions; each then finished byte for byte as an undisturbed one"
    return [row]

"""The wall clock jumps, between runs and within one; and files bear the wrong time."""

from __future__ import annotations

import os

from tests.abuse.injector import CHANGES, Action, Fault, Plan
from tests.abuse.production import Production
from tests.abuse.table import Bench, Row

YEAR = 31_557_600  # seconds
JUMPS = (10 * YEAR, -10 * YEAR, 3600, -3600, 2**31 - 1 - 60 * YEAR)


def clocks(bench: Bench) -> list[Row]:
    """Jumps of an hour and of ten years, both ways."""
    within = Row("the clock jumps by an hour or ten years while it runs, forward or back")
    between = Row("all files bear a time ten years ahead or in 1971, and the clock has jumped")
    for number, chance in enumerate(bench.seeds()):
        kind = list(bench.both())[number % 2]
        known = bench.undisturbed(kind)
        production = bench.production(kind).create()
        jump, at = chance.choice(JUMPS), chance.randint(1, known.operations)
        what = f"{kind}, {jump:+} s at operation {at}"
        bench.judge(within, production, production.run(_jump(bench, production, jump, at)), what)
        bench.recover(within, production, what)
        production = bench.finished(kind)
        moment = chance.choice((40_000_000, 2_100_000_000))
        for file in production.folder.rglob("*"):
            os.utime(file, (moment, moment))
        ended = production.run(_jump(bench, production, -jump, 1))
        bench.judge(between, production, ended, what)
        bench.recover(between, production, what)
    return [within, between]


def _jump(bench: Bench, production: Production, seconds: int, at: int) -> Plan:
    return bench.plan(production, Fault(Action.JUMP, CHANGES, at=at, error=seconds))

"""Two runs at once, and people who edit while it runs."""

from __future__ import annotations

import os
import time

from tests.abuse.production import Production
from tests.abuse.table import Bench, Row

SLOW = 0.15
"""Seconds a line while somebody else does something."""


def together(bench: Bench) -> list[Row]:
    """Two of the same at once: one makes it, the other says that it is being made."""
    row = Row("two runs of the same project at once")
    for number, _ in enumerate(bench.seeds()):
        kind = list(bench.both())[number % 2]
        bench.undisturbed(kind)
        production = _slow(bench.production(kind).create())
        beside = bench.folder / "beside"
        beside.mkdir(exist_ok=True)
        other = Production(production.folder, kind, beside=beside)
        first = os.fork()
        if not first:
            ended = production.run()
            os._exit(100 + ended.code if ended.clear else 99)
        _wait_for(production)
        second = other.run()
        code = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
        row.times += 1
        if code not in (100, 101):
            row.wrong.append(f"{kind}: the first run ended with {code}")
        if second.code != 2 or not second.clear:
            row.wrong.append(f"{kind}: the second run ended with {second.code}: {second.said[-300:]}")
        row.finished += code in (100, 101)
        row.told += second.code == 2
        if production.digest() != bench.undisturbed(kind).digest:
            row.wrong.append(f"{kind}: not the right file")
    return [row]


def edits(bench: Bench) -> list[Row]:
    """A person saves a change while it runs: the change stays, and the next run makes it so."""
    row = Row("the cast or the script is edited while it runs")
    kind = "audiobook"
    for chance in bench.seeds():
        bench.undisturbed(kind)
        production = _slow(bench.production(kind).create())
        first = os.fork()
        if not first:
            os._exit(0 if production.run().clear else 99)
        _wait_for(production)
        time.sleep(chance.uniform(0.0, 1.0))
        if chance.random() < 0.5:
            file, old, new = production.folder / "cast.yaml", "narrator: low", "narrator: middle"
        else:
            file, old, new = production.folder / "script.jsonl", "It rained.", "It poured."
        text = file.read_text("utf-8")
        assert old in text, text  # both are there before a line is spoken
        file.write_text(text.replace(old, new), encoding="utf-8")
        code = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
        row.times += 1
        if code:
            row.wrong.append(f"{file.name}: the run beside it ended with {code}")
        again = production.run()
        if again.code not in (0, 1) or new not in file.read_text("utf-8"):
            row.wrong.append(f"{file.name}: exit {again.code}, the edit was lost: {again.said[-300:]}")
        else:
            row.finished += 1
    return [row]


def _slow(production: Production) -> Production:
    settings = production.folder / "project.yaml"
    text = settings.read_text("utf-8").replace("engine_options: {", f"engine_options: {{delay: {SLOW}, ")
    settings.write_text(text, "utf-8")
    return production


def _wait_for(production: Production) -> None:
    """Until the run holds the project and has begun to speak."""
    ends = time.monotonic() + 60
    while not production.spoken():
        if time.monotonic() > ends:
            raise TimeoutError("the run beside it speaks no line")
        time.sleep(0.01)

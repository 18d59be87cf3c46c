"""What is counted of each abuse, and the workbench it is done on."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.abuse.injector import CHANGES, Fault, Plan, present
from tests.abuse.production import KINDS, Outcome, Production, Undisturbed, make


@dataclass(slots=True)
class Row:
    """One abuse: what is done, how often, and what came of it.

    Args:
        finished: ended with the right file. told: ended with one clear message. struck: was killed, as it was meant to.
        wrong: what must not be, in words.
    """

    what: str
    times: int = 0
    finished: int = 0
    told: int = 0
    struck: int = 0
    wrong: list[str] = field(default_factory=list)
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        return (
            self.what,
            f"{self.times:,}",
            f"{self.struck:,}" if self.struck else "",
            f"{self.finished:,}",
            f"{self.told:,}",
            f"{len(self.wrong)}",
            self.note,
        )


HEAD = ("what is done to it", "times", "killed", "finished right", "one clear message", "wrong", "")


MARK = "<!-- table -->"
"""Before and after the table of a page."""


def table(rows: list[Row]) -> str:
    """Rows as a Markdown table."""
    lines = [
        HEAD,
        tuple("---" if i in (0, 6) else "---:" for i in range(len(HEAD))),
        *(row.cells() for row in rows),
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def write_down(page: Path, rows: list[Row]) -> None:
    """Put rows into the table of a page, between its two marks: each in the place of its like, new ones at the end."""
    before, _, rest = page.read_text("utf-8").partition(MARK)
    old, _, after = rest.partition(MARK)
    known = {line.split("|")[1].strip(): line for line in old.strip().splitlines()[2:]}
    fresh = table(rows).splitlines()
    known |= {line.split("|")[1].strip(): line for line in fresh[2:]}
    lines = "\n".join([*fresh[:2], *known.values()])
    page.write_text(f"{before}{MARK}\n{lines}\n{MARK}{after}", encoding="utf-8")


class Bench:
    """Where productions are abused.

    Args:
        folder: for their files. most: times each abuse is done at most. until: `time.monotonic()` after which none is
            begun. first: the first seed.
    """

    def __init__(self, folder: Path, *, most: int, until: float, first: int = 1) -> None:
        self.folder, self.most, self.until, self.first = folder, most, until, first
        self._known: dict[str, Undisturbed] = {}

    def seeds(self) -> Iterator[random.Random]:
        """A source of chance for each time, as long as there is time."""
        for seed in range(self.first, self.first + self.most):
            if time.monotonic() > self.until:
                return
            yield random.Random(seed)

    def production(self, kind: str, name: str = "one") -> Production:
        return Production(self.folder / f"{kind}-{name}", kind)

    def plan(self, production: Production, fault: Fault) -> Plan:
        return Plan(self.folder / "plan", production.folder, fault)

    def undisturbed(self, kind: str) -> Undisturbed:
        """What a production gives by itself; it is made here first, so that children find everything imported."""
        if kind not in self._known:
            make(self.production(kind, "warm").create())
            production = self.production(kind, "undisturbed").create()
            plan = self.plan(production, Fault(kinds=CHANGES)) if present() else None
            ended = production.run(plan)
            digest = production.digest()
            if ended.code != 0 or digest is None:
                raise AssertionError(
                    f"an undisturbed {kind} was not made ({ended.code}): {ended.said[-2000:]}"
                )
            self._known[kind] = Undisturbed(
                digest, self._keys(production), plan.count if plan else 0, ended.seconds
            )
        return self._known[kind]

    def finished(self, kind: str, name: str = "one") -> Production:
        """A copy of the undisturbed production, finished."""
        self.undisturbed(kind)
        production = self.production(kind, name).create()
        model = self.production(kind, "undisturbed")
        shutil.rmtree(production.folder)
        shutil.copytree(model.folder, production.folder)
        settings = production.folder / "project.yaml"
        settings.write_text(settings.read_text("utf-8").replace(str(model.log), str(production.log)), "utf-8")
        return production

    def _keys(self, production: Production) -> dict[str, str]:
        """Take key of each text, told by making the takes one after another."""
        kept: set[str] = set()
        by_time = sorted(
            (production.folder / "takes").glob("??/*.flac"), key=lambda path: path.stat().st_mtime_ns
        )
        texts = production.spoken()
        if len(by_time) != len(texts):
            raise AssertionError("an undisturbed run spoke a line twice")
        kept.update(texts)
        if len(kept) != len(texts):
            raise AssertionError("the lines of a production must differ")
        return dict(zip(texts, (path.stem for path in by_time), strict=True))

    def both(self) -> Iterator[str]:
        yield from KINDS

    # -- judging -----------------------------------------------------------------------------------

    def judge(self, row: Row, production: Production, ended: Outcome, what: str) -> None:
        """Count a disturbed run: finished, told, killed; or wrong, by what it said and left."""
        expected = self.undisturbed(production.kind).digest
        row.times += 1
        if ended.killed:
            row.struck += 1
        elif not ended.clear:
            row.wrong.append(f"{what}: exit {ended.code}: {ended.said.strip()[-1500:]}")
        elif ended.code in (0, 1):
            row.finished += 1
        else:
            row.told += 1
        stands = production.digest()
        if stands not in (None, expected):
            row.wrong.append(f"{what}: another file stands at the delivered place")
        if ended.code == 0 and stands is None:
            row.wrong.append(f"{what}: “done”, and no file is there")

    def recover(self, row: Row, production: Production, what: str) -> None:
        """Run again in peace: the right file must come, with nothing kept spoken again and nothing left over."""
        known = self.undisturbed(production.kind)
        kept, said = production.takes(), len(production.spoken())
        ended = production.run()
        if ended.code not in (0, 1) or production.digest() != known.digest:
            row.wrong.append(
                f"{what}: not finished afterwards: exit {ended.code}: {ended.said.strip()[-1500:]}"
            )
        again = [text for text in production.spoken()[said:] if known.keys.get(text) in kept]
        if again:
            row.wrong.append(f"{what}: spoken again although kept: {again[:3]}")
        if left := production.leftovers():
            row.wrong.append(f"{what}: left over: {[path.name for path in left[:4]]}")
        if alive := production.processes():
            row.wrong.append(f"{what}: still running: {[process.pid for process in alive]}")


Abuse = Callable[[Bench], list[Row]]

"""A disk that is full, that takes half a write, that forbids, that fails; and a real one of a megabyte."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from collections.abc import Iterator
from functools import partial

from tests.abuse.injector import CHANGES, Action, Fault, Kind
from tests.abuse.production import Production
from tests.abuse.table import Bench, Row

FAULTS = {
    "the disk is full from the n-th change on (ENOSPC)": Fault(
        Action.FAIL, CHANGES & ~Kind.NAME, error=errno.ENOSPC, lasting=True
    ),
    "one write, sync or rename fails (ENOSPC)": Fault(Action.FAIL, CHANGES, error=errno.ENOSPC),
    "only half of one write is taken": Fault(Action.TEAR, Kind.WRITE, error=errno.ENOSPC),
    "files can no longer be opened, made or renamed (EACCES)": Fault(
        Action.FAIL, Kind.OPEN | Kind.CREATE | Kind.NAME, error=errno.EACCES, lasting=True
    ),
    "one file cannot be opened (EACCES)": Fault(Action.FAIL, Kind.OPEN | Kind.CREATE, error=errno.EACCES),
    "one read fails (EIO)": Fault(Action.FAIL, Kind.READ, error=errno.EIO),
}
"""What is done, at the n-th operation of its kinds."""


def faults(bench: Bench) -> list[Row]:
    """Every fault at places spread evenly over a whole run, from an empty folder to the finished file."""
    rows = []
    for what, fault in FAULTS.items():
        row = Row(what)
        for kind in bench.both():
            bench.undisturbed(kind)
            production = bench.production(kind).create()
            counted = bench.plan(production, Fault(kinds=fault.kinds))
            production.run(counted)
            for at in _spread(bench, counted.count):
                production.create()
                struck = Fault(fault.action, fault.kinds, at, fault.error, fault.lasting)
                plan = bench.plan(production, struck)
                ended = production.run(plan)
                place = f"{kind}, operation {at} ({plan.hit})"
                bench.judge(row, production, ended, place)
                bench.recover(row, production, place)
        rows.append(row)
    return rows


def _spread(bench: Bench, operations: int) -> Iterator[int]:
    """At most `bench.most / 2` of the operations, evenly spread, others with another first seed."""
    step = max(1.0, operations / max(1, bench.most // 2))
    for number, _ in zip(range(operations), bench.seeds()):
        at = int(number * step + bench.first % step) + 1
        if at > operations:
            return
        yield at


def sizes_of_files(bench: Bench) -> list[Row]:
    """No file may grow beyond a limit (RLIMIT_FSIZE): it reaches programs such as ffmpeg too."""
    row = Row("no file may be larger than n bytes (RLIMIT_FSIZE, ffmpeg included)")
    for chance in bench.seeds():
        for kind in bench.both():
            production = bench.production(kind).create()
            limit = int(10 ** chance.uniform(2.0, 5.5))
            before = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit))
            ended = production.run(before=before)
            bench.judge(row, production, ended, f"{kind}, {limit} bytes")
            bench.recover(row, production, f"{kind}, {limit} bytes")
    return [row]


def small_disks(bench: Bench) -> list[Row]:
    """A real file system with too little room."""
    row = Row("a real file system (tmpfs) with n kB of room")
    place = bench.folder / "disk"
    place.mkdir(exist_ok=True)
    for chance in bench.seeds():
        for kind in bench.both():
            room = int(10 ** chance.uniform(1.2, 3.0)) * 1024
            done = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={room}", "tmpfs", place],
                capture_output=True,
                check=False,
            )
            if done.returncode:
                row.note = "skipped: no file system can be mounted here"
                return [row]
            try:
                bench.undisturbed(kind)
                production = Production(place / kind, kind, beside=bench.folder)
                try:
                    production.create()
                except OSError:
                    continue  # not even room for the source
                what = f"{kind}, {room // 1024} kB"
                bench.judge(row, production, production.run(), what)
                subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
                bench.recover(row, production, what)
            finally:
                os.sync()
                subprocess.run(["umount", "-l", place], check=True)
    return [row]

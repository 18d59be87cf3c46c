"""Mutation fuzzing: small files and words, changed by chance, given to whatever reads them."""

from __future__ import annotations

import random
import signal
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from normalizers import DuoyinError
from tests.abuse.inputs import Input, families
from tests.abuse.table import Bench, Row

SECONDS = 20.0
"""Processor time that no input may take."""
KEPT = Path(tempfile.gettempdir()) / "abuse-faults"
"""Where inputs are kept that broke something."""


class TooLong(BaseException):
    """An input took more than `SECONDS`; no `except Exception` may swallow that."""


def fuzz(bench: Bench) -> list[Row]:
    """Each seed of the bench is ten inputs, or more of a quick kind, of each family."""
    rows = {name: Row(f"fuzzed: {name}") for name in families()}
    slowest = dict.fromkeys(rows, 0.0)
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(bench.first, bench.first + bench.most):
            for name, (often, make) in families().items():
                if time.monotonic() > bench.until:
                    break
                chance = random.Random(f"{seed} {name}")
                for _ in range(10 * often):
                    took = _one(rows[name], chance, make, Path(scratch), f"seed {seed}")
                    slowest[name] = max(slowest[name], took)
    for name, row in rows.items():
        row.note = f"slowest {slowest[name]:.2f} CPU-s"
    return list(rows.values())


def _one(
    row: Row, chance: random.Random, make: Callable[[random.Random, Path], Input], scratch: Path, seed: str
) -> float:
    """One input; returns the processor time it took."""
    data, do = make(chance, scratch)
    row.times += 1
    began = time.process_time()
    signal.signal(signal.SIGPROF, _too_long)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        do()
        row.finished += 1
    except DuoyinError:
        row.told += 1
    except (Exception, TooLong) as error:  # noqa: BLE001 - whatever is no message is the fault looked for
        _note(row, error, data, seed)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
    return time.process_time() - began


def _note(row: Row, error: BaseException, data: bytes, seed: str) -> None:
    """Note a fault once for each place, and keep its input."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename]
    place = f"{Path(own[-1].filename).name}:{own[-1].lineno}"
    if any(place in known for known in row.wrong):
        return
    KEPT.mkdir(exist_ok=True)
    kept = (
        KEPT / f"{row.what.replace('fuzzed: ', '').split(',')[0].replace(' ', '-')}-{place.replace(':', '-')}"
    )
    kept.write_bytes(data)
    row.wrong.append(f"{seed}: {type(error).__name__} at {place}: {str(error)[:120]} ({kept})")


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TooLong(f"more than {SECONDS:g} s of processor time")

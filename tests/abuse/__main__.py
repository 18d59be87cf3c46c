"""`python -m tests.abuse`: every abuse, and its table.

Exit code 1 where something went wrong that must not; each such thing is printed.
"""

from __future__ import annotations

import argparse
import gc
import logging
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping
from pathlib import Path

from tests.abuse import (
    clocks,
    damages,
    disks,
    fuzzing,
    injector,
    kills,
    models,
    servers,
    sizes,
    stalls,
    together,
)
from tests.abuse.table import Abuse, Bench, Row, table, write_down

ABUSES: Mapping[str, Abuse] = {
    "kills": kills.kills,
    "studio": servers.kills,
    "disks": disks.faults,
    "file-sizes": disks.sizes_of_files,
    "small-disks": disks.small_disks,
    "caches": damages.caches,
    "edited": damages.edited,
    "ledgers": damages.ledgers,
    "delivered": damages.delivered,
    "half-written": damages.half_written,
    "clocks": clocks.clocks,
    "together": together.together,
    "edits": together.edits,
    "stalls": stalls.stalls,
    "models": models.wrong_bytes,
    "chapters": sizes.many_chapters,
    "paragraph": sizes.one_paragraph,
    "fuzz": fuzzing.fuzz,
}
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks" / "abuse.md"
NEED_THE_LIBRARY = ("disks", "clocks", "stalls")


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    if not injector.started():
        return injector.start_again("tests.abuse", arguments)
    if not injector.present():
        print("no C compiler here: without faults at single file operations", file=sys.stderr)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="abuse-") as folder:
        until = time.monotonic() + options.seconds
        bench = Bench(Path(folder), most=options.seeds, until=until, first=options.first)
        for kind in bench.both():
            bench.undisturbed(kind)
        gc.collect()
        gc.freeze()  # children share this memory for as long as nothing touches it
        for name in options.only or ABUSES:
            if name in NEED_THE_LIBRARY and not injector.present():
                print(f"{name}: left out")
                continue
            began = time.monotonic()
            made = ABUSES[name](bench)
            rows += made
            wrong = sum(len(row.wrong) for row in made)
            print(
                f"{name}: {sum(row.times for row in made)} times, {wrong} wrong, {time.monotonic() - began:.0f} s"
            )
            for row in made:
                for fault in row.wrong:
                    print(f"  WRONG {row.what}: {fault}")
            sys.stdout.flush()
    print(table(rows))
    if options.write is not None:
        write_down(options.write, rows)
    return int(any(row.wrong for row in rows))


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.abuse", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="times each abuse is done at most")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin nothing after so long")
    parser.add_argument("--only", action="append", choices=list(ABUSES), help="one abuse; may be repeated")
    parser.add_argument(
        "--write", type=Path, nargs="?", const=PAGE, help="put the rows into the table of a page"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

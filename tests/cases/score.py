"""Scores the product on folders of small cases.

    python -m tests.cases.score [FOLDER ...] [--class K01] [--id K01-S01] [--errors] [--fast] [--json OUT]

A folder holds `cases.jsonl` (one case a line) and `files/`; the default is all of `tests/cases/reports`, whose README
says what the cases are. Another program is scored by a `product.py` of its own beside this file. Readings are compared
with what the embedded engine really gets, not with what `say --explain` prints.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from tests.cases import books, cues, finished, heard, speakers
from tests.cases.wording import Case, Wrong

REPORTS = Path(__file__).parent / "reports"
TOPICS = tuple(sorted(file.parent for file in REPORTS.glob("*/cases.jsonl")))
"""The folders of cases."""

KINDS: dict[str, Callable[[Case, Path], Wrong]] = {
    "inspect": books.inspect,
    "readings_zh": heard.readings_zh,
    "heard_en": heard.heard_en,
    "normalize": heard.normalize,
    "cast": speakers.cast,
    "dub": cues.dub,
}
"""What is run for a case, by its `kind`; `audiobook`, which makes sound, is `finished.audiobook`."""


@dataclass(frozen=True, slots=True)
class Result:
    """A case and what it misses (`wrong`, in words; empty when it is right)."""

    id: str
    name: str
    title: str
    kind: str
    wrong: tuple[str, ...]

    @property
    def right(self) -> bool:
        return not self.wrong


def read_cases(
    folder: Path, *, classes: Collection[str] = (), ids: Collection[str] = (), fast: bool = False
) -> list[Case]:
    """The cases of a folder: of these classes and of these ids, where any are named; `fast` leaves out what makes
    sound."""
    lines = (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    cases: list[Case] = [json.loads(line) for line in lines if line.strip()]
    return [
        case
        for case in cases
        if (not classes or case["class"] in classes)
        and (not ids or case["id"] in ids)
        and not (fast and case["kind"] == "audiobook")
    ]


def score(cases: Iterable[Case], files: Path, engine: str = "kokoro") -> list[Result]:
    """Each case, run. `engine` speaks in the cases that make sound. A crash is a
    wrong answer, never the end of a run."""
    kinds: dict[str, Callable[[Case, Path], Wrong]] = {
        **KINDS,
        "audiobook": partial(finished.audiobook, engine=engine),
    }
    results = []
    for case in cases:
        try:
            wrong = kinds[case["kind"]](case, files)
        except Exception as error:  # noqa: BLE001 - whatever it is, a person would see it
            wrong = [f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"]
        results.append(Result(case["id"], case["class"], case["title"], case["kind"], tuple(wrong)))
    return results


def table(results: Sequence[Result], *, errors: bool = False) -> str:
    """One line a class; with `errors`, under it what each wrong case misses."""
    lines = []
    for name in sorted({result.name for result in results}):
        rows = [result for result in results if result.name == name]
        lines.append(f"{name:<6} {sum(row.right for row in rows):>3}/{len(rows):<3} {rows[0].title}")
        if errors:
            lines += [f"         {row.id}: {'; '.join(row.wrong)}" for row in rows if not row.right]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Scores the product on folders of small cases.")
    parser.add_argument("folders", type=Path, nargs="*", default=TOPICS, metavar="FOLDER")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write every case's result there")
    parser.add_argument("--class", dest="classes", action="append", default=[], metavar="K01")
    parser.add_argument("--id", dest="ids", action="append", default=[], metavar="K01-S01")
    parser.add_argument("--errors", action="store_true", help="print what each wrong case misses")
    parser.add_argument("--fast", action="store_true", help="leave out the cases that make sound")
    parser.add_argument("--engine", default="kokoro", help="the engine of the cases that make sound")
    parser.add_argument("--floor", type=float, metavar="PCT", help="exit 1 when fewer percent are right")
    given = parser.parse_args()
    began, results = time.monotonic(), []
    for folder in given.folders:
        cases = read_cases(folder, classes=given.classes, ids=given.ids, fast=given.fast)
        results += score(cases, folder / "files", given.engine)
    right = sum(result.right for result in results)
    percent = 100 * right / len(results) if results else 100.0
    print(table(results, errors=given.errors))
    print(f"all    {right:>3}/{len(results):<3} {percent:.1f} %  ({time.monotonic() - began:.0f} s)")
    if given.json:
        given.json.write_text(
            json.dumps([asdict(result) for result in results], ensure_ascii=False, indent=1), encoding="utf-8"
        )
    return int(given.floor is not None and percent < given.floor)


if __name__ == "__main__":
    sys.exit(main())

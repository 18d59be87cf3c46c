"""What the listener finds: python -m tests.benchmarks.bench_proof [--text FILE --language en|zh] [--seed N] [--lines N]
[--faults N] [--json OUT] [--takes FOLDER]

Takes real lines of a book in ten voices, as many again with a fault planted (see `planted.py`), and has the listener of
`flows/proof` judge them all as one production. A fault is found where the line is doubtful, whatever it is called; a good
line that is doubtful is a false alarm. The listener is not told when words are spoken, as the engine that spoke the wrong
ones knows it exactly. Without a text the repository's two example books are heard. Takes are kept in FOLDER.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flows.proof.heard import Asked, asked_words
from flows.proof.judging import Hearing, suspicious
from flows.proof.listener import Listener, Prints
from flows.proof.verdict import Outcome, Verdict
from flows.proof.voices import Floats
from tests.benchmarks.planted import Speaker, Specimen, specimens
from tts_core.registry import load_engine

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = {
    "en": REPOSITORY / "projects/example-en/book.md",
    "zh": REPOSITORY / "projects/example-zh/book.md",
}
LINES = 300


class Timed(Listener):
    """A listener that notes what it spends on each stage and what it suspects; one thing at a time."""

    def __init__(self) -> None:
        super().__init__(threads=1)
        self.first_seconds = 0.0
        self.second_seconds: dict[str, float] = {}
        self.hearings: dict[str, Hearing] = {}

    def _first(
        self, window: Sequence[Asked], prints: Prints, gaps: Mapping[str, float]
    ) -> list[tuple[Hearing, Floats | None]]:
        before = time.process_time()
        heard = super()._first(window, prints, gaps)
        self.first_seconds += time.process_time() - before
        self.hearings |= {hearing.asked.key: hearing for hearing, _ in heard}
        return heard

    def _manners(self, *given: Any) -> tuple[Prints, dict[str, float]]:
        before = time.process_time()
        manners = super()._manners(*given)
        self.first_seconds += time.process_time() - before
        return manners

    def _second(self, hearing: Hearing) -> Hearing:
        before = time.process_time()
        heard = super()._second(hearing)
        self.second_seconds[hearing.asked.key] = time.process_time() - before
        self.hearings[hearing.asked.key] = heard
        return heard


def asked(number: int, specimen: Specimen) -> Asked:
    """A specimen as the listener gets it: told what was intended, and no times."""
    take = replace(specimen.take, times=(), evidence={})
    return Asked(
        key=f"{number:04}",
        text=specimen.text,
        language=specimen.language,
        voice=specimen.intended.voice,
        words=asked_words(specimen.intended),
        reader=specimen.intended.voice,
        load=lambda: take,
        seconds=take.seconds,
        control=specimen.intended,
    )


def listened(items: Sequence[Specimen]) -> tuple[dict[str, Any], list[tuple[Specimen, Verdict, Hearing]]]:
    """What the listener finds among specimens, as figures and line by line."""
    listener = Timed()
    listener.warm_up()
    takes = [asked(number, item) for number, item in enumerate(items)]
    verdicts = {each.key: each for some in listener.listen(takes) for each in some}
    rows = [(item, verdicts[take.key], listener.hearings[take.key]) for item, take in zip(items, takes)]
    kinds = {}
    for kind in dict.fromkeys(item.fault for item in items if item.fault):
        mine = [row for row in rows if row[0].fault == kind]
        kinds[kind] = {"lines": len(mine), "found": sum(1 for row in mine if _doubtful(row[1]))}
    good = [row for row in rows if not row[0].fault]
    seconds = sum(take.seconds for take in takes)
    first = listener.first_seconds / seconds
    good_seconds = sum(row[0].take.seconds for row in good)
    second = sum(listener.second_seconds.get(row[2].asked.key, 0.0) for row in good)
    figures = {
        "kinds": kinds,
        "good_lines": len(good),
        "false_alarms": sum(1 for row in good if _doubtful(row[1])),
        "suspected_good_lines": sum(1 for row in good if _doubtful(row[1]) or suspicious(row[2])),
        "inconclusive_good_lines": sum(1 for row in good if row[1].outcome is Outcome.INCONCLUSIVE),
        "first_stage_cpu_per_second": round(first, 4),
        "cost_of_synthesis": round(
            (first * good_seconds + second) / sum(row[0].cpu_seconds for row in good), 4
        ),
        "seconds": round(seconds, 1),
    }
    return figures, rows


def _doubtful(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.DOUBTFUL


def _printed(figures: dict[str, Any], rows: Sequence[tuple[Specimen, Verdict, Hearing]]) -> str:
    lines = ["| fault | lines | found |", "|---|---|---|"]
    for kind, row in figures["kinds"].items():
        lines.append(f"| {kind} | {row['lines']} | {row['found'] / max(row['lines'], 1):.0%} |")
    good, alarms, suspects = (figures[k] for k in ("good_lines", "false_alarms", "suspected_good_lines"))
    lines += [
        f"\n{good} good lines: {suspects} heard in full, {alarms} false alarms ({alarms / max(good, 1):.1%})",
        f"first stage {figures['first_stage_cpu_per_second']:.3f} processor s a second of sound, everything "
        f"{figures['cost_of_synthesis']:.0%} of synthesis on the good lines",
    ]
    for item, verdict, _ in rows:
        if bool(item.fault) != _doubtful(verdict):
            found = ", ".join(f"{f.fault} “{f.said}” → “{f.heard}” {f.weight}" for f in verdict.findings)
            lines.append(f"  {item.fault or 'false alarm'} {item.what} | {item.text[:70]} | {found}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--text", type=Path, help="a book; default: the example books")
    parser.add_argument("--language", choices=sorted(EXAMPLES), help="of the book")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lines", type=int, default=LINES, help="good ones, and as many with a fault")
    parser.add_argument("--faults", type=int, help="lines with one; default: as many as good ones")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument(
        "--takes", type=Path, default=REPOSITORY / "build/bench_proof", help="where takes are kept"
    )
    given = parser.parse_args()
    books = {given.language or "en": given.text} if given.text else EXAMPLES
    speaker = Speaker(load_engine(), given.takes)
    told = {}
    for language, book in books.items():
        items = list(
            specimens(book, language, speaker, lines=given.lines, seed=given.seed, faults=given.faults)
        )
        random.Random(given.seed).shuffle(items)
        figures, rows = listened(items)
        told[language] = figures | {"book": book.name, "language": language, "seed": given.seed}
        print(f"\n## {book.name}, seed {given.seed}\n\n{_printed(figures, rows)}", flush=True)
    if given.json:
        only = next(iter(told.values())) if len(told) == 1 else told
        given.json.write_text(json.dumps(only, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

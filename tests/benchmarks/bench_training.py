"""Whether a voice is learned: a tiny chain on six voices of the embedded engine, tuned on a minute of a seventh.

    python -m tests.benchmarks.bench_training [--folder build/bench-training] [--parts adaptation,text,chain] [--write]

With `--learn base,fixed,…` it makes these runs (all, if none is named) and listens to nothing, on a card with `--device cuda`;
called again without it, on a machine with the listeners and the same folder, it listens to the files that they left.
Everything is kept in the folder: a run that was stopped goes on, one that is done is not made again, and more updates
(`--tuned`, `--text-chain`) extend what is there. Needs the extras `gpt-sovits` and `proof`,
resemblyzer's weights, and the shared corpus (`DUOYIN_SHARED`). Content features are a stand-in, see
`tests/benchmarks/training/speech.py`. One thread. Nothing here is a figure of a voice's quality.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from tests.benchmarks.pages import write_section
from tests.benchmarks.training.speech import BASE_VOICES, NEW_VOICE, Material, material
from tests.benchmarks.training.toys import SIZES
from tests.benchmarks.training.trials import LABELLED, OutOfTime, Scale, Trials
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE
from tts_core.gpt_sovits.training.recipe import PRECISIONS

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs/benchmarks/training.md"
HEADING = "## Learned from speech"
PARTS: dict[str, Callable[[Trials], None]] = {
    "adaptation": Trials.adaptation,
    "labels": Trials.labels,
    "text": Trials.text_recipes,
    "chain": Trials.chain,
}
ARMS = {
    "recordings": "the recordings themselves",
    "others' recordings": "recordings of the six other voices",
    "base": "base, given the same two clips as reference",
    "fixed": "tuned, `fixed`",
    "compatible": "tuned, `compatible`",
    "other voices": "control: as much of the six voices instead",
    "shuffled labels": "control: content and words of other lines",
    "rate 0": "control: a rate of 0",
    "frozen": "control: only the discriminators learn",
}
NUMBERS = [name for name, kind in Scale.__annotations__.items() if kind == "int"]
RATES = [name for name, kind in Scale.__annotations__.items() if kind == "float"]
"""Of the scale, as options."""
Table = list[str]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--folder", type=Path, default=REPOSITORY / "build/bench-training")
    asked.add_argument("--parts", default=",".join(PARTS), help=", ".join(PARTS))
    scale = Scale()
    for name in NUMBERS:
        asked.add_argument(f"--{name.replace('_', '-')}", type=int, default=getattr(scale, name), metavar="N")
    for name in RATES:
        asked.add_argument(
            f"--{name.replace('_', '-')}", type=float, default=getattr(scale, name), metavar="R"
        )
    asked.add_argument("--size", choices=SIZES, default="toy", help="of the sound stage")
    asked.add_argument(
        "--precision", choices=PRECISIONS, default=scale.precision, help="of the sound stage's products"
    )
    asked.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="learns")
    asked.add_argument(
        "--learn", nargs="?", const="", metavar="RUNS", help="make these runs, and listen to nothing"
    )
    asked.add_argument(
        "--minutes", type=float, default=math.inf, help="stop after them; the next time goes on"
    )
    asked.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.name}")
    given = vars(asked.parse_args())
    parts = [PARTS[name] for name in given["parts"].split(",") if name]
    device = torch.device(given["device"])
    torch.set_num_threads(1 if device.type == "cpu" else 4)
    scale = Scale(SIZES[given["size"]], **{name: given[name] for name in (*NUMBERS, *RATES, "precision")})
    folder = given["folder"]
    trials = Trials(material(folder, scale.size.codes), scale, folder, given["minutes"], device)
    try:
        if given["learn"] is not None:
            for name in given["learn"].split(",") if given["learn"] else trials.runs():
                trials.learn(name)
            return 0
        for part in parts:
            part(trials)
    except OutOfTime as stopped:
        print(f"stopped at {stopped}; the same command goes on there")
    text = "\n".join(tables(trials.figures, trials.material))
    print(text)
    if given["write"]:
        write_section(PAGE, HEADING, text)
    return 0


def tables(figures: Mapping[str, Any], given: Material) -> Table:
    """What was measured, in Markdown; what was not, is not in it."""
    return [
        *about(given),
        *adaptation_table(figures),
        *labels_table(figures),
        *runs_table(figures),
        *chain_table(figures),
    ]


def about(given: Material) -> Table:
    def seconds(examples: Sequence[Any]) -> float:
        return sum(len(each.said.samples) for each in examples) / SAMPLE_RATE

    return [
        f"    python -m tests.benchmarks.{Path(__file__).stem} --write",
        "",
        f"Speech of the embedded engine: {seconds(given.base):.0f} s in six voices ({', '.join(BASE_VOICES)}) for the "
        f"base, {seconds(given.new):.0f} s of {NEW_VOICE} to tune on, {len(given.new_held_out)} sentences of it "
        f"({seconds(given.new_held_out):.0f} s) that nothing learned; each sentence of a novel is spoken by one voice "
        "only. HuBERT's weights are not at hand: content features are what the encoder of whisper-base makes of the "
        f"recordings, and {len(given.content.codes)} codes are their k-means over the six voices. Errors are whisper-"
        "base's, which knows such features well; likeness is the installed speaker encoder's cosine to the "
        f"{seconds(given.new):.0f} s.",
        "",
    ]


def adaptation_table(figures: Mapping[str, Any]) -> Table:
    """Parts (e) and (f)."""
    heard = {name: figures[f"heard {name}"] for name in ARMS if f"heard {name}" in figures}
    if "base" not in heard:
        return []
    before = heard["base"]["likeness"]
    rows = [
        "| held-out sentences | updates | likeness | against the base | letters heard otherwise | mel error |"
    ]
    rows += ["|---|---|---|---|---|---|"]
    for name, found in heard.items():
        gained = ""
        if name not in ("base", "recordings", "others' recordings"):
            apart = [one - other for one, other in zip(found["likeness"], before, strict=True)]
            gained = f"{statistics.mean(apart):+.3f} ± {error_of(apart):.3f}"
        mel = f"{found['mel']:.1f}" if "mel" in found else ""
        alike = statistics.mean(found["likeness"])
        rows.append(
            f"| {ARMS[name]} | {found.get('updates', '')} | {alike:.3f} | {gained} | {percent(found['letters'])} | "
            f"{mel} |"
        )
    rows += ["", *forgetting(heard), ""]
    return rows


def labels_table(figures: Mapping[str, Any]) -> Table:
    """Right labels beside shuffled ones, of which likeness tells little."""
    if "labels" not in figures:
        return []
    rows = [
        f"| how likely the recogniser finds the right words, nats a token | {' | '.join(ARMS[name] for name in LABELLED)} | "
        "tuned against the control |",
        "|---|---|---|---|---|",
    ]
    for group, found in figures["labels"].items():
        apart = [one - other for one, other in zip(found["fixed"], found["shuffled labels"], strict=True)]
        means = " | ".join(f"{statistics.mean(found[name]):.2f}" for name in LABELLED)
        better = f"{sum(each > 0 for each in apart)} of {len(apart)} lines"
        rows.append(
            f"| {group} | {means} | {statistics.mean(apart):+.2f} ± {error_of(apart):.2f}, {better} |"
        )
    return [*rows, ""]


def forgetting(heard: Mapping[str, Any]) -> Table:
    """How the base's own voices fare."""
    told = []
    for name in ("base", "fixed", "compatible"):
        if name in heard:
            others = heard[name]["others"]
            alike = statistics.mean(value for each in others for value in each["likeness"])
            letters = [sum(each["letters"][at] for each in others) for at in (0, 1)]
            told.append(f"{ARMS[name].split(',')[0]} ({name}) {alike:.3f} and {percent(letters)}")
    return [
        f"The six voices' own held-out sentences, likeness and letters heard otherwise: {'; '.join(told)}."
    ]


def runs_table(figures: Mapping[str, Any]) -> Table:
    """The way of each run."""
    runs = {name.removeprefix("run "): run for name, run in figures.items() if name.startswith("run ")}
    if not runs:
        return []
    rows = [
        "| run | updates | held-out error before | on the way | after | CPU s |",
        "|---|---|---|---|---|---|",
    ]
    for name, run in runs.items():
        if not run["looks"]:
            continue
        way = [error for _, error in run["looks"]]
        some = ", ".join(f"{error:.2f}" for error in way[: -1 : max(1, len(way) // 4)])
        rows.append(
            f"| {name} | {run['updates']} | {run['start']:.2f} | {some} | {way[-1]:.2f} | {run['cpu_seconds']} |"
        )
    return [
        *rows,
        "",
        "Held-out error: of the sound stage 45 × L1 of log mels, of the text stage nats a token.",
        "",
    ]


def chain_table(figures: Mapping[str, Any]) -> Table:
    """Part (d)."""
    if "chain tokens" not in figures:
        return []
    tokens = figures["chain tokens"]
    rows = [
        f"Text stage: {tokens['token for token']} of {tokens['lines']} learned lines come back token for token."
    ]
    for name in ("learned", "held out"):
        if found := figures.get(f"chain {name}"):
            alike = statistics.mean(found["likeness"])
            rows += [
                "",
                f"Text to sound, {name} lines: {percent(found['letters'])} of the letters heard otherwise, ",
            ]
            rows[-1] += f"likeness {alike:.3f}. Heard: " + " / ".join(found["texts"])
    return [*rows, ""]


def percent(counted: Sequence[int]) -> str:
    return f"{100 * counted[0] / counted[1]:.0f} %"


def error_of(values: Sequence[float]) -> float:
    """Standard error of their mean."""
    return statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0


if __name__ == "__main__":
    sys.exit(main())

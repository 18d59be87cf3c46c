"""Normalizers against wetext: cases right per category and characters a CPU second, in one run.

    python tests/benchmarks/bench_normalizers.py [--peer-python PYTHON]

PYTHON is an interpreter that has `wetext` (kept out of this project's environment); without it the peer's columns
stay empty. Writes docs/benchmarks/normalizers.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from normalizers import normalize_spans, split_spans, to_pinyin  # noqa: E402
from tests.normalizers.cases import FILES, score, scorer  # noqa: E402

_PEER = """
import json, sys, time
from wetext import Normalizer
texts, lang = json.load(open(sys.argv[1])), sys.argv[2]
say = Normalizer(lang=lang, operator="tn", remove_erhua=False).normalize
say("1")
started = time.process_time()
out = []
for text in texts:
    try:
        out.append(say(text))
    except Exception as error:
        out.append("!! " + repr(error))
json.dump({"out": out, "seconds": time.process_time() - started}, open(sys.argv[3], "w"))
"""
SPEED_CHARACTERS = 200_000
"""Characters of prose the speed is measured on."""


def peer_table(shared: Path, name: str, python: str) -> tuple[dict[str, int], float]:
    """wetext's right answers per category of one normalization file, and its characters a CPU second."""
    judge = scorer(shared)
    lang = name.rpartition("_")[2]
    rows = judge.load(str(shared / "cases" / f"{name}.tsv"))
    with tempfile.TemporaryDirectory() as folder:
        given, taken = Path(folder) / "in.json", Path(folder) / "out.json"
        given.write_text(json.dumps([row[0] for row in rows]), encoding="utf-8")
        subprocess.run(
            [python, "-c", _PEER, str(given), lang, str(taken)], check=True, stdout=subprocess.DEVNULL
        )
        answer = json.loads(taken.read_text(encoding="utf-8"))
    fold = judge.fold_en if lang == "en" else judge.fold_zh
    table: dict[str, int] = {}
    for (_, expected, category, _), got in zip(rows, answer["out"], strict=True):
        right = fold(got) in [fold(one) for one in expected.split(" || ")]
        table[category] = table.get(category, 0) + right
    return table, sum(len(row[0]) for row in rows) / max(answer["seconds"], 1e-9)


def speed(work: Callable[[], object], characters: int) -> float:
    """Characters a CPU second; the first, warming call is not counted."""
    work()
    started = time.process_time()
    work()
    return characters / (time.process_time() - started)


def size(texts: list[str]) -> int:
    """Characters of all texts."""
    return sum(map(len, texts))


def prose(shared: Path, name: str) -> list[str]:
    texts = [row[0] for row in scorer(shared).load(str(shared / "cases" / name))]
    chosen: list[str] = []
    size = 0
    while size < SPEED_CHARACTERS:
        chosen += texts
        size += sum(map(len, texts))
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer-python", default="")
    arguments = parser.parse_args()
    shared = Path(os.environ.get("DUOYIN_SHARED", REPOSITORY.parent / "shared"))
    lines = [
        "# Normalizers: cases right and speed",
        "",
        "Written by `tests/benchmarks/bench_normalizers.py`; shared halves of the case files.",
        "",
    ]
    for name in FILES:
        table = score(shared, name)
        peer: dict[str, int] = {}
        rate = 0.0
        if arguments.peer_python and name.startswith("normalize"):
            peer, rate = peer_table(shared, name, arguments.peer_python)
        lines += [f"## {name}", "", "| category | cases | Duoyin % | wetext % |", "|---|---|---|---|"]
        for category, (good, total) in table.items():
            other = f"{100 * peer[category] / total:.0f}" if peer else ""
            lines.append(f"| {category} | {total} | {100 * good / total:.0f} | {other} |")
        good, total = (sum(row[i] for row in table.values()) for i in (0, 1))
        mean = sum(100 * g / t for g, t in table.values()) / len(table)
        other = f"{100 * sum(peer.values()) / total:.1f}" if peer else ""
        lines += [
            f"| **all** | {total} | **{100 * good / total:.1f}** | {other} |",
            f"| mean over categories | | {mean:.1f} | |",
            "",
        ]
        if rate:
            lines += [f"wetext: {rate:,.0f} characters a CPU second on these cases.", ""]
    dense, book = prose(shared, "normalize_en.tsv"), prose(shared, "sentences_en.tsv")
    chinese = prose(shared, "normalize_zh.tsv")
    rows = [
        (
            "normalize_spans, English cases (dense with numbers)",
            speed(lambda: [normalize_spans(t, "en") for t in dense], size(dense)),
        ),
        (
            "normalize_spans, English prose",
            speed(lambda: [normalize_spans(t, "en") for t in book], size(book)),
        ),
        (
            "normalize_spans, Chinese cases (dense with numbers)",
            speed(lambda: [normalize_spans(t, "zh") for t in chinese], size(chinese)),
        ),
        ("split_spans, English prose", speed(lambda: [split_spans(t, "en") for t in book], size(book))),
    ]
    few = chinese[:400]
    rows.append(("to_pinyin", speed(lambda: [to_pinyin(t) for t in few], size(few))))
    lines += [
        "## Speed, one core",
        "",
        "| what | characters a CPU second |",
        "|---|---|",
        *(f"| {what} | {rate:,.0f} |" for what, rate in rows),
        "",
    ]
    text = "\n".join(lines)
    print(text)
    target = REPOSITORY / "docs" / "benchmarks" / "normalizers.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

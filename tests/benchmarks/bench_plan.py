"""How long a plan takes: `python -m tests.benchmarks.bench_plan --lines 100000`, on one core.

A synthetic book, half English and half Chinese, no line twice. Three plans: the first reads every line, the
second finds every
reading made, the third finds all but the hundred lines that were edited.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from flows.making.plan import plan_lines
from flows.making.readings import Readings
from flows.script.line import Line
from normalizers import Lexicon
from tts_core.registry import DEFAULT_ENGINE, load_engine

EN = (
    "the old captain", "my sister", "a stranger", "nobody", "the doctor", "walked slowly to the door",
    "had read the letter twice", "looked at the sea", "said nothing at all", "counted the money again",
    "because it was late", "before the rain began", "although he knew better", "in the year 1842", "at half past nine",
)  # fmt: skip
ZH = (
    "老船长", "我妹妹", "一个陌生人", "没有人", "那位大夫", "慢慢走到门口", "把信看了两遍", "望着大海",
    "什么也没说", "又数了一遍钱",
    "因为天色晚了", "在下雨以前", "虽然他心里明白", "在1842年", "九点半的时候",
)  # fmt: skip


def book(lines: int) -> list[Line]:
    """Lines of a book that nobody wrote, the same each time."""
    chance = random.Random(11)
    made = []
    for i in range(lines):
        words, language, joint, end = ((EN, "en", " ", "."), (ZH, "zh", "，", "。"))[i % 2]
        text = joint.join([*chance.sample(words, 4), str(i)]) + end
        made.append(Line(f"{i:06x}", i // 200, i, 0, len(text), "narration", "narrator", text, language, 0.5))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=4_000)
    lines = book(parser.parse_args().lines)
    engine = load_engine()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "readings.sqlite"

        def plan(what: str, wanted: Sequence[Line]) -> None:
            wall, cpu = time.perf_counter(), time.process_time()
            plan_lines(
                wanted,
                {"narrator": "bm_george"},
                Lexicon.empty(),
                lambda voice: (DEFAULT_ENGINE, engine, voice),
                readings=Readings(file),
            )
            cpu = time.process_time() - cpu
            print(
                f"{what}: {cpu:.1f} s of one core, {1000 * cpu / len(wanted):.3f} ms a line, "
                f"{time.perf_counter() - wall:.1f} s of wall time, {file.stat().st_size / 1e6:.1f} MB kept"
            )

        plan("every line read", lines)
        plan("readings made", lines)
        edited = book(len(lines) + 100)[100:]
        plan("a hundred lines new", edited)


if __name__ == "__main__":
    main()

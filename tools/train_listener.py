"""Learn how the embedded engine is heard by the phoneme recognizer: `python -m tools.train_listener TAKES ...`

TAKES are folders of takes (of projects, or of `tests.benchmarks.bench_proof`): each says in its evidence what was
spoken. English ones are heard, their sounds laid beside what is heard, and the costs of every pair counted. Writes
`flows/proof/pairs.json` and prints how strange the strangest takes are by it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from flows.proof import pairs
from flows.proof.heard import SILENT_SYMBOLS
from tts_core.phoneme_recognizer import PhonemeRecognizer
from tts_core.takes import TakeStore

TONES = frozenset("↓→↗↘")
LEFT_OUT = 0.03
"""Share of the takes, the strangest, that nothing is learned from: there the recognizer failed."""
OUT = Path(pairs.__file__).with_name("pairs.json")


def heard(folders: list[Path]) -> Iterator[tuple[list[str], list[str]]]:
    """(asked, heard) of each English take, each take once."""
    recognizer, seen = PhonemeRecognizer(), set()
    for folder in folders:
        store = TakeStore(folder)
        for key in list(store.keys()):
            spoken = "".join(store.info(key).evidence.get("phonemes", ()))
            if key in seen or not spoken or TONES & set(spoken):
                continue
            seen.add(key)
            take = store.read(key)
            symbols = [each.symbol for each in recognizer.phonemes(take.samples, take.sample_rate)]
            yield [c for c in spoken if c not in SILENT_SYMBOLS], symbols


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("takes", type=Path, nargs="+")
    found = list(heard(parser.parse_args().takes))
    learned = pairs.learn(found)
    strange = [pairs.worst_stretch(learned.align(*pair)).excess for pair in found]
    kept = [pair for pair, excess in zip(found, strange) if excess <= np.quantile(strange, 1 - LEFT_OUT)]
    learned = pairs.learn(kept)
    OUT.write_text(
        json.dumps({"hama": asdict(learned)}, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )
    excess = sorted((pairs.worst_stretch(learned.align(*pair)).excess for pair in found), reverse=True)
    print(
        f"{len(found)} takes, {sum(len(pair[0]) for pair in found)} sounds; strangest: {np.round(excess[:12], 1)}"
    )


if __name__ == "__main__":
    main()

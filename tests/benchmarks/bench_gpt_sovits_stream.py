"""How soon a line is heard: the engine's stream beside the same line spoken whole, at published sizes.

    python -m tests.benchmarks.bench_gpt_sovits_stream [--write]

Random weights of published sizes, rounded to the float16 that published files hold; batch 1, one thread, CPU seconds.
Each round speaks a line whole and streams it, by turns, and the best of the rounds counts, since other programs on the
machine can only slow one down. Random weights never end a line: draws end at the predicted length, so that a line is as
long as speech would be. `--write` puts the table into docs/benchmarks/gpt-sovits.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tests.benchmarks.bench_gpt_sovits import (
    HEADS,
    LAYERS,
    PHONEMES,
    REPOSITORY,
    WIDTH,
    random_state,
    sovits_dims,
)
from tests.tts_core.gpt_sovits.tiny_home import loaded, make_home
from tts_core.engine import Prepared, Utterance
from tts_core.gpt_sovits.engine import GptSovitsEngine
from tts_core.gpt_sovits.loops.linear import Precision
from tts_core.gpt_sovits.model import lines as lines_module
from tts_core.gpt_sovits.model.sovits import SAMPLE_RATE, SPEAKER_WIDTH, Sovits
from tts_core.gpt_sovits.model.text2semantic import T2SDims, Text2Semantic
from tts_core.gpt_sovits.voice.voicing import LoadedModel
from tts_core.sound import Samples

SENTENCES = (
    "The first clock stood in the hall, and nobody had wound it for years.",
    "The second stood in the kitchen, where the cook looked after it every evening.",
    "The third was the clock of the church, and it was always a little late.",
    "When all three of them struck together, the dog went out into the garden.",
    "Nobody in the village could remember when that had happened last.",
    "But the keeper wrote it down, as he wrote down everything.",
)
LINES = {
    "one sentence": SENTENCES[0],
    "three sentences": " ".join(SENTENCES[:3]),
    "six sentences": " ".join(SENTENCES),
}
HEADING = "## First sound"


class AnySpeaker:
    """A vector where a speaker encoder would give one: what it is does not change what anything costs."""

    def embed(self, _samples: Tensor) -> Tensor:
        return torch.randn(1, SPEAKER_WIDTH, generator=torch.Generator().manual_seed(0))


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU seconds: of the whole line, to the first stretch of its stream, to the last; how long the line and its first
    stretch are; the largest difference between the two sounds anywhere, and within 5 ms of where stretches meet."""

    whole: float
    first: float
    streamed: float
    seconds: float
    first_seconds: float
    difference: float
    seams: float


def published(home: Path, version: str, precision: Precision) -> GptSovitsEngine:
    """The engine on a home of tiny models, with one of published size in the place of one of them."""
    engine = loaded(home, precision=precision, rows=8, retakes=0, threads=1)
    state = {name: tensor.half().float() for name, tensor in random_state(_shapes()).items()}
    transformer = Text2Semantic(T2SDims(WIDTH, HEADS, LAYERS, PHONEMES))
    transformer.load_state_dict(state)
    torch.manual_seed(0)
    decoder = Sovits(sovits_dims(version), version).eval().requires_grad_(False)  # type: ignore[arg-type]
    decoder.dec.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    record = engine._room.record("plain")
    engine._room._models["plain"] = LoadedModel(record, transformer.prepare(precision), decoder)
    engine._room._speaker = AnySpeaker()  # type: ignore[assignment]
    return engine


def _shapes() -> dict[str, Tensor]:
    return Text2Semantic(T2SDims(WIDTH, HEADS, LAYERS, PHONEMES)).state_dict()


def measure(engine: GptSovitsEngine, line: Prepared, rounds: int) -> Measured:
    best: Measured | None = None
    for _ in range(rounds):
        begun = time.process_time()
        (take,) = engine.speak([line])
        whole = time.process_time() - begun
        parts: list[Samples] = []
        begun, first = time.process_time(), 0.0
        for part in engine.stream(line):
            first = first or time.process_time() - begun
            parts.append(part)
        streamed = time.process_time() - begun
        off = np.abs(np.concatenate(parts) - take.samples)
        found = Measured(
            whole if best is None else min(whole, best.whole),
            first if best is None else min(first, best.first),
            streamed if best is None else min(streamed, best.streamed),
            take.seconds,
            len(parts[0]) / SAMPLE_RATE,
            float(off.max()),
            max((float(off[at - 160 : at + 160].max()) for at in _seams(parts)), default=0.0),
        )
        best = found
    assert best is not None
    return best


def _seams(parts: list[Samples]) -> Iterator[int]:
    at = 0
    for part in parts[:-1]:
        at += len(part)
        yield at


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--versions", default="v2,v2ProPlus")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    lines_module.ROOM, lines_module.ROOM_SECONDS = 1.0, 0.0
    rows: list[str] = []
    precisions: tuple[Precision, ...] = ("float32", "int8")
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder))
        for version in arguments.versions.split(","):
            for precision in precisions:
                engine = published(home, version, precision)
                list(engine.stream(engine.read(Utterance("Yes.", "en", "anna"))))  # compiles the loops
                for name, text in LINES.items():
                    found = measure(engine, engine.read(Utterance(text, "en", "anna")), arguments.rounds)
                    rows.append(
                        f"| {version}, {precision} | {name}, {found.seconds:.1f} s | {found.whole:.2f} | "
                        f"{found.first:.2f} ({found.first / found.whole:.0%}) | {found.first_seconds:.2f} s | "
                        f"{found.streamed:.2f} ({found.streamed / found.whole:.2f}×) | "
                        f"{found.difference:.0e} | {found.seams:.0e} |"
                    )
                    print(rows[-1], flush=True)
                engine.release()
    head = [
        "| model | line | whole, CPU-s | first sound, CPU-s | of that length | all of the stream | differs at most | at seams |",
        "|---|---|---|---|---|---|---|---|",
    ]
    if arguments.write:
        target = REPOSITORY / "docs" / "benchmarks" / "gpt-sovits.md"
        page = target.read_text(encoding="utf-8")
        before, _, section = page.partition(f"{HEADING}\n")
        words, _, after = section.partition("\n| model |")
        after = after.partition("\n\n")[2]
        table = "\n".join([*head, *rows])
        target.write_text(f"{before}{HEADING}\n{words}\n{table}\n\n{after}", encoding="utf-8")


if __name__ == "__main__":
    main()

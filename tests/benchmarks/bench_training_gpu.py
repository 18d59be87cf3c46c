"""A training step of published size on one card: its time and memory, and how many lines fit cards of 6 to 24 GB.

    python -m tests.benchmarks.bench_training_gpu [--write]

Some minutes. Smaller cards are made by a cap on what torch may take of this one; what a driver and a desktop hold of a
real one comes on top. Weights and lines are random: a line has 5 s of sound, 125 tokens and 60 phones. Times are wall
seconds to the end of the step on the card, the median after some steps that warm up. `--small` takes tiny models on
whatever device there is: it shows that the script works.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from tests.benchmarks.bench_training_cost import TINY, sound_learner, text_learner
from tests.benchmarks.pages import write_section
from tts_core.gpt_sovits.training.fresh import PUBLISHED
from tts_core.gpt_sovits.training.recipe import Precision
from tts_core.gpt_sovits.training.sound_batch import SoundLine, sound_batch
from tts_core.gpt_sovits.training.sound_learner import SoundSettings
from tts_core.gpt_sovits.training.text_batch import TextLine, text_batch
from tts_core.gpt_sovits.training.text_learner import TextSettings
from tts_core.gpt_sovits.training.weights import CPU

PAGE = Path(__file__).resolve().parents[2] / "docs/benchmarks/training.md"
HEADING = "## On a card"
SECONDS, PHONES = 5, 60  # of a line
FRAMES, TOKENS, HOP = 50 * SECONDS, 25 * SECONDS, 640
CARDS = (6, 8, 12, 24)  # GB
TIMED_ON = 12  # GB
BATCH = 8  # lines of the steps that are timed: about what both stages take by default
WARM, TIMED = 2, 8  # steps
MOST_LINES = 256  # looked for
GB = 10**9


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that learns.

    Args:
        step: on so many lines; forget: drop what a step that failed has left behind.
    """

    step: Callable[[int], object]
    forget: Callable[[], None]


def text_stage(device: torch.device, precision: Precision, small: bool) -> Stage:
    learner = text_learner(
        "tiny" if small else "published", TextSettings("fixed", precision=precision), device
    )
    line = TextLine(torch.randint(1, 700, (PHONES,)), torch.randint(0, 1024, (TOKENS,)))

    def step(lines: int) -> None:
        learner.gather(text_batch([line] * lines).to(device))
        learner.step()

    return Stage(step, lambda: learner.optimizer.zero_grad(set_to_none=True))


def sound_stage(device: torch.device, precision: Precision, small: bool) -> Stage:
    learner = sound_learner(TINY if small else PUBLISHED, SoundSettings("fixed", precision=precision), device)
    line = SoundLine(
        0.1 * torch.randn(HOP * FRAMES), torch.randn(768, FRAMES), torch.randint(1, 700, (PHONES,))
    )
    return Stage(
        lambda lines: learner.learn(sound_batch([line] * lines, device), 1), learner.forget_gradients
    )


STAGES: dict[str, Callable[[torch.device, Precision, bool], Stage]] = {
    "text": text_stage,
    "sound": sound_stage,
}


@contextmanager
def card_of(gigabytes: float, device: torch.device) -> Iterator[None]:
    """Let torch have no more than so much of this card."""
    if device.type != "cuda":
        yield
        return
    torch.cuda.empty_cache()
    whole = torch.cuda.get_device_properties(device).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, gigabytes * GB / whole), device)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)


def timed(stage: Stage, lines: int, device: torch.device, steps: int) -> tuple[float, float]:
    """Seconds of a step, and GB that torch held at most."""
    seconds = []
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    for number in range(WARM + steps):
        began = time.perf_counter()
        stage.step(lines)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        if number >= WARM:
            seconds.append(time.perf_counter() - began)
    held = torch.cuda.max_memory_reserved(device) / GB if device.type == "cuda" else 0.0
    return statistics.median(seconds), held


def fits(stage: Stage, lines: int) -> bool:
    """Whether a step on so many lines finds memory."""
    try:
        stage.step(lines)
    except torch.OutOfMemoryError:
        return False
    finally:
        stage.forget()
        torch.cuda.empty_cache()
    return True


def most_lines(stage: Stage, most: int = MOST_LINES) -> int:
    """The largest batch that fits, 0 if none does; looked for by halves, to an eighth."""
    low, high = 0, 1
    while high <= most and fits(stage, high):
        low, high = high, 2 * high
    if high > most:
        return low
    while high - low > max(1, low // 8):
        middle = (low + high) // 2
        if fits(stage, middle):
            low = middle
        else:
            high = middle
    return low


def measured(device: torch.device, small: bool) -> list[str]:
    """The table, row by row."""
    precisions: tuple[Precision, ...] = ("float32",) if small else ("float32", "bfloat16")
    lines = 1 if small else BATCH
    rows = [
        f"| stage | precision | a step of {lines} lines under {TIMED_ON} GB | sound learned a second | memory | "
        + " | ".join(f"lines in {card} GB" for card in CARDS)
        + " |",
        "|---" * (5 + len(CARDS)) + "|",
    ]
    for stage, made in STAGES.items():
        for precision in precisions:
            with card_of(TIMED_ON, device):
                learning = made(device, precision, small)
                seconds, held = timed(learning, lines, device, 1 if small else TIMED)
            room = []
            for card in CARDS if device.type == "cuda" else ():
                with card_of(card, device):
                    room.append(str(most_lines(learning)))
            del learning  # the next one has the card to itself
            row = [
                stage,
                precision,
                f"{1e3 * seconds:.0f} ms",
                f"{lines * SECONDS / seconds:.0f} s",
                f"{held:.1f} GB",
            ]
            rows.append("| " + " | ".join([*row, *(room or [""] * len(CARDS))]) + " |")
            print(rows[-1], flush=True)
    return rows


def write(rows: list[str], name: str) -> None:
    """Put the table in the place of the one before."""
    about = f"{name}, torch {torch.__version__}, published sizes of v2; weights and lines are random, a line is {SECONDS} s."
    command = f"    python -m tests.benchmarks.{Path(__file__).stem} --write"
    write_section(PAGE, HEADING, "\n".join([command, "", about, "", *rows]))


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--small", action="store_true")
    asked.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    given = asked.parse_args()
    there = torch.cuda.is_available()
    if not there and not given.small:
        print("no GPU here: nothing was measured")
        return 0
    torch.manual_seed(0)
    device = torch.device("cuda", torch.cuda.current_device()) if there else CPU
    rows = measured(device, given.small)
    name = torch.cuda.get_device_name(device) if there else "CPU, tiny sizes"
    print(name, *rows, sep="\n")
    if given.write and there:
        write(rows, name)
    return 0


if __name__ == "__main__":
    sys.exit(main())

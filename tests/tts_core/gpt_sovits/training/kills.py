"""Training killed with -9 at random moments, again and again: it ends with the bits of a run that nobody disturbed.

    python -m tests.tts_core.gpt_sovits.training.kills --kills 100

A moment may be in the middle of an update, of a file, or between the two. One thread.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tests.tts_core.gpt_sovits.training.test_run import same, text_course
from tests.tts_core.gpt_sovits.training.tiny_sound import recordings, tiny_learner
from tts_core.gpt_sovits.files.archive import read_archive
from tts_core.gpt_sovits.training.courses import SoundCourse
from tts_core.gpt_sovits.training.run import KEPT_FOLDER, STATE_FILE, Course, Plan, read_record, train
from tts_core.gpt_sovits.training.sound_learner import SoundSettings


@dataclass(frozen=True)
class Stage:
    """A course, its plan, and how it is made anew by each process."""

    name: str
    make: Callable[[], Course]
    plan: Plan


def sound_course() -> Course:
    lines = recordings(3)
    return SoundCourse(
        tiny_learner("v2", SoundSettings("fixed", warm_up=2)), lines[:2], lines[2:], {}, frames=200
    )


STAGES = {
    "text, fixed": Stage("text, fixed", lambda: text_course("fixed"), Plan(12, 4, 2, 3)),
    "text, compatible": Stage("text, compatible", lambda: text_course("compatible"), Plan(12, 4, 2, 3)),
    "sound, fixed": Stage("sound, fixed", sound_course, Plan(3, 4, 1, 2)),
}


def disturbed(stage: Stage, kills: int, folder: Path, seed: int) -> int:
    """Kill a stage's run `kills` times over as many runs as that takes; returns the number of runs.

    Raises:
        AssertionError: one ended with other bits than the run that nobody disturbed.
    """
    torch.set_num_threads(1)
    began = time.monotonic()
    train(stage.make(), stage.plan, folder / "whole", "r1")
    whole = time.monotonic() - began
    moments = random.Random(seed)
    runs = done = 0
    while done < kills:
        runs += 1
        place = folder / f"run-{runs}"
        while done < kills and not killed_or_ended(stage, place, moments.uniform(0.0, whole)):
            done += 1
        train(stage.make(), stage.plan, place, "r1")
        assert same(content(place), content(folder / "whole")), f"{stage.name}: other bits in run {runs}"
        assert read_record(place) == read_record(folder / "whole")
        assert kept(place) == kept(folder / "whole")
    return runs


def killed_or_ended(stage: Stage, place: Path, after: float) -> bool:
    """Train in a process of its own that is killed `after` so many seconds; whether it ended before that."""
    child = os.fork()
    if not child:
        try:
            train(stage.make(), stage.plan, place, "r1")
        finally:
            os._exit(0)
    deadline = time.monotonic() + after
    while time.monotonic() < deadline:
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return not os.WIFSIGNALED(status)


def content(place: Path) -> dict[str, Any]:
    course: dict[str, Any] = read_archive(place / STATE_FILE).content["course"]
    return course


def kept(place: Path) -> list[str]:
    return sorted(path.name for path in (place / KEPT_FOLDER).iterdir() if not path.name.startswith("."))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=100, help="of all stages together")
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--stage", action="append", choices=STAGES, help="only this one; may be given again")
    given = asked.parse_args()
    stages = [STAGES[name] for name in given.stage or STAGES]
    share = -(-given.kills // len(stages))
    for stage in stages:
        with tempfile.TemporaryDirectory() as folder:
            runs = disturbed(stage, share, Path(folder), given.seed)
        print(f"{stage.name}: {share} kills in {runs} runs, all bit-equal", flush=True)


if __name__ == "__main__":
    main()

"""The benchmark of both designs: what it counts as a failure, and the table it prints."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import pytest
import torch

from tests.benchmarks.bench_tacotron import RECORDINGS, failures, first, table
from tests.benchmarks.training.speech import Said

LINE = "the old clock on the wall had stopped at nine"


@pytest.mark.parametrize(
    ("heard", "skipped", "repeated"),
    [
        ("The old clock on the wall had stopped at nine.", False, False),
        ("the old cloak on a wall had stopped at nine", False, False),
        ("the old clock had stopped at nine", True, False),
        ("the old clock on the", True, False),
        ("", True, False),
        ("the old clock on the wall had had stopped at nine", False, True),
        ("the old clock the old clock on the wall had stopped at nine", False, True),
        ("the old clock on the very wall had stopped at nine", False, False),
    ],
)
def test_a_skip_is_two_words_of_which_nothing_is_heard_and_a_repeat_what_is_heard_twice(
    heard: str, skipped: bool, repeated: bool
) -> None:
    assert failures(LINE, heard) == (skipped, repeated)


def test_the_table_has_what_was_measured_and_nothing_else() -> None:
    told: dict[str, Any] = {
        "words": [3, 10], "likeness": [0.5, 0.7], "cpu a second": 0.25, "skips": 1, "repeats": 0, "unended": 2, "lines": 4,
    }  # fmt: skip
    run = {"updates": 8, "cpu_seconds": 9, "start": 5.0, "looks": [[4, 4.0], [8, 3.5]]}
    figures = {
        RECORDINGS: {**told, "cpu a second": 0.0},
        "heard tacotron2 1 min": told,
        "run tacotron2 1 min": run,
        "heard gpt-sovits 10 min": told,
        "run gpt-sovits 10 min text": run,
        "run gpt-sovits 10 min sound": run,
    }
    given = argparse.Namespace(
        minutes="1,10",
        lines=4,
        size="small",
        updates=8,
        frames=900,
        text_updates=8,
        sound_updates=8,
        vocoder=None,
    )
    text = "\n".join(table(figures, [1.0, 10.0], given))
    assert "|  | the voice itself |  |  |  | 30 % | 0.600 |  | 25 | 0 | 50 |" in text
    assert "| 1 min | tacotron2 | 8 | 9 | 5.00 → 3.50 | 30 % | 0.600 | 0.25 | 25 | 0 | 50 |" in text
    assert (
        "| 10 min | gpt-sovits | text 8, sound 8 | text 9, sound 9 | text 5.00 → 3.50, sound 5.00 → 3.50 |"
        in text
    )
    assert "10 min | tacotron2" not in text and "Griffin" not in text


def test_the_first_sentences_that_make_the_seconds_are_learned() -> None:

    said = [Said("v", str(number), np.zeros(32_000, np.float32), torch.zeros(0)) for number in range(5)]
    assert [each.text for each in first(said, 2.5)] == ["0", "1", "2"]
    assert first(said, 2.0) == said[:2]

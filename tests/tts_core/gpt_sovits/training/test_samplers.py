"""Which lines are trained on, and in which company."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tts_core.gpt_sovits.training.recorded import names, recorded
from tts_core.gpt_sovits.training.samplers import (
    repetitions,
    sound_batches,
    sound_buckets,
    text_batch_size,
    text_buckets,
    text_order,
    token_batches,
    trainable,
)

PREPARED = names("data_prep*", "data_prep")


@pytest.mark.parametrize("name", PREPARED)
def test_parity_train_order_of_the_text_stage(shared: Path, name: str) -> None:
    told = recorded(shared, name).notes["s1_sampler"]
    for case in told["cases"]:
        assert text_buckets(told["seconds"]) == case["buckets"]
        for epoch, order in case["epochs"].items():
            assert text_order(told["seconds"], case["batch_size"], int(epoch), seed=told["seed"]) == order


@pytest.mark.parametrize("name", PREPARED)
def test_parity_train_batches_of_the_sound_stage(shared: Path, name: str) -> None:
    told = recorded(shared, name).notes["s2_sampler"]
    for case in told["cases"]:
        buckets = sound_buckets(told["lengths"], told["boundaries"])
        assert [list(bucket) for bucket in buckets.lines] == case["buckets"]
        assert list(buckets.edges) == case["boundaries_left"]
        for epoch, batches in case["epochs"].items():
            made = sound_batches(buckets, case["batch_size"], int(epoch))
            assert made == batches
            assert sum(len(batch) for batch in made) == case["num_samples"]


@pytest.mark.parametrize("name", PREPARED)
def test_parity_train_lines_left_out(shared: Path, name: str) -> None:
    told = recorded(shared, name).notes["s1_filter"]
    kept = [not trainable(phones, tokens, told["max_sec"]) for phones, tokens in told["phones_tokens"]]
    assert kept == told["kept"]
    assert sum(kept) * repetitions(sum(kept)) == told["len_after_repeat"]


def test_a_line_left_out_is_told_with_its_number() -> None:
    assert trainable(8, 100) == "2.0 phones a second; speech has 3 to 25"
    assert trainable(300, 1351) == "54.0 s long; at most 54 s"
    assert trainable(0, 10) == "no text"
    assert trainable(10, 0) == "no sound"


def test_no_more_than_a_quarter_of_the_lines_at_once() -> None:
    assert [text_batch_size(24, lines) for lines in (3, 8, 96, 1000)] == [1, 2, 24, 24]


def test_sounds_too_short_or_too_long_are_told() -> None:
    assert sound_buckets([32, 33, 1900, 1901]).left_out == (0, 3)


@given(st.lists(st.integers(1, 900), min_size=1, max_size=60), st.integers(200, 3000), st.integers(0, 2**31))
def test_batches_by_memory_hold_every_line_once_and_stay_within_bounds(
    sizes: list[int], most: int, seed: int
) -> None:
    batches = token_batches(sizes, most, random.Random(seed))
    assert sorted(line for batch in batches for line in batch) == list(range(len(sizes)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(sizes[line] for line in batch) <= most

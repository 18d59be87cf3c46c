"""A chapter is measured once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from flows.mastering import measured
from flows.mastering.ffmpeg import Cancelled
from flows.mastering.loudness import Levels, measure
from flows.mastering.measured import SUFFIX, chapter_levels
from flows.mastering.stitch import ChapterSound, blocks
from tests.flows.mastering.sounds import babble, chapter
from tts_core.description import TextCode
from tts_core.sound import Samples


@pytest.fixture
def sound(tmp_path: Path) -> ChapterSound:
    return chapter(tmp_path, "One", [babble(3.0), babble(2.0, seed=1)])


@pytest.fixture
def measurings(monkeypatch: pytest.MonkeyPatch) -> list[Levels]:
    """What was measured, and not found."""
    done: list[Levels] = []

    def noted(blocks: Iterable[Samples], sample_rate: int) -> Levels:
        done.append(measure(blocks, sample_rate))
        return done[-1]

    monkeypatch.setattr(measured, "measure", noted)
    return done


def same(one: Levels, other: Levels) -> bool:
    fields = Levels.__slots__
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in fields)


def test_what_is_found_again_is_what_was_measured_to_the_last_bit(
    sound: ChapterSound, measurings: list[Levels]
) -> None:
    first, again = chapter_levels(sound), chapter_levels(sound)
    assert len(measurings) == 1
    assert same(first, again) and same(again, measure(blocks(sound), sound.sample_rate))
    assert again.weighted.dtype == np.float64 and isinstance(again.samples, int)


def flipped(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(record.read_bytes())
    data[len(data) // 2] ^= 1
    record.write_bytes(data)


def emptied(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record.write_bytes(b"{}")


def another_meter(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "CODE", TextCode(("flows.mastering.limiter",)))


@pytest.mark.parametrize("change", [flipped, emptied, another_meter])
def test_a_damaged_record_or_another_meter_measures_anew(
    sound: ChapterSound,
    measurings: list[Levels],
    change: Callable[[Path, pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = chapter_levels(sound)
    change(sound.path.with_suffix(SUFFIX), monkeypatch)
    assert same(chapter_levels(sound), first) and len(measurings) == 2
    assert same(chapter_levels(sound), first) and len(measurings) == 2


def test_measuring_can_be_stopped(sound: ChapterSound) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        chapter_levels(sound, stop)
    assert not sound.path.with_suffix(SUFFIX).exists()

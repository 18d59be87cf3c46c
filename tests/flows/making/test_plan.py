"""The plan: one take a line, each once, in batches; and a forecast that holds."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flows.making.plan import (
    LEAST_BATCH_SECONDS,
    Batch,
    PlannedLine,
    batches,
    choices,
    forecast,
    guess_seconds,
    other_take,
    plan_lines,
)
from flows.script.line import Line
from flows.workspace.ledger import Why
from normalizers import Lexicon
from tests.engines import ToneEngine
from tts_core.engine import Engine
from tts_core.sleeping import SleepingEngine
from tts_core.takes import FolderTakes, Keys

ENGINE = ToneEngine()
VOICES = {"narrator": "low", "Ann": "high", "unknown": "middle"}


def of_voice(voice: str) -> tuple[str, Engine, str]:
    return "tone", ENGINE, voice


def a_line(number: int, text: str, **values: Any) -> Line:
    line = Line(f"id{number}", 0, number, 0, len(text), "narration", "narrator", text, "en", 0.5)
    return replace(line, **values)


def plan(*lines: Line, speed: float = 1.0) -> list[PlannedLine]:
    return plan_lines(lines, VOICES, Lexicon.empty(), of_voice, speed=speed)


def test_numbers_are_spoken_as_words() -> None:
    (item,) = plan(a_line(0, "He paid $5."))
    assert item.utterance is not None
    assert item.utterance.text == "He paid five dollars."


def test_a_line_of_marks_alone_has_no_take() -> None:
    (item,) = plan(a_line(0, "* * *"))
    assert (item.key, item.utterance) == ("", None)


def test_a_voice_by_line_by_speaker_or_the_neutral_one() -> None:
    items = plan(
        a_line(0, "One word."),
        a_line(1, "Two.", speaker="Ann"),
        a_line(2, "Three.", speaker="Stranger"),
        a_line(3, "Four.", voice="高"),
    )
    assert [item.voice for item in items] == ["low", "high", "middle", "高"]


def test_the_same_words_in_the_same_voice_are_one_take(tmp_path: Path) -> None:
    items = plan(a_line(0, "Yes."), a_line(1, "No."), a_line(2, "Yes."), a_line(3, "Yes.", speaker="Ann"))
    assert items[0].key == items[2].key != items[3].key
    (batch,) = batches(items, FolderTakes(tmp_path))
    assert [job.prepared.text for job in batch.jobs] == ["Yes.", "No.", "Yes."]
    assert batch.uses[items[0].key] == (("id0", "low"), ("id2", "low"))


def test_a_line_of_a_plan_and_its_batch_takes_little_memory(tmp_path: Path) -> None:
    """A book of a hundred thousand lines is planned as a whole: a thousand bytes a line are a hundred megabytes."""
    engine = SleepingEngine()
    texts = [f"This is line {number} of a long book." for number in range(500)]
    lines = [a_line(number, text) for number, text in enumerate(texts)]

    def planned(some: list[Line]) -> tuple[list[PlannedLine], list[Batch]]:
        made = plan_lines(some, VOICES, Lexicon.empty(), lambda voice: ("sleep", engine, voice))
        return made, batches(made, FolderTakes(tmp_path))

    planned(lines[:2])  # what is read and kept the first time only is no part of a line
    tracemalloc.start()
    try:
        kept = planned(lines)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(len(batch.lines) for batch in kept[1]) == len(lines)
    assert held < 1_000 * len(lines)


def test_takes_that_are_there_are_not_planned_again(tmp_path: Path) -> None:
    items = plan(a_line(0, "One."), a_line(1, "Two."))
    store = FolderTakes(tmp_path)
    assert items[0].prepared is not None
    store.write(items[0].key, next(iter(ENGINE.speak([items[0].prepared]))))
    (batch,) = batches(items, store)
    assert [job.prepared.text for job in batch.jobs] == ["Two."]


def test_batches_keep_reading_order_and_their_length(tmp_path: Path) -> None:
    items = plan(*(a_line(i, f"This is line number {i} of a very long book.") for i in range(200)))
    made = batches(items, FolderTakes(tmp_path), seconds=lambda _: 60)
    assert [job.key for batch in made for job in batch.jobs] == [item.key for item in items]
    assert len(made) > 5
    assert all(60 <= batch.seconds < 70 for batch in made[:-1])


def test_the_last_batches_of_several_workers_are_shorter(tmp_path: Path) -> None:
    items = plan(*(a_line(i, f"This is line number {i} of a very long book.") for i in range(400)))
    made = batches(items, FolderTakes(tmp_path), seconds=lambda _: 150, workers=lambda _: 2)
    assert [job.key for batch in made for job in batch.jobs] == [item.key for item in items]
    lengths = [batch.seconds for batch in made]
    assert max(lengths) < 155 and min(lengths[:-1]) >= LEAST_BATCH_SECONDS
    assert lengths[-1] < LEAST_BATCH_SECONDS + 5
    assert sum(lengths[-2:]) < 0.1 * sum(lengths), "no worker waits long for the other"


@pytest.mark.parametrize(
    ("lines", "workers", "sizes"),
    [
        (20, 1, [20]),
        (100, 1, [50, 50]),
        (130, 1, [43, 43, 44]),
        (
            300,
            4,
            [37, 38, 37, 38, 37, 38, 37, 38],
        ),  # five would do, and leave three of four workers idle at the end
        (70, 8, [35, 35]),  # eight would be too short to fill the rows
    ],
)
def test_batches_of_an_engine_that_speaks_many_lines_at_once_are_equal(
    tmp_path: Path, lines: int, workers: int, sizes: list[int]
) -> None:
    items = plan(*(a_line(i, f"This is line number {i}.") for i in range(lines)))
    made = batches(items, FolderTakes(tmp_path), window=lambda _: 64, workers=lambda _: workers)
    assert [len(batch.jobs) for batch in made] == sizes
    assert [job.key for batch in made for job in batch.jobs] == [item.key for item in items]
    assert [batch.number for batch in made] == list(range(len(made)))


def test_speed_of_project_and_line_multiply() -> None:
    items = plan(a_line(0, "One.", speed=1.1), a_line(1, "Two."), speed=0.9)
    assert [item.utterance.speed for item in items if item.utterance] == [0.99, 0.9]


def test_the_forecast_is_what_comes_out(tmp_path: Path) -> None:
    items = plan(*(a_line(i, f"Sentence {'very ' * (i % 7)}number {i}.") for i in range(100)))
    told = forecast(items, FolderTakes(tmp_path), of_voice, workers=2, cpu_per_second=0.4)
    audio = sum(take.seconds for take in ENGINE.speak([item.prepared for item in items if item.prepared]))
    assert abs(told.to_speak_seconds - audio) < 0.1 * audio
    assert told.audio_seconds == told.to_speak_seconds + 100 * 0.5
    assert told.wall_seconds == pytest.approx(told.to_speak_seconds * 0.4 / 2)
    assert told.wall_seconds is not None
    more = forecast(
        items, FolderTakes(tmp_path), of_voice, workers=2, cpu_per_second=0.4, after_per_second=0.1
    )
    assert more.wall_seconds == pytest.approx(told.wall_seconds + told.to_speak_seconds * 0.1)
    first = items[0].utterance
    assert first is not None and guess_seconds(first) > 0


def test_a_chosen_take_is_planned_and_the_first_keeps_its_key() -> None:
    (first,) = plan(a_line(0, "One."))
    one, three = plan(a_line(0, "One.", take=1), a_line(0, "One.", take=3))
    assert (first.key, first.take) == (one.key, one.take)
    assert three.take == 3 and three.key != first.key
    assert three.prepared == ENGINE.retake(first.prepared, 3)  # type: ignore[arg-type]
    assert other_take(first, 3, ENGINE, Keys()) == replace(three, line=first.line)


def test_a_take_that_the_engine_does_not_have_is_told_and_the_first_is_used() -> None:
    (first,) = plan(a_line(0, "One."))
    (lost,) = plan(a_line(0, "One.", take=77))
    assert lost.key == first.key and "tone has no take 77 of it" in lost.notes[0]
    assert other_take(first, 77, ENGINE, Keys()) is None
    (silent,) = plan(a_line(0, "* * *"))
    assert other_take(silent, 2, ENGINE, Keys()) is None


def test_the_ledger_hears_which_takes_a_person_chose() -> None:
    told = choices(plan(a_line(0, "One."), a_line(1, "Two.", take=2), a_line(2, "* * *")))
    assert [(c.line, c.take, c.why) for c in told] == [("id0", 1, Why.PLANNED), ("id1", 2, Why.CHOSEN)]

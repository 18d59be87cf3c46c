"""The checkpoint is chosen by what is heard, never by its age."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from tts_core.gpt_sovits.training.base import Base
from tts_core.gpt_sovits.training.choosing import Audition, Candidate, candidates, chosen
from tts_core.gpt_sovits.training.run import Kept, RunRecord

BASE = cast(Base, SimpleNamespace(folder=Path("base"), fresh=False))


def heard(update: int, error: float | None, likeness: float | None) -> Audition[Candidate]:
    return Audition(Candidate(Path("t"), Path("s"), update, update), error, likeness, ())


def record(*updates: int) -> RunRecord:
    return RunRecord(
        "r", 9, kept=[Kept(f"{at:06d}.pth", at, float(place)) for place, at in enumerate(updates)]
    )


def test_what_is_understood_wins_and_among_equals_what_is_alike() -> None:
    best = heard(2, 0.05, 0.70)
    assert chosen([heard(0, 0.0, 0.99), heard(1, 0.04, 0.60), best, heard(3, 0.30, 0.90)]) is best


def test_where_nobody_listens_likeness_decides_and_else_the_held_out_error() -> None:
    best = heard(2, None, 0.70)
    assert chosen([heard(0, None, 0.9), heard(1, None, 0.6), best]) is best
    first = heard(4, None, None)
    assert chosen([heard(0, None, None), first, heard(2, None, None)]) is first


def test_base_and_all_kept_checkpoints_are_heard() -> None:
    folders: Any = {"text": Path("text"), "sound": Path("sound")}
    found = candidates(BASE, {"text": record(5, 3), "sound": record(8, 2)}, folders)
    pairs = [(each.text_update, each.sound_update) for each in found]
    assert pairs == [(0, 0), (5, 8), (5, 2), (3, 8)]
    assert found[1].sound == Path("sound/kept/000008.pth")


def test_without_a_base_texts_are_heard_with_the_codes_they_learned() -> None:
    nothing = cast(Base, SimpleNamespace(folder=Path(), fresh=True))
    folders: Any = {"text": Path("text"), "sound": Path("sound")}
    found = candidates(nothing, {"text": record(5, 3), "sound": record(8, 2)}, folders)
    assert [(each.text_update, each.sound_update) for each in found] == [(5, 8), (3, 8)]


def test_a_stage_that_was_not_trained_is_the_bases() -> None:
    found = candidates(BASE, {"sound": record(8)}, cast(Any, {"sound": Path("sound")}))
    assert [(each.text_update, each.sound_update) for each in found] == [(0, 0), (0, 8)]
    assert found[1].text == Path("base/t2s.safetensors")

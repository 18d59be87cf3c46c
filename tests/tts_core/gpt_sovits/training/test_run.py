"""A run makes its planned updates and no others, whole or not at all, however often it is killed."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from normalizers import DuoyinError
from tests.tts_core.gpt_sovits.tiny import gpt_config, gpt_weights
from tests.tts_core.gpt_sovits.training.tiny_sound import recordings, tiny_learner
from tts_core.gpt_sovits.files.checkpoints import Checkpoint, read_checkpoint
from tts_core.gpt_sovits.model.text2semantic import load_text2semantic
from tts_core.gpt_sovits.training import run as running
from tts_core.gpt_sovits.training.courses import SoundCourse, TextCourse, split_off
from tts_core.gpt_sovits.training.ranks import ALONE, Ranks
from tts_core.gpt_sovits.training.recipe import Recipe
from tts_core.gpt_sovits.training.run import (
    Course,
    Plan,
    Progress,
    Update,
    divided,
    read_record,
    run_id,
    train,
)
from tts_core.gpt_sovits.training.sound_batch import sound_batch
from tts_core.gpt_sovits.training.sound_learner import SoundSettings
from tts_core.gpt_sovits.training.text_batch import TextLine
from tts_core.gpt_sovits.training.text_learner import TextLearner, TextSettings
from tts_core.gpt_sovits.training.weights import CPU

RECIPES: tuple[Recipe, ...] = ("compatible", "fixed")
PLAN = Plan(updates=9, seed=4, save_every=3, examine_every=2)


def text_course(
    recipe: Recipe = "fixed", device: torch.device = CPU, ranks: Ranks = ALONE, **settings: Any
) -> TextCourse:
    source = torch.Generator().manual_seed(2)
    lines = [
        TextLine(
            torch.randint(1, 300, (6 + at,), generator=source),
            torch.randint(0, 1024, (10 + 3 * at,), generator=source),
        )
        for at in range(8)
    ]
    checkpoint = Checkpoint("t2s", gpt_weights(), gpt_config(), "", "0" * 64, "tiny")
    model = load_text2semantic(checkpoint).to(device)
    learner = TextLearner(model, TextSettings(recipe, warm_up=3), ranks=ranks)
    return TextCourse(learner, lines[:6], lines[6:], gpt_config(), positions=60, batch=2, **settings)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    return bool(one == other)


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("recipe", RECIPES)
def test_killed_between_updates_it_ends_with_the_same_bits(tmp_path: Path, recipe: Recipe) -> None:
    whole = text_course(recipe)
    train(whole, PLAN, tmp_path / "whole", "r1")
    moments = random.Random(7)
    for attempt in range(2):
        folder = tmp_path / f"killed-{attempt}"
        at = sorted(moments.sample(range(1, PLAN.updates), 2))

        def kill(progress: Progress, at: list[int] = at) -> None:
            if at and progress.done == at[0]:
                at.pop(0)
                raise Killed

        for _ in range(2):
            with pytest.raises(Killed):
                train(text_course(recipe), PLAN, folder, "r1", told=kill)
        again = text_course(recipe)
        record = train(again, PLAN, folder, "r1", told=kill)
        assert record.ended == "all 9 updates made"
        assert same(again.state(), whole.state())
        assert read_record(folder) == read_record(tmp_path / "whole")
        for kept in record.kept:
            made, wanted = (
                read_checkpoint(base / "kept" / kept.file) for base in (folder, tmp_path / "whole")
            )
            assert same(made.weights, wanted.weights)


@pytest.mark.parametrize("place", ["learn", "examine", "export", "state"])
def test_killed_inside_an_update_or_while_files_are_written(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = text_course()
    train(whole, PLAN, tmp_path / "whole", "r1")
    for call in (1, 3):
        folder, course, calls = tmp_path / f"{place}-{call}", text_course(), [0]
        ours = getattr(course, place)

        def killed(*given: Any, ours: Any = ours, call: int = call, calls: list[int] = calls) -> Any:
            calls[0] += 1
            made = ours(*given)
            if calls[0] == call:
                raise Killed
            return made

        monkeypatch.setattr(course, place, killed)
        with pytest.raises(Killed):
            train(course, PLAN, folder, "r1")
        again = text_course()
        train(again, PLAN, folder, "r1")
        assert same(again.state(), whole.state())
        assert sorted(path.name for path in (folder / "kept").iterdir()) == sorted(
            kept.file for kept in read_record(folder).kept
        )


@pytest.mark.parametrize(
    ("recipe", "kind"),
    [
        ("fixed", "v2"),
        pytest.param("compatible", "v2", marks=pytest.mark.slow),
        pytest.param("fixed", "v2Pro", marks=pytest.mark.slow),
    ],
)
def test_the_sound_stage_resumes_too(tmp_path: Path, recipe: Recipe, kind: Any) -> None:
    def course() -> SoundCourse:
        lines = recordings(3, speaker=kind == "v2Pro")
        learner = tiny_learner(kind, SoundSettings(recipe, warm_up=2))
        return SoundCourse(learner, lines[:2], lines[2:], {"model": {"version": kind}}, batch=2, frames=200)

    plan = Plan(updates=3, save_every=1, examine_every=3)
    whole = course()
    train(whole, plan, tmp_path / "whole", "r1")

    def kill(progress: Progress) -> None:
        if progress.done == 1:
            raise Killed

    with pytest.raises(Killed):
        train(course(), plan, tmp_path / "killed", "r1", told=kill)
    again = course()
    record = train(again, plan, tmp_path / "killed", "r1")
    assert same(again.state(), whole.state())
    assert record.best is not None
    assert read_checkpoint(tmp_path / "killed" / "kept" / record.best.file).kind == kind


def test_the_discriminators_learn_nothing_from_the_generators_step() -> None:
    learner = tiny_learner()
    batch = sound_batch(recordings(2))
    learner.learn(batch, 1)
    assert all(tensor.grad is None for tensor in learner.discriminators.tensors.values())


def test_discriminators_that_begin_late_are_left_as_they_are_until_then_and_resume(tmp_path: Path) -> None:
    def course() -> SoundCourse:
        lines = recordings(2)
        settings = SoundSettings("fixed", warm_up=2, judged_from=2)
        return SoundCourse(tiny_learner("v2", settings), lines, [], {"model": {"version": "v2"}}, frames=200)

    def told(progress: Progress) -> None:
        figures.append(progress.figures)
        judges.append({name: tensor.clone() for name, tensor in whole.state()["discriminators"].items()})

    whole, figures, judges = course(), list[dict[str, float]](), list[dict[str, torch.Tensor]]()
    fresh = {name: tensor.clone() for name, tensor in whole.state()["discriminators"].items()}
    plan = Plan(updates=3, save_every=1, examine_every=3)
    train(whole, plan, tmp_path / "whole", "r1", told=told)
    assert ["fooling" in each for each in figures] == [False, False, True]
    assert same(judges[1], fresh)
    assert not same(judges[2], fresh)
    train(course(), plan, tmp_path / "stopped", "r1", stop=lambda: True)
    again = course()
    train(again, plan, tmp_path / "stopped", "r1")
    assert same(again.state(), whole.state())


def test_a_codebook_that_learns_is_part_of_the_state() -> None:
    course = SoundCourse(tiny_learner(learn_codebook=True), recordings(2), [], {})
    before = course.weights()["quantizer.vq.layers.0._codebook.embed"].clone()
    _, finite = course.learn(next(course.schedule()))
    saved = course.state()
    assert finite
    assert not torch.equal(saved["generator"]["quantizer.vq.layers.0._codebook.embed"], before)
    other = SoundCourse(tiny_learner(learn_codebook=True), recordings(2), [], {})
    other.restore(saved)
    assert same(other.state(), saved)


def test_a_finished_run_says_so_and_can_be_extended(tmp_path: Path) -> None:
    short, long = (
        Plan(updates=4, save_every=2, examine_every=2),
        Plan(updates=8, save_every=2, examine_every=2),
    )
    train(text_course(), short, tmp_path / "run", "r1")
    idle = text_course()
    record = train(
        idle, short, tmp_path / "run", "r1", told=lambda _progress: pytest.fail("it learned again")
    )
    assert record.ended == "all 4 updates made"
    extended, whole = text_course(), text_course()
    train(extended, long, tmp_path / "run", "r1")
    train(whole, long, tmp_path / "whole", "r1")
    assert same(extended.state(), whole.state())


def test_another_runs_folder_is_refused(tmp_path: Path) -> None:
    train(text_course(), Plan(updates=1), tmp_path, "r1")
    with pytest.raises(DuoyinError, match="holds run r1, made of other recordings or settings than run r2"):
        train(text_course(), Plan(updates=1), tmp_path, "r2")
    (tmp_path / "state.pt").write_bytes(b"PK damaged")
    with pytest.raises(DuoyinError, match="damaged"):
        train(text_course(), Plan(updates=1), tmp_path, "r1")


def test_a_run_id_follows_from_content_alone() -> None:
    one = run_id(base="a", lines=["x", "y"], settings={"rate": 1, "seed": 2})
    assert one == run_id(settings={"seed": 2, "rate": 1}, lines=["x", "y"], base="a")
    assert one != run_id(base="a", lines=["x", "z"], settings={"rate": 1, "seed": 2})


def test_stopping_saves(tmp_path: Path) -> None:
    record = train(text_course(), PLAN, tmp_path, "r1", stop=lambda: True)
    assert (record.done, record.ended) == (1, "")
    assert read_record(tmp_path).done == 1


def test_killed_after_the_last_state_its_record_is_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(folder: Path, record: Any) -> None:
        if record.done == 4:
            raise Killed
        settle(folder, record)

    settle = running._settle
    with monkeypatch.context() as patch:
        patch.setattr(running, "_settle", killed)
        with pytest.raises(Killed):
            train(Toy(), Plan(updates=4, save_every=2), tmp_path, "r1")
    assert read_record(tmp_path).done == 2
    assert train(Toy(), Plan(updates=4, save_every=2), tmp_path, "r1") == read_record(tmp_path)
    assert read_record(tmp_path).ended == "all 4 updates made"


def test_where_updates_take_long_the_state_is_saved_by_the_clock(tmp_path: Path) -> None:
    def kill(progress: Progress) -> None:
        if progress.done == 2:
            raise Killed

    with pytest.raises(Killed):
        train(Toy(), Plan(updates=9, save_every=9, save_seconds=0.0), tmp_path, "r1", told=kill)
    assert read_record(tmp_path).done == 2


def test_the_reference_recipe_says_where_it_would_make_no_update() -> None:
    course = text_course("compatible")
    course.batch = 50
    with pytest.raises(DuoyinError, match="make no update"):
        course.schedule()


def test_the_fixed_recipe_learns_every_line_once_an_epoch() -> None:
    updates = itertools.takewhile(lambda update: update.epoch < 4, text_course().schedule())
    for _, epoch in itertools.groupby(updates, lambda update: update.epoch):
        assert sorted(line for update in epoch for batch in update.batches for line in batch) == list(
            range(6)
        )


class Toy(Course):
    """Learns nothing; fails as it is told."""

    suffix = ".ckpt"

    def __init__(self, errors: Mapping[int, float] | None = None, room: int = 8, broken: int = 0) -> None:
        self.errors, self.room, self.broken = dict(errors or {}), room, broken
        self.updates: list[Update] = []

    def schedule(self) -> Iterator[Update]:
        while True:
            yield Update(1, (tuple(range(8)),))

    def learn(self, update: Update) -> tuple[dict[str, float], bool]:
        if max(len(batch) for batch in update.batches) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        self.updates.append(update)
        return {"loss": 1.0}, len(self.updates) > self.broken

    def forget(self) -> None:
        pass

    def examine(self) -> float:
        return self.errors.get(len(self.updates), 1.0)

    def state(self) -> dict[str, Any]:
        return {"made": len(self.updates)}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.updates = [Update(1, ())] * state["made"]

    def export(self, path: Path, info: str) -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_text(info)


def test_out_of_memory_halves_the_batch_and_goes_on(tmp_path: Path) -> None:
    course = Toy(room=2)
    record = train(course, Plan(updates=2), tmp_path, "r1")
    assert record.parts == 4
    assert course.updates[0].batches == ((0, 1), (2, 3), (4, 5), (6, 7))
    assert len(course.updates) == 2
    with pytest.raises(DuoyinError, match="not enough memory to learn from a single line"):
        train(Toy(room=0), Plan(updates=2), tmp_path / "none", "r1")


def test_other_errors_are_not_taken_for_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = Toy()

    def fails(_update: Update) -> Any:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(course, "learn", fails)
    with pytest.raises(RuntimeError, match="shapes differ"):
        train(course, Plan(updates=1), tmp_path, "r1")


def test_updates_without_numbers_are_counted_and_end_the_run_after_a_few(tmp_path: Path) -> None:
    record = train(Toy(broken=3), Plan(updates=6), tmp_path / "some", "r1")
    assert (record.done, record.not_finite) == (6, 3)
    with pytest.raises(DuoyinError, match="no number in 5 updates one after the other"):
        train(Toy(broken=9), Plan(updates=9), tmp_path / "all", "r1")


def test_numbers_that_are_none_teach_nothing() -> None:
    for course in (text_course(), SoundCourse(tiny_learner(), recordings(2), [], {}, batch=2)):
        update = next(course.schedule())
        if isinstance(course, TextCourse):
            with torch.no_grad():
                course.learner.model.bert_proj.bias[0] = torch.inf
        else:
            with torch.no_grad():
                course.learner.generator.tensors["dec.conv_pre.bias"][0] = torch.nan
        before = {name: tensor.clone() for name, tensor in course.weights().items()}
        _, finite = course.learn(update)
        assert not finite
        after = course.weights()
        assert all(torch.equal(before[name].nan_to_num(), after[name].nan_to_num()) for name in before)


def test_the_three_best_are_kept_whenever_they_came(tmp_path: Path) -> None:
    errors = {1: 5.0, 2: 3.0, 3: 4.0, 4: 2.0, 5: 6.0, 6: 2.0, 7: float("nan")}
    record = train(Toy(errors), Plan(updates=7, examine_every=1), tmp_path, "r1")
    assert [(kept.update, kept.error) for kept in record.kept] == [(4, 2.0), (6, 2.0), (2, 3.0)]
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [
        "000002.ckpt",
        "000004.ckpt",
        "000006.ckpt",
    ]


def test_a_run_that_gets_no_better_ends_early(tmp_path: Path) -> None:
    errors = {at: 1.0 + at for at in range(20)}
    record = train(Toy(errors), Plan(updates=20, examine_every=2, patience=3), tmp_path, "r1")
    assert record.ended == "no better on the held-out lines since update 2"
    assert record.done == 8


def test_batches_are_cut_evenly() -> None:
    assert divided([(1, 2, 3, 4, 5), (6,)], 2) == ((1, 2, 3), (4, 5), (6,))
    assert divided([(1, 2)], 8) == ((1,), (2,))


def test_held_out_lines_follow_from_content() -> None:
    names = [f"line {at}" for at in range(30)]
    learned, held = split_off(names)
    assert len(held) == 2
    assert sorted(learned + held) == list(range(30))
    turned = names[::-1]
    assert {turned[at] for at in split_off(turned)[1]} == {names[at] for at in held}
    assert split_off(names[:3])[1] == []


def test_seeds_of_updates_differ() -> None:
    assert len({running._seed_of(seed, update) for seed in range(3) for update in range(50)}) == 150


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_both_stages_learn_on_a_card_as_on_the_cpu() -> None:
    card = torch.device("cuda")
    here, there = text_course(), text_course(device=card)
    assert there.examine() == pytest.approx(here.examine(), rel=1e-4)
    assert there.learn(next(there.schedule()))[1]
    assert all(tensor.device.type == "cpu" for tensor in there.state()["weights"].values())
    lines = recordings(2)
    sound = [
        SoundCourse(tiny_learner(device=device), lines, [], {}) for device in (torch.device("cpu"), card)
    ]
    update = next(sound[0].schedule())
    mels = [course.learn(update)[0]["mel"] for course in sound]
    assert mels[1] == pytest.approx(mels[0], rel=1e-2)

"""A training run that can be believed: planned updates, whole files, and the same weights however often it was killed.

Nothing random outlives an update: each one draws from a seed made of the run's and its own number, so a run that goes
on from its last saved state repeats what was lost bit for bit (on one thread; more may add in another order).
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch

from normalizers import DuoyinError
from tts_core.files import atomic_path, write_atomically
from tts_core.gpt_sovits.files.archive import read_archive
from tts_core.gpt_sovits.training.ranks import ALONE, Ranks

STATE_FILE, RECORD_FILE, KEPT_FOLDER = "state.pt", "run.json", "kept"
MOST_KEPT = 3
MOST_NOT_FINITE = 5  # updates one after the other whose numbers were none


@dataclass(frozen=True, slots=True)
class Update:
    """What one update learns from: `batches` of line numbers, in epoch `epoch` (the first is 1)."""

    epoch: int
    batches: tuple[tuple[int, ...], ...]


class Course(Protocol):
    """One stage with its lines: what a run drives."""

    suffix: str
    """Of the files it exports."""

    def schedule(self) -> Iterator[Update]:
        """Updates without end, the same in every run. Raises DuoyinError where the lines make none."""

    def learn(self, update: Update) -> tuple[dict[str, float], bool]:
        """Figures of an update, and whether its numbers were finite; nothing is learned where they are not."""

    def forget(self) -> None:
        """Drop what an update that failed has left behind."""

    def examine(self) -> float:
        """How far the held-out lines are from right; lower is better. Learns nothing."""

    def state(self) -> dict[str, Any]:
        """All that going on needs."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`."""

    def export(self, path: Path, info: str) -> None:
        """Write the weights as they are in their published format."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a run is and what it keeps.

    Args:
        updates: planned.
        seed: of everything random.
        save_every, examine_every: updates between two saved states, two looks at the held-out lines.
        save_seconds: between two saved states, where updates take long.
        patience: looks without a better one before the run ends early; 0 = never.
    """

    updates: int
    seed: int = 0
    save_every: int = 20
    examine_every: int = 20
    patience: int = 0
    save_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint among the best: file name, the update it is of, and its error on the held-out lines."""

    file: str
    update: int
    error: float


@dataclass(slots=True)
class RunRecord:
    """What a run has come to; `run.json` in its folder.

    Args:
        run: id, by content.
        planned, done: updates.
        not_finite: updates skipped because their numbers were none; in_a_row: the last of them without a break.
        parts: into how many each batch is cut since memory ran out.
        looks: (update, error on the held-out lines).
        kept: best first.
        ended: why the run is over; empty while it is not.
    """

    run: str
    planned: int
    done: int = 0
    not_finite: int = 0
    in_a_row: int = 0
    parts: int = 1
    looks: list[tuple[int, float]] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    ended: str = ""

    @property
    def best(self) -> Kept | None:
        return self.kept[0] if self.kept else None


@dataclass(frozen=True, slots=True)
class Progress:
    """Told after each update: its figures, and seconds to go at the pace so far."""

    done: int
    planned: int
    figures: dict[str, float]
    seconds_left: float


def run_id(**content: Any) -> str:
    """Sixteen hex digits that follow from what decides a run's outcome: digests of base and lines, settings, seed.

    How long it goes on is not among it, so a run can be extended.
    """
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]


def train(
    course: Course,
    plan: Plan,
    folder: Path,
    run: str,
    *,
    told: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    ranks: Ranks = ALONE,
    parts: int = 1,
) -> RunRecord:
    """Make the planned updates, or go on with them.

    Args:
        folder: the run's own; made where it is missing.
        run: from `run_id`.
        told: hears of each update; stop: asked after each, ends the call with its state saved.
        ranks: processes that make the same call with the same course and folder; the first one's `told` and `stop`
            count, and only it writes.
        parts: into how many each batch is cut at least.

    Raises:
        DuoyinError: the folder holds another run; no update can be made of the lines; numbers that are none again and
            again; no memory for a single line.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = _resumed(course, folder, run, plan.updates)
    record.parts = max(record.parts, parts)
    if record.done and ranks.first:
        _settle(folder, record)  # killed between its state and what follows from it
    if record.done >= plan.updates or (record.ended and record.planned == plan.updates):
        return record
    record.planned, record.ended = plan.updates, ""
    began, first = time.monotonic(), record.done
    saved = began
    for update in itertools.islice(course.schedule(), record.done, plan.updates):
        figures = _learned(course, update, plan.seed, record, ranks)
        record.done += 1
        last = record.done == plan.updates
        if last or record.done % plan.examine_every == 0:
            _look(course, plan, folder, record, ranks)
        stopping = stop is not None and bool(ranks.of_first(stop))
        due = record.done % plan.save_every == 0 or time.monotonic() - saved >= plan.save_seconds
        if last or record.ended or stopping or due:
            if last and not record.ended:
                record.ended = f"all {plan.updates} updates made"
            if ranks.first:
                _save(course, folder, record)
            saved = time.monotonic()
        if told is not None and ranks.first:
            pace = (time.monotonic() - began) / (record.done - first)
            told(Progress(record.done, plan.updates, figures, pace * (plan.updates - record.done)))
        if record.ended or stopping:
            break
    return record


def read_record(folder: Path) -> RunRecord:
    """What the run in `folder` has come to. Raises DuoyinError where there is none."""
    try:
        return _parsed((folder / RECORD_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DuoyinError(f"no readable record of a training run ({error})", where=str(folder)) from error


def divided(batches: Sequence[Sequence[int]], parts: int) -> tuple[tuple[int, ...], ...]:
    """Every batch cut into `parts` of like size, empty ones left out."""
    cut = []
    for batch in batches:
        size = -(-len(batch) // parts)
        cut += [tuple(batch[start : start + size]) for start in range(0, len(batch), size)]
    return tuple(cut)


def _learned(course: Course, update: Update, seed: int, record: RunRecord, ranks: Ranks) -> dict[str, float]:
    """Make one update, with smaller batches where memory runs out. Of several processes the others would wait for ever
    for one that begins anew, so there it is for who started them to do (`together`)."""
    while True:
        smaller = Update(update.epoch, divided(update.batches, record.parts))
        try:
            with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
                torch.manual_seed(_seed_of(seed, record.done))
                figures, finite = course.learn(smaller)
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not out_of_memory(error) or ranks.count > 1:
                raise
            course.forget()
            if max(len(batch) for batch in smaller.batches) == 1:
                raise DuoyinError(
                    "there is not enough memory to learn from a single line",
                    hint="Leave out the longest recordings, or train on a machine with more memory.",
                ) from error
            record.parts *= 2
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            continue
        record.not_finite += not finite
        record.in_a_row = 0 if finite else record.in_a_row + 1
        if record.in_a_row >= MOST_NOT_FINITE:
            raise DuoyinError(
                f"the loss was no number in {record.in_a_row} updates one after the other (the last: update "
                f"{record.done + 1})",
                hint="Train with precision float32 and a lower rate; the best checkpoints so far are kept.",
            )
        return figures


def _look(course: Course, plan: Plan, folder: Path, record: RunRecord, ranks: Ranks) -> None:
    """Examine the held-out lines, keep the checkpoint if it is among the best, and see whether to end."""
    error = ranks.of_first(course.examine)
    record.looks.append((record.done, error))
    if math.isfinite(error):
        made = Kept(f"{record.done:06d}{course.suffix}", record.done, error)
        ranked = sorted([*record.kept, made], key=lambda kept: (kept.error, kept.update))[:MOST_KEPT]
        if made in ranked:
            if ranks.first:
                course.export(folder / KEPT_FOLDER / made.file, f"{record.run}_{record.done}u")
            record.kept = ranked
    best = record.best.update if record.best else 0
    since = sum(update > best for update, _ in record.looks)
    if plan.patience and since >= plan.patience:
        record.ended = f"no better on the held-out lines since update {best}"


def _save(course: Course, folder: Path, record: RunRecord) -> None:
    """First the state, then its record for people, then what is kept no more: killed in between, nothing is lost."""
    state = {"record": json.dumps(asdict(record)), "course": course.state()}
    with atomic_path(folder / STATE_FILE) as beside:
        torch.save(state, beside)
    _settle(folder, record)


def _settle(folder: Path, record: RunRecord) -> None:
    """What follows from a saved state: its record for people, and no checkpoint that is kept no more."""
    write_atomically(folder / RECORD_FILE, (json.dumps(asdict(record), indent=1) + "\n").encode())
    wanted = {kept.file for kept in record.kept}
    if (folder / KEPT_FOLDER).is_dir():
        for path in (folder / KEPT_FOLDER).iterdir():
            if path.name not in wanted and path.suffix in (".ckpt", ".pth"):
                path.unlink(missing_ok=True)


def _resumed(course: Course, folder: Path, run: str, planned: int) -> RunRecord:
    path = folder / STATE_FILE
    if not path.exists():
        shutil.rmtree(folder / KEPT_FOLDER, ignore_errors=True)  # of a run killed before its first state
        return RunRecord(run, planned)
    content = read_archive(path).content
    try:
        record = _parsed(content["record"])
    except (ValueError, TypeError, KeyError) as error:
        raise DuoyinError(f"not the state of a training run ({error})", where=str(path)) from error
    if record.run != run:
        raise DuoyinError(
            f"this folder holds run {record.run}, made of other recordings or settings than run {run}",
            where=str(folder),
            hint="Give the run a folder of its own.",
        )
    course.restore(content["course"])
    return record


def _parsed(text: str) -> RunRecord:
    given = json.loads(text)
    given["kept"] = [Kept(**kept) for kept in given["kept"]]
    given["looks"] = [(int(update), float(error)) for update, error in given["looks"]]
    return RunRecord(**given)


def _seed_of(seed: int, update: int) -> int:
    digest = hashlib.sha256(f"{seed}:{update}".encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def out_of_memory(error: BaseException) -> bool:
    """torch has a class for a GPU's memory, and only words for that of a CPU."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return "not enough memory" in str(error) or "can't allocate memory" in str(error)

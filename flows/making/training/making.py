"""From recordings to a voice: look through, make features, learn, listen to what was learned, keep the best."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from flows.making.training.auditions import Ears, Speaking, audition_lines, auditions
from flows.making.training.looking import told as told_of_set
from flows.making.training.material import material
from flows.making.training.order import AUTO, Order, keep
from flows.making.training.page import write_page
from flows.making.training.sets import kept_set
from flows.workspace import stopping
from flows.workspace.progress import reporter, share_told
from normalizers.languages import language as language_record
from tts_core.consent import Consent
from tts_core.durations import clock
from tts_core.files import write_atomically
from tts_core.gpt_sovits.conversion.importing import import_checkpoints
from tts_core.gpt_sovits.engine import device_of
from tts_core.gpt_sovits.files.imported import imported_folder
from tts_core.gpt_sovits.files.support import find_support
from tts_core.gpt_sovits.training.base import Base, base_of
from tts_core.gpt_sovits.training.chain import STAGES, Chain, Stage, StageForecast, Told, faster_precision
from tts_core.gpt_sovits.training.choosing import (
    Audition,
    Candidate,
    audition,
    candidates,
    chosen,
    make_voice,
    prompt_clips,
)
from tts_core.gpt_sovits.training.fresh import fresh_base
from tts_core.gpt_sovits.training.material.cleaning import CleanSet
from tts_core.gpt_sovits.training.material.features import Features, Line
from tts_core.gpt_sovits.training.run import Progress, RunRecord
from tts_core.gpt_sovits.training.together import cards, train_together
from tts_core.gpt_sovits.voice.voicefile import VOICE_FILE, Age, Gender, load_voice

WORSE_HEARD, LESS_ALIKE = 0.05, 0.02
"""By how much the base's error and likeness are better than the trained voice's before that is told."""
RECORD_FILE = "record.json"

_Made = TypeVar("_Made")
Step = Callable[[str, Callable[[], _Made]], _Made]


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training came to.

    Args:
        voice: its name; model: of the imported pair that speaks it.
        folder: of the chain's runs, with the page.
        records: by stage.
        auditions: how base and checkpoints speak; the best is `best`.
    """

    voice: str
    model: str
    folder: Path
    clean: CleanSet
    records: dict[Stage, RunRecord]
    auditions: tuple[Audition[Any], ...]
    best: Audition[Any]
    warnings: tuple[str, ...]
    page: Path

    def to_json(self) -> dict[str, Any]:
        """Plain data; `summary` for people."""
        return {
            "voice": self.voice,
            "model": self.model,
            "folder": str(self.folder),
            "page": str(self.page),
            "seconds_of_speech": round(self.clean.seconds, 1),
            "stages": {stage: asdict(record) for stage, record in self.records.items()},
            "auditions": [_figures(each, each is self.best) for each in self.auditions],
            "warnings": list(self.warnings),
            "passed": True,
            "summary": self.to_text(),
        }

    def to_text(self) -> str:
        rows = [
            f"{self.voice}: trained on {self.clean.seconds:.0f} s of speech, spoken by the model {self.model}"
        ]
        for stage, record in self.records.items():
            best = (
                ""
                if record.best is None
                else f", best at {record.best.update} (held-out error {record.best.error:.3f})"
            )
            rows.append(f"  {stage}: {record.done} of {record.planned} updates{best}; {record.ended}")
        for each in self.auditions:
            mark = "→" if each is self.best else " "
            rows.append(f"  {mark} {each.candidate.title}: {_words(each)}")
        rows += [f"  note: {warning}" for warning in self.warnings]
        rows.append(f"  {self.page}")
        return "\n".join(rows)


def plain_step(_name: str, work: Callable[[], _Made]) -> _Made:
    return work()


def make(order: Order, *, step: Any = plain_step) -> Trained:
    """Train the voice, or go on with it.

    Raises:
        DuoyinError: no base on this machine, recordings that cannot be used, see `clean_set`.
    """
    reporter().stage("Base", order.base)
    base = _start(order)
    support = find_support()
    features = Features(base, support, order.folder / "features")
    people: list[CleanSet] = step("recordings", lambda: people_heard(order))
    clean = together(people)
    lines = step("features", lambda: features.lines(clean.clips, clean.language, share_told()))
    order = _settled(order, base, lines)
    chain = Chain(base, lines, order.orders(), order.folder, device_of(order.device))
    warnings = _warnings(clean, chain, support.bert is None)
    for warning in warnings:
        reporter().warn(warning)
    records = step("learn", lambda: _learn(chain, order.cards))
    lines_said = audition_lines([line.label for line in chain.held_out_lines], clean.language)
    pairs = candidates(chain.base, records, {stage: chain.stage_folder(stage) for stage in records})
    prompt = prompt_clips(people[0].clips)
    speaking = Speaking(order.name, prompt, lines_said, clean.language)
    heard = step("audition", lambda: _auditions(order, chain.folder, pairs, speaking))
    best = chosen(heard)
    warnings += _doubts(heard, best)
    model = f"{order.name}-{chain.id[:8]}"
    import_checkpoints(best.candidate.text, best.candidate.sound, model, imported_folder())
    if base.fresh:  # others can be trained from it
        chain.write_discriminators(imported_folder() / model)
    voice = make_voice(
        order.name,
        prompt,
        model,
        clean.language,
        consent_of(order),
        order.folder.parent,
        {
            "base": order.base,
            "base_digest": base.digest,
            "recipe": order.recipe,
            "chain": chain.id,
            "checkpoint": best.candidate.name,
            "set": clean.digest(),
            "seconds": round(clean.seconds, 1),
            "clips": sorted(clip.digest for clip in clean.clips),
            "updates": {stage: record.done for stage, record in records.items()},
            "error": best.error,
            "likeness": best.likeness,
        },
        order.licence,
        cast(Gender, order.gender),
        cast(Age, order.age),
    )
    page = write_page(chain.folder / "voice.html", voice, clean, heard, best, lines_said)
    made = Trained(order.name, model, chain.folder, clean, records, tuple(heard), best, tuple(warnings), page)
    record = {"order": asdict(order), "set": told_of_set(clean), **made.to_json()}
    write_atomically(
        chain.folder / RECORD_FILE, (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode()
    )
    reporter().stage("Voice", str(voice.folder))
    return made


def forecast(order: Order) -> tuple[CleanSet, list[StageForecast]]:
    """What the training would take; one update of each stage is made for trial. Raises as `make`."""
    base = _start(order)
    features = Features(base, find_support(), order.folder / "features")
    clean = together(people_heard(order))
    lines = features.lines(clean.clips, clean.language, share_told())
    order = _settled(order, base, lines)
    reporter().stage("Trial", "one update of each stage")
    return clean, Chain(base, lines, order.orders(), order.folder, device_of(order.device)).forecast()


def _settled(order: Order, base: Base, lines: Sequence[Line]) -> Order:
    """The order with the precision that is faster here, measured once: a run goes on in what it began with."""
    if order.precision != AUTO:
        return order
    reporter().stage("Precision", "an update of each stage in float32 and in bfloat16")
    orders, device = order.orders(), device_of(order.device)
    settled = replace(order, precision=faster_precision(base, lines, orders, device))
    keep(settled)
    reporter().stage("Precision", settled.precision)
    return settled


def forecast_text(stages: Sequence[StageForecast]) -> str:
    """For people."""
    rows = [
        f"{each.stage}: {each.updates} updates, {each.seconds_an_update:.1f} s each: {clock(each.seconds)}; "
        f"{each.memory / 1e9:.1f} GB of memory"
        for each in stages
    ]
    total = sum(each.seconds for each in stages)
    return "\n".join(
        [*rows, f"together {clock(total)} on this machine, at its pace now, and the auditions after it"]
    )


def consent_of(order: Order) -> Consent:
    """What was said; of a voice that is there already as it stands in its file, with what a person wrote to it."""
    file = order.folder.parent / VOICE_FILE
    agreed = order.agreed()
    known = load_voice(file).consent if file.is_file() else None
    return known if known is not None and known.statement == agreed.statement else agreed


def looked_through(order: Order) -> CleanSet:
    """The recordings of one person."""
    return _heard(order, order.recordings)


def people_heard(order: Order) -> list[CleanSet]:
    """The recordings of each person; the voice is the first one's. One, but where a model begins with nothing."""
    if not order.from_nothing:
        return [looked_through(order)]
    return [_heard(order, [place]) for place in order.recordings]


def together(people: Sequence[CleanSet]) -> CleanSet:
    """What is learned from all of them."""
    clips = {clip.digest: clip for each in people for clip in each.clips}
    return CleanSet(
        people[0].language,
        tuple(clips.values()),
        tuple(row for each in people for row in each.left_out),
        tuple(dict.fromkeys(warning for each in people for warning in each.warnings)),
    )


def _heard(order: Order, places: Sequence[str]) -> CleanSet:
    text = Path(order.text) if order.text else None
    return kept_set(order, material([Path(place) for place in places], text))


def _start(order: Order) -> Base:
    """What is learned from."""
    return fresh_base(order.size, order.seed) if order.from_nothing else base_of(order.base)


def learning(planned: Mapping[Stage, int]) -> Told:
    """Tells of each update, and heeds a wish to stop."""
    said = ", ".join(f"{updates} of {stage}" for stage, updates in planned.items())
    reporter().stage("Learning", f"updates planned: {said}; the time is told after the first")

    return tell_update


def tell_update(stage: Stage, progress: Progress) -> None:
    """Tell of an update. Raises `KeyboardInterrupt` where the run is to stop."""
    stopping.check()
    figures = ", ".join(f"{name} {value:.2f}" for name, value in list(progress.figures.items())[:3])
    left = clock(progress.seconds_left)
    reporter().share(
        progress.done / progress.planned,
        f"{stage}: update {progress.done} of {progress.planned} · {figures} · {left} to go",
    )


def _learn(chain: Chain, count: int) -> dict[Stage, RunRecord]:
    """What the stages came to; of one that learns nothing now, what it came to before."""
    devices = cards(count) if count > 1 else []
    told = learning({stage: chain.planned(stage) for stage in chain.orders.stages})
    learned = train_together(chain, devices, told) if devices else chain.run(told)
    before = {stage: chain.record(stage) for stage in STAGES if stage not in learned}
    return {**{stage: record for stage, record in before.items() if record is not None}, **learned}


def _auditions(
    order: Order, folder: Path, pairs: Sequence[Candidate], speaking: Speaking
) -> list[Audition[Candidate]]:
    def speak(pair: Candidate, beside: Path, ears: Ears) -> Audition[Candidate]:
        return audition(
            pair, speaking.voice, speaking.prompt, speaking.lines, speaking.language, beside,
            consent=consent_of(order), support=None, transcribe=ears.transcribe, judge=ears.judge,
        )  # fmt: skip

    return auditions(pairs, speaking, folder / "auditions", speak)


def _warnings(clean: CleanSet, chain: Chain, no_bert: bool) -> list[str]:
    made = list(clean.warnings)
    if chain.base.fresh:
        made.append(
            f"begun with nothing, from {clock(clean.seconds)} of speech: it takes hours of many people until such a "
            "model is understood"
        )
    if chain.fresh_discriminators and "sound" in chain.orders.stages:
        made.append(
            "the base's discriminators are not on this machine, and new ones know nothing yet: the sound stage learns "
            f"worse (duoyin models pull {chain.base.name} --training --allow-hub)"
        )
    if (
        no_bert
        and any(phrase.text.bert is None for phrase in chain.lines)
        and not language_record(clean.language).spaced
    ):
        made.append("BERT is not on this machine: Chinese learns its melody from the phones alone")
    if not chain.held_out:
        made.append(
            "fewer than four clips: none is held out, and the checkpoint is chosen on what was learned"
        )
    return made


def _doubts(heard: Sequence[Audition[Any]], best: Audition[Any]) -> list[str]:
    """Where the base speaks better than what was learned."""
    base = next((each for each in heard if not each.candidate.trained), None)
    if base is None:
        return []
    made = []
    if base.error is not None and best.error is not None and best.error > base.error + WORSE_HEARD:
        made.append(
            f"the trained voice is understood worse than the base in the same voice ({100 * best.error:.0f} % of the "
            f"words heard otherwise, {100 * base.error:.0f} %): train on cleaner or more speech, or with fewer updates"
        )
    if base.likeness is not None and best.likeness is not None and best.likeness < base.likeness - LESS_ALIKE:
        made.append(
            f"the trained voice sounds less like the recordings than the base does with them as reference "
            f"({best.likeness:.2f} and {base.likeness:.2f})"
        )
    return made


def _words(made: Audition[Any]) -> str:
    error = "nobody listened" if made.error is None else f"{100 * made.error:.1f} % heard otherwise"
    likeness = "likeness not measured" if made.likeness is None else f"likeness {made.likeness:.3f}"
    return f"{error}, {likeness}"


def _figures(made: Audition[Any], best: bool) -> dict[str, Any]:
    return {
        "checkpoint": made.candidate.title,
        "error": made.error,
        "likeness": made.likeness,
        "takes": [str(path) for path in made.takes],
        "chosen": best,
    }

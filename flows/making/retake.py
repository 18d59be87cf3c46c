"""One line taken again because a person wants it so: found, planned, spoken, written down; and taken back.

What a person decides stands in script.jsonl; how it came about stands in the ledger.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flows.making.book import read_book
from flows.making.dub.programme import read_programme
from flows.making.dub.timing import as_long, draft, paced
from flows.making.dub.wording import shortened
from flows.making.engines import Crew, Engines
from flows.making.plan import Batch, PlannedLine, batches, plan_lines
from flows.making.proof import listener_of, prove
from flows.making.repair import Other, of_engine
from flows.making.takes import adopt
from flows.making.voices import Voices
from flows.proof.verdict import Outcome, Proof, Verdict
from flows.script.build import WORD_CHARACTER
from flows.script.file import MOST_TAKES, SLOWEST_AND_FASTEST, change_line
from flows.script.line import Line
from flows.sources import is_subtitle
from flows.workspace.ledger import Choice, Ledger, Why
from flows.workspace.progress import reporter
from flows.workspace.project import Project
from normalizers import DuoyinError
from tts_core.pool import Spoken

NEAR = 5
"""Lines named where the one that was asked for is not there."""
SHOWN = 60
"""Characters of a line that a message shows."""
DECIDED = ("say", "voice", "speed", "take")
"""What of a line a person decides here."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of a line; None leaves it as it is.

    Args:
        text: what is said, "" for what is printed. voice: "" for the speaker's. speed: tempo factor.
        take: its number; None: the next, or the first where something else is wished.
    """

    text: str | None = None
    voice: str | None = None
    speed: float | None = None
    take: int | None = None

    @property
    def only_another(self) -> bool:
        """Whether nothing is said of how the line shall be."""
        return self == Wish()


@dataclass(frozen=True, slots=True)
class Retaken:
    """A line as it is spoken now.

    Args:
        line: with its take.
        seconds: length of the take. file: where it lies.
        verdict: what was heard; None where nobody listened, and `unheard` says why.
        undoable: whether `undo` has something to go back to.
    """

    line: PlannedLine
    seconds: float
    file: Path
    verdict: Verdict | None
    unheard: str = ""
    undoable: bool = True


@dataclass(frozen=True, slots=True)
class Scripted:
    """A production as its script has it: its lines, and what they ask of their engines.

    Args:
        generated: the lines without what a person edited, split or joined; of a dub, as they are.
        plan: lines that stand for those of the same ids → what they ask.
        other: another take of what they ask.
    """

    lines: tuple[Line, ...]
    language: str
    voices: Voices
    plan: Callable[[Sequence[Line]], list[PlannedLine]]
    other: Other
    generated: tuple[Line, ...]


def scripted(project: Project, engines: Engines) -> Scripted:
    """Read a project as its next run will, be it a book or a dub."""
    if not is_subtitle(project.source):
        book = read_book(project, engines)

        def of_book(lines: Sequence[Line]) -> list[PlannedLine]:
            return plan_lines(
                lines, book.voices.by_speaker, book.lexicon, engines.of_voice,
                speed=project.settings.speed, readings=engines.readings,
            )  # fmt: skip

        script = book.script
        return Scripted(
            script.lines, book.language, book.voices, of_book, of_engine(engines), script.generated
        )
    programme = read_programme(project, engines)

    def of_dub(lines: Sequence[Line]) -> list[PlannedLine]:
        wanted = {line.id: line for line in lines}
        now = replace(programme, lines=tuple(wanted.get(line.id, line) for line in programme.lines))
        planned = shortened(project, draft(project, now, engines), engines)
        return [take for take in paced(project, planned, engines) if take.line.id in wanted]

    lines = programme.lines
    return Scripted(lines, programme.language, programme.voices, of_dub, as_long(engines), lines)


def find_line(lines: Sequence[Line], wanted: str) -> Line:
    """The line of an id, of the beginning of one, of these words alone, or with these words in it.

    Raises:
        DuoyinError: there is none, or there are several; they are named.
    """
    for found in (
        [line for line in lines if line.id == wanted],
        [line for line in lines if line.id.startswith(wanted.lower())],
        [line for line in lines if line.text.casefold() == wanted.strip().casefold()],
        [line for line in lines if wanted.casefold() in line.text.casefold()],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise DuoyinError(
                f"“{wanted}” is {len(found)} lines of this project",
                hint=f"Name one of them by its id: {_named(found)}.",
            )
    texts = {line.text: line for line in lines}
    ids = {line.id: line for line in lines}
    near = [ids[name] for name in difflib.get_close_matches(wanted.lower(), ids, NEAR, 0.7)]
    near += [texts[text] for text in difflib.get_close_matches(wanted, texts, NEAR, 0.5)]
    raise DuoyinError(
        f"no line of this project has the id or the words “{wanted}”",
        hint=(f"Near: {_named(near)}. " if near else "")
        + "`duoyin script` writes script.jsonl, which has the ids; `duoyin proof` names doubtful lines.",
    )


def _named(lines: Sequence[Line]) -> str:
    more = f" and {len(lines) - NEAR} more" if len(lines) > NEAR else ""
    return ", ".join(f"{line.id} “{line.text[:SHOWN]}”" for line in lines[:NEAR]) + more


def retake(project: Project, ledger: Ledger, wanted: str, wish: Wish) -> Retaken:
    """Speak a line as a person wishes, write the choice into the script and the ledger, and listen to it.

    Args:
        project: held by the caller.
        wanted: see `find_line`.

    Raises:
        DuoyinError: no such line, voice or take; nothing is changed then.
    """
    engines = Engines(project)
    production = scripted(project, engines)
    line = find_line(production.lines, wanted)
    _check(project, engines, production, wish)
    now = wished(line, wish, _next_take(ledger, production, line) if wish.only_another else 1)
    return _settle(project, ledger, engines, production, line, now, Why.CHOSEN)


def undo(project: Project, ledger: Ledger, wanted: str) -> Retaken:
    """Give a line back what it had before the last `retake` of it; once more, what it had before that.

    Raises:
        DuoyinError: nothing of it was chosen here, or the script was changed by hand since.
    """
    engines = Engines(project)
    production = scripted(project, engines)
    line = find_line(production.lines, wanted)
    changes = _last_change(ledger.history(line.id))
    if changes is None:
        raise DuoyinError(
            f"no choice of line {line.id} is known that could be taken back",
            where=str(project.ledger_file),
            hint="`--history` shows what is known. To have nothing chosen, delete `take`, `say`, `voice` and `speed` "
            "of the line in script.jsonl.",
        )
    other = [name for name, (_, after) in changes.items() if getattr(line, name) != after]
    if other:
        raise DuoyinError(
            f"line {line.id} was changed since: {other[0]} is {getattr(line, other[0])!r}",
            where=str(project.script_file),
            hint="Change it there, or choose with --text, --voice, --speed or --take.",
        )
    back: dict[str, Any] = {name: before for name, (before, _) in changes.items()}
    return _settle(project, ledger, engines, production, line, replace(line, **back), Why.UNDONE)


def wished(line: Line, wish: Wish, next_take: int) -> Line:
    """A line as somebody wishes it.

    Args:
        next_take: number of the take that it gets where nothing is said of how it shall be.
    """
    say = line.say if wish.text is None else "" if wish.text == line.text else wish.text
    return replace(
        line,
        say=say,
        voice=line.voice if wish.voice is None else wish.voice,
        speed=line.speed if wish.speed is None else wish.speed,
        take=wish.take or (next_take if wish.only_another else 1),
    )


def _check(project: Project, engines: Engines, production: Scripted, wish: Wish) -> None:
    """Refuse a wish that the script could not hold. Raises `DuoyinError`."""
    low, high = SLOWEST_AND_FASTEST
    if wish.speed is not None and not low <= wish.speed <= high:
        raise DuoyinError(
            f"a line is spoken at a speed of {low:g} to {high:g} (found {wish.speed:g})", where="--speed"
        )
    if wish.take is not None and not 1 <= wish.take <= MOST_TAKES:
        raise DuoyinError(f"takes are numbered from 1 to {MOST_TAKES} (found {wish.take})", where="--take")
    if wish.text and not WORD_CHARACTER.search(wish.text):
        raise DuoyinError(
            f"there is nothing to say in “{wish.text}”",
            where="--text",
            hint="To leave a line out, delete its record in script.jsonl.",
        )
    if wish.voice:
        engines.check_voices([(wish.voice, "--voice")], production.language)


def _take_in_use(ledger: Ledger, line: Line) -> int:
    """The number of the take that a line has now: a person's, or that which repair chose last."""
    if line.take:
        return line.take
    last = next(iter(ledger.history(line.id)[-1:]), None)
    return last.take if last is not None and last.why is Why.REPAIRED else 1


def _next_take(ledger: Ledger, production: Scripted, line: Line) -> int:
    """The number of the next take of a line that was not heard as doubtful before: repair may have tried some."""
    number = _take_in_use(ledger, line) + 1
    heard = ledger.latest_verdicts()

    def is_doubtful(take: PlannedLine) -> bool:
        known = Verdict.read(heard.get(take.key, ""))
        return known is not None and known.outcome is Outcome.DOUBTFUL

    for first in production.plan([replace(line, take=0)]):
        while (other := production.other(first, number)) is not None and is_doubtful(other):
            number += 1
    return number


def _last_change(history: Sequence[Choice]) -> Mapping[str, tuple[Any, Any]] | None:
    """What the last choice that was not taken back changed of its line."""
    chosen: list[Mapping[str, tuple[Any, Any]]] = []
    for choice in history:
        if choice.why is Why.UNDONE:
            chosen = chosen[:-1]
        elif choice.changes:
            chosen.append(choice.changes)
    return chosen[-1] if chosen else None


def _settle(
    project: Project,
    ledger: Ledger,
    engines: Engines,
    production: Scripted,
    before: Line,
    now: Line,
    why: Why,
) -> Retaken:
    """Speak the line as it is to be, then write it down, then listen to it among the takes of its chapter."""
    chapter = [line for line in production.lines if line.chapter == now.chapter]
    around = production.plan([now if line.id == now.id else line for line in chapter])
    planned = next(item for item in around if item.line.id == now.id)
    if not planned.key:
        raise DuoyinError(f"there is nothing to say in line {now.id} “{now.text[:SHOWN]}”")
    if planned.take != (now.take or 1):
        raise DuoyinError(
            f"{planned.engine} has no take {now.take} of line {now.id}",
            where=str(project.script_file),
            hint="--take 1 is the first; say it otherwise with --text, --voice or --speed.",
        )
    speak_here(project, [planned], engines, production.voices, ledger)
    # the script first: what people decide is in files, and the ledger only tells how it came about
    change_line(project.script_file, project.script_base_file, now)
    changes = {
        name: (getattr(before, name), getattr(now, name))
        for name in DECIDED
        if getattr(before, name) != getattr(now, name)
    }
    ledger.choose([Choice(now.id, planned.key, planned.voice, planned.take, why, changes=changes)])
    stored = project.takes.present(item.key for item in around if item.key)
    there = [item for item in around if item.key in stored]
    proof = prove(_heard_if_it_can_be(project), [planned], listener_of(project), ledger, among=there)
    return Retaken(
        planned,
        project.takes.info(planned.key).seconds,
        project.takes.path(planned.key),
        proof.verdicts.get(planned.key),
        _unheard(proof),
        _last_change(ledger.history(now.id)) is not None,
    )


def _heard_if_it_can_be(project: Project) -> Project:
    """The project with `proof: auto` for `on`: what was chosen stands, also where nobody can listen to it."""
    if project.settings.proof != "on":
        return project
    return replace(project, settings=project.settings.model_copy(update={"proof": "auto"}))


def _unheard(proof: Proof) -> str:
    return "" if proof.listener else proof.reason


def speak_here(
    project: Project, lines: Sequence[PlannedLine], engines: Engines, voices: Voices, ledger: Ledger
) -> None:
    """Make the takes of a few lines that are not there, with the project's own processes and without Prefect."""
    for batch in batches(lines, project.takes):
        reporter().stage("Speaking", f"{len(batch.lines)} takes")
        _speak_batch(project, batch, engines.crew(batch.engine), voices, ledger)
    adopt(project, lines, voices, ledger)


def _speak_batch(project: Project, batch: Batch, crew: Crew, voices: Voices, ledger: Ledger) -> None:
    uses = batch.uses

    def record(spoken: Spoken) -> None:
        used = uses[spoken.key]
        ledger.record_spoken(
            spoken, [(line, voice, crew.engine, voices.consents.get(voice, "")) for line, voice in used]
        )

    with crew.pool(project.takes.place, batches=1) as pool:
        pool.render(batch.jobs, record)

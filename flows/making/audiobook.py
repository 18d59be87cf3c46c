"""The order of work of an audiobook: read and cast, plan, speak, listen, master.

No Prefect here: who calls says how steps are run.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from flows.making.book import Book, read_book, warnings
from flows.making.chapters import chapters_ahead, levelling_first
from flows.making.coverage import warn
from flows.making.delivery import Delivery, deliver, output_place
from flows.making.engines import Engines, default_workers
from flows.making.plan import Forecast, PlannedLine, plan_lines
from flows.making.plan import forecast as forecast_lines
from flows.making.proof import listener_of, listens, prove
from flows.making.repair import repaired
from flows.making.takes import Speak, Step, until_whole
from flows.proof.verdict import Proof
from flows.script.line import NARRATOR
from flows.workspace.ledger import Ledger
from flows.workspace.progress import reporter, share_told
from flows.workspace.project import Project
from normalizers.languages import language
from tts_core.durations import clock
from tts_core.engine import Engine, Utterance

MASTERING, LISTENING = 0.0097, 0.1
"""Processor seconds a second of audio, of all cores together (docs/benchmarks/mastering.md, proof.md). Putting chapters
together is among them though it is done meanwhile: it takes the cores from speech. Both hearings are: the first takes
half of it, the second 0.6 to 0.9 s a suspect."""


def make(project: Project, ledger: Ledger, *, speak: Speak, step: Step) -> Delivery:
    """Make the audiobook of a project, held by the caller. What is made already stays: only what changed is made again.

    Args:
        speak: makes takes. step: runs a named step.

    Raises:
        DuoyinError: something a person has to mend.
    """
    engines = Engines(project, after_speaking(project))
    book = step("read-and-cast", lambda: _read(project, engines, ledger))
    lines = _plan(project, book, engines)
    warn(lines, project, "audiobook")
    listener = listener_of(project)

    def finish() -> Delivery:
        proof = step("proof", lambda: prove(project, lines, listener, ledger))
        good = repaired(project, lines, engines, book.voices, listener, ledger, proof, speak)
        return step("master", lambda: _master(project, book, good.lines, engines, ledger, good.proof))

    def spoken() -> None:
        with chapters_ahead(project, lines, engines.main.sample_rate):
            speak(project, levelling_first(lines), engines, book.voices, ledger)

    return until_whole(spoken, finish)


@dataclass(frozen=True, slots=True)
class AudiobookForecast:
    """What making an audiobook will take here.

    Args:
        workers: speech processes. disk_free: bytes.
    """

    title: str
    cost: Forecast
    workers: int
    disk_free: int

    @property
    def fits(self) -> bool:
        """Whether the disk has room for it."""
        return self.disk_free > self.cost.disk_bytes

    def to_json(self) -> dict[str, Any]:
        return asdict(self.cost) | {
            "title": self.title,
            "workers": self.workers,
            "disk_free": self.disk_free,
        }

    def to_text(self) -> str:
        cost = self.cost
        wall = clock(cost.wall_seconds) if cost.wall_seconds is not None else "unknown"
        return "\n".join(
            [
                f"{self.title}: {cost.chapters} chapters, {cost.lines} lines, {cost.characters} characters",
                f"  finished sound    {clock(cost.audio_seconds)}",
                f"  still to speak    {cost.to_speak_lines} lines, {clock(cost.to_speak_seconds)}",
                f"  time here         about {wall} with {self.workers} processes",
                f"  disk              {cost.disk_bytes / 1e6:.0f} MB of {self.disk_free / 1e9:.1f} GB free",
            ]
        )


def forecast(project: Project, ledger: Ledger) -> AudiobookForecast:
    """What `make` will take. Script and cast are written; nothing is spoken but a sentence where the machine
    is unknown."""
    engines = Engines(project)
    book = _read(project, engines, ledger)
    lines = _plan(project, book, engines)
    warn(lines, project, "audiobook")
    workers = engines.crew(project.settings.engine).workers
    speed = ledger.speed() or _measured_speed(engines.main, book.language, book.voices.by_speaker[NARRATOR])
    cost = forecast_lines(
        lines,
        project.takes,
        engines.of_voice,
        workers=workers,
        cpu_per_second=speed,
        after_per_second=after_speaking(project),
    )
    return AudiobookForecast(
        book.manuscript.title, cost, workers, disk_free=shutil.disk_usage(project.folder).free
    )


def after_speaking(project: Project) -> float:
    """Wall seconds of what is done here with a second of sound when it is spoken."""
    own = MASTERING + (LISTENING if listens(project) else 0.0)
    return own / (project.settings.workers or default_workers())


def _read(project: Project, engines: Engines, ledger: Ledger) -> Book:
    reporter().stage("Reading", project.source.name)
    book = read_book(project, engines)
    output_place(project, book, ledger)  # better now than after a night of speaking
    for message in warnings(book):
        reporter().warn(message)
    return book


def _plan(project: Project, book: Book, engines: Engines) -> list[PlannedLine]:
    return plan_lines(
        book.lines,
        book.voices.by_speaker,
        book.lexicon,
        engines.of_voice,
        speed=project.settings.speed,
        readings=engines.readings,
    )


def _master(
    project: Project,
    book: Book,
    lines: Sequence[PlannedLine],
    engines: Engines,
    ledger: Ledger,
    proof: Proof,
) -> Delivery:
    reporter().stage("Mastering")
    made = deliver(
        project,
        book,
        lines,
        ledger,
        sample_rate=engines.main.sample_rate,
        workers=project.settings.workers or default_workers(),
        share=share_told(),
        proof=proof,
    )
    made = replace(made, late=engines.deadline.missed())
    for message in (*made.warnings, *filter(None, [made.late])):
        reporter().warn(message)
    reporter().stage("Delivered", str(made.path))
    return made


def _measured_speed(engine: Engine, code: str, voice: str) -> float:
    """Processor seconds a second of audio, from one sentence of our own."""
    prepared = engine.read(Utterance(language(code).probe, code, voice))
    list(engine.speak([prepared]))  # the first call also loads
    before = time.process_time()
    take = next(iter(engine.speak([prepared])))
    return (time.process_time() - before) / take.seconds

"""The studio's resident process: speaks a line for a person who waits, and looks what a decision changes.

It holds what a run loads (the book as read, the engines, two workers), so that the second line costs its sound
alone. It reads requests as JSON lines and answers each with one, before which it may tell of clauses; it ends when its
parent does, or when nobody asked for a while.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from flows.making.book import read_manuscript
from flows.making.clauses import Clause, begins, clauses
from flows.making.engines import Engines
from flows.making.foresight import touched_lines
from flows.making.plan import PlannedLine
from flows.making.retake import Scripted, scripted
from flows.script.file import EDITABLE, laid_over
from flows.script.line import Line
from flows.script.manuscript import Manuscript
from flows.script.written import read_written
from flows.sources import is_subtitle
from flows.studio.asking import Tell
from flows.studio.book import Stamp, stamp_of
from flows.workspace.ledger import Ledger
from flows.workspace.project import Project, locked, open_project
from normalizers import DuoyinError
from tts_core.pool import EnginePool, Job, OnHeard, SpeechPool
from tts_core.registry import describe

AT_ONCE = 2
"""A take, and its clauses beside it."""

IDLE_SECONDS = 600.0
"""After so long without a request the process ends and gives its memory back."""


class Desk:
    """A project that somebody works at: read once, and again when what people decide in it changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: Stamp = ()
        self._production: Scripted | None = None
        self._engines: Engines | None = None
        self._manuscript: tuple[Stamp, Manuscript] | None = None
        self._pools: dict[str, SpeechPool] = {}
        self._warming: list[threading.Thread] = []

    def speak(self, wanted: str, *, unlike: str, voice: str, tell: Tell) -> dict[str, Any]:
        """Make the take of a line as it stands in the script now.

        Args:
            unlike: key of what the line sounds like now; where that is its take, the next one is made.
            voice: in this voice, only to hear it.
            tell: told of each clause of a long line that can be heard while the rest is spoken, or of its sound as it
                comes.

        Raises:
            DuoyinError: no such line or voice, nothing to say, no further take, another run is at work.
        """
        project = open_project(self._folder)
        production, engines = self._read(project)
        line = self._line(project, production, wanted)
        if voice:
            engines.check_voices([(voice, "voice")], production.language)
            line = replace(line, voice=voice, take=0)
        planned = self._plan(production, line)
        if not voice and planned.key == unlike:
            line = replace(line, take=planned.take + 1)
            planned = self._plan(production, line)
            if planned.take != line.take:
                raise DuoyinError(
                    f"{planned.engine} has no further take of this line",
                    hint="Say it in other words, in another voice or at another tempo.",
                )
        found: list[Clause] = []
        if not project.takes.usable([planned.key]):
            found = self._make_audibly(project, production, engines, planned, tell)
        info = project.takes.info(planned.key)
        return {
            "line": line.id,
            "key": planned.key,
            "take": planned.take,
            "voice": planned.voice,
            "engine": planned.engine,
            "seconds": round(info.seconds, 3),
            "begins": begins(planned, info.times, found),
        }

    def _make_audibly(
        self, project: Project, production: Scripted, engines: Engines, planned: PlannedLine, tell: Tell
    ) -> list[Clause]:
        """Make a take, and beside it, one after the other, its clauses, for as long as it is not there.

        Where one process draws several lines at once, or only one process speaks, its own sound is told instead, as it
        comes.

        Returns: the clauses, where there were any to be heard.
        """
        pool = self._pool(project, engines, planned.engine)
        if isinstance(pool, EnginePool) and (describe(planned.engine).batches or pool.in_flight == 1):
            self._make(project, production, engines, planned, tell)
            return []
        found = clauses(planned.line) if pool.in_flight > 1 else []
        if len(found) < 2 or planned.prepared is None or not planned.prepared.words:
            self._make(project, production, engines, planned)
            return []
        with ThreadPoolExecutor(1) as aside:
            whole = aside.submit(self._make, project, production, engines, planned)
            for clause in found:
                if whole.done():
                    break
                part = self._plan(production, clause.line)
                if not project.takes.usable([part.key]):
                    self._make(project, production, engines, part)
                tell({"clause": part.key, "seconds": round(project.takes.info(part.key).seconds, 3)})
            whole.result()
        return found

    def voices(self) -> dict[str, Any]:
        """The voices that a line may have, those of the book's language first."""
        production, engines = self._read(open_project(self._folder))
        presets = [preset for preset in engines.main.voices() if preset.castable]
        presets.sort(key=lambda preset: not preset.language.startswith(production.language))
        return {
            "voices": [
                {"name": p.name, "language": p.language, "gender": p.gender, "licence": p.licence}
                for p in presets
            ],
            "by_speaker": dict(production.voices.by_speaker),
        }

    def touched(self) -> list[dict[str, Any]]:
        """The lines that the next run will have otherwise, see `touched_lines`. Raises `DuoyinError`."""
        project = open_project(self._folder)
        if is_subtitle(project.source):
            return []  # subtitles say themselves who speaks
        stamp = stamp_of((project.settings_file, project.source))
        if self._manuscript is None or self._manuscript[0] != stamp:
            self._manuscript = (stamp, read_manuscript(project))
        return [asdict(line) for line in touched_lines(project, self._manuscript[1], Engines(project))]

    def _read(self, project: Project) -> tuple[Scripted, Engines]:
        files = (
            project.settings_file,
            project.source,
            project.cast_file,
            project.lexicon_file,
            project.dub_file,
            project.series_cast_file or project.cast_file,
        )
        stamp = stamp_of(files)
        if stamp != self._stamp or self._production is None or self._engines is None:
            with locked(project):
                self._engines = Engines(project)
                self._production = scripted(project, self._engines)
            self._stamp = stamp_of(files)
        return self._production, self._engines

    def _line(self, project: Project, production: Scripted, wanted: str) -> Line:
        """A line with what its record says now."""
        written = read_written(project.script_file, project.script_base_file)
        chapter = next((one.chapter for one in written.lines if one.id == wanted and not one.left_out), None)
        here = [one for one in written.lines if one.chapter == chapter and not one.left_out]
        edits = {one.id: {name: one.field(name) for name in EDITABLE} for one in here}
        generated = [line for line in production.generated if line.chapter == chapter]
        lines, _ = laid_over(generated, edits, {line.id for line in generated} - edits.keys())
        line = next((line for line in lines if line.id == wanted), None)
        if line is None:
            raise DuoyinError(
                "this line is not read", hint="It was left out, or the book has other words now."
            )
        return line

    def _plan(self, production: Scripted, line: Line) -> PlannedLine:
        planned = next(item for item in production.plan([line]) if item.line.id == line.id)
        if not planned.key:
            raise DuoyinError("there is nothing to say in this line")
        return planned

    def _make(
        self,
        project: Project,
        production: Scripted,
        engines: Engines,
        planned: PlannedLine,
        tell: Tell | None = None,
    ) -> None:
        """Make a take; `tell` is told of its sound while it is made."""
        assert planned.prepared is not None
        consent = production.voices.consents.get(planned.voice, "")
        uses = [(planned.line.id, planned.voice, planned.engine, consent)]
        with Ledger(project.ledger_file) as ledger:
            job = Job(planned.key, planned.prepared)
            pool = self._pool(project, engines, planned.engine)
            if tell is not None and isinstance(pool, EnginePool):
                pool.render([job], lambda spoken: ledger.record_spoken(spoken, uses), on_heard=_telling(tell))
            else:
                pool.render([job], lambda spoken: ledger.record_spoken(spoken, uses))

    def _pool(self, project: Project, engines: Engines, engine: str) -> SpeechPool:
        """The processes that speak for an engine: where it has one a core, one for the take, one for its clauses."""
        if engine not in self._pools:
            pool = self._pools[engine] = engines.crew(engine).pool(project.takes.place, batches=AT_ONCE)
            if isinstance(pool, EnginePool) and pool.in_flight > 1:
                self._warming.append(threading.Thread(target=_warm, args=(pool,), daemon=True))
                self._warming[-1].start()
        return self._pools[engine]

    def close(self) -> None:
        """End the workers."""
        for pool in self._pools.values():
            pool.close()
        for thread in self._warming:
            thread.join()


def _telling(tell: Tell) -> OnHeard:
    """Tells of sound as it comes: `heard`, its samples in base64, and `rate`."""
    return lambda samples, rate: tell({"heard": base64.b64encode(samples).decode(), "rate": rate})


def _warm(pool: EnginePool) -> None:
    """Start the second process before it is needed; what keeps it from starting is told when it is."""
    with contextlib.suppress(DuoyinError):
        pool.warm()


def answer(desks: dict[str, Desk], request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Do what a request asks: `speak`, `voices` or `touched`, at the desk of `folder`.

    Args:
        tell: what can be told before the answer.
    """
    desk = desks.setdefault(request["folder"], Desk(Path(request["folder"])))
    if request["do"] == "touched":
        return {"lines": desk.touched()}
    if request["do"] == "voices":
        return desk.voices()
    return desk.speak(request["line"], unlike=request["unlike"], voice=request["voice"], tell=tell)


def main() -> None:
    """Answer until the parent closes the pipe, or nobody asks for `IDLE_SECONDS`."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    desks: dict[str, Desk] = {}

    def tell(row: Mapping[str, Any]) -> None:
        answers.write(json.dumps(row, ensure_ascii=False) + "\n")
        answers.flush()

    try:
        while select.select([sys.stdin], [], [], IDLE_SECONDS)[0] and (text := sys.stdin.readline()):
            try:
                told = answer(desks, json.loads(text), tell)
            except DuoyinError as error:
                told = {"problem": error.message, "where": error.where, "hint": error.hint}
            tell(told)
    finally:
        for desk in desks.values():
            with contextlib.suppress(DuoyinError):
                desk.close()


if __name__ == "__main__":
    main()

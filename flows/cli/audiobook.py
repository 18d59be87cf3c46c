"""`duoyin audiobook`: the flow audiobook/audiobook, here and now; with `--plan`, only its forecast."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import Json, Quiet, project_folder, run_options
from flows.cli.results import Result, show
from flows.cli.server import run_here
from flows.cli.terminal import reporter
from flows.workspace.progress import clock


@run_options("audiobook")
def audiobook(
    source: Annotated[Path, typer.Argument(help="A book (EPUB, TXT, Markdown) or a project folder.")],
    options: Mapping[str, Any],
    project: Annotated[
        Path | None, typer.Option(help="The project folder; default: <book>.duoyin beside the book.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only forecast: audio hours, time, disk.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make the audiobook, or print what making it would take."""
    folder = project_folder(source, project, options)
    with reporter(quiet=quiet or as_json) as progress:
        result = _forecast(folder, options) if plan else run_here("audiobook", folder, options, progress)
    show(result, as_json=as_json)


def _forecast(folder: Path, options: Mapping[str, Any]) -> Result:
    from flows.making import production
    from flows.making.engines import Engines
    from flows.making.plan import forecast
    from flows.script.line import NARRATOR
    from flows.workspace.ledger import Ledger
    from flows.workspace.project import open_locked

    with open_locked(folder, options) as project, Ledger(project.ledger_file) as ledger:
        book = production.write_script(project, production.read_manuscript(project))
        project.output(book.manuscript.title)  # a name that cannot be is told now, not after a night
        engines = Engines(project)
        voices = production.choose_voices(project, book, engines)
        planned = production.plan_book(project, book, engines, voices.by_speaker)
        workers = engines.crew(project.settings.engine).workers
        speed = ledger.speed() or _probe(engines.main, book.language, voices.by_speaker[NARRATOR])
        cost = forecast(planned, project.takes, engines.of_voice, workers=workers, cpu_per_second=speed)
    free = shutil.disk_usage(project.folder).free
    data = asdict(cost) | {"title": book.manuscript.title, "workers": workers, "disk_free": free}
    wall = clock(cost.wall_seconds) if cost.wall_seconds is not None else "unknown"
    text = "\n".join(
        [
            f"{book.manuscript.title}: {cost.chapters} chapters, {cost.lines} lines, {cost.characters} characters",
            f"  finished sound    {clock(cost.audio_seconds)}",
            f"  still to speak    {cost.to_speak_lines} lines, {clock(cost.to_speak_seconds)}",
            f"  time here         about {wall} with {workers} processes",
            f"  disk              {cost.disk_bytes / 1e6:.0f} MB of {free / 1e9:.1f} GB free",
        ]
    )
    return Result(data, text, free > cost.disk_bytes)


def _probe(engine: Any, language: str, voice: str) -> float:
    """Processor seconds a second of audio, from one sentence of our own."""
    from normalizers.languages import LANGUAGES
    from tts_core.engine import Utterance

    prepared = engine.read(Utterance(LANGUAGES[language].probe, language, voice))
    list(engine.speak([prepared]))  # the first call also loads
    before = time.process_time()
    take = next(iter(engine.speak([prepared])))
    return (time.process_time() - before) / float(take.seconds)

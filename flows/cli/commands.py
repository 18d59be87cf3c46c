"""What each command of `duoyin` does; `flows/cli/app.py` only names the options."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flows.cli.results import Result, table
from flows.workspace.progress import Reporter, clock, reporting
from normalizers import DuoyinError

PROBE = {
    "en": "The evening was cold, and nobody in the house had thought of the letter.",
    "zh": "那天晚上很冷，屋子里没有一个人想起那封信。",
}
"""Spoken once to learn this machine's speed; also the audition of a voice."""


def make_audiobook(
    source: Path, folder: Path | None, options: Mapping[str, Any], *, plan: bool, reporter: Reporter
) -> Any:
    """`duoyin audiobook`: the flow audiobook/audiobook, here and now; with `plan`, only the forecast."""
    project_folder, overrides = _project_of(source, folder, options)
    if plan:
        return _forecast(project_folder, overrides)
    from flows.cli.server import LocalServer

    server = LocalServer()  # starts while Python imports Prefect
    try:
        server.ready()
        from flows.audiobook import AudiobookOptions, audiobook

        with reporting(reporter):
            data = audiobook(str(project_folder), AudiobookOptions(**overrides))
    except BaseException:
        server.stop()
        raise
    return Result(data, data["summary"], bool(data["passed"]))


def make_dub(
    source: Path, folder: Path | None, options: Mapping[str, Any], *, plan: bool, reporter: Reporter
) -> Result:
    """`duoyin dub`: the flow dub/dub, here and now; with `plan`, only where each line would stand."""
    project_folder, overrides = _project_of(source, folder, options, "dub")
    if plan:
        return _dub_plan(project_folder, overrides)
    from flows.cli.server import LocalServer

    server = LocalServer()  # starts while Python imports Prefect
    try:
        server.ready()
        from flows.dub import DubOptions, dub

        with reporting(reporter):
            data = dub(str(project_folder), DubOptions(**overrides))
    except BaseException:
        server.stop()
        raise
    return Result(data, data["summary"], bool(data["passed"]))


def _dub_plan(folder: Path, overrides: Mapping[str, Any]) -> Result:
    from flows.making.dub import dubbing
    from flows.making.engines import Engines
    from flows.workspace.project import open_locked

    with open_locked(folder, overrides, product="dub") as project:
        config = project.dub
        programme = dubbing.read_programme(project, config)
        dubbing.output_place(project, config, programme)
        engines = Engines(project)
        voices = dubbing.choose_voices(project, config, programme, engines)
        takes = dubbing.ask_takes(project, programme.lines, voices, engines)
        predicted = dubbing.predict(takes, engines, exact=dubbing.EXACT_PREDICTIONS)
        forecast, _ = dubbing.first_plan(project, config, programme, takes, predicted)
    return Result(dubbing.forecast_json(forecast, programme), dubbing.forecast_text(forecast))


def submit(flow: str, project: Path | None, *, watch: bool) -> str:
    """`duoyin run`: submit a deployment by its short or full name."""
    names = {"audiobook": "audiobook/audiobook", "dub": "dub/dub", "library": "library/overnight"}
    name = names.get(flow, flow)
    if name not in names.values():
        raise DuoyinError(f"there is no deployment “{flow}”", hint=f"There are {', '.join(names)}.")
    if name != "library/overnight" and project is None:
        raise DuoyinError("which project?", hint=f"duoyin run {flow} PROJECT")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    from prefect.deployments import run_deployment
    from prefect.exceptions import ObjectNotFound

    parameters = {"project": str(project.resolve())} if project is not None else {}
    try:
        run: Any = run_deployment(name, parameters=parameters, timeout=None if watch else 0)
    except ObjectNotFound as error:
        raise DuoyinError(
            f"the deployment {name} is not there",
            hint="Run `prefect --no-prompt deploy --all` in the repository first.",
        ) from error
    except (RuntimeError, OSError) as error:
        raise DuoyinError(
            f"the Prefect server does not answer ({error})",
            hint="Start one with `prefect server start`, and a worker with `prefect worker start --pool audiobook-gpu`.",
        ) from error
    if watch and (run.state is None or not run.state.is_completed()):
        raise DuoyinError(
            f"the run {run.name} ended as {run.state_name}", hint=f"See `prefect flow-run logs {run.id}`."
        )
    return f"{name}: run {run.name} ({run.id}) is {run.state_name}"


def inspect_file(file: Path) -> Result:
    """`duoyin inspect`: what is read of a file, or of a project's source as its settings ask for it."""
    from flows import sources
    from flows.sources.options import ReadOptions

    options = ReadOptions()
    if file.is_dir():
        from flows.making.production import read_options
        from flows.workspace.project import open_project

        project = open_project(file)
        file, options = project.existing_source, read_options(project)
    if not file.is_file():
        raise DuoyinError("there is no such file", where=str(file), hint="Check the path.")
    if sources.is_subtitle(file):
        return _inspect_subtitles(file)
    data = sources.inspect_manuscript(sources.read(file, options))
    totals = data["totals"]
    chapters = [[i, c["title"], c["characters"], c["source"]] for i, c in enumerate(data["chapters"], 1)]
    left = [[item["reason"], item["characters"], item["sample"]] for item in _by_reason(data["left_out"])]
    parts = [
        f"{data['title']} · {', '.join(data['authors']) or 'author unknown'} · {data['language'] or 'language unknown'}\n"
        f"{totals['read_characters']} of {totals['source_characters']} characters are read, "
        f"{totals['left_out_characters']} left out",
        table("Chapters", ["", "title", "characters", "source"], chapters, right=[0, 2])
        if chapters
        else "No chapter: there is nothing to read aloud.",
    ]
    if left:
        parts.append(table("Left out", ["reason", "characters", "for example"], left, right=[1]))
    return Result(data, "\n\n".join([*parts, *_noted(data["warnings"])]))


def _inspect_subtitles(file: Path) -> Result:
    from flows.sources.subtitles import inspect_subtitles

    data = inspect_subtitles(file)
    speakers = sorted(data["speakers"].items(), key=lambda pair: -pair[1])
    left = [[item["reason"], item["line"], item["characters"], item["sample"]] for item in data["left_out"]]
    parts = [
        f"{file.name} · {data['format']} in {data['encoding']} · {data['language']}\n"
        f"{data['spoken_cues']} of {data['cues_in_file']} cues have something to say"
    ]
    if speakers:
        parts.append(table("Speakers", ["name", "turns"], speakers, right=[1]))
    if left:
        parts.append(table("Left out", ["reason", "line", "characters", "sample"], left, right=[1, 2]))
    return Result(data, "\n\n".join([*parts, *_noted(data["warnings"])]))


def _noted(warnings: list[str]) -> list[str]:
    return ["Worth knowing\n" + "\n".join(f"  {warning}" for warning in warnings)] if warnings else []


def make_script(source: Path, folder: Path | None) -> Result:
    """`duoyin script`: write or renew script.jsonl."""
    from flows.making import production
    from flows.workspace.project import open_locked

    with open_locked(*_project_of(source, folder, {})) as project:
        book = production.write_script(project, production.read_manuscript(project))
    speakers: dict[str, int] = {}
    for line in book.script.lines:
        speakers[line.speaker] = speakers.get(line.speaker, 0) + 1
    ranked = sorted(speakers.items(), key=lambda pair: -pair[1])
    data = {
        "script": str(project.script_file),
        "lines": len(book.script.lines),
        "edited": sorted(book.script.edited),
        "removed": [line.id for line in book.script.removed],
        "orphaned": list(book.script.orphaned),
        "speakers": dict(ranked),
    }
    text = (
        f"{project.script_file}\n{len(book.script.lines)} lines in {len(book.manuscript.chapters)} chapters, "
        f"{len(book.script.edited)} edited, {len(book.script.removed)} deleted\n\n"
        + table("", ["speaker", "lines"], ranked[:20], right=[1])
    )
    warnings = production.warnings(book)
    return Result(data | {"warnings": warnings}, "\n\n".join([text, *_noted(warnings)]))


def list_voices(engine: str, language: str | None) -> Result:
    """`duoyin voices`."""
    from tts_core.registry import load_engine

    presets = [v for v in load_engine(engine).voices() if language is None or v.language.startswith(language)]
    if not presets and language is not None:
        spoken = sorted({v.language for v in load_engine(engine).voices()})
        raise DuoyinError(
            f"{engine} has no voice for “{language}”",
            hint=f"It has {', '.join(spoken) or 'no voice at all'}.",
        )
    if not presets:
        return Result([], f"{engine} has no voice yet: `duoyin voice add` makes one")
    rows = [[v.name, v.language, v.gender, v.age, "★" if v.recommended else "", v.note] for v in presets]
    return Result(
        [asdict(v) for v in presets], table("", ["voice", "language", "gender", "age", "", "note"], rows)
    )


def audition_voices(engine: str, wanted: str, language: str | None, text: str | None, out: Path) -> Result:
    """`duoyin voices --audition`: one short file a voice."""
    from flows.mastering.audition import write_audition
    from normalizers import spoken_language
    from tts_core.engine import read_and_speak, utterance_of
    from tts_core.files import file_name
    from tts_core.registry import load_engine

    loaded = load_engine(engine)
    known = [v for v in loaded.voices() if language is None or v.language.startswith(language)]
    names = [v.name for v in known] if wanted == "all" else [wanted]
    languages = {v.name: v.language for v in known}
    utterances = []
    for name in names:
        of_voice = "zh" if languages.get(name, language or "en").startswith("zh") else "en"
        said = text or PROBE[of_voice]
        utterances.append(utterance_of(said, spoken_language(said, of_voice), name))
    files = [
        str(write_audition([(take.samples, take.sample_rate)], out / f"{file_name(name)}.mp3"))
        for name, take in zip(names, read_and_speak(loaded, utterances), strict=True)
    ]
    return Result({"files": files}, "\n".join(files))


def say_text(
    text: str, language: str, *, explain: bool, audio: Path | None, voice: str | None, lexicon: Path | None
) -> Result:
    """`duoyin say`: the spoken form, its reasons, its sound."""
    from normalizers import Lexicon, normalize_spans, spoken_language

    if language not in ("zh", "en", "auto"):
        raise DuoyinError(f"there is no language “{language}”", hint="zh, en or auto.")
    known = Lexicon.load(lexicon) if lexicon else Lexicon.empty()
    spoken = normalize_spans(text, language, lexicon=known)
    data: dict[str, Any] = {"text": text, "spoken": spoken.text}
    shown = spoken.text
    if explain:
        from normalizers import explain as explain_text

        explanation = explain_text(text, language, lexicon=known)
        data["explanation"] = {
            "language": explanation.language,
            "replacements": [asdict(item) for item in explanation.replacements],
            "readings": [asdict(item) for item in explanation.readings],
            "sentences": [spoken.text[s.start : s.end] for s in explanation.sentences],
            "notes": list(explanation.notes),
        }
        replaced = [
            [r.source, r.spoken, r.cls, r.rule, " | ".join(r.alternatives)] for r in explanation.replacements
        ]
        read = [
            [r.text, r.reading, r.said, r.reason, " | ".join(r.alternatives)] for r in explanation.readings
        ]
        parts = [spoken.text]
        if replaced:
            parts.append(table("", ["written", "said", "class", "rule", "or"], replaced))
        if read:
            parts.append(table("", ["text", "reading", "as spoken", "because", "or"], read))
        shown = "\n\n".join([*parts, *explanation.notes])
    if audio is not None:
        data["audio"] = str(
            _speak(spoken, spoken_language(text, "en") if language == "auto" else language, voice, audio)
        )
        shown = f"{shown}\n{audio}"
    return Result(data, shown)


def check_file(file: Path, profile_name: str, folder: Path | None, out: Path | None) -> Result:
    """`duoyin check`: measure a delivered file against a profile, and against a project where one is named."""
    from flows.mastering.check import ExpectedChapter, check
    from flows.mastering.profiles import profile

    if not file.is_file():
        raise DuoyinError("there is no such file", where=str(file), hint="Check the path.")
    expected = missing = None
    if folder is not None:
        expected, missing = _expectations(folder, file)
    report = check(
        file,
        profile(profile_name),
        expected=[ExpectedChapter(title, seconds) for title, seconds in expected]
        if expected is not None
        else None,
        missing_takes=missing,
    )
    if out is not None:
        out.write_text(report.to_json() + "\n", encoding="utf-8")
    return Result(report.to_dict(), report.table(), report.passed)


def examine() -> Result:
    """`duoyin doctor`: what is here and what is missing."""
    from flows.making.engines import default_workers
    from flows.mastering import ffmpeg
    from tts_core.models import ModelStore

    rows: list[tuple[str, str, bool]] = [("Python", platform.python_version(), sys.version_info >= (3, 11))]
    try:
        rows.append(("ffmpeg", f"{ffmpeg.version()} ({ffmpeg.find()})", True))
    except DuoyinError as error:
        rows.append(("ffmpeg", error.message, False))
    for status in ModelStore().status():
        # the embedded engine's files are needed; the rest comes when asked for
        needed = status.name.startswith("kokoro") and not status.name.startswith("kokoro-ja")
        found = f"{status.state}, {status.size / 1e6:.0f} MB, {status.licence}"
        rows.append((f"model {status.name}", found, status.state == "present" or not needed))
    rows.append(("device", _device(), True))
    rows.append(("cores", str(default_workers()), True))
    free = shutil.disk_usage(Path.cwd()).free
    rows.append(("free disk here", f"{free / 1e9:.1f} GB", free > 2e9))
    data = [{"what": what, "found": found, "ok": ok} for what, found, ok in rows]
    shown = table("", ["", "", ""], [["ok" if ok else "MISSING", what, found] for what, found, ok in rows])
    return Result(data, shown, all(ok for _, _, ok in rows))


def project_folder(source: Path) -> Path:
    """The project folder of a book, made where there is none, or of itself. Raises `DuoyinError` for neither."""
    return _project_of(source, None, {})[0]


def _project_of(
    source: Path, folder: Path | None, options: Mapping[str, Any], product: str = "audiobook"
) -> tuple[Path, dict[str, Any]]:
    """The project folder of a source or of itself, and what a run changes of its settings."""
    from flows.workspace.project import create_project

    overrides = {name: value for name, value in options.items() if value is not None}
    if source.is_dir():
        return source.resolve(), overrides
    return create_project(source, folder, overrides, product=product).folder, overrides


def _forecast(folder: Path, overrides: Mapping[str, Any]) -> Result:
    from flows.making import production
    from flows.making.engines import Engines
    from flows.making.plan import forecast
    from flows.script.line import NARRATOR
    from flows.workspace.ledger import Ledger
    from flows.workspace.project import open_locked

    with open_locked(folder, overrides) as project, Ledger(project.ledger_file) as ledger:
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
    from tts_core.engine import Utterance

    prepared = engine.read(Utterance(PROBE[language], language, voice))
    list(engine.speak([prepared]))  # the first call also loads
    before = time.process_time()
    take = next(iter(engine.speak([prepared])))
    return (time.process_time() - before) / float(take.seconds)


def _expectations(folder: Path, file: Path) -> tuple[list[tuple[str, float]], int]:
    """Chapters the project delivered, and how many takes of its script are missing."""
    from flows.workspace.ledger import Ledger
    from flows.workspace.project import open_project, report_file

    project = open_project(folder)
    report = report_file(file)
    if not report.is_file():
        raise DuoyinError(
            "this file has no report of its making", where=str(report), hint="Run `duoyin audiobook` again."
        )
    data = json.loads(report.read_text(encoding="utf-8"))
    with Ledger(project.ledger_file) as ledger:
        missing = sum(1 for key in ledger.chosen() if not project.takes.has(key))
    return [(c["title"], c["seconds"]) for c in data["chapters"]], missing


def _speak(spoken: Any, language: str, voice: str | None, audio: Path) -> Path:
    import soundfile

    from flows.making.production import narrator_voice
    from tts_core.engine import Utterance, read_and_speak
    from tts_core.registry import load_engine

    engine = load_engine()
    name = narrator_voice(engine.voices(), language, voice)
    take = next(read_and_speak(engine, [Utterance(spoken.text, language, name, hints=spoken.hints)]))
    peak = max(float(abs(take.samples).max()), 1.0)
    soundfile.write(audio, take.samples / peak, take.sample_rate)
    return audio


def _by_reason(left_out: list[dict[str, Any]]) -> list[dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for item in left_out:
        entry = merged.setdefault(
            item["reason"], {"reason": item["reason"], "characters": 0, "sample": item["sample"]}
        )
        entry["characters"] += item["characters"]
    return list(merged.values())


def _device() -> str:
    from importlib.util import find_spec

    from flows.making.engines import gpus

    found = gpus()
    torch = "torch is installed" if find_spec("torch") else "torch is not installed"
    return f"{len(found)} GPU ({torch})" if found else f"processor, no GPU ({torch})"

"""`duoyin voices`: the voices of an engine, to read or to hear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import Json
from flows.cli.results import Result, show, table
from flows.mastering.audition import write_audition
from normalizers import DuoyinError, spoken_language
from normalizers.languages import DEFAULT_LANGUAGE, LANGUAGES, primary
from tts_core.engine import Engine, VoicePreset, read_and_speak, utterance_of
from tts_core.files import file_name
from tts_core.registry import DEFAULT_ENGINE, ENGINES, load_engine

ALL = "all"


def voices(
    engine: Annotated[str, typer.Option(help=f"{' or '.join(ENGINES)}.")] = DEFAULT_ENGINE,
    language: Annotated[
        str | None, typer.Option(help=f"Only voices of this language ({', '.join(LANGUAGES)}).")
    ] = None,
    audition: Annotated[
        str | None, typer.Option(help="Speak a sentence with this voice ('all': with each).")
    ] = None,
    text: Annotated[str | None, typer.Option(help="What to say in the audition.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the audition's files.")] = Path("auditions"),
    as_json: Json = False,
) -> None:
    """Print the voices, or write one short file a voice."""
    loaded = load_engine(engine)
    known = [v for v in loaded.voices() if language is None or v.language.startswith(language)]
    if audition is not None:
        names = [v.name for v in known] if audition == ALL else [audition]
        result = _audition(loaded, names, known, language, text, out)
    else:
        result = _listed(loaded, engine, known, language)
    show(result, as_json=as_json)


def _listed(engine: Engine, name: str, presets: Sequence[VoicePreset], language: str | None) -> Result:
    if not presets and language is not None:
        spoken = sorted({v.language for v in engine.voices()})
        raise DuoyinError(
            f"{name} has no voice for “{language}”", hint=f"It has {', '.join(spoken) or 'no voice at all'}."
        )
    if not presets:
        return Result([], f"{name} has no voice yet: `duoyin voice add` makes one")
    rows = [[v.name, v.language, v.gender, v.age, "★" if v.recommended else "", v.note] for v in presets]
    return Result(
        [asdict(v) for v in presets], table("", ["voice", "language", "gender", "age", "", "note"], rows)
    )


def _audition(
    engine: Engine,
    names: Sequence[str],
    known: Sequence[VoicePreset],
    language: str | None,
    text: str | None,
    out: Path,
) -> Result:
    languages = {v.name: primary(v.language) for v in known}
    utterances = []
    for name in names:
        of_voice = languages.get(name, primary(language))
        of_voice = of_voice if of_voice in LANGUAGES else DEFAULT_LANGUAGE
        said = text or LANGUAGES[of_voice].probe
        utterances.append(utterance_of(said, spoken_language(said, of_voice), name))
    files = [
        str(write_audition([(take.samples, take.sample_rate)], out / f"{file_name(name)}.mp3"))
        for name, take in zip(names, read_and_speak(engine, utterances), strict=True)
    ]
    return Result({"files": files}, "\n".join(files))

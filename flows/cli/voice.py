"""`duoyin voice`: voices of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, get_args

import typer

from flows.cli.extras import extra
from flows.cli.options import Json, one_of
from flows.cli.results import Result, show, table
from normalizers import DuoyinError
from tts_core.gpt_sovits.description import DESCRIPTION as CLONING

voice = typer.Typer()


@voice.command("add")
def add_voice(
    name: Annotated[str, typer.Argument(help="What to call the voice.")],
    clips: Annotated[
        Path, typer.Option(help="A recording, or a folder of them (words in .txt files beside).")
    ],
    model: Annotated[
        str | None, typer.Option(help="The imported model that speaks; default: the only one.")
    ] = None,
    consent: Annotated[str, typer.Option(help="Who agreed to what, in plain words.")] = "",
    text: Annotated[str | None, typer.Option(help="What is said in the one recording.")] = None,
    language: Annotated[str, typer.Option(help=f"{' or '.join(CLONING.languages)}.")] = CLONING.languages[0],
    gender: Annotated[str, typer.Option(help="female, male or neutral.")] = "neutral",
    age: Annotated[str, typer.Option(help="child, young, adult or old.")] = "adult",
    licence: Annotated[str, typer.Option(help="What the recordings are used under.")] = "",
    denoise: Annotated[
        bool, typer.Option("--denoise", help="Take the noise out (RNNoise); the recording is kept beside.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a voice from a short recording. Needs a consent statement."""
    with extra("clone"):
        from tts_core.gpt_sovits.voice.clips import voice_from_clips
        from tts_core.gpt_sovits.voice.voicefile import Age, Gender, voices_folder
    made = voice_from_clips(
        name,
        clips,
        folder=voices_folder(),
        model=model or _only_model(),
        consent=consent,
        texts=_texts(clips, text),
        language=one_of(language, CLONING.languages, "language"),
        gender=one_of(gender, get_args(Gender), "gender"),
        age=one_of(age, get_args(Age), "age"),
        licence=licence,
        denoise=denoise,
    )
    judged = [f"  {c.path.name}: {'; '.join([*c.errors, *c.notes]) or 'good'}" for c in made.clips]
    data = {
        "voice": name,
        "folder": str(made.voice.folder),
        "prompt": made.prompt_from.name,
        "clips": [
            {"file": c.path.name, "errors": list(c.errors), "notes": list(c.notes)} for c in made.clips
        ],
        "notes": list(made.notes),
    }
    lines = [str(made.voice.folder), *judged, *(f"  {note}" for note in made.notes)]
    show(Result(data, "\n".join(lines)), as_json=as_json)


def _texts(clips: Path, text: str | None) -> dict[str, str]:
    """What is said in each recording, by its file's name: `text` of the only one, else a .txt file beside it."""
    files: Sequence[Path] = [clips] if clips.is_file() else sorted(clips.glob("*"))
    recordings = [file for file in files if file.suffix != ".txt"]
    if text is not None:
        if len(recordings) != 1:
            raise DuoyinError(
                f"one text, but {len(recordings)} recordings",
                where=str(clips),
                hint="Put the words of each recording beside it, in a .txt file of the same name.",
            )
        return {recordings[0].name: text}
    beside = {file.name: file.with_suffix(".txt") for file in recordings}
    return {
        name: words.read_text(encoding="utf-8").strip() for name, words in beside.items() if words.is_file()
    }


def _only_model() -> str:
    """The imported model, where there is exactly one."""
    with extra("clone"):
        from tts_core.gpt_sovits.files.imported import imported_folder
    models = sorted(path.name for path in imported_folder().glob("*") if path.is_dir())
    if len(models) != 1:
        found = f"there are {', '.join(models)}" if models else "none is imported yet"
        raise DuoyinError(
            f"which model shall speak? {found}",
            hint="Name one with --model; `duoyin models import` or `duoyin models pull gpt-sovits-v2proplus` make one.",
        )
    return models[0]


@voice.command("list")
def list_voices(as_json: Json = False) -> None:
    """The voices made on this machine."""
    with extra("clone"):
        from tts_core.gpt_sovits.voice import voicefile
    voices = [voicefile.load_voice(path) for path in voicefile.known_voices(voicefile.voices_folder())]
    rows = [[v.name, v.model, v.language, v.gender, v.consent] for v in voices]
    data = [{"name": v.name, "model": v.model, "language": v.language, "consent": v.consent} for v in voices]
    text = table("", ["voice", "model", "language", "gender", "consent"], rows)
    show(Result(data, text), as_json=as_json)

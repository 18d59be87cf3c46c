"""`duoyin models`: models on this machine."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import Json, existing_file
from flows.cli.results import Result, show, table
from flows.cli.words import say
from tts_core.extras import extra
from tts_core.models import ModelStore

models = typer.Typer()


@models.command("list")
def list_models(as_json: Json = False) -> None:
    """What is here."""
    statuses = ModelStore().status()
    rows = [
        [s.name, s.version, say(s.state), f"{s.size / 1e6:.0f} MB", s.licence, s.summary] for s in statuses
    ]
    data: list[dict[str, Any]] = [
        {"name": s.name, "version": s.version, "state": s.state, "bytes": s.size, "licence": s.licence}
        for s in statuses
    ]
    if find_spec("torch") is not None:
        from tts_core.gpt_sovits.files.imported import imported_folder, imported_model

        for path in sorted(p for p in imported_folder().glob("*") if p.is_dir()):
            model = imported_model(path)
            rows.append(
                [model.name, model.version, say("imported"), "", say("yours"), say("GPT-SoVITS checkpoints")]
            )
            data.append({"name": model.name, "version": model.version, "state": "imported"})
    text = table("", ["model", "version", "state", "size", "licence", ""], rows, right=[3])
    show(Result(data, text), as_json=as_json)


@models.command("pull")
def pull_model(
    name: Annotated[str, typer.Argument(help="kokoro-voices, whisper-base, gpt-sovits-v2proplus …")],
    allow_hub: Annotated[
        bool, typer.Option("--allow-hub", help="Fetch from the model hub where nothing nearer has it.")
    ] = False,
    training: Annotated[
        bool, typer.Option("--training", help="With what is needed to train a voice from it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fetch a model; what it would fetch from the hub, with sizes and licences, is shown first."""
    store = ModelStore()
    if name in {status.name for status in store.status()}:
        path = store.ensure(name, allow_hub=allow_hub)
    else:
        with extra("clone"):
            from tts_core.gpt_sovits.conversion.pull import pull
        path = pull(name, allow_hub=allow_hub, training=training)
    show(Result({"model": name, "path": str(path)}, str(path)), as_json=as_json)


@models.command("import")
def import_model(
    gpt: Annotated[Path, typer.Argument(help="The GPT .ckpt file.")],
    sovits: Annotated[Path, typer.Argument(help="The SoVITS .pth file.")],
    name: Annotated[str, typer.Option(help="What to call the model.")],
    as_json: Json = False,
) -> None:
    """Convert a pair of GPT-SoVITS checkpoints; code hidden in them is never run."""
    for file in (gpt, sovits):
        existing_file(file)
    with extra("clone"):
        from tts_core.gpt_sovits.conversion.importing import import_checkpoints
        from tts_core.gpt_sovits.files.imported import imported_folder
    folder = imported_folder()
    model = import_checkpoints(gpt, sovits, name, folder)
    data = {
        "model": model.name,
        "version": model.version,
        "folder": str(folder / name),
        "digest": model.digest(),
    }
    text = f"{folder / name}\n{model.version}, digest {model.digest()[:16]}"
    show(Result(data, text), as_json=as_json)


@models.command("export")
def export_model(
    model: Annotated[str, typer.Argument(help="An imported model, or the voice that speaks with it.")],
    onnx: Annotated[Path, typer.Option(help="Where to write the graphs.")],
    as_json: Json = False,
) -> None:
    """Write an imported GPT-SoVITS model as ONNX graphs, for devices without torch; of a voice also the voice."""
    with extra("clone"):
        from tts_core.gpt_sovits.conversion.export import export_onnx
        from tts_core.gpt_sovits.engine import GptSovitsEngine
        from tts_core.gpt_sovits.files.imported import imported_folder
        from tts_core.gpt_sovits.voice import voicefile
    known = imported_folder() / model
    voice = voicefile.voices_folder() / model / voicefile.VOICE_FILE
    spoken = ""
    if voice.is_file():
        said = voicefile.load_voice(voice).model
        of_voice = Path(said) if Path(said).is_dir() else imported_folder() / said
        if not known.is_dir() or known == of_voice:
            known, spoken = of_voice, model
    files = export_onnx(known, onnx)
    if spoken:
        files.append(GptSovitsEngine(device="cpu", mark=False).prepare(spoken).save(onnx))
    lines = [f"{file.stat().st_size / 1e6:8.1f} MB  {file}" for file in files]
    data = {"model": known.name, "files": [str(file) for file in files]}
    show(Result(data, "\n".join(lines)), as_json=as_json)

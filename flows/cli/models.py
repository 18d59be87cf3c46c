"""`duoyin models`: models on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli import results
from flows.cli.options import Json, Quiet, existing_file, one_of
from flows.cli.results import Result, show
from flows.cli.terminal import reporter
from flows.cli.words import say
from flows.workspace.progress import reporting
from normalizers import DuoyinError
from tts_core.extras import extra
from tts_core.models import ModelStore

models = typer.Typer()

LINES, UPDATES, LEAST_LINES = 400, 600, 8
"""As of `flows.making.compressing`, which needs torch."""


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
    text = results.table("", ["model", "version", "state", "size", "licence", ""], rows, right=[3])
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
        from flows.making.compressing import named
        from tts_core.gpt_sovits.conversion.export import export_onnx
        from tts_core.gpt_sovits.engine import GptSovitsEngine
    found = named(model)
    files = export_onnx(found.folder, onnx)
    if found.voice is not None:
        files.append(GptSovitsEngine(device="cpu", mark=False).prepare(model).save(onnx))
    show(_written(found.folder.name, files), as_json=as_json)


def _written(model: str, files: Sequence[Path]) -> Result:
    lines = [f"{file.stat().st_size / 1e6:8.1f} MB  {file}" for file in files]
    return Result({"model": model, "files": [str(file) for file in files]}, "\n".join(lines))


@models.command("compress")
def compress_model(
    model: Annotated[str, typer.Argument(help="An imported model, or the voice that speaks with it.")],
    to: Annotated[
        str,
        typer.Option(
            help="half: a first stage of half the layers. narrow: a decoder of half the channels. "
            "int8, float16: graphs with smaller weights."
        ),
    ],
    text: Annotated[
        Path | None,
        typer.Option(
            help="For half and narrow: a text, book or subtitles, whose lines the model speaks to the smaller one."
        ),
    ] = None,
    name: Annotated[
        str,
        typer.Option(
            help="For half and narrow: what to call it; default: the model's name with -half, -narrow."
        ),
    ] = "",
    lines: Annotated[
        int, typer.Option(min=LEAST_LINES, help="For half and narrow: lines of the text at most.")
    ] = LINES,
    updates: Annotated[
        int,
        typer.Option(
            min=1, help="For half and narrow: of learning; more than the last time go on from there."
        ),
    ] = UPDATES,
    onnx: Annotated[
        Path | None, typer.Option(help="For int8 and float16: where to write the graphs.")
    ] = None,
    table: Annotated[
        bool,
        typer.Option("--table", help="Of a voice: size, time, memory, error and likeness, before and after."),
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a GPT-SoVITS model smaller or faster; the model itself stays as it is. Run again to go on after a stop."""
    form = one_of(to, ("half", "narrow", "int8", "float16"), "form")
    with extra("clone"):
        from flows.making import compressing, weighing
    found = compressing.named(model)
    if table and found.voice is None:
        raise DuoyinError(
            "the table needs a voice: a model alone does not speak",
            hint="Name a voice that speaks with the model.",
        )
    with reporter(quiet=quiet or as_json) as progress, reporting(progress):
        if form in ("half", "narrow"):
            if text is None:
                raise DuoyinError(
                    "which text shall the model speak to the smaller one?", hint="--text book.epub"
                )
            order = compressing.Distilling(model, existing_file(text), form, name, lines, updates)
            small = compressing.distil(order)
            made = Result(small.to_json(), small.to_text())
            weighed = compressing.weigh_voices(model, small.voice) if table else []
        else:
            if onnx is None:
                raise DuoyinError("where shall the graphs go?", hint="--onnx FOLDER")
            made = _written(found.folder.name, compressing.shrink(model, form, onnx))
            weighed = compressing.weigh_graphs(model, onnx, form) if table else []
    if weighed:
        rows = [each.row() for each in weighed]
        shown = results.table("", list(weighing.COLUMNS), rows, right=[1, 2, 3, 4, 5, 6])
        data = {**made.data, "table": [each.to_json() for each in weighed]}
        made = Result(data, f"{made.text}\n{shown}")
    show(made, as_json=as_json)

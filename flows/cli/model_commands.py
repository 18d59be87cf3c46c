"""`duoyin models` and `duoyin voice`: models on this machine, voices of one's own."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from flows.cli.results import Result, table
from normalizers import DuoyinError
from tts_core.models import ModelStore


def list_models() -> Result:
    """What the model store holds, and the GPT-SoVITS checkpoints that were imported."""
    store = ModelStore()
    rows = [
        [s.name, s.version, s.state, f"{s.size / 1e6:.0f} MB", s.licence, s.summary] for s in store.status()
    ]
    data: list[dict[str, Any]] = [
        {"name": s.name, "version": s.version, "state": s.state, "bytes": s.size, "licence": s.licence}
        for s in store.status()
    ]
    if importlib.util.find_spec("torch") is not None:
        folder = _gpt_sovits("voicefile").imported_folder()
        for path in sorted(p for p in folder.glob("*") if p.is_dir()):
            model = _gpt_sovits("checkpoints").imported_model(path)
            rows.append([model.name, model.version, "imported", "", "yours", "GPT-SoVITS checkpoints"])
            data.append({"name": model.name, "version": model.version, "state": "imported"})
    return Result(data, table("", ["model", "version", "state", "size", "licence", ""], rows, right=[3]))


def pull_model(name: str, *, allow_hub: bool) -> Result:
    """Fetch a model: one of the store, or a GPT-SoVITS base model with what it needs (from the hub, where allowed)."""
    store = ModelStore()
    if name in {status.name for status in store.status()}:
        path = store.ensure(name, allow_hub=allow_hub)
    else:
        path = _gpt_sovits("assets").pull(name, allow_hub=allow_hub)
    return Result({"model": name, "path": str(path)}, str(path))


def import_model(gpt: Path, sovits: Path, name: str) -> Result:
    """Check a pair of GPT-SoVITS checkpoints (no code in them is run) and convert it to safetensors."""
    for file in (gpt, sovits):
        if not file.is_file():
            raise DuoyinError("there is no such file", where=str(file), hint="Check the path.")
    folder = _gpt_sovits("voicefile").imported_folder()
    model = _gpt_sovits("checkpoints").import_checkpoints(gpt, sovits, name, folder)
    data = {
        "model": model.name,
        "version": model.version,
        "folder": str(folder / name),
        "digest": model.digest(),
    }
    return Result(data, f"{folder / name}\n{model.version}, digest {model.digest()[:16]}")


def export_model(model: str, folder: Path) -> Result:
    """Write an imported GPT-SoVITS model, by its name or a voice's, as ONNX graphs."""
    voicefile = _gpt_sovits("voicefile")
    known = voicefile.imported_folder() / model
    voice = voicefile.voices_folder() / model / voicefile.VOICE_FILE
    if not known.is_dir() and voice.is_file():
        said = voicefile.load_voice(voice).model
        known = Path(said) if Path(said).is_dir() else voicefile.imported_folder() / said
    files = _gpt_sovits("export").export_onnx(known, folder)
    data = {"model": known.name, "files": [str(file) for file in files]}
    lines = [f"{file.stat().st_size / 1e6:8.1f} MB  {file}" for file in files]
    return Result(data, "\n".join(lines))


def add_voice(
    name: str,
    clips: Path,
    *,
    model: str | None,
    consent: str,
    text: str | None,
    language: str,
    gender: str,
    age: str,
    licence: str,
    denoise: bool = False,
) -> Result:
    """Make a voice from recordings; refuses without a consent statement."""
    files = [clips] if clips.is_file() else sorted(clips.glob("*"))
    texts = {
        file.name: file.with_suffix(".txt").read_text(encoding="utf-8").strip()
        for file in files
        if file.suffix != ".txt" and file.with_suffix(".txt").is_file()
    }
    if text is not None:
        recordings = [file for file in files if file.suffix != ".txt"]
        if len(recordings) != 1:
            raise DuoyinError(
                f"one text, but {len(recordings)} recordings",
                where=str(clips),
                hint="Put the words of each recording beside it, in a .txt file of the same name.",
            )
        texts = {recordings[0].name: text}
    made = _gpt_sovits("clips").voice_from_clips(
        name,
        clips,
        folder=_gpt_sovits("voicefile").voices_folder(),
        model=model or _only_model(),
        consent=consent,
        texts=texts,
        language=language,
        gender=gender,
        age=age,
        licence=licence,
        denoise=denoise,
    )
    clips_told = [f"  {c.path.name}: {'; '.join([*c.errors, *c.notes]) or 'good'}" for c in made.clips]
    data = {
        "voice": name,
        "folder": str(made.voice.folder),
        "prompt": made.prompt_from.name,
        "clips": [
            {"file": c.path.name, "errors": list(c.errors), "notes": list(c.notes)} for c in made.clips
        ],
        "notes": list(made.notes),
    }
    return Result(
        data, "\n".join([str(made.voice.folder), *clips_told, *(f"  {note}" for note in made.notes)])
    )


def _only_model() -> str:
    """The imported model, where there is exactly one."""
    models = sorted(
        path.name for path in _gpt_sovits("voicefile").imported_folder().glob("*") if path.is_dir()
    )
    if len(models) != 1:
        found = f"there are {', '.join(models)}" if models else "none is imported yet"
        raise DuoyinError(
            f"which model shall speak? {found}",
            hint="Name one with --model; `duoyin models import` or `duoyin models pull gpt-sovits-v2proplus` make one.",
        )
    return str(models[0])


def list_own_voices() -> Result:
    """The voices made from clips on this machine."""
    voicefile = _gpt_sovits("voicefile")
    voices = [voicefile.load_voice(path) for path in voicefile.known_voices(voicefile.voices_folder())]
    rows = [[v.name, v.model, v.language, v.gender, v.consent] for v in voices]
    data = [{"name": v.name, "model": v.model, "language": v.language, "consent": v.consent} for v in voices]
    return Result(data, table("", ["voice", "model", "language", "gender", "consent"], rows))


def _gpt_sovits(module: str) -> Any:
    try:
        return importlib.import_module(f"tts_core.gpt_sovits.{module}")
    except ModuleNotFoundError as error:
        raise DuoyinError(
            f"this needs the package {error.name}, which is not installed", hint="pip install 'duoyin[clone]'"
        ) from error

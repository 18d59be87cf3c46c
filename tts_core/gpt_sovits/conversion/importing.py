"""Published checkpoints → an imported model: checked once, converted to safetensors, never opened again."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from safetensors.torch import save_file

from normalizers import DuoyinError
from tts_core.files import atomic_path, file_digest, write_atomically
from tts_core.gpt_sovits.files.checkpoints import NOTES, Checkpoint, read_checkpoint
from tts_core.gpt_sovits.files.imported import MODEL_FILE, SOVITS_FILE, T2S_FILE, ImportedModel
from tts_core.gpt_sovits.model.sovits import load_sovits
from tts_core.gpt_sovits.model.text2semantic import load_text2semantic


def import_checkpoints(gpt: Path, sovits: Path, name: str, folder: Path) -> ImportedModel:
    """Check a pair of checkpoints and convert it to safetensors under `folder/name`.

    Both models are built once, so that a file that would not load later is refused now. Importing the same pair again
    writes the same bytes.

    Raises:
        DuoyinError: unsafe or damaged files, the two swapped, or a version this package cannot run yet.
    """
    if not name or name != Path(name).name or name.startswith("."):
        raise DuoyinError(f"“{name}” cannot be a model's name", hint="Use letters, digits, - and _.")
    first, second = read_checkpoint(Path(gpt)), read_checkpoint(Path(sovits))
    if first.kind != "t2s" and second.kind == "t2s":
        raise DuoyinError(
            "the two files are swapped", where=first.source, hint="First the GPT .ckpt, then the SoVITS .pth."
        )
    load_text2semantic(first)
    load_sovits(second)
    target = Path(folder) / name
    target.mkdir(parents=True, exist_ok=True)
    for checkpoint, file in ((first, T2S_FILE), (second, SOVITS_FILE)):
        _write_safetensors(checkpoint, target / file)
    model = ImportedModel(
        name=name,
        version=second.kind,
        sources={first.source: first.sha256, second.source: second.sha256},
        files={file: file_digest(target / file) for file in (T2S_FILE, SOVITS_FILE)},
    )
    write_atomically(
        target / MODEL_FILE, (json.dumps(asdict(model), indent=1, ensure_ascii=False) + "\n").encode()
    )
    return model


def _write_safetensors(checkpoint: Checkpoint, path: Path) -> None:
    tensors = {name: tensor.contiguous() for name, tensor in sorted(checkpoint.weights.items())}
    # One entry: safetensors writes several in random order, and the digest must be the same each time.
    notes = {NOTES: json.dumps({"info": checkpoint.info, "config": checkpoint.config}, sort_keys=True)}
    with atomic_path(path) as beside:
        save_file(tensors, beside, metadata=notes)

"""Imported models: a pair of checkpoints as safetensors files, which cannot carry code, with a record of what they
are."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from normalizers import DuoyinError
from tts_core.files import file_digest
from tts_core.gpt_sovits.files.checkpoints import Kind
from tts_core.models import default_folder

T2S_FILE = "t2s.safetensors"
SOVITS_FILE = "sovits.safetensors"
MODEL_FILE = "model.json"


@dataclass(frozen=True, slots=True)
class ImportedModel:
    """A pair of checkpoints, converted once. `folder/model.json` holds the same fields.

    Args:
        name: what projects call it.
        version: kind of the SoVITS file.
        sources: original file name → hex SHA-256.
        files: converted file name → hex SHA-256.
    """

    name: str
    version: Kind
    sources: dict[str, str]
    files: dict[str, str]

    def digest(self) -> str:
        """Hex SHA-256 over the converted files: what decides the sound."""
        return hashlib.sha256(json.dumps(self.files, sort_keys=True).encode()).hexdigest()


def imported_folder() -> Path:
    """Where `duoyin models import` keeps converted checkpoints: `gpt-sovits` in the model store."""
    return default_folder() / "gpt-sovits"


def imported_model(folder: Path) -> ImportedModel:
    """The record of an imported model, with its files checked against their digests.

    Raises:
        DuoyinError: no such model, or a file changed since the import.
    """
    folder = Path(folder)
    try:
        record = json.loads((folder / MODEL_FILE).read_text(encoding="utf-8"))
        model = ImportedModel(**record)
    except (OSError, ValueError, TypeError) as error:
        raise DuoyinError(
            "no imported GPT-SoVITS model here",
            where=str(folder),
            hint="duoyin models import GPT.ckpt SOVITS.pth --name NAME",
        ) from error
    for file, digest in model.files.items():
        path = folder / Path(file).name
        if not path.is_file() or file_digest(path) != digest:
            raise DuoyinError(
                "the file is not the one that was imported",
                where=str(path),
                hint="Import the checkpoints again.",
            )
    return model

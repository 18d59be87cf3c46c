"""A cloned voice as it is ready to speak, in one file: what a program needs that has neither torch nor the clips."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from normalizers import DuoyinError
from tts_core.consent import Consent, consent_of
from tts_core.files import write_atomically

ENDING = ".voice.npz"
GRAPHS_FILE = "graphs.json"
"""Beside the graphs of a model: what a program that runs them must know."""
_ARRAYS = ("prompt", "decoder", "text")


@dataclass(frozen=True, slots=True)
class PreparedVoice:
    """A voice for the graphs of its model.

    Args:
        name, language, gender, age, licence, consent: as in voice.yaml.
        model: digest of the model that it was prepared with.
        digest: of the voice's content.
        phones: symbols of the prompt's text; empty where it has none.
        pace: seconds a phoneme in the prompt, or None.
        prompt: int64 `[P]` semantic tokens of the prompt.
        decoder: float32 `[1, G, 1]`; text: float32 `[1, 512, 1]`.
    """

    name: str
    language: str
    gender: Any
    age: Any
    licence: str
    consent: Consent
    model: str
    digest: str
    phones: tuple[str, ...]
    pace: float | None
    prompt: npt.NDArray[np.int64]
    decoder: npt.NDArray[np.float32]
    text: npt.NDArray[np.float32]

    def save(self, folder: Path) -> Path:
        """Write it to `folder`. Raises `CannotWrite`."""
        facts = {
            name: getattr(self, name) for name in self.__slots__ if name not in (*_ARRAYS, "consent")
        } | {"consent": self.consent.to_yaml()}
        content = io.BytesIO()
        np.savez(
            content,
            facts=np.array(json.dumps(facts)),
            prompt=self.prompt,
            decoder=self.decoder,
            text=self.text,
        )
        path = folder / f"{self.name}{ENDING}"
        write_atomically(path, content.getvalue())
        return path


def prepared_voice(path: Path) -> PreparedVoice:
    """Read what `PreparedVoice.save` wrote. Raises `DuoyinError` for anything else."""
    try:
        with np.load(path, allow_pickle=False) as content:
            facts = json.loads(str(content["facts"]))
            arrays = {name: content[name] for name in _ARRAYS}
        facts["consent"] = consent_of(facts["consent"], str(path))
        facts["phones"] = tuple(facts["phones"])
        return PreparedVoice(**facts, **arrays)
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise DuoyinError(
            "this is no prepared voice",
            where=str(path),
            hint="Write it again: duoyin models export VOICE --onnx FOLDER.",
        ) from error
